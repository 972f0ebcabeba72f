from datetime import date

from odoo import api, models

from odoo.addons.credit_control.demo import story


class CreditDemo(models.AbstractModel):
    """The demo wholesaler has the month-ends of its ledger."""

    _inherit = "credit.demo"

    @api.model
    def _build(self, as_of: date, count: int = story.INVOICES):
        company = super()._build(as_of, count)
        snapshots = self.env["credit.snapshot"]
        if not snapshots.search_count([("company_id", "=", company.id)], limit=1):
            snapshots._refresh(company, as_of)
        self.env["credit.forecast"]._refresh(company, as_of)
        return company
