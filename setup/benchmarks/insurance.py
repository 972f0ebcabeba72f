"""Insurance and collection at real size, on the ledger of ledger.py with what
insured.py adds to it, run in `odoo shell`.

All stands beside the one grouping query of the open items by debtor. Cron jobs run
twice: on the first morning there is much to write, on the next nothing.
"""

import json
from functools import partial

from insured import DAY, Insured, set_clock
from measure import best, fresh, peak_mib, timed
from orders import TIMES, measure

set_clock()
cr = env.cr  # noqa: F821
company = env.company  # noqa: F821
quickest = partial(best, env)  # noqa: F821
FACTS = ["partner_id", "overdue_amount", "exposure", "available", "security_amount"]
FACTS += ["insured_limit", "insured_amount", "uncovered_amount"]


def report(name, seconds, rows, base=None, **more):
    base = base or FLOOR
    line = {"bench": f"insurance_{name}", "rows": rows, "seconds": round(seconds, 3)}
    line |= {"floor_s": round(base, 3), "ratio_floor": round(seconds / base, 2)}
    print(json.dumps({**line, "peak_mib": peak_mib(), **more}), flush=True)


def floor():
    """What is open by debtor."""
    cr.execute(
        """SELECT p.commercial_partner_id, l.company_id, SUM(l.amount_residual)
             FROM account_move_line l JOIN res_partner p ON p.id = l.partner_id
            WHERE l.account_id = ANY(%s) AND l.reconciled IS NOT TRUE
              AND l.parent_state = 'posted'
         GROUP BY p.commercial_partner_id, l.company_id""",
        [env["credit.dunning"]._receivable_account_ids()],  # noqa: F821
    )
    return cr.fetchall()


def once(work):
    """Work that writes, with the queries it takes."""
    fresh(env)  # noqa: F821
    queries = cr.sql_log_count
    seconds, result = timed(lambda: (work(), env.flush_all())[0])  # noqa: F821
    queries = cr.sql_log_count - queries
    cr.commit()
    return seconds, queries, result


# -- the insurer's list ----------------------------------------------------------------

story = Insured(env)  # noqa: F821
story.build()
fresh(env)  # noqa: F821
FLOOR, owing = quickest(floor)
imported = story.write_list()
cr.commit()
rows = len(story.insured - story.late)
seconds, queries, _done = once(imported.action_read)
assert imported.ready_count == rows, (imported.ready_count, rows)
report("import_read", seconds, rows, queries=queries)
seconds, queries, _done = once(imported.action_import)
assert imported.done_count == rows
report("import_take_over", seconds, rows, queries=queries)
story.cut()
debts = story.find_debts()
seconds, queries, made = once(partial(story.hand_over, debts))
report("files_made", seconds, len(made.line_ids), queries=queries, files=len(made))

# -- the cron jobs of the morning ------------------------------------------------------

story.propose_handover()
MORNING = [
    ("credit.insurance.policy", "_update_renewals"),
    ("credit.insurance.limit", "_remind_expiring"),
    ("credit.security", "_remind_expiring"),
    ("credit.insurance.request", "_remind_unanswered"),
    ("credit.insurance.stop", "_update_stops"),
    ("credit.claim", "_propose_all"),
    ("credit.declaration", "_prepare_all"),
    ("credit.collection.file", "_discard_paid"),
    ("credit.collection.file", "_follow_all"),
    ("credit.collection.file", "_propose_all"),
]
for morning in ("first", "next"):
    for model, method in MORNING:
        work = getattr(env[model], method)  # noqa: F821
        before = env[model].search_count([])  # noqa: F821
        seconds, queries, _done = once(partial(work, company, DAY))
        made = env[model].search_count([]) - before  # noqa: F821
        name = f"{morning}_{model.removeprefix('credit.')}{method}"
        report(name, seconds, made, queries=queries)
seconds, queries, _done = once(
    env["credit.run"].with_context(tracking_disable=True)._cron_daily  # noqa: F821
)
report("cron_daily", seconds, len(story.profiles), queries=queries)

# -- lists -----------------------------------------------------------------------------

fresh(env)  # noqa: F821
FLOOR, owing = quickest(floor)
exposures = env["credit.exposure"]  # noqa: F821
filters = [("exposure", "!=", 0), ("company_id", "in", company.ids)]
spec = {name: {} for name in FACTS}
seconds, found = quickest(
    lambda: exposures.web_search_read(
        filters, spec, limit=80, order="exposure desc", count_limit=10001
    )
)
report("exposure_list", seconds, found["length"])
seconds, found = quickest(
    lambda: exposures.web_search_read(
        filters, spec, limit=80, order="uncovered_amount desc", count_limit=10001
    )
)
report("exposure_list_by_uncovered", seconds, found["length"])
seconds, found = quickest(
    lambda: exposures.search_fetch([], FACTS, order="exposure desc")
)
report("exposure_all", seconds, len(found), insured=sum(found.mapped("insured_amount")))

clocks = env["credit.insurance.clock"]  # noqa: F821
spec = {
    name: {}
    for name in (
        "partner_id",
        "move_id",
        "amount",
        "next_kind",
        "next_date",
        "uncovered",
    )
}
seconds, found = quickest(
    lambda: clocks.web_search_read(
        [], spec, limit=80, order="next_date", count_limit=10001
    )
)
report("clock_list", seconds, found["length"])
seconds, count = quickest(lambda: clocks.search_count([]))
report("clock_count", seconds, count)
seconds, groups = quickest(
    lambda: clocks.formatted_read_group(
        [], ["next_kind", "next_date:month"], ["__count", "amount:sum"]
    )
)
report("clock_group", seconds, count)

worklist = env["credit.worklist"]  # noqa: F821
spec = {name: {} for name in ("points", "partner_id", "overdue_amount", "why")}
seconds, found = quickest(
    lambda: worklist.web_search_read(
        [("is_put_off", "=", False)], spec, limit=80, count_limit=10001
    )
)
report("worklist_page", seconds, found["length"])
cockpit = env["credit.cockpit"]  # noqa: F821
seconds, groups = quickest(
    lambda: cockpit.formatted_read_group([], ["kind"], ["__count", "amount:sum"])
)
report("cockpit_alarms", seconds, sum(group["__count"] for group in groups))

# -- a debtor, an order ----------------------------------------------------------------

profiles = env["credit.profile"]  # noqa: F821
view = profiles.get_view(view_type="form")
names = [name for name in view["models"]["credit.profile"] if name in profiles._fields]
spec = {name: {} for name in names}
one = story.late[:1]
for name, one in (("insured", story.insured[200]), ("late", story.late[0])):
    cr.commit()
    env.invalidate_all()  # noqa: F821
    queries = cr.sql_log_count
    one.web_read(spec)
    queries = cr.sql_log_count - queries
    seconds, _read = quickest(lambda one=one: one.web_read(spec), 5)
    report(f"debtor_file_{name}", seconds, 1, queries=queries)
stopped = set(env["credit.insurance.stop"]._fetch_stops(DAY))  # noqa: F821
ordering = story.insured[:100].filtered(lambda one: one.id not in stopped)
measure(env, "insurance_order", ordering[: 2 * TIMES])  # noqa: F821
print(json.dumps({"bench": "insurance_peak", "peak_mib": peak_mib()}))
