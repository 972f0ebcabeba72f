"""What the cockpit asks for when it opens, on the ledger of ledger.py, run in `odoo
shell`: the very calls of its spreadsheet, read from its file, one after the other.

Prints one JSON object a request and one for their sum. The floor is the one grouping
query of the open items by debtor.
"""

import json
from datetime import date

from insured import set_clock
from measure import fresh, timed

from odoo.tools import SQL, file_open
from odoo.tools.safe_eval import safe_eval

FILE = "credit_control_report/data/files/credit_cockpit_dashboard.json"
DAY = date(2025, 6, 16)
ROUNDS = 3
FACTS = "currency_id", "name", "symbol", "decimal_places", "position"

if "credit.insurance.limit" in env:  # noqa: F821
    set_clock()  # deadlines count from the day of the story
env["credit.snapshot"]._refresh(env.company, DAY)  # noqa: F821
env.cr.commit()  # noqa: F821
# As the client asks: a user's rights, one company.
user = env.ref("base.user_admin")  # noqa: F821
user.group_ids += env.ref("credit_control.group_manager")  # noqa: F821
asking = env(user=user.id, su=False)  # noqa: F821
with file_open(FILE) as file:
    book = json.load(file)


def read_domain(domain):
    """One that the client evaluates is a string."""
    if isinstance(domain, str):
        return safe_eval(domain, {"allowed_company_ids": asking.companies.ids})
    return domain


def ask_pivot(pivot):
    names = [row["fieldName"] for row in pivot["rows"]]
    sets = [names[:depth] for depth in range(len(names) + 1)]
    measures = [
        f"{one['fieldName']}:{one['aggregator']}" if "aggregator" in one else "__count"
        for one in pivot["measures"]
    ]
    model = asking[pivot["model"]]
    return model.formatted_read_grouping_sets(
        read_domain(pivot["domain"]), sets, measures
    )


def ask_list(asked):
    model = asking[asked["model"]].with_context(**asked["context"])
    wanted = {name.split(".")[0]: {} for name in asked["columns"]}
    for name in wanted:
        if model._fields[name].type == "many2one":
            wanted[name] = {"fields": {"display_name": {}}}
        if model._fields[name].type == "monetary":
            wanted = {**wanted, FACTS[0]: {"fields": {fact: {} for fact in FACTS[1:]}}}
    order = ", ".join(
        f"{one['name']} {'asc' if one['asc'] else 'desc'}" for one in asked["orderBy"]
    )
    limit = 10 if asked["model"] == "credit.exposure" else 1
    domain = read_domain(asked["domain"])
    return model.web_search_read(domain, wanted, limit=limit, order=order)


def ask_chart(chart):
    meta = chart["metaData"]
    model = asking[meta["resModel"]]
    measure = f"{meta['measure']}:{model._fields[meta['measure']].aggregator}"
    domain = read_domain(chart["searchParams"]["domain"])
    return model.formatted_read_group(domain, meta["groupBy"], ["__count", measure])


def floor():
    accounts = env["credit.dunning"]._receivable_account_ids()  # noqa: F821
    return asking.execute_query(
        SQL(
            """SELECT p.commercial_partner_id, l.company_id, SUM(l.amount_residual)
                 FROM account_move_line l JOIN res_partner p ON p.id = l.partner_id
                WHERE l.account_id = ANY(%s) AND l.reconciled IS NOT TRUE
                  AND l.parent_state = 'posted'
             GROUP BY p.commercial_partner_id, l.company_id""",
            accounts,
        )
    )


def best(work, *arguments):
    """The fastest of some rounds, each as a new request finds it."""
    times = []
    for _round in range(ROUNDS):
        env.cr.commit()  # noqa: F821
        env.invalidate_all()  # noqa: F821
        times.append(timed(lambda: work(*arguments))[0])
    return min(times)


def report(name, seconds):
    print(
        json.dumps(
            {
                "bench": f"cockpit_{name}",
                "seconds": round(seconds, 3),
                "floor_s": round(base, 3),
                "ratio_floor": round(seconds / base, 2),
            }
        )
    )


fresh(env)  # noqa: F821
base = best(floor)
charts = [one["data"] for one in book["sheets"][0]["figures"]]
asked = {
    **{f"pivot_{one['name']}": (ask_pivot, one) for one in book["pivots"].values()},
    **{f"list_{one['name']}": (ask_list, one) for one in book["lists"].values()},
    **{
        f"chart_{one['title']['text']}": (ask_chart, one)
        for one in charts
        if "metaData" in one
    },
}
seconds = {name: best(*work) for name, work in asked.items()}
for name, taken in seconds.items():
    report(name, taken)
report("all", sum(seconds.values()))
