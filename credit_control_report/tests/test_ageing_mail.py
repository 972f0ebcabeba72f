from base64 import b64decode
from datetime import date
from io import BytesIO

from openpyxl import load_workbook

from odoo.tests import tagged

from .common import AS_OF
from .test_snapshot import SnapshotCommon


@tagged("post_install", "-at_install")
class TestAgeingMail(SnapshotCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._post(100, "2024-06-20")
        cls.viewer = cls._create_user("mailed", "credit_control.group_viewer")
        cls.stranger = cls._create_user("not_allowed", "base.group_user")
        cls.company.credit_ageing_user_ids = cls.viewer + cls.stranger

    def _sent(self, user):
        return (
            self.env["mail.message"]
            .sudo()
            .search([("partner_ids", "in", user.partner_id.ids)])
            .filtered("attachment_ids")
        )

    def test_the_chosen_get_the_workbook_once(self):
        self.ageing._send_monthly(self.company, AS_OF)
        self.ageing._send_monthly(self.company, AS_OF)
        message = self._sent(self.viewer)
        self.assertEqual(len(message), 1)
        book = load_workbook(
            BytesIO(b64decode(message.attachment_ids.datas)), data_only=True
        )
        (debtor,) = self._read_rows(book["Debtors"])
        self.assertEqual((debtor["Debtor"], debtor["Total"]), ("Debtor", 100))
        self.ageing._send_monthly(self.company, date(2024, 7, 31))
        self.assertEqual(len(self._sent(self.viewer)), 2)

    def test_who_may_not_see_it_gets_nothing(self):
        self.ageing._send_monthly(self.company, AS_OF)
        self.assertFalse(self._sent(self.stranger))
        self.assertIn("not_allowed", self.company.partner_id.message_ids[0].body)

    def test_nobody_chosen(self):
        self.company.credit_ageing_user_ids = False
        self.ageing._cron_monthly()
        self.assertFalse(self.company.credit_ageing_sent)
