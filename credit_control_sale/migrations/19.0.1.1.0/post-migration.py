from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Other risks are treated as late payments were so far, tier by tier."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for tier in env["credit.risk.tier"].with_context(active_test=False).search([]):
        tier.risk_rule = tier.overdue_rule
