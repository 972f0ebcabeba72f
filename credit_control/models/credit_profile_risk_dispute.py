from odoo import api, fields, models
from odoo.tools import SQL

from .credit_dispute import PAUSING
from .credit_profile_risk import RiskReason


class CreditProfileRiskDispute(models.Model):
    """A debtor who disputes what he got had better not get more yet."""

    _inherit = "credit.profile"

    open_dispute_count = fields.Integer(
        string="Open disputes", compute="_compute_risks"
    )

    @api.model
    def _get_risk_columns(self) -> dict[str, SQL]:
        self.env["credit.dispute"].flush_model(["profile_id", "state"])
        count = SQL(
            """(SELECT COUNT(*) FROM credit_dispute d
                 WHERE d.profile_id = p.id AND d.state = ANY(%s))""",
            list(PAUSING),
        )
        return {**super()._get_risk_columns(), "open_dispute_count": count}

    def _get_risk_reasons(self) -> list[RiskReason]:
        reasons = super()._get_risk_reasons()
        if self.open_dispute_count:
            reasons.append(
                RiskReason("dispute", self.env._("A dispute is not settled yet."))
            )
        return reasons
