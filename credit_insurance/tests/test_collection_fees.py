from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.credit_control.tests.common import TODAY

from .collection_common import RemittanceCommon


@tagged("post_install", "-at_install")
class TestFees(RemittanceCommon):
    """Who keeps what, who invoices what, and the VAT on it."""

    def _balances(self, remittance):
        found = {}
        for line in remittance.move_id.line_ids:
            found[line.account_id] = found.get(line.account_id, 0) + line.balance
        return found

    def _make_bill(self, remittances, user=None):
        action = remittances.with_user(user or self.officer).action_make_bill()
        return self.env["account.move"].browse(action["res_id"])

    def _post_bill(self, bill):
        bill.invoice_date = TODAY
        bill.action_post()
        self.env.invalidate_all()

    # -- orders ----------------------------------------------------------------

    def test_three_remittances_in_both_orders(self):
        for allocation, parts in (
            (
                "costs_interest_principal",
                [(875, 125, 0), (0, 175, 825), (0, 0, 9175)],
            ),
            (
                "principal_interest_costs",
                [(0, 0, 1000), (0, 0, 1000), (875, 300, 8000)],
            ),
        ):
            with self.subTest(allocation), self.env.cr.savepoint() as savepoint:
                self.agency.allocation = allocation
                for amount, (costs, interest, principal) in zip(
                    (1000, 1000, 9175), parts, strict=True
                ):
                    remittance = self._remit({self.file: amount})
                    self.assertRecordValues(
                        remittance.line_ids,
                        [
                            {
                                "costs": costs,
                                "interest": interest,
                                "principal": principal,
                            }
                        ],
                    )
                self.assertEqual(self.file.outcome, "paid")
                self.assertEqual(self.invoice.amount_residual, 0)
                self.assertEqual(self.file.fee_amount, 1676.25)
                savepoint.rollback()
            self.env.invalidate_all()

    # -- reverse charge --------------------------------------------------------

    def _reverse_charge(self):
        account = self.company_data["default_account_tax_purchase"].id
        part = {"repartition_type": "tax", "account_id": account}
        return self.env["account.tax"].create(
            {
                "name": "21 % reverse charge",
                "amount": 21,
                "type_tax_use": "purchase",
                "company_id": self.company.id,
                "invoice_repartition_line_ids": [
                    Command.create({"repartition_type": "base"}),
                    Command.create({**part, "factor_percent": 100}),
                    Command.create({**part, "factor_percent": -100}),
                ],
                "refund_repartition_line_ids": [
                    Command.create({"repartition_type": "base"}),
                    Command.create({**part, "factor_percent": 100}),
                    Command.create({**part, "factor_percent": -100}),
                ],
            }
        )

    def test_a_foreign_agency_charges_no_vat_both_sides_are_booked(self):
        self.agency.tax_id = self._reverse_charge()
        remittance = self._remit({self.file: 8000})
        self.assertRecordValues(
            remittance, [{"fee": 1200, "vat": 0, "remitted": 6800}]
        )
        taxes = remittance.move_id.line_ids.filtered("tax_repartition_line_id")
        self.assertEqual(sorted(taxes.mapped("balance")), [-252, 252])
        self.assertEqual(self._balances(remittance)[self.fee_account], 1200)

    def test_vat_on_a_reverse_charged_fee_is_refused(self):
        self.agency.tax_id = self._reverse_charge()
        remittance = self._draft(
            line_ids=[
                Command.create({"file_id": self.file.id, "collected": 100, "vat": 3})
            ]
        )
        with self.assertRaisesRegex(UserError, "owe the VAT on fees yourself"):
            remittance.action_post()

    # -- bills -----------------------------------------------------------------

    def test_a_fee_that_is_billed_apart(self):
        self.agency.fee_withheld = False
        remittance = self._remit({self.file: 8000}, reference="S-1")
        self.assertTrue(remittance.needs_bill)
        bill = self._make_bill(remittance)
        self.assertRecordValues(
            bill,
            [
                {
                    "move_type": "in_invoice",
                    "state": "draft",
                    "partner_id": self.agency.partner_id.id,
                    "amount_untaxed": 1200,
                    "amount_total": 1452,
                }
            ],
        )
        self.assertEqual(bill.invoice_line_ids.account_id, self.fee_account)
        self.assertFalse(remittance.needs_bill)
        with self.assertRaisesRegex(UserError, "No bill is to come"):
            self._make_bill(remittance)
        self._post_bill(bill)
        self.assertEqual(bill.amount_residual, 1452)

    def test_a_fee_that_is_kept_and_billed_is_matched(self):
        """The debt to the agency waits for its bill, and pays it."""
        self.agency.fee_billed = True
        remittance = self._remit({self.file: 8000})
        self.assertEqual(remittance.remitted, 6548)
        payable = remittance._get_payable_account()
        self.assertEqual(self._balances(remittance)[payable], 1452)
        self.assertNotIn(self.fee_account, self._balances(remittance))
        bill = self._make_bill(remittance)
        self._post_bill(bill)
        self.assertEqual(bill.amount_residual, 0)
        self.assertEqual(bill.amount_total, 1452)

    def test_one_bill_for_several_remittances(self):
        self.agency.fee_billed = True
        both = self._remit({self.file: 1000}) | self._remit({self.file: 2000})
        bill = self._make_bill(both)
        self.assertEqual(len(bill.invoice_line_ids), 2)
        self._post_bill(bill)
        self.assertEqual(bill.amount_residual, 0)

    def test_a_remittance_on_a_bill_is_not_cancelled(self):
        self.agency.fee_billed = True
        remittance = self._remit({self.file: 1000})
        bill = self._make_bill(remittance)
        with self.assertRaisesRegex(UserError, "cancel that first"):
            remittance.action_cancel()
        bill.button_cancel()
        remittance.action_cancel()
        self.assertEqual(self.invoice.amount_residual, 10000)

    def test_terms_of_the_agency_that_change_leave_what_is_posted(self):
        remittance = self._remit({self.file: 8000})
        self.agency.fee_withheld = False
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(remittance.remitted, 6548)

    def test_viewers_make_no_bill(self):
        self.agency.fee_withheld = False
        remittance = self._remit({self.file: 100})
        with self.assertRaises(AccessError):
            self._make_bill(remittance, self.viewer)

    # -- direct payments -------------------------------------------------------

    def test_the_fee_on_what_was_paid_to_us(self):
        self.agency.fee_on_direct = True
        self._pay(self.invoice, 2000)
        with self.mock_mail_gateway():
            self.file.with_user(self.officer).action_follow()
        self.assertIn("2,000.00", self._new_mails[-1].body_html)
        self.env.invalidate_all()
        remittance = self._remit({self.file: 1000})
        self.assertEqual(remittance.fee, 450)
        self.assertEqual(self._remit({self.file: 100}).fee, 15)

    def test_a_fee_without_anything_collected_is_billed(self):
        self.agency.write({"fee_on_direct": True, "fee_withheld": False})
        self._pay(self.invoice, 2000)
        with self.mock_mail_gateway():
            self.file.with_user(self.officer).action_follow()
        self.env.invalidate_all()
        remittance = self._remit({self.file: 0})
        self.assertRecordValues(
            remittance, [{"fee": 300, "state": "posted", "needs_bill": True}]
        )
        self.assertFalse(remittance.move_id)
        remittance.action_cancel()
        self.assertEqual(remittance.state, "cancelled")

    # -- twice, other currencies and companies ------------------------------------

    def test_a_statement_is_booked_once(self):
        self._remit({self.file: 100}, reference="AFR-1")
        with self.assertRaisesRegex(UserError, "AFR-1 of Incasso NV is booked already"):
            self._remit({self.file: 100}, reference="AFR-1")

    def test_a_bank_in_another_currency_is_refused(self):
        pound = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        journal = self.company_data["default_journal_bank"].copy(
            {"currency_id": pound.id}
        )
        self.assertEqual(journal.default_account_id.currency_id, pound)
        with self.assertRaisesRegex(UserError, "is kept in GBP"):
            self._remit({self.file: 100}, journal_id=journal.id)

    def test_cancelling_one_leaves_what_another_collected(self):
        """Costs that are in the ledger are opened by the ledger, not a second time."""
        first = self._remit({self.file: 500})
        second = self._remit({self.file: 600})
        first.action_cancel()
        self.env.invalidate_all()
        self.assertEqual(self.file.collected_amount, 600)
        self.assertEqual(self.file.open_amount, 10575)
        self.assertRecordValues(
            second.line_ids, [{"costs": 375, "interest": 225, "principal": 0}]
        )

    def test_a_second_company(self):
        """Neither its agencies nor its remittances are seen from the other one."""
        other = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        agency = self._create_agency(other, name="Elsewhere")
        remittance = self.env["credit.collection.remittance"].sudo().create(
            {"agency_id": agency.id, "company_id": other.id}
        )
        found = self.env["credit.collection.remittance"].with_user(self.officer)
        self.assertNotIn(remittance, found.search([]))
        with self.assertRaises(AccessError):
            remittance.with_user(self.officer).read(["name"])
