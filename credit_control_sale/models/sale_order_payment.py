from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.credit_control.rights import check_officer

from .sale_order import STAFF

OPEN = ("waiting", "refused")


class SaleOrder(models.Model):
    """An order that waits goes on when the customer pays: he is asked to."""

    _inherit = "sale.order"

    credit_asked_date = fields.Date(
        string="Payment asked on",
        readonly=True,
        copy=False,
        groups=STAFF,
        help="The day on which the customer was asked by e-mail to pay, so that the "
        "order can go on.",
    )

    def action_ask_for_payment(self):
        """Write to the customers what to pay, so that their orders can go on."""
        check_officer(
            self.env, self.env._("Only credit officers ask customers for payments.")
        )
        self.check_access("write")
        for order in self.sudo():
            order._check_asked_for_payment()
        for order in self.sudo():
            order._ask_for_payment()
        return True

    def _check_asked_for_payment(self) -> None:
        if self.state not in ("draft", "sent") or self.credit_hold_state not in OPEN:
            raise UserError(self.env._("%s doesn't wait for credit.", self.name))
        if self.credit_asked_date == self.company_id._credit_today():
            raise UserError(
                self.env._("The customer of %s was asked today already.", self.name)
            )
        profile = self._get_credit_file()
        if not profile or self.credit_currency_id.is_zero(self._get_payment_wanted()):
            raise UserError(
                self.env._(
                    "No payment helps %(order)s: nothing is overdue and it is within "
                    "the credit limit.",
                    order=self.name,
                )
            )
        if not self._get_payer().email:
            raise UserError(
                self.env._("%s has no e-mail address.", self._get_payer().display_name)
            )

    def _ask_for_payment(self) -> None:
        """The mail is the entry on the order; our own people read it there."""
        payer = self._get_payer()
        lang = payer.lang or self.company_id.partner_id.lang or self.env.lang
        template = self.env.ref("credit_control_sale.mail_template_order_payment")
        rendered = template._credit_render(
            self, lang, "subject", "body_html", "email_from"
        )
        self.credit_asked_date = self.company_id._credit_today()
        self.with_context(lang=lang).message_post(
            body=Markup(rendered["body_html"]),
            subject=rendered["subject"],
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            partner_ids=payer.ids,
            email_from=rendered.get("email_from") or self.env.user.email_formatted,
            email_layout_xmlid="credit_control.mail_layout",
            force_email_lang=lang,
            mail_auto_delete=False,
        )

    # -- what the e-mail says --------------------------------------------------

    def _get_credit_file(self):
        return self._fetch_credit_profiles()[self]

    def _get_payer(self):
        return self._get_credit_file()._get_contact()

    def _get_payer_salutation(self) -> str:
        lang = self.env.context.get("lang")
        return self._get_payer().with_context(lang=lang)._credit_get_salutation()

    def _get_overdue_wanted(self) -> float:
        return max(self._get_credit_file().overdue_amount, 0.0)

    def _get_payment_wanted(self) -> float:
        """What makes the order possible: who pays what is overdue owes less, too."""
        return max(self._get_overdue_wanted(), self.credit_excess)

    def _get_payer_url(self) -> str:
        """Where the customer sees what he owes; empty without such a page."""
        profile = self._get_credit_file()
        return profile._get_page_url() if profile._has_page() else ""

    def _get_payment_account(self) -> str:
        return self.company_id._credit_bank_account().acc_number or ""

    def _get_credit_email_from(self) -> str:
        sender = self._get_credit_file().effective_policy_id.sender_id
        return (
            sender.email and sender.email_formatted
        ) or self.company_id.email_formatted
