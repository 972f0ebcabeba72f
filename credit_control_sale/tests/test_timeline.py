from odoo.tests import tagged

from .common import OrderCommon


@tagged("post_install", "-at_install")
class TestTimeline(OrderCommon):
    """The debtor at the phone: orders on hold are among what happened."""

    def test_orders_on_hold(self):
        order = self._create_order(5000)
        self._confirm(order)
        self._assert_waits(order)
        self._create_order(10)
        events = [e for k, e in self.profile._fetch_events(60) if k == "order"]
        self.assertEqual(len(events), 1)
        self.assertIn(order.name, events[0].title)
        self.assertIn("5,000.00", events[0].amount)
        self.assertIn(order.name, self.profile.with_user(self.officer).timeline)
