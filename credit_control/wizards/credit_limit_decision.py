from odoo import fields, models


class CreditLimitDecision(models.TransientModel):
    """Whether a request is approved, and why."""

    _name = "credit.limit.decision"
    _description = "Decide on a Request"

    request_id = fields.Many2one("credit.limit.request", required=True, readonly=True)
    asked = fields.Char(related="request_id.asked")
    request_reason = fields.Text(string="Why asked", related="request_id.reason")
    reason = fields.Char()

    def action_approve(self):
        self.ensure_one()
        self.request_id._approve(self.reason or "")
        return True

    def action_refuse(self):
        self.ensure_one()
        self.request_id._refuse(self.reason or "")
        return True
