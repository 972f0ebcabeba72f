"""Writing to many records as one does to a few."""

from collections.abc import Callable

from odoo import models


def write_changed(record, values: dict) -> None:
    """Write what differs. Odoo writes who changed a record even if nothing did."""
    changed = {}
    for name, value in values.items():
        before = record[name]
        if isinstance(before, models.BaseModel):
            before = before.id
        if (value or False) != (before or False):
            changed[name] = value
    if changed:
        record.write(changed)


def plan_together(xmlid: str, records, get_plan: Callable, **values) -> None:
    """An activity on each of ``records``, those that are alike at once.

    :param get_plan: of a record its (day, responsible)
    """
    # Odoo writes down the name of each, and would read what it needs one by one.
    records.mapped("display_name")
    for (day, responsible), alike in records.grouped(get_plan).items():
        alike.activity_schedule(xmlid, day, user_id=responsible.id, **values)
