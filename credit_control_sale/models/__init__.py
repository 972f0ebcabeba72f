from . import (
    credit_profile,
    credit_risk_tier,
    credit_worklist,
    sale_order,
    sale_order_hold,
    sale_order_line,
)
