from urllib.parse import urlencode

from odoo import fields, models

from ..models.credit_ageing import DUE, INVOICED


class CreditAgeingWizard(models.TransientModel):
    _name = "credit.ageing.wizard"
    _description = "Ageing of Receivables"

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

    by = fields.Selection(
        [(DUE, "Due date"), (INVOICED, "Invoice date")],
        string="Days count from the",
        required=True,
        default=DUE,
    )
    drafts = fields.Boolean(
        string="With drafts", help="Invoices that aren't posted yet count along."
    )

    def action_show(self) -> dict:
        """The ageing on the screen."""
        self.ensure_one()
        return (
            self.env["credit.ageing.item"]
            .with_context(
                credit_ageing={
                    "as_of": self.date.isoformat(),
                    "company_ids": self.company_ids.ids,
                    "scheme_id": self.scheme_id.id,
                    "drafts": self.drafts,
                },
                credit_ageing_by=self.by,
            )
            ._get_action()
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
            **({"by": self.by} if self.by != DUE else {}),
            **({"drafts": 1} if self.drafts else {}),
        }
