from . import (
    credit_charge_waive,
    base_partner_merge,
    credit_notice_review,
    credit_order_release,
    credit_simulation,
    credit_simulation_result,
)
