from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch
from zipfile import ZipFile

from odoo.tests import tagged

from odoo.addons.credit_control.core.money import to_decimal
from odoo.addons.credit_control_report.models import credit_ageing

from .common import AS_OF, SCHEME, AgeingCommon

BUCKETS = ["Not due", "1–30 days", "31–60 days", "Over 60 days"]
CREDITS = "Of which unallocated credits"


@tagged("post_install", "-at_install")
class TestAgeingWorkbook(AgeingCommon):
    def _debtors(self, **values):
        return self._read_rows(self._read_workbook(**values)["Debtors"])

    def test_debtors(self):
        self.debtor.country_id = self.env.ref("base.be")
        self._post(100, "2024-07-31", day="2024-06-01")
        self._post(40.1, "2024-06-20")
        self._post(15, "2024-06-20", move_type="out_refund")
        self._post(7, "2024-01-01", partner=self.other_debtor)
        first, second = self._debtors()
        self.assertEqual(
            (first["Company"], first["Debtor"], first["Reference"], first["Country"]),
            (self.company.name, "Debtor", "D1", "Belgium"),
        )
        self.assertEqual([first[label] for label in BUCKETS], [100, 25.1, 0, 0])
        self.assertEqual((first["Total"], first[CREDITS]), (125.1, -15))
        self.assertEqual([second[label] for label in BUCKETS], [0, 0, 0, 7])

    def test_tier_of_the_debtor_file(self):
        self._post(100, "2024-06-01")
        profile = (
            self.env["credit.profile"].sudo()._get_or_create(self.debtor, self.company)
        )
        profile.tier_id = self.env.ref("credit_control.tier_poor")
        self.assertEqual(self._debtors()[0]["Risk tier"], profile.tier_id.name)

    def test_items(self):
        invoice = self._post(100, "2024-05-31", day="2024-05-01")
        self._register_payment(invoice, amount=30, payment_date="2024-07-10")
        (item,) = self._read_rows(self._read_workbook()["Items"])
        self.assertEqual(item["Document"], invoice.name)
        self.assertEqual(item["Kind"], "Invoice")
        self.assertEqual(item["Date"], datetime(2024, 5, 1))
        self.assertEqual(item["Due date"], datetime(2024, 5, 31))
        self.assertEqual((item["Days late"], item["Bucket"]), (30, "1–30 days"))
        self.assertEqual((item["Currency"], item["Open in currency"]), ("USD", 100))
        self.assertEqual(item["Open amount"], 100)

    def test_kinds(self):
        invoice = self._post(100, "2024-05-01")
        self._post(40, "2024-05-02", move_type="out_refund")
        self._post_entry(5, "2024-05-03", partner=self.debtor)
        self._register_payment(invoice, amount=30, payment_date="2024-05-04")
        self._receivable_lines(invoice).remove_move_reconcile()
        kinds = [
            item["Kind"] for item in self._read_rows(self._read_workbook()["Items"])
        ]
        self.assertEqual(kinds[:3], ["Invoice", "Credit note", "Entry"])

    def test_total_of_a_row_is_a_formula(self):
        self._post(100, "2024-06-01")
        book = self._read_workbook(values=False)
        (debtor,) = self._read_rows(book["Debtors"])
        self.assertEqual(debtor["Total"], "=SUM(F5:I5)")

    def test_totals_are_formulas_with_values(self):
        self._post(100, "2024-06-01")
        self._post(11, "2024-06-01", partner=self.other_debtor)
        for values, expected in ((False, "=SUBTOTAL(109,J5:J6)"), (True, 111)):
            row = self._read_below(
                self._read_workbook(values=values)["Debtors"], "Total"
            )
            self.assertEqual(row[9].value, expected)

    def test_control_ties_to_the_accounts(self):
        self._post(100, "2024-06-01")
        self._post_entry(-33.33, "2024-06-02")
        sheet = self._read_workbook()["Debtors"]
        balance = self._read_below(sheet, "Balance of the receivable accounts")
        self.assertEqual(balance[9].value, 66.67)
        self.assertEqual(self._read_below(sheet, "Difference")[9].value, 0)
        self.assertEqual(self._control_line(), (66.67, 66.67, 66.67, 0, "Ties"))

    def test_control_reports_a_difference(self):
        self._post(100, "2024-06-01")
        with patch.object(
            credit_ageing.CreditAgeing,
            "_ledger_balances",
            lambda self, companies, as_of: {companies.id: to_decimal(99.5)},
        ):
            self.assertEqual(
                self._control_line(), (100, 100, 99.5, 0.5, "Does not tie")
            )

    def _control_line(self):
        rows = list(self._read_workbook()["Parameters"].iter_rows(values_only=True))
        header = next(index for index, row in enumerate(rows) if row[0] == "Control")
        return rows[header + 1][1:6]

    def test_parameters(self):
        rows = {row[0]: row[1] for row in self._read_workbook()["Parameters"].values}
        self.assertEqual(rows["As of"], datetime(2024, 6, 30))
        self.assertEqual(rows["Companies"], self.company.name)
        self.assertEqual(rows["Buckets, days late"], " | ".join(BUCKETS))
        self.assertTrue(rows["Made by"])

    def test_nothing_open(self):
        book = self._read_workbook(as_of=date(1999, 1, 1))
        self.assertEqual(
            book.sheetnames,
            ["Summary", "Debtors", "Items", "Movements", "Parameters"],
        )
        self.assertEqual(self._read_rows(book["Debtors"]), [])
        self.assertEqual(self._read_below(book["Debtors"], "Total")[9].value, 0)

    def test_without_partner(self):
        self._post_entry(50, "2024-06-01")
        self.assertEqual(self._debtors()[0]["Debtor"], "Without partner")

    def test_hostile_names_stay_text(self):
        names = [
            "=1+1",
            "=cmd|' /C calc'!A0",
            "@SUM(A1)",
            "<b>&amp;",
            "http://x.test",
            "007",
        ]
        for name in names:
            partner = self.env["res.partner"].create({"name": name, "ref": "=2+2"})
            self._post(1, "2024-06-01", partner=partner)
        sheet = self._read_workbook(values=False)["Debtors"]
        cells = {row[1].value: row[1] for row in sheet.iter_rows(min_row=5)}
        for name in names:
            with self.subTest(name=name):
                self.assertIn(cells[name].data_type, ("s", "inlineStr"))
                self.assertFalse(cells[name].hyperlink)

    def test_formats_of_the_currency(self):
        self.company.currency_id.sudo().write({"symbol": "€", "position": "after"})
        self._post(1234.5, "2024-06-01")
        sheet = self._read_workbook()["Debtors"]
        money = "#,##0.00 [$€];[Red]-#,##0.00 [$€]"
        self.assertEqual(sheet["J5"].number_format, f'{money};"–"')
        self.assertEqual(self._read_below(sheet, "Total")[9].number_format, money)

    def test_layout(self):
        self._post(1, "2024-06-01")
        for name in ("Debtors", "Items"):
            sheet = self._read_workbook()[name]
            self.assertEqual(sheet.freeze_panes, "C5")
            self.assertTrue(sheet.auto_filter.ref.startswith("A4:"))
            self.assertEqual(sheet.page_setup.orientation, "landscape")
            self.assertTrue(sheet.sheet_properties.pageSetUpPr.fitToPage)
            self.assertEqual(
                sheet.page_setup.fitToHeight, 0, "as many pages as it takes"
            )
            self.assertEqual(sheet.print_title_rows, "$4:$4")

    def test_language_of_the_user(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        ageing = self.ageing.with_context(lang="fr_FR")
        file = BytesIO()
        self._post(1, "2024-06-01")
        ageing._workbook(file, self.company, AS_OF, SCHEME)
        self.assertTrue(file.getvalue().startswith(b"PK"))

    def test_written_to_a_path(self):
        with TemporaryDirectory() as folder:
            path = Path(folder, "ageing.xlsx")
            scheme = self.env.ref("credit_control_report.scheme_default").sudo()
            self.ageing._workbook(str(path), self.company, AS_OF, scheme)
            self.assertTrue(path.read_bytes().startswith(b"PK"))

    def test_extra_columns(self):
        def columns(model, companies, as_of):
            return [("Covered", {self.debtor.id: to_decimal(12.5)})]

        self._post(100, "2024-06-01")
        self._post(1, "2024-06-01", partner=self.other_debtor)
        with patch.object(credit_ageing.CreditAgeing, "_extra_debtor_columns", columns):
            debtors = self._debtors()
        self.assertEqual([row["Covered"] for row in debtors], [12.5, 0])

    def test_by_invoice_date_and_with_drafts(self):
        self._post(100, "2024-07-31", day="2024-05-20")
        self._create_invoice_one_line(
            price_unit=10,
            partner_id=self.debtor,
            invoice_date="2024-06-10",
            tax_ids=[],
        )
        book = self._read_workbook(by="date", drafts=True)
        (debtor,) = self._read_rows(book["Debtors"])
        self.assertEqual((debtor["1–30 days"], debtor["31–60 days"]), (10, 100))
        self.assertIn("Up to 0 days", debtor)
        late = [item["Days late"] for item in self._read_rows(book["Items"])]
        self.assertEqual(sorted(late), [20, 41])
        rows = {row[0]: row[1] for row in book["Parameters"].values}
        self.assertEqual(rows["Ageing by"], "Invoice date")
        self.assertEqual(rows["Entries"], "Posted and draft")

    def test_old_buckets_stand_out(self):
        self._post(100, "2024-01-01")
        sheet = self._read_workbook()["Debtors"]
        (found,) = sheet.conditional_formatting
        self.assertEqual(str(found.sqref), "H5:I5")


@tagged("post_install", "-at_install")
class TestWorkbookSummary(AgeingCommon):
    def _summary(self, values=True):
        return self._read_workbook(values=values)["Summary"]

    def test_buckets_with_their_share(self):
        self._post(75, "2024-07-31", day="2024-06-01")
        self._post(25, "2024-06-20")
        rows = [row[:3] for row in self._summary().iter_rows(values_only=True)]
        self.assertEqual(
            rows[3:9],
            [
                (self.company.name, "Open", "Share"),
                ("Not due", 75, 0.75),
                ("1–30 days", 25, 0.25),
                ("31–60 days", 0, 0),
                ("Over 60 days", 0, 0),
                ("Total", 100, None),
            ],
        )
        formulas = self._summary(values=False)
        self.assertEqual(formulas["B5"].value, "='Debtors'!F7")
        self.assertEqual(formulas["B9"].value, "=SUM(B5:B8)")

    def test_largest_debtors(self):
        for number in range(12):
            partner = self.env["res.partner"].create({"name": f"Debtor {number}"})
            self._post_entry(10 + number, "2024-06-01", partner=partner)
        self._post_entry(-500, "2024-06-01", partner=self.debtor)
        rows = list(self._summary().iter_rows(values_only=True))
        start = next(n for n, row in enumerate(rows) if row[0] == "Largest debtors")
        found = [row[:2] for row in rows[start + 1 : start + 11]]
        self.assertEqual(found[0], ("Debtor 11", 21))
        self.assertEqual(found[-1], ("Debtor 2", 12))

    def test_charts_of_the_buckets_and_of_the_month_ends(self):
        self._post(100, "2024-04-20")
        self.assertEqual(self._count_charts(), 1)
        self.env["credit.snapshot"].sudo()._refresh(self.company, AS_OF)
        self.assertEqual(self._count_charts(), 2)

    def _count_charts(self):
        file = BytesIO()
        self.ageing._workbook(file, self.company, AS_OF, SCHEME)
        with ZipFile(file) as archive:
            return sum("charts/chart" in name for name in archive.namelist())

    def test_nobody_owes_anything(self):
        rows = list(self._summary().iter_rows(values_only=True))
        self.assertEqual(rows[8][:2], ("Total", 0))


@tagged("post_install", "-at_install")
class TestWorkbookMovements(AgeingCommon):
    def _movements(self):
        return self._read_rows(self._read_workbook()["Movements"])

    def test_from_the_month_end_to_the_date(self):
        invoice = self._post(100, "2024-05-20")
        self._post(40, "2024-06-20")
        self._post(15, "2024-06-21", move_type="out_refund")
        self._register_payment(invoice, amount=60, payment_date="2024-06-25")
        self._post(7, "2024-07-02")
        (row,) = self._movements()
        self.assertEqual(
            list(row.values())[1:],
            ["Debtor", "D1", 100, 40, -15, -60, 65],
        )
        total = self._read_workbook(values=False)["Movements"]["H5"].value
        self.assertEqual(total, "=SUM(D5:G5)")

    def test_it_ends_where_the_debtors_stand(self):
        self._post(100, "2024-05-20")
        self._post_entry(-30, "2024-06-02", partner=self.other_debtor)
        self._post_entry(8, "2024-06-02")
        book = self._read_workbook()
        ends = [
            (list(row.values())[1], list(row.values())[-1])
            for row in self._read_rows(book["Movements"])
        ]
        self.assertEqual(
            sorted(ends),
            [("Debtor", 100), ("Other debtor", -30), ("Without partner", 8)],
        )
        debtors = [
            (row["Debtor"], row["Total"]) for row in self._read_rows(book["Debtors"])
        ]
        self.assertEqual(sorted(debtors), sorted(ends))


@tagged("post_install", "-at_install")
class TestAgeingWorkbookCompanies(AgeingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.setup_other_company(name="<Second> * company")
        cls._post(100, "2024-06-01")
        cls._post(30, "2024-06-01", journal_id=cls.second["default_journal_sale"].id)

    def test_a_total_per_company(self):
        companies = self.company + self.second["company"]
        sheet = self._read_workbook(companies=companies)["Debtors"]
        totals = {
            row[0].value: row[9].value
            for row in sheet.iter_rows()
            if row[1].value == "Total"
        }
        self.assertEqual(totals, {self.company.name: 100, "<Second> * company": 30})

    def test_total_formula_keeps_companies_apart(self):
        companies = self.company + self.second["company"]
        sheet = self._read_workbook(companies=companies, values=False)["Debtors"]
        row = self._read_below(sheet, "Total")
        self.assertEqual(row[9].value, "=SUMPRODUCT(($A$5:$A$6=$A8)*J5:J6)")


@tagged("post_install", "-at_install")
class TestOutline(AgeingCommon):
    def _read_levels(self):
        """[(debtor, level, total or amount)] of the rows of the items."""
        sheet = self._read_workbook()["Items"]
        header = next(row for row in sheet.iter_rows() if row[1].value == "Debtor")
        rows = []
        for row in sheet.iter_rows(min_row=header[0].row + 1):
            if row[0].value is None:
                return rows
            level = sheet.row_dimensions[row[0].row].outlineLevel
            rows.append((row[1].value, level, row[11].value))
        return rows

    def test_each_debtor_ends_with_his_total(self):
        self._post(100, "2024-05-31")
        self._post(20, "2024-06-10")
        self._post(7, "2024-06-10", partner=self.other_debtor)
        self.assertEqual(
            self._read_levels(),
            [
                ("Debtor", 1, 100),
                ("Debtor", 1, 20),
                ("Debtor", 0, 120),
                ("Other debtor", 1, 7),
                ("Other debtor", 0, 7),
            ],
        )

    def test_totals_are_formulas_and_count_no_item_twice(self):
        self._post(100, "2024-05-31")
        self._post(20, "2024-06-10")
        sheet = self._read_workbook(values=False)["Items"]
        formulas = [
            row[11].value for row in sheet.iter_rows() if row[11].data_type == "f"
        ]
        self.assertEqual(len(formulas), 2)
        for formula in formulas:
            self.assertIn("SUBTOTAL(109,", formula)
        total = self._read_below(self._read_workbook()["Items"], "Total")
        self.assertEqual(total[11].value, 120)

    def test_namesakes_are_two_debtors(self):
        self.other_debtor.name = self.debtor.name
        self._post(100, "2024-05-31")
        self._post(7, "2024-06-10", partner=self.other_debtor)
        totals = [amount for _name, level, amount in self._read_levels() if not level]
        self.assertEqual(totals, [100, 7])
