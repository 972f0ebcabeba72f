"""Confirming an order with and without the check on the ledger of ledger.py, run in
`odoo shell`.
"""

from orders import TIMES, measure

profiles = env["credit.profile"].search([], limit=2 * TIMES, order="id")  # noqa: F821
measure(env, "hold", profiles)  # noqa: F821
