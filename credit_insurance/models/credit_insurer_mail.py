from markupsafe import Markup

from odoo import models
from odoo.exceptions import UserError


class CreditInsurerMail(models.AbstractModel):
    """What is mailed to an insurer; the mail is the entry in the record's own file.

    For records with ``policy_id``, ``company_id`` and a chatter.
    """

    _name = "credit.insurer.mail"
    _description = "Mail to the Insurer"

    def _check_insurer_email(self) -> None:
        for record in self:
            if not record.policy_id.sudo().insurer_id.email:
                raise UserError(
                    self.env._(
                        "%(insurer)s has no e-mail address: fill it in first.",
                        insurer=record.policy_id.sudo().insurer_id.display_name,
                    )
                )

    def _get_insurer_lang(self) -> str:
        insurer = self.policy_id.sudo().insurer_id
        return insurer.lang or self.company_id.partner_id.lang or self.env.lang

    def _mail_insurer(self, template: str, **values) -> None:
        """Mail what ``template`` says of this record.

        :param values: further ones of the message, e.g. what is attached
        """
        self._check_insurer_email()
        lang = self._get_insurer_lang()
        rendered = (
            self.env.ref(template)
            .sudo()
            ._credit_render(self, lang, "subject", "body_html")
        )
        sender = self.env.user
        self.sudo().with_context(lang=lang).message_post(
            body=Markup(rendered["body_html"]),
            subject=rendered["subject"],
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            partner_ids=self.policy_id.sudo().insurer_id.ids,
            author_id=sender.partner_id.id,
            email_from=(sender.email and sender.email_formatted)
            or self.company_id.email_formatted,
            email_layout_xmlid="credit_control.mail_layout",
            force_email_lang=lang,
            mail_auto_delete=False,
            **values,
        )
