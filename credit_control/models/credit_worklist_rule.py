from odoo import fields, models
from odoo.tools import SQL

from ..core.money import to_decimal
from ..core.worklist import Rule


class CreditWorklistRule(models.Model):
    """What brings a debtor onto the worklist, and how many points it gives."""

    _name = "credit.worklist.rule"
    _description = "Worklist Rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, readonly=True, copy=False)
    sequence = fields.Integer(default=10)
    points = fields.Integer(
        required=True,
        default=10,
        help="The most that it gives. Debtors with most points come first.",
    )
    threshold = fields.Float(
        string="Counts from",
        digits=(16, 2),
        help="Less gives no points: an amount in the company's currency, days, or a "
        "number of notices.",
    )
    full_mark = fields.Float(
        string="All points from",
        digits=(16, 2),
        help="From here on it gives all its points, below in proportion. 0: always all.",
    )
    active = fields.Boolean(
        default=True, help="Archive it to leave it out of the worklist."
    )

    _code_uniq = models.Constraint(
        "UNIQUE (code)", "There is a worklist rule of this kind already."
    )
    _points_positive = models.Constraint(
        "CHECK (points BETWEEN 0 AND 1000 AND threshold >= 0 AND full_mark >= 0)",
        "Points lie between 0 and 1000, and figures are not negative.",
    )

    def _get_core_rule(self) -> Rule:
        return Rule(self.points, to_decimal(self.threshold), to_decimal(self.full_mark))

    def _points_sql(self, figure: SQL) -> SQL:
        """:func:`~..core.worklist.points_for` as an expression over ``figure``."""
        rule = self._get_core_rule()
        return SQL(
            """CASE WHEN %(figure)s <= 0 OR %(figure)s < %(threshold)s THEN 0
                    WHEN %(figure)s >= %(full)s THEN %(points)s
                    ELSE ROUND(%(points)s * %(figure)s / NULLIF(%(full)s, 0)) END""",
            figure=figure,
            threshold=rule.threshold,
            full=rule.full_mark,
            points=rule.points,
        )
