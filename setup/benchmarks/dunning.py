"""The dunning run on the ledger of ledger.py, run in `odoo shell`.

Prints one JSON object per bench. The floor of the first run is one
INSERT … SELECT of the same lines into the same table with its indexes; that
of the next day's run is the query that reads the open items.
"""

from datetime import date, timedelta

from measure import fresh, peak_mib, peer, report, timed

DAY = date(2025, 6, 16)
COLUMNS = """notice_id, item_id, name, due_date, days_late, original_amount, amount,
    company_amount, own_level_id, level_number, channel, date, state"""

cr = env.cr  # noqa: F821
company = env.company  # noqa: F821
policies = env["credit.policy"].search([])  # noqa: F821
policies.write({"tolerance": 0})
cr.commit()


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
    fresh(env)  # noqa: F821
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


fresh(env)  # noqa: F821
ours, run = timed(lambda: propose(DAY))
lines = env["credit.notice.line"]  # noqa: F821
rows = lines.search_count([("notice_id.run_id", "=", run.id)])
report("dunning_first", rows, ours, floor_first(), peak_mib(), peer())

# The next day nobody is due who was sent a notice the day before.
cr.execute("UPDATE credit_notice_line SET state = 'sent'")
cr.execute("UPDATE credit_notice SET state = 'sent'")
fresh(env)  # noqa: F821
ours, run = timed(lambda: propose(DAY + timedelta(days=1)))
rows = lines.search_count([("notice_id.run_id", "=", run.id)])
floor = floor_next(DAY + timedelta(days=1))
report("dunning_next_day", rows, ours, floor, peak_mib())
