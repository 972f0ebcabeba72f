from odoo import fields, models


class CreditOrderRelease(models.TransientModel):
    """Why the orders of debtors are released though they have not paid."""

    _name = "credit.order.release"
    _description = "Release Orders"

    profile_ids = fields.Many2many("credit.profile", string="Debtors", required=True)
    reason = fields.Char(required=True)

    def action_release(self):
        self.ensure_one()
        for company, debtors in self.profile_ids.grouped("company_id").items():
            debtors._release_by_hand(self.reason, company._credit_today())
        return True
