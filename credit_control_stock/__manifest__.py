{
    "name": "Credit Control for Deliveries",
    "summary": "What is delivered and not invoiced yet counts in the exposure",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "author": "Credit Control for Odoo",
    "license": "LGPL-3",
    "depends": ["credit_control_sale", "sale_stock"],
    "data": [
        "views/credit_exposure_views.xml",
        "views/credit_profile_views.xml",
    ],
    "auto_install": True,
}
