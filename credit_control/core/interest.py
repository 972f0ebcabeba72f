"""Interest for late payment.

Conventions, here and nowhere else: interest runs by calendar day from the first
day of default (the day after the due date) to the last day inclusive; the day of
a payment still counts in full. A year has 365 days, leap years too (actual/365).
Rates are percent per year. Nothing is rounded but the sum, once.

Sources: Directive 2011/7/EU for the reference rates by half-year; Belgian law of
2 August 2002 for rounding up to the half point; Dutch Civil Code 6:119(2) for
interest on the interest of full years.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise
from typing import NamedTuple

from .money import ZERO, round_to

DAYS_IN_YEAR = 365
CENT = Decimal("0.01")
ONE_DAY = timedelta(1)


class RatePeriod(NamedTuple):
    """``rate`` percent a year from ``start`` until the next period starts."""

    start: date
    rate: Decimal


class BalanceStep(NamedTuple):
    """From ``start`` on, ``principal`` is open."""

    start: date
    principal: Decimal


class Segment(NamedTuple):
    """Days on which one rate was charged on one amount; both ends count.

    ``base`` is the principal, and with compounding the interest of full years;
    ``amount`` is not rounded.
    """

    first: date
    last: date
    base: Decimal
    rate: Decimal
    amount: Decimal

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


class Accrual(NamedTuple):
    """What accrued, and on which days the rate is not beyond doubt.

    :ivar exact: the sum before rounding
    :ivar carried_from: from this day on the last known rate was carried forward
    :ivar unrated_until: up to this day no rate is known and nothing accrued
    """

    amount: Decimal
    exact: Decimal
    segments: tuple[Segment, ...]
    carried_from: date | None = None
    unrated_until: date | None = None


def statutory_rate(
    reference: Decimal, margin: Decimal = ZERO, step: Decimal = ZERO
) -> Decimal:
    """Reference rate plus margin, rounded up to a multiple of ``step`` if given.

    >>> statutory_rate(Decimal("3.15"), Decimal(8), Decimal("0.5"))
    Decimal('11.5')
    """
    rate = reference + margin
    if not step:
        return rate
    return (rate / step).to_integral_value(rounding=ROUND_CEILING) * step


def half_year_end(day: date) -> date:
    """Last day of the half-year that a rate of ``day`` is known for.

    >>> half_year_end(date(2026, 1, 1))
    datetime.date(2026, 6, 30)
    """
    return date(day.year, 6, 30) if day.month <= 6 else date(day.year, 12, 31)


def balance_after(
    principal: Decimal, since: date, payments: Iterable[tuple[date, Decimal]]
) -> tuple[BalanceStep, ...]:
    """The open principal over time, from ``since`` on.

    :param payments: (day, part of it that goes against the principal), in any
        order; the day itself is still counted at the old balance
    :raises ValueError: more is paid than is open
    """
    steps = [BalanceStep(since, principal)]
    for day, amount in sorted(payments):
        principal -= amount
        start = max(since, day + ONE_DAY)
        if start == steps[-1].start:
            steps.pop()
        steps.append(BalanceStep(start, principal))
    if principal < ZERO:
        raise ValueError("more is paid than is open")
    return tuple(steps)


def accrue(
    balance: Sequence[BalanceStep],
    first: date,
    last: date,
    rates: Sequence[RatePeriod],
    *,
    compounding: bool = False,
    known_until: date | None = None,
    quantum: Decimal = CENT,
    days_in_year: int = DAYS_IN_YEAR,
) -> Accrual:
    """Interest on a changing balance from ``first`` to ``last``, both included.

    :param balance: ascending steps; before the first one nothing is open
    :param first: first day of default; full years are counted from it
    :param rates: ascending periods; the last one goes on without end
    :param compounding: after each full year of default its interest bears
        interest too, as long as any principal is open
    :param known_until: last day for which the newest rate was published
    :param quantum: the currency's smallest unit, for the sum
    :raises ValueError: steps or rates don't ascend, or a principal is negative
    """
    _check(balance, rates)
    segments: list[Segment] = []
    products = capital = ZERO
    for start, end in _spans(balance, first, last, rates, compounding):
        if compounding and start != first and _is_anniversary(start, first):
            capital = products / (100 * days_in_year)
        principal, rate = _balance_on(balance, start), _rate_on(rates, start)
        if not principal or not rate:
            continue
        base = principal + capital
        product = base * rate * (end - start).days
        products += product
        amount = product / (100 * days_in_year)
        segments.append(Segment(start, end - ONE_DAY, base, rate, amount))
    exact = products / (100 * days_in_year)
    return Accrual(
        round_to(exact, quantum),
        exact,
        tuple(segments),
        _carried_from(segments, known_until),
        _unrated_until(balance, first, last, rates),
    )


def _check(balance: Sequence[BalanceStep], rates: Sequence[RatePeriod]) -> None:
    for starts in ([step.start for step in balance], [rate.start for rate in rates]):
        if any(a >= b for a, b in zip(starts, starts[1:], strict=False)):
            raise ValueError("steps and rates must ascend")
    if any(step.principal < ZERO for step in balance):
        raise ValueError("a principal can't be negative")


def _spans(
    balance: Sequence[BalanceStep],
    first: date,
    last: date,
    rates: Sequence[RatePeriod],
    compounding: bool,
) -> Iterator[tuple[date, date]]:
    """Spans in which balance, rate and capital stay the same, their end excluded."""
    changes = {first, *(step.start for step in balance), *_rate_changes(rates)}
    if compounding:
        changes.update(_anniversaries(first, last))
    starts = sorted(day for day in changes if first <= day <= last)
    return pairwise([*starts, last + ONE_DAY])


def _rate_changes(rates: Sequence[RatePeriod]) -> Iterator[date]:
    previous = None
    for period in rates:
        if period.rate != previous:
            yield period.start
        previous = period.rate


def _anniversary(first: date, year: int) -> date:
    """First day of the next year of default; of 29 February: 1 March."""
    try:
        return first.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def _anniversaries(first: date, last: date) -> Iterator[date]:
    for year in range(first.year + 1, last.year + 1):
        yield _anniversary(first, year)


def _is_anniversary(day: date, first: date) -> bool:
    return day == _anniversary(first, day.year)


def _balance_on(balance: Sequence[BalanceStep], day: date) -> Decimal:
    known = [step.principal for step in balance if step.start <= day]
    return known[-1] if known else ZERO


def _rate_on(rates: Sequence[RatePeriod], day: date) -> Decimal | None:
    known = [period.rate for period in rates if period.start <= day]
    return known[-1] if known else None


def _carried_from(segments: list[Segment], known_until: date | None) -> date | None:
    if known_until is None or not segments or segments[-1].last <= known_until:
        return None
    unknown = (s.first for s in segments if s.last > known_until)
    return max(known_until + ONE_DAY, next(unknown))


def _unrated_until(
    balance: Sequence[BalanceStep],
    first: date,
    last: date,
    rates: Sequence[RatePeriod],
) -> date | None:
    """Last day on which something was open but no rate was known."""
    rated = min((period.start for period in rates), default=last + ONE_DAY)
    end = min(rated - ONE_DAY, last)
    if end < first or not any(
        _balance_on(balance, day)
        for day in {first, *(s.start for s in balance if first <= s.start <= end)}
    ):
        return None
    return end
