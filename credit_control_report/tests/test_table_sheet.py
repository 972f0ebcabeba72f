from io import BytesIO

from openpyxl import load_workbook
from xlsxwriter import Workbook

from odoo.tests import BaseCase, tagged

from odoo.addons.credit_control_report.report.table_sheet import (
    MONEY,
    Column,
    Formats,
    TableSheets,
    sheet_name,
)


@tagged("post_install", "-at_install")
class TestTableSheet(BaseCase):
    def _write(self, count, max_rows):
        file = BytesIO()
        with Workbook(file, {"constant_memory": True}) as workbook:
            table = TableSheets(
                workbook,
                Formats(workbook, "yyyy-mm-dd"),
                "Items",
                ["Title"],
                [
                    Column("Company", 10),
                    Column("Debtor", 10),
                    Column("Open", 10, MONEY, True),
                ],
                {1: ("Company", "0.00")},
                "Total",
                max_rows,
            )
            table.write_rows(
                (1, "", ["Company", f"Debtor {row}", 0.1]) for row in range(count)
            )
        return table, load_workbook(file, data_only=True)

    def test_further_sheets_with_totals_of_their_own(self):
        table, book = self._write(25, max_rows=19)
        self.assertEqual(book.sheetnames, ["Items", "Items (2)", "Items (3)"])
        values = [str(total.value) for total in table.totals[1, 2]]
        self.assertEqual(values, ["1.1", "1.1", "0.3"])
        for total in table.totals[1, 2]:
            self.assertEqual(book[total.sheet][total.cell].value, float(total.value))

    def test_never_more_rows_than_a_sheet_holds(self):
        for count in range(30):
            _table, book = self._write(count, max_rows=15)
            self.assertLessEqual(max(sheet.max_row for sheet in book), 15)

    def test_names_that_a_sheet_may_have(self):
        self.assertEqual(sheet_name("a[b]:*?/\\'c"), "a b      c")
        self.assertEqual(sheet_name("x" * 40, " (2)"), "x" * 27 + " (2)")
