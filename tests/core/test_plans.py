from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_control.core import plans
from odoo.addons.credit_control.core.plans import MONTHLY, TWO_WEEKLY, WEEKLY, Term

CENT = Decimal("0.01")
START = date(2025, 6, 16)
cents = st.integers(0, 10**8).map(lambda count: count * CENT)
amounts = st.integers(1000, 10**8).map(lambda count: count * CENT)
counts = st.integers(1, 24)
periods = st.sampled_from((WEEKLY, TWO_WEEKLY, MONTHLY))
rates = st.integers(0, 60).map(Decimal)


def days_of(count, period=MONTHLY, first=date(2025, 7, 16)):
    return [plans.term_day(first, number, period) for number in range(count)]


def annuity(principal, rate, count, period=MONTHLY, share=Decimal(1)):
    days = days_of(count, period)
    return plans.annuity_terms(principal, rate, days, share, period, CENT)


@pytest.mark.parametrize(
    ("first", "period", "expected"),
    [
        ("2025-01-31", MONTHLY, ["2025-01-31", "2025-02-28", "2025-03-31"]),
        ("2024-01-31", MONTHLY, ["2024-01-31", "2024-02-29", "2024-03-31"]),
        ("2025-11-30", MONTHLY, ["2025-11-30", "2025-12-30", "2026-01-30"]),
        ("2025-12-29", WEEKLY, ["2025-12-29", "2026-01-05", "2026-01-12"]),
        ("2025-02-20", TWO_WEEKLY, ["2025-02-20", "2025-03-06", "2025-03-20"]),
    ],
)
def test_days(first, period, expected):
    assert [
        day.isoformat() for day in days_of(3, period, date.fromisoformat(first))
    ] == expected


def test_no_such_period():
    with pytest.raises(KeyError):
        plans.term_day(START, 1, "daily")


@pytest.mark.parametrize(
    ("amount", "count", "quantum", "expected"),
    [
        ("100", 3, "0.01", ["33.33", "33.33", "33.34"]),
        ("200", 3, "0.01", ["66.66", "66.66", "66.68"]),
        ("100", 4, "0.01", ["25", "25", "25", "25"]),
        ("1000", 3, "1", ["333", "333", "334"]),
        ("10", 1, "0.01", ["10"]),
    ],
)
def test_split(amount, count, quantum, expected):
    parts = plans.split(Decimal(amount), count, Decimal(quantum))
    assert parts == [Decimal(part) for part in expected]


def test_a_plan_has_a_term():
    with pytest.raises(ValueError, match="at least one"):
        plans.split(Decimal(10), 0, CENT)


@given(amounts, cents, counts)
def test_equal_terms_add_up(principal, costs, count):
    terms = plans.equal_terms(principal, costs, days_of(count), CENT)
    assert sum(term.amount for term in terms) == principal + costs
    assert sum(term.costs for term in terms) == costs
    assert all(term.principal > 0 and term.costs >= 0 for term in terms)


@pytest.mark.parametrize(
    ("principal", "rate", "count", "payment", "last", "interest"),
    [
        # 1000 at 12 % in 3 months: 1000 * 0.01 / (1 - 1.01 ** -3) = 340.022...
        ("1000", "12", 3, "340.02", "340.03", "20.07"),
        # 12000 at 6 % in 12 months: 1032.797...
        ("12000", "6", 12, "1032.80", "1032.78", "393.58"),
        ("1200", "0", 4, "300", "300", "0"),
    ],
)
def test_annuity(principal, rate, count, payment, last, interest):
    terms = annuity(Decimal(principal), Decimal(rate), count)
    assert {term.amount for term in terms[:-1]} == {Decimal(payment)}
    assert terms[-1].amount == Decimal(last)
    assert sum(term.interest for term in terms) == Decimal(interest)


@given(amounts, rates, counts, periods, st.integers(0, 3))
def test_annuity_adds_up(principal, rate, count, period, share):
    terms = annuity(principal, rate, count, period, Decimal(share))
    assert sum(term.principal for term in terms) == principal
    assert all(term.interest >= 0 and term.principal >= 0 for term in terms)


@given(amounts, rates, st.integers(1, 10), counts, periods)
def test_a_higher_rate_costs_more(principal, rate, more, count, period):
    low, high = (
        sum(term.interest for term in annuity(principal, r, count, period))
        for r in (rate, rate + more)
    )
    # Each term may round the other way.
    assert high >= low - count * CENT


def test_interest_from_the_start():
    assert plans.share_of_period(START, date(2025, 7, 16), MONTHLY) == 1
    assert plans.share_of_period(date(2025, 1, 31), date(2025, 2, 28), MONTHLY) == 1
    assert plans.share_of_period(START, START + timedelta(7), TWO_WEEKLY) == Decimal(
        "0.5"
    )
    assert plans.share_of_period(START, START, WEEKLY) == 0


def test_free_terms():
    lines = [(date(2025, 8, 1), Decimal(60)), (date(2025, 7, 1), Decimal(50))]
    assert plans.free_terms(lines, Decimal(100)) == [
        Term(date(2025, 7, 1), Decimal(50)),
        Term(date(2025, 8, 1), Decimal(50), costs=Decimal(10)),
    ]


@pytest.mark.parametrize(
    ("paid", "credited", "asked", "parts"),
    [
        (0, 0, [50, 50, 50], [0, 0, 0]),
        (70, 0, [50, 50, 50], [50, 20, 0]),
        (0, 60, [50, 40, 0], [0, 0, 0]),
        (70, 60, [50, 40, 0], [50, 20, 0]),
        (500, 0, [50, 50, 50], [50, 50, 50]),
        (0, 500, [0, 0, 0], [0, 0, 0]),
    ],
)
def test_stand(paid, credited, asked, parts):
    terms = [(day, Decimal(50)) for day in days_of(3)]
    standings = plans.stand(terms, Decimal(paid), Decimal(credited))
    assert [standing.amount for standing in standings] == asked
    assert [standing.paid for standing in standings] == parts


@given(st.lists(amounts, min_size=1, max_size=8), cents, cents)
def test_nothing_is_lost(parts, paid, credited):
    terms = list(zip(days_of(len(parts)), parts, strict=True))
    standings = plans.stand(terms, paid, credited)
    total = max(Decimal(0), sum(parts) - credited)
    assert sum(standing.amount for standing in standings) == total
    assert sum(standing.paid for standing in standings) == min(paid, total)
    assert all(standing.rest >= 0 for standing in standings)


@pytest.mark.parametrize(
    ("paid", "days_after", "broken"),
    [(0, 5, False), (0, 6, True), (50, 6, False), (49, 6, True)],
)
def test_broken_after_grace(paid, days_after, broken):
    first, *_rest = days = days_of(3)
    standings = plans.stand(
        [(day, Decimal(50)) for day in days], Decimal(paid), Decimal(0)
    )
    found = plans.find_broken(standings, first + timedelta(days_after), 5)
    assert (found is not None) == broken


def test_states():
    terms = [(day, Decimal(50)) for day in days_of(4)]
    standings = plans.stand(terms, Decimal(70), Decimal(0))
    late = terms[1][0] + timedelta(1)
    assert [s.state(START) for s in standings] == ["paid", "partly", "open", "open"]
    assert [s.state(late) for s in standings] == ["paid", "late", "open", "open"]
