from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

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
        action = wizard.action_ask_insurer()
        request = self.env["credit.insurance.extension"].browse(action["res_id"])
        self.assertEqual(request.requested_until, wizard.line_ids[-1].date)
        wizard.action_make()
        [plan] = self.profile.plan_ids
        self.assertIn("ask the insurer first", plan.warnings)

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

    # -- request ---------------------------------------------------------------

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

    def test_refused(self):
        request = self._request()
        request.action_send()
        request.action_refuse()
        [row] = self._clocks()
        self.assertEqual(row["stop_date"], self.end)
        with self.assertRaisesRegex(UserError, "has gone on"):
            request.action_agree()

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
