{
    "name": "Credit Insurance",
    "summary": "Insured limits per debtor, and what is covered",
    "version": "19.0.1.2.0",
    "category": "Accounting/Accounting",
    "author": "Credit Control for Odoo",
    "license": "LGPL-3",
    "depends": ["credit_control"],
    "data": [
        "security/credit_insurance_rules.xml",
        "security/ir.model.access.csv",
        "data/credit_insurance_data.xml",
        "views/credit_insurance_limit_views.xml",
        "views/credit_insurance_policy_views.xml",
        "views/credit_profile_views.xml",
        "views/credit_insurance_menus.xml",
    ],
    "demo": ["demo/demo.xml"],
}
