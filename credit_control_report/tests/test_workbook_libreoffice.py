import shutil
import subprocess
import unittest
import warnings
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from openpyxl import load_workbook

from odoo.tests import tagged

from .common import AS_OF, SCHEME, AgeingCommon


@unittest.skipUnless(shutil.which("soffice"), "LibreOffice is not installed")
@tagged("post_install", "-at_install")
class TestWorkbookInLibreOffice(AgeingCommon):
    """Every formula gives, computed by LibreOffice, the value that we wrote beside it."""

    def setUp(self):
        super().setUp()
        # openpyxl knows no data bars of their own length, and says so.
        self.enterContext(warnings.catch_warnings())
        warnings.simplefilter("ignore", UserWarning)

    def _write(self, companies):
        file = BytesIO()
        self.ageing._workbook(file, companies, AS_OF, SCHEME)
        return file

    def _convert(self, path: Path) -> Path:
        out = path.parent / "converted"
        subprocess.run(
            [
                "soffice",
                f"-env:UserInstallation=file://{path.parent}/profile",
                "--headless",
                "--convert-to",
                "xlsx",
                "--outdir",
                str(out),
                str(path),
            ],
            check=True,
            capture_output=True,
            timeout=300,
        )
        return out / path.name

    def _recompute(self, file):
        """The workbook with its formulas worked out by LibreOffice."""
        with TemporaryDirectory() as folder:
            path = Path(folder, "ageing.xlsx")
            # Without values: else LibreOffice takes those that are there.
            load_workbook(file).save(path)
            return load_workbook(self._convert(path), data_only=True)

    def _compare(self, file):
        formulas, written = load_workbook(file), load_workbook(file, data_only=True)
        computed = self._recompute(file)
        self.assertEqual(computed.sheetnames, formulas.sheetnames)
        count = 0
        for sheet in formulas:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.data_type == "f":
                        count += 1
                        self._compare_cell(
                            f"{sheet.title}!{cell.coordinate}: {cell.value}",
                            written[sheet.title][cell.coordinate].value,
                            computed[sheet.title][cell.coordinate].value,
                        )
        return count

    def _compare_cell(self, where, expected, found):
        if isinstance(expected, int | float):
            self.assertAlmostEqual(expected, found, 6, where)
        else:
            self.assertEqual(expected or "", found or "", where)

    def test_one_company(self):
        invoice = self._post(100.1, "2024-05-31")
        self._register_payment(invoice, amount=30, payment_date="2024-06-10")
        self._post(40, "2024-06-20", move_type="out_refund")
        self._post(7, "2024-01-01", partner=self.other_debtor)
        self.assertGreater(self._compare(self._write(self.company)), 25)

    def test_two_companies(self):
        second = self.setup_other_company(name='<Second> * "company"')
        self._post(100, "2024-06-01")
        self._post(30, "2024-06-01", journal_id=second["default_journal_sale"].id)
        companies = self.company + second["company"]
        self.assertGreater(self._compare(self._write(companies)), 25)

    def test_nothing_open(self):
        self.assertGreater(self._compare(self._write(self.company)), 10)
