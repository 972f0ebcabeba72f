from datetime import timedelta

from odoo import api, fields, models


class CreditDeliveryRelease(models.TransientModel):
    """Why deliveries may leave though credit stands in the way, and how long."""

    _name = "credit.delivery.release"
    _description = "Release Deliveries"

    hold_ids = fields.Many2many(
        "credit.delivery.hold", string="Deliveries", required=True
    )
    hold_reason = fields.Char(
        string="What stands in the way", compute="_compute_hold_reason"
    )
    until = fields.Date(
        string="Valid until",
        required=True,
        default=lambda self: self.env.company._credit_today() + timedelta(7),
        help="The last day on which the delivery can leave.",
    )
    reason = fields.Char(required=True)

    @api.depends("hold_ids")
    def _compute_hold_reason(self):
        """Of a single delivery, to have it before one's eyes."""
        for wizard in self:
            holds = wizard.hold_ids
            wizard.hold_reason = holds.reason if len(holds) == 1 else False

    def action_release(self):
        self.ensure_one()
        self.hold_ids._release(self.reason, self.until)
        return True
