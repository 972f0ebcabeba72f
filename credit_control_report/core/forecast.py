"""When open receivables will be paid, by week, from how each debtor paid before.

Money is in one currency, days are calendar days; *late* is the day of payment less the
due date, negative when paid before. Weeks end on Sundays; the first is the rest of the
running week.

The method, without any chance in it:

* A debtor's **behaviour** is the share of his payments that came by each day late,
  weighted by amount. What has been open for longer than ``FAR`` days counts as not
  paid. With few payments it is drawn towards that of his risk tier, the tier's towards
  that of the company, and the company's towards ``ASSUMED``: ``STRENGTH`` payments of
  the wider circle are added to his own.
* An item that isn't paid yet can only be paid from today on: its chances are those of
  the behaviour *given* that it is as late as it is.
* A promise or a term of a plan comes on its day, or now if that is over; what is
  disputed doesn't come. Credits of a debtor are laid against his oldest items.
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
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple, Protocol

from odoo.addons.credit_control.core.money import ZERO, round_to

ONE = Decimal(1)
FAR = 90
STRENGTH = Decimal(5)
LOW, HIGH = 0.2, 0.8
TOGETHER = 0.5
# (days late, share): of a company that nothing is known of; 4 % are never paid.
ASSUMED = (
    (0, Decimal("0.50")),
    (7, Decimal("0.20")),
    (14, Decimal("0.10")),
    (30, Decimal("0.10")),
    (60, Decimal("0.06")),
)


class Observation(NamedTuple):
    """What was paid so many days late; ``late`` None: not paid, and long overdue."""

    late: int | None
    amount: Decimal


class Payer(Protocol):
    def paid_by(self, late: int) -> Decimal:
        """The share, 0 to 1, that is paid by ``late`` days after the due date."""


class Assumed:
    """How payers pay of whom nothing is known."""

    def paid_by(self, late: int) -> Decimal:
        return sum((share for day, share in ASSUMED if day <= late), ZERO)


class Behaviour:
    """How a debtor, a tier or a company pays, drawn towards a wider circle.

    >>> paid = [Observation(10, Decimal(100))] * 15
    >>> Behaviour(paid, Assumed()).paid_by(10)
    Decimal('0.925')

    :param observations: positive amounts, each a payment; several of one day may come
        as one with their ``count``
    """

    def __init__(
        self,
        observations: Iterable[Observation],
        wider: Payer,
        count: int | None = None,
        strength: Decimal = STRENGTH,
    ) -> None:
        seen = sorted(
            (one for one in observations if one.amount > 0),
            key=lambda one: (one.late is None, one.late or 0),
        )
        number = Decimal(len(seen) if count is None else count)
        whole = sum((one.amount for one in seen), ZERO)
        self._days = [one.late for one in seen if one.late is not None]
        self._sums = [ZERO]
        for one in seen[: len(self._days)]:
            self._sums.append(self._sums[-1] + one.amount)
        self._scale = number / whole if whole else ZERO
        self._weight = (number if whole else ZERO) + strength
        self._wider = wider
        self._strength = strength
        self._known: dict[int, Decimal] = {}

    def paid_by(self, late: int) -> Decimal:
        found = self._known.get(late)
        if found is None:
            own = self._scale * self._sums[bisect_right(self._days, late)]
            wide = self._strength * self._wider.paid_by(late)
            found = self._known[late] = min((own + wide) / self._weight, ONE)
        return found


class Item(NamedTuple):
    """An open item: what is open of it after credits were set off.

    :param disputed: how much of it isn't going to be paid until that is settled
    :param agreed: (day, amount) of promises and terms
    """

    due: date
    amount: Decimal
    disputed: Decimal = ZERO
    agreed: tuple[tuple[date, Decimal], ...] = ()


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
) -> list[Decimal]:
    """Chance that an item is paid by each of ``ends``, given that it is open when
    ``as_of`` begins; all 0 where no such item was ever paid."""
    before = behaviour.paid_by((as_of - due).days - 1)
    left = ONE - before
    if left <= 0:
        return [ZERO] * len(ends)
    return [(behaviour.paid_by((end - due).days) - before) / left for end in ends]


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
    item: Item, ends: Sequence[date]
) -> tuple[list[Decimal], Decimal, Decimal]:
    """(per week what was agreed, agreed for later or disputed, what is left)."""
    weeks = [ZERO] * len(ends)
    beyond = min(max(item.disputed, ZERO), item.amount)
    left = item.amount - beyond
    for day, amount in item.agreed:
        part = min(amount, left)
        left -= part
        week = slot(day, ends)
        if week < len(ends):
            weeks[week] += part
        else:
            beyond += part
    return weeks, beyond, left


def portion(
    amount: Decimal, paid: Sequence[Decimal], quantum: Decimal
) -> list[Decimal]:
    """``amount`` by week for the chances ``paid`` (growing), rounded so that no cent
    is lost; what is missing of the amount is beyond."""
    weeks, before = [], ZERO
    for chance in paid:
        by_then = round_to(amount * chance, quantum)
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
        self._expected = [ZERO] * count
        self._due = [ZERO] * count
        self._most = [ZERO] * count
        self._variance = [0.0] * count

    def add(self, behaviour: Payer, items: Iterable[Item]) -> list[list[Decimal]]:
        """One debtor's items; returns per item what is expected of each week."""
        alone = [0.0] * len(self.ends)
        together = [0.0] * len(self.ends)
        found = []
        for item in items:
            weeks, beyond, left = agreed_amounts(item, self.ends)
            if left > 0:
                paid = chances(behaviour, item.due, self.as_of, self.ends)
                parts = portion(left, paid, self.quantum)
                self._spread(float(left), paid, alone, together)
                self._most = [most + left for most in self._most]
                weeks = [one + two for one, two in zip(weeks, parts, strict=True)]
            self._count(item, weeks)
            found.append(weeks)
        for number, (one, both) in enumerate(zip(alone, together, strict=True)):
            self._variance[number] += (1 - TOGETHER) * one + TOGETHER * both**2
        return found

    def _spread(
        self,
        amount: float,
        paid: Sequence[Decimal],
        alone: list[float],
        together: list[float],
    ) -> None:
        before = 0.0
        for number, chance in enumerate(map(float, paid)):
            week = chance - before
            before = chance
            if 0 < week < 1:
                spread = amount * sqrt(week * (1 - week))
                alone[number] += spread**2
                together[number] += spread

    def _count(self, item: Item, weeks: list[Decimal]) -> None:
        self.beyond += item.amount - sum(weeks, ZERO)
        for number, amount in enumerate(weeks):
            self._expected[number] += amount
        week = slot(item.due, self.ends)
        if week < len(self.ends):
            self._due[week] += item.amount

    def weeks(self, low: float = LOW, high: float = HIGH) -> list[Week]:
        """The weeks with the band between the quantiles ``low`` and ``high``."""
        return [
            Week(
                end,
                expected,
                *self._band(number, expected, low, high),
                self._due[number],
            )
            for number, (end, expected) in enumerate(
                zip(self.ends, self._expected, strict=True)
            )
        ]

    def _band(
        self, number: int, expected: Decimal, low: float, high: float
    ) -> tuple[Decimal, Decimal]:
        deviation = sqrt(self._variance[number])
        normal = NormalDist()
        down, up = (
            round_to(Decimal(normal.inv_cdf(share) * deviation), self.quantum)
            for share in (low, high)
        )
        lowest = min(max(expected + down, ZERO), expected)
        return lowest, max(min(expected + up, expected + self._most[number]), expected)
