from datetime import timedelta

from odoo import fields, models

USUAL_DAYS = timedelta(7)


class CreditWorklistPutOff(models.TransientModel):
    """Until when debtors can wait, and why."""

    _name = "credit.worklist.put.off"
    _description = "Put Off"

    profile_ids = fields.Many2many("credit.profile", string="Debtors", required=True)
    until = fields.Date(
        required=True,
        default=lambda self: fields.Date.context_today(self) + USUAL_DAYS,
        help="The day on which they come back onto the worklist.",
    )
    reason = fields.Char(required=True)

    def action_put_off(self):
        for company, profiles in self.profile_ids.grouped("company_id").items():
            profiles._put_off_by_hand(self.until, self.reason, company._credit_today())
        return True
