"""The exposure of all debtors on the ledger of ledger.py, run in `odoo shell`.

The floor is the one grouping query of the open items by debtor. Beside it: the first
page of the list, sorted and filtered as it opens, all rows of the list, all debtor
files, core's `res.partner.credit` and, where it is installed, OCA's
account_financial_risk on the same partners.
"""

import json
from functools import partial

from measure import best

cr = env.cr  # noqa: F821
company = env.company  # noqa: F821
PEER = "risk_total" in env["res.partner"]._fields  # noqa: F821
NAMES = ["partner_id", "claim_amount", "overdue_amount", "exposure", "available"]
timed = partial(best, env)  # noqa: F821


def floor():
    accounts = env["account.account"].search(  # noqa: F821
        [("account_type", "=", "asset_receivable")]
    )
    cr.execute(
        """SELECT p.commercial_partner_id, l.company_id, SUM(l.amount_residual)
             FROM account_move_line l JOIN res_partner p ON p.id = l.partner_id
            WHERE l.account_id = ANY(%s) AND l.reconciled IS NOT TRUE
              AND l.parent_state = 'posted'
         GROUP BY p.commercial_partner_id, l.company_id""",
        [accounts.ids],
    )
    return cr.fetchall()


def report(bench, seconds, rows, base):
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


def read_partners(name):
    found = env["res.partner"].search([("name", "=like", "Debtor %")])  # noqa: F821
    seconds, _amounts = timed(lambda: found.mapped(name), 1)
    report(f"exposure_{name}", seconds, len(found), base)


base, grouped = timed(floor)
if PEER:
    read_partners("risk_total")
else:
    read_partners("credit")
    exposures = env["credit.exposure"]  # noqa: F821
    filters = [("exposure", "!=", 0), ("company_id", "in", company.ids)]
    page = {name: {} for name in NAMES}
    seconds, found = timed(
        lambda: exposures.web_search_read(
            filters, page, limit=80, order="exposure desc", count_limit=10001
        )
    )
    assert found["length"] >= min(len(grouped), 10001), found["length"]
    report("exposure_list", seconds, found["length"], base)
    filters.append(("overdue_amount", ">", 500))
    seconds, found = timed(
        lambda: exposures.search_fetch(filters, NAMES, order="exposure desc")
    )
    report("exposure_all_filtered", seconds, len(found), base)
    seconds, found = timed(
        lambda: exposures.search_fetch([], NAMES, order="exposure desc")
    )
    total = round(sum(found.mapped("exposure")), 2)
    assert total == round(float(sum(row[2] for row in grouped)), 2), total
    report("exposure_all", seconds, len(found), base)
    profiles = env["credit.profile"].search([])  # noqa: F821
    seconds, _amounts = timed(lambda: profiles.mapped("exposure"), 1)
    report("exposure_debtor_files", seconds, len(profiles), base)
