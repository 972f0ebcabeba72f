from odoo import fields, models
from odoo.tools import format_date

from .credit_profile_risk import RiskReason


class CreditProfileRiskPlan(models.Model):
    """Who broke a payment plan and still owes of it is no good risk."""

    _inherit = "credit.profile"

    broken_plan_date = fields.Date(
        string="Plan broken on", compute="_compute_broken_plan_date"
    )

    def _compute_broken_plan_date(self):
        """The last broken plan of which something is still to be paid."""
        items = self.env["credit.plan.item"].search(
            [
                ("plan_id.profile_id", "in", self.ids),
                ("plan_id.state", "=", "breached"),
                ("item_id.amount_residual_currency", ">", 0),
            ]
        )
        broken = {}
        for plan in items.plan_id.sorted("closed_date"):
            broken[plan.profile_id] = plan.closed_date
        for profile in self:
            profile.broken_plan_date = broken.get(profile._origin, False)

    def _get_risk_reasons(self) -> list[RiskReason]:
        reasons = super()._get_risk_reasons()
        if day := self.broken_plan_date:
            words = self.env._(
                "A payment plan was broken on %s.", format_date(self.env, day)
            )
            reasons.append(RiskReason("plan", words))
        return reasons
