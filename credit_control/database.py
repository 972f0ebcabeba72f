"""What the queries over all debtors ask of the database."""

from collections.abc import Collection, Iterable, Mapping
from itertools import chain

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


def flush(env, models: Iterable[str] | Mapping[str, Collection[str] | None]) -> None:
    """Write what waits to be written of ``models``, or of their fields that are named.

    A model that is asked to flush looks at every field it has. A query asks dozens of
    models, and nearly always nothing of them waits.
    """
    wanted = models if isinstance(models, Mapping) else dict.fromkeys(models)
    pending = env.transaction
    for name, fields in wanted.items():
        waiting = chain(pending.tocompute, pending.field_dirty)
        if any(field.model_name == name for field in waiting):
            env[name].flush_model(fields)
