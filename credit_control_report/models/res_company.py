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
    credit_ageing_user_ids = fields.Many2many(
        "res.users",
        "credit_ageing_user_rel",
        string="Ageing by mail to",
        domain=[("share", "=", False)],
        help="Who gets the workbook of each month that is over.",
    )
    credit_effect_days = fields.Integer(
        string="Effect of a level within",
        default=14,
        help="A level brought what was paid so many days after its notice.",
    )
    credit_ageing_sent = fields.Date(string="Ageing sent as of", readonly=True)

    _credit_effect_days_positive = models.Constraint(
        "CHECK (credit_effect_days BETWEEN 1 AND 90)",
        "The effect of a level is measured over 1 to 90 days.",
    )
