from decimal import Decimal

from odoo import api, models


class CreditAgeing(models.AbstractModel):
    """What of each debtor's balance is secured, insured and at your own risk."""

    _inherit = "credit.ageing"

    def _extra_debtor_columns(self, companies, as_of):
        secured, insured, uncovered = {}, {}, {}
        for profile, split in self._get_cover(companies, as_of).items():
            partner_id = profile.partner_id.id
            secured[partner_id] = split.secured
            insured[partner_id] = split.insured
            uncovered[partner_id] = split.uncovered
        return [
            *super()._extra_debtor_columns(companies, as_of),
            (self.env._("Secured otherwise"), secured),
            (self.env._("Insured"), insured),
            (self.env._("Uncovered"), uncovered),
        ]

    @api.model
    def _get_cover(self, companies, as_of) -> dict:
        """{debtor file: how its balance on ``as_of`` is covered}, of all debtors of
        ``companies`` that have a limit or a security.
        """
        profiles = (
            self.env["credit.profile"]
            .with_context(active_test=False)
            .search(
                [
                    ("company_id", "in", companies.ids),
                    "|",
                    ("insurance_limit_ids", "!=", False),
                    ("security_ids.state", "=", "active"),
                ]
            )
        )
        scheme = self.env.ref("credit_control_report.scheme_default")
        aged = self._aged_debtors(companies, as_of, scheme)
        balances = {
            profile: sum(
                aged.get((profile.company_id.id, profile.partner_id.id), ()), Decimal(0)
            )
            for profile in profiles
        }
        return profiles._split_balances(balances, as_of)
