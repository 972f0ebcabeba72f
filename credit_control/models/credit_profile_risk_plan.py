from odoo import api, fields, models
from odoo.tools import SQL, format_date

from .credit_profile_risk import RiskReason


class CreditProfileRiskPlan(models.Model):
    """Who broke a payment plan and still owes of it is no good risk."""

    _inherit = "credit.profile"

    broken_plan_date = fields.Date(string="Plan broken on", compute="_compute_risks")

    @api.model
    def _get_risk_columns(self) -> dict[str, SQL]:
        """The last broken plan of which something is still to be paid."""
        self.env["credit.plan"].flush_model(["profile_id", "state", "closed_date"])
        self.env["credit.plan.item"].flush_model(["plan_id", "item_id"])
        self.env["account.move.line"].flush_model(["amount_residual_currency"])
        day = SQL(
            """(SELECT MAX(s.closed_date) FROM credit_plan s
                 WHERE s.profile_id = p.id AND s.state = 'breached'
                   AND EXISTS (SELECT FROM credit_plan_item i
                                 JOIN account_move_line l ON l.id = i.item_id
                                WHERE i.plan_id = s.id
                                  AND l.amount_residual_currency > 0))"""
        )
        return {**super()._get_risk_columns(), "broken_plan_date": day}

    def _get_risk_reasons(self) -> list[RiskReason]:
        reasons = super()._get_risk_reasons()
        if day := self.broken_plan_date:
            words = self.env._(
                "A payment plan was broken on %s.", format_date(self.env, day)
            )
            reasons.append(RiskReason("plan", words))
        return reasons
