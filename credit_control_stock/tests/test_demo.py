from datetime import date

from odoo.tests import TransactionCase, tagged

AS_OF = date(2025, 6, 16)


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    """The demo wholesaler shows deliveries that wait."""

    def test_deliveries(self):
        company = self.env["credit.demo"]._build(AS_OF, count=300)
        self.env["credit.demo"]._build(AS_OF)
        holds = self.env["credit.delivery.hold"].search(
            [("company_id", "=", company.id)]
        )
        self.assertEqual(holds.mapped("amount"), [1500, 2750])
        self.assertEqual(set(holds.mapped("state")), {"waiting"})
        self.assertEqual(set(holds.order_ids.mapped("state")), {"sale"})
        self.assertTrue(all(holds.mapped("reason")))
