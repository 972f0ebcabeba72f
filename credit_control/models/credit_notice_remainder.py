from datetime import date

from odoo import fields, models


class CreditNoticeRemainder(models.Model):
    """A notice of the costs and interest that are left when the invoices are paid.

    It has no items and no words of a level: it lists what was claimed before.
    """

    _inherit = "credit.notice"

    charges_only = fields.Boolean(
        string="Costs and interest only",
        readonly=True,
        help="Claims what earlier notices claimed beside the invoices.",
    )

    def _compute_name(self):
        result = super()._compute_name()
        for notice in self.filtered("charges_only"):
            title = self.env._("Costs and interest")
            notice.name = f"{title} – {notice.partner_id.display_name}"
        return result

    def _get_level_words(self) -> tuple[str, str]:
        if not self.charges_only:
            return super()._get_level_words()
        spoken = self.with_context(lang=self.lang)
        return spoken._word_remainder()

    def _word_remainder(self) -> tuple[str, str]:
        return self.env._("Costs and interest still open"), self.env._(
            "Of what we claimed beside our invoices, the amounts below are still open. "
            "Please pay them, too."
        )

    def _get_charge_lines(self) -> list[tuple[str, float]]:
        if not self.charges_only:
            return super()._get_charge_lines()
        if self.state == "sent":
            return [(self.env._("Claimed before"), self.earlier_amount)]
        return [(c.display_name, c.open_amount) for c in self._get_left_charges()]

    def _get_left_charges(self):
        return (
            self.profile_id.sudo()
            ._get_left_charges()
            .filtered(lambda charge: charge.currency_id == self.currency_id)
        )

    def _get_channel(self) -> str:
        if not self.charges_only:
            return super()._get_channel()
        if self._is_reachable("email"):
            return "email"
        return self._get_other_channel("email")

    def _prepare_offer_vals(self) -> dict | None:
        return None if self.charges_only else super()._prepare_offer_vals()

    def _announces_costs(self) -> bool:
        return not self.charges_only and super()._announces_costs()

    def _refresh(self, as_of: date) -> None:
        if not self.charges_only:
            return super()._refresh(as_of)
        self.date = as_of
        if not self._get_left_charges():
            self.state = "dropped"
        return None
