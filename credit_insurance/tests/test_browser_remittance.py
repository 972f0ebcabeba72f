from datetime import date
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.credit_control.tests import common
from odoo.addons.credit_control.tests.browser_common import BrowserCase

from .collection_common import CollectionCommon


@tagged("post_install", "-at_install")
class TestRemittanceInBrowser(CollectionCommon, BrowserCase):
    """An officer enters what the agency settles, and books what came back unpaid.

    Today is the real one: no browser is frozen.
    """

    freeze_time = None
    addon = "credit_insurance"

    @classmethod
    def setUpClass(cls):
        cls.startClassPatcher(patch.object(common, "TODAY", date.today()))
        super().setUpClass()
        cls._make_assets()
        cls._set_up_accounts()
        loss = cls.company_data["default_account_expense"]
        cls.company.credit_loss_account_id = loss
        cls._remind()

    def setUp(self):
        super().setUp()
        self.file = self._sent()
        self.file.agency_reference = "IB-7"
        self.file.line_ids.write({"interest": 0, "costs": 0})

    def _play(self, tour):
        with self.mock_mail_gateway():
            super()._play(tour, self.officer)

    def _get_remittance(self):
        return self.env["credit.collection.remittance"].search(
            [("agency_id", "=", self.agency.id)]
        )

    def test_type_a_remittance(self):
        self._play("remittance")
        self.assertRecordValues(
            self._get_remittance(),
            [{"state": "posted", "collected": 400, "fee": 60, "remitted": 327.4}],
        )
        self.assertEqual(self.invoice.amount_residual, 600)

    def test_import_a_list(self):
        """The first list has wrong rows; the corrected one is posted."""
        self._play("remittance_import")
        self.assertRecordValues(
            self._get_remittance(), [{"state": "posted", "collected": 1000}]
        )
        self.assertEqual(self.file.outcome, "paid")
        self.assertEqual(self.invoice.payment_state, "paid")

    def test_write_off_what_came_back(self):
        self.file._close("irrecoverable", self.file.sent_date, "Nothing to seize")
        self._play("write_off")
        self.assertEqual(self.invoice.amount_residual, 0)
        self.assertEqual(self.file.aftermath, "done")
