from odoo import fields, models


class CreditPolicy(models.Model):
    _inherit = "credit.policy"

    without_phone = fields.Selection(
        [
            ("email", "Send an e-mail"),
            ("letter", "Make a letter"),
            ("call", "Plan a call"),
            ("fail", "List it as failed"),
        ],
        string="Without a phone number",
        default="email",
        required=True,
        tracking=True,
    )


class CreditPolicyLevel(models.Model):
    _inherit = "credit.policy.level"

    channel = fields.Selection(
        selection_add=[("sms", "SMS"), ("call",)], ondelete={"sms": "set email"}
    )
