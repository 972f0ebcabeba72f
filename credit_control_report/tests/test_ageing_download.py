from io import BytesIO
from urllib.parse import parse_qs, urlsplit

from openpyxl import load_workbook

from odoo.tests import HttpCase, new_test_user, tagged

from .common import AgeingCommon

URL = "/credit_control_report/ageing.xlsx"


@tagged("post_install", "-at_install")
class TestAgeingDownload(AgeingCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.setup_other_company(name="Second company")["company"]
        companies = {
            "company_id": cls.company.id,
            "company_ids": [(6, 0, cls.company.ids)],
        }
        for login, group in (
            ("dl_viewer", "credit_control.group_viewer"),
            ("dl_sales", "base.group_user"),
        ):
            new_test_user(cls.env, login=login, groups=group, **companies)

    def _get(self, **parameters):
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        return self.url_open(f"{URL}?{query}")

    def test_wizard_leads_to_the_workbook(self):
        self._post(100, "2024-06-01")
        viewer = self.env["res.users"].search([("login", "=", "dl_viewer")])
        wizard = (
            self.env["credit.ageing.wizard"]
            .with_user(viewer)
            .create({"date": "2024-06-30"})
        )
        action = wizard.action_download()
        self.assertEqual(action["type"], "ir.actions.act_url")
        self.assertEqual(
            parse_qs(urlsplit(action["url"]).query),
            {
                "as_of": ["2024-06-30"],
                "company_ids": [str(self.company.id)],
                "scheme_id": [str(wizard.scheme_id.id)],
            },
        )
        self.authenticate("dl_viewer", "dl_viewer")
        response = self.url_open(action["url"])
        self.assertEqual(response.status_code, 200)
        self.assertIn("2024-06-30.xlsx", response.headers["Content-Disposition"])
        (debtor,) = self._read_rows(
            load_workbook(BytesIO(response.content), data_only=True)["Debtors"]
        )
        self.assertEqual((debtor["Debtor"], debtor["Total"]), ("Debtor", 100))

    def test_date_alone_is_enough(self):
        self.authenticate("dl_viewer", "dl_viewer")
        self.assertEqual(self._get(as_of="2024-06-30").status_code, 200)

    def test_today_without_a_date(self):
        self.authenticate("dl_viewer", "dl_viewer")
        response = self._get()
        self.assertEqual(response.status_code, 200)
        today = self.company._credit_today()
        self.assertIn(f"{today}.xlsx", response.headers["Content-Disposition"])

    def test_salesperson_is_refused(self):
        self.authenticate("dl_sales", "dl_sales")
        response = self._get(as_of="2024-06-30")
        self.assertEqual(response.status_code, 403)
        self.assertNotIn("spreadsheet", response.headers["Content-Type"])

    def test_other_company_is_refused(self):
        self.authenticate("dl_viewer", "dl_viewer")
        for ids in (self.second.id, f"{self.company.id},{self.second.id}", 999999):
            response = self._get(as_of="2024-06-30", company_ids=ids)
            self.assertEqual(response.status_code, 403, ids)

    def test_nonsense_is_a_bad_request(self):
        self.authenticate("dl_viewer", "dl_viewer")
        for parameters in (
            {"as_of": "soon"},
            {"as_of": "2024-06-30", "company_ids": "a"},
            {"as_of": "2024-06-30", "scheme_id": "a"},
            {"as_of": "2024-06-30", "scheme_id": "999999"},
        ):
            self.assertEqual(self._get(**parameters).status_code, 400, parameters)

    def test_visitor_is_sent_to_the_login(self):
        response = self.url_open(f"{URL}?as_of=2024-06-30", allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login", response.headers["Location"])
