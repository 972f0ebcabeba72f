from odoo import fields, models
from odoo.exceptions import UserError


class CreditTierOverrule(models.TransientModel):
    """Another risk tier than the score gives: which, why, and until when."""

    _name = "credit.tier.overrule"
    _description = "Choose the Risk Tier"

    profile_ids = fields.Many2many("credit.profile", string="Debtors", required=True)
    tier_id = fields.Many2one("credit.risk.tier", string="Risk tier", required=True)
    reason = fields.Char(required=True)
    until = fields.Date(help="Last day. Empty: until somebody changes it.")

    def action_overrule(self):
        self.ensure_one()
        if self.until and self.until < fields.Date.context_today(self):
            raise UserError(self.env._("The last day of the tier has gone by already."))
        self.profile_ids._overrule_tier(self.tier_id, self.reason, self.until)
        return True
