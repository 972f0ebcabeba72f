from decimal import Decimal

from odoo import fields, models

from ..core import limits
from ..core.money import to_decimal


class CreditRiskTierLimit(models.Model):
    """Which limit and terms suit debtors of the tier, and when to look again."""

    _inherit = "credit.risk.tier"

    advised_months = fields.Float(
        string="Advised limit (months)",
        digits=(5, 2),
        help="So many months of average turnover, taxes included.",
    )
    newcomer_limit = fields.Float(
        string="For newcomers",
        digits=(16, 2),
        help="The limit advised for who bought nothing in twelve months, in the "
        "company's currency.",
    )
    advised_cap = fields.Float(
        string="Never more than",
        digits=(16, 2),
        help="In the company's currency. 0: no cap.",
    )
    advised_term_id = fields.Many2one(
        "account.payment.term", string="Advised payment terms"
    )
    review_months = fields.Integer(
        string="Review every (months)",
        default=12,
        help="How often a debtor of this tier is looked at again. 0: never.",
    )
    check_ids = fields.Many2many("credit.check", string="Checked before credit")

    _advice_positive = models.Constraint(
        "CHECK (advised_months >= 0 AND newcomer_limit >= 0 AND advised_cap >= 0 "
        "AND review_months >= 0)",
        "Months and amounts of a risk tier can't be negative.",
    )

    def _get_advice_rule(self) -> limits.Rule:
        return limits.Rule(
            Decimal(repr(self.advised_months)),
            to_decimal(self.newcomer_limit),
            to_decimal(self.advised_cap) if self.advised_cap else None,
        )
