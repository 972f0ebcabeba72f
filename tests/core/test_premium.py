"""Premium of a policy year."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_insurance.core.premium import Tariff, gaps, premium

CENT = Decimal("0.01")
TARIFF = Tariff(Decimal("0.20"), Decimal(25000), Decimal(24000), Decimal("9.25"))
TURNOVER = Decimal(10_000_000)


@pytest.mark.parametrize(
    ("turnover", "changes", "expected"),
    [
        (TURNOVER, {}, (20000, 25000, 1000, "92.50", "1092.50")),
        (TURNOVER, {"tax": Decimal(21)}, (20000, 25000, 1000, 210, 1210)),
        (TURNOVER * 2, {}, (40000, 40000, 16000, 1480, 17480)),
        (Decimal(0), {"minimum": Decimal(0)}, (0, 0, -24000, -2220, -26220)),
        (Decimal(-5), {"advances": Decimal(0)}, (0, 25000, 25000, "2312.50", "27312.50")),
    ],
)  # fmt: skip
def test_premium(turnover, changes, expected):
    found = premium(turnover, TARIFF._replace(**changes), CENT)
    assert found == tuple(map(Decimal, expected))


money = st.decimals(0, 10**8, places=2)


@given(money, st.decimals(0, 5, places=4), money, money, st.decimals(0, 30, places=2))
def test_never_less_than_the_minimum_and_adds_up(turnover, rate, least, advances, tax):
    found = premium(turnover, Tariff(rate, least, advances, tax), CENT)
    assert found.due >= least
    assert found.balance == found.due - advances
    assert found.total == found.balance + found.tax


YEAR = date(2025, 1, 1), date(2025, 12, 31)


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ([], [YEAR]),
        ([YEAR], []),
        ([(date(2024, 12, 1), date(2026, 1, 31))], []),
        (
            [(date(2025, 2, 1), date(2025, 2, 28)), (date(2025, 4, 1), YEAR[1])],
            [(YEAR[0], date(2025, 1, 31)), (date(2025, 3, 1), date(2025, 3, 31))],
        ),
        ([(date(2026, 1, 1), date(2026, 1, 31))], [YEAR]),
    ],
)
def test_what_of_a_year_was_not_declared(declared, expected):
    assert gaps(*YEAR, declared) == expected


days = st.dates(date(2024, 6, 1), date(2026, 6, 1))


@given(st.lists(st.tuples(days, st.integers(0, 400)), max_size=5))
def test_gaps_and_declared_days_are_all_days_once(periods):
    declared = [(first, first + timedelta(length)) for first, length in periods]
    found = gaps(*YEAR, declared)
    for number in range(365):
        day = YEAR[0] + timedelta(number)
        told = any(first <= day <= last for first, last in declared)
        missing = [gap for gap in found if gap[0] <= day <= gap[1]]
        assert len(missing) == (not told)
    assert all(YEAR[0] <= first <= last <= YEAR[1] for first, last in found)
