from datetime import date, timedelta
from io import BytesIO

from openpyxl import load_workbook

from odoo.tests import HttpCase, new_test_user, tagged

from .common import AgeingCommon


@tagged("post_install", "-at_install")
class TestAgeingInBrowser(AgeingCommon, HttpCase):
    def test_from_the_menu_to_the_workbook(self):
        viewer = new_test_user(
            self.env,
            "browsing",
            groups="credit_control.group_viewer",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        today = date.today()
        self._post(100, today - timedelta(10), day=today - timedelta(40))
        self.start_tour(
            "/odoo/customer-invoices",
            "credit_control_report_ageing",
            login=viewer.login,
            timeout=180,
        )
        wizard = (
            self.env["credit.ageing.wizard"]
            .with_user(viewer)
            .search([("create_uid", "=", viewer.id)])
        )
        self.assertRecordValues(
            wizard, [{"date": today, "company_ids": self.company.ids}]
        )
        self.authenticate(viewer.login, viewer.login)
        response = self.url_open(wizard.action_download()["url"])
        self.assertEqual(response.status_code, 200)
        (debtor,) = self._read_rows(
            load_workbook(BytesIO(response.content), data_only=True)["Debtors"]
        )
        self.assertEqual((debtor["Debtor"], debtor["Total"]), ("Debtor", 100))
