from odoo.tests import tagged

from .common import CreditControlCommon


@tagged("post_install", "-at_install")
class TestRegimes(CreditControlCommon):
    def test_load(self):
        self.assertTrue(self.env["credit.regime"].search_count([]))
