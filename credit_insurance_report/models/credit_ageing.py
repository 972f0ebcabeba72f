from decimal import Decimal

from odoo import models

from odoo.addons.credit_control.core.money import round_to, to_decimal


class CreditAgeing(models.AbstractModel):
    _inherit = "credit.ageing"

    def _extra_debtor_columns(self, companies, as_of):
        insured, uncovered = {}, {}
        for company in companies:
            quantum = to_decimal(company.currency_id.rounding)
            for profile, balance in self._get_insured_balances(company, as_of):
                covered = profile._get_cover(float(balance), as_of)
                part = round_to(covered.insured, quantum)
                insured[profile.partner_id.id] = part
                uncovered[profile.partner_id.id] = balance - part
        return [
            *super()._extra_debtor_columns(companies, as_of),
            (self.env._("Insured"), insured),
            (self.env._("Uncovered"), uncovered),
        ]

    def _get_insured_balances(self, company, as_of):
        """Debtor file and open amount of every debtor with an insured limit."""
        profiles = self.env["credit.profile"].search(
            [("company_id", "=", company.id), ("insurance_limit_ids", "!=", False)]
        )
        open_amounts = self._get_open_amounts(company, as_of)
        return [
            (profile, open_amounts.get(profile.partner_id.id, Decimal(0)))
            for profile in profiles
        ]

    def _get_open_amounts(self, company, as_of) -> dict[int, Decimal]:
        scheme = self.env.ref("credit_control_report.scheme_default")
        aged = self._aged_debtors(company, as_of, scheme)
        return {
            partner_id: sum(buckets, Decimal(0))
            for (_company_id, partner_id), buckets in aged.items()
        }
