from . import (
    credit_exposure,
    credit_profile,
    credit_risk_tier,
    res_partner,
    sale_order,
    sale_order_hold,
    sale_order_line,
    sale_order_payment,
)
