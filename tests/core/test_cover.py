from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_insurance.core.cover import Limit, cover

DAY = date(2025, 6, 1)


def limit(amount: int, percent: int = 90, **dates: date) -> Limit:
    return Limit(
        Decimal(amount), Decimal(percent), dates.pop("valid_from", DAY), **dates
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
def test_more_balance_never_lowers_the_insured_part(
    balance: Decimal, more: Decimal, found: list[Limit]
) -> None:
    assert (
        cover(balance + more, found, DAY).insured >= cover(balance, found, DAY).insured
    )
