"""The cash forecast: worked examples, and what holds for every ledger."""

import doctest
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from odoo.addons.credit_control_report.core import forecast
from odoo.addons.credit_control_report.core.forecast import (
    Assumed,
    Behaviour,
    Forecast,
    Item,
    Observation,
)

MONDAY = date(2025, 6, 16)
ENDS = forecast.week_ends(MONDAY, 4)
ZERO = Decimal(0)
TINY = 1e-9  # chances are floats

cents = st.integers(1, 10**9).map(lambda number: Decimal(number) / 100)
dues = st.integers(-200, 100).map(lambda days: MONDAY + timedelta(days))
lates = st.none() | st.integers(-30, 200)
observations = st.lists(st.builds(Observation, lates, cents), max_size=20)
agreements = st.lists(st.tuples(dues, cents), max_size=3).map(tuple)
items = st.lists(
    st.builds(
        Item,
        dues,
        cents,
        st.just(ZERO) | cents,
        agreements,
        st.just(1.0) | st.floats(0, 1),
    ),
    max_size=8,
)


class Always:
    """Pays so many days late, without fail."""

    def __init__(self, late):
        self.late = late

    def paid_by(self, late):
        return float(late >= self.late)


def test_docstrings():
    assert doctest.testmod(forecast).failed == 0


@pytest.mark.parametrize(
    ("as_of", "first"),
    [(date(2025, 6, 16), date(2025, 6, 22)), (date(2025, 6, 22), date(2025, 6, 22))],
)
def test_weeks_end_on_sundays(as_of, first):
    ends = forecast.week_ends(as_of, 3)
    assert ends == [first, first + timedelta(7), first + timedelta(14)]


@pytest.mark.parametrize(
    ("late", "due", "expected"),
    [
        (0, 0, [1, 0, 0, 0]),  # due today, pays today
        (0, 6, [1, 0, 0, 0]),  # on Sunday
        (0, 7, [0, 1, 0, 0]),  # on Monday
        (10, 0, [0, 1, 0, 0]),
        (10, -10, [1, 0, 0, 0]),  # his day is today
        (10, -11, [0, 0, 0, 0]),  # later than ever: nobody knows
        (-5, 10, [1, 0, 0, 0]),  # pays early
        (60, 0, [0, 0, 0, 0]),  # beyond
    ],
)
def test_a_payer_like_clockwork(late, due, expected):
    added = Forecast(MONDAY, ENDS)
    [weeks] = added.add(Always(late), [Item(MONDAY + timedelta(due), Decimal(100))])
    assert weeks == [100 * share for share in expected]
    assert added.beyond == 100 - sum(weeks)


def test_given_that_it_is_late_already():
    """Half paid after 5 days, half after 12: who is 6 late pays after 12."""
    seen = [Observation(5, Decimal(10)), Observation(12, Decimal(10))]
    behaviour = Behaviour(seen, Always(0), strength=0.0)
    paid = forecast.chances(behaviour, MONDAY - timedelta(6), MONDAY, ENDS)
    assert paid == [1, 1, 1, 1]
    paid = forecast.chances(behaviour, MONDAY, MONDAY, ENDS)
    assert paid == [0.5, 1, 1, 1]


def test_few_payments_are_drawn_towards_the_others():
    late = Behaviour([Observation(40, Decimal(7))] * 5, Always(0))
    assert late.paid_by(0) == 0.5
    assert Behaviour((), Always(0)).paid_by(0) == 1
    many = Behaviour([Observation(40, Decimal(7))] * 95, Always(0))
    assert many.paid_by(39) == 0.05


def test_what_is_never_paid_stays_open():
    seen = [Observation(3, Decimal(50)), Observation(None, Decimal(50))]
    behaviour = Behaviour(seen, Always(0), strength=0.0)
    assert behaviour.paid_by(500) == 0.5


def test_large_payments_count_more():
    seen = [Observation(0, Decimal(900)), Observation(30, Decimal(100))]
    assert Behaviour(seen, Always(0), strength=0.0).paid_by(0) == pytest.approx(0.9)


def test_agreed_and_disputed():
    """Of 100: 30 disputed, 20 promised for next week, the rest as he always pays."""
    item = Item(
        MONDAY, Decimal(100), Decimal(30), ((MONDAY + timedelta(8), Decimal(20)),)
    )
    added = Forecast(MONDAY, ENDS)
    assert added.add(Always(0), [item]) == [[50, 20, 0, 0]]
    assert added.beyond == 30
    # A day that is over: now. One far away: beyond.
    past = Item(MONDAY, Decimal(9), agreed=((MONDAY - timedelta(3), Decimal(9)),))
    far = Item(MONDAY, Decimal(9), agreed=((MONDAY + timedelta(99), Decimal(9)),))
    assert added.add(Always(20), [past, far]) == [[9, 0, 0, 0], [0, 0, 0, 0]]


def test_a_promise_comes_as_often_as_his_were_kept():
    """Of 100 promised by one who keeps 6 of 10, 40 come as he always pays."""
    promised = ((MONDAY + timedelta(8), Decimal(100)),)
    item = Item(MONDAY, Decimal(100), agreed=promised, chance=0.6)
    added = Forecast(MONDAY, ENDS)
    assert added.add(Always(14), [item]) == [[0, 60, 40, 0]]
    week = added.weeks()[1]
    assert week.low < 60 < week.high
    sure = Forecast(MONDAY, ENDS)
    assert sure.add(Always(14), [item._replace(chance=1.0)]) == [[0, 100, 0, 0]]
    assert sure.weeks()[1].low == sure.weeks()[1].high == 100


@pytest.mark.parametrize(
    ("kept", "count", "wider", "expected"),
    [
        (0, 0, 1.0, 1.0),  # nothing is known: his word counts
        (0, 0, 0.4, 0.4),
        (0, 5, 1.0, 0.5),
        (5, 5, 0.4, 0.7),
        (0, 95, 1.0, 0.05),
    ],
)
def test_share_of_promises_kept(kept, count, wider, expected):
    assert forecast.kept_share(kept, count, wider) == pytest.approx(expected)


@given(items, st.data())
def test_a_kept_promise_brings_more_by_its_day(found, data):
    """Whoever keeps his promises more often is expected to pay no less of them."""
    low, high = sorted((data.draw(st.floats(0, 1)), data.draw(st.floats(0, 1))))

    def agreed(item, chance):
        units, left = forecast.agreed_amounts(
            item._replace(chance=chance), ENDS, Decimal("0.01")
        )
        assert 0 <= left <= item.amount
        return units

    for item in found:
        pairs = zip(agreed(item, low), agreed(item, high), strict=True)
        assert all(less <= more for less, more in pairs)


def test_baseline_is_the_due_date():
    added = Forecast(MONDAY, ENDS)
    added.add(
        Always(20),
        [
            Item(MONDAY - timedelta(50), Decimal(1)),
            Item(MONDAY + timedelta(10), Decimal(2)),
            Item(MONDAY + timedelta(100), Decimal(4)),
        ],
    )
    assert [week.due for week in added.weeks()] == [1, 2, 0, 0]


def test_no_history_at_all_says_something():
    paid = forecast.chances(Assumed(), MONDAY, MONDAY, ENDS)
    assert paid == sorted(paid) and 0 < paid[-1] < 1


# -- for every ledger --------------------------------------------------------------


@given(observations, items)
def test_weeks_and_beyond_add_up(seen, found):
    added = Forecast(MONDAY, ENDS)
    parts = added.add(Behaviour(seen, Assumed()), found)
    weeks = added.weeks()
    assert sum(week.expected for week in weeks) + added.beyond == sum(
        item.amount for item in found
    )
    for number, week in enumerate(weeks):
        assert week.expected == sum(one[number] for one in parts)
        assert week.expected >= 0
    assert added.beyond >= 0


@example([], [Item(date(2025, 5, 14), Decimal("0.26"))])
@given(observations, items)
def test_the_band_is_in_order(seen, found):
    added = Forecast(MONDAY, ENDS)
    added.add(Behaviour(seen, Assumed()), found)
    whole = sum(item.amount for item in found)
    for week in added.weeks():
        assert 0 <= week.low <= week.expected <= week.high <= whole
    for wide, narrow in zip(added.weeks(0.05, 0.95), added.weeks(), strict=True):
        assert wide.low <= narrow.low and wide.high >= narrow.high


@given(observations, st.data(), st.integers(0, 100), st.integers(0, 60))
def test_paying_later_never_brings_money_earlier(seen, data, due, more):
    """An item that isn't due yet, and any one payment of the past moved later."""
    if not seen:
        return
    which = data.draw(st.integers(0, len(seen) - 1))
    moved = list(seen)
    old = moved[which]
    moved[which] = old._replace(late=None if old.late is None else old.late + more)
    day = MONDAY + timedelta(due + 31)  # nobody pays that early

    def paid(history):
        return forecast.chances(Behaviour(history, Assumed()), day, MONDAY, ENDS)

    for before, after in zip(paid(seen), paid(moved), strict=True):
        assert after <= before + TINY


@given(observations, dues, cents)
def test_another_debt_never_paid_brings_no_money_earlier(seen, due, amount):
    """Whatever the age of the item, where amounts weigh alike."""
    even = [one._replace(amount=Decimal(1)) for one in seen]
    more = [*even, Observation(None, Decimal(1))]

    def paid(history):
        return forecast.chances(Behaviour(history, Assumed()), due, MONDAY, ENDS)

    for before, after in zip(paid(even), paid(more), strict=True):
        assert after <= before + TINY


@given(observations, st.integers(-60, 300), st.integers(0, 60))
def test_a_share_grows_with_the_days(seen, late, more):
    behaviour = Behaviour(seen, Assumed())
    assert 0 <= behaviour.paid_by(late)
    assert behaviour.paid_by(late) <= behaviour.paid_by(late + more) + TINY <= 1 + TINY


@given(st.lists(cents, max_size=6), st.just(ZERO) | cents)
def test_credits_pay_the_oldest_first(amounts, credit):
    left = forecast.set_off(amounts, credit)
    assert sum(left) == max(sum(amounts) - credit, ZERO)
    assert all(0 <= rest <= amount for rest, amount in zip(left, amounts, strict=True))
    touched = [rest != amount for rest, amount in zip(left, amounts, strict=True)]
    assert touched == sorted(touched, reverse=True)
