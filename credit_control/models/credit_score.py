from odoo import api, fields, models
from odoo.tools import formatLang


class CreditScore(models.Model):
    """What a debtor scored in a month, as last computed in it, and from what."""

    _name = "credit.score"
    _description = "Score"
    _order = "month desc, id desc"
    # Thousands are written every night, by one statement.
    _log_access = False

    profile_id = fields.Many2one(
        "credit.profile",
        string="Debtor",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="profile_id.company_id", store=True)
    month = fields.Date(required=True)
    date = fields.Date(string="As of", required=True)
    points = fields.Float(digits=(5, 2), aggregator="avg")
    is_rated = fields.Boolean(string="Rated")
    tier_id = fields.Many2one("credit.risk.tier", string="Risk tier", index=True)
    content = fields.Json()
    breakdown = fields.Html(compute="_compute_breakdown")

    _month_uniq = models.Constraint(
        "UNIQUE (profile_id, month)", "A debtor has one score a month."
    )

    @api.depends("content")
    @api.depends_context("lang")
    def _compute_breakdown(self):
        for score in self:
            score.breakdown = self.env["ir.qweb"]._render(
                "credit_control.score_breakdown", {"parts": score._word_parts()}
            )

    def _word_parts(self) -> list[dict]:
        """What each component adds, in the reader's words and numbers."""
        components = {
            component.code: component
            for component in self.env["credit.score.component"].search([])
        }
        return [
            {
                "name": components[code].name,
                "value": self._say(value, 1) + " " + (components[code].unit or ""),
                "points": self._say(points, 0),
                "weight": self._say(weight, 1),
                "adds": self._say(points * weight / 100, 2),
            }
            for code, value, points, weight in self.content or ()
            if code in components
        ]

    def _say(self, number: float, digits: int) -> str:
        return formatLang(self.env, number, digits=digits)
