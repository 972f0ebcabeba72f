from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_insurance.core.cover import (
    Decision,
    Delivery,
    Limit,
    Period,
    cover,
    in_force,
    kept,
    limit_on,
    periods,
)

DAY = date(2025, 6, 1)


def limit(amount: int, percent: int = 90, **values) -> Limit:
    return Limit(
        Decimal(amount), Decimal(percent), values.pop("valid_from", DAY), **values
    )


@pytest.mark.parametrize(
    ("balance", "limits", "insured"),
    [
        (135_000, [limit(100_000)], 90_000),
        (100_000, [limit(80_000)], 72_000),
        (50_000, [limit(80_000)], 45_000),
        (50_000, [], 0),
        (0, [limit(80_000)], 0),
        (-500, [limit(80_000)], 0),
        (100, [limit(60, 80), limit(20, 95)], 19 + 48),
        (100, [limit(60, valid_to=date(2025, 5, 31), valid_from=date(2025, 1, 1))], 0),
        (100, [limit(60, valid_to=DAY)], 54),
        (100, [limit(60, valid_from=date(2025, 6, 2))], 0),
        # A top-up covers what lies above the others, whatever its percentage.
        (100, [limit(60, 80), limit(20, 95, top_up=True)], 48 + 19),
        (50, [limit(60, 80), limit(20, 95, top_up=True)], 40),
        (50, [limit(60, 80), limit(20, 95)], 19 + 24),
        (50, [limit(20, 95, top_up=True)], 19),
    ],
)
def test_insured(balance: int, limits: list[Limit], insured: int) -> None:
    found = cover(Decimal(balance), limits, DAY)
    assert found.insured == insured
    assert found.uncovered == balance - insured


amounts = st.integers(0, 10**7).map(lambda cents: Decimal(cents) / 100)
limits = st.lists(
    st.builds(
        Limit,
        amounts,
        st.integers(1, 100).map(Decimal),
        st.just(DAY),
        st.none(),
        st.booleans(),
    ),
    max_size=4,
)


@given(amounts, limits)
def test_never_more_than_limit_times_percentage_or_balance(
    balance: Decimal, found: list[Limit]
) -> None:
    result = cover(balance, found, DAY)
    assert 0 <= result.insured <= sum(x.amount * x.percent / 100 for x in found)
    assert result.insured <= balance
    assert result.insured + result.uncovered == balance


@given(amounts, amounts, limits)
def test_what_was_delivered_during_a_stop_is_never_insured(
    balance: Decimal, stopped: Decimal, found: list[Limit]
) -> None:
    result = cover(balance, found, DAY, stopped)
    assert 0 <= result.insured <= max(balance - stopped, 0)


@given(amounts, amounts, limits)
def test_more_balance_never_lowers_the_insured_part(
    balance: Decimal, more: Decimal, found: list[Limit]
) -> None:
    assert (
        cover(balance + more, found, DAY).insured >= cover(balance, found, DAY).insured
    )


# -- decisions over time -------------------------------------------------------

JAN, FEB, MAR, APR, MAY = (date(2025, month, 1) for month in range(1, 6))


def decided(number: int, amount: int, start: date, **values) -> Decision:
    return Decision(number, Decimal(amount), start, **values)


RAISED = [decided(1, 50, JAN), decided(2, 80, MAR)]
CUT = [decided(1, 100, JAN), decided(2, 40, MAR)]


@pytest.mark.parametrize(
    ("decisions", "day", "amount"),
    [
        ([], JAN, 0),
        (RAISED, date(2024, 12, 31), 0),
        (RAISED, JAN, 50),
        (RAISED, date(2025, 2, 28), 50),
        (RAISED, MAR, 80),
        (CUT, MAR, 40),
        # Entered later for the same day: the last one counts.
        ([decided(2, 70, JAN), decided(1, 50, JAN)], JAN, 70),
        # Notice of a later day doesn't matter: the day in effect does.
        ([decided(2, 50, JAN), decided(1, 80, MAR)], APR, 80),
        # What has ended doesn't bring back what was before.
        ([decided(1, 50, JAN), decided(2, 80, FEB, valid_to=MAR)], MAR, 80),
        ([decided(1, 50, JAN), decided(2, 80, FEB, valid_to=MAR)], APR, 0),
        # A temporary limit comes on top and ends by itself.
        (
            [decided(1, 50, JAN), decided(2, 30, FEB, valid_to=MAR, temporary=True)],
            FEB,
            80,
        ),
        (
            [decided(1, 50, JAN), decided(2, 30, FEB, valid_to=MAR, temporary=True)],
            APR,
            50,
        ),
        ([decided(1, 30, FEB, valid_to=MAR, temporary=True)], FEB, 30),
        ([decided(1, 50, JAN), decided(2, 0, MAR)], MAR, 0),
    ],
)
def test_in_force(decisions: list[Decision], day: date, amount: int) -> None:
    assert in_force(decisions, day)[0] == amount
    assert limit_on(periods(decisions), day) == amount


def test_the_lower_percentage_counts() -> None:
    both = [
        decided(1, 50, JAN, percent=Decimal(85)),
        decided(2, 30, FEB, percent=Decimal(70), temporary=True),
    ]
    assert in_force(both, JAN) == (50, 85)
    assert in_force(both, FEB) == (80, 70)
    assert in_force([decided(1, 50, JAN)], JAN) == (50, None)


def test_periods_of_a_temporary_limit() -> None:
    end = date(2025, 3, 31)
    decisions = [decided(1, 50, JAN), decided(2, 30, MAR, valid_to=end, temporary=True)]
    assert periods(decisions) == [
        Period(Decimal(50), None, JAN, date(2025, 2, 28)),
        Period(Decimal(80), None, MAR, end),
        Period(Decimal(50), None, APR, None),
    ]


def test_a_repeated_decision_makes_no_new_period() -> None:
    decisions = [decided(1, 50, JAN), decided(2, 50, MAR), decided(3, 0, MAY)]
    assert periods(decisions) == [Period(Decimal(50), None, JAN, date(2025, 4, 30))]


def test_own_cover_lapses_on_a_decision_of_the_insurer() -> None:
    own = [decided(1, 20, JAN, valid_to=date(2025, 12, 31))]
    assert periods(own, MAR) == [Period(Decimal(20), None, JAN, date(2025, 2, 28))]
    assert periods(own, JAN) == []
    assert periods(own, date(2026, 3, 1))[0].valid_to == date(2025, 12, 31)


@pytest.mark.parametrize(
    ("decisions", "deliveries", "credits", "within"),
    [
        # Delivered before the cut: stays covered, and takes the room of the new limit.
        (CUT, [(FEB, 80), (APR, 30)], 0, 80),
        (CUT, [(FEB, 120)], 0, 100),
        (CUT, [(FEB, 20), (APR, 30)], 0, 40),
        (CUT, [(APR, 60)], 0, 40),
        # On the day of the cut the new limit counts.
        (CUT, [(MAR, 80)], 0, 40),
        (CUT, [(date(2025, 2, 28), 80)], 0, 80),
        # Money counts for the oldest delivery first.
        (CUT, [(FEB, 80), (APR, 30)], 60, 40),
        (CUT, [(FEB, 80), (APR, 30)], 200, 0),
        # A raised limit takes in what lay beyond the old one.
        (RAISED, [(FEB, 70)], 0, 70),
        # Raised and cut: each delivery has the room of its day.
        ([*RAISED, decided(3, 50, APR)], [(FEB, 60), (MAR, 60)], 0, 80),
        # Withdrawn.
        ([decided(1, 100, JAN), decided(2, 0, MAR)], [(FEB, 30), (APR, 30)], 0, 30),
        ([], [(FEB, 30)], 0, 0),
    ],
)
def test_deliveries_before_a_cut_stay_covered(
    decisions: list[Decision],
    deliveries: list[tuple[date, int]],
    credits: int,
    within: int,
) -> None:
    found = kept(
        [periods(decisions)],
        [Delivery(day, Decimal(amount)) for day, amount in deliveries],
        Decimal(credits),
        MAY,
    )
    assert found == ([within], 0)


def test_what_is_within_one_limit_is_not_within_the_next() -> None:
    """Both withdrawn in March: what was delivered before is covered once, what was
    delivered afterwards not at all.
    """
    withdrawn = periods([decided(1, 100, JAN), decided(2, 0, MAR)])
    old, new = Delivery(FEB, Decimal(100)), Delivery(APR, Decimal(100))
    found = kept([withdrawn, withdrawn], [old, new], Decimal(0), MAY)
    assert found.within == [100, 0]
    more = Delivery(FEB, Decimal(60))
    assert kept([withdrawn, withdrawn], [old, more], Decimal(0), MAY).within == [
        100,
        60,
    ]


def test_what_was_delivered_during_a_stop_stays_uncovered() -> None:
    stopped = Delivery(MAR, Decimal(60), stopped=True)
    others = [Delivery(FEB, Decimal(30)), Delivery(APR, Decimal(20))]
    history = periods([decided(1, 100, JAN)])
    assert kept([history], [stopped, *others], Decimal(0), MAY) == ([50], 60)
    # Money counts for the oldest first: 30 of February, 10 of March.
    assert kept([history], [stopped, *others], Decimal(40), MAY) == ([20], 50)


days = st.dates(JAN, date(2025, 12, 31))
decisions = st.lists(
    st.builds(
        lambda number, amount, start, length, temporary: Decision(
            number,
            amount,
            start,
            date.fromordinal(start.toordinal() + length) if length else None,
            temporary=temporary,
        ),
        st.integers(1, 50),
        amounts,
        days,
        st.integers(0, 200),
        st.booleans(),
    ),
    max_size=5,
    unique_by=lambda decision: decision.number,
)
shipments = st.lists(st.builds(Delivery, days, amounts, st.booleans()), max_size=5)


@given(decisions, days)
def test_periods_say_what_decisions_say(found: list[Decision], day: date) -> None:
    assert limit_on(periods(found), day) == in_force(found, day)[0]


@given(decisions)
def test_periods_follow_one_another(found: list[Decision]) -> None:
    history = periods(found)
    for before, after in zip(history, history[1:], strict=False):
        assert before.valid_to and before.valid_to < after.valid_from
        assert before.valid_from <= before.valid_to


@given(decisions, shipments, amounts, days)
def test_never_beyond_the_highest_limit_nor_what_is_open(
    found: list[Decision], delivered: list[Delivery], credits: Decimal, day: date
) -> None:
    history = periods(found)
    [within], _stopped = kept([history], delivered, credits, day)
    owed = sum(delivery.amount for delivery in delivered)
    assert 0 <= within <= max((one.amount for one in history), default=0)
    assert within <= max(owed - credits, 0)


@given(st.lists(decisions, max_size=3), shipments, amounts, days)
def test_no_euro_is_within_two_limits_or_stopped_as_well(
    found: list[list[Decision]],
    delivered: list[Delivery],
    credits: Decimal,
    day: date,
) -> None:
    within, stopped = kept([periods(one) for one in found], delivered, credits, day)
    owed = sum(delivery.amount for delivery in delivered)
    assert sum(within) + stopped <= max(owed - credits, 0)
    if len(found) == 1:
        return
    alone = [kept([periods(one)], delivered, credits, day).within[0] for one in found]
    assert all(one <= most for one, most in zip(within, alone, strict=True))
