from odoo import api, fields, models


class CreditTerms(models.Model):
    """A version of the company's general terms."""

    _name = "credit.terms"
    _description = "General Terms"
    _order = "date desc, id desc"

    name = fields.Char(string="Version", required=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    date = fields.Date(
        string="In force from", required=True, default=fields.Date.context_today
    )
    lang = fields.Selection(
        selection=lambda self: self.env["res.lang"].get_installed(), string="Language"
    )
    document = fields.Binary(attachment=True)
    document_name = fields.Char()
    active = fields.Boolean(default=True)

    @api.depends("name", "lang")
    def _compute_display_name(self):
        for terms in self:
            terms.display_name = " ".join(
                filter(None, (terms.name, terms.lang and f"({terms.lang})"))
            )
