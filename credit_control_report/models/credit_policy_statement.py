from odoo import fields, models


class CreditPolicy(models.Model):
    _inherit = "credit.policy"

    monthly_statement = fields.Boolean(
        string="Monthly statement",
        help="Debtors who follow this policy get a statement of account each month, on "
        "the day that the settings say.",
    )
