from dateutil.relativedelta import relativedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.credit_control.tests.common import TODAY

from ..models.credit_claim_received import Receipt
from .test_claim_recovery import RecoveryCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReceived(RecoveryCommon):
    """Where an indemnity is paid to, and what is left then."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loan = cls.env["account.account"].create(
            {
                "name": "Credit line",
                "code": "433000",
                "account_type": "liability_current",
            }
        )
        cls.expense = cls.company_data["default_account_expense"]

    def _ask(self, claim, **values):
        action = claim.action_receive()
        wizard = claim.env[action["res_model"]].with_context(**action["context"])
        return wizard.create(values)

    def test_an_insurer_may_pay_in_parts(self):
        claim = self._decided()
        claim._receive(Receipt(20000, self.bank, TODAY))
        self.assertRecordValues(claim, [{"state": "accepted", "missing_amount": 39000}])
        self.assertEqual(self._ask(claim).amount, 39000)
        claim._receive(Receipt(39000, self.bank, TODAY))
        self.assertRecordValues(claim, [{"state": "paid", "missing_amount": 0}])
        self.assertEqual(self._items(self.invoice).amount_residual, 62000)

    def test_paid_to_the_pledgee(self):
        bank = self.env["res.partner"].create({"name": "Bank", "is_company": True})
        self.insurance.pledgee_id = bank
        claim = self._decided()
        wizard = self._ask(claim)
        self.assertEqual(
            (wizard.paid_to, wizard.journal_id.type), ("pledgee", "general")
        )
        with self.assertRaisesRegex(UserError, "owe the pledgee"):
            wizard.action_receive()
        wizard.pledgee_account_id = self.loan
        wizard.action_receive()
        [paid] = claim.move_ids.line_ids.filtered("debit")
        self.assertRecordValues(
            paid,
            [{"account_id": self.loan.id, "partner_id": bank.id, "debit": 59000}],
        )
        self.assertEqual(self._items(self.invoice).amount_residual, 62000)

    def test_more_than_is_open_needs_an_account(self):
        claim = self._decided()
        self._pay(self.invoice, 91000)
        wizard = self._ask(claim)
        self.assertEqual(wizard.excess, 29000)
        with self.assertRaisesRegex(UserError, "choose an account"):
            wizard.action_receive()
        wizard.rest_account_id = self.company_data["default_account_revenue"]
        wizard.action_receive()
        self.assertEqual(self._items(self.invoice).amount_residual, 0)
        credits = claim.move_ids.line_ids.filtered("credit")
        self.assertEqual(sorted(credits.mapped("credit")), [29000, 30000])

    def test_what_the_debtor_owes_again_is_open_for_it(self):
        """He paid in full after the loss: the insurer's share is open again."""
        claim = self._decided()
        self._pay(self.invoice)
        self._find(claim).action_accept()
        claim._book_shares(self.general, TODAY)
        self.assertEqual(claim.rest_amount, 71390)
        self.assertFalse(self._ask(claim).excess)
        claim._receive(Receipt(59000, self.bank, TODAY))
        self.assertEqual(claim.rest_amount, 12390)

    def test_policy_in_another_currency(self):
        pound = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        self.insurance.sudo().currency_id = pound
        claim = self._submit()
        claim.indemnity_amount = 29500
        claim.action_accept()
        claim._receive(Receipt(29500, self.bank, TODAY))
        [paid] = claim.move_ids.line_ids.filtered("debit")
        self.assertEqual((paid.balance, paid.amount_currency), (59000, 29500))
        self.assertEqual(self._items(self.invoice).amount_residual, 62000)
        self.assertEqual(claim.rest_amount, 62000)

    # -- the rest --------------------------------------------------------------

    def _write_off(self, claim, user=None, **values):
        claim = claim.with_user(user or self.officer)
        action = claim.action_write_off()
        wizard = claim.env[action["res_model"]].with_context(**action["context"])
        return wizard.create({"loss_account_id": self.expense.id, **values})

    def test_an_invoice_in_the_policys_currency_is_paid_in_it(self):
        """Whatever the rate has become: the difference is one of exchange."""
        pound = self.setup_other_currency(
            "GBP", rates=[("2020-01-01", 0.5), ("2025-06-01", 0.8)]
        )
        self.invoice.button_draft()
        self.invoice.button_cancel()
        self.insurance.sudo().currency_id = pound
        invoice = self._create_taxed(1000, currency_id=pound.id)
        claim = self._submit()
        claim.indemnity_amount = 900
        claim.action_accept()
        claim._receive(Receipt(900, self.bank, TODAY))
        item = self._items(invoice)
        self.assertRecordValues(
            item, [{"amount_residual_currency": 310, "amount_residual": 620}]
        )
        self.assertEqual(claim._get_indemnified(item), 900)

    def test_to_a_bank_account_in_another_currency(self):
        pound = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        bank = self.env["account.journal"].create(
            {"name": "London", "code": "LON", "type": "bank", "currency_id": pound.id}
        )
        claim = self._decided()
        move = claim._receive(Receipt(claim.indemnity_amount, bank, TODAY))
        self.assertRecordValues(
            move.line_ids.filtered(lambda line: line.balance > 0),
            [
                {
                    "account_id": bank.default_account_id.id,
                    "currency_id": pound.id,
                    "amount_currency": 29500,
                    "balance": 59000,
                }
            ],
        )

    def test_the_rest_is_written_off_with_all_vat_of_the_invoice(self):
        """The indemnity was without VAT: all of it is lost."""
        claim = self._decided()
        claim._receive(Receipt(59000, self.bank, TODAY))
        wizard = self._write_off(
            claim, proof="bankruptcy", proof_date=TODAY, vat_account_id=self.loan.id
        )
        self.assertEqual((wizard.amount, wizard.vat_amount), (62000, 21000))
        self.assertIn("62,000.00", wizard.advice)
        action = wizard.action_write_off()
        entry = self.env["account.move"].browse(action["res_id"])
        self.assertEqual(
            sorted(entry.line_ids.mapped("balance")), [-62000, 21000, 41000]
        )
        self.assertTrue(self._items(self.invoice).reconciled)
        self.assertFalse(claim.rest_amount)
        with self.assertRaisesRegex(UserError, "Nothing is open"):
            claim.action_write_off()

    def _reclaim(self, claim, user=None, **values):
        claim = claim.with_user(user or self.officer)
        action = claim.action_reclaim_vat()
        wizard = claim.env[action["res_model"]].with_context(**action["context"])
        return wizard.create(
            {
                "loss_account_id": self.expense.id,
                "vat_account_id": self.loan.id,
                **values,
            }
        )

    def _claims_with_vat(self):
        return self.env["credit.claim"].search([("vat_ids.lost_vat", "!=", 0)])

    def test_vat_that_the_law_gives_back_later_is_reclaimed_then(self):
        """In Belgium on the proof, which may come long after the write-off."""
        self.company.country_id = self.env.ref("base.be")
        claim = self._decided()
        claim._receive(Receipt(59000, self.bank, TODAY))
        self._write_off(claim).action_write_off()
        self.assertEqual(claim.vat_ids.lost_vat, 21000)
        self.assertEqual(self._claims_with_vat(), claim)
        self.assertFalse(claim.activity_ids)
        with self.assertRaisesRegex(UserError, "No VAT can be reclaimed"):
            self._reclaim(claim).action_write_off()
        wizard = self._reclaim(claim, proof="bankruptcy", proof_date=TODAY)
        self.assertEqual(wizard.vat_amount, 21000)
        action = wizard.action_write_off()
        entry = self.env["account.move"].browse(action["res_id"])
        self.assertRecordValues(
            entry.line_ids.sorted("balance"),
            [
                {"account_id": self.expense.id, "balance": -21000},
                {"account_id": self.loan.id, "balance": 21000},
            ],
        )
        self.assertFalse(claim.has_lost_vat)
        self.assertFalse(self._claims_with_vat())
        with self.assertRaisesRegex(UserError, "No VAT can be reclaimed"):
            self._reclaim(
                claim, proof="bankruptcy", proof_date=TODAY
            ).action_write_off()

    def _reverse(self, entry):
        """Odoo's own button *Reverse Entry*; returns the reversal."""
        wizard = self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=entry.ids
        )
        found = wizard.create({"journal_id": entry.journal_id.id}).reverse_moves()
        self.env.invalidate_all()
        return self.env["account.move"].browse(found["res_id"])

    def test_vat_of_a_loss_that_is_reversed_is_not_reclaimed(self):
        self.company.country_id = self.env.ref("base.nl")
        claim = self._decided()
        claim._receive(Receipt(59000, self.bank, TODAY))
        action = self._write_off(claim).action_write_off()
        due = self._items(self.invoice).date_maturity
        back = self._reverse(self.env["account.move"].browse(action["res_id"]))
        self.assertFalse(claim.has_lost_vat)
        self.assertFalse(self._claims_with_vat())
        self.assertFalse(claim.activity_ids)
        self.assertEqual(claim.rest_amount, 62000)
        self._reverse(back)
        self.assertEqual(claim.vat_ids.lost_vat, 21000)
        self.assertEqual(self._claims_with_vat(), claim)
        self.assertEqual(claim.activity_ids.date_deadline, due + relativedelta(years=1))
        self.assertEqual(claim.rest_amount, 0)

    def test_a_reclaim_that_is_reversed_can_be_made_again(self):
        claim = self._decided()
        claim._receive(Receipt(59000, self.bank, TODAY))
        self._write_off(claim).action_write_off()
        proof = {"proof": "definitive", "proof_date": TODAY}
        action = self._reclaim(claim, **proof).action_write_off()
        self.assertFalse(claim.has_lost_vat)
        self._reverse(self.env["account.move"].browse(action["res_id"]))
        self.assertTrue(claim.has_lost_vat)
        self._reclaim(claim, **proof).action_write_off()
        self.assertFalse(claim.has_lost_vat)

    def test_the_day_that_the_law_names_is_remembered(self):
        """In the Netherlands a year after the due date, at the latest."""
        self.company.country_id = self.env.ref("base.nl")
        claim = self._decided()
        claim._receive(Receipt(59000, self.bank, TODAY))
        self._write_off(claim).action_write_off()
        due = self._items(self.invoice).date_maturity
        [activity] = claim.activity_ids
        self.assertEqual(activity.date_deadline, due + relativedelta(years=1))
        self._reclaim(claim, proof="definitive", proof_date=TODAY).action_write_off()
        self.assertFalse(claim.activity_ids)

    def test_only_officers_reclaim(self):
        claim = self._decided()
        claim._receive(Receipt(59000, self.bank, TODAY))
        self._write_off(claim).action_write_off()
        with self.assertRaises(AccessError):
            self._reclaim(claim, self.viewer)
        with self.assertRaises(AccessError):
            claim.vat_ids.with_user(self.officer).lost_vat = 0

    def test_vat_that_was_insured_was_paid(self):
        self.insurance.vat_covered = True
        claim = self._decided()
        claim._receive(Receipt(59000, self.bank, TODAY))
        wizard = self._write_off(claim, proof="bankruptcy", proof_date=TODAY)
        self.assertAlmostEqual(wizard.vat_amount, 62000 * 21 / 121, 2)

    def test_a_part_payment_has_its_vat_in_it(self):
        claim = self._decided()
        self._recovered(claim, 12100)
        claim._book_shares(self.general, TODAY)
        claim._receive(Receipt(59000, self.bank, TODAY))
        wizard = self._write_off(
            claim, proof="bankruptcy", proof_date=TODAY, vat_account_id=self.loan.id
        )
        # 121,000 - 12,100, of which the insurer gets 7,139, - 59,000.
        self.assertEqual(wizard.amount, 57039)
        # What the debtor paid on the invoice is 4,961; all else of its VAT is lost.
        self.assertAlmostEqual(wizard.vat_amount, (121000 - 4961) * 21 / 121, 2)
        wizard.action_write_off()
        self.assertFalse(claim.rest_amount)

    def test_not_before_the_insurer_has_paid(self):
        claim = self._decided()
        with self.assertRaises(UserError):
            claim.action_write_off()

    def test_refused_the_whole_is_written_off(self):
        claim = self._submit()
        claim.refusal = "Reported too late"
        claim.action_refuse()
        wizard = self._write_off(claim)
        wizard.action_write_off()
        self.assertTrue(self._items(self.invoice).reconciled)

    def test_only_officers_write_off(self):
        claim = self._decided()
        claim._receive(Receipt(59000, self.bank, TODAY))
        with self.assertRaises(AccessError):
            self._write_off(claim, self.viewer)

    def test_foreign_invoices_by_currency(self):
        pound = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        self._create_taxed(1000, days=70, currency_id=pound.id)
        claim = self._submit()
        claim.refusal = "No"
        claim.action_refuse()
        self._write_off(claim).action_write_off()
        self.assertEqual(claim.rest_amount, 2420)
        wizard = self._write_off(claim)
        self.assertEqual((wizard.currency_id, wizard.amount), (pound, 1210))
        wizard.action_write_off()
        self.assertFalse(claim.rest_amount)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPolicyYear(RecoveryCommon):
    """First loss and liability of a year over its claims."""

    def _accept_for(self, partner, net):
        self._insure(self._profile(partner), 80000)
        self._create_taxed(net, partner=partner)
        self._propose_claim()
        claim = self.env["credit.claim"].search(
            [("profile_id", "=", self._profile(partner).id)]
        )
        claim = claim.with_user(self.officer)
        claim.action_notify()
        claim.insolvency_date = TODAY
        claim.action_confirm()
        claim = claim.with_user(self.manager)
        claim.action_submit()
        claim.action_accept()
        return claim

    def test_the_first_loss_is_eaten_up_and_liability_with_it(self):
        self.insurance.write({"liability_amount": 60000, "aggregate_first_loss": 50000})
        first = self._submit()
        first.action_accept()
        second = self._accept_for(self.other_debtor, 60000)
        third = self._accept_for(self._create_debtor("Copper"), 50000)
        table = [
            # 72,000 - 5,000 - 50,000; 54,000 - 5,000 up to what is left; nothing.
            (first, 50000, 60000, 17000, 50000),
            (second, 0, 43000, 43000, 0),
            (third, 0, 0, 0, 0),
        ]
        for claim, aggregate, liability, indemnity, used in table:
            with self.subTest(claim=claim.name):
                self.assertRecordValues(
                    claim,
                    [
                        {
                            "aggregate_left": aggregate,
                            "liability_left": liability,
                            "indemnity_amount": indemnity,
                            "expected_amount": indemnity,
                            "aggregate_used": used,
                        }
                    ],
                )

    def test_deliveries_of_another_year_use_up_that_year(self):
        old = self._create_taxed(20000, days=300)
        self.invoice.button_draft()
        self.invoice.button_cancel()
        self.assertEqual(str(old.invoice_date)[:4], "2024")
        claim = self._submit()
        self.assertEqual(claim.year_date, old.invoice_date)
        claim.action_accept()
        other = self._accept_for(self.other_debtor, 50000)
        self.assertEqual(other.aggregate_left, 20000)
        self.insurance.basis = "loss"
        self.assertEqual(other.aggregate_left, 20000 - claim.aggregate_used)

    def test_the_threshold_is_for_each_loss(self):
        self.insurance.claims_threshold = 100000
        claim = self._submit()
        self.assertEqual(claim.expected_amount, 0)
        self.insurance.claims_threshold = 99999.99
        self.env.invalidate_all()
        self.assertEqual(claim.expected_amount, 72000 - 5000 - 20000)

    def test_liability_follows_the_premium_that_was_declared(self):
        self.insurance.write(
            {
                "liability_kind": "premium",
                "liability_multiple": 2,
                "minimum_premium": 1000,
                "premium_rate": 0.5,
            }
        )
        self.env["credit.declaration"].sudo().create(
            {
                "policy_id": self.insurance.id,
                "date_from": "2025-01-01",
                "date_to": "2025-01-31",
                "line_ids": [
                    Command.create({"profile_id": self.profile.id, "turnover": 3000000})
                ],
            }
        )
        claim = self._submit()
        self.assertEqual(claim.liability_left, 30000)
        self.assertEqual(claim.expected_amount, 30000)
