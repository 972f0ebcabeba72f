from datetime import date

from odoo.tests import TransactionCase, freeze_time, tagged

AS_OF = date(2025, 6, 16)


@tagged("post_install", "-at_install")
@freeze_time(AS_OF)
class TestDemo(TransactionCase):
    """The demo wholesaler shows what orders meet."""

    def test_orders(self):
        company = self.env["credit.demo"]._build(AS_OF, count=300)
        self.env["credit.demo"]._build(AS_OF)
        self.env.invalidate_all()
        orders = self.env["sale.order"].search(
            [
                ("company_id", "=", company.id),
                ("credit_release_profile_id", "=", False),
            ]
        )
        self.assertEqual(len(orders), 6)
        self.assertEqual(set(orders.mapped("state")), {"draft", "sale"})
        waiting = orders.filtered(lambda order: order.state == "draft")
        self.assertEqual(set(waiting.mapped("credit_hold_state")), {"waiting"})
        self.assertTrue(all(waiting.mapped("credit_hold_reason")))
        self.assertEqual(orders.user_id.login, "seller")
