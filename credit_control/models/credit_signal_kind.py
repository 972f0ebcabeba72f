from odoo import fields, models


class CreditSignalKind(models.Model):
    """What can be adverse about a debtor, and how much."""

    _name = "credit.signal.kind"
    _description = "Kind of Risk Signal"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    points = fields.Float(
        string="Points off", digits=(5, 2), help="Taken off the score while it holds."
    )
    is_poor = fields.Boolean(
        string="Last tier at once",
        help="Whatever the debtor scores, as long as such a signal holds.",
    )
    means_insolvency = fields.Boolean(
        string="Means insolvency",
        help="While such a signal holds the debtor counts as insolvent since its day: "
        "credit insurance stops deliveries, and the day counts as that of the loss.",
    )
    days = fields.Integer(
        string="Valid for days", help="0: until somebody ends the signal."
    )
    review = fields.Boolean(
        string="To be looked at",
        default=True,
        help="The collector gets an activity on the debtor file.",
    )

    _points_range = models.Constraint(
        "CHECK (points BETWEEN 0 AND 100)", "Points off are between 0 and 100."
    )
    _days_positive = models.Constraint(
        "CHECK (days >= 0)", "The number of days can't be negative."
    )
