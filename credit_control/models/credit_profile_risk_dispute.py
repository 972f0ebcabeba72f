from odoo import fields, models

from .credit_dispute import PAUSING
from .credit_profile_risk import RiskReason


class CreditProfileRiskDispute(models.Model):
    """A debtor who disputes what he got had better not get more yet."""

    _inherit = "credit.profile"

    open_dispute_count = fields.Integer(
        string="Open disputes", compute="_compute_open_dispute_count"
    )

    def _compute_open_dispute_count(self):
        counts = self._count("credit.dispute", ("state", "in", PAUSING))
        for profile in self:
            profile.open_dispute_count = counts.get(profile, 0)

    def _get_risk_reasons(self) -> list[RiskReason]:
        reasons = super()._get_risk_reasons()
        if self.open_dispute_count:
            reasons.append(
                RiskReason("dispute", self.env._("A dispute is not settled yet."))
            )
        return reasons
