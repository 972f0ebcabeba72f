from odoo import fields, models

# From the mildest to the strictest.
RULES = [
    ("nothing", "Do nothing"),
    ("warn", "Warn"),
    ("approval", "Wait for an officer"),
    ("block", "Wait for a manager"),
]
RANK = {rule: rank for rank, (rule, _label) in enumerate(RULES)}


class CreditRiskTier(models.Model):
    """What happens to orders of debtors of the tier."""

    _inherit = "credit.risk.tier"

    order_rule = fields.Selection(
        RULES,
        string="Orders over the limit",
        default="warn",
        required=True,
        help="What happens when an order would bring the customer over the credit "
        "limit.",
    )
    overdue_rule = fields.Selection(
        RULES,
        string="Orders when overdue",
        default="warn",
        required=True,
        help="What happens when a customer who is late orders more.",
    )
    risk_rule = fields.Selection(
        RULES,
        string="Orders at other risks",
        default="warn",
        required=True,
        help="What happens when a customer orders more who disputes an invoice, has "
        "broken a payment plan or whose review is overdue.",
    )
    overdue_days = fields.Integer(
        string="Days tolerated",
        help="Invoices count as late for orders after this number of days.",
    )
    overdue_amount = fields.Float(
        string="Amount tolerated",
        help="Up to this amount, in the company's currency, nothing happens.",
    )
    terms_rule = fields.Selection(
        RULES,
        string="Orders without accepted terms",
        default="warn",
        required=True,
        help="What happens when a customer orders who has not accepted the general "
        "terms yet.",
    )
    review_rule = fields.Selection(
        RULES,
        string="Orders when a review is due",
        default="nothing",
        required=True,
        help="What happens when a customer orders whose review is due.",
    )

    _overdue_tolerance = models.Constraint(
        "CHECK (overdue_days >= 0 AND overdue_amount >= 0)",
        "What is tolerated can't be negative.",
    )
