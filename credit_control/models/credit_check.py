from odoo import fields, models


class CreditCheck(models.Model):
    """Something to be known of a debtor before he gets credit."""

    _name = "credit.check"
    _description = "Check before Credit"
    _order = "sequence, id"

    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(
        [
            ("manual", "Ticked by hand"),
            ("vat", "The VAT number is filled in"),
            ("report", "There is a valid credit report"),
            ("terms", "Our general terms are accepted"),
        ],
        string="How it is checked",
        required=True,
        default="manual",
    )
    mandatory = fields.Boolean(
        help="No credit is granted while this is missing, but by who has the authority "
        "to deviate, with a reason."
    )
    tier_ids = fields.Many2many("credit.risk.tier", string="Risk tiers")
    active = fields.Boolean(default=True)
