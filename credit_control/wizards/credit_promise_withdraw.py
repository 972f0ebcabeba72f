from odoo import fields, models


class CreditPromiseWithdraw(models.TransientModel):
    """Why promises end before they are judged."""

    _name = "credit.promise.withdraw"
    _description = "Withdraw Promises"

    promise_ids = fields.Many2many("credit.promise", string="Promises", readonly=True)
    reason = fields.Char(required=True)

    def action_withdraw(self):
        for company, chosen in self.promise_ids.grouped("company_id").items():
            chosen._withdraw(self.reason, company._credit_today())
        return True
