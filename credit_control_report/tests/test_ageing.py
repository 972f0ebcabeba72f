from datetime import date

from odoo.tests import tagged

from .common import AS_OF, AgeingCommon


@tagged("post_install", "-at_install")
class TestAgeing(AgeingCommon):
    def test_buckets_by_due_date(self):
        for due, amount in (
            ("2024-07-01", 1),
            ("2024-06-30", 2),
            ("2024-06-29", 4),
            ("2024-05-31", 8),
            ("2024-05-30", 16),
            ("2024-05-01", 32),
            ("2024-04-30", 64),
            ("2019-01-01", 128),
        ):
            self._post(amount, due, day="2019-01-01")
        self.assertEqual(self._aged(), {self.debtor: [3, 12, 48, 192]})

    def test_partly_paid_later_is_open_in_full_before(self):
        invoice = self._post(100, "2024-05-31")
        self._register_payment(invoice, amount=30, payment_date="2024-07-10")
        self.assertEqual(self._aged(), {self.debtor: [0, 100, 0, 0]})
        self.assertEqual(self._aged(date(2024, 7, 9)), {self.debtor: [0, 0, 100, 0]})
        self.assertEqual(self._aged(date(2024, 7, 10)), {self.debtor: [0, 0, 70, 0]})

    def test_paid_in_full_later_is_open_before(self):
        invoice = self._post(100, "2024-05-31")
        self._register_payment(invoice, payment_date="2024-07-10")
        self.assertEqual(self._aged(), {self.debtor: [0, 100, 0, 0]})
        self.assertEqual(self._aged(date(2024, 7, 10)), {})

    def test_payment_before_its_invoice_stands_alone_until_then(self):
        invoice = self._post(100, "2024-07-05")
        self._register_payment(invoice, payment_date="2024-06-15")
        self.assertEqual(self._aged(), {self.debtor: [0, -100, 0, 0]})
        self.assertEqual(self._aged(date(2024, 7, 5)), {})

    def test_later_entries_do_not_exist_yet(self):
        self._post(100, "2024-07-05")
        self.assertEqual(self._aged(), {})

    def test_drafts_are_left_out(self):
        self._create_invoice_one_line(
            price_unit=10, partner_id=self.debtor, invoice_date="2024-01-01"
        )
        self.assertEqual(self._aged(), {})

    def test_credit_note_is_kept(self):
        self._post(100, "2024-05-31")
        self._post(40, "2024-06-20", move_type="out_refund")
        self.assertEqual(self._aged(), {self.debtor: [0, 60, 0, 0]})

    def test_credit_note_matched_later(self):
        invoice = self._post(100, "2024-05-31")
        self._reverse_invoice(invoice, post=True, date="2024-07-03")
        self.assertEqual(self._aged(), {self.debtor: [0, 100, 0, 0]})
        self.assertEqual(self._aged(date(2024, 7, 3)), {})

    def test_unallocated_payment_is_kept(self):
        self._post_entry(-25.5, "2024-06-01", partner=self.debtor)
        self.assertEqual(self._aged(), {self.debtor: [0, -25.5, 0, 0]})

    def test_entry_without_due_date_is_due_on_its_date(self):
        self._post_entry(50, "2024-04-30", partner=self.debtor)
        self.assertEqual(self._aged(), {self.debtor: [0, 0, 0, 50]})

    def test_entry_without_partner(self):
        self._post_entry(50, "2024-06-01")
        self.assertEqual(self._aged(), {self.env["res.partner"]: [0, 50, 0, 0]})

    def test_contacts_are_aged_under_their_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Desk", "parent_id": self.debtor.id}
        )
        self._post_entry(50, "2024-06-01", partner=contact)
        self._post(10, "2024-06-29", partner=contact)
        self.assertEqual(self._aged(), {self.debtor: [0, 60, 0, 0]})

    def test_instalments_are_aged_one_by_one(self):
        self._create_invoice(
            post=True,
            partner_id=self.debtor,
            invoice_date="2024-06-01",
            invoice_payment_term_id=self.pay_terms_b,
            invoice_line_ids=[self._prepare_invoice_line(price_unit=100, tax_ids=[])],
        )
        self.assertEqual(self._aged(), {self.debtor: [70, 30, 0, 0]})

    def test_unmatching_opens_both_sides_again(self):
        invoice = self._post(100, "2024-05-31")
        self._register_payment(invoice, payment_date="2024-06-10")
        self.assertEqual(self._aged(), {})
        self._receivable_lines(invoice).remove_move_reconcile()
        self.assertEqual(self._aged(), {self.debtor: [0, 0, 0, 0]})

    def test_ledger_balance_is_the_total(self):
        invoice = self._post(100, "2024-05-31")
        self._register_payment(invoice, amount=30, payment_date="2024-06-10")
        self._post_entry(-7.25, "2024-06-01")
        balance = self.ageing._ledger_balances(self.company, AS_OF)[self.company.id]
        self.assertEqual(float(balance), 62.75)
        self.assertEqual(sum(map(sum, self._aged().values())), 62.75)


@tagged("post_install", "-at_install")
class TestAgeingCurrency(AgeingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gold = cls.setup_other_currency(
            "HRK", rates=[("2024-01-01", 2.0), ("2024-06-01", 4.0)]
        )

    def _items(self, as_of):
        return [
            (amount, company_amount)
            for *_rest, amount, company_amount in self.ageing._item_rows(
                self.company, as_of
            )
        ]

    def test_open_amount_in_both_currencies(self):
        self._post(100, "2024-05-01", currency_id=self.gold.id)
        self.assertEqual(self._items(AS_OF), [(100, 50)])

    def test_paid_later_at_another_rate(self):
        """The exchange difference belongs to the day of the payment."""
        invoice = self._post(100, "2024-05-01", currency_id=self.gold.id)
        self._register_payment(
            invoice, payment_date="2024-06-20", currency_id=self.gold.id
        )
        self.assertEqual(self._items(date(2024, 6, 19)), [(100, 50)])
        for day in (date(2024, 6, 20), date(2024, 6, 25), AS_OF):
            total = sum(amount for _currency, amount in self._items(day))
            balance = self.ageing._ledger_balances(self.company, day)[self.company.id]
            self.assertEqual(total, float(balance), f"as of {day}")
        self.assertEqual(self._items(AS_OF), [])

    def test_partly_paid_later(self):
        invoice = self._post(100, "2024-05-01", currency_id=self.gold.id)
        self._register_payment(
            invoice, amount=40, payment_date="2024-06-20", currency_id=self.gold.id
        )
        self.assertEqual(self._items(date(2024, 6, 19)), [(100, 50)])
        self.assertEqual(self._items(AS_OF), [(60, 30)])


@tagged("post_install", "-at_install")
class TestAgeingCompanies(AgeingCommon):
    def test_a_debtor_of_two_companies_has_two_rows(self):
        second = self.setup_other_company(name="Second company")
        self._post(100, "2024-05-31")
        self._post(30, "2024-06-29", journal_id=second["default_journal_sale"].id)
        companies = self.company + second["company"]
        aged = self.ageing._aged_debtors(companies, AS_OF, self._scheme())
        amounts = {key: float(sum(buckets)) for key, buckets in aged.items()}
        self.assertEqual(
            amounts,
            {
                (self.company.id, self.debtor.id): 100,
                (second["company"].id, self.debtor.id): 30,
            },
        )
        self.assertEqual(self._aged(), {self.debtor: [0, 100, 0, 0]})

    def _scheme(self):
        return self.env.ref("credit_control_report.scheme_default").sudo()
