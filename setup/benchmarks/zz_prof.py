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



import cProfile, pstats
story = Insured(env)
story.build()
imported = story.write_list()
cr.commit()
def prof(name, f, n=35):
    pr=cProfile.Profile(); pr.enable(); f(); env.flush_all(); pr.disable()
    print("=====", name); pstats.Stats(pr).sort_stats("cumulative").print_stats(n)
prof("read", imported.action_read)
prof("import", imported.action_import, 60)
