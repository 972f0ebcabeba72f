from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_control.core.offers import discount_of, spread

CENT = Decimal("0.01")
cents = st.integers(0, 10**9).map(lambda count: count * CENT)
percents = st.integers(1, 9_999).map(lambda count: count * CENT)


@pytest.mark.parametrize(
    ("amount", "percent", "expected"),
    [
        ("100", "2", "2.00"),
        ("1234.56", "2", "24.69"),
        ("0.25", "2", "0.01"),
        ("0.24", "2", "0.00"),
        ("99.75", "33.33", "33.25"),
        ("-100", "2", "0"),
    ],
)
def test_discount_of(amount, percent, expected):
    discount = discount_of(Decimal(amount), Decimal(percent), CENT)
    assert discount == Decimal(expected)


@given(cents, percents)
def test_a_discount_is_a_part_of_the_amount(amount, percent):
    discount = discount_of(amount, percent, CENT)
    assert 0 <= discount <= amount
    assert abs(discount - amount * percent / 100) <= CENT / 2


@given(cents, st.lists(cents, max_size=8))
def test_nothing_is_lost_and_nothing_overpaid(rest, amounts):
    parts = spread(rest, amounts)
    assert sum(parts) == min(rest, sum(amounts))
    assert all(0 <= part <= open_ for part, open_ in zip(parts, amounts, strict=True))


def test_the_first_ones_come_first():
    assert spread(Decimal(7), [Decimal(5), Decimal(4), Decimal(3)]) == [5, 2, 0]


def test_credits_bear_nothing():
    assert spread(Decimal(7), [Decimal(-5), Decimal(9)]) == [0, 7]
