"""Terms that the law counts in days.

A term of n days holds n whole days. The day on which a letter arrives counts in
it or not, as the delivery rule says; the day after its last day is the first on
which costs may be claimed. Public holidays are handed in: anything that answers
``day in holidays``.

Sources: Dutch Civil Code 6:96(6) (fourteen days from the day after receipt);
Belgian Code of Economic Law, Book XIX (fourteen days from the third working day
after sending, electronically from the day after sending).
"""

import calendar
from collections.abc import Container
from datetime import date, timedelta
from typing import NamedTuple

SATURDAY, SUNDAY, MONDAY = 5, 6, 0
NO_HOLIDAYS: Container[date] = frozenset()


class DeliveryRule(NamedTuple):
    """When what was sent counts as received, and when a term starts from it.

    :ivar days: it arrives on this counted day after sending; 0: at once
    :ivar uncounted: weekdays that don't count, Monday is 0
    :ivar skips_holidays: public holidays don't count either
    :ivar day_after: the term starts the day after it arrived, else on that day
    """

    days: int
    uncounted: frozenset[int] = frozenset()
    skips_holidays: bool = False
    day_after: bool = True


def delivered_on(
    sent: date, rule: DeliveryRule, holidays: Container[date] = NO_HOLIDAYS
) -> date:
    """The day on which something sent on ``sent`` counts as received.

    >>> post = DeliveryRule(2, frozenset({SUNDAY, MONDAY}))
    >>> delivered_on(date(2025, 3, 7), post)
    datetime.date(2025, 3, 11)

    :raises ValueError: no weekday counts
    """
    if len(rule.uncounted) >= 7:
        raise ValueError("some weekday must count")
    day, counted = sent, 0
    while counted < rule.days:
        day += timedelta(1)
        off = day.weekday() in rule.uncounted or (
            rule.skips_holidays and day in holidays
        )
        counted += not off
    return day


def first_chargeable_day(
    sent: date,
    days: int,
    rule: DeliveryRule,
    holidays: Container[date] = NO_HOLIDAYS,
) -> date:
    """First day after a term of ``days`` days given in something sent."""
    start = delivered_on(sent, rule, holidays) + timedelta(rule.day_after)
    return start + timedelta(days)


class FirstNotice(NamedTuple):
    """A notice that gives a term of ``days`` days before costs are claimed.

    It counts as received when the slowest of the ways in ``rules`` arrives.
    """

    days: int
    rules: tuple[DeliveryRule, ...]
    holidays: Container[date] = NO_HOLIDAYS

    def costs_from(self, sent: date) -> date:
        """First day on which costs may be claimed when it was sent on ``sent``."""
        return max(
            first_chargeable_day(sent, self.days, rule, self.holidays)
            for rule in self.rules
        )


def longest_due(issued: date, days: int, month_end_days: int = 0) -> date:
    """The latest due date that the law allows to an invoice.

    :param days: most days after the invoice date
    :param month_end_days: where the law allows a term to the end of a month as
        well: its days, before or after the end of the month
    """
    latest = issued + timedelta(days)
    if month_end_days:
        extra = timedelta(month_end_days)
        latest = max(latest, _month_end(issued) + extra, _month_end(issued + extra))
    return latest


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
