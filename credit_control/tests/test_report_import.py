import json

from odoo import http
from odoo.tests import HttpCase, tagged
from odoo.tools import file_open, mute_logger

from .common import CreditControlCommon

OPTIONS = {
    "has_headers": True,
    "quoting": '"',
    "separator": ",",
    "float_thousand_separator": "",
    "float_decimal_separator": ".",
    "date_format": "%Y-%m-%d",
    "datetime_format": "",
    "encoding": "utf-8",
    "advanced": False,
    "keep_matches": False,
    "skip": 0,
}
HEADERS = "Debtor,Agency,Date,Score,Rating,Advised limit,Valid until"


@tagged("post_install", "-at_install")
class TestReportImport(CreditControlCommon, HttpCase):
    """A file of credit reports, uploaded as the import screen does it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile = cls._profile()
        cls.manager = cls._create_user("mia", "credit_control.group_manager")
        cls.manager.password = "mia mia mia"

    def _call(self, method, *args):
        return self.make_jsonrpc_request(
            "/web/dataset/call_kw",
            {
                "model": "base_import.import",
                "method": method,
                "args": list(args),
                "kwargs": {},
            },
        )

    def _upload(self, content: str) -> dict:
        """What the screen says to a file of ``content``, columns found by itself."""
        self.authenticate(self.manager.login, "mia mia mia")
        import_id = self._call("create", {"res_model": "credit.bureau.report"})
        import_id = import_id[0] if isinstance(import_id, list) else import_id
        response = self.url_open(
            "/base_import/set_file",
            data={"id": import_id, "csrf_token": http.Request.csrf_token(self)},
            files={"ufile": ("reports.csv", content.encode(), "text/csv")},
        )
        self.assertTrue(json.loads(response.text)["result"], response.text)
        preview = self._call("parse_preview", import_id, OPTIONS)
        columns = preview["headers"]
        fields = [
            "/".join(preview["matches"].get(str(number)) or []) or False
            for number in range(len(columns))
        ]
        self.assertNotIn(False, fields)
        return self._call(
            "execute_import", import_id, fields, columns, OPTIONS | preview["options"]
        )

    def _get_reports(self):
        return self.env["credit.bureau.report"].search(
            [("profile_id", "=", self.profile.id)]
        )

    def test_the_template(self):
        [template] = self.env["credit.bureau.report"].get_import_templates()
        with file_open(template["template"].lstrip("/")) as file:
            content = file.read()
        self.assertIn("Azure Interior", content)
        result = self._upload(content.replace("Azure Interior", self.debtor.name))
        self.assertFalse(result["messages"])
        self.assertRecordValues(
            self._get_reports(),
            [
                {
                    "agency": "Example Agency",
                    "points": 72,
                    "rating": "B+",
                    "limit": 25000,
                }
            ],
        )

    def test_a_debtor_of_two_companies(self):
        """The report goes to the company at work, whichever was known first."""
        other = self.env["res.company"].create({"name": "Other"})
        profiles = self.env["credit.profile"].sudo()
        there = profiles._get_or_create(self.debtor, other)
        self.manager.company_ids |= other
        row = f"{self.debtor.name},Agency,2025-01-15,72,B+,25000,2025-07-15"
        for company, profile in ((other, there), (self.company, self.profile)):
            self.manager.company_id = company
            self.assertFalse(self._upload(f"{HEADERS}\n{row}")["messages"])
            [report] = self.env["credit.bureau.report"].search(
                [("profile_id.partner_id", "=", self.debtor.id)],
                order="id desc",
                limit=1,
            )
            self.assertEqual(report.profile_id, profile)

    @mute_logger("odoo.sql_db")
    def test_bad_rows_are_refused_with_row_and_column(self):
        good = f"{self.debtor.name},Agency,2025-01-15,72,B+,25000,2025-07-15"
        for row, words in (
            (good.replace(self.debtor.name, "Nobody Ltd"), "Nobody Ltd"),
            (
                good.replace(",72,", ",high,"),
                "Row 3, column Score: high can't be read.",
            ),
            (good.replace("2025-01-15", "soon"), "Row 3, column Date: soon"),
            (good.replace(",25000,", ",-1,"), "limit can't be negative"),
            (good.replace(",72,", ",720,"), "between 0 and 100"),
            (good.replace("2025-07-15", "2024-07-15"), "before it begins"),
        ):
            with self.subTest(words):
                result = self._upload("\n".join((HEADERS, good, row)))
                message = result["messages"][0]
                self.assertIn(words, message["message"])
                if "Row" not in words:
                    self.assertEqual(message["rows"], {"from": 1, "to": 1})
                self.assertFalse(self._get_reports())
