from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_limit_by_cover = fields.Boolean(
        string="Credit limits never above the cover",
        help="The limit in force is the smaller one of the credit limit and the "
        "insured limit. Who isn't insured gets no credit.",
    )
