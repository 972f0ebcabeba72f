from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..core import escalation
from .common import TODAY
from .test_promises import DAY, JUDGED, AgreementCommon

OPERATIONS = ("create", "read", "write", "unlink")


@tagged("post_install", "-at_install")
class TestAgreementEdges(AgreementCommon):
    """Promises and disputes: companies, currencies, roles, days gone by."""

    def setUp(self):
        super().setUp()
        self.invoice = self._create_overdue_invoice(10, 1000)
        self.item = self._items(self.invoice)

    def _explain_past(self, day):
        return self._explain(self.invoice, day, past=True)

    # -- currencies ------------------------------------------------------------

    def _create_foreign(self, amount=100.0):
        currency = self.setup_other_currency("CHF", rates=[("2000-01-01", 0.5)])
        return self._create_overdue_invoice(10, amount, currency_id=currency.id)

    def test_one_currency_at_a_time(self):
        foreign = self._items(self._create_foreign())
        amounts = {self.item: 10.0, foreign: 10.0}
        category = self.env.ref("credit_control.dispute_category_price")
        with self.assertRaisesRegex(UserError, "one currency"):
            self.profile._make_promise(amounts, DAY, TODAY)
        with self.assertRaisesRegex(UserError, "one currency"):
            self.profile._open_dispute(amounts, category, "Too dear", TODAY)

    def test_promise_is_judged_in_its_currency(self):
        """Money in another currency keeps nothing and waits for nothing."""
        foreign = self._create_foreign()
        promise = self._promise(foreign)
        self.assertEqual(promise.currency_id.name, "CHF")
        self._pay_on_account(1000)
        promise._judge(JUDGED)
        self.assertRecordValues(
            promise, [{"state": "broken", "amount": 100, "expected_amount": 100}]
        )

    def test_dispute_leaves_the_rest_in_its_currency(self):
        foreign = self._create_foreign()
        self._dispute(foreign, 30)
        run = self._propose()
        line = run.notice_ids.line_ids.filtered(lambda i: i.move_id == foreign)
        self.assertRecordValues(
            line, [{"amount": 70, "currency_id": foreign.currency_id.id}]
        )

    # -- companies -------------------------------------------------------------

    def test_each_company_for_itself(self):
        company = self.setup_other_company()["company"]
        self.env.user.company_ids |= company
        there = self._profile(company=company).sudo()
        invoice = self._create_overdue_invoice(10, 70, company=company)
        item = self._items(invoice).sudo()
        category = self.env.ref("credit_control.dispute_category_price")
        with self.assertRaisesRegex(UserError, "not open on the account"):
            self.profile._make_promise({item: 70}, DAY, TODAY)
        with self.assertRaisesRegex(UserError, "not open on the account"):
            self.profile._open_dispute({item: 70}, category, "No", TODAY)
        made = there._make_promise({item: 30}, DAY, TODAY)
        opened = there._open_dispute({item: 30}, category, "No", TODAY)
        self.assertEqual(made.company_id, company)
        self.assertEqual(self._explain(self.invoice)["code"], escalation.DUE)
        self.env.invalidate_all()
        for record in (made, opened):
            with self.subTest(record), self.assertRaises(AccessError):
                record.with_user(self.officer).read(["amount"])
        self.env["credit.promise"]._judge_all()
        self.assertEqual(made.state, "open")

    # -- roles -----------------------------------------------------------------

    def _get_rights(self, user, record):
        record = record.with_user(user)
        return "".join(name[0] for name in OPERATIONS if record.has_access(name))

    def test_who_may_do_what(self):
        request = self.profile.sudo()._ask("contact", text="To Ann")
        promise, dispute = self._promise(self.invoice, 100), self._dispute(self.invoice)
        for user, promised, disputed in (
            (self.viewer, "r", "r"),
            (self.officer, "r", "rw"),
            (self.manager, "r", "rw"),
            (self.salesperson, "", ""),
            (self.portal, "", ""),
        ):
            with self.subTest(user.login):
                self.env.invalidate_all()
                self.assertEqual(self._get_rights(user, promise), promised)
                self.assertEqual(self._get_rights(user, request), promised)
                self.assertEqual(self._get_rights(user, dispute), disputed)

    def test_nothing_goes_past_the_actions(self):
        request = self.profile.sudo()._ask("contact", text="To Ann")
        promise, dispute = self._promise(self.invoice, 100), self._dispute(self.invoice)
        self.env.invalidate_all()
        refused = [
            lambda user: dispute.with_user(user)._accept("Right"),
            lambda user: dispute.with_user(user)._decline("Wrong", TODAY),
            lambda user: dispute.with_user(user)._resolve("paid", TODAY),
            lambda user: promise.with_user(user)._withdraw("So", TODAY),
            lambda user: request.with_user(user).action_done(),
            lambda user: self._promise(self.invoice, 10, user=user),
            lambda user: self._dispute(self.invoice, 10, user=user),
        ]
        for user in (self.viewer, self.salesperson, self.portal):
            for number, act in enumerate(refused):
                with (
                    self.subTest(user=user.login, act=number),
                    self.assertRaises(AccessError),
                    mute_logger("odoo.addons.base.models.ir_model"),
                ):
                    act(user)
        for field, value in (("state", "resolved"), ("amount", 1), ("answer", "So")):
            with self.subTest(field), self.assertRaises(AccessError):
                dispute.with_user(self.manager).write({field: value})

    def test_owner_hands_on_to_a_colleague_of_the_company(self):
        clerk = self._create_user("clerk", "base.group_user")
        dispute = self._dispute(self.invoice, owner=clerk)
        self.assertEqual(dispute.activity_ids.user_id, clerk)
        dispute.with_user(self.officer).user_id = self.salesperson
        self.assertEqual(dispute.activity_ids.user_id, self.salesperson)
        self.env.invalidate_all()
        self.assertFalse(dispute.with_user(clerk).has_access("read"))
        with self.assertRaises(AccessError):
            dispute.with_user(self.salesperson).user_id = clerk

    # -- days gone by ----------------------------------------------------------

    def test_why_while_a_promise_was_open(self):
        promise = self._promise(self.invoice)
        promise._judge(JUDGED)
        self.assertEqual(promise.state, "broken")
        for day, code in (
            (TODAY, escalation.PROMISED),
            (promise.pause_until, escalation.PROMISED),
            (JUDGED, escalation.DUE),
        ):
            with self.subTest(day):
                self.assertEqual(self._explain_past(day)["code"], code)

    def test_why_while_a_part_was_disputed(self):
        dispute = self._dispute(self.invoice, 300)
        dispute.with_user(self.officer)._decline("Agreed so", DAY)
        for day, amount in ((TODAY, 700), (DAY - timedelta(1), 700), (DAY, 1000)):
            with self.subTest(day):
                self.assertEqual(self._explain_past(day)["amount"], amount)
