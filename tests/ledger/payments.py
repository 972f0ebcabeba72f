"""The cash forecast tried on the ledger: what was forecast, and what came.

On the evening of each origin only what was entered and settled by then is known. What
comes is what was settled, in each of the eight weeks after it, of the invoices open on
the origin; invoices made later belong to no forecast. Read from the file alone.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from odoo.addons.credit_control_report.core.forecast import (
    Assumed,
    Behaviour,
    Forecast,
    Item,
    Observation,
    slot,
)

WEEKS = 8
ORIGINS = [date(2013, month + 1, 1) - timedelta(1) for month in range(1, 12)]
ZERO = Decimal(0)


class Trial(NamedTuple):
    """One week: what came, the forecast and its band, and the simple forecasts."""

    came: Decimal
    forecast: Decimal
    low: Decimal
    high: Decimal
    due_date: Decimal
    mean_delay: Decimal
    own_mean_delay: Decimal


def observe(rows: Sequence, origin: date) -> dict[str, list[Observation]]:
    seen = defaultdict(list)
    for row in rows:
        if row.settled <= origin:
            late = (row.settled - row.due).days
            seen[row.customer].append(Observation(late, row.amount))
    return seen


def mean_delay(seen: Sequence[Observation]) -> int:
    whole = sum(one.amount for one in seen)
    return round(sum(one.amount * one.late for one in seen) / whole)


def try_on(rows: Sequence, origin: date) -> list[Trial]:
    """The eight weeks after ``origin``."""
    morning = origin + timedelta(1)
    ends = [origin + timedelta(7 * week) for week in range(1, WEEKS + 1)]
    seen = observe(rows, origin)
    everybody = [one for paid in seen.values() for one in paid]
    delay = mean_delay(everybody)
    company = Behaviour(everybody, Assumed())
    open_rows = defaultdict(list)
    for row in rows:
        if row.is_open(origin):
            open_rows[row.customer].append(row)
    came, shifted, own = ([ZERO] * (WEEKS + 1) for _ in range(3))
    forecast = Forecast(morning, ends)
    for customer, found in open_rows.items():
        behaviour = Behaviour(seen[customer], company)
        forecast.add(behaviour, [Item(row.due, row.amount) for row in found])
        own_delay = mean_delay(seen[customer]) if seen[customer] else delay
        for row in found:
            came[slot(row.settled, ends)] += row.amount
            shifted[slot(row.due + timedelta(delay), ends)] += row.amount
            own[slot(row.due + timedelta(own_delay), ends)] += row.amount
    return [
        Trial(
            came[number],
            week.expected,
            week.low,
            week.high,
            week.due,
            shifted[number],
            own[number],
        )
        for number, week in enumerate(forecast.weeks())
    ]


def wape(trials: Sequence[Trial], name: str) -> float:
    """Σ |forecast − what came| / Σ what came."""
    error = sum(abs(getattr(one, name) - one.came) for one in trials)
    return float(error / sum(one.came for one in trials))


def bias(trials: Sequence[Trial], name: str) -> float:
    """Σ (forecast − what came) / Σ what came: above 0 promises too much."""
    error = sum(getattr(one, name) - one.came for one in trials)
    return float(error / sum(one.came for one in trials))


def coverage(trials: Sequence[Trial]) -> float:
    """The share of weeks, of those in which money came, that are within the band."""
    paid = [one for one in trials if one.came]
    return sum(one.low <= one.came <= one.high for one in paid) / len(paid)
