from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_limit_by_cover = fields.Boolean(
        related="company_id.credit_limit_by_cover", readonly=False
    )
