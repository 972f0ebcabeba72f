from datetime import timedelta

from odoo.tests import freeze_time, tagged

from odoo.addons.credit_control.tests.common import TODAY
from odoo.addons.credit_insurance.tests.collection_common import CollectionCommon
from odoo.addons.credit_insurance.tests.common import InsuranceCommon


class AlarmCommon:
    def _alarms(self, user=None):
        """{kind: (number, amount, day)} of the cockpit, as a viewer sees it."""
        self.env.flush_all()
        self.env.invalidate_all()
        rows = (
            self.env["credit.cockpit"]
            .with_user(user or self.viewer)
            .with_context(allowed_company_ids=self.company.ids)
            .search([("is_alarm", "=", True), ("profile_id", "=", self.profile.id)])
        )
        self.rows = {row.kind: row for row in rows}
        return {row.kind: (row.number, row.amount, row.day) for row in rows}

    def _found(self, kind):
        """What the alarm leads to."""
        action = self.rows[kind].action_open()
        found = self.env[action["res_model"]].with_user(self.viewer)
        return found.search(action["domain"])


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestClockAlarms(AlarmCommon, InsuranceCommon):
    def test_stop_shipment_comes_a_fortnight_before(self):
        self._create_overdue_invoice(1, 100.0)
        [clock] = self._clocks()
        days = (clock["stop_date"] - TODAY).days
        self.assertNotIn("stop_shipment", self._alarms())
        # As old as it takes for the stop to be 14 days away.
        late = self._create_overdue_invoice(1 + days - 14, 40.0)
        found = self._alarms()
        day = TODAY + timedelta(14)
        self.assertEqual(found["stop_shipment"], (1, 40, day))
        self.assertNotIn("report_due", found)
        self.assertIn(late, self._found("stop_shipment").move_id)

    def test_to_report_when_the_stop_is_past(self):
        self._create_overdue_invoice(1, 100.0)
        [clock] = self._clocks()
        stop = (clock["stop_date"] - TODAY).days
        notify = (clock["notify_date"] - TODAY).days
        self._create_overdue_invoice(1 + notify - 14, 40.0)
        self._create_overdue_invoice(1 + stop, 7.0)
        found = self._alarms()
        self.assertEqual(found["stop_shipment"][:2], (2, 47))
        self.assertEqual(found["report_due"], (1, 40, TODAY + timedelta(14)))
        self.assertNotIn("claim_due", found)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestHandoverAlarm(AlarmCommon, CollectionCommon):
    def test_proposed_files_until_they_are_sent(self):
        self.assertNotIn("handover", self._alarms())
        file = self._prepare()
        self.assertEqual(self._alarms()["handover"], (1, 1000, file.date))
        self.assertEqual(self._found("handover").ids, file.ids)
        file.sudo().state = "ready"
        self.assertIn("handover", self._alarms())
        file.sudo().state = "sent"
        self.assertNotIn("handover", self._alarms())
