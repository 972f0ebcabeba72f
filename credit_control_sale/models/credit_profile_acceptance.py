from odoo import models

from .credit_profile import OrderReason
from .credit_risk_tier import RANK

LACKS_TERMS, REVIEW_DUE = "lacks_terms", "review_due"


class CreditProfileAcceptance(models.Model):
    """Orders of who has not accepted the general terms, or is due for a review."""

    _inherit = "credit.profile"

    def _get_order_reasons(self, amount: float) -> list[OrderReason]:
        reasons = super()._get_order_reasons(amount)
        tier = self.tier_id
        if self.lacks_terms:
            reasons.append(OrderReason(LACKS_TERMS, tier.terms_rule))
        if self.is_review_due:
            reasons.append(OrderReason(REVIEW_DUE, tier.review_rule))
        return [reason for reason in reasons if RANK.get(reason.rule)]

    def _word_order_reason(self, reason: OrderReason) -> str:
        if reason.code == LACKS_TERMS:
            return self.env._("Our general terms have not been accepted yet.")
        if reason.code == REVIEW_DUE:
            return self.env._("The review of the customer's credit is due.")
        return super()._word_order_reason(reason)
