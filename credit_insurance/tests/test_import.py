import base64
from datetime import date
from io import BytesIO

import xlsxwriter

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import file_open

from odoo.addons.credit_control.tests.common import TODAY

from .cover_common import CoverCommon

HEADER = "Klant;BTW;Nummer;Uitspraak;Bedrag;Vanaf;Tot"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestImport(CoverCommon):
    """The insurer's list of decisions."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.debtor.vat = "BE0477472701"
        cls.other_debtor.company_registry = "123.456"
        cls.other = cls._profile(cls.other_debtor)
        cls.mapping = cls.env["credit.insurance.mapping"].create(
            {
                "insurer_id": cls.insurer.id,
                "company_id": cls.company.id,
                "column_buyer": "klant",
                "column_vat": "BTW",
                "column_registry": "Klant",
                "column_reference": "Nummer",
                "column_status": "Uitspraak",
                "column_amount": "Bedrag",
                "column_date_from": "Vanaf",
                "column_date_to": "Tot",
                "status_ids": [
                    (0, 0, {"word": "Toegekend", "status": "approved"}),
                    (0, 0, {"word": "Geweigerd", "status": "refused"}),
                ],
            }
        )

    def _list(self, content, name="list.csv"):
        content = content.encode() if isinstance(content, str) else content
        return (
            self.env["credit.insurance.import"]
            .with_user(self.officer)
            .create(
                {
                    "policy_id": self.insured_policy.id,
                    "name": name,
                    "file": base64.b64encode(content),
                }
            )
        )

    def _read(self, *rows):
        imported = self._list("\n".join([HEADER, *rows]))
        imported.action_read()
        return imported

    def test_read_looked_at_taken_over(self):
        imported = self._read(
            "4711;BE 0477.472.701;LB-1;Toegekend;1.000,50;01/06/2025;",
            "123456;;LB-2;geweigerd;0;01/06/2025;31/12/2025",
        )
        self.assertEqual(imported.state, "read")
        self.assertFalse(self.profile.insurance_decision_ids, "they wait")
        imported.action_import()
        self.assertEqual(imported.state, "done")
        self.assertRecordValues(
            imported.line_ids.decision_id,
            [
                {
                    "profile_id": self.profile.id,
                    "amount": 1000.5,
                    "status": "approved",
                    "reference": "LB-1",
                    "user_id": self.officer.id,
                },
                {
                    "profile_id": self.other.id,
                    "amount": 0,
                    "status": "refused",
                    "reference": "LB-2",
                    "user_id": self.officer.id,
                },
            ],
        )
        self.assertEqual(self.profile.insurance_limit_ids.buyer_reference, "4711")

    def test_repeated_it_changes_nothing(self):
        row = "4711;BE0477472701;LB-1;Toegekend;1000;01/06/2025;"
        self._read(row).action_import()
        self.debtor.vat = False  # known by the buyer number from now on
        again = self._read(row)
        self.assertRecordValues(again.line_ids, [{"state": "known", "problem": False}])
        with self.assertRaisesRegex(UserError, "No row is ready"):
            again.action_import()
        self.assertEqual(len(self.profile.insurance_decision_ids), 1)

    def test_wrong_rows_are_refused_with_row_and_column(self):
        imported = self._read(
            "4711;BE0477472701;LB-1;Toegekend;1000;01/06/2025;",
            "",
            "4711;BE0477472701;LB-2;Toegekend;much;01/06/2025;",
            "4711;BE0477472701;LB-3;Misschien;1000;2025-31-12;",
            "99;;LB-4;Toegekend;1000;01/06/2025;",
            ";;LB-5;Toegekend;1000;01/06/2025;",
            "4711;BE0477472701;LB-1;Toegekend;1000;01/06/2025;",
        )
        self.assertEqual(
            [(line.row, line.state, line.problem) for line in imported.line_ids],
            [
                (2, "ready", False),
                (4, "refused", "Row 4, Bedrag: “much” is no amount."),
                (
                    5,
                    "refused",
                    "Row 5, Uitspraak: “Misschien” is no known status. "
                    "Row 5, Vanaf: “2025-31-12” is no date.",
                ),
                (
                    6,
                    "refused",
                    "Row 6, klant “99”, Klant “99”: no debtor is known by it.",
                ),
                (7, "refused", "Row 7, klant: it doesn't say which debtor."),
                (8, "refused", "Row 8: the same decision stands above."),
            ],
        )

    def test_the_rest_goes_on_when_it_is_corrected(self):
        imported = self._read(
            "4711;BE0477472701;LB-1;Toegekend;1000;01/06/2025;",
            "99;;LB-4;Toegekend;much;01/06/2025;",
        )
        imported.action_import()
        self.assertEqual(imported.state, "partly")
        wrong = imported.line_ids.filtered(lambda line: line.state == "refused")
        wrong.write({"cell_amount": "700", "chosen_profile_id": self.other.id})
        self.assertEqual(wrong.state, "ready")
        imported.action_import()
        self.assertEqual(imported.state, "done")
        self.assertEqual(self.other.insured_limit, 700)
        self.assertEqual(self.other.insurance_limit_ids.buyer_reference, "99")
        with self.assertRaisesRegex(UserError, "taken over already"):
            wrong.cell_amount = "1"
        with self.assertRaisesRegex(UserError, "kept"):
            imported.unlink()

    def test_known_with_another_content(self):
        self._read("4711;BE0477472701;LB-1;Toegekend;1000;01/06/2025;").action_import()
        again = self._read("4711;;LB-1;Toegekend;900;01/06/2025;")
        self.assertEqual(again.line_ids.state, "refused")
        self.assertIn("Row 2, Nummer: known with another", again.line_ids.problem)

    def test_a_workbook(self):
        file = BytesIO()
        book = xlsxwriter.Workbook(file)
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, HEADER.split(";"))
        sheet.write_row(2, 0, [4711, "BE0477472701", "LB-1", "Toegekend", 1000.5])
        sheet.write_datetime(2, 5, TODAY, day)
        book.close()
        imported = self._list(file.getvalue(), "list.xlsx")
        imported.action_read()
        self.assertRecordValues(
            imported.line_ids,
            [
                {
                    "row": 3,
                    "state": "ready",
                    "amount": 1000.5,
                    "date_from": TODAY,
                    "cell_buyer": "4711",
                }
            ],
        )

    def test_files_that_make_no_sense(self):
        for content, words in (
            (b"\x00\x01\x02", "neither CSV nor XLSX"),
            (b"PK\x03\x04 no workbook", "neither CSV nor XLSX"),
            (HEADER, "no rows"),
            ("A;B\n1;2", "no column “Bedrag”, “Vanaf”, “klant”. Its columns are: A, B"),
        ):
            with self.subTest(words=words), self.assertRaisesRegex(UserError, words):
                self._list(content).action_read()

    def test_the_template_is_understood(self):
        self.mapping.unlink()
        with file_open("credit_insurance/static/csv/decisions.csv", "rb") as file:
            imported = self._list(file.read())
        imported.action_read()
        self.assertEqual(imported.mapping_id.insurer_id, self.insurer)
        self.assertEqual(imported.line_ids.mapped("state"), ["ready", "refused"])
        self.assertEqual(imported.line_ids.mapped("amount"), [50000, 20000])

    def test_two_customers_with_one_number_are_nobody(self):
        self._profile(self._create_debtor("Twin", vat="BE0477472701"))
        imported = self._read(";BE0477472701;LB-1;Toegekend;1000;01/06/2025;")
        self.assertIn("no debtor is known", imported.line_ids.problem)

    def test_until_the_last_of_all_days(self):
        imported = self._read("4711;BE0477472701;A;Toegekend;900;01/06/2025;31/12/9999")
        imported.action_import()
        limit = self.profile.insurance_limit_ids
        self.assertRecordValues(limit, [{"amount": 900, "date_to": False}])
        self._decide(limit, 800, 0, date_to=date.max)
        self.assertEqual(limit.amount, 800)

    def test_the_line_that_names_the_separator(self):
        """Excel writes it on top; other programs leave a line empty there."""
        row = "4711;BE0477472701;LB-1;Toegekend;1000;01/06/2025;"
        for top, separator in (("sep=;\n", ";"), ("\n\n", "|"), ("sep=|\n", "|")):
            with self.subTest(top):
                text = top + "\n".join([HEADER, row])
                imported = self._list(text.replace(";", separator))
                imported.action_read()
                self.assertRecordValues(
                    imported.line_ids,
                    [{"amount": 1000, "row": top.count("\n") + 2, "state": "ready"}],
                )

    def test_a_sign_is_no_number(self):
        """Odoo notes "/" for a customer without VAT number."""
        self.debtor.vat = "/"
        self._create_limit(self.other, buyer_reference="-")
        imported = self._read("4711;;LB-1;Toegekend;1000;01/06/2025;")
        self.assertRecordValues(
            imported.line_ids, [{"state": "refused", "profile_id": False}]
        )
        imported.line_ids.cell_buyer = "?"
        self.assertFalse(imported.line_ids.profile_id)

    def test_a_buyer_number_of_two_debtors_is_nobodys(self):
        """A customer of two insured companies has one number with the insurer."""
        for profile in (self.profile, self.other):
            self._create_limit(profile, buyer_reference="4711")
        imported = self._read("4711;;LB-1;Toegekend;1000;01/06/2025;")
        self.assertIn("no debtor is known", imported.line_ids.problem)
        imported.line_ids.chosen_profile_id = self.other
        self.assertEqual(imported.line_ids.state, "ready")

    def test_as_many_queries_for_many_rows(self):
        def count(number):
            rows = [
                f"4711;BE0477472701;LB-{row};Toegekend;1000;01/06/2025;"
                for row in range(number)
            ]
            imported = self._list("\n".join([HEADER, *rows]))
            imported.action_read()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            imported.line_ids._find_debtors()
            imported.line_ids._mark_known()
            return self.cr.sql_log_count - before

        count(2)
        self.assertEqual(count(2), count(20))

    def test_rights(self):
        imported = self._read("4711;BE0477472701;LB-1;Toegekend;1000;01/06/2025;")
        viewer = imported.with_user(self.viewer)
        self.assertEqual(viewer.ready_count, 1)
        for act in (viewer.action_read, viewer.action_import, viewer.action_check):
            with self.assertRaises(AccessError):
                act()
        with self.assertRaisesRegex(UserError, "Correct the cells"):
            imported.line_ids.profile_id = self.other
