from datetime import date, timedelta

from markupsafe import Markup

from odoo import api, models

from ..core import promises

ONE_DAY = timedelta(1)


class CreditPromiseReminder(models.Model):
    """A friendly word to the debtor one day before the day that he promised."""

    _inherit = "credit.promise"

    @api.model
    def _remind_all(self) -> None:
        waiting = self.search(
            [("state", "=", promises.OPEN), ("reminded_on", "=", False)]
        )
        for company in waiting.company_id:
            self._find_to_remind(company, company._credit_today())._remind(
                company._credit_today()
            )

    @api.model
    def _find_to_remind(self, company, as_of: date):
        """Promises for tomorrow, of debtors whose policy reminds of them; those missed
        on days without a run are too late.

        Who promised today for tomorrow knows it still.
        """
        found = self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("state", "=", promises.OPEN),
                ("date", "=", as_of + ONE_DAY),
                ("made_on", "<", as_of),
                ("reminded_on", "=", False),
            ]
        )
        return found.filtered(
            lambda promise: promise.profile_id._get_agreement_rules().promise_reminder
        )

    def _remind(self, as_of: date) -> None:
        """Write to each debtor once: the mark and the mail are one transaction."""
        for promise in self.try_lock_for_update(allow_referencing=True):
            recipient = promise._get_recipient()
            if not promise.reminded_on and recipient.email:
                promise.reminded_on = as_of
                promise._send_reminder(recipient)

    def _get_recipient(self):
        contact = self.contact_id
        return contact if contact.email else self.profile_id._get_contact()

    def _send_reminder(self, recipient) -> None:
        lang = recipient.lang or self.company_id.partner_id.lang or self.env.lang
        template = self.env.ref("credit_control.mail_template_promise")
        rendered = template._credit_render(self, lang, "subject", "body_html")
        self._write_to(
            recipient,
            lang,
            body=Markup(rendered["body_html"]),
            subject=rendered["subject"],
        )

    def _get_account_number(self) -> str:
        return self.company_id._credit_bank_account().acc_number or ""

    def _get_salutation(self) -> str:
        recipient = self._get_recipient()
        lang = self.env.context.get("lang")
        return recipient.with_context(lang=lang)._credit_get_salutation()
