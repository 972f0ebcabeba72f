from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_dunning_cron = fields.Boolean(
        related="company_id.credit_dunning_cron", readonly=False
    )
    credit_deducts_vat = fields.Boolean(
        related="company_id.credit_deducts_vat", readonly=False
    )
