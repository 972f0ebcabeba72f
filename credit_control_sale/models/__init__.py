from . import (
    credit_exposure,
    credit_group,
    credit_limit_request,
    credit_profile,
    credit_profile_acceptance,
    credit_risk_tier,
    res_partner,
    credit_worklist,
    res_partner_request,
    sale_order,
    sale_order_hold,
    sale_order_line,
)
