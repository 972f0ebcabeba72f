from markupsafe import Markup

from odoo import models

AGREEMENT = "credit_control.action_report_plan"


class CreditPlanLetter(models.Model):
    """What the debtor reads of a plan: agreement, e-mails and his own page.

    Everything here speaks the language of its environment; :meth:`_spoken` is in
    that of the debtor.
    """

    _inherit = "credit.plan"

    def _get_recipient(self):
        return self.profile_id._get_contact()

    def _get_lang(self) -> str:
        return (
            self._get_recipient().lang
            or self.company_id.partner_id.lang
            or self.env.lang
            or "en_US"
        )

    def _spoken(self):
        return self.with_context(lang=self._get_lang())

    def _get_salutation(self) -> str:
        return self._get_recipient()._credit_get_salutation()

    def _get_address_lines(self) -> list[str]:
        return self._get_recipient()._credit_get_address_lines()

    def _get_portal_link(self) -> str:
        return self.get_base_url() + self.sudo().get_portal_url()

    def _get_communication(self) -> str:
        """What to pay with: the documents, as long as a transfer carries them."""
        names = dict.fromkeys(filter(None, self.line_ids.mapped("name")))
        return self.env["credit.notice"]._shorten_communication(names)

    # -- agreement -------------------------------------------------------------

    def _render_agreement(self) -> tuple[str, bytes]:
        """(file name, content) of the agreement in the debtor's language."""
        content, extension = (
            self.env["ir.actions.report"]
            .sudo()
            .with_context(lang=self._get_lang())
            ._render_qweb_pdf(AGREEMENT, self.ids)
        )
        name = self._spoken().display_name
        return f"{name}.{extension}".replace("/", "-"), content

    def _keep_agreement(self) -> None:
        """Keep the signed agreement as it is now."""
        name, content = self._render_agreement()
        self.attachment_id = self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "res_model": "credit.profile",
                "res_id": self.profile_id.id,
            }
        )

    def _get_kept_letter(self):
        """The agreement as it was signed, if it was."""
        return self.attachment_id

    # -- mail ------------------------------------------------------------------

    def action_send(self):
        """Mail the agreement to the debtor once more."""
        offered = self._as_officer()
        offered._check_states(
            ("proposed", "active"), self.env._("Only running plans are sent.")
        )
        for plan in offered:
            plan._send_agreement()
        return True

    def _send_agreement(self) -> None:
        if attachment := self.attachment_id:
            attached = attachment.name, attachment.raw
        else:
            attached = self._render_agreement()
        self._post_email("credit_control.mail_template_plan", self, [attached])

    def _send_reminder(self, term) -> None:
        self._post_email("credit_control.mail_template_plan_term", term)

    def _post_email(self, template: str, record, attachments=()) -> None:
        lang, recipient = self._get_lang(), self._get_recipient()
        values = (
            self.env.ref(template)
            .sudo()
            ._credit_render(record, lang, "subject", "body_html", "email_from")
        )
        self._write_to(
            recipient,
            lang,
            body=Markup(values["body_html"]),
            subject=values["subject"],
            email_from=values.get("email_from") or self._get_email_from(),
            attachments=list(attachments),
        )

    def _render_part(self, xmlid: str) -> Markup:
        """A part that agreement, e-mails and page share, in the debtor's language."""
        spoken = self._spoken()
        return spoken.env["ir.qweb"]._render(xmlid, {"plan": spoken})
