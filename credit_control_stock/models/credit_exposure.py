from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.credit_control.models.credit_exposure import Scope


class CreditExposure(models.Model):
    """Of the orders that aren't invoiced yet, what the customer has already."""

    _inherit = "credit.exposure"
    _depends = {
        "sale.order.line": [
            "order_id",
            "price_total",
            "product_uom_qty",
            "qty_delivered",
        ],
    }

    order_amount = fields.Monetary(
        string="Confirmed, not delivered",
        help="What is still to be delivered and invoiced of confirmed orders, taxes "
        "included.",
    )
    delivered_amount = fields.Monetary(
        string="Delivered, not invoiced",
        readonly=True,
        help="What is delivered of confirmed orders and still to be invoiced, taxes "
        "included.",
    )

    @api.model
    def _get_order_columns(self) -> dict[str, SQL]:
        return {
            **super()._get_order_columns(),
            "order_amount": SQL("o.amount - o.delivered"),
            "delivered_amount": SQL("o.delivered"),
        }

    @api.model
    def _open_orders_sql(self, scope: Scope) -> SQL:
        """With what is delivered of the amount that is left: invoices and down
        payments are laid against what was delivered first.
        """
        return SQL(
            """
            SELECT o.*, LEAST(GREATEST(
                       ROUND(o.total * d.share, o.digits) - (o.total - o.amount), 0
                   ), o.amount) AS delivered
              FROM (%s) o
        CROSS JOIN LATERAL (
                   SELECT COALESCE(
                       SUM(l.price_total * LEAST(
                           l.qty_delivered::numeric / NULLIF(l.product_uom_qty, 0), 1))
                       / NULLIF(SUM(l.price_total), 0), 0) AS share
                     FROM sale_order_line l
                    WHERE l.order_id = o.id) d
            """,
            super()._open_orders_sql(scope),
        )

    # -- what stands behind a figure -------------------------------------------

    def action_view_orders(self):
        self.ensure_one()
        return self._view_orders(
            self.env._("Orders of %s", self.partner_id.display_name),
            SQL("o.amount > o.delivered"),
        )

    def action_view_deliveries(self):
        """The deliveries, for who may see them, else their orders."""
        self.ensure_one()
        name = self.env._("Deliveries to %s", self.partner_id.display_name)
        action = self._view_orders(name, SQL("o.delivered > 0"))
        if not self.env["stock.picking"].has_access("read"):
            return action
        [(_field, _in, order_ids)] = action["domain"]
        return {
            **action,
            "res_model": "stock.picking",
            "domain": [("sale_id", "in", order_ids), ("state", "=", "done")],
        }
