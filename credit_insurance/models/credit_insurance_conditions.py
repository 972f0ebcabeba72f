from odoo import fields, models

from odoo.addons.credit_control.core.money import to_decimal

from ..core import terms


class CreditInsuranceConditions(models.AbstractModel):
    """What a policy says in general, or for a country and kind of cover."""

    _name = "credit.insurance.conditions"
    _description = "What a Policy Covers"

    currency_id = fields.Many2one("res.currency")
    insured_percent = fields.Float(
        string="Insured percentage", required=True, default=90.0
    )
    payment_days = fields.Integer(
        string="Maximum payment term",
        help="Invoices with a longer term are not insured. 0: the policy doesn't say.",
    )
    extension_days = fields.Integer(
        string="Maximum extension period",
        default=60,
        help="Days after the original due date in which you may wait for the payment "
        "without asking the insurer. When they are over, deliveries stop.",
    )
    discretionary_limit = fields.Monetary(
        string="Discretionary limit",
        help="Up to this amount you decide yourself, on a credit report or on how the "
        "customer paid.",
    )

    _percent_range = models.Constraint(
        "CHECK (insured_percent > 0 AND insured_percent <= 100)",
        "The insured percentage lies above 0 and at most at 100.",
    )
    _days_positive = models.Constraint(
        "CHECK (payment_days >= 0 AND extension_days >= 0 AND discretionary_limit >= 0)",
        "Days and amounts of a policy can't be negative.",
    )

    def _get_core_terms(self) -> terms.Terms:
        return terms.Terms(
            to_decimal(self.insured_percent),
            self.payment_days,
            self.extension_days,
            to_decimal(self.discretionary_limit),
        )
