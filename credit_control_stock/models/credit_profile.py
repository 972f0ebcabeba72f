from odoo import api, fields, models


class CreditProfile(models.Model):
    _inherit = "credit.profile"

    order_amount = fields.Monetary(
        string="Confirmed, not delivered",
        help="What is still to be delivered and invoiced of confirmed orders, taxes "
        "included.",
    )
    delivered_amount = fields.Monetary(
        string="Delivered, not invoiced",
        compute="_compute_exposure",
        help="What is delivered of confirmed orders and still to be invoiced, taxes "
        "included.",
    )

    @api.model
    def _get_exposure_fields(self) -> dict[str, str]:
        own = {"delivered_amount": "delivered_amount"}
        return {**super()._get_exposure_fields(), **own}

    def action_view_deliveries(self):
        """What is delivered and still to be invoiced."""
        self.ensure_one()
        return self.env["credit.exposure"].browse(self.id).action_view_deliveries()
