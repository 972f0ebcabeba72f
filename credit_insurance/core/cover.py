"""What credit insurance policies cover of a debtor's balance.

Amounts are Decimal in one currency. A limit is valid from its first to its last
day, both included; no last day means until further notice.

Limits of several policies lie on top of one another, in the order of :func:`rank`:
each covers what lies beyond the ones before it, so that nothing is covered twice. A
top-up policy covers what lies above the limits of the other ones.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import zip_longest
from typing import NamedTuple

ZERO = Decimal(0)
HUNDRED = Decimal(100)
ONE_DAY = timedelta(days=1)


class Limit(NamedTuple):
    """An insured limit of one debtor; ``percent`` is the insured percentage.

    :param top_up: of a policy that covers what lies above the limits of others
    """

    amount: Decimal
    percent: Decimal
    valid_from: date
    valid_to: date | None = None
    top_up: bool = False


class Cover(NamedTuple):
    """How a balance splits: ``insured + uncovered`` is the balance."""

    limit: Decimal
    insured: Decimal
    uncovered: Decimal


class Decision(NamedTuple):
    """What the insurer decided on one debtor.

    :param number: the order in which decisions were entered
    :param amount: zero: refused or withdrawn
    :param percent: insured percentage where the decision names one of its own
    :param temporary: comes on top of the standing limit while it is valid
    """

    number: int
    amount: Decimal
    valid_from: date
    valid_to: date | None = None
    percent: Decimal | None = None
    temporary: bool = False

    def holds(self, day: date) -> bool:
        return self.valid_from <= day and (
            self.valid_to is None or day <= self.valid_to
        )


class Period(NamedTuple):
    """From a day to a day the same limit is in force."""

    amount: Decimal
    percent: Decimal | None
    valid_from: date
    valid_to: date | None

    def holds(self, day: date) -> bool:
        return self.valid_from <= day and (
            self.valid_to is None or day <= self.valid_to
        )


class Delivery(NamedTuple):
    """What is open of one delivery; ``day`` is that of delivery or invoice.

    :param stopped: it was delivered while deliveries were stopped
    """

    day: date
    amount: Decimal
    stopped: bool = False


class Kept(NamedTuple):
    """How much of what is open lies ``within`` each limit, and how much was delivered
    while deliveries were ``stopped``, so that it isn't covered at all.
    """

    within: list[Decimal]
    stopped: Decimal


def in_force(
    decisions: Iterable[Decision], day: date
) -> tuple[Decimal, Decimal | None]:
    """The limit on ``day`` and its own percentage, if it names one.

    That is the latest standing decision in effect plus temporary ones. A standing
    decision that has ended leaves nothing: the one before it doesn't revive.
    Of decisions that take effect on one day the one entered last counts.
    Source: practice of the insurers.
    """
    begun = [decision for decision in decisions if decision.valid_from <= day]
    standing = [decision for decision in begun if not decision.temporary]
    latest = max(standing, key=lambda one: (one.valid_from, one.number), default=None)
    counting = [one for one in begun if one.temporary and one.holds(day)]
    if latest and latest.holds(day):
        counting.append(latest)
    percents = [one.percent for one in counting if one.percent is not None]
    total = sum((one.amount for one in counting), ZERO)
    return total, min(percents, default=None)


def periods(
    decisions: Iterable[Decision], lapses_on: date | None = None
) -> list[Period]:
    """The limit over time, as periods without overlap, those of zero left out.

    :param lapses_on: the first day on which nothing of it counts any more: cover that
        the insured gives himself lapses on any decision of the insurer, also a zero
    """
    decisions = list(decisions)
    days = _turning_days(decisions)
    found: list[Period] = []
    for day, following in zip_longest(days, days[1:]):
        if lapses_on is not None and day >= lapses_on:
            break
        amount, percent = in_force(decisions, day)
        end = following - ONE_DAY if following else None
        if lapses_on is not None and (end is None or end >= lapses_on):
            end = lapses_on - ONE_DAY
        if amount > 0:
            _append(found, Period(amount, percent, day, end))
    return found


def _turning_days(decisions: list[Decision]) -> list[date]:
    days = {decision.valid_from for decision in decisions}
    ends = {one.valid_to for one in decisions if one.valid_to} - {date.max}
    days |= {end + ONE_DAY for end in ends}
    return sorted(days)


def _append(found: list[Period], period: Period) -> None:
    """Add ``period``; it prolongs the last one where only the day differs."""
    last = found[-1] if found else None
    if (
        last
        and last.valid_to
        and last.valid_to + ONE_DAY == period.valid_from
        and (last.amount, last.percent) == (period.amount, period.percent)
    ):
        found[-1] = last._replace(valid_to=period.valid_to)
    else:
        found.append(period)


def clip(history: Iterable[Period], start: date, end: date | None) -> list[Period]:
    """``history`` within the days from ``start`` to ``end``."""
    found = []
    for period in history:
        ends = [day for day in (period.valid_to, end) if day]
        first, last = max(period.valid_from, start), min(ends, default=None)
        if last is None or first <= last:
            found.append(period._replace(valid_from=first, valid_to=last))
    return found


def limit_on(history: Iterable[Period], day: date) -> Decimal:
    """The limit in force on ``day``."""
    return sum((period.amount for period in history if period.holds(day)), ZERO)


def kept(
    histories: Sequence[Iterable[Period]],
    deliveries: Iterable[Delivery],
    credits: Decimal,
    as_of: date,
) -> Kept:
    """How much of open deliveries is within each limit, in the order of their days.

    A cut takes effect on its day: what was delivered before stays within the limit of
    then, and takes room from what is delivered afterwards. A raised limit takes in
    what lay beyond it. What is within one limit is not within the next one, too. What
    was delivered during a stop stays uncovered when the stop is over. ``credits``,
    money that is matched with nothing yet, counts for the oldest delivery first.
    Source: practice of the insurers; recoveries go to the oldest invoice first.

    :param histories: the limits over time, in the order in which they are used
    """
    limits = [list(history) for history in histories]
    within, stopped, money = [ZERO] * len(limits), ZERO, credits
    for delivery in sorted(deliveries):
        paid = min(money, delivery.amount)
        money -= paid
        rest = delivery.amount - paid
        if delivery.stopped:
            stopped += rest
            continue
        for number, history in enumerate(limits):
            room = max(limit_on(history, delivery.day), limit_on(history, as_of))
            part = min(rest, max(room - within[number], ZERO))
            within[number] += part
            rest -= part
    return Kept(within, stopped)


def valid_limits(limits: Iterable[Limit], as_of: date) -> list[Limit]:
    """The limits in force on ``as_of``."""
    return [
        limit
        for limit in limits
        if limit.valid_from <= as_of
        and (limit.valid_to is None or as_of <= limit.valid_to)
    ]


def rank(top_up: bool, percent: Decimal) -> tuple[bool, Decimal]:
    """Sorts limits in the order in which they are used: those of top-up policies last,
    the best percentage first.
    """
    return top_up, -percent


def cover(
    balance: Decimal, limits: Iterable[Limit], as_of: date, stopped: Decimal = ZERO
) -> Cover:
    """The insured part of ``balance`` on ``as_of``, unrounded.

    Each limit in force covers its percentage of what lies within it; the next
    one covers what lies beyond, in the order of :func:`rank`. A balance in the
    debtor's favour has nothing to cover.
    Source: practice of the insurers, min(balance, limit) × percentage.

    :param stopped: what of the balance was delivered during a stop: never covered
    """
    valid = sorted(
        valid_limits(limits, as_of), key=lambda one: rank(one.top_up, one.percent)
    )
    rest = max(balance - stopped, ZERO)
    insured = ZERO
    for limit in valid:
        part = min(rest, limit.amount)
        insured += part * limit.percent / HUNDRED
        rest -= part
    total = sum((limit.amount for limit in valid), ZERO)
    return Cover(total, insured, balance - insured)
