from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_bad_debt_account_ids = fields.Many2many(
        related="company_id.credit_bad_debt_account_ids", readonly=False
    )
    credit_ageing_user_ids = fields.Many2many(
        related="company_id.credit_ageing_user_ids", readonly=False
    )
    credit_effect_days = fields.Integer(
        related="company_id.credit_effect_days", readonly=False
    )
