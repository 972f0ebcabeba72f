{
    "name": "Credit Insurance in the Ageing Report",
    "summary": "What is insured, in the ageing workbook",
    "version": "19.0.1.3.0",
    "category": "Accounting/Accounting",
    "author": "Credit Control for Odoo",
    "license": "LGPL-3",
    "depends": ["credit_insurance", "credit_control_report"],
    "data": ["views/credit_ageing_item_views.xml"],
    "auto_install": True,
}
