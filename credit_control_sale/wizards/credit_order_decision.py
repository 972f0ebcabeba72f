from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError


class CreditOrderDecision(models.TransientModel):
    """Whether orders may go on though credit stands in the way, and why."""

    _name = "credit.order.decision"
    _description = "Decide on Credit"

    order_ids = fields.Many2many("sale.order", string="Orders", required=True)
    order_count = fields.Integer(compute="_compute_amount")
    currency_id = fields.Many2one("res.currency", compute="_compute_amount")
    hold_reason = fields.Char(
        string="What stands in the way", compute="_compute_amount"
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
    def _compute_amount(self):
        for decision in self:
            order = decision.order_ids if len(decision.order_ids) == 1 else False
            decision.order_count = len(decision.order_ids)
            decision.currency_id = order and order.credit_currency_id
            decision.hold_reason = order and order.credit_hold_reason
            decision.amount = order and order._get_credit_amount()

    def action_release(self):
        self.ensure_one()
        if self.until < self.env.company._credit_today():
            raise UserError(self.env._("Choose a day that is not over yet."))
        for order in self.order_ids:
            amount = self.amount if self.order_count == 1 else 0
            order._release_credit(
                self.reason, self.until, amount or order._get_credit_amount()
            )
        return True

    def action_refuse(self):
        self.ensure_one()
        for order in self.order_ids:
            order._refuse_credit(self.reason)
        return True
