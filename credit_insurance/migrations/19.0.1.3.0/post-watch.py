from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Whoever is responsible hears of policies whose deadlines aren't watched."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for company in env["res.company"].search([]):
        env["credit.insurance.policy"]._remind_unwatched(
            company, company._credit_today()
        )
