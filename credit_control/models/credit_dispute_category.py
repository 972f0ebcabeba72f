from odoo import fields, models


class CreditDisputeCategory(models.Model):
    """What debtors dispute, who answers that, and how fast."""

    _name = "credit.dispute.category"
    _description = "Dispute Category"
    _order = "sequence, id"

    name = fields.Char(string="What is disputed", required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    user_id = fields.Many2one(
        "res.users",
        string="Answered by",
        domain=[("share", "=", False)],
        ondelete="set null",
        help="Gets new disputes of this kind; any colleague, also outside finance. "
        "Empty: the debtor's collector.",
    )
    days = fields.Integer(
        string="Days to answer", default=7, help="From the day of the dispute."
    )

    _days_positive = models.Constraint(
        "CHECK (days >= 0)", "The days to answer can't be negative."
    )
