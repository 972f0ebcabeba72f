from markupsafe import Markup

from odoo import models
from odoo.tools import format_amount, format_date, formatLang


class CreditOfferWords(models.Model):
    """What the debtor reads of an offer, and the e-mail that tells him."""

    _inherit = "credit.offer"

    def _get_words(self) -> str:
        """What is offered, for the debtor, in the language of the environment."""
        return getattr(self, f"_word_{self.kind}")()

    def _get_figures(self) -> dict[str, str]:
        def money(amount):
            return format_amount(self.env, amount, self.currency_id)

        return {
            "due": money(self.amount_due),
            "amount": money(self.amount_to_pay),
            "saving": money(self.saving),
            "day": format_date(self.env, self.until),
        }

    def _word_waiver(self) -> str:
        return self.env._(
            "Our offer: pay %(amount)s by %(day)s, and costs and interest of "
            "%(saving)s are waived.",
            **self._get_figures(),
        )

    def _word_discount(self) -> str:
        digits = 2 if self.percent % 1 else 0
        return self.env._(
            "Our offer: pay %(amount)s instead of %(due)s by %(day)s (%(percent)s %% "
            "off the invoices).",
            percent=formatLang(self.env, self.percent, digits=digits),
            **self._get_figures(),
        )

    # -- mail ------------------------------------------------------------------

    def _send_email(self) -> None:
        """Tell the debtor's dunning contact."""
        recipient = self.profile_id._get_contact()
        lang = recipient.lang or self.company_id.partner_id.lang or self.env.lang
        spoken = self.with_context(lang=lang)
        self._write_to(
            recipient,
            lang,
            body=spoken._render_email(recipient),
            subject=spoken.env._("Our offer – %s", self.company_id.name),
        )

    def _render_email(self, recipient) -> Markup:
        return self.env["ir.qweb"]._render(
            "credit_control.offer_email",
            {
                "offer": self,
                "sender": self._get_sender(),
                "bank": self.company_id._credit_bank_account(),
                "salutation": recipient.with_env(self.env)._credit_get_salutation(),
            },
        )
