from . import (
    base_partner_merge,
    credit_notice_review,
    credit_order_release,
    credit_simulation,
)
