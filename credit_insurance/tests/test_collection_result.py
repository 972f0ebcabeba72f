from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.credit_control.tests.common import TODAY

from .collection_common import RemittanceCommon


@tagged("post_install", "-at_install")
class TestResults(RemittanceCommon):
    """Success, time and cost of an agency."""

    def _result(self, user=None):
        results = self.env["credit.collection.result"].with_user(user or self.viewer)
        return results.search([("agency_id", "=", self.agency.id)])

    def _another(self, amount):
        """One more file, on another debtor, without costs and interest."""
        partner = self._create_debtor(
            f"Debtor {amount}",
            street="Street 1",
            zip="1000",
            company_registry=str(amount),
            country_id=self.env.ref("base.be").id,
        )
        invoice = self._create_overdue_invoice(70, amount, partner=partner)
        self._remind(invoice)
        file = self._sent(invoice, self._profile(partner))
        self._claim(file, 0, 0)
        return file

    def test_paid_in_time_counts_by_days(self):
        self.file.sent_date = TODAY - timedelta(10)
        self._remit({self.file: 11175})
        self.assertEqual(self._result().days, 10)

    def test_cancelled_remittances_count_for_nothing(self):
        self._remit({self.file: 8000}).action_cancel()
        self.env.invalidate_all()
        self.assertRecordValues(
            self._result(),
            [{"collected_amount": 0, "fee_amount": 0, "success": 0, "cost": 0}],
        )

    def test_what_was_paid_directly_is_success_too(self):
        self._pay(self.invoice, 1117.5)
        self.env.flush_all()
        result = self._result()
        self.assertEqual((result.direct_amount, result.collected_amount), (1117.5, 0))
        self.assertAlmostEqual(result.success, 0.1)

    def test_files_that_we_took_back_are_not_judged(self):
        self._remit({self.file: 11175})
        other = self._another(500)
        with self.mock_mail_gateway():
            other._withdraw(TODAY, "Agreed with the debtor")
        self.env.invalidate_all()
        result = self._result()
        self.assertRecordValues(
            result,
            [{"file_count": 2, "withdrawn_count": 1, "paid_count": 1, "open_count": 0}],
        )
        self.assertAlmostEqual(result.success, 1)
        self.assertEqual(result.claimed_amount, 11675)

    def test_the_ratio_of_a_group_is_of_its_sums(self):
        """Two years: all of 11,175, nothing of 1,000."""
        self._remit({self.file: 11175})
        self._another(1000).sent_date = TODAY - timedelta(400)
        self.env.flush_all()
        results = self._result()
        self.assertEqual(len(results), 2)
        [(success, cost, days)] = self.env["credit.collection.result"]._read_group(
            [("agency_id", "=", self.agency.id)],
            [],
            ["success:avg", "cost:avg", "days:avg"],
        )
        self.assertAlmostEqual(success, 11175 / 12175)
        self.assertAlmostEqual(cost, 0.15)
        self.assertEqual(days, 0)

    def test_who_may_look(self):
        self.assertTrue(self._result(self.viewer))
        with self.assertRaises(AccessError):
            self._result(self.salesperson)
