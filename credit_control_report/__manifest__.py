{
    "name": "Credit Control Reports",
    "summary": "Ageing of receivables as a workbook that ties to the ledger",
    "version": "19.0.1.1.0",
    "author": "Credit Control for Odoo",
    "license": "LGPL-3",
    "category": "Accounting/Accounting",
    "depends": ["credit_control"],
    "external_dependencies": {"python": ["xlsxwriter"]},
    "data": [
        "security/ir.model.access.csv",
        "security/credit_ageing_security.xml",
        "data/credit_ageing_scheme.xml",
        "views/credit_ageing_scheme_views.xml",
        "wizards/credit_ageing_wizard_views.xml",
        "views/credit_ageing_menus.xml",
    ],
    "assets": {
        "web.assets_tests": ["credit_control_report/static/tests/tours/*.js"],
    },
}
