from odoo import SUPERUSER_ID, api

ADVICE = {"good": (3, 2500, 12), "fair": (2, 1000, 6), "poor": (0.5, 0, 3)}


def migrate(cr, version):
    """The tiers advise limits and reviews; Odoo's own limits follow the debtor files."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for code, (months, newcomer, review) in ADVICE.items():
        tier = env.ref(f"credit_control.tier_{code}", raise_if_not_found=False)
        if tier:
            tier.write(
                {
                    "advised_months": months,
                    "newcomer_limit": newcomer,
                    "review_months": review,
                }
            )
    for company in env["res.company"].search([]):
        env["credit.profile"]._tell_core_all(company)
