"""What the scorecard knew of each customer on a day, and how he paid afterwards.

Read from the file alone. A payment counts in the twelve months before the day; what is
open counts as paid on the day. *Afterwards* are the invoices made after the day.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from odoo.addons.credit_control.core import score
from odoo.addons.credit_control.core.score import Payments, Scale

SCALES = {
    score.DAYS_LATE: Scale(Decimal(30), Decimal(0), Decimal(60)),
    score.OVERDUE: Scale(Decimal(20), Decimal(0), Decimal(50)),
    score.TREND: Scale(Decimal(15), Decimal(0), Decimal(30)),
}


class Behaviour(NamedTuple):
    """Points of a rated customer, two simple measures, and what came of it."""

    points: float
    last_delay: float
    mean_delay: float
    later: float


def payments(rows: Iterable, day: date) -> dict[str, Payments]:
    """Sums by customer."""
    sums = defaultdict(lambda: [0] + [Decimal(0)] * 6)
    for row in rows:
        if row.date > day:
            continue
        found = sums[row.customer]
        if row.is_open(day):
            late = max((day - row.due).days, 0)
            found[1] += row.amount
            found[2] += row.amount * late
            found[5] += row.amount
            found[6] += row.amount if row.due < day else 0
        elif row.settled > day.replace(year=day.year - 1):
            late = max((row.settled - row.due).days, 0)
            part = 1 if row.settled > day - timedelta(90) else 3
            found[0] += 1
            found[part] += row.amount
            found[part + 1] += row.amount * late
    return {
        customer: Payments(*found) for customer, found in sums.items() if any(found)
    }


def observe(rows: Sequence, day: date) -> list[Behaviour]:
    """Every customer rated on ``day`` who bought again afterwards."""
    by_customer = defaultdict(list)
    for row in rows:
        by_customer[row.customer].append(row)
    found = []
    for customer, paid in payments(rows, day).items():
        later = [row for row in by_customer[customer] if row.date > day]
        if paid.paid_count < 3 or not later:
            continue
        delays = [
            (row.settled, max((row.settled - row.due).days, 0))
            for row in by_customer[customer]
            if day.replace(year=day.year - 1) < row.settled <= day
        ]
        found.append(
            Behaviour(
                float(score.score(paid.figures(), SCALES).points),
                max(delays)[1],
                sum(late for _day, late in delays) / len(delays),
                _weighted_delay(later),
            )
        )
    return found


def _weighted_delay(rows: Sequence) -> float:
    total = sum(row.amount for row in rows)
    late = sum(row.amount * max((row.settled - row.due).days, 0) for row in rows)
    return float(late / total)


def auc(values: Sequence[float], late: Sequence[bool]) -> float:
    """Chance that a late payer has a higher value than one who isn't; ties half."""
    pairs = list(zip(values, late, strict=True))
    worse = [value for value, is_late in pairs if is_late]
    better = [value for value, is_late in pairs if not is_late]
    won = sum((w > b) + (w == b) / 2 for w in worse for b in better)
    return won / (len(worse) * len(better))


def rank_correlation(left: Sequence[float], right: Sequence[float]) -> float:
    """Spearman's, ties at their mean rank."""
    one, other = _ranks(left), _ranks(right)
    mean = (len(one) + 1) / 2
    both = sum((a - mean) * (b - mean) for a, b in zip(one, other, strict=True))
    spread = sum((a - mean) ** 2 for a in one) * sum((b - mean) ** 2 for b in other)
    return both / spread**0.5


def _ranks(values: Sequence[float]) -> list[float]:
    places = defaultdict(list)
    for place, value in enumerate(sorted(values), start=1):
        places[value].append(place)
    return [sum(places[value]) / len(places[value]) for value in values]
