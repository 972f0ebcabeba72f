from odoo import api, models
from odoo.fields import Domain


class CreditProfileImport(models.Model):
    """Files name debtors, who may be known in several companies: the one at work counts."""

    _inherit = "credit.profile"

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        if self.env.context.get("import_file"):
            here = Domain("company_id", "=", self.env.company.id)
            domain = here & Domain(domain or Domain.TRUE)
        return super().name_search(name, domain, operator, limit)
