from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """The weeks of the forecasts made so far, by risk tier and collector."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for company in env["credit.forecast"].search([]).company_id:
        env["credit.forecast.part"]._replace(company)
