from odoo import api, fields, models

RULE = "credit_limit_by_cover"


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_limit_by_cover = fields.Boolean(
        string="Credit limits never above the cover",
        help="The limit in force is the smaller one of the credit limit and the "
        "insured limit. Who isn't insured gets no credit.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        if any(vals.get(RULE) for vals in vals_list):
            self.env.registry.clear_cache()
        return companies

    def write(self, vals):
        result = super().write(vals)
        if RULE in vals:
            self.env.registry.clear_cache()
            for company in self:
                self.env["credit.profile"].sudo()._tell_core_all(company)
        return result
