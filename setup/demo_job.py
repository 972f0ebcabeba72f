"""The main job on the demo company, run in `odoo shell`.

Proposes today's dunning run, sends it and writes the ageing workbook. Mails go where
the configuration says: setup/run keeps every one as a file.
"""

import os
from datetime import timedelta
from pathlib import Path

from odoo import fields

# The addons' own demo data, without the unrelated companies that Odoo's brings.
print("       the demo company", flush=True)
env["credit.demo"]._load_demo()  # noqa: F821
env.cr.commit()  # noqa: F821

# Letters fetch their styles from the server that runs beside this job.
env["ir.config_parameter"].set_param("report.url", os.environ["CREDIT_CONTROL_URL"])  # noqa: F821

out = Path(os.environ["CREDIT_CONTROL_OUT"])
accountant = env["res.users"].search([("login", "=", "accountant")])  # noqa: F821
company = accountant.company_id
env = env(  # noqa: F821
    user=accountant, context={"allowed_company_ids": company.ids, "lang": "en_US"}
)
today = fields.Date.context_today(accountant)


def remind(day):
    """The dunning run of ``day``, proposed and sent."""
    run = env["credit.run"].search(
        [
            ("company_id", "=", company.id),
            ("date", "=", day),
            ("state", "!=", "cancelled"),
        ],
        limit=1,
    )
    run = run or env["credit.run"]._propose(company, day)
    for notice in run.notice_ids.filtered(lambda n: n.state == "proposed"):
        notice._send(day)
        env.cr.commit()
    run._close_when_done()
    env.cr.commit()
    print(f"       {run.name} of {day}: {run.sent_count} notices sent", flush=True)
    return run


# A debtor who never pays has heard from us before.
if not env["credit.run"].search([("company_id", "=", company.id)], limit=1):
    for days in (26, 13):
        remind(today - timedelta(days=days))
run = remind(today)
states = dict(run.notice_ids._fields["state"]._description_selection(env))
counts = {label: 0 for label in states.values()}
for notice in run.notice_ids:
    counts[states[notice.state]] += 1
summary = ", ".join(f"{n} {label.lower()}" for label, n in counts.items() if n)
print(f"       {run.name}: {summary}")
for skip in run.skip_ids:
    label = dict(skip._fields["code"]._description_selection(env))[skip.code]
    print(f"       left alone: {skip.item_count:4} items – {label}")

# The demo ledger went on after the addons told their stories.
env["credit.snapshot"].sudo()._refresh(company, today)
env["credit.forecast"].sudo()._refresh(company, today)
env.cr.commit()
with open(out / "ageing.xlsx", "wb") as workbook:
    env["credit.ageing"]._workbook(
        workbook, company, today, env.ref("credit_control_report.scheme_default")
    )
# The server that runs beside this job has read currencies before they were in use.
env.registry.signal_changes()
