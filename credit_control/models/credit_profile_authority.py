from odoo import models
from odoo.exceptions import RedirectWarning
from odoo.tools import format_amount

from ..core.money import to_decimal
from .credit_profile_limit import STANDING, TEMPORARY


class CreditProfileAuthority(models.Model):
    """A manager changes limits as far as his authority reaches, and asks for more."""

    _inherit = "credit.profile"

    def _check_manager_fields(self, vals) -> None:
        result = super()._check_manager_fields(vals)
        if not self.env.su:
            if STANDING & vals.keys():
                self._check_standing(vals)
            if TEMPORARY & vals.keys() and vals.get("temp_until", True):
                self._check_temporary(vals)
        return result

    def _check_standing(self, vals) -> None:
        for profile in self or self._get_draft(vals):
            if not vals.get("no_limit", profile.no_limit):
                profile._check_authority(profile._in_company_currency(vals, "limit"))
            elif not profile.no_limit:
                profile._check_authority(None)

    def _check_temporary(self, vals) -> None:
        for profile in self or self._get_draft(vals):
            profile._check_authority(profile._in_company_currency(vals, "temp_limit"))

    def _get_draft(self, vals):
        names = ("partner_id", "company_id", "tier_id")
        return self.new({name: vals[name] for name in names if name in vals})

    def _in_company_currency(self, vals, name: str) -> float:
        """The amount that ``vals`` ask for, at today's rate."""
        currency = self.limit_currency_id
        if "limit_currency_id" in vals:
            currency = currency.browse(vals["limit_currency_id"])
        company = self.company_id
        rates = self._get_rates(
            [(company, currency)] if currency else [], self._today()
        )
        rate = next(iter(rates.values()), 1.0)
        amount = to_decimal(vals.get(name, self[name]) or 0) * to_decimal(rate)
        return company.currency_id.round(float(amount))

    def _today(self):
        return self.company_id._credit_today()

    def _check_authority(self, amount: float | None) -> None:
        """Refuse what is above the user's authority, and offer him to ask for it."""
        authority = self.env["credit.authority"]
        lines = authority._get_for(self.company_id, self.tier_id)
        lines = lines._filtered_user(self.env.user)._filtered_alone(self.company_id)
        if lines._filtered_amount(amount):
            return
        raise RedirectWarning(
            self._word_refusal(lines),
            self.env.ref("credit_control.action_limit_request_new").id,
            self.env._("Request it"),
            {"default_partner_id": self.partner_id.id, "default_amount": amount or 0.0},
        )

    def _word_refusal(self, lines) -> str:
        if not lines:
            return self.env._("A second person has to decide on this limit.")
        amount = format_amount(
            self.env, max(lines.mapped("limit")), self.company_id.currency_id
        )
        return self.env._(
            "This limit is above your authority, which ends at %(amount)s for debtors "
            "of the tier %(tier)s.",
            amount=amount,
            tier=self.tier_id.name or "–",
        )
