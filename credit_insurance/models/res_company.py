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

    def _get_first_journal(self, kind: str):
        """The first journal of that kind: its own, else one of the companies above."""
        journals = self.env["account.journal"]
        found = journals.search(
            [*journals._check_company_domain(self), ("type", "=", kind)]
        )
        return found.sorted(lambda journal: journal.company_id != self)[:1]

    def _word_vat_relief(self) -> str:
        """When the country gives the VAT on a lost debt back."""
        words = {
            "BE": self.env._(
                "VAT: reclaim it on the judgment of bankruptcy, or once the loss is "
                "proven to be definitive; the file is the proof."
            ),
            "NL": self.env._(
                "VAT: reclaim it when it is certain that nothing follows, at the "
                "latest one year after the due date."
            ),
        }
        return words.get(
            self.country_id.code,
            self.env._("VAT: look up when your country gives it back."),
        )
