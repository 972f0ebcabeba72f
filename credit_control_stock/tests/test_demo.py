from datetime import date

from odoo.tests import TransactionCase, tagged

AS_OF = date(2025, 6, 16)


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    """Each column of the exposure shows something."""

    def test_columns(self):
        company = self.env["credit.demo"]._build(AS_OF, count=300)
        self.env["credit.demo"]._build(AS_OF)
        self.env.flush_all()
        self.env.invalidate_all()
        rows = self.env["credit.exposure"].search([("company_id", "=", company.id)])
        for name in (
            "claim_amount",
            "overdue_amount",
            "credit_amount",
            "draft_amount",
            "order_amount",
            "delivered_amount",
            "available",
        ):
            with self.subTest(name):
                self.assertTrue(any(rows.mapped(name)))
        hold = self.env["credit.delivery.hold"].search(
            [("company_id", "=", company.id), ("state", "=", "waiting")]
        )
        self.assertEqual(len(hold), 1)
        self.assertTrue(hold.reason)
        self.assertTrue(hold.amount)
