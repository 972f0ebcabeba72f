from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_bad_debt_account_ids = fields.Many2many(
        "account.account",
        "credit_bad_debt_account_rel",
        string="Accounts of irrecoverable debts",
        domain=[("internal_group", "=", "expense")],
        check_company=True,
        help="What is booked on them is the loss that the bad-debt ratio measures.",
    )
