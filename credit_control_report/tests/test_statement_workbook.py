import shutil
import unittest
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from openpyxl import load_workbook

from odoo.tests import freeze_time, tagged

from odoo.addons.credit_control.tests.common import TODAY

from ..models.credit_profile_statement import MOVES, OPEN
from . import test_workbook_libreoffice as libreoffice
from .test_statement import StatementCommon


@freeze_time(TODAY)
@tagged("post_install", "-at_install")
class TestStatementWorkbook(StatementCommon):
    """The workbook says what the statement says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other = cls.setup_other_currency("CHF", rates=[("2000-01-01", 2.0)])
        first = cls._create_overdue_invoice(40, 100.1, ref="=1+1")
        cls._create_overdue_invoice(-5, 60, currency_id=other.id)
        cls._pay(first, amount=30)
        cls._create_credit_note(10, 20)

    def _write(self, kind):
        since = TODAY - timedelta(60)
        name, content = self._profile()._write_statement(kind, TODAY, since)
        self.assertEqual(name, f"Statement Azure {TODAY}.xlsx")
        return BytesIO(content)

    def _totals(self, sheet):
        """{currency: balance}."""
        return {
            row[0].value: row[10].value
            for row in sheet.iter_rows()
            if row[1].value == "Balance"
        }

    def test_cells(self):
        sheet = load_workbook(self._write(OPEN), data_only=True).worksheets[0]
        rows = {row[1].value: row for row in sheet.iter_rows() if row[1].value}
        self.assertEqual(self._totals(sheet), {"USD": 50.1, "CHF": 60})
        values = [cell.value for cell in rows["31–60 days"]]
        self.assertEqual((values[0], values[10]), ("CHF", 0))
        references = {cell.value for cell in sheet["G"]}
        self.assertIn("=1+1", references)
        formulas = load_workbook(self._write(OPEN)).worksheets[0]
        cells = [cell for cell in formulas["G"] if cell.value == "=1+1"]
        self.assertEqual([cell.data_type for cell in cells], ["s"])

    def test_movements_end_alike(self):
        sheet = load_workbook(self._write(MOVES), data_only=True).worksheets[0]
        self.assertEqual(self._totals(sheet), {"USD": 50.1, "CHF": 60})

    def _control(self, sheet):
        """{label: amount} of the last lines."""
        rows = list(sheet.iter_rows(values_only=True))
        found = [(row[1], row[10]) for row in rows[-6:] if row[0] == "USD"]
        return dict(found[-3:])

    def test_ties_to_the_receivable_accounts(self):
        """60 CHF are 30 USD in the books."""
        for kind in (OPEN, MOVES):
            with self.subTest(kind):
                book = load_workbook(self._write(kind), data_only=True)
                self.assertEqual(
                    self._control(book.worksheets[0]),
                    {
                        "All currencies": 80.1,
                        "Balance of the receivable accounts": 80.1,
                        "Difference": 0,
                    },
                )

    def test_one_currency_ties_by_its_total(self):
        self._create_overdue_invoice(3, 10, partner=self.other_debtor)
        profile = self._profile(self.other_debtor)
        _name, content = profile._write_statement(OPEN, TODAY)
        sheet = load_workbook(BytesIO(content)).worksheets[0]
        cells = [row for row in sheet.iter_rows() if row[1].value == "Balance"]
        *_others, difference = sheet.iter_rows()
        self.assertEqual(difference[1].value, "Difference")
        self.assertIn(cells[0][10].coordinate, difference[10].value)
        self.assertNotIn("All currencies", [cell.value for cell in sheet["B"]])

    def test_nothing_open(self):
        _name, content = self._profile(self.other_debtor)._write_statement(OPEN, TODAY)
        [sheet] = load_workbook(BytesIO(content), data_only=True).worksheets
        self.assertEqual(self._control(sheet)["Balance of the receivable accounts"], 0)

    @unittest.skipUnless(shutil.which("soffice"), "LibreOffice is not installed")
    def test_computed_by_libreoffice(self):
        for kind in (OPEN, MOVES):
            with self.subTest(kind), TemporaryDirectory() as folder:
                path = Path(folder, "statement.xlsx")
                load_workbook(self._write(kind)).save(path)
                converted = libreoffice.TestWorkbookInLibreOffice._convert(self, path)
                sheet = load_workbook(converted, data_only=True).worksheets[0]
                self.assertEqual(
                    {name: round(v, 2) for name, v in self._totals(sheet).items()},
                    {"USD": 50.1, "CHF": 60},
                )
                self.assertEqual(self._control(sheet)["Difference"], 0)
