from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MockEmail

from ..core import escalation
from .common import TODAY, CreditControlCommon

DAY = TODAY + timedelta(5)
JUDGED = DAY + timedelta(4)


class AgreementCommon(MockEmail, CreditControlCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.profile = cls._profile()
        cls.profile.collector_id = cls.officer

    def _explain(self, invoice, day=TODAY, past=False):
        [reason] = self._items(invoice)._credit_explain(day, past=past)
        return reason

    def _promise(self, invoice, amount=None, day=DAY, user=None):
        profile = self.profile.with_user(user or self.officer)
        item = self._items(invoice).with_env(profile.env)
        amount = amount or item.amount_residual_currency
        return profile._make_promise({item: amount}, day, TODAY).sudo()

    def _dispute(self, invoice, amount=None, user=None, **values):
        profile = self.profile.with_user(user or self.officer)
        item = self._items(invoice).with_env(profile.env)
        amount = amount or item.amount_residual_currency
        category = self.env.ref("credit_control.dispute_category_price")
        return profile._open_dispute(
            {item: amount}, category, "Too dear", TODAY, **values
        ).sudo()


@tagged("post_install", "-at_install")
class TestPromises(AgreementCommon):
    def setUp(self):
        super().setUp()
        self.invoice = self._create_overdue_invoice(10, 1000)

    def _judge(self, day):
        self.env["credit.promise"].search([("state", "=", "open")])._judge(day)

    def _pay_on(self, day, amount=None):
        values = {} if amount is None else {"amount": amount}
        return self._register_payment(self.invoice, payment_date=day, **values)

    def test_pauses_its_item_only(self):
        other = self._create_overdue_invoice(10, 50)
        self._promise(self.invoice)
        self.assertEqual(self._explain(self.invoice)["code"], escalation.PROMISED)
        self.assertIn("06/24/2025", self._explain(self.invoice)["text"])
        self.assertEqual(self._explain(other)["code"], escalation.DUE)
        self.assertEqual(self._explain(self.invoice, JUDGED)["code"], escalation.DUE)
        self.assertEqual(self._get_proposed(self._propose()), {other: 2})
        self.assertIn("06/21/2025", self.invoice.credit_agreement_words)

    def test_kept_in_time(self):
        promise = self._promise(self.invoice)
        self._pay_on(DAY + timedelta(3))
        self._judge(DAY + timedelta(3))
        self.assertRecordValues(promise, [{"state": "kept", "paid_amount": 1000}])

    def test_broken_and_promised_again(self):
        promise = self._promise(self.invoice)
        self._judge(DAY + timedelta(3))
        self.assertEqual(promise.state, "open")
        self._judge(JUDGED)
        self.assertRecordValues(promise, [{"state": "broken", "closed_date": JUDGED}])
        self.assertIn("06/21/2025", self.profile.activity_ids[-1:].summary)
        figures = self.profile._get_score_figures(JUDGED)
        self.assertEqual(figures[self.profile.id]["promises"], 100)
        again = self._promise(self.invoice, day=JUDGED)
        self.assertEqual(again.number, 2)

    def test_partly_and_credited(self):
        promise = self._promise(self.invoice)
        credit = self._create_credit_note(5, 300)
        self._items(self.invoice + credit).reconcile()
        self._pay_on(DAY, 200)
        self._judge(JUDGED)
        self.assertRecordValues(
            promise,
            [{"state": "partly", "paid_amount": 200, "expected_amount": 700}],
        )

    def test_waits_for_unmatched_money(self):
        promise = self._promise(self.invoice)
        self._pay_on_account(1000)
        self._judge(JUDGED)
        self.assertRecordValues(promise, [{"state": "open", "is_waiting": True}])
        self._judge(JUDGED + timedelta(7))
        self.assertEqual(promise.state, "broken")

    def test_reminded_once(self):
        promise = self._promise(self.invoice)
        eve = DAY - timedelta(1)
        with self.mock_mail_gateway():
            for _time in range(2):
                found = promise._find_to_remind(self.company, eve)
                found._remind(eve)
        self.assertEqual(len(self._new_mails), 1)
        self.assertIn("INV/", self._new_mails.body_html)

    def test_refusals(self):
        with self.assertRaises(UserError):
            self._promise(self.invoice, 1001)
        with self.assertRaises(UserError):
            self._promise(self.invoice, day=TODAY - timedelta(1))
        with self.assertRaises(AccessError):
            self._promise(self.invoice, user=self.viewer)
        promise = self._promise(self.invoice, 400)
        with self.assertRaises(UserError):
            self._promise(self.invoice)
        with self.assertRaises(AccessError):
            promise.with_user(self.manager).write({"date": TODAY})
        promise.with_user(self.officer)._withdraw("Wrong invoice", TODAY)
        self.assertEqual(promise.state, "withdrawn")
        self.assertEqual(self._explain(self.invoice)["code"], escalation.DUE)

    def test_wizard(self):
        action = self.invoice.with_user(self.officer).action_credit_promise()
        wizard = (
            self.env["credit.promise.make"]
            .with_user(self.officer)
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual(wizard.total, 1000)
        wizard.action_make()
        self.assertEqual(self.profile.promise_ids.amount, 1000)


@tagged("post_install", "-at_install")
class TestDisputes(AgreementCommon):
    def setUp(self):
        super().setUp()
        self.invoice = self._create_overdue_invoice(10, 1000)

    def test_the_rest_is_claimed(self):
        self._dispute(self.invoice, 300)
        reason = self._explain(self.invoice)
        self.assertEqual((reason["code"], reason["amount"]), (escalation.DUE, 700))
        self.assertIn("disputed", reason["text"])
        run = self._propose()
        self.assertEqual(run.notice_ids.line_ids.amount, 700)
        self.assertFalse(run.notice_ids.is_changed)
        with self.mock_mail_gateway():
            run._send(TODAY)
        self.assertEqual(run.notice_ids.amount_total, 700)

    def test_wholly_disputed(self):
        run = self._propose()
        dispute = self._dispute(self.invoice)
        self.assertTrue(run.notice_ids.is_changed)
        self.assertEqual(self._explain(self.invoice)["code"], escalation.DISPUTED)
        with self.mock_mail_gateway():
            run._send(TODAY)
        self.assertEqual(run.notice_ids.state, "dropped")
        dispute._decline("Price was agreed", TODAY)
        self.assertEqual(self._explain(self.invoice)["code"], escalation.DUE)
        figures = self.profile._get_score_figures(TODAY)
        self.assertEqual(figures[self.profile.id]["disputes"], 100)

    def test_owner_outside_finance(self):
        clerk = self._create_user("clerk", "base.group_user")
        dispute = self._dispute(self.invoice, owner=clerk)
        other = self._dispute(self._create_overdue_invoice(3, 10))
        own = dispute.with_user(clerk)
        self.env.invalidate_all()
        self.assertTrue(own.read(["display_name", "amount", "description"]))
        self.assertTrue(own.line_ids.read(["name", "amount"]))
        own.message_post(body="We look into it")
        own._accept("Right")
        self.assertEqual(dispute.state, "accepted")
        with self.assertRaises(AccessError):
            own._resolve("unfounded", TODAY)
        with self.assertRaises(AccessError):
            other.with_user(clerk).read(["amount"])
        with self.assertRaises(AccessError):
            other.with_user(self.viewer)._accept("")

    def test_closing_is_proposed(self):
        dispute = self._dispute(self.invoice, 300)
        credit = self._create_credit_note(5, 300)
        self._items(self.invoice + credit).reconcile()
        self.env.invalidate_all()
        self.assertEqual(dispute.closing, "credit_note")
        self.env["credit.dispute"]._propose_closing_all()
        self.env["credit.dispute"]._propose_closing_all()
        self.assertEqual(dispute.state, "new")
        self.assertEqual(len(dispute.activity_ids), 2)
        dispute.with_user(self.officer)._resolve("credit_note", TODAY, cause="price")
        self.assertFalse(dispute.activity_ids)
        self.assertEqual(self._explain(self.invoice)["amount"], 700)
