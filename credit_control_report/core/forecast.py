"""When open receivables will be paid, by week, from how each debtor paid before.

Money is Decimal and in one currency, shares and chances are floats from 0 to 1, days are
calendar days; *late* is the day of payment less the due date, negative when paid before.
Weeks end on Sundays; the first is the rest of the running week.

The method, without any chance in it:

* A debtor's **behaviour** is the share of his payments that came by each day late,
  weighted by amount. What has been open for longer than ``FAR`` days counts as not
  paid. With few payments it is drawn towards that of his risk tier, the tier's towards
  that of the company, and the company's towards ``ASSUMED``: ``STRENGTH`` payments of
  the wider circle are added to his own.
* An item that isn't paid yet can only be paid from today on: its chances are those of
  the behaviour *given* that it is as late as it is.
* A promise comes on its day, or now if that is over, with the share of his promises
  that the debtor kept so far, drawn towards that of the company as above, and the
  company's towards 1: who has promised nothing yet is taken at his word. The rest of it
  is paid as he pays. A term of a plan comes on its day; what is disputed doesn't come.
  Credits of a debtor are laid against his oldest items.
* What is expected of a week is the sum of amount × chance; what comes after the last
  week or not at all is *beyond*. Weeks and beyond add up to the open amount.
* The **band** takes the sum over many debtors as normal, between its ``LOW`` and
  ``HIGH`` quantile. Debtors pay independently of each other; of one debtor's items,
  ``TOGETHER`` of the spread is as if they were paid in one go.

Source of the shrinkage: Bühlmann's credibility, n / (n + k).
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple, Protocol

ZERO = Decimal(0)
FAR = 90
STRENGTH = 5.0
LOW, HIGH = 0.2, 0.8
TOGETHER = 0.5
# A share so small is a rounding error.
NOTHING = 1e-9
# (days late, share): of a company that nothing is known of; 4 % are never paid.
ASSUMED = ((0, 0.50), (7, 0.20), (14, 0.10), (30, 0.10), (60, 0.06))


class Observation(NamedTuple):
    """What was paid so many days late; ``late`` None: not paid, and long overdue."""

    late: int | None
    amount: Decimal


class Payer(Protocol):
    def paid_by(self, late: int) -> float:
        """The share that is paid by ``late`` days after the due date."""


class Assumed:
    """How payers pay of whom nothing is known."""

    def paid_by(self, late: int) -> float:
        return sum(share for day, share in ASSUMED if day <= late)


class Behaviour:
    """How a debtor, a tier or a company pays, drawn towards a wider circle.

    >>> paid = [Observation(10, Decimal(100))] * 15
    >>> round(Behaviour(paid, Assumed()).paid_by(10), 3)
    0.925

    :param observations: positive amounts; several payments that were as late may come
        as one, with their ``count``
    """

    def __init__(
        self,
        observations: Iterable[Observation],
        wider: Payer,
        count: int | None = None,
        strength: float = STRENGTH,
    ) -> None:
        seen = [one for one in observations if one.amount > 0]
        paid = sorted(
            (one.late, float(one.amount)) for one in seen if one.late is not None
        )
        whole = float(sum(one.amount for one in seen))
        number = (len(seen) if count is None else count) if whole else 0
        self._days = [late for late, _amount in paid]
        self._sums = [0.0, *accumulate(amount for _late, amount in paid)]
        self._weight = number + strength
        self._own = number / whole / self._weight if whole else 0.0
        self._wide = strength / self._weight if self._weight else 0.0
        self._wider = wider
        self._known: dict[int, float] = {}

    def paid_by(self, late: int) -> float:
        found = self._known.get(late)
        if found is None:
            own = self._own * self._sums[bisect_right(self._days, late)]
            found = min(own + self._wide * self._wider.paid_by(late), 1.0)
            self._known[late] = found
        return found


def kept_share(
    kept: float, count: int, wider: float, strength: float = STRENGTH
) -> float:
    """Which share of ``count`` promises is kept, drawn towards that of a wider circle.

    >>> kept_share(1, 5, 1.0)
    0.6

    :param kept: sum over the promises of the part that was paid in time, 0 to 1 each
    """
    return (kept + strength * wider) / (count + strength) if count else wider


class Item(NamedTuple):
    """An open item: what is open of it after credits were set off.

    :param disputed: how much of it isn't going to be paid until that is settled
    :param agreed: (day, amount) of promises and terms
    :param chance: that what was agreed comes on its day
    """

    due: date
    amount: Decimal
    disputed: Decimal = ZERO
    agreed: tuple[tuple[date, Decimal], ...] = ()
    chance: float = 1.0


class Week(NamedTuple):
    """What comes until ``end``; ``due`` is what falls due by then, overdue first."""

    end: date
    expected: Decimal
    low: Decimal
    high: Decimal
    due: Decimal


def week_ends(as_of: date, count: int) -> list[date]:
    """The Sundays that end the running week and those after it.

    >>> week_ends(date(2025, 6, 16), 2)
    [datetime.date(2025, 6, 22), datetime.date(2025, 6, 29)]
    """
    first = as_of + timedelta(6 - as_of.weekday())
    return [first + timedelta(weeks=number) for number in range(count)]


def chances(
    behaviour: Payer, due: date, as_of: date, ends: Sequence[date]
) -> list[float]:
    """Chance that an item is paid by each of ``ends``, given that it is open when
    ``as_of`` begins; all 0 where no such item was ever paid."""
    before = behaviour.paid_by((as_of - due).days - 1)
    left = 1.0 - before
    if left < NOTHING:
        return [0.0] * len(ends)
    paid_by, day = behaviour.paid_by, due.toordinal()
    return [min((paid_by(end.toordinal() - day) - before) / left, 1.0) for end in ends]


def set_off(amounts: Sequence[Decimal], credit: Decimal) -> list[Decimal]:
    """What is left of ``amounts``, the oldest first, when ``credit`` is laid against
    them; the credit that is left is the caller's to keep.

    >>> set_off([Decimal(30), Decimal(50)], Decimal(40))
    [Decimal('0'), Decimal('40')]
    """
    left = []
    for amount in amounts:
        used = min(amount, credit)
        credit -= used
        left.append(amount - used)
    return left


def slot(day: date, ends: Sequence[date]) -> int:
    """Number of the week that ``day`` is in, the first for days past, ``len(ends)``
    for those beyond."""
    return next((n for n, end in enumerate(ends) if day <= end), len(ends))


def agreed_amounts(
    item: Item, ends: Sequence[date], quantum: Decimal
) -> tuple[list[int], Decimal]:
    """(per week what comes of what was agreed, in units of ``quantum``, and what is
    left to behaviour); the rest is disputed or for later."""
    weeks = [0] * len(ends)
    left = free = item.amount - min(max(item.disputed, ZERO), item.amount)
    for day, amount in item.agreed:
        part = min(amount, free)
        free -= part
        units = int(float(part / quantum) * item.chance + 0.5)
        left -= units * quantum
        week = slot(day, ends)
        if week < len(ends):
            weeks[week] += units
    return weeks, left


def portion(units: int, paid: Sequence[float]) -> list[int]:
    """``units`` (cents, say) by week for the chances ``paid``, which grow. No cent is
    lost: what is missing of them is beyond.

    >>> portion(100, [0.333, 0.666, 0.999])
    [33, 34, 33]
    """
    weeks, before = [], 0
    for chance in paid:
        by_then = int(units * chance + 0.5)
        weeks.append(by_then - before)
        before = by_then
    return weeks


class Forecast:
    """Adds up items, debtor after debtor.

    :param ends: last days of the weeks, ascending, none before ``as_of``
    :param quantum: smallest unit of the currency
    """

    def __init__(
        self, as_of: date, ends: Sequence[date], quantum: Decimal = Decimal("0.01")
    ) -> None:
        self.as_of = as_of
        self.ends = list(ends)
        self.quantum = quantum
        self.beyond = ZERO
        count = len(self.ends)
        self._expected = [0] * count
        self._due = [ZERO] * count
        self._agreed_units = [0] * count
        self._most = ZERO
        self._variance = [0.0] * count

    def add(self, behaviour: Payer, items: Iterable[Item]) -> list[list[Decimal]]:
        """One debtor's items; returns per item what is expected of each week."""
        alone = [0.0] * len(self.ends)
        together = [0.0] * len(self.ends)
        found = []
        for item in items:
            units, left = self._agreed(item)
            spreads = self._agreed_spreads(units, item.chance)
            if left > 0:
                paid = chances(behaviour, item.due, self.as_of, self.ends)
                spreads += self._spreads(float(left), paid)
                self._most += left
                parts = portion(int(left / self.quantum), paid)
                units = [one + two for one, two in zip(units, parts, strict=True)]
            for number, spread in spreads:
                alone[number] += spread**2
                together[number] += spread
            found.append(self._count(item, units))
        for number, (one, both) in enumerate(zip(alone, together, strict=True)):
            self._variance[number] += (1 - TOGETHER) * one + TOGETHER * both**2
        return found

    def _agreed(self, item: Item) -> tuple[list[int], Decimal]:
        """(units by week that were agreed, what is left to behaviour)."""
        if not item.agreed and not item.disputed:
            return [0] * len(self.ends), item.amount
        units, left = agreed_amounts(item, self.ends, self.quantum)
        for number, amount in enumerate(units):
            self._agreed_units[number] += amount
        return units, left

    def _agreed_spreads(
        self, units: Sequence[int], chance: float
    ) -> list[tuple[int, float]]:
        """(week, standard deviation) of what comes wholly or not at all."""
        if not NOTHING < chance < 1:
            return []
        share = float(self.quantum) * sqrt((1 - chance) / chance)
        return [(number, amount * share) for number, amount in enumerate(units)]

    def _spreads(self, amount: float, paid: Sequence[float]) -> list[tuple[int, float]]:
        """(week, standard deviation) of what is paid as he always pays."""
        spreads = []
        before = 0.0
        for number, chance in enumerate(paid):
            week = chance - before
            before = chance
            if NOTHING < week < 1:
                spreads.append((number, amount * sqrt(week * (1 - week))))
        return spreads

    def _count(self, item: Item, units: list[int]) -> list[Decimal]:
        self.beyond += item.amount - sum(units) * self.quantum
        for number, amount in enumerate(units):
            self._expected[number] += amount
        week = slot(item.due, self.ends)
        if week < len(self.ends):
            self._due[week] += item.amount
        return [self.quantum * amount if amount else ZERO for amount in units]

    def weeks(self, low: float = LOW, high: float = HIGH) -> list[Week]:
        """The weeks with the band between the quantiles ``low`` and ``high``."""
        return [
            Week(end, *self._band(number, low, high), self._due[number])
            for number, end in enumerate(self.ends)
        ]

    def _band(
        self, number: int, low: float, high: float
    ) -> tuple[Decimal, Decimal, Decimal]:
        """(expected, low, high)."""
        expected = self._expected[number] * self.quantum
        deviation = sqrt(self._variance[number])
        normal = NormalDist()
        down, up = (
            round(normal.inv_cdf(share) * deviation / float(self.quantum))
            * self.quantum
            for share in (low, high)
        )
        lowest = min(max(expected + down, ZERO), expected)
        most = self._agreed_units[number] * self.quantum + self._most
        highest = max(min(expected + up, most), expected)
        return expected, lowest, highest
