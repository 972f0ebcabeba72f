{
    "name": "Credit Control for Sales",
    "summary": "Orders beyond a customer's credit wait for approval",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "author": "Credit Control for Odoo",
    "license": "LGPL-3",
    "depends": ["credit_control", "sale"],
    "data": [
        "security/ir.model.access.csv",
        "data/credit_risk_tier_data.xml",
        "data/mail_activity_type_data.xml",
        "wizards/credit_order_decision_views.xml",
        "views/credit_profile_views.xml",
        "views/credit_risk_tier_views.xml",
        "views/sale_order_views.xml",
    ],
    "auto_install": True,
}
