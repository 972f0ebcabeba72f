from . import controllers, demo, models, wizards


def _create_profiles(env):
    """Whoever owes something has a debtor file from the first day."""
    for company in env["res.company"].search([]):
        env["credit.profile"]._create_missing(company)
