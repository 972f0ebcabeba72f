from odoo import models, modules


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _prepare_outgoing_list(self, *args, **kwargs):
        """A reminder is never mailed twice, not even when a worker is killed.

        Odoo marks a mail as failed right before it is handed over, and as sent
        afterwards, but stores both together at the end: a worker killed in between
        would leave it in the queue. For reminders the mark is stored first; one
        that is cut off shows as failed, for somebody to look at.
        """
        emails = super()._prepare_outgoing_list(*args, **kwargs)
        once = self._get_models_mailed_once()
        if any(mail.model in once for mail in self) and not modules.module.current_test:
            self.env.cr.commit()  # pylint: disable=invalid-commit
        return emails

    def _get_models_mailed_once(self) -> list[str]:
        """Whose mails are never repeated. To be extended."""
        return ["credit.profile"]
