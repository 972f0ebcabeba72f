{
    "name": "Credit Control by SMS",
    "summary": "Reminders as text messages",
    "version": "19.0.1.0.1",
    "category": "Accounting/Accounting",
    "author": "Credit Control for Odoo",
    "license": "LGPL-3",
    "depends": ["credit_control", "sms"],
    "data": ["views/credit_policy_views.xml", "views/credit_notice_views.xml"],
    "auto_install": True,
}
