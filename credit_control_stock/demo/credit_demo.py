from datetime import date, timedelta

from odoo import api, models

from odoo.addons.credit_control.demo import story

ORDERED, DELIVERED, HELD = 8, 5, 2


class CreditDemo(models.AbstractModel):
    """The demo wholesaler has delivered a part of an order; another one waits."""

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
        debtors = self.env["credit.profile"].search(
            [("company_id", "=", self.env.company.id)]
        )
        free = debtors.filtered(
            lambda debtor: debtor.no_limit and not debtor._get_delivery_reasons()
        )
        order = self._create_order(seller, free[:1], product, ORDERED)
        order.action_confirm()
        picking = order.picking_ids
        picking.move_ids.write({"quantity": DELIVERED, "picked": True})
        picking._action_done()
        self._hold_a_delivery(seller, debtors, product)

    def _hold_a_delivery(self, seller, debtors, product) -> None:
        """An order that was released, but whose delivery is looked at once more."""
        held = debtors.filtered(
            lambda debtor: (
                debtor.tier_id.delivery_rule in ("approval", "block")
                and debtor._get_delivery_reasons()
            )
        )
        order = self._create_order(seller, held[:1], product, HELD)
        until = order.company_id._credit_today() + timedelta(7)
        order._release_credit(
            "Pays half of it in advance", until, order._get_credit_amount()
        )
        order._filtered_credit_passed().action_confirm()
