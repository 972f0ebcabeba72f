"""OCA's account_financial_report on the ledger of ledger.py, run in `odoo shell`."""

import json
import time
from datetime import date

from measure import fresh, peak_mib

from odoo import Command

DAY = date(2025, 6, 16)
REPORT = "a_f_r.report_aged_partner_balance_xlsx"

accounts = env["account.account"].search([("account_type", "=", "asset_receivable")])  # noqa: F821
reports = env["ir.actions.report"]  # noqa: F821


def measure(details):
    wizard = env["aged.partner.balance.report.wizard"].create(  # noqa: F821
        {
            "company_id": env.company.id,  # noqa: F821
            "date_at": DAY,
            "account_ids": [Command.set(accounts.ids)],
            "show_move_line_details": details,
        }
    )
    # As it comes from the browser.
    data = json.loads(json.dumps(wizard._prepare_report_data(), default=str))
    fresh(env)  # noqa: F821
    start = time.perf_counter()
    reports._render_xlsx(REPORT, wizard.ids, data)
    return {
        "seconds": round(time.perf_counter() - start, 2),
        "peak_mib": peak_mib(),
    }


print(
    json.dumps({"ageing_debtors": measure(False), "ageing_items": measure(True)}),
)
