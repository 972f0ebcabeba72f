from odoo import api, fields, models
from odoo.tools import SQL, format_amount, html2plaintext


class CreditNotice(models.Model):
    _inherit = "credit.notice"

    delivery = fields.Selection(
        selection_add=[("arrived", "Delivered to the phone"), ("bounced",)]
    )

    recipient_phone = fields.Char(related="recipient_id.phone", string="Phone")
    sms_text = fields.Text(string="Text message", compute="_compute_sms_text")

    def _compute_sms_text(self):
        for notice in self:
            notice.sms_text = notice.with_context(lang=notice.lang)._get_sms_text()

    def _is_reachable(self, channel: str) -> bool:
        if channel == "sms":
            return bool(self.recipient_id.active and self.recipient_id.phone_sanitized)
        return super()._is_reachable(channel)

    def _get_other_channel(self, channel: str) -> str:
        if channel != "sms":
            return super()._get_other_channel(channel)
        other = self.policy_id.without_phone
        return other if self._is_reachable(other) else super()._get_other_channel(other)

    @api.model
    def _channel_sql(self) -> SQL:
        return SQL(
            """CASE WHEN v.channel = 'sms'
                     AND (r.phone_sanitized IS NULL OR NOT r.active)
                    THEN CASE WHEN y.without_phone = 'email'
                               AND (r.email_normalized IS NULL OR NOT r.active)
                              THEN y.without_email ELSE y.without_phone END
                    ELSE %s END""",
            super()._channel_sql(),
        )

    def _word_unreachable(self) -> str:
        if self.level_id.channel != "sms":
            return super()._word_unreachable()
        return self.env._(
            "%s has no phone number that text messages can be sent to.",
            self.recipient_id.display_name,
        )

    def _deliver_sms(self) -> None:
        """Queue the message: what is rolled back was not sent either."""
        recipient = self.recipient_id
        self.message_id = self.profile_id._message_sms(
            self.with_context(lang=self.lang)._get_sms_text(),
            partner_ids=recipient.ids,
            sms_pid_to_number={recipient.id: recipient.phone_sanitized},
            put_in_queue=True,
        )

    def _get_sms_text(self) -> str:
        """The level's words, then how to pay and what is offered; in the language of
        the environment.
        """
        lines = [
            f"{self.company_id.name}: {html2plaintext(self.text, False).strip()}",
            self._get_sms_payment(),
            *self._get_offer_words(),
            *self._get_sms_links(),
        ]
        return "\n".join(lines)

    def _get_sms_payment(self) -> str:
        amount = format_amount(self.env, self.amount_to_pay, self.currency_id)
        reference = (
            self._get_structured_communication() or self._get_free_communication()
        )
        bank = self.company_id._credit_bank_account()
        if not bank:
            return self.env._(
                "%(amount)s, %(reference)s", amount=amount, reference=reference
            )
        return self.env._(
            "Please pay %(amount)s to %(account)s, reference %(reference)s.",
            amount=amount,
            account=bank.acc_number,
            reference=reference,
        )

    def _get_sms_links(self) -> list[str]:
        """Where the customer sees and pays the invoice, if it is only one."""
        urls = list(self._get_portal_urls().values())
        return urls if len(urls) == 1 else []

    def _get_delivery(self):
        delivery = super()._get_delivery()
        if delivery == "delivered" and self.channel == "sms":
            return "arrived"
        return delivery
