from datetime import date

from odoo import api, models

from odoo.addons.credit_control.demo import story

ORDERED, DELIVERED = 8, 5


class CreditDemo(models.AbstractModel):
    """The demo wholesaler has delivered a part of an order."""

    _inherit = "credit.demo"

    @api.model
    def _build(self, as_of: date, count: int = story.INVOICES):
        company = super()._build(as_of, count)
        done = [("company_id", "=", company.id), ("state", "=", "done")]
        if not self.env["stock.picking"].search_count(done, limit=1):
            demo = self.with_company(company).with_context(
                allowed_company_ids=company.ids, mail_activity_quick_update=True
            )
            demo._deliver_a_part(demo._create_seller(company))
        return company

    def _deliver_a_part(self, seller) -> None:
        product = self.env["product.product"].create(
            {
                "name": "Crate of glassware",
                "list_price": 180.0,
                "taxes_id": False,
                "invoice_policy": "delivery",
            }
        )
        debtor = self.env["credit.profile"].search(
            [("company_id", "=", self.env.company.id), ("no_limit", "=", True)], limit=1
        )
        order = self._create_order(seller, debtor, product, ORDERED)
        order.action_confirm()
        picking = order.picking_ids
        picking.move_ids.write({"quantity": DELIVERED, "picked": True})
        picking._action_done()
