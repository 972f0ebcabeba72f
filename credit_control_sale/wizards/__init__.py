from . import credit_order_decision
