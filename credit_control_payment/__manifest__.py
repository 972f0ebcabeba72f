{
    "name": "Credit Control: Online Payment",
    "summary": "Debtors pay chosen invoices on their own page",
    "version": "19.0.1.2.0",
    "category": "Accounting/Accounting",
    "author": "Credit Control for Odoo",
    "license": "LGPL-3",
    "depends": ["credit_control", "account_payment"],
    "data": ["views/portal_pay.xml"],
    "auto_install": True,
}
