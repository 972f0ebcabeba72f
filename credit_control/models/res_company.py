from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_dunning_cron = fields.Boolean(
        string="Propose the dunning run daily", default=True
    )
    credit_deducts_vat = fields.Boolean(
        string="VAT on recovery costs can be deducted",
        default=True,
        help="Otherwise VAT is added to costs by law where that is allowed.",
    )

    def _credit_today(self):
        """What day it is where the company is."""
        self.ensure_one()
        tz = self.partner_id.tz or self.env.user.tz or "UTC"
        return fields.Date.context_today(self.with_context(tz=tz))
