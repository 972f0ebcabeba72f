from odoo import fields, models

from odoo.addons.credit_control_sale.models.credit_risk_tier import RULES


class CreditRiskTier(models.Model):
    """What happens to deliveries to debtors of the tier."""

    _inherit = "credit.risk.tier"

    delivery_rule = fields.Selection(
        RULES,
        string="Deliveries",
        default="warn",
        required=True,
        help="What happens when goods are to be delivered to a customer who is over "
        "the limit, late or a risk otherwise. Customers whose orders are on hold get "
        "nothing delivered, whatever you choose here.",
    )
