"""What the queries over all debtors ask of the database."""

from odoo.tools import SQL


def spare_compiling(cr) -> None:
    """Let the database not compile the queries of this transaction.

    It compiles what it thinks expensive (its ``jit``): of a query over all debtors some
    hundred expressions, which takes longer than the query itself.
    """
    cr.execute("SET LOCAL jit = off")


def find_page(model, domain, offset: int, limit: int | None, order: str) -> tuple:
    """The ids of the records on a page, and the number of all of them; one query.

    For models that are a query: what takes the time is the query, not its rows.
    """
    found = model._search(domain, offset, limit, order)
    rows = model.env.execute_query(
        found.select(SQL.identifier(model._table, "id"), SQL("COUNT(*) OVER ()"))
    )
    if rows or not offset:
        return [row[0] for row in rows], rows[0][1] if rows else 0
    # Beyond the last page the number isn't told.
    return [], model.search_count(domain)
