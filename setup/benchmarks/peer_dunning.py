"""OCA's account_credit_control on the ledger of ledger.py, run in `odoo shell`."""

import json
import resource
import time
from datetime import date

from odoo import Command

DAY = date(2025, 6, 16)
STEPS = ((1, -5), (2, 7), (3, 18), (4, 30))

accounts = env["account.account"].search([("account_type", "=", "asset_receivable")])  # noqa: F821
texts = {"custom_text": "Pay", "custom_mail_text": "Pay"}
template = env.ref("account_credit_control.email_template_credit_control_base")  # noqa: F821
policy = env["credit.control.policy"].create(  # noqa: F821
    {
        "name": "Bench",
        "account_ids": [Command.set(accounts.ids)],
        "level_ids": [
            Command.create(
                {
                    "name": f"Level {level}",
                    "level": level,
                    "computation_mode": "net_days",
                    "delay_days": days,
                    "email_template_id": template.id,
                    "channel": "email",
                    **texts,
                }
            )
            for level, days in STEPS
        ],
    }
)
env.company.credit_policy_id = policy  # noqa: F821
env.cr.commit()  # noqa: F821
run = env["credit.control.run"].create(  # noqa: F821
    {"date": DAY, "policy_ids": [Command.set(policy.ids)]}
)
start = time.perf_counter()
run.generate_credit_lines()
env.flush_all()  # noqa: F821
env.cr.commit()  # noqa: F821
print(
    json.dumps(
        {
            "rows": env["credit.control.line"].search_count([]),  # noqa: F821
            "seconds": round(time.perf_counter() - start, 2),
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
    )
)
