from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import CreditControlCommon


@tagged("post_install", "-at_install")
class TestNumber(CreditControlCommon):
    """Runs are numbered without a gap: one that finds nothing takes no number."""

    def _get_new_number(self):
        self._create_overdue_invoice(10, partner=self._create_debtor("Clover"))
        return int(self._propose().name.split("/")[-1])

    def test_an_automatic_run_that_finds_nothing(self):
        # Other companies of the database stay out of it.
        companies = self.env["res.company"].search([])
        (companies - self.company).credit_dunning_cron = False
        runs = self.env["credit.run"].search([])
        with self.enter_registry_test_mode():
            self.env.ref("credit_control.cron_daily").method_direct_trigger()
        self.assertEqual(self.env["credit.run"].search([]), runs)
        number = self._get_new_number()
        with self.enter_registry_test_mode():
            self.env.ref("credit_control.cron_daily").method_direct_trigger()
        self.assertEqual(self._get_new_number(), number + 1)

    def test_nothing_due_for_the_debtors_asked_for(self):
        number = self._get_new_number()
        with self.assertRaisesRegex(UserError, "Nothing is due today"):
            self._profile().action_propose()
        self.assertEqual(self._get_new_number(), number + 1)

    def test_an_empty_run_made_by_hand_is_kept(self):
        run = self.env["credit.run"].create({"company_id": self.company.id})
        run.action_propose()
        self.assertRecordValues(run, [{"state": "proposed", "notice_count": 0}])
        self.assertIn("/2025/", run.name)
