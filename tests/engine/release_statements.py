"""Run in `odoo shell` after build.py: a statement for each debtor, released."""

from odoo import fields

today = fields.Date.today()
company = env.company  # noqa: F821
batches = env["credit.statement.batch"]  # noqa: F821
chosen = batches._choose(company, "open", today, None, "overdue")
batches._make(company, chosen, "open", today).state = "sending"
env.cr.commit()  # noqa: F821
