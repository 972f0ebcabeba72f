from . import (
    base_partner_merge,
    credit_charge_waive,
    credit_limit_decision,
    credit_notice_review,
    credit_offer_make,
    credit_order_release,
    credit_simulation,
    credit_simulation_result,
    credit_tier_overrule,
    credit_why,
)
