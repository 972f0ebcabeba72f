from odoo import api, models


class SaleOrderLine(models.Model):
    """Lines that make a confirmed order cost too much credit are refused."""

    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        order_ids = {vals["order_id"] for vals in vals_list if vals.get("order_id")}
        with self.env["sale.order"].browse(order_ids)._guarding_credit():
            return super().create(vals_list)

    def write(self, vals):
        with self.order_id._guarding_credit():
            return super().write(vals)
