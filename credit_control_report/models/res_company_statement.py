from odoo import fields, models

from .credit_profile_statement import OPEN
from .credit_statement import KINDS
from .credit_statement_batch import OWING, WHOM


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_statement_day = fields.Integer(
        string="Statements on day",
        help="Day of the month on which statements of the month before go out to "
        "debtors whose policy says so. 0: never.",
    )
    credit_statement_kind = fields.Selection(
        KINDS, string="Kind of monthly statement", default=OPEN, required=True
    )
    credit_statement_whom = fields.Selection(
        WHOM, string="Monthly statements to", default=OWING, required=True
    )
    credit_statement_minimum = fields.Monetary(string="Smallest balance for statements")
    credit_statement_excel = fields.Boolean(string="Attach statements as Excel, too")
    credit_statement_text = fields.Text(
        string="Text below statements",
        translate=True,
        help="In each language of your debtors. Empty: a sentence that asks to tell "
        "what is wrong.",
    )

    _credit_statement_day_range = models.Constraint(
        "CHECK (credit_statement_day BETWEEN 0 AND 31)",
        "Statements go out on a day from 1 to 31; 0 means never.",
    )
    _credit_statement_minimum_positive = models.Constraint(
        "CHECK (credit_statement_minimum >= 0)",
        "The smallest balance for statements can't be negative.",
    )
