from odoo import api, models


class CreditRunInsurance(models.Model):
    """Every morning, before reminders are proposed: the insurer's deadlines."""

    _inherit = "credit.run"

    @api.model
    def _cron_daily(self):
        for company in self.env["res.company"].search([("active", "=", True)]):
            today = company._credit_today()
            self.env["credit.insurance.policy"]._update_renewals(company, today)
            self.env["credit.insurance.policy"]._remind_unwatched(company, today)
            self.env["credit.insurance.stop"]._update_stops(company, today)
            self.env["credit.claim"]._propose_all(company, today)
            self.env["credit.declaration"]._prepare_all(company, today)
        return super()._cron_daily()
