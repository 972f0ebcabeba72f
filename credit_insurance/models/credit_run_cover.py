from odoo import api, models


class CreditRunCover(models.Model):
    """Every morning: who looks at limits and securities that end."""

    _inherit = "credit.run"

    @api.model
    def _cron_daily(self):
        for company in self.env["res.company"].search([("active", "=", True)]):
            today = company._credit_today()
            self.env["credit.insurance.limit"]._remind_expiring(company, today)
            self.env["credit.security"]._remind_expiring(company, today)
            self.env["credit.security"]._remind_presentations(company, today)
            self.env["credit.insurance.request"]._remind_unanswered(company, today)
        return super()._cron_daily()
