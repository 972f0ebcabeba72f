"""The scorecard of payment behaviour: how a debtor pays, in points from 0 to 100.

Every component turns a figure into points on a straight line between its best value
(100 points) and its worst (0 points), clamped at both. The score is their average by
weight. A component without a figure hands its weight to the others.

*Days late* weigh by amount: the sum of amount times days after the due date, early
payment counting as none, by the sum of the amounts. What is open counts as if it were
paid on the day of the score.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from .money import ZERO, round_to

DAYS_LATE = "days_late"
OVERDUE = "overdue"
TREND = "trend"
PROMISES = "promises"
DISPUTES = "disputes"
EXTERNAL = "external"
COMPONENTS = (DAYS_LATE, OVERDUE, TREND, PROMISES, DISPUTES, EXTERNAL)

HUNDRED = Decimal(100)
CENT = Decimal("0.01")


class Scale(NamedTuple):
    """How a figure becomes points: ``best`` gives 100, ``worst`` 0."""

    weight: Decimal
    best: Decimal
    worst: Decimal

    def points(self, value: Decimal) -> Decimal:
        """Points of ``value``, from 0 to 100.

        :raises ZeroDivisionError: best and worst are the same
        """
        points = (value - self.worst) / (self.best - self.worst) * HUNDRED
        return min(max(points, ZERO), HUNDRED)


class Part(NamedTuple):
    """What one component adds: ``weight`` percent of its ``points``."""

    code: str
    value: Decimal
    points: Decimal
    weight: Decimal


class Score(NamedTuple):
    """``points`` are the sum of what the parts add, ``off`` taken off."""

    points: Decimal
    parts: tuple[Part, ...]
    off: Decimal


class Payments(NamedTuple):
    """Sums over a debtor's invoices, in one currency.

    ``paid_count`` is how many were paid in the year. Amounts and amount-days (amount
    times days late) are of the last 90 days and of the nine months before; what is
    open counts as paid today. ``open`` and ``overdue`` are as of today.
    """

    paid_count: int
    recent: Decimal
    recent_days: Decimal
    before: Decimal
    before_days: Decimal
    open: Decimal
    overdue: Decimal

    def figures(self) -> dict[str, Decimal | None]:
        """Figures by component; None where there is nothing to measure."""
        recent = ratio(self.recent_days, self.recent)
        before = ratio(self.before_days, self.before)
        return {
            DAYS_LATE: ratio(
                self.recent_days + self.before_days, self.recent + self.before
            ),
            OVERDUE: ratio(self.overdue * HUNDRED, self.open),
            TREND: None if recent is None or before is None else recent - before,
        }


def ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    """``part`` by ``whole``; no figure where there is no whole."""
    return part / whole if whole else None


def score(
    figures: Mapping[str, Decimal | None],
    scales: Mapping[str, Scale],
    off: Decimal = ZERO,
) -> Score | None:
    """The score with its breakdown; None when no component has a figure.

    :param figures: by component: days, percent, days, percent, percent, points
    :param scales: by component; those left out or without weight don't count
    :param off: points that adverse signals take off, down to none at all
    """
    found = {
        code: value
        for code, value in figures.items()
        if value is not None and code in scales and scales[code].weight > 0
    }
    total = sum((scales[code].weight for code in found), ZERO)
    if not total:
        return None
    parts = tuple(
        Part(
            code,
            value,
            scales[code].points(value),
            scales[code].weight * HUNDRED / total,
        )
        for code, value in found.items()
    )
    points = sum((part.points * part.weight for part in parts), ZERO) / HUNDRED
    return Score(round_to(max(points - off, ZERO), CENT), parts, off)


def band_for(
    points: Decimal, starts: Sequence[Decimal], current: int | None, margin: Decimal
) -> int:
    """Index of the band that ``points`` fall into.

    :param starts: least points of each band, the best band first; what is below all
        of them is in the last
    :param current: index of the debtor's band now, None for a newcomer
    :param margin: points by which a limit between bands has to be passed
    """
    for index, start in enumerate(starts[:-1]):
        if current is not None:
            start += margin if index < current else -margin
        if points >= start:
            return index
    return len(starts) - 1
