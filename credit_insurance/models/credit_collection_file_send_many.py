from odoo import models

from ..core import collection


class CreditCollectionSendMany(models.Model):
    """Many files sent at once: those that are complete go, the others stay."""

    _inherit = "credit.collection.file"

    def action_send(self):
        """Hand these files over. Of several those that lack something say what."""
        if len(self) < 2:
            return super().action_send()
        lacking = self._as_manager()._mark_lacking()
        going = self - lacking
        result = super(CreditCollectionSendMany, going).action_send() if going else True
        return self._tell_sent(result)

    def _mark_lacking(self):
        """Those of these files that are not complete, with a word on why."""
        lacking = self.browse()
        waiting = self.filtered(
            lambda file: file.state in (collection.DRAFT, collection.READY)
        )
        for company, files in waiting.grouped("company_id").items():
            today = company._credit_today()
            files._bring_up_to_date(today)
            for file, words in files._get_gaps(today).items():
                file.failure = words
                lacking |= file
        return lacking

    def _tell_sent(self, result):
        """A word on the screen: how many are sent, on their way and left.

        :param result: what comes after it, the list of what is being sent if any
        """
        sent, queued = self.filtered("is_held"), self.filtered("is_queued")
        left = self - sent - queued
        words = []
        if sent:
            words.append(self.env._("Sent: %s.", len(sent)))
        if queued:
            words.append(self.env._("Sent in the background: %s.", len(queued)))
        if left:
            names = ", ".join(left.partner_id.mapped("name"))
            words.append(
                self.env._("Not sent: %s. Open them to see what is missing.", names)
            )
        reload = {"type": "ir.actions.client", "tag": "soft_reload"}
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if left else "success",
                "sticky": bool(left),
                "message": " ".join(words),
                "next": result if isinstance(result, dict) else reload,
            },
        }
