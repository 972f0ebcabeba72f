from base64 import b64encode
from io import BytesIO

import xlsxwriter

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.credit_control.tests.common import TODAY

from .collection_common import RemittanceCommon


@tagged("post_install", "-at_install")
class TestRemittanceImport(RemittanceCommon):
    def _import(self, content: bytes, remittance=None, columns=None):
        remittance = remittance or self._draft()
        wizard = (
            self.env["credit.collection.import"]
            .with_user(self.officer)
            .create({"remittance_id": remittance.id, "data": b64encode(content)})
        )
        wizard._onchange_data()
        for heading, target in (columns or {}).items():
            columns_ = wizard.column_ids.filtered_domain([("heading", "=", heading)])
            columns_.target = target
        wizard.action_import()
        return remittance

    def test_a_csv_list(self):
        text = (
            "Uw kenmerk;Bedrag;Commissie;BTW;Datum\n"
            f"{self.file.name};8.000,00;1.200,00;252,00;{TODAY:%d/%m/%Y}\n"
        )
        remittance = self._import(text.encode())
        self.assertRecordValues(
            remittance.line_ids,
            [{"file_id": self.file.id, "collected": 8000, "fee": 1200, "vat": 252}],
        )
        self.assertEqual(remittance.remitted, 6548)

    def test_an_xlsx_list_with_columns_chosen_by_hand(self):
        out = BytesIO()
        with xlsxwriter.Workbook(out) as workbook:
            sheet = workbook.add_worksheet()
            sheet.write_row(0, 0, ["Zaak", "Ontvangen van debiteur"])
            sheet.write_row(1, 0, [self.file.name, 100.5])
            sheet.write_row(2, 0, [self.file.name, 50])
        remittance = self._import(
            out.getvalue(),
            columns={"Zaak": "reference", "Ontvangen van debiteur": "collected"},
        )
        self.assertEqual(remittance.line_ids.collected, 150.5)

    def test_a_bad_list_is_refused_by_row_and_column_and_changes_nothing(self):
        text = (
            "Reference;Amount\n"
            f"{self.file.name};100,00\n"
            f"{self.file.name};many\n"
            "COL/0000/1;5,00\n"
            ";7\n"
        )
        remittance = self._draft()
        with self.assertRaises(UserError) as caught:
            self._import(text.encode(), remittance)
        words = str(caught.exception)
        self.assertIn('Row 3, column "Amount": "many" is no amount', words)
        self.assertIn('Row 4, column "Reference": no file "COL/0000/1"', words)
        self.assertIn('Row 5, column "Reference": "" is empty', words)
        self.assertFalse(remittance.line_ids)

    def test_what_is_no_list(self):
        for content, words in (
            (b"", "holds no payments"),
            (b"Reference;Amount\n", "holds no payments"),
            (b"PK nonsense", "no XLSX"),
            (b"A;B\n1;2\n", 'Say which column is "File'),
        ):
            with (
                self.subTest(content=content),
                self.assertRaisesRegex(UserError, words),
            ):
                self._import(content or b"\n")

    def _workbook(self, sheets: dict) -> bytes:
        out = BytesIO()
        with xlsxwriter.Workbook(out) as workbook:
            for name, rows in sheets.items():
                sheet = workbook.add_worksheet(name)
                for number, row in enumerate(rows):
                    sheet.write_row(number, 0, row)
        return out.getvalue()

    def test_the_payments_may_be_in_any_sheet_below_a_title(self):
        content = self._workbook(
            {
                "Voorblad": [["Afrekening", "mei"], ["Incasso NV", "Antwerpen"]],
                "Betalingen": [
                    ["Afrekening mei"],
                    [],
                    ["Uw kenmerk", "Bedrag"],
                    [self.file.name, 250.25],
                    ["COL/0", 1],
                ],
            }
        )
        with self.assertRaisesRegex(UserError, "Row 5.*COL/0"):
            self._import(content)
        right = self._workbook(
            {"Blad": [["x"]], "B": [["Uw kenmerk", "Bedrag"], [self.file.name, 250.25]]}
        )
        self.assertEqual(self._import(right).collected, 250.25)

    def test_encodings(self):
        text = f"Référence;Encaissé\n{self.file.name};12,50\n"
        for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16"):
            with self.subTest(encoding=encoding):
                remittance = self._import(text.encode(encoding))
                self.assertEqual(remittance.collected, 12.5)

    def test_other_kinds_of_files(self):
        for content, words in (
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00", "neither CSV nor XLSX"),
            (b"\xff\xfeR", "neither CSV nor XLSX"),
            (b"PK\x03\x04 broken", "no XLSX"),
            (self._workbook({"Empty": []}), "holds no payments"),
            (self._workbook({"A": [["Reference", "Amount"]]}), "holds no payments"),
        ):
            with (
                self.subTest(content=content[:8]),
                self.assertRaisesRegex(UserError, words),
            ):
                self._import(content)

    def test_a_row_that_is_there_twice_is_refused(self):
        row = f"{self.file.name};10;2025-01-31"
        text = f"Reference;Amount;Date\n{row}\n{row}\n"
        with self.assertRaisesRegex(UserError, "Row 3 is the same as row 2"):
            self._import(text.encode())

    def test_importing_it_again_changes_nothing(self):
        text = f"Reference;Amount\n{self.file.name};10\n".encode()
        remittance = self._import(text)
        self._import(text, remittance)
        self.assertEqual(remittance.collected, 10)
        self.assertEqual(len(remittance.line_ids), 1)

    def test_columns_chosen_are_kept_for_the_agency(self):
        text = f"Zaak;Som\n{self.file.name};10\n".encode()
        self._import(text, columns={"Zaak": "reference", "Som": "collected"})
        self.assertEqual(self._import(text).collected, 10)
        other = self._create_agency(name="Other")
        with self.assertRaisesRegex(UserError, "Say which column"):
            self._import(text, self._draft(agency_id=other.id))

    def test_two_columns_of_one_meaning(self):
        text = f"Reference;Amount;Som\n{self.file.name};10;11\n".encode()
        with self.assertRaisesRegex(UserError, 'Two columns are meant to be "Collected'):
            self._import(text, columns={"Som": "collected"})

    def test_files_of_others_are_unknown(self):
        """Of another agency, in another currency."""
        text = f"Reference;Amount\n{self.file.name};10\n".encode()
        other = self._create_agency(name="Other")
        pound = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        for values, words in (
            ({"agency_id": other.id}, "in USD with Other"),
            ({"currency_id": pound.id}, "in GBP with Incasso"),
        ):
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                self._import(text, self._draft(**values))

    def test_viewers_import_nothing(self):
        remittance = self._draft()
        with self.assertRaises(AccessError):
            self.env["credit.collection.import"].with_user(self.viewer).create(
                {"remittance_id": remittance.id, "data": b64encode(b"A;B\n1;2\n")}
            )
