import csv
import io
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from openpyxl import load_workbook

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from odoo.addons.credit_control.tests.common import TODAY

from .common import InsuranceCommon

MAY = date(2025, 5, 1), date(2025, 5, 31)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDeclaration(InsuranceCommon):
    """Turnover and overdues from the ledger, and what they cost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.debtor.country_id = cls.env.ref("base.be")
        cls.insurance.write(
            {
                "premium_rate": 0.2,
                "minimum_premium": 25000,
                "premium_advance": 24000,
                "premium_tax": 9.25,
            }
        )

    def _invoice_on(self, day, amount=100.0, **values):
        return self._create_overdue_invoice(
            (TODAY - day).days - 30, amount, invoice_date=day, **values
        )

    def _declare(self, days=MAY, user=None, **values):
        return (
            self.env["credit.declaration"]
            .with_user(user or self.officer)
            .create(
                {
                    "policy_id": self.insurance.id,
                    "date_from": days[0],
                    "date_to": days[1],
                    **values,
                }
            )
        )

    def _line(self, declaration, partner=None):
        partner = partner or self.debtor
        return declaration.line_ids.filtered(
            lambda line: line.profile_id.partner_id == partner
        )

    def test_turnover_of_the_month(self):
        for day in ("2025-04-30", "2025-05-01", "2025-05-31", "2025-06-01"):
            self._invoice_on(date.fromisoformat(day), 1000)
        self._invoice_on(date(2025, 5, 9), 200, move_type="out_refund")
        line = self._line(self._declare())
        self.assertEqual(line.turnover, 1800)
        self.assertEqual(line.country_id.code, "BE")

    def test_vat_counts_where_it_is_insured(self):
        tax = self.env["account.tax"].create({"name": "21 %", "amount": 21})
        lines = [
            Command.create(
                {"name": "G", "price_unit": 1000, "tax_ids": [Command.set(tax.ids)]}
            )
        ]
        self._invoice_on(date(2025, 5, 9), invoice_line_ids=lines)
        declaration = self._declare()
        self.assertEqual(self._line(declaration).turnover, 1000)
        self.insurance.vat_covered = True
        declaration.action_fill()
        self.assertEqual(self._line(declaration).turnover, 1210)

    def test_overdues_as_they_were_at_the_end(self):
        paid_later = self._create_overdue_invoice(100, 500)
        self._create_overdue_invoice(30, 70)
        self._create_overdue_invoice(16, 40)  # due on the last day
        self._pay(paid_later)  # today
        line = self._line(self._declare())
        self.assertRecordValues(
            line,
            [
                {
                    "overdue": 570,
                    "beyond": 500,
                    "oldest_due": TODAY - timedelta(100),
                }
            ],
        )

    def test_whose_turnover_is_declared(self):
        person = self._create_debtor("Person", is_company=False)
        for partner in (self.debtor, self.other_debtor, person):
            self._invoice_on(date(2025, 5, 9), partner=partner)
        declaration = self._declare()
        found = declaration.line_ids.profile_id.partner_id
        self.assertIn(self.other_debtor, found)
        self.assertNotIn(person, found)
        self.insurance.turnover_of = "insured"
        declaration.action_fill()
        self.assertEqual(declaration.line_ids.profile_id, self.profile)

    def test_co_insured_companies_and_currencies(self):
        other = self.setup_other_company()["company"]
        pound = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        self._invoice_on(date(2025, 5, 9), 100)
        self._invoice_on(date(2025, 5, 9), 100, company=other)
        declaration = self._declare()
        self.assertEqual(declaration.turnover, 100)
        self.insurance.co_insured_ids = other
        declaration.action_fill()
        self.assertEqual(declaration.turnover, 200)
        self.insurance.sudo().currency_id = pound
        declaration.action_fill()
        self.assertEqual(declaration.turnover, 100)

    # -- premium ---------------------------------------------------------------

    def test_the_vector_of_the_trade(self):
        year = self.insurance._get_year(TODAY)
        declaration = self._declare(year, kind="year")
        declaration.line_ids.unlink()
        declaration.line_ids = [
            Command.create({"profile_id": self.profile.id, "turnover": 10_000_000})
        ]
        self.assertRecordValues(
            declaration,
            [
                {
                    "premium_earned": 20000,
                    "premium_due": 25000,
                    "premium_advance": 24000,
                    "premium_balance": 1000,
                    "premium_tax": 92.5,
                    "premium_total": 1092.5,
                }
            ],
        )
        self.insurance.premium_tax = 21
        self.assertEqual(declaration.premium_total, 1210)

    def test_a_month_has_no_minimum(self):
        self._invoice_on(date(2025, 5, 9), 100000)
        declaration = self._declare()
        self.assertEqual(declaration.premium_total, 218.5)

    def test_the_insurers_bill_is_reconciled(self):
        self._invoice_on(date(2025, 5, 9), 100000)
        declaration = self._declare()
        declaration.action_mark_sent()
        with self.assertRaisesRegex(UserError, "bill first"):
            declaration.action_close()
        declaration.bill_id = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.insurer.id,
                "invoice_date": TODAY,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Premium", "price_unit": 250, "tax_ids": False}
                    )
                ],
            }
        )
        self.assertRecordValues(declaration, [{"bill_amount": 250, "difference": 31.5}])
        declaration.action_close()
        self.assertEqual(declaration.state, "closed")

    # -- sent ------------------------------------------------------------------

    def test_mailed_with_file_and_workbook(self):
        self._invoice_on(date(2025, 5, 9), 1234.5)
        declaration = self._declare()
        declaration.action_send()
        self.assertEqual((declaration.state, declaration.sent_date), ("sent", TODAY))
        message = declaration.message_ids.filtered("partner_ids")
        self.assertEqual(message.partner_ids, self.insurer)
        names = sorted(message.attachment_ids.mapped("name"))
        self.assertEqual([name[-4:] for name in names], [".csv", "xlsx"])

    def test_the_file_is_read_by_machines(self):
        self.debtor.name = "=Azure; & Söhne"
        self._invoice_on(date(2025, 5, 9), 1234.5)
        _name, content = self._declare()._render("csv")
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
        self.assertEqual(rows[0][7], "Turnover")
        self.assertEqual(
            rows[1][:5] + rows[1][7:9],
            ["KV-1", "2025-05-01", "2025-05-31", "BE", "=Azure; & Söhne", "1234.50",
             "0.00"],
        )  # fmt: skip

    def test_a_period_is_declared_once(self):
        self._declare()
        self._declare((date(2025, 6, 1), date(2025, 6, 30)))
        with self.assertRaisesRegex(ValidationError, "already"):
            self._declare((date(2025, 5, 15), date(2025, 5, 20)))

    def test_what_was_declared_stays(self):
        declaration = self._declare()
        declaration.action_mark_sent()
        with self.assertRaisesRegex(UserError, "gone on"):
            declaration.action_fill()
        with self.assertRaisesRegex(UserError, "stays"):
            declaration.unlink()

    def test_what_was_declared_stays_line_by_line(self):
        self._invoice_on(date(2025, 5, 5))
        declaration = self._declare()
        line = self._line(declaration)
        line.turnover = 90
        declaration.action_mark_sent()
        june = self._declare((date(2025, 6, 1), date(2025, 6, 30)))
        for change in (
            lambda: line.write({"turnover": 5}),
            lambda: line.copy(),
            lambda: line.unlink(),
            lambda: line.write({"declaration_id": june.id}),
            lambda: declaration.write({"date_from": date(2025, 4, 1)}),
        ):
            with self.assertRaisesRegex(UserError, "stays"), self.cr.savepoint():
                change()
        self.assertEqual(declaration.turnover, 90)

    def test_last_month_is_prepared_once(self):
        declarations = self.env["credit.declaration"].sudo()
        for _time in range(2):
            declarations._prepare_all(self.company, TODAY)
        found = declarations.search([("policy_id", "=", self.insurance.id)])
        self.assertRecordValues(
            found, [{"date_from": MAY[0], "date_to": MAY[1], "state": "draft"}]
        )
        self.assertTrue(found.activity_ids)

    def test_the_days_before_a_policy_ends_are_prepared(self):
        self.insurance.date_to = date(2025, 5, 14)
        next_one = self._create_insurance(
            number="KV-2", date_from=date(2025, 5, 15), premium_rate=0.2
        )
        declarations = self.env["credit.declaration"].sudo()
        for _time in range(2):
            declarations._prepare_all(self.company, TODAY)
        found = declarations.search([], order="date_from")
        self.assertRecordValues(
            found,
            [
                {
                    "policy_id": self.insurance.id,
                    "date_from": MAY[0],
                    "date_to": date(2025, 5, 14),
                },
                {
                    "policy_id": next_one.id,
                    "date_from": date(2025, 5, 15),
                    "date_to": MAY[1],
                },
            ],
        )
        declarations._prepare_all(self.company, TODAY + relativedelta(months=1))
        self.assertFalse(
            declarations.search(
                [
                    ("policy_id", "=", self.insurance.id),
                    ("date_from", ">", MAY[1]),
                ]
            )
        )

    def test_rights(self):
        declaration = self._declare()
        with self.assertRaises(AccessError):
            declaration.state = "closed"
        with self.assertRaises(AccessError):
            declaration.with_user(self.viewer).action_send()
        with self.assertRaises(AccessError):
            self._declare((date(2025, 6, 1), date(2025, 6, 30)), self.viewer)
        self.assertTrue(declaration.with_user(self.viewer).display_name)

    # -- settlement ------------------------------------------------------------

    def _declare_months(self, *months):
        for month in months:
            start = date(2025, month, 1)
            end = start + relativedelta(months=1, days=-1)
            self._declare((start, end)).action_mark_sent()

    def test_a_year_is_settled_on_what_was_declared(self):
        """What was entered later is shown, and taken over by somebody."""
        self._invoice_on(date(2025, 3, 9), 1000)
        self._invoice_on(date(2025, 4, 9), 500, partner=self.other_debtor)
        self._declare_months(3, 4)
        late = self._invoice_on(date(2025, 3, 20), 250)
        self._invoice_on(date(2025, 2, 20), 40)
        year = self._declare(self.insurance._get_year(TODAY), kind="year")
        self.assertRecordValues(
            year,
            [
                {
                    "declared": 1500,
                    "correction": 0,
                    "turnover": 1500,
                    "unsettled": 290,
                    "missing_words": "01/01/2025 – 02/28/2025, 05/01/2025 – 12/31/2025",
                }
            ],
        )
        line = self._line(year)
        self.assertRecordValues(
            line, [{"declared": 1000, "ledger": 1290, "unsettled": 290}]
        )
        year.action_correct()
        self.assertRecordValues(
            year,
            [{"declared": 1500, "correction": 290, "turnover": 1790, "unsettled": 0}],
        )
        late.button_draft()
        year.action_fill()
        self.assertEqual((year.declared, year.unsettled), (1500, 40))

    def test_who_was_declared_and_isnt_there_any_more(self):
        invoice = self._invoice_on(date(2025, 3, 9), 1000)
        self._declare_months(3)
        invoice.button_draft()
        year = self._declare(self.insurance._get_year(TODAY), kind="year")
        self.assertRecordValues(
            self._line(year),
            [{"declared": 1000, "turnover": 1000, "ledger": 0, "unsettled": -1000}],
        )

    def test_a_draft_month_is_not_declared(self):
        self._invoice_on(date(2025, 3, 9), 1000)
        self._declare((date(2025, 3, 1), date(2025, 3, 31)))
        year = self._declare(self.insurance._get_year(TODAY), kind="year")
        self.assertEqual((year.declared, year.unsettled), (0, 1000))

    def test_bills_of_the_months_are_settled(self):
        self._invoice_on(date(2025, 3, 9), 100000)
        self._declare_months(3)
        month = self.insurance.declaration_ids
        month.bill_id = self._bill(218.5)
        year = self._declare(self.insurance._get_year(TODAY), kind="year")
        self.assertRecordValues(
            year,
            [
                {
                    "premium_billed": 200,
                    "premium_advance": 24000,
                    "premium_balance": 25000 - 24000 - 200,
                }
            ],
        )

    def _bill(self, amount):
        return self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.insurer.id,
                "invoice_date": TODAY,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Premium", "price_unit": amount, "tax_ids": False}
                    )
                ],
            }
        )

    def test_the_workbook_of_a_year(self):
        self._invoice_on(date(2025, 3, 9), 1000)
        year = self._declare(self.insurance._get_year(TODAY), kind="year")
        _name, content = year._render("xlsx")
        book = load_workbook(io.BytesIO(content))
        self.assertEqual(
            book.sheetnames, ["Declaration", "Countries", "Differences", "Premium"]
        )
        self.assertEqual(book["Countries"]["C2"].value, 0)
        rows = list(book["Differences"].values)
        self.assertEqual(rows[1][0], "Azure")
        self.assertEqual(rows[1][4], 1000)
        month = self._declare((date(2025, 3, 1), date(2025, 3, 31)))
        _name, content = month._render("xlsx")
        book = load_workbook(io.BytesIO(content))
        self.assertEqual(book.sheetnames, ["Declaration", "Countries", "Premium"])
        self.assertEqual(list(book["Countries"].values)[1][:3], ("Belgium", "1", 1000))

    # -- overdue ---------------------------------------------------------------

    def test_unmatched_money_counts_for_the_oldest(self):
        self._create_overdue_invoice(100, 500)
        self._create_overdue_invoice(40, 70)
        money = self._pay_on_account(510)
        declaration = self._declare()
        self.assertEqual(self._line(declaration).overdue, 570)
        money.move_id.button_draft()
        money.move_id.date = date(2025, 5, 20)
        money.move_id.action_post()
        declaration.action_fill()
        self.assertRecordValues(
            self._line(declaration),
            [{"overdue": 60, "beyond": 0, "oldest_due": TODAY - timedelta(40)}],
        )

    def test_past_the_extension_period_of_the_country(self):
        self._create_overdue_invoice(60, 500)
        declaration = self._declare()
        self.assertEqual(self._line(declaration).beyond, 0)
        self.insurance.terms_ids = [
            Command.create(
                {
                    "country_ids": [Command.set(self.env.ref("base.be").ids)],
                    "insured_percent": 90,
                    "extension_days": 30,
                }
            )
        ]
        declaration.action_fill()
        self.assertEqual(self._line(declaration).beyond, 500)
