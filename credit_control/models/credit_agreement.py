from odoo import fields, models


class CreditAgreement(models.AbstractModel):
    """What is done or agreed with a debtor, told in his file.

    The first entry is the thing itself: the timeline shows one of both.
    """

    _name = "credit.agreement"
    _description = "Call or Agreement"
    _inherit = ["credit.about.debtor"]

    log_message_id = fields.Many2one(
        "mail.message",
        string="Entry in the file",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    def _tell_file(self, words, **kwargs) -> None:
        self.ensure_one()
        message = self.profile_id._message_log(body=words, **kwargs)
        if not self.log_message_id:
            self.log_message_id = message
