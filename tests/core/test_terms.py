"""Terms never start early, and skip what the law doesn't count."""

import doctest
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_control.core import terms
from odoo.addons.credit_control.core.terms import (
    MONDAY,
    SATURDAY,
    SUNDAY,
    DeliveryRule,
    delivered_on,
    first_chargeable_day,
    longest_due,
)

NL_POST = DeliveryRule(2, frozenset({SUNDAY, MONDAY}), True)
NL_MAIL = DeliveryRule(0)
BE_POST = DeliveryRule(3, frozenset({SATURDAY, SUNDAY}), True, day_after=False)
BE_MAIL = DeliveryRule(1, day_after=False)

FRIDAY = date(2025, 3, 7)
THURSDAY = date(2025, 3, 6)

dates = st.integers(0, 2000).map(lambda n: date(2024, 1, 1) + timedelta(days=n))
holidays = st.frozensets(dates, max_size=60)
rules = st.builds(
    DeliveryRule,
    st.integers(0, 6),
    st.frozensets(st.integers(0, 6), max_size=6),
    st.booleans(),
    st.booleans(),
)


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(terms).failed == 0


@pytest.mark.parametrize(
    ("sent", "rule", "day"),
    [
        (FRIDAY, NL_POST, date(2025, 3, 26)),
        (FRIDAY, NL_MAIL, date(2025, 3, 22)),
        (THURSDAY, BE_MAIL, date(2025, 3, 21)),
        (THURSDAY, BE_POST, date(2025, 3, 25)),
        # Where Saturday is a working day the third one is Monday 10 March.
        (THURSDAY, BE_POST._replace(uncounted=frozenset({SUNDAY})), date(2025, 3, 24)),
    ],
)
def test_fourteen_days(sent: date, rule: DeliveryRule, day: date) -> None:
    assert first_chargeable_day(sent, 14, rule) == day


def test_a_dutch_letter_before_easter_takes_longer() -> None:
    good_friday, easter_monday = date(2025, 4, 18), date(2025, 4, 21)
    sent = date(2025, 4, 17)
    # Saturday is the first day that counts, Tuesday the second.
    assert delivered_on(sent, NL_POST, {good_friday, easter_monday}) == date(
        2025, 4, 22
    )


def test_holidays_count_where_the_rule_does_not_skip_them() -> None:
    rule = BE_POST._replace(skips_holidays=False)
    assert delivered_on(THURSDAY, rule, {FRIDAY}) == delivered_on(THURSDAY, rule)


def test_some_weekday_must_count() -> None:
    with pytest.raises(ValueError, match="weekday"):
        delivered_on(FRIDAY, DeliveryRule(1, frozenset(range(7))))


@pytest.mark.parametrize(
    ("issued", "days", "month_end_days", "latest"),
    [
        (date(2025, 1, 1), 60, 0, date(2025, 3, 2)),
        (date(2025, 1, 31), 30, 0, date(2025, 3, 2)),
        # 45 days after the end of the month may be later than 60 days.
        (date(2025, 1, 1), 60, 45, date(2025, 3, 17)),
        (date(2025, 1, 31), 60, 45, date(2025, 4, 1)),
    ],
)
def test_the_latest_due_date(
    issued: date, days: int, month_end_days: int, latest: date
) -> None:
    assert longest_due(issued, days, month_end_days) == latest


@given(dates, rules, holidays)
def test_nothing_arrives_before_it_is_sent(
    sent: date, rule: DeliveryRule, off: frozenset[date]
) -> None:
    assert delivered_on(sent, rule, off) >= sent + timedelta(rule.days)


@given(dates, st.integers(0, 60), rules, holidays)
def test_a_term_is_whole(
    sent: date, days: int, rule: DeliveryRule, off: frozenset[date]
) -> None:
    start = delivered_on(sent, rule, off)
    held = (first_chargeable_day(sent, days, rule, off) - start).days
    assert held == days + rule.day_after


@given(dates, rules, holidays)
def test_it_arrives_on_a_day_that_counts(
    sent: date, rule: DeliveryRule, off: frozenset[date]
) -> None:
    day = delivered_on(sent, rule, off)
    if rule.days:
        assert day.weekday() not in rule.uncounted
        assert not (rule.skips_holidays and day in off)


@given(dates, st.integers(0, 30), rules, holidays, st.integers(0, 30), dates)
def test_later_sent_more_days_or_holidays_never_end_a_term_sooner(
    sent: date,
    days: int,
    rule: DeliveryRule,
    off: frozenset[date],
    more: int,
    holiday: date,
) -> None:
    end = first_chargeable_day(sent, days, rule, off)
    assert end <= first_chargeable_day(sent + timedelta(more), days, rule, off)
    assert end <= first_chargeable_day(sent, days + more, rule, off)
    assert end <= first_chargeable_day(sent, days, rule, off | {holiday})
