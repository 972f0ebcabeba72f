from odoo import models


class MailNotification(models.Model):
    _inherit = "mail.notification"

    def _ask_for_number(self) -> None:
        for lost in self.filtered(
            lambda n: n.mail_message_id.model == "credit.profile"
        ):
            profile = self.env["credit.profile"].browse(lost.mail_message_id.res_id)
            profile.sudo()._ask_for_address(
                self.env._("The SMS to %s could not be delivered.", lost.sms_number)
            )
