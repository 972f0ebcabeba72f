from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.credit_control.models.credit_profile_agreement import Wait
from odoo.addons.credit_control.tests.common import TODAY

from .common import InsuranceCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestExtension(InsuranceCommon):
    """Whoever waits longer than the policy allows is warned, and can ask."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._create_overdue_invoice(40)  # 20 days are left
        cls.end = TODAY + timedelta(20)

    def _promise_form(self, day, user=None):
        profile = self.profile.with_user(user or self.officer)
        form = Form(
            profile.env["credit.promise.make"].with_context(
                default_profile_id=profile.id
            )
        )
        form.date = day
        return form

    def _request(self, user=None, **values):
        return (
            self.env["credit.insurance.extension"]
            .with_user(user or self.officer)
            .create(
                {
                    "profile_id": self.profile.id,
                    "policy_id": self.insurance.id,
                    "item_ids": [(6, 0, self._items(self.invoice).ids)],
                    "requested_until": self.end + timedelta(10),
                    **values,
                }
            )
        )

    # -- warnings --------------------------------------------------------------

    def test_a_promise_is_warned_of_from_the_day_after(self):
        for day, warned in ((self.end, False), (self.end + timedelta(1), True)):
            with self.subTest(day=day):
                form = self._promise_form(day)
                self.assertEqual(form.can_ask_insurer, warned)
                self.assertEqual("ask the insurer" in (form.warnings or ""), warned)

    def test_of_uninsured_invoices_nobody_is_warned(self):
        self.insurance.active = False
        self.assertFalse(self._promise_form(self.end + timedelta(90)).warnings)

    def test_a_plan_is_warned_of_by_its_last_term(self):
        profile = self.profile.with_user(self.officer)
        form = Form(
            profile.env["credit.plan.make"].with_context(default_profile_id=profile.id)
        )
        form.count = 1
        self.assertNotIn("insurer", form.warnings or "")
        self.assertFalse(form.can_ask_insurer)
        form.count = 3
        self.assertIn("ask the insurer first", form.warnings)
        self.assertTrue(form.can_ask_insurer)
        wizard = form.save()
        wizard.action_make()
        [plan] = self.profile.plan_ids
        self.assertEqual(plan.state, "proposed")
        self.assertIn("ask the insurer first", plan.warnings)

    def test_plans_that_cost_the_cover_are_offered_one_by_one(self):
        plans = self.env["credit.plan"]
        for partner in (self.debtor, self.other_debtor):
            items = self._items(self._create_overdue_invoice(40, partner=partner))
            plans |= self._profile(partner)._propose_plan(
                items, "equal", 3, "monthly", TODAY, TODAY, offered=False
            )
        self.assertEqual(set(plans.mapped("state")), {"draft"})
        with self.assertRaisesRegex(UserError, "one by one.*Azure"):
            plans.with_user(self.officer).action_propose()
        for plan in plans.with_user(self.officer):
            plan.action_propose()
        self.assertEqual(set(plans.mapped("state")), {"proposed"})

    def test_a_plan_waits_for_the_insurer_as_a_draft(self):
        profile = self.profile.with_user(self.officer)
        form = Form(
            profile.env["credit.plan.make"].with_context(default_profile_id=profile.id)
        )
        form.count = 3
        action = form.save().action_ask_insurer()
        request = profile.env["credit.insurance.extension"].browse(action["res_id"])
        [plan] = profile.plan_ids
        self.assertEqual((plan.state, request.plan_id), ("draft", plan))
        self.assertEqual(request.requested_until, plan.last_date)
        self.assertTrue(plan.can_ask_insurer)
        # Pressed once more: the same request.
        self.assertEqual(plan.action_ask_insurer()["res_id"], request.id)
        request.action_send()
        request.action_agree()
        plan.invalidate_recordset()
        self.assertFalse(plan.warnings)
        self.assertFalse(plan.can_ask_insurer)
        self.assertEqual(request.action_open_plan()["res_id"], plan.id)
        plan.action_propose()
        self.assertEqual(plan.state, "proposed")

    def test_a_plan_the_debtor_asks_for_waits_for_an_officer(self):
        item = self._items(self.invoice)
        for days, accepted in ((20, True), (21, False)):
            with self.subTest(days=days):
                self.profile.effective_policy_id.portal_plan_days = 60
                plan = self.env["credit.plan"].new(
                    {
                        "profile_id": self.profile.id,
                        "currency_id": self.company.currency_id.id,
                        "kind": "equal",
                        "date": TODAY,
                        "term_count": 1,
                        "first_date": TODAY + timedelta(days),
                        "last_date": TODAY + timedelta(days),
                        "line_ids": [(0, 0, {"item_id": item.id})],
                        "term_ids": [(0, 0, {"amount": 100, "date": TODAY})],
                    }
                )
                self.assertEqual(self.profile._accepts_by_itself(plan), accepted)

    def test_a_postponed_term_is_warned_of(self):
        item = self._items(self.invoice)
        changed = item.new(origin=item)
        changed.date_maturity = self.end + timedelta(1)
        warning = changed._onchange_date_maturity_insured()
        self.assertIn("ask the insurer first", warning["warning"]["message"])
        changed.date_maturity = self.end
        self.assertFalse(changed._onchange_date_maturity_insured())

    def test_a_later_due_date_of_an_invoice_is_warned_of(self):
        changed = self.invoice.with_user(self.biller).new(origin=self.invoice)
        for day, warned in ((self.end, False), (self.end + timedelta(1), True)):
            with self.subTest(day=day):
                changed.invoice_date_due = day
                said = changed._onchange_due_insured()
                self.assertEqual(bool(said), warned)

    def test_so_is_one_of_an_invoice_that_is_sent_and_changed(self):
        self.invoice.is_move_sent = True
        self.invoice.button_draft()
        form = Form(self.invoice.with_user(self.biller))
        changed = self.invoice.new(origin=self.invoice)
        for day, warned in ((self.end, False), (self.end + timedelta(1), True)):
            with self.subTest(day=day):
                changed.invoice_date_due = day
                said = changed._onchange_due_insured()
                self.assertEqual(bool(said), warned)
        form.invoice_date_due = self.end + timedelta(30)
        self.assertTrue(form.save())

    def test_of_what_is_not_insured_anyway_nobody_is_warned(self):
        self.insurance.payment_days = 10
        self.assertFalse(self._promise_form(self.end + timedelta(90)).warnings)

    def test_an_extension_period_that_has_ended_is_said_to_have(self):
        self._create_overdue_invoice(70)
        form = self._promise_form(TODAY + timedelta(3))
        self.assertIn("ended on 06/06/2025", form.warnings)

    # -- what the debtor proposes ----------------------------------------------

    def _ask_on_page(self, day):
        profile = self.profile.sudo()
        words = profile._ask_promise(self._items(self.invoice), day, "Soon", TODAY)
        return words, profile.request_ids.sorted("id")[-1]

    def test_what_the_debtor_promises_on_his_page_waits_beyond_the_period(self):
        self.profile.effective_policy_id.portal_promise_days = 60
        words, request = self._ask_on_page(self.end + timedelta(1))
        self.assertNotIn("insur", words.lower())
        self.assertEqual(request.state, "new")
        self.assertIn("ask the insurer first", request.warnings)
        self.assertFalse(self.profile.promise_ids)
        told = self.profile.activity_ids.filtered(
            lambda one: one.activity_type_id
            == self.env.ref("credit_control.activity_request")
        )
        self.assertIn("ask the insurer first", told.note)
        # Not in what the debtor can read.
        self.assertNotIn("insurer", self.profile.message_ids[0].body)

    def test_within_the_period_it_counts_at_once(self):
        self.profile.effective_policy_id.portal_promise_days = 60
        _words, request = self._ask_on_page(self.end)
        self.assertEqual(request.state, "done")
        self.assertTrue(self.profile.promise_ids)

    def test_whoever_accepts_it_reads_the_warning_first(self):
        day = self.end + timedelta(5)
        _words, request = self._ask_on_page(day)
        request = request.with_user(self.officer)
        action = request.action_accept()
        self.assertFalse(self.profile.promise_ids)
        self.assertEqual(action["res_model"], "credit.promise.make")
        form = Form(
            request.env["credit.promise.make"].with_context(**action["context"])
        )
        self.assertEqual(form.date, day)
        self.assertIn("ask the insurer first", form.warnings)
        wizard = form.save()
        self.assertEqual(wizard.line_ids.item_id, self._items(self.invoice))
        asked = request.env["credit.insurance.extension"].browse(
            wizard.action_ask_insurer()["res_id"]
        )
        asked.action_mark_sent()
        self.assertEqual(asked.state, "sent")
        asked.action_agree()
        action = asked.action_make_promise()
        form = Form(
            request.env["credit.promise.make"].with_context(**action["context"])
        )
        self.assertFalse(form.warnings)
        form.save().action_make()
        [promise] = self.profile.promise_ids
        self.assertRecordValues(promise, [{"state": "open", "date": day}])
        self.assertEqual(request.state, "done")
        message = self.profile.message_ids.filtered("partner_ids")[:1]
        self.assertIn("as you proposed", message.body)

    def test_an_earlier_day_answers_it_as_well(self):
        _words, request = self._ask_on_page(self.end + timedelta(5))
        action = request.with_user(self.officer).action_accept()
        form = Form(
            self.env["credit.promise.make"]
            .with_user(self.officer)
            .with_context(**action["context"])
        )
        form.date = self.end
        form.save().action_make()
        message = self.profile.message_ids.filtered("partner_ids")[:1]
        self.assertIn("Thank you for your proposal", message.body)

    def test_two_officers_who_accept_the_same_note_it_once(self):
        _words, request = self._ask_on_page(self.end + timedelta(5))
        action = request.with_user(self.officer).action_accept()
        wizards = [
            Form(
                self.env["credit.promise.make"]
                .with_user(user)
                .with_context(**action["context"])
            ).save()
            for user in (self.officer, self.manager)
        ]
        wizards[0].action_make()
        with self.assertRaisesRegex(UserError, "promised for"):
            wizards[1].action_make()
        self.assertEqual(len(self.profile.promise_ids), 1)

    def test_several_at_once_are_accepted_unless_one_is_doubtful(self):
        other = self._profile(self.other_debtor)
        items = self._items(self._create_overdue_invoice(5, partner=self.other_debtor))
        other.effective_policy_id.portal_promise_days = 0
        other.sudo()._ask_promise(items, TODAY + timedelta(60), "", TODAY)
        _words, doubtful = self._ask_on_page(self.end + timedelta(5))
        both = (doubtful | other.request_ids).with_user(self.officer)
        with self.assertRaisesRegex(UserError, "one by one.*Azure"):
            both.action_accept()
        (both - doubtful).action_accept()
        self.assertTrue(other.promise_ids)

    # -- several debtors -------------------------------------------------------

    def _bulk(self, day):
        other = self._profile(self.other_debtor)
        self._create_overdue_invoice(5, partner=self.other_debtor)
        profiles = (self.profile | other).with_user(self.officer)
        context = profiles.action_promise_all()["context"]
        form = Form(profiles.env["credit.profile.bulk"].with_context(**context))
        form.date = day
        return form

    def test_promises_of_several_are_warned_of(self):
        form = self._bulk(self.end)
        self.assertFalse(form.warnings)
        self.assertFalse(form.can_ask_insurer)
        form.date = self.end + timedelta(1)
        self.assertIn("Azure: The credit insurance", form.warnings)
        self.assertNotIn("Brick", form.warnings)
        action = form.save().action_ask_insurer()
        request = self.env["credit.insurance.extension"].browse(action["res_id"])
        self.assertEqual(request.profile_id, self.profile)
        self.assertEqual(request.requested_until, self.end + timedelta(1))

    def test_warnings_of_many_debtors_take_as_many_queries_as_of_two(self):
        waits = []
        for number in range(8):
            partner = self._create_debtor(f"Debtor {number}")
            profile = self._profile(partner)
            self._insure(profile)
            invoice = self._create_overdue_invoice(40, partner=partner)
            waits.append(Wait(profile, self._items(invoice), self.end + timedelta(9)))
        # The first ones fill the caches of the registry.
        few, many = (
            min(self._count_queries(some) for _time in range(3))
            for some in (waits[:2], waits)
        )
        self.assertEqual(few, many)

    def _count_queries(self, waits):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.assertTrue(all(self.env["credit.profile"]._find_wait_warnings(waits)))
        return self.cr.sql_log_count - before

    # -- request ---------------------------------------------------------------

    def test_each_policy_is_asked_for_itself(self):
        old = self._create_overdue_invoice(40, 70)
        self.insurance.date_to = old.invoice_date - timedelta(1)
        second = self._create_insurance(
            number="KV-2", extension_days=45, date_from=old.invoice_date
        )
        # What was delivered before is insured by the first policy.
        first = self._create_overdue_invoice(
            40, 30, invoice_date=self.insurance.date_to
        )
        self._insure_in(second)
        action = self.profile.with_user(self.officer)._ask_for_time(
            self._items(old | first), self.end + timedelta(9), "Please"
        )
        requests = self.env["credit.insurance.extension"].search(action["domain"])
        self.assertEqual(
            {one.policy_id: one.item_ids for one in requests},
            {self.insurance: self._items(first), second: self._items(old)},
        )

    def _insure_in(self, policy):
        limit = self.env["credit.insurance.limit"].create(
            {"policy_id": policy.id, "profile_id": self.profile.id}
        )
        self.env["credit.insurance.decision"].create(
            {"limit_id": limit.id, "amount": 100, "date_from": policy.date_from}
        )

    def test_nothing_is_asked_that_costs_no_cover(self):
        with self.assertRaisesRegex(UserError, "None of these invoices"):
            self.profile.with_user(self.officer)._ask_for_time(
                self._items(self.invoice), self.end, "Please"
            )

    def test_an_invoice_offers_to_ask(self):
        action = self.invoice.with_user(self.officer).action_credit_ask_time()
        form = Form(
            self.env["credit.insurance.extension"]
            .with_user(self.officer)
            .with_context(**action["context"]),
            "credit_insurance.view_extension_form",
        )
        self.assertEqual(form.stop_date, self.end)
        form.requested_until = self.end + timedelta(30)
        request = form.save()
        self.assertEqual(request.item_ids, self._items(self.invoice))
        action = self.invoice.with_user(self.officer).action_credit_ask_time()
        self.assertEqual(action["res_id"], request.id, "what is asked already")
        with self.assertRaises(AccessError):
            self.invoice.with_user(self.viewer).action_credit_ask_time()

    def test_somebody_looks_for_the_answer(self):
        request = self._request()
        request.action_send()
        self.assertEqual(
            request.activity_ids.mapped("date_deadline"), [TODAY + timedelta(7)]
        )
        request.action_refuse()
        self.assertFalse(request.activity_ids)

    def test_the_insurer_is_asked_by_mail(self):
        form = self._promise_form(self.end + timedelta(5))
        form.note = "Waits for a subsidy."
        action = form.save().action_ask_insurer()
        request = (
            self.env["credit.insurance.extension"]
            .with_user(self.officer)
            .browse(action["res_id"])
        )
        self.assertRecordValues(
            request,
            [
                {
                    "state": "draft",
                    "requested_until": self.end + timedelta(5),
                    "stop_date": self.end,
                    "amount": 100,
                    "reason": "Waits for a subsidy.",
                }
            ],
        )
        request.action_send()
        self.assertEqual((request.state, request.sent_date), ("sent", TODAY))
        message = request.message_ids.filtered("partner_ids")
        self.assertEqual(message.partner_ids, self.insurer)
        self.assertIn(self.invoice.name, message.body)
        self.assertIn("Waits for a subsidy.", message.body)

    def test_it_is_asked_in_the_language_of_the_insurer(self):
        self.env["res.lang"]._activate_lang("nl_BE")
        self.insurer.lang, self.debtor.lang = "en_US", "nl_BE"
        template = self.env.ref("credit_insurance.mail_template_extension")
        template.with_context(lang="nl_BE").subject = "Aanvraag"
        request = self._request()
        request.action_send()
        message = request.message_ids.filtered("partner_ids")
        self.assertIn("Request to extend", message.subject)
        self.insurer.lang, self.debtor.lang = "nl_BE", "en_US"
        other = self._request()
        other.action_send()
        self.assertEqual(other.message_ids.filtered("partner_ids").subject, "Aanvraag")

    def test_consent_moves_the_deadlines(self):
        request = self._request()
        request.action_send()
        request.action_agree()
        self.assertEqual(request.agreed_until, self.end + timedelta(10))
        [row] = self._clocks()
        self.assertEqual(row["stop_date"], self.end + timedelta(10))
        self.assertFalse(self._promise_form(self.end + timedelta(10)).warnings)

    def test_the_insurer_may_agree_to_less(self):
        request = self._request()
        request.action_send()
        request.agreed_until = self.end + timedelta(3)
        request.action_agree()
        [row] = self._clocks()
        self.assertEqual(row["stop_date"], self.end + timedelta(3))
        with self.assertRaisesRegex(UserError, "gone on"):
            request.agreed_until = self.end + timedelta(300)

    def test_refused(self):
        request = self._request()
        request.action_send()
        request.action_refuse()
        [row] = self._clocks()
        self.assertEqual(row["stop_date"], self.end)
        with self.assertRaisesRegex(UserError, "has gone on"):
            request.action_agree()

    def _refuse(self, request):
        request.action_mark_sent()
        request.action_refuse()
        return request

    def test_what_was_refused_is_asked_again_for_less(self):
        request = self._refuse(self._request(reason="He has a new contract."))
        action = request.action_ask_again()
        again = request.browse(action["res_id"])
        self.assertRecordValues(
            again,
            [
                {
                    "state": "draft",
                    "refused_id": request.id,
                    "profile_id": self.profile.id,
                    "policy_id": self.insurance.id,
                    "item_ids": request.item_ids.ids,
                    "requested_until": self.end + timedelta(5),
                    "reason": "He has a new contract.",
                }
            ],
        )
        self.assertEqual(request.state, "refused")
        again_action = request.action_ask_again()
        self.assertEqual(again_action["res_id"], again.id, "one at a time")
        self._refuse(again)
        third = request.browse(again.action_ask_again()["res_id"])
        self.assertEqual(third.requested_until, self.end + timedelta(3))

    def test_where_what_was_refused_is_over_a_week_is_proposed(self):
        request = self._refuse(self._request(requested_until=self.end))
        with freeze_time(self.end + timedelta(2)):
            again = request.browse(request.action_ask_again()["res_id"])
        self.assertEqual(again.requested_until, self.end + timedelta(9))

    def test_what_is_paid_is_not_asked_for_again(self):
        other = self._create_overdue_invoice(45)
        both = self._items(self.invoice | other)
        request = self._refuse(self._request(item_ids=[(6, 0, both.ids)]))
        self._pay(other)
        again = request.browse(request.action_ask_again()["res_id"])
        self.assertEqual(again.item_ids, self._items(self.invoice))
        again.unlink()
        self._pay(self.invoice)
        with self.assertRaisesRegex(UserError, "Nothing of it is open"):
            request.action_ask_again()

    def test_only_officers_ask_again_and_only_after_a_refusal(self):
        request = self._request()
        with self.assertRaisesRegex(UserError, "gone on"):
            request.action_ask_again()
        self._refuse(request)
        with self.assertRaises(AccessError):
            request.with_user(self.viewer).action_ask_again()

    def test_what_was_asked_for_stays(self):
        request = self._request()
        request.action_send()
        with self.assertRaisesRegex(UserError, "can't be changed"):
            request.requested_until = date(2026, 1, 1)
        with self.assertRaisesRegex(UserError, "Only drafts"):
            request.unlink()

    def test_without_an_address_nothing_is_sent(self):
        self.insurer.email = False
        request = self._request()
        with self.assertRaisesRegex(UserError, "no e-mail address"):
            request.action_send()
        self.assertEqual(request.state, "draft")

    def test_rights(self):
        request = self._request()
        with self.assertRaises(AccessError):
            request.state = "agreed"
        with self.assertRaises(AccessError):
            self._request(state="agreed")
        with self.assertRaises(AccessError):
            request.with_user(self.viewer).action_send()
        with self.assertRaises(AccessError):
            self._request(self.viewer)
        with self.assertRaises(AccessError):
            request.with_user(self.salesperson).read(["reason"])
