import re
from datetime import date, timedelta

import psycopg2

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MockEmail

from .common import TODAY, CreditControlCommon
from .test_query_counts import FEW, MANY

FIRST = TODAY + timedelta(7)
ONE_DAY = timedelta(1)
SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)


class PlansCommon(MockEmail, CreditControlCommon):
    """Azure owes 300 since 20 days and 100 since 10 days; three terms from FIRST."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.profile = cls._profile()
        cls.profile.collector_id = cls.officer
        cls.policy.skip_older = True
        cls.level_3.channel = cls.level_4.channel = "email"
        cls.invoice = cls._create_overdue_invoice(20, 300)
        cls.other = cls._create_overdue_invoice(10, 100)

    def _plan(self, invoices=None, user=None, by_debtor=False, **values):
        profile = self.profile.with_user(user or self.officer)
        if by_debtor:
            profile = self.profile.with_user(self.portal).sudo()
        items = self._items(self.invoice if invoices is None else invoices)
        values = {
            "kind": "equal",
            "count": 3,
            "period": "monthly",
            "first_date": FIRST,
            "as_of": TODAY,
            **values,
        }
        plan = profile._propose_plan(
            items.with_env(profile.env), by_debtor=by_debtor, **values
        )
        return plan.with_env(self.env).sudo()

    def _active(self, *args, **values):
        plan = self._plan(*args, **values)
        plan.with_user(self.officer).action_accept()
        return plan

    def _update(self, day=TODAY):
        self.env.flush_all()
        self.env.invalidate_all()
        with self.mock_mail_gateway():
            self.env["credit.plan"]._update_all(self.company, day)
        self.env.invalidate_all()

    def _why(self, invoice, day=TODAY, **values):
        [reason] = self._items(invoice)._credit_explain(day, **values)
        return reason["code"]

    def _get_terms(self, plan):
        return [(term.date, term.amount) for term in plan.term_ids]

    def _set_up_accounts(self):
        income = self.company_data["default_account_revenue"].copy({"tax_ids": False})
        self.company.write(
            {
                "credit_charge_journal_id": self.company_data[
                    "default_journal_misc"
                ].id,
                "credit_costs_account_id": income.id,
                "credit_interest_account_id": income.id,
            }
        )


@tagged("post_install", "-at_install")
class TestMakingPlans(PlansCommon):
    def test_equal_terms(self):
        plan = self._plan(self.invoice | self.other)
        self.assertRecordValues(
            plan,
            [
                {
                    "state": "proposed",
                    "amount_total": 400,
                    "term_count": 3,
                    "proposed_date": TODAY,
                    "answer_by": FIRST,
                    "company_id": self.company.id,
                    "paid_amount": 0,
                    "open_amount": 400,
                    "next_date": FIRST,
                    "next_amount": 133.33,
                }
            ],
        )
        self.assertEqual(
            self._get_terms(plan),
            [
                (FIRST, 133.33),
                (date(2025, 7, 23), 133.33),
                (date(2025, 8, 23), 133.34),
            ],
        )
        self.assertIn("400.00", self.profile.message_ids[0].body)

    def test_annuity_is_posted_when_accepted(self):
        self._set_up_accounts()
        plan = self._plan(kind="annuity", rate=12, first_date=date(2025, 7, 16))
        self.assertEqual(
            [(t.principal, t.interest, t.amount) for t in plan.term_ids],
            [(99.01, 3.0, 102.01), (100.0, 2.01, 102.01), (100.99, 1.01, 102.0)],
        )
        self.assertFalse(plan.interest_item_id)
        plan.with_user(self.officer).action_accept()
        self.assertEqual(plan.interest_item_id.amount_residual_currency, 6.02)
        self.assertEqual(sum(plan.line_ids.mapped("amount")), plan.amount_total)
        plan.with_user(self.officer).action_cancel()
        self.assertEqual(plan.interest_item_id.amount_residual_currency, 0)

    def test_free_terms_have_to_add_up(self):
        lines = [(FIRST, 250.0), (FIRST + timedelta(30), 49.0)]
        with self.assertRaisesRegex(UserError, "299.00 together"):
            self._plan(kind="free", lines=lines)
        plan = self._plan(kind="free", lines=[lines[0], (lines[1][0], 50.0)])
        self.assertEqual(self._get_terms(plan)[0], (FIRST, 250))

    def test_what_is_refused(self):
        paid = self._create_overdue_invoice(5, 10)
        self._pay(paid)
        foreign = self._create_overdue_invoice(5, 10, partner=self.other_debtor)
        currency = self.setup_other_currency("HRK")
        dear = self._create_overdue_invoice(5, 10, currency_id=currency.id)
        none = self.env["account.move"]
        for invoices, values, words in (
            (none, {}, "Choose the invoices"),
            (paid, {}, "is not open"),
            (foreign, {}, "is not open"),
            (self.invoice | dear, {}, "one currency"),
            (self.invoice, {"count": 0}, "1 to"),
            (self.invoice, {"count": 9999}, "1 to"),
            (self.invoice, {"first_date": TODAY - ONE_DAY}, "gone by"),
            (self.invoice, {"kind": "free"}, "Fill in the terms"),
            (
                self.invoice,
                {"kind": "free", "lines": [(FIRST, 200), (FIRST, 100)]},
                "the same day",
            ),
            (
                self.invoice,
                {"kind": "free", "lines": [(FIRST, -5), (FIRST + ONE_DAY, 305)]},
                "more than nothing",
            ),
        ):
            with self.subTest(words=words), self.assertRaisesRegex(UserError, words):
                self._plan(invoices, **values)
        with self.assertRaisesRegex(ValidationError, "journal"):
            self._plan(kind="annuity", rate=8)
        self.assertFalse(self.profile.plan_ids)

    def test_an_item_is_in_one_plan(self):
        self._plan()
        with self.assertRaisesRegex(UserError, "is paid by"):
            self._plan(self.invoice | self.other)
        self._plan(self.other)

    def test_two_plans_race(self):
        plan = self._plan()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.cr.savepoint(),
        ):
            plan.copy(
                {
                    "state": "active",
                    "line_ids": [
                        Command.create(
                            {"item_id": plan.line_ids.item_id.id, "amount": 300}
                        )
                    ],
                }
            )
            self.env.flush_all()

    def test_many_terms_need_a_manager(self):
        plan = self._plan(count=5)
        self.assertRecordValues(plan, [{"state": "draft", "must_be_approved": True}])
        self.assertIn("manager", plan.warnings)
        self.assertEqual(self._why(self.invoice), "due")
        with self.assertRaisesRegex(UserError, "a manager has to approve"):
            plan.with_user(self.officer).action_propose()
        with self.assertRaises(AccessError):
            plan.with_user(self.officer).action_approve()
        plan.with_user(self.manager).action_approve()
        with self.mock_mail_gateway():
            plan.with_user(self.officer).action_propose()
        self.assertRecordValues(
            plan, [{"state": "proposed", "approved_by_id": self.manager.id}]
        )
        self.assertEqual(self._new_mails.email_from, self.company.email_formatted)

    def test_a_manager_approves_by_making_it(self):
        plan = self._plan(count=5, user=self.manager)
        self.assertRecordValues(
            plan, [{"state": "proposed", "approved_by_id": self.manager.id}]
        )

    def test_changed_since(self):
        plan = self._plan(count=5)
        plan.with_user(self.manager).action_approve()
        self._pay(self.invoice, 100)
        with self.assertRaisesRegex(UserError, "has changed since"):
            plan.with_user(self.officer).action_propose()

    def test_roles(self):
        for user in (self.viewer, self.salesperson, self.biller):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._plan(user=user)
        plan = self._plan()
        self.assertTrue(plan.with_user(self.viewer).read(["state", "paid_amount"]))
        for user in (self.viewer, self.salesperson, self.portal):
            for action in ("accept", "cancel", "propose", "refuse", "send"):
                with self.subTest(f"{user.login} {action}"):
                    with self.assertRaises(AccessError):
                        getattr(plan.with_user(user), f"action_{action}")()
        for values in ({"state": "active"}, {"rate": 3}):
            with self.assertRaises(AccessError):
                plan.with_user(self.manager).write(values)
        with self.assertRaises(AccessError):
            plan.with_user(self.portal).read(["state"])

    def test_other_company(self):
        plan = self._plan()
        other = self.setup_other_company()["company"]
        stranger = self._create_user("stranger", "credit_control.group_manager", other)
        self.assertFalse(self.env["credit.plan"].with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            plan.with_user(stranger).action_cancel()

    def test_asked_within_the_bounds(self):
        plan = self._plan(by_debtor=True)
        self.assertRecordValues(plan, [{"state": "proposed", "by_debtor": True}])

    def test_asked_beyond_the_bounds(self):
        for values in (
            {"count": 4},
            {"first_date": TODAY + timedelta(15)},
            {"invoices": self.other},  # 33.33 a term
        ):
            with self.subTest(values):
                plan = self._plan(by_debtor=True, **values)
                self.assertEqual(plan.state, "requested")
                plan.with_user(self.officer).action_refuse()
        self.policy.portal_plan_terms = 0
        plan = self._plan(by_debtor=True)
        self.assertEqual(plan.state, "requested")
        self.assertEqual(self._why(self.invoice), "due", "nothing is promised yet")
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            self._plan(by_debtor=True)
        with self.mock_mail_gateway():
            plan.with_user(self.officer).action_propose()
        self.assertEqual(plan.state, "proposed")

    def test_who_broke_one_asks_in_vain(self):
        plan = self._active()
        self._update(FIRST + timedelta(6))
        self.assertEqual(plan.state, "breached")
        later = self._plan(
            by_debtor=True,
            as_of=FIRST + timedelta(6),
            first_date=FIRST + timedelta(9),
        )
        self.assertEqual(later.state, "requested")
        self.assertIn("has broken a plan", later.warnings)

    def test_wizard(self):
        action = self.profile.with_user(self.officer).action_make_plan()
        make = self.env["credit.plan.make"].with_user(self.officer)
        with Form(make.with_context(**action["context"])) as form:
            self.assertEqual(len(form.line_ids), 3)
            self.assertEqual(form.total, 400)
            form.count = 4
            self.assertEqual(len(form.line_ids), 4)
            form.count = 5
            self.assertIn("manager", form.warnings)
            form.count = 2
            form.kind = "free"
            with form.line_ids.edit(0) as line:
                line.amount = 300
            self.assertEqual(form.difference, -100)
            with form.line_ids.edit(1) as line:
                line.amount = 100
            self.assertEqual(form.difference, 0)
        with self.mock_mail_gateway():
            shown = form.record.action_make()
        plan = self.env["credit.plan"].browse(shown["res_id"])
        self.assertEqual(plan.term_ids.mapped("amount"), [300, 100])
        self.assertIn("Read and sign", self._new_mails[-1].body_html)
        self.assertEqual(len(self._new_mails[-1].attachment_ids), 1)

    def test_from_chosen_items(self):
        items = self._items(self.other).with_user(self.officer)
        context = items.action_credit_make_plan()["context"]
        with Form(self.env["credit.plan.make"].with_context(**context)) as form:
            self.assertEqual(form.total, 100)
        both = items | self._items(
            self._create_overdue_invoice(5, partner=self.other_debtor)
        )
        with self.assertRaisesRegex(UserError, "one debtor"):
            both.action_credit_make_plan()


@tagged("post_install", "-at_install")
class TestRunningPlans(PlansCommon):
    def test_only_its_items_are_paused(self):
        plan = self._plan()
        self.assertEqual(self._why(self.invoice), "instalment_plan")
        self.assertEqual(self._why(self.other), "due")
        self.assertEqual(self._why(self.invoice, plan.answer_by + ONE_DAY), "due")
        plan.with_user(self.officer).action_accept()
        self.assertEqual(
            self._why(self.invoice, FIRST + timedelta(90)), "instalment_plan"
        )
        with self.mock_mail_gateway():
            run = self._dun()
        self.assertEqual(self._get_proposed(run), {self.other: 2})
        self.assertIn("instalment plan", self._items(self.invoice).credit_why)
        self.assertIn("300.00", self.invoice.credit_plan_words)
        self.assertFalse(self.other.credit_plan_id)

    def test_the_past(self):
        plan = self._active()
        plan._end("cancelled", TODAY + timedelta(20))
        self.env.flush_all()
        for days, code in ((0, "instalment_plan"), (19, "instalment_plan")):
            day = TODAY + timedelta(days)
            self.assertEqual(self._why(self.invoice, day, past=True), code)
        self.assertNotEqual(
            self._why(self.invoice, TODAY + timedelta(21), past=True),
            "instalment_plan",
        )

    def test_a_proposal_made_before(self):
        run = self._propose()
        self._plan()
        with self.mock_mail_gateway():
            run._send(TODAY)
        sent = run.notice_ids.line_ids.filtered(lambda line: line.state == "sent")
        self.assertEqual(sent.move_id, self.other)

    def test_paid_in_order(self):
        plan = self._active()
        self._pay(self.invoice, 150)
        self._update()
        self.assertEqual(plan.term_ids.mapped("paid"), [100, 50, 0])
        self.assertEqual(plan.term_ids.mapped("state"), ["paid", "partly", "open"])
        self.assertRecordValues(
            plan,
            [
                {
                    "paid_amount": 150,
                    "open_amount": 150,
                    "next_amount": 50,
                    "next_date": date(2025, 7, 23),
                    "state": "active",
                }
            ],
        )

    def test_paid_before_the_plan(self):
        self._pay(self.invoice, 60)
        plan = self._active()
        self.assertRecordValues(plan, [{"amount_total": 240, "paid_amount": 0}])

    def test_a_payment_that_bounces(self):
        plan = self._active()
        self._pay(self.invoice, 150)
        self._items(self.invoice).remove_move_reconcile()
        self.env.invalidate_all()
        self.assertEqual(plan.paid_amount, 0)

    def test_a_credit_note_shortens_from_the_end(self):
        plan = self._active()
        note = self._create_credit_note(0, 130)
        (self._items(self.invoice) | self._items(note)).reconcile()
        self._pay(self.invoice, 100)
        self._update()
        self.assertRecordValues(
            plan, [{"credited_amount": 130, "paid_amount": 100, "open_amount": 70}]
        )
        self.assertEqual(plan.term_ids.mapped("rest"), [0, 70, 0])
        self._pay(self.invoice)
        self._update()
        self.assertEqual(plan.state, "completed")

    def test_a_credit_note_before_the_plan(self):
        note = self._create_credit_note(0, 60)
        (self._items(self.invoice) | self._items(note)).reconcile()
        plan = self._active()
        self.assertRecordValues(plan, [{"amount_total": 240, "credited_amount": 0}])

    def test_an_invoice_that_goes(self):
        plan = self._active(self.invoice | self.other)
        self.other.button_draft()
        self._update()
        self.assertRecordValues(plan, [{"credited_amount": 100, "paid_amount": 0}])

    def test_money_without_a_word(self):
        plan = self._active(self.invoice | self.other)
        money = self._pay_on_account(350)
        self._update()
        self.assertTrue(money.reconciled)
        self.assertEqual(plan.paid_amount, 350)
        self.assertEqual(self._items(self.other).amount_residual, 50)

    def test_money_of_before(self):
        money = self._pay_on_account(350)
        plan = self._plan()
        with freeze_time(TODAY + ONE_DAY):
            plan.with_user(self.officer).action_accept()
        self._update(TODAY + ONE_DAY)
        self.assertFalse(money.reconciled)
        self.assertEqual(plan.paid_amount, 0)

    def test_overpaid(self):
        plan = self._active()
        money = self._pay_on_account(350)
        self._update()
        self.assertEqual(plan.state, "completed")
        self.assertEqual(money.amount_residual, -50)

    def test_completed_and_waived(self):
        self.level_3.write({"fee": 10})
        with self.mock_mail_gateway():
            notice = self._dun().notice_ids.filtered("charge_ids")
        plan = self._active(charges="waived")
        self.assertEqual(plan.charge_ids, notice.charge_ids)
        self._pay(self.invoice)
        self._update()
        self._update()
        self.assertRecordValues(plan, [{"state": "completed", "closed_date": TODAY}])
        self.assertEqual(sum(notice.charge_ids.mapped("open_amount")), 0)
        self.assertIn("kept", notice.charge_ids.waive_reason)

    def test_included_costs(self):
        self._set_up_accounts()
        self.level_3.write({"fee": 10})
        with self.mock_mail_gateway():
            notice = self._dun().notice_ids.filtered("charge_ids")
        plan = self._active(charges="included")
        self.assertEqual(plan.amount_total, 310)
        self.assertTrue(notice.charge_ids.is_posted)
        self._pay_on_account(310)
        self._update()
        self.assertEqual(plan.state, "completed")
        self.assertEqual(notice.charge_ids.open_amount, 0)

    def test_broken_after_grace(self):
        self.level_3.write({"fee": 10})
        with self.mock_mail_gateway():
            charges = self._dun().notice_ids.charge_ids
        plan = self._active(charges="waived")
        self._pay(self.invoice, 99.99)
        self._update(FIRST + timedelta(5))
        self.assertEqual(plan.state, "active")
        self._update(FIRST + timedelta(6))
        self._update(FIRST + timedelta(6))
        self.assertRecordValues(plan, [{"state": "breached", "paid_amount": 99.99}])
        activity = self.profile.activity_ids
        self.assertRecordValues(
            activity,
            [{"user_id": self.officer.id, "summary": "Instalment plan broken"}],
        )
        self.assertEqual(sum(charges.mapped("open_amount")), 10)
        item = self._items(self.invoice)
        self.assertEqual(item.credit_level_id, self.level_3, "where it stood")
        self.assertEqual(self._why(self.invoice, FIRST + timedelta(6)), "due")
        self._pay(self.invoice)
        self.env.invalidate_all()
        self.assertEqual(plan.paid_amount, 99.99, "later money is none of the plan's")

    def test_no_answer(self):
        plan = self._plan()
        self._update(plan.answer_by)
        self.assertEqual(plan.state, "proposed")
        self._update(plan.answer_by + ONE_DAY)
        self.assertEqual(plan.state, "cancelled")

    def test_reminded_once(self):
        plan = self._active()
        self._update(FIRST - timedelta(4))
        self.assertFalse(self._new_mails)
        self._update(FIRST - timedelta(3))
        [mail] = self._new_mails
        self.assertIn("100.00", mail.body_html)
        self.assertIn("plan", mail.subject)
        self._update(FIRST - timedelta(2))
        self.assertFalse(self._new_mails)
        self.assertEqual(plan.term_ids[0].reminded_date, FIRST - timedelta(3))

    def test_no_reminder_of_what_is_paid(self):
        self._active()
        self._pay(self.invoice, 100)
        self._update(FIRST - timedelta(3))
        self.assertFalse(self._new_mails)

    def test_the_daily_action(self):
        plan = self._active()
        self.env["res.company"].search([]).credit_dunning_cron = False
        self._pay_on_account(300)
        with self.enter_registry_test_mode():
            self.env.ref("credit_control.cron_daily").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(plan.state, "completed")

    def test_another_currency(self):
        currency = self.setup_other_currency("HRK", rates=[("2017-01-01", 2.0)])
        invoice = self._create_overdue_invoice(20, 300, currency_id=currency.id)
        plan = self._active(invoice)
        self._pay_on_account(500)
        self._update()
        self.assertEqual(plan.currency_id, currency)
        self.assertEqual(plan.paid_amount, 0, "money of another currency")
        self._pay(invoice, 120)
        self._update()
        self.assertEqual(plan.term_ids.mapped("paid"), [100, 20, 0])

    def test_queries(self):
        counts = []
        for more in (FEW, MANY - FEW):
            for number in range(more):
                partner = self._create_debtor(f"D{more} {number}")
                invoice = self._create_overdue_invoice(10, partner=partner)
                profile = self._profile(partner)
                profile._propose_plan(
                    self._items(invoice), "equal", 2, "weekly", FIRST, TODAY
                ).action_accept()
            for count in (False, True):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.cr.sql_log_count
                self.env["credit.plan"]._update_all(self.company, TODAY)
                self.env["credit.plan"].search([]).mapped("paid_amount")
                if count:
                    counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)


@tagged("post_install", "-at_install")
class TestPlanPortal(PlansCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.debtor.lang = "en_US"
        self.plan = self._plan()
        self.url = self.plan.get_portal_url()

    def _sign(self, plan=None, name="A. Debtor", signature=SIGNATURE, token=None):
        plan = plan or self.plan
        token = token or plan._portal_ensure_token()
        url = f"/my/credit/plan/{plan.id}/sign?access_token={token}"
        answer = self.make_jsonrpc_request(url, {"name": name, "signature": signature})
        self.env.invalidate_all()
        return answer

    def test_the_page(self):
        page = self.url_open(self.url)
        for words in ("Waits for your signature", "Agree and sign", "100.00"):
            self.assertIn(words, page.text.replace("&nbsp;", " "))

    def test_signed_once(self):
        answer = self._sign()
        self.assertTrue(answer.get("force_refresh"), answer)
        self.assertRecordValues(
            self.plan,
            [{"state": "active", "signed_by": "A. Debtor", "active_date": TODAY}],
        )
        self.assertTrue(self.plan.signed_ip and self.plan.signed_on)
        self.assertEqual(self.plan.attachment_id.res_id, self.profile.id)
        self.assertIn("error", self._sign(name="Somebody else"))
        self.assertEqual(self.plan.signed_by, "A. Debtor")
        self.assertIn("Signed by", self.url_open(self.url).text)

    def test_nonsense_is_not_signed(self):
        for name, signature in (
            ("", SIGNATURE),
            ("x" * 300, SIGNATURE),
            ("A. Debtor", ""),
            ("A. Debtor", "???"),
        ):
            self.assertIn("error", self._sign(name=name, signature=signature))
        self.assertEqual(self.plan.state, "proposed")

    def test_out_of_reach(self):
        profile = self._profile(self.other_debtor)
        items = self._items(self._create_overdue_invoice(9, partner=self.other_debtor))
        other = profile._propose_plan(items, "equal", 2, "weekly", FIRST, TODAY)
        token = self.plan.access_token
        urls = (
            f"/my/credit/plan/{other.id}",
            f"/my/credit/plan/{other.id}?access_token={token}",
            f"/my/credit/plan/{self.plan.id}?access_token=wrong",
            "/my/credit/plan/999999999?access_token=x",
            f"/my/credit/plan/{other.id}?access_token={token}&report_type=pdf",
        )
        for login in (None, "portal"):
            self.authenticate(login, login)
            for url in urls:
                page = self.url_open(url, allow_redirects=False)
                self.assertEqual(page.status_code, 303, url)
            self.assertIn("error", self._sign(other, token=token))
        self.assertEqual(other.state, "proposed")

    def test_an_officer_does_not_sign(self):
        self.authenticate("officer", "officer")
        url = f"/my/credit/plan/{self.plan.id}/sign"
        answer = self.make_jsonrpc_request(url, {"name": "Me", "signature": SIGNATURE})
        self.assertIn("error", answer)

    def test_only_what_is_offered(self):
        draft = self._plan(self.other, count=5)
        url = draft.get_portal_url()
        self.assertEqual(self.url_open(url, allow_redirects=False).status_code, 303)
        self.assertIn("error", self._sign(draft))
        self.plan.with_user(self.officer).action_cancel()
        self.assertIn("error", self._sign())
        self.assertNotIn("Agree and sign", self.url_open(self.url).text)

    def test_too_late(self):
        self.plan.answer_by = TODAY - ONE_DAY
        self.assertIn("error", self._sign())
        self.assertNotIn("Agree and sign", self.url_open(self.url).text)

    def test_refused(self):
        page = self.url_open(self.url)
        [csrf] = re.findall(r'name="csrf_token" value="([^"]+)"', page.text)[:1]
        self.url_open(
            self.url.replace("?", "/refuse?"),
            data={"csrf_token": csrf, "reason": "Ten would suit me"},
        )
        self.env.invalidate_all()
        self.assertEqual(self.plan.state, "refused")
        self.assertIn("Ten would", self.profile.activity_ids.note)

    def test_the_agreement(self):
        name, content = self.plan._render_agreement()
        self.assertIn("Plan for", name)
        self.assertTrue(content)
