from odoo import fields, models


class CreditRiskTier(models.Model):
    """How far a debtor is trusted: good, fair or poor."""

    _name = "credit.risk.tier"
    _description = "Risk Tier"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, help="Short name that rules and imports refer to."
    )
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    description = fields.Text(translate=True)
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint(
        "UNIQUE (code)", "Another risk tier has this code already."
    )
