"""What a discretionary limit may rest on: how the debtor paid, or a credit report.

Dates are calendar days. What holds for twelve months holds from its day to the day
before the same day a year later.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

MONTHS = 12
PURCHASES = 2


class Purchase(NamedTuple):
    """An invoice; ``paid_on`` is the day on which nothing was left of it."""

    day: date
    due: date
    paid_on: date | None


class Experience(NamedTuple):
    """How many were paid on time and late; ``until``: the last day that it holds for,
    none where it isn't good enough.
    """

    on_time: int
    late: int
    until: date | None


def holds_until(day: date) -> date:
    """The last day of the twelve months that begin on ``day``."""
    try:
        following = day.replace(year=day.year + 1)
    except ValueError:  # the 29th of February
        following = date(day.year + 1, 3, 1)
    return following - timedelta(days=1)


def judge(purchases: Iterable[Purchase], as_of: date) -> Experience:
    """Whether the debtor paid well enough in the twelve months before ``as_of``.

    Two purchases that were paid on time are needed, and none that was late; what isn't
    due yet says nothing.
    Source: practice of the insurers.
    """
    recent = [
        purchase
        for purchase in purchases
        if purchase.day <= as_of <= holds_until(purchase.day)
    ]
    on_time = sum(1 for one in recent if one.paid_on and one.paid_on <= one.due)
    late = sum(1 for one in recent if one.due < (one.paid_on or as_of))
    good = on_time >= PURCHASES and not late
    return Experience(on_time, late, holds_until(as_of) if good else None)
