"""A large ledger, run in `odoo shell`: posted invoices of Odoo's, cloned by SQL.

OPEN open receivable items, nine tenths of them due; in all ten thirds as many
receivable items, the others paid; two fifteenths as many debtors.
"""

import os
from datetime import date

from odoo import Command

OPEN = int(os.environ["OPEN"])
TOTAL = OPEN * 10 // 3
DEBTORS = OPEN * 2 // 15
TODAY = date(2025, 6, 16)
PROTOTYPES = 10

company = env.company  # noqa: F821
env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)  # noqa: F821
customer = env["res.partner"].create(  # noqa: F821
    {"name": "Debtor", "email": "debtor@example.com", "city": "Gent", "lang": "en_US"}
)
invoices = env["account.move"].create(  # noqa: F821
    [
        {
            "move_type": "out_invoice",
            "partner_id": customer.id,
            "invoice_date": TODAY,
            "invoice_line_ids": [
                Command.create(
                    {"name": "Goods", "price_unit": 40.0 + 37 * number, "tax_ids": []}
                )
            ],
        }
        for number in range(PROTOTYPES)
    ]
)
invoices.action_post()
env.flush_all()  # noqa: F821
cr = env.cr  # noqa: F821


def clone(table, rows, source, **values):
    """INSERT INTO table SELECT its own columns, some of them replaced."""
    cr.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = %s AND is_generated = 'NEVER'",
        [table],
    )
    columns = [name for (name,) in cr.fetchall()]
    chosen = ", ".join(values.get(name, f't."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    cr.execute(f"INSERT INTO {table} ({names}) SELECT {chosen} FROM {source}")
    assert cr.rowcount == rows, (table, cr.rowcount)
    cr.execute(
        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), MAX(id)) FROM {table}"
    )


def next_id(table):
    cr.execute(f"SELECT MAX(id) FROM {table}")
    return cr.fetchone()[0]


partner_base = next_id("res_partner")
clone(
    "res_partner",
    DEBTORS,
    f"res_partner t, generate_series(1, {DEBTORS}) n WHERE t.id = {customer.id}",
    id=f"{partner_base} + n",
    commercial_partner_id=f"{partner_base} + n",
    name="'Debtor ' || n",
    complete_name="'Debtor ' || n",
    email="'debtor' || n || '@example.com'",
    email_normalized="'debtor' || n || '@example.com'",
)

# One row a move: its number, debtor, due date, what is open of it.
cr.execute(
    f"""
    CREATE TEMP TABLE story AS
    SELECT n, {partner_base} + 1 + mod(n, {DEBTORS}) AS partner,
           %s::date + CASE WHEN n >= {OPEN} THEN -30 - mod(n, 500)
                           WHEN mod(n, 10) = 0 THEN 6 + mod(n, 50)
                           ELSE -8 - mod(n, 390) END AS due,
           CASE WHEN n >= {OPEN} THEN 0 WHEN mod(n, 10) = 1 THEN 0.5 ELSE 1 END AS share,
           (%s::int[])[1 + mod(n, {PROTOTYPES})] AS prototype
      FROM generate_series(0, {TOTAL - 1}) n
    """,
    [TODAY, invoices.ids],
)
cr.execute("ANALYZE story")
move_base = next_id("account_move")
clone(
    "account_move",
    TOTAL,
    "account_move t JOIN story s ON s.prototype = t.id",
    id=f"{move_base} + 1 + s.n",
    name="'BENCH/' || s.n",
    sequence_number="s.n",
    sequence_prefix="'BENCH/'",
    partner_id="s.partner",
    commercial_partner_id="s.partner",
    partner_shipping_id="s.partner",
    date="s.due - 30",
    invoice_date="s.due - 30",
    invoice_date_due="s.due",
    payment_reference="'BENCH/' || s.n",
    access_token="NULL",
    amount_residual="t.amount_residual * s.share",
    amount_residual_signed="t.amount_residual_signed * s.share",
    payment_state="CASE s.share WHEN 0 THEN 'paid' WHEN 1 THEN 'not_paid' ELSE 'partial' END",
)
clone(
    "account_move_line",
    2 * TOTAL,
    "account_move_line t JOIN story s ON s.prototype = t.move_id",
    id=f"{next_id('account_move_line')} + row_number() OVER (ORDER BY s.n, t.id)",
    move_id=f"{move_base} + 1 + s.n",
    move_name="'BENCH/' || s.n",
    partner_id="s.partner",
    date="s.due - 30",
    invoice_date="s.due - 30",
    date_maturity="CASE WHEN t.date_maturity IS NOT NULL THEN s.due END",
    amount_residual="t.amount_residual * s.share",
    amount_residual_currency="t.amount_residual_currency * s.share",
    reconciled="t.date_maturity IS NOT NULL AND s.share = 0",
)
invoices.button_draft()
invoices.unlink()
env.cr.commit()  # noqa: F821
cr.execute("ANALYZE")
cr.commit()
