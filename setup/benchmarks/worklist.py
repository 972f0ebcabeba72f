"""The worklist on the ledger of ledger.py, run in `odoo shell`: what opening it reads.

The floor is the plain query of what is overdue per debtor. All debtors were reminded
once, one in ten was called, and one in ten broke a promise: nearly all of them are on
the worklist, the most there can be.
"""

import json
from functools import partial

from measure import best

cr = env.cr  # noqa: F821
company = env.company  # noqa: F821
today = company._credit_today()
worklist = env["credit.worklist"]  # noqa: F821
COLUMNS = ["points", "partner_id", "tier_id", "overdue_amount", "why", "is_put_off"]
PANEL = {"rule_id": "", "collector_id": "multi_"}
timed = partial(best, env)  # noqa: F821


def fill():
    """Notices that were sent, calls, and promises that were broken."""
    env["credit.run"]._propose(company, today)  # noqa: F821
    env.flush_all()  # noqa: F821
    cr.execute("UPDATE credit_notice SET state = 'sent'")
    cr.execute("UPDATE credit_notice_line SET state = 'sent'")
    cr.execute(
        """INSERT INTO credit_call (profile_id, company_id, date, user_id, outcome)
           SELECT id, company_id, now() - interval '40 days', %s, 'reached'
             FROM credit_profile WHERE id %% 10 = 0""",
        [env.uid],  # noqa: F821
    )
    cr.execute(
        """INSERT INTO credit_promise (profile_id, company_id, currency_id, date,
                  deadline, pause_until, made_on, state, closed_date, amount)
           SELECT p.id, p.company_id, c.currency_id, %(day)s, %(day)s, %(day)s, %(day)s,
                  'broken', %(day)s, 100
             FROM credit_profile p JOIN res_company c ON c.id = p.company_id
            WHERE p.id %% 10 = 1""",
        {"day": today},
    )
    cr.commit()
    cr.connection.autocommit = True
    cr.execute("ANALYZE")
    cr.connection.autocommit = False


def floor():
    accounts = env["account.account"].search(  # noqa: F821
        [("account_type", "=", "asset_receivable")]
    )
    cr.execute(
        """SELECT p.commercial_partner_id, l.company_id,
                  SUM(l.amount_residual) FILTER (WHERE l.amount_residual > 0
                                                   AND l.date_maturity < %s)
             FROM account_move_line l JOIN res_partner p ON p.id = l.partner_id
            WHERE l.account_id = ANY(%s) AND l.reconciled IS NOT TRUE
              AND l.parent_state = 'posted'
         GROUP BY p.commercial_partner_id, l.company_id""",
        [today, accounts.ids],
    )
    return cr.fetchall()


def read_page():
    """What the list shows first."""
    return worklist.web_search_read(
        DOMAIN, {name: {} for name in COLUMNS}, limit=80, count_limit=10001
    )


def read_panel():
    """The counters beside the list."""
    for name, kind in PANEL.items():
        getattr(worklist, f"search_panel_select_{kind}range")(
            name, search_domain=DOMAIN, enable_counters=True, comodel_domain=[]
        )


def report(bench, seconds, rows):
    print(
        json.dumps(
            {
                "bench": bench,
                "rows": rows,
                "seconds": round(seconds, 3),
                "floor_s": round(base, 3),
                "ratio_floor": round(seconds / base, 2),
            }
        )
    )


DOMAIN = [("is_put_off", "=", False)]
fill()
base, owing = timed(floor)
page_s, page = timed(read_page)
panel_s, _panel = timed(read_panel)
totals_s, totals = timed(lambda: worklist.get_totals(DOMAIN))
assert totals["count"] >= page["length"] > 0, totals
report("worklist_page", page_s, totals["count"])
report("worklist_totals", totals_s, totals["count"])
report("worklist_panel", panel_s, totals["count"])
report("worklist_opened", page_s + totals_s + panel_s, totals["count"])
