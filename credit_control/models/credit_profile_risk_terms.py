from odoo import api, fields, models
from odoo.tools import SQL


class CreditProfileRiskTerms(models.Model):
    """General terms are asked for only where the company keeps its own here."""

    _inherit = "credit.profile"

    keeps_terms = fields.Boolean(compute="_compute_risks")

    @api.model
    def _get_risk_columns(self) -> dict[str, SQL]:
        self.env["credit.terms"].flush_model(["active", "company_id"])
        kept = SQL(
            """EXISTS (SELECT FROM credit_terms t
                        WHERE t.company_id = p.company_id AND t.active)"""
        )
        return {**super()._get_risk_columns(), "keeps_terms": kept}
