from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError


class CreditOrderDecision(models.TransientModel):
    """Whether orders may go on though credit stands in the way, and why."""

    _name = "credit.order.decision"
    _description = "Decide on Credit"

    order_ids = fields.Many2many("sale.order", string="Orders", required=True)
    order_id = fields.Many2one("sale.order", compute="_compute_order_id")
    currency_id = fields.Many2one(related="order_id.credit_currency_id")
    hold_reason = fields.Char(
        string="What stands in the way", related="order_id.credit_hold_reason"
    )
    amount = fields.Monetary(
        string="Up to",
        compute="_compute_amount",
        store=True,
        readonly=False,
        help="More than the order amounts to, should it still grow.",
    )
    until = fields.Date(
        string="Valid until",
        required=True,
        default=lambda self: self.env.company._credit_today() + timedelta(7),
        help="The last day on which the order can be confirmed.",
    )
    reason = fields.Char(required=True)

    @api.depends("order_ids")
    def _compute_order_id(self):
        """The order to decide on, if it is only one."""
        for decision in self:
            orders = decision.order_ids._origin
            decision.order_id = orders if len(orders) == 1 else False

    @api.depends("order_id")
    def _compute_amount(self):
        for decision in self:
            order = decision.order_id
            decision.amount = order and order._get_credit_amount()

    def action_release(self):
        self.ensure_one()
        if self.until < self.env.company._credit_today():
            raise UserError(self.env._("Choose a day that is not over yet."))
        for order in self.order_ids:
            amount = self.amount if self.order_id else order._get_credit_amount()
            order._release_credit(self.reason, self.until, amount)
        return True

    def action_refuse(self):
        self.ensure_one()
        for order in self.order_ids:
            order._refuse_credit(self.reason)
        return True
