from odoo import models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _get_models_mailed_once(self) -> list[str]:
        """An agency gets a file once, whatever is killed half way."""
        return [*super()._get_models_mailed_once(), "credit.collection.file"]
