"""The credit limit in force and the one that is advised.

Amounts of one call are in one currency, the company's. ``None`` is no limit, which is
not the same as zero: zero is no credit. The days of a temporary limit are both its own.
"""

from datetime import date
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import NamedTuple

from .money import ZERO, round_to

OWN, TEMPORARY, GROUP = "own", "temporary", "group"
NEWCOMER, TURNOVER, CAP, REPORT = "newcomer", "turnover", "cap", "report"
MONTHS = 12


class Temporary(NamedTuple):
    """A limit that replaces the standing one from its first day to its last."""

    amount: Decimal
    first: date
    last: date

    def holds(self, as_of: date) -> bool:
        return self.first <= as_of <= self.last


class Limit(NamedTuple):
    """What a debtor may owe at most, and which of his limits says so."""

    amount: Decimal
    source: str


def in_force(
    standing: Decimal | None,
    temporary: Temporary | None,
    group: Decimal | None,
    as_of: date,
) -> Limit | None:
    """The limit on ``as_of``: the smaller of the debtor's own and his group's.

    A temporary limit replaces the standing one, whether it is higher or lower, also
    where there is none. Of two equal ones the debtor's own counts.
    """
    own = None if standing is None else Limit(standing, OWN)
    if temporary and temporary.holds(as_of):
        own = Limit(temporary.amount, TEMPORARY)
    if group is not None and (own is None or group < own.amount):
        return Limit(group, GROUP)
    return own


def convert(amount: Decimal, rate: Decimal, quantum: Decimal) -> Decimal:
    """``amount`` of another currency at ``rate``, rounded half up to ``quantum``."""
    return round_to(amount * rate, quantum)


class Rule(NamedTuple):
    """How a tier advises limits.

    :param months: of average turnover; none: the tier advises no limit
    :param newcomer: for who bought nothing in twelve months
    :param cap: never more; ``None``: no cap
    """

    months: Decimal
    newcomer: Decimal
    cap: Decimal | None


def advise(rule: Rule, turnover: Decimal, report: Decimal | None) -> Limit:
    """The advised limit and what it rests on in the end.

    :param turnover: of the last twelve months, taxes included
    :param report: what a credit agency advises, where one does
    """
    found = Limit(rule.newcomer, NEWCOMER)
    if turnover > 0 or not rule.months:
        found = Limit(leading(turnover * rule.months / MONTHS), TURNOVER)
    if rule.cap is not None and rule.cap < found.amount:
        found = Limit(rule.cap, CAP)
    if report is not None and report < found.amount:
        found = Limit(report, REPORT)
    return found


def leading(amount: Decimal) -> Decimal:
    """``amount`` rounded down to two digits, to tens at least; never below zero."""
    return _leading(amount, ROUND_DOWN)


def leading_up(amount: Decimal) -> Decimal:
    """``amount`` rounded up to two digits, to tens at least; never below zero."""
    return _leading(amount, ROUND_UP)


def _leading(amount: Decimal, rounding: str) -> Decimal:
    if amount <= 0:
        return ZERO
    step = Decimal(10) ** max(amount.adjusted() - 1, 1)
    return (amount / step).quantize(Decimal(1), rounding=rounding) * step
