from odoo import fields, models


class CreditLetter(models.AbstractModel):
    """What the company writes to a debtor, in the name of whom, kept in his file."""

    _name = "credit.letter"
    _description = "Letter to a Debtor"

    def _get_sender(self):
        """Who signs for the company; may be nobody."""
        return self.profile_id.effective_policy_id.sudo().sender_id

    def _get_email_from(self, otherwise=None) -> str:
        sender = self._get_sender()
        return (
            (sender.email and sender.email_formatted)
            or otherwise
            or self.company_id.email_formatted
            or self.env.user.email_formatted
        )

    def _write_to(self, recipient, lang: str, **values):
        """The mail is the entry in the debtor file: one thing, not two.

        :param values: of the message, subject and body among them
        """
        return self.profile_id.with_context(lang=lang).message_post(
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            partner_ids=recipient.ids,
            force_email_lang=lang,
            mail_auto_delete=False,
            **{
                "email_from": self._get_email_from(),
                "email_layout_xmlid": "credit_control.mail_layout",
                **values,
            },
        )


class CreditAboutDebtor(models.AbstractModel):
    """Something that is kept of a debtor: his file can't go while it is there."""

    _name = "credit.about.debtor"
    _description = "Record of a Debtor"
    _inherit = ["credit.letter"]

    profile_id = fields.Many2one(
        "credit.profile",
        string="Debtor",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="profile_id.company_id", store=True)

    def action_open_debtor(self):
        self.ensure_one()
        return self.profile_id.get_formview_action()
