from odoo import models, modules


class SmsSms(models.Model):
    _inherit = "sms.sms"

    def _send(self, *args, **kwargs):  # pylint: disable=missing-return
        """A reminder is never texted twice, not even when a worker is killed.

        Odoo stores what became of messages after they were handed over: a worker
        killed in between would leave them in the queue. Reminders are stored as
        failed first; one that is cut off waits for somebody to look at it.

        One company at a time: Odoo's queue fails on messages of several.
        """
        groups = self.grouped(lambda sms: (sms._is_reminder(), sms._get_sms_company()))
        # Storing gives up the locks on the others: they go first.
        for key in sorted(groups, key=lambda key: key[0]):
            if key[0]:
                groups[key]._store_as_failed()
            super(SmsSms, groups[key])._send(*args, **kwargs)

    def _is_reminder(self) -> bool:
        return self.mail_message_id.model == "credit.profile"

    def _store_as_failed(self) -> None:
        self._update_sms_state_and_trackers("error", failure_type="sms_server")
        self._store()
        # For as long as this worker lives.
        self.action_set_outgoing()

    def _store(self) -> None:
        if not modules.module.current_test:
            self.env.cr.commit()  # pylint: disable=invalid-commit
