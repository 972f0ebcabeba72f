"""The dunning run on the ledger of ledger.py, run in `odoo shell`.

Prints one JSON object per bench. The floor of the first run is one
INSERT … SELECT of the same lines into the same table with its indexes; that
of the next day's run is the query that reads the open items.
"""

import json
import os
import resource
import subprocess
import time
from datetime import date, timedelta
from pathlib import Path

DAY = date(2025, 6, 16)
COLUMNS = """notice_id, item_id, name, due_date, days_late, original_amount, amount,
    company_amount, own_level_id, level_number, channel, date, state"""

cr = env.cr  # noqa: F821
company = env.company  # noqa: F821
policies = env["credit.policy"].search([])  # noqa: F821
policies.write({"tolerance": 0})
cr.commit()


def timed(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def fresh():
    """What a new request finds: no cache, the database's own upkeep done."""
    cr.commit()
    env.invalidate_all()  # noqa: F821
    subprocess.run(["psql", "-qd", cr.dbname, "-c", "VACUUM ANALYZE"], check=True)


def propose(day):
    run = env["credit.run"]._propose(company, day)  # noqa: F821
    env.flush_all()  # noqa: F821
    cr.commit()
    return run


def floor_first():
    """The same rows once more, in one statement, then back again."""
    cr.execute(
        """CREATE TEMP TABLE due AS SELECT notice_id, item_id, own_level_id, level_number
           FROM credit_notice_line"""
    )
    cr.execute("DELETE FROM credit_notice_line")
    cr.commit()
    fresh()
    return timed(
        lambda: (
            cr.execute(
                f"""INSERT INTO credit_notice_line ({COLUMNS})
            SELECT d.notice_id, l.id, l.move_name, l.date_maturity,
                   %s - l.date_maturity, l.amount_currency,
                   l.amount_residual_currency, l.amount_residual, d.own_level_id,
                   d.level_number, 'email', %s, 'proposed'
              FROM due d JOIN account_move_line l ON l.id = d.item_id""",
                [DAY, DAY],
            ),
            cr.commit(),
        )
    )[0]


def floor_next(day):
    dunning = env["credit.dunning"]  # noqa: F821
    query = dunning._items_sql(company, day)
    return min(timed(lambda: env.execute_query(query))[0] for _ in range(3))  # noqa: F821


def report(bench, rows, ours, floor, peer=None):
    known = {"rows": None, "seconds": None, "peak_mib": None} | (peer or {})
    print(
        json.dumps(
            {
                "bench": bench,
                "rows": rows,
                "ours_s": round(ours, 2),
                "floor_s": round(floor, 2),
                "ratio_floor": round(ours / floor, 2),
                "peer_s": known["seconds"],
                "ratio_peer": known["seconds"] and round(known["seconds"] / ours, 1),
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )


peer_file = Path(os.environ["PEER_FILE"])
peer = json.loads(peer_file.read_text()) if peer_file.exists() else None

fresh()
ours, run = timed(lambda: propose(DAY))
lines = env["credit.notice.line"]  # noqa: F821
rows = lines.search_count([("notice_id.run_id", "=", run.id)])
report("dunning_first", rows, ours, floor_first(), peer)

# The next day nobody is due who was sent a notice the day before.
cr.execute("UPDATE credit_notice_line SET state = 'sent'")
cr.execute("UPDATE credit_notice SET state = 'sent'")
fresh()
ours, run = timed(lambda: propose(DAY + timedelta(days=1)))
rows = lines.search_count([("notice_id.run_id", "=", run.id)])
floor = floor_next(DAY + timedelta(days=1))
report("dunning_next_day", rows, ours, floor)
