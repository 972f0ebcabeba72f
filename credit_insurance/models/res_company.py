from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_limit_by_cover = fields.Boolean(
        string="Credit limits never above the cover",
        help="The limit in force is the smaller one of the credit limit and the "
        "insured limit. Who isn't insured gets no credit.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "credit_limit_by_cover" in vals:
            for company in self:
                self.env["credit.profile"].sudo()._tell_core_all(company)
        return result
