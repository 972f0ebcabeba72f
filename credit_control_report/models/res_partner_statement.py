from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_credit_statement(self):
        """Statements for these customers, in the current company."""
        profiles = self.env["credit.profile"]
        profiles.check_access("read")
        for partner in self.commercial_partner_id:
            profiles |= profiles._get_or_create(partner, self.env.company)
        return profiles.action_statement()
