from . import credit_notice_review, credit_order_release, credit_simulation
