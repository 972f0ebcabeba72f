from odoo import api, fields, models

RULE = "limit_by_cover"


class CreditRiskTier(models.Model):
    _inherit = "credit.risk.tier"

    limit_by_cover = fields.Boolean(
        string="Limit never above the cover",
        help="The limit in force of debtors of this tier is the smaller one of the "
        "credit limit and the insured limit. Who isn't insured gets no credit.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        tiers = super().create(vals_list)
        if any(vals.get(RULE) for vals in vals_list):
            self.env.registry.clear_cache()
        return tiers

    def write(self, vals):
        result = super().write(vals)
        if RULE in vals:
            self.env.registry.clear_cache()
            debtors = self.env["credit.profile"].sudo().with_context(active_test=False)
            debtors.search([("tier_id", "in", self.ids)])._tell_core()
        return result
