from . import (
    credit_delivery_hold,
    credit_exposure,
    credit_profile,
    credit_profile_delivery,
    credit_risk_tier,
    stock_move,
    stock_picking,
    stock_rule,
)
