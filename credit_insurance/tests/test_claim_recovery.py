from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.credit_control.tests.common import TODAY

from ..models.credit_claim_received import Receipt
from .test_claim import ClaimCommon


@freeze_time(TODAY)
class RecoveryCommon(ClaimCommon):
    """Azure owes 121,000 and is insolvent since today; the insurer bears 59 %."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.company_data["default_journal_bank"]
        cls.general = cls.company_data["default_journal_misc"]
        cls.invoice = cls._create_taxed(100000)

    def _decided(self):
        claim = self._submit()
        claim.indemnity_amount = 59000
        claim.action_accept()
        return claim

    def _find(self, claim, as_of=TODAY):
        self.env.flush_all()
        claim.sudo()._propose_recoveries(as_of)
        return claim.recovery_ids.with_user(self.officer)

    def _received_on(self, amount, day, **values):
        """Money of ``day`` that is matched with nothing."""
        item = self._pay_on_account(amount)
        item.move_id.button_draft()
        item.move_id.write({"date": day, **values})
        item.move_id.action_post()
        return item

    def _recovered(self, claim, amount=20000.0, costs=0.0):
        """Money that is counted."""
        self._pay_on_account(amount)
        recovery = self._find(claim)
        recovery.action_accept()
        if costs:
            recovery.costs = costs
        return recovery


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRecovery(RecoveryCommon):
    """Money after the day of the loss is proposed once, and shared."""

    def test_what_pays_an_invoice_of_the_claim_is_proposed_once(self):
        claim = self._decided()
        self._pay(self.invoice, 20000)
        recovery = self._find(claim)
        self.assertRecordValues(
            recovery,
            [
                {
                    "state": "proposed",
                    "kind": "payment",
                    "date": TODAY,
                    "amount": 20000,
                    "insurer_share": 0,
                    "own_share": 0,
                }
            ],
        )
        self.assertEqual(claim.proposed_count, 1)
        self.assertEqual(
            claim.activity_ids.activity_type_id,
            self.env.ref("credit_insurance.activity_recovery"),
        )
        recovery.action_accept()
        self.assertEqual((recovery.insurer_share, recovery.own_share), (11800, 8200))
        self.assertFalse(claim.activity_ids)
        self.assertEqual(self._find(claim), recovery)

    def test_every_morning_by_itself(self):
        claim = self._decided()
        self._pay(self.invoice, 20000)
        self._propose_claim()
        self.assertEqual(claim.recovery_ids.amount, 20000)

    def test_what_is_not_for_the_claim_is_not_proposed_again(self):
        claim = self._decided()
        self._pay_on_account(700)
        recovery = self._find(claim)
        recovery.action_refuse()
        self.assertEqual(self._find(claim).state, "refused")
        self.assertEqual(claim.proposed_count, 0)
        with self.assertRaisesRegex(UserError, "looked at"):
            recovery.action_refuse()
        recovery.action_accept()
        self.assertEqual(recovery.insurer_share, 413)

    def test_unmatched_money_counts_once_when_it_is_matched(self):
        claim = self._decided()
        money = self._pay_on_account(5000)
        recovery = self._find(claim)
        self.assertEqual(recovery.amount, 5000)
        (money + self._items(self.invoice)).reconcile()
        self.assertEqual(self._find(claim), recovery)
        self.assertEqual(recovery.amount, 5000)

    def test_what_pays_another_invoice_is_not_of_the_claim(self):
        claim = self._decided()
        money = self._pay_on_account(5000)
        recovery = self._find(claim)
        other = self._create_overdue_invoice(-10, 2000)
        (money + self._items(other)).reconcile()
        self._find(claim)
        self.assertEqual(recovery.amount, 3000)
        recovery.action_accept()
        another = self._create_overdue_invoice(-10, 3000)
        (money + self._items(another)).reconcile()
        self._find(claim)
        self.assertRecordValues(recovery, [{"amount": 3000, "is_short": True}])

    def test_a_proposal_goes_with_its_money(self):
        claim = self._decided()
        money = self._pay_on_account(5000)
        self._find(claim)
        money.move_id.button_draft()
        self.assertFalse(self._find(claim))

    def test_credit_notes_and_what_is_set_off(self):
        claim = self._decided()
        self._create_credit_note(0, 300)
        payable = self.company_data["default_account_payable"]
        self._offset(payable, 450)
        self._offset(self.company_data["default_account_expense"], 999)
        kinds = {one.kind: one.amount for one in self._find(claim)}
        self.assertEqual(kinds, {"credit": 300, "offset": 450})

    def _offset(self, account, amount):
        """Taken off what the debtor owes, against ``account``."""
        entry = self.env["account.move"].create(
            {
                "journal_id": self.general.id,
                "date": TODAY,
                "line_ids": [
                    Command.create({"account_id": account.id, "debit": amount}),
                    Command.create(
                        {
                            "account_id": self._items(self.invoice).account_id.id,
                            "partner_id": self.debtor.id,
                            "credit": amount,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        (self._items(entry) + self._items(self.invoice)).reconcile()

    def test_the_indemnity_is_no_recovery(self):
        claim = self._decided()
        claim._receive(Receipt(59000, self.bank, TODAY))
        self.assertFalse(self._find(claim))

    def test_other_companies_and_other_debtors(self):
        claim = self._decided()
        self._pay_on_account(500, self.other_debtor)
        other = self.setup_other_company()["company"]
        invoice = self._create_overdue_invoice(10, 800, company=other)
        self._register_payment(invoice, payment_date=TODAY)
        self.assertFalse(self._find(claim))

    def test_in_the_policys_currency(self):
        pound = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        self.insurance.sudo().currency_id = pound
        claim = self._submit()
        self.assertEqual(claim.net_amount, 50000)
        claim.indemnity_amount = 29500
        claim.action_accept()
        recovery = self._recovered(claim)
        self.assertRecordValues(
            recovery,
            [{"amount": 10000, "insurer_share": 5900, "own_share": 4100}],
        )
        move = claim._book_shares(self.general, TODAY)
        owed = recovery.sudo().owed_item_id
        self.assertEqual((owed.amount_currency, owed.balance), (-5900, -11800))
        self.assertEqual(sum(move.line_ids.mapped("balance")), 0)

    def test_money_of_an_invoice_in_another_currency(self):
        pound = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        self.invoice.button_draft()
        self.invoice.currency_id = pound
        self.invoice.action_post()
        claim = self._submit()
        self.assertEqual(claim.gross_amount, 242000)
        claim.indemnity_amount = claim.net_amount / 2
        claim.action_accept()
        self._pay(self.invoice, 1000)
        recovery = self._find(claim)
        self.assertEqual(recovery.amount, 2000)
        recovery.action_accept()
        claim._book_shares(self.general, TODAY)
        debt = claim.sudo()._get_reopened_items()
        self.assertEqual((debt.currency_id, debt.amount_currency), (pound, 500))

    # -- before and after ------------------------------------------------------

    def test_the_loss_stays_what_it_was_on_its_day(self):
        """Half is paid before, some after: the loss is what was open that day."""
        claim = self._report().with_user(self.officer)
        claim.insolvency_date = TODAY
        self._received_on(21000, TODAY - timedelta(1))
        self._pay(self.invoice, 30000)
        self._pay_on_account(4000)
        claim.action_refresh()
        self.assertEqual(claim.gross_amount, 100000)
        self.assertEqual(sorted(claim.recovery_ids.mapped("amount")), [4000, 30000])

    def test_paid_since_the_loss_stays_claimed(self):
        other = self._create_taxed(10000, days=70)
        claim = self._report().with_user(self.officer)
        claim.insolvency_date = TODAY
        self._pay(other)
        claim.action_refresh()
        self.assertEqual(claim.gross_amount, 133100)
        self.assertEqual(claim.recovery_ids.amount, 12100)

    def test_before_the_loss_but_entered_later(self):
        """The oldest invoice is paid by it, and what is insured moves up."""
        self._create_taxed(10000, days=120)
        claim = self._submit()
        self.assertEqual(claim.net_amount, 110000)
        self._received_on(24200, TODAY - timedelta(5))
        recovery = self._find(claim)
        self.assertTrue(recovery.is_before)
        recovery.action_accept()
        self.assertRecordValues(claim, [{"gross_amount": 108900, "net_amount": 90000}])
        self.assertEqual((recovery.insurer_share, recovery.own_share), (0, 24200))
        claim.action_accept()
        self.assertFalse(claim.to_book_amount)

    def test_what_was_open_before_the_claim_is_not_proposed(self):
        self._received_on(1000, TODAY - timedelta(5))
        claim = self._submit()
        self.assertEqual(claim.gross_amount, 120000)
        self.assertFalse(self._find(claim))

    # -- rights ----------------------------------------------------------------

    def test_rights(self):
        claim = self._decided()
        self._pay_on_account(500)
        recovery = self._find(claim)
        for user in (self.viewer, self.biller, self.salesperson):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                recovery.with_user(user).action_accept()
        for vals in ({"state": "accepted"}, {"entry_id": 1}, {"ledger_amount": 9}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                recovery.write(vals)
        with self.assertRaises(AccessError):
            recovery.create({"claim_id": claim.id, "name": "X", "kind": "payment"})
        recovery.action_accept()
        with self.assertRaises(AccessError):
            claim.with_user(self.officer).action_book_shares()
        with self.assertRaises(AccessError):
            claim.with_user(self.officer)._book_shares(self.general, TODAY)
        with self.assertRaisesRegex(UserError, "not for this claim"):
            recovery.with_user(self.manager).unlink()

    def test_of_a_loss_that_was_refused_the_insurer_gets_nothing(self):
        claim = self._submit()
        before = self._recovered(claim)
        self.assertGreater(before.insurer_share, 0)
        claim.refusal = "Sold on credit after the stop."
        claim.action_refuse()
        self.assertRecordValues(
            before, [{"insurer_share": 0, "own_share": 20000, "settlement": False}]
        )
        claim.action_close()
        late = self.env["credit.claim.recovery"].create(
            {"claim_id": claim.id, "name": "Dividend", "amount": 100, "date": TODAY}
        )
        self.assertRecordValues(
            before | late,
            [
                {"insurer_share": 0, "own_share": 20000},
                {"insurer_share": 0, "own_share": 100},
            ],
        )

    def test_the_database_knows_it_once(self):
        claim = self._decided()
        self._pay_on_account(500)
        recovery = self._find(claim)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            recovery.sudo().copy({"item_id": recovery.item_id.id})


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInsurersShare(RecoveryCommon):
    """What the insurer gets is owed, paid, kept or taken back."""

    def test_it_is_owed_and_the_debtor_owes_it_again(self):
        claim = self._decided()
        recovery = self._recovered(claim)
        self.assertRecordValues(claim, [{"to_book_amount": 11800, "owed_amount": 0}])
        action = claim.action_book_shares()
        wizard = claim.env[action["res_model"]].with_context(**action["context"])
        wizard = wizard.create({})
        self.assertEqual((wizard.amount, wizard.has_costs), (11800, False))
        self.assertEqual(wizard.journal_id.type, "general")
        wizard.action_book()
        self.assertRecordValues(claim, [{"to_book_amount": 0, "owed_amount": 11800}])
        self.assertEqual(recovery.settlement, "owed")
        [move] = claim.move_ids
        self.assertRecordValues(
            move.line_ids.sorted("balance"),
            [
                {"balance": -11800, "partner_id": self.insurer.id},
                {"balance": 11800, "partner_id": self.debtor.id},
            ],
        )
        # The other 8,200 pay the invoice.
        self.assertTrue(recovery.sudo().item_id.reconciled)
        self.assertEqual(self._items(self.invoice).amount_residual, 121000 - 8200)
        self._find(claim)
        self.assertFalse(recovery.is_short)

    def test_it_is_paid_with_odoos_own_payment(self):
        claim = self._decided()
        recovery = self._recovered(claim)
        claim._book_shares(self.general, TODAY)
        action = claim.action_pay_insurer()
        register = self.env[action["res_model"]].with_context(**action["context"])
        payment = register.create({})
        self.assertEqual((payment.amount, payment.payment_type), (11800, "outbound"))
        payment.action_create_payments()
        self.env.invalidate_all()
        self.assertEqual(recovery.settlement, "settled")
        self.assertFalse(claim.owed_amount)

    def test_the_insurer_bears_his_part_of_the_costs(self):
        claim = self._decided()
        self._recovered(claim, costs=2000)
        with self.assertRaisesRegex(UserError, "account of the costs"):
            claim._book_shares(self.general, TODAY)
        costs = self.company_data["default_account_expense"]
        move = claim._book_shares(self.general, TODAY, costs)
        self.assertEqual(
            move.line_ids.sorted("balance").mapped("balance"), [-10620, -1180, 11800]
        )
        self.assertEqual(claim.owed_amount, 10620)

    def test_costs_without_money_are_owed_by_the_insurer(self):
        claim = self._decided()
        self.env["credit.claim.recovery"].with_user(self.officer).create(
            {"claim_id": claim.id, "name": "Court", "costs": 1000}
        )
        self.assertEqual(claim.to_book_amount, -590)
        costs = self.company_data["default_account_expense"]
        claim._book_shares(self.general, TODAY, costs)
        self.assertEqual(claim.owed_amount, -590)
        with self.assertRaisesRegex(UserError, "The insurer owes"):
            claim.action_pay_insurer()

    def test_two_by_the_same_name(self):
        claim = self._decided()
        recoveries = self.env["credit.claim.recovery"].with_user(self.officer)
        recoveries = recoveries.create(
            [
                {"claim_id": claim.id, "name": "Dividend", "amount": amount}
                for amount in (100, 200)
            ]
        )
        claim._book_shares(self.general, TODAY)
        owed = recoveries.sudo().owed_item_id
        self.assertEqual(sorted(owed.mapped("balance")), [-118, -59])

    def test_booked_is_booked(self):
        claim = self._decided()
        recovery = self._recovered(claim)
        claim._book_shares(self.general, TODAY)
        with self.assertRaisesRegex(UserError, "No share"):
            claim._book_shares(self.general, TODAY)
        for change in ({"amount": 5}, {"costs": 1}):
            with self.assertRaisesRegex(UserError, "undo the booking"):
                recovery.write(change)
        with self.assertRaisesRegex(UserError, "undo the booking"):
            recovery.action_refuse()
        claim.indemnity_amount = 30000
        self.assertEqual(recovery.insurer_share, 11800)

    def test_undone_it_can_be_booked_anew(self):
        claim = self._decided()
        recovery = self._recovered(claim)
        claim._book_shares(self.general, TODAY)
        claim.action_undo_shares()
        self.assertIn("share was undone", claim.message_ids[0].body)
        self.assertRecordValues(claim, [{"to_book_amount": 11800, "owed_amount": 0}])
        self.assertEqual(recovery.sudo().item_id.amount_residual, -11800)
        claim._book_shares(self.general, TODAY)
        self.assertEqual(claim.owed_amount, 11800)

    def test_kept_by_the_insurer(self):
        """He sets his share off against the indemnity."""
        claim = self._decided()
        recovery = self._recovered(claim)
        claim._book_shares(self.general, TODAY)
        action = claim.action_receive()
        wizard = claim.env[action["res_model"]].with_context(**action["context"])
        wizard = wizard.create({})
        self.assertEqual((wizard.kept, wizard.amount), (11800, 47200))
        wizard.action_receive()
        self.assertRecordValues(
            claim, [{"state": "paid", "received_amount": 59000, "owed_amount": 0}]
        )
        self.assertEqual(recovery.settlement, "settled")
        with self.assertRaisesRegex(UserError, "can't keep more"):
            claim._receive(Receipt(1, self.bank, TODAY, kept=5))
