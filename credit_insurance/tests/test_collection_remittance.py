from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .collection_common import RemittanceCommon


@tagged("post_install", "-at_install")
class TestRemittance(RemittanceCommon):
    def _amounts(self, remittance):
        lines = remittance.move_id.line_ids
        return sorted((line.account_id.code, line.debit, line.credit) for line in lines)

    def test_the_vector_to_the_cent(self):
        remittance = self._remit({self.file: 8000})
        bank = remittance.journal_id.default_account_id
        receivable = self._items(self.invoice).account_id
        vat = self.company_data["default_account_tax_purchase"]
        self.assertEqual(
            self._amounts(remittance),
            sorted(
                [
                    (bank.code, 6548, 0),
                    (self.fee_account.code, 1200, 0),
                    (vat.code, 252, 0),
                    (receivable.code, 0, 6825),
                    (self.costs_account.code, 0, 875),
                    (self.interest_account.code, 0, 300),
                ]
            ),
        )
        self.assertEqual(self.invoice.amount_residual, 3175)
        self.assertRecordValues(
            self.file,
            [
                {
                    "collected_amount": 8000,
                    "fee_amount": 1200,
                    "open_amount": 3175,
                    "open_costs": 0,
                    "open_interest": 0,
                    "open_principal": 3175,
                    "direct_amount": 0,
                    "state": "sent",
                }
            ],
        )
        self.assertRecordValues(
            remittance,
            [{"collected": 8000, "fee": 1200, "vat": 252, "remitted": 6548}],
        )

    def test_the_rest_ends_the_file(self):
        self._remit({self.file: 8000})
        remittance = self._remit({self.file: 3175})
        self.assertEqual(remittance.fee, 476.25)
        self.assertRecordValues(
            self.file, [{"state": "closed", "outcome": "paid", "open_amount": 0}]
        )
        self.assertEqual(self.invoice.payment_state, "paid")
        result = self.env["credit.collection.result"].search([])
        self.assertRecordValues(
            result,
            [{"file_count": 1, "paid_count": 1, "collected_amount": 11175}],
        )
        self.assertAlmostEqual(result.success, 1)
        self.assertAlmostEqual(result.cost, 0.15)

    def test_by_law_interest_comes_before_principal_in_belgium(self):
        self.agency.allocation = "law"
        order = self.profile._get_regime(TODAY).allocation
        self.assertEqual(order, "interest_principal_costs")
        remittance = self._remit({self.file: 8000})
        self.assertRecordValues(
            remittance.line_ids, [{"costs": 0, "interest": 300, "principal": 7700}]
        )

    def test_a_fee_that_is_invoiced_stays_out_of_the_entry(self):
        self.agency.fee_withheld = False
        remittance = self._remit({self.file: 8000})
        self.assertEqual(remittance.remitted, 8000)
        self.assertNotIn(self.fee_account, remittance.move_id.line_ids.account_id)

    def test_what_the_statement_says_of_the_fee_counts(self):
        with Form(
            self.env["credit.collection.remittance"].with_user(self.officer)
        ) as form:
            form.agency_id = self.agency
            with form.line_ids.new() as line:
                line.file_id = self.file
                line.collected = 1000
                self.assertEqual((line.fee, line.vat), (150, 31.5))
                line.fee = 100
                self.assertEqual(line.vat, 21)
                line.vat = 20.99
        remittance = form.save()
        with self.mock_mail_gateway():
            remittance.action_post()
        self.assertEqual(remittance.remitted, 879.01)
        self.assertAlmostEqual(sum(remittance.move_id.line_ids.mapped("balance")), 0)

    def test_two_files_in_one_entry_oldest_invoice_first(self):
        older = self._create_overdue_invoice(80, 100.0, partner=self.other_debtor)
        newer = self._create_overdue_invoice(75, 200.0, partner=self.other_debtor)
        self.other_debtor.write(
            {
                "street": "Street 1",
                "zip": "1000",
                "company_registry": "0402",
                "country_id": self.env.ref("base.be").id,
            }
        )
        self._remind(older | newer)
        file = self._sent(older | newer, self._profile(self.other_debtor))
        for line in file.line_ids:
            line.write({"interest": 0, "costs": 0})
        self._remit({self.file: 500, file: 150})
        self.assertEqual((older.amount_residual, newer.amount_residual), (0, 150))

    def test_more_than_is_open_is_refused_before_anything_is_written(self):
        with self.assertRaisesRegex(UserError, "only .*11,175.00 is open"):
            self._remit({self.file: 11175.01})
        self.assertEqual(self.invoice.amount_residual, 10000)

    def test_a_fee_above_what_came_in_is_refused(self):
        self.agency.fee_ids.minimum = 40
        with self.assertRaisesRegex(UserError, "more than what was collected"):
            self._remit({self.file: 30})

    def test_what_is_missing_to_book_is_said(self):
        self.agency.tax_id = False
        remittance = self._remit({self.file: 1000})
        self.assertEqual(remittance.vat, 0)
        self.agency.fee_account_id = False
        with self.assertRaisesRegex(UserError, "account of fees"):
            self._remit({self.file: 1000})

    def test_cancelling_opens_everything_again(self):
        remittance = self._remit({self.file: 8000})
        with self.assertRaises(UserError):
            remittance.reference = "Other"
        remittance.action_cancel()
        self.env.invalidate_all()
        self.assertEqual(remittance.state, "cancelled")
        self.assertEqual(self.invoice.amount_residual, 10000)
        self.assertRecordValues(
            self.file,
            [{"collected_amount": 0, "open_amount": 11175, "direct_amount": 0}],
        )

    def test_files_of_another_agency_are_refused(self):
        other = self._create_agency(name="Other")
        with self.assertRaisesRegex(ValidationError, "that Other has"):
            self._remit({self.file: 100}, agency_id=other.id)

    def test_costs_that_are_posted_are_matched_not_earned_twice(self):
        self.level_4.write({"fee": 875, "handoff": True})
        self.company.credit_charge_posting = "notice"
        partner = self._create_debtor(
            "Posted",
            street="Street 1",
            zip="1000",
            company_registry="0402",
            country_id=self.env.ref("base.be").id,
        )
        invoice = self._create_overdue_invoice(70, 1000.0, partner=partner)
        self._remind(invoice)
        charge = self.env["credit.charge"].search(
            [("profile_id", "=", self._profile(partner).id), ("kind", "=", "costs")]
        )
        self.assertTrue(charge.is_posted)
        file = self._sent(invoice, self._profile(partner), basis="level")
        file.basis = "level"
        self._claim(file, 0, 875)
        remittance = self._remit({file: 1000})
        self.assertEqual(charge.open_amount, 0)
        self.assertNotIn(self.costs_account, remittance.move_id.line_ids.account_id)

    def test_costs_that_are_only_claimed_count_as_paid(self):
        self.level_4.write({"fee": 100, "handoff": True})
        partner = self._create_debtor(
            "Claimed",
            street="Street 1",
            zip="1000",
            company_registry="0403",
            country_id=self.env.ref("base.be").id,
        )
        invoice = self._create_overdue_invoice(70, 1000.0, partner=partner)
        self._remind(invoice)
        charge = self.env["credit.charge"].search(
            [("profile_id", "=", self._profile(partner).id), ("kind", "=", "costs")]
        )
        file = self._sent(invoice, self._profile(partner))
        self._claim(file, 0, 100)
        remittance = self._remit({file: 60})
        self.assertRecordValues(charge, [{"open_amount": 40, "paid_amount": 60}])
        remittance.action_cancel()
        self.assertEqual(charge.open_amount, 100)

    def test_another_currency(self):
        pound = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        invoice = self._create_overdue_invoice(70, 500.0, currency_id=pound.id)
        self._remind(invoice)
        file = self._sent(invoice)
        self._claim(file, 10, 40)
        remittance = self._remit({file: 550}, currency_id=pound.id)
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(remittance.fee, 82.5)
        entry = remittance.move_id
        self.assertAlmostEqual(sum(entry.line_ids.mapped("balance")), 0)
        bank = entry.line_ids.filtered(
            lambda line: line.account_id == remittance.journal_id.default_account_id
        )
        self.assertEqual(bank.amount_currency, remittance.remitted)
        self.assertEqual(bank.balance, 2 * remittance.remitted)

    def test_rights(self):
        remittance = self._remit({self.file: 100})
        self.assertEqual(remittance.with_user(self.viewer).collected, 100)
        remittances = self.env["credit.collection.remittance"]
        values = {"agency_id": self.agency.id, "company_id": self.company.id}
        with self.assertRaises(AccessError):
            remittances.with_user(self.viewer).create(values)
        with self.assertRaises(AccessError):
            remittances.with_user(self.officer).create({**values, "state": "posted"})
        with self.assertRaises(AccessError):
            remittance.with_user(self.salesperson).read(["collected"])
        with self.assertRaises(UserError):
            remittance.line_ids.with_user(self.officer).collected = 1
