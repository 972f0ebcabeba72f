from odoo import api, fields, models

from ..core import score
from ..core.money import to_decimal


class CreditScoreComponent(models.Model):
    """One figure of the scorecard: how much it counts, and what is good or bad."""

    _name = "credit.score.component"
    _description = "Score Component"
    _order = "weight desc, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Selection(
        [
            (score.DAYS_LATE, "Days late"),
            (score.OVERDUE, "Overdue share"),
            (score.TREND, "Trend of days late"),
            (score.PROMISES, "Broken promises"),
            (score.DISPUTES, "Unfounded disputes"),
            (score.EXTERNAL, "External credit report"),
        ],
        string="Figure",
        required=True,
    )
    weight = fields.Float(digits=(5, 2), help="0: doesn't count.")
    best = fields.Float(string="100 points at", digits=(6, 2))
    worst = fields.Float(string="0 points at", digits=(6, 2))
    unit = fields.Char(translate=True, help="What the figure is counted in.")

    _code_uniq = models.Constraint("UNIQUE (code)", "Each figure counts once.")
    _weight_positive = models.Constraint(
        "CHECK (weight >= 0)", "A weight can't be negative."
    )
    _best_worst = models.Constraint(
        "CHECK (best <> worst)", "100 points and 0 points need different figures."
    )

    @api.model
    def _get_scales(self) -> dict[str, score.Scale]:
        """The scorecard as it stands."""
        return {
            component.code: score.Scale(
                to_decimal(component.weight),
                to_decimal(component.best),
                to_decimal(component.worst),
            )
            for component in self.sudo().search([("weight", ">", 0)])
        }
