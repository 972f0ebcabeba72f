from decimal import Decimal

from odoo import api, models


class CreditAgeing(models.AbstractModel):
    """What of each debtor's balance is secured, insured and at your own risk."""

    _inherit = "credit.ageing"

    def _extra_debtor_columns(self, companies, as_of):
        scheme = self.env.ref("credit_control_report.scheme_default")
        balances = {
            key: sum(amounts, Decimal(0))
            for key, amounts in self._aged_debtors(companies, as_of, scheme).items()
        }
        cover = self._get_cover(companies, as_of, balances)
        secured, insured, uncovered = {}, {}, {}
        for (company_id, partner_id), balance in balances.items():
            split = cover.get((company_id, partner_id))
            if split:
                secured[partner_id], insured[partner_id] = split.secured, split.insured
                balance -= split.secured + split.insured
            uncovered[partner_id] = balance
        return [
            *super()._extra_debtor_columns(companies, as_of),
            (self.env._("Secured otherwise"), secured),
            (self.env._("Insured"), insured),
            (self.env._("Uncovered"), uncovered),
        ]

    @api.model
    def _get_cover(self, companies, as_of, balances: dict) -> dict:
        """{(company id, partner id): how the balance on ``as_of`` is covered}, of the
        debtors of ``balances`` that have a limit or a security.
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
        keys = {
            profile: (profile.company_id.id, profile.partner_id.id)
            for profile in profiles
        }
        owing = {
            profile: balances[key] for profile, key in keys.items() if key in balances
        }
        splits = profiles._split_balances(owing, as_of)
        return {keys[profile]: split for profile, split in splits.items()}
