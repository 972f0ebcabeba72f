"""Time and memory of a company's cash forecast, run in `odoo shell`.

The floor is one query that reads the same open items and payments.
"""

import json
import resource
import time
from datetime import date

TODAY = date(2025, 6, 16)
company = env.company  # noqa: F821
cr = env.cr  # noqa: F821
source = env["credit.forecast.source"]  # noqa: F821

# The ledger says that items are paid, and not with what: one bank entry pays all.
journal = env["account.journal"].search(  # noqa: F821
    [("type", "=", "bank"), ("company_id", "=", company.id)], limit=1
)
paid = env["account.move.line"].search([("reconciled", "=", True)], limit=1)  # noqa: F821
entry = env["account.move"].create(  # noqa: F821
    {
        "journal_id": journal.id,
        "date": TODAY,
        "line_ids": [
            (0, 0, {"account_id": paid.account_id.id, "credit": 1.0}),
            (0, 0, {"account_id": journal.default_account_id.id, "debit": 1.0}),
        ],
    }
)
entry.action_post()
env.flush_all()  # noqa: F821
credit = entry.line_ids.filtered("credit")
cr.execute(
    """INSERT INTO account_partial_reconcile (company_id, debit_move_id, credit_move_id,
              debit_currency_id, credit_currency_id, amount, debit_amount_currency,
              credit_amount_currency, max_date)
       SELECT company_id, id, %s, currency_id, currency_id, balance, balance, balance,
              date_maturity + mod(id, 45) - 5
         FROM account_move_line WHERE reconciled AND account_id = %s""",
    [credit.id, paid.account_id.id],
)
payments = cr.rowcount
cr.commit()
cr.execute("ANALYZE")

begin = time.perf_counter()
cr.execute(source._items_sql(company, TODAY))
items = len(cr.fetchall())
read = time.perf_counter() - begin
begin = time.perf_counter()
source._fetch_payments(company, TODAY)
history = time.perf_counter() - begin

begin = time.perf_counter()
env["credit.forecast"]._refresh(company, TODAY)  # noqa: F821
env.flush_all()  # noqa: F821
seconds = time.perf_counter() - begin
cr.commit()
cr.execute("ANALYZE credit_forecast_item")
begin = time.perf_counter()
week = env["credit.forecast"].search([], order="date", limit=1)  # noqa: F821
lines = env["credit.forecast.line"]  # noqa: F821
found = lines.search_count([("date", "=", week.date)])
first = lines.search_fetch([("date", "=", week.date)], ["amount"], limit=80)
drill = time.perf_counter() - begin
print(
    json.dumps(
        {
            "bench": "forecast",
            "items": items,
            "payments": payments,
            "read_items_s": round(read, 2),
            "read_history_s": round(history, 2),
            "refresh_s": round(seconds, 2),
            "drill_down_s": round(drill, 2),
            "lines_of_the_week": found,
            "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
    )
)
