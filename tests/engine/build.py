"""Run in `odoo shell`: debtors with an overdue invoice each, released to be sent.

PORT is that of the mail server, DEBTORS how many there are.
"""

import os
from datetime import timedelta

from odoo import Command, fields

today = fields.Date.today()
company = env.company  # noqa: F821
env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)  # noqa: F821
company.email = "credit@seller.example"
env["ir.mail_server"].create(  # noqa: F821
    {"name": "Test", "smtp_host": "127.0.0.1", "smtp_port": int(os.environ["PORT"])}
)
debtors = env["res.partner"].create(  # noqa: F821
    [
        {"name": f"Debtor {n}", "email": f"debtor{n}@debtor.example", "city": "Gent"}
        for n in range(int(os.environ["DEBTORS"]))
    ]
)
env["account.move"].create(  # noqa: F821
    [
        {
            "move_type": "out_invoice",
            "partner_id": debtor.id,
            "invoice_date": today - timedelta(days=40),
            "invoice_date_due": today - timedelta(days=10),
            "invoice_payment_term_id": False,
            "invoice_line_ids": [Command.create({"name": "Goods", "price_unit": 100})],
        }
        for debtor in debtors
    ]
).action_post()
run = env["credit.run"]._propose(company, today)  # noqa: F821
run.state = "sending"
env.cr.commit()  # noqa: F821
