from odoo import fields, models

from .account_move import VIEWERS


class AccountMovePlan(models.Model):
    """The instalment plan that an invoice is paid by."""

    _inherit = "account.move"

    credit_plan_id = fields.Many2one(
        "credit.plan",
        string="Instalment plan",
        compute="_compute_credit_plan",
        groups=VIEWERS,
    )
    credit_plan_words = fields.Char(compute="_compute_credit_plan", groups=VIEWERS)

    def _compute_credit_plan(self):
        lines = self.env["credit.plan.item"].search(
            [
                ("item_id.move_id", "in", self.ids),
                ("state", "in", ("proposed", "active")),
            ]
        )
        held = {line.item_id.move_id: line.plan_id for line in lines}
        for move in self:
            plan = held.get(move._origin, lines.plan_id.browse())
            move.credit_plan_id = plan
            move.credit_plan_words = plan._word_standing() if plan else False
