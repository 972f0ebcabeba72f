from odoo import fields, models


class CreditRiskTier(models.Model):
    _inherit = "credit.risk.tier"

    limit_by_cover = fields.Boolean(
        string="Limit never above the cover",
        help="The limit in force of debtors of this tier is the smaller one of the "
        "credit limit and the insured limit. Who isn't insured gets no credit.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "limit_by_cover" in vals:
            debtors = self.env["credit.profile"].sudo().with_context(active_test=False)
            debtors.search([("tier_id", "in", self.ids)])._tell_core()
        return result
