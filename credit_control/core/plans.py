"""Instalment plans: when the terms fall, what each is, and what became of them.

Amounts are in the currency of the items, all of them one. Money rounds to the
currency's quantum; what rounding leaves is in the last term. A payment pays the
terms in order; a credit note takes off from the last one back. A term is broken on
the first day after its day and the days of grace, if something of it is open then.
"""

import calendar
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import NamedTuple

from .money import ZERO, round_to
from .offers import spread

WEEKLY, TWO_WEEKLY, MONTHLY = "weekly", "two_weekly", "monthly"
DAYS = {WEEKLY: 7, TWO_WEEKLY: 14}
PERIODS_A_YEAR = {WEEKLY: 52, TWO_WEEKLY: 26, MONTHLY: 12}
DAYS_A_YEAR = 365
ONE = Decimal(1)

PAID, PARTLY, LATE, OPEN = "paid", "partly", "late", "open"


class Term(NamedTuple):
    """What is to be paid by ``day``, and what of it is interest and costs."""

    day: date
    principal: Decimal
    interest: Decimal = ZERO
    costs: Decimal = ZERO

    @property
    def amount(self) -> Decimal:
        return self.principal + self.interest + self.costs


class Standing(NamedTuple):
    """A term as it stands: what it asks after credit notes, and what is paid of it."""

    day: date
    amount: Decimal
    paid: Decimal

    @property
    def rest(self) -> Decimal:
        return self.amount - self.paid

    def state(self, as_of: date) -> str:
        if not self.rest:
            return PAID
        if self.day < as_of:
            return LATE
        return PARTLY if self.paid else OPEN


# -- make ----------------------------------------------------------------------


def term_day(first: date, number: int, period: str) -> date:
    """The day of the term ``number``, from 0 on.

    Months keep the day of the first one; where a month is too short, its last day.

    >>> [term_day(date(2025, 1, 31), n, MONTHLY).day for n in range(3)]
    [31, 28, 31]

    :raises KeyError: no such period
    """
    if period != MONTHLY:
        return first + timedelta(DAYS[period] * number)
    year, month = divmod(first.year * 12 + first.month - 1 + number, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(first.day, last))


def split(amount: Decimal, count: int, quantum: Decimal) -> list[Decimal]:
    """``amount`` in equal parts rounded down; the last one takes what is left.

    :raises ValueError: there is no term
    """
    if count < 1:
        raise ValueError("a plan has at least one term")
    part = (amount / count / quantum).quantize(ONE, rounding=ROUND_DOWN) * quantum
    return [part] * (count - 1) + [amount - part * (count - 1)]


def equal_terms(
    principal: Decimal,
    costs: Decimal,
    days: Sequence[date],
    quantum: Decimal,
) -> list[Term]:
    """Principal and costs, each in equal parts."""
    count = len(days)
    parts = split(principal, count, quantum), split(costs, count, quantum)
    return [
        Term(day, part, ZERO, cost)
        for day, part, cost in zip(days, *parts, strict=True)
    ]


def annuity_terms(
    principal: Decimal,
    rate: Decimal,
    days: Sequence[date],
    first_share: Decimal,
    period: str,
    quantum: Decimal,
) -> list[Term]:
    """Terms of one amount that pay ``principal`` and the interest on its rest.

    A period bears the yearly rate divided by the periods of a year (12, 26 or 52).
    The last term takes what rounding leaves.

    :param rate: per cent a year
    :param first_share: the time before the first term, in periods
    """
    step = rate / 100 / PERIODS_A_YEAR[period]
    value = sum((ONE / (ONE + step) ** number for number in range(len(days))), ZERO)
    payment = round_to(principal * (ONE + step * first_share) / value, quantum)
    terms: list[Term] = []
    rest, share = principal, first_share
    for day in days[:-1]:
        interest = round_to(rest * step * share, quantum)
        part = max(ZERO, min(rest, payment - interest))
        terms.append(Term(day, part, interest))
        rest, share = rest - part, ONE
    return [*terms, Term(days[-1], rest, round_to(rest * step * share, quantum))]


def share_of_period(start: date, first: date, period: str) -> Decimal:
    """The time from ``start`` to the first term, in periods; one to the day is 1."""
    if first == term_day(start, 1, period):
        return ONE
    length = Decimal(DAYS_A_YEAR) / PERIODS_A_YEAR[period]
    if period in DAYS:
        length = Decimal(DAYS[period])
    return max(ZERO, Decimal((first - start).days) / length)


def free_terms(lines: Iterable[tuple[date, Decimal]], principal: Decimal) -> list[Term]:
    """Terms as agreed; the principal comes first, costs are what is beyond it."""
    lines = sorted(lines)
    parts = spread(principal, [amount for _day, amount in lines])
    return [
        Term(day, part, ZERO, amount - part)
        for (day, amount), part in zip(lines, parts, strict=True)
    ]


# -- judge ---------------------------------------------------------------------


def stand(
    terms: Sequence[tuple[date, Decimal]], paid: Decimal, credited: Decimal
) -> list[Standing]:
    """``terms`` (day, amount) in order, after what was paid and credited."""
    amounts = [amount for _day, amount in terms]
    taken_off = spread(credited, amounts[::-1])[::-1]
    asked = [amount - off for amount, off in zip(amounts, taken_off, strict=True)]
    return [
        Standing(day, amount, part)
        for (day, _amount), amount, part in zip(
            terms, asked, spread(paid, asked), strict=True
        )
    ]


def find_broken(
    standings: Iterable[Standing], as_of: date, grace: int
) -> Standing | None:
    """The first term that is not paid ``grace`` days after its day, if any."""
    for standing in standings:
        if standing.rest and standing.day + timedelta(grace) < as_of:
            return standing
    return None
