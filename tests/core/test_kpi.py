"""Key figures: the published vectors, and what holds for all receivables."""

import doctest
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from odoo.addons.credit_control_report.core import kpi
from odoo.addons.credit_control_report.core.kpi import MonthlySales, Payment

ZERO = Decimal(0)
CENT = Decimal("0.01")
TINY = Decimal("0.000001")

amounts = st.integers(0, 10**11).map(lambda cents: Decimal(cents) / 100)
positive = st.integers(1, 10**11).map(lambda cents: Decimal(cents) / 100)
days = st.integers(1, 366)
months = st.lists(st.builds(MonthlySales, positive, st.integers(28, 31)), max_size=24)
payments = st.lists(
    st.builds(Payment, positive, st.integers(0, 900), st.integers(-90, 900)), min_size=1
)
JULY, AUGUST, SEPTEMBER = (
    MonthlySales(Decimal(sales), length)
    for sales, length in ((300, 31), (310, 31), (290, 30))
)
QUARTER = [SEPTEMBER, AUGUST, JULY]


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(kpi).failed == 0


def test_published_vectors() -> None:
    begin, end, current, sales, year = map(Decimal, (550, 600, 420, 900, 3600))
    found = {
        "dso": kpi.dso(end, sales, 92),
        "count back": kpi.count_back(end, QUARTER),
        "best possible": kpi.best_possible_dso(current, sales, 92),
        "delinquent": kpi.average_days_delinquent(end, current, sales, 92),
        "effectiveness": kpi.collection_effectiveness(begin, sales, end, current),
        "turnover": kpi.turnover(year, [begin, end]),
    }
    assert {name: str(round(value or ZERO, 2)) for name, value in found.items()} == {
        "dso": "61.33",
        "count back": "61.00",
        "best possible": "42.93",
        "delinquent": "18.40",
        "effectiveness": "82.52",
        "turnover": "6.26",
    }
    assert round(kpi.turnover_days(year, [begin, end]) or ZERO, 1) == Decimal("58.3")


@pytest.mark.parametrize(
    ("receivables", "expected"),
    [
        (0, None),  # nothing to count back
        (-5, None),
        (145, "15"),  # half of September
        (290, "30"),
        (445, "45.5"),  # September and half of August
        (900, "92"),
        (901, None),  # more than these months sold
    ],
)
def test_count_back(receivables: int, expected: str | None) -> None:
    found = kpi.count_back(Decimal(receivables), QUARTER)
    assert found == (None if expected is None else Decimal(expected))


def test_count_back_passes_a_month_of_credit_notes() -> None:
    refunded = MonthlySales(Decimal(-10), 30)
    assert kpi.count_back(Decimal(155), [refunded, AUGUST]) == Decimal("45.5")


def test_days_late_of_early_payments_are_none() -> None:
    early = [Payment(Decimal(10), 20, -10), Payment(Decimal(10), 40, 10)]
    assert kpi.average_days_late(early) == 5
    assert kpi.average_days_to_pay(early) == 30


def test_roll_rates_of_unlike_buckets() -> None:
    with pytest.raises(ValueError, match="same buckets"):
        kpi.roll_rates([ZERO], [ZERO, ZERO])


def test_collected_within_counts_from_the_notice_on() -> None:
    claims = [
        (Decimal(100), [(-1, Decimal(50)), (0, Decimal(30)), (7, Decimal(10))]),
        (Decimal(100), [(8, Decimal(100))]),
        (Decimal(50), [(1, Decimal(70))]),  # paid more than was claimed
    ]
    assert kpi.collected_within(claims, 7) == 36
    assert kpi.collected_within(claims, 30) == 76


def test_no_denominator_no_figure() -> None:
    assert kpi.dso(Decimal(5), ZERO, 92) is None
    assert kpi.best_possible_dso(Decimal(5), ZERO, 92) is None
    assert kpi.average_days_delinquent(Decimal(5), ZERO, ZERO, 92) is None
    assert kpi.collection_effectiveness(ZERO, Decimal(5), ZERO, Decimal(5)) is None
    assert kpi.turnover(Decimal(5), []) is None
    assert kpi.turnover(Decimal(5), [ZERO, ZERO]) is None
    assert kpi.turnover_days(ZERO, [Decimal(5)]) is None
    assert kpi.average_days_to_pay([]) is None
    assert kpi.average_days_late([]) is None
    assert kpi.bad_debt_ratio(Decimal(5), ZERO) is None
    assert kpi.roll_rates([ZERO, ZERO], [ZERO, Decimal(5)]) == [None]
    assert kpi.share(0, 0) is None
    assert kpi.collected_within([], 30) is None


@given(amounts, amounts, positive, days)
def test_dso_is_best_possible_and_delinquent(
    current: Decimal, overdue: Decimal, sales: Decimal, length: int
) -> None:
    total = kpi.dso(current + overdue, sales, length)
    best = kpi.best_possible_dso(current, sales, length)
    delinquent = kpi.average_days_delinquent(current + overdue, current, sales, length)
    assert total is not None and best is not None and delinquent is not None
    assert abs(total - best - delinquent) <= TINY * max(1, total)
    assert delinquent >= 0


@given(amounts, amounts, months)
def test_more_receivables_never_count_back_fewer_days(
    low: Decimal, more: Decimal, sold: list[MonthlySales]
) -> None:
    fewer, further = kpi.count_back(low, sold), kpi.count_back(low + more, sold)
    assume(fewer is not None and further is not None)
    assert fewer is not None and further is not None
    assert further >= fewer


@given(positive, months)
def test_count_back_stays_within_the_months(
    owed: Decimal, sold: list[MonthlySales]
) -> None:
    found = kpi.count_back(owed, sold)
    total = sum((month.sales for month in sold), ZERO)
    assert (found is None) == (owed > total)
    assert found is None or 0 < found <= sum(month.days for month in sold)


@given(amounts, amounts, amounts, amounts)
def test_effectiveness_is_full_only_when_nothing_is_overdue(
    begin: Decimal, sales: Decimal, current: Decimal, overdue: Decimal
) -> None:
    end = current + overdue
    assume(begin + sales >= end and begin + sales > current)
    found = kpi.collection_effectiveness(begin, sales, end, current)
    assert found is not None and 0 <= found <= 100
    assert (found == 100) == (overdue == 0) or overdue / (begin + sales) < TINY


@given(payments)
def test_averages_lie_between_the_payments(paid: list[Payment]) -> None:
    late, taken = kpi.average_days_late(paid), kpi.average_days_to_pay(paid)
    assert late is not None and taken is not None
    bounds = [max(one.late, 0) for one in paid]
    assert min(bounds) - CENT <= late <= max(bounds) + CENT
    lengths = [one.days for one in paid]
    assert min(lengths) - CENT <= taken <= max(lengths) + CENT


@given(payments)
def test_averages_dont_depend_on_how_a_payment_is_split(paid: list[Payment]) -> None:
    halves = [one._replace(amount=one.amount / 2) for one in paid for _half in "ab"]
    whole, split = kpi.average_days_late(paid), kpi.average_days_late(halves)
    assert whole is not None and split is not None
    assert abs(whole - split) <= TINY


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_share_is_between_none_and_all(part: int, more: int) -> None:
    found = kpi.share(part, part + more)
    assert found is not None and 0 <= found < 100


@given(
    st.lists(
        st.tuples(
            positive, st.lists(st.tuples(st.integers(-5, 60), positive), max_size=4)
        ),
        min_size=1,
    ),
    st.integers(0, 30),
)
def test_more_days_never_collect_less(
    claims: list[tuple[Decimal, list[tuple[int, Decimal]]]], length: int
) -> None:
    sooner, later = (
        kpi.collected_within(claims, length),
        kpi.collected_within(claims, length + 7),
    )
    assert sooner is not None and later is not None
    assert 0 <= sooner <= later <= 100
