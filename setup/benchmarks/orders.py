"""Confirming orders with and without the check: milliseconds (median of confirmations
one after the other) and queries.

Beside the clock stands the time that Odoo and the database really computed, which says
less of what else runs on the machine; where the database is on the same one.
"""

import json
import time
from pathlib import Path
from statistics import median

from odoo import Command

TIMES = 40


def measure(env, bench, profiles):
    """Report confirmations of orders of ``profiles``, two for each one measured."""
    cr = env.cr
    profiles.write({"no_limit": False, "limit": 1e9})
    profiles.tier_id.write({"overdue_rule": "approval", "overdue_amount": 1e9})
    product = env["product.product"].create({"name": "Goods", "type": "service"})
    cr.execute("SELECT pg_backend_pid()")
    backend = Path(f"/proc/{cr.fetchone()[0]}/schedstat")
    checked = env.registry["sale.order"].action_confirm

    def computed():
        """Milliseconds that this process and its database process have worked."""
        database = int(backend.read_text().split()[0]) if backend.exists() else 0
        return (time.process_time_ns() + database) / 1e6

    def create(profile):
        line = {"product_id": product.id, "price_unit": 60, "tax_ids": False}
        return env["sale.order"].create(
            {
                "partner_id": profile.partner_id.id,
                "order_line": [Command.create(line)],
            }
        )

    def confirm(order, method):
        """One request: nothing is in the cache but what a worker keeps."""
        cr.commit()
        env.invalidate_all()
        queries = cr.sql_log_count
        work, start = computed(), time.perf_counter()
        method(order)
        env.flush_all()
        taken, work = (time.perf_counter() - start) * 1000, computed() - work
        assert order.state == "sale", order.credit_hold_reason
        return taken, cr.sql_log_count - queries, work

    def unchecked(order):
        with order._without_credit_guard():
            checked.origin(order)

    made = [create(profile) for profile in profiles]
    pairs = list(zip(made[::2], made[1::2], strict=True))
    results = [(confirm(a, checked), confirm(b, unchecked)) for a, b in pairs]
    warm = results[len(pairs) // 4 :]
    print(
        json.dumps(
            {
                "bench": bench,
                "orders": len(warm),
                "checked_ms": round(median(row[0][0] for row in warm), 1),
                "unchecked_ms": round(median(row[1][0] for row in warm), 1),
                "extra_ms": round(median(a[0] - b[0] for a, b in warm), 1),
                "unchecked_work_ms": round(median(row[1][2] for row in warm), 1),
                "extra_work_ms": round(median(a[2] - b[2] for a, b in warm), 1),
                "checked_queries": sorted({row[0][1] for row in warm}),
                "unchecked_queries": sorted({row[1][1] for row in warm}),
            }
        )
    )
