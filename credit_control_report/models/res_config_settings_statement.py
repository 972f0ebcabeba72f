from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_statement_day = fields.Integer(
        related="company_id.credit_statement_day", readonly=False
    )
    credit_statement_kind = fields.Selection(
        related="company_id.credit_statement_kind", readonly=False
    )
    credit_statement_whom = fields.Selection(
        related="company_id.credit_statement_whom", readonly=False
    )
    credit_statement_minimum = fields.Monetary(
        related="company_id.credit_statement_minimum", readonly=False
    )
    credit_statement_excel = fields.Boolean(
        related="company_id.credit_statement_excel", readonly=False
    )
    credit_statement_text = fields.Text(
        related="company_id.credit_statement_text", readonly=False
    )
