from odoo import models


class SmsTracker(models.Model):
    _inherit = "sms.tracker"

    def _update_sms_notifications(self, notification_status, *args, **kwargs):
        """A reminder that bounced: somebody has to find the right number."""
        result = super()._update_sms_notifications(notification_status, *args, **kwargs)
        if notification_status == "bounce":
            self.mail_notification_id._ask_for_number()
        return result
