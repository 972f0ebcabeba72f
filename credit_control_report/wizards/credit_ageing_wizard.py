from urllib.parse import urlencode

from odoo import fields, models


class CreditAgeingWizard(models.TransientModel):
    _name = "credit.ageing.wizard"
    _description = "Ageing in Excel"

    date = fields.Date(
        string="As of",
        required=True,
        default=lambda self: fields.Date.context_today(self),
    )
    company_ids = fields.Many2many(
        "res.company",
        string="Companies",
        required=True,
        default=lambda self: self.env.company,
        domain=lambda self: [("id", "in", self.env.companies.ids)],
    )
    scheme_id = fields.Many2one(
        "credit.ageing.scheme",
        string="Buckets",
        required=True,
        domain="['|', ('company_id', '=', False), ('company_id', 'in', company_ids)]",
        default=lambda self: self.env["credit.ageing.scheme"]._get_default(
            self.env.company
        ),
    )

    def action_download(self) -> dict:
        """The browser fetches the workbook; the controller checks access."""
        self.ensure_one()
        query = urlencode(self._get_url_query())
        return {
            "type": "ir.actions.act_url",
            "url": f"/credit_control_report/ageing.xlsx?{query}",
            "target": "download",
        }

    def _get_url_query(self) -> dict[str, str | int]:
        return {
            "as_of": self.date.isoformat(),
            "company_ids": ",".join(map(str, self.company_ids.ids)),
            "scheme_id": self.scheme_id.id,
        }
