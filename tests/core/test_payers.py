from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_control.core.payers import CLEARLY, FEWEST, is_mark, share


@pytest.mark.parametrize(
    ("good", "customers", "all_good", "all_customers", "expected"),
    [
        (5, 5, 10, 20, True),
        (4, 4, 10, 20, False),  # too few
        (6, 10, 10, 20, True),  # ten points more
        (59, 100, 100, 200, False),  # nine
        (20, 20, 20, 20, False),  # everybody has it
        (0, 0, 0, 0, False),
    ],
)
def test_marks(
    good: int, customers: int, all_good: int, all_customers: int, expected: bool
) -> None:
    assert is_mark(good, customers, all_good, all_customers) is expected


def test_share_of_nobody() -> None:
    assert share(0, 0) == 0


counts = st.integers(0, 1000).flatmap(
    lambda customers: st.tuples(st.integers(0, customers), st.just(customers))
)


@given(counts, counts)
def test_a_mark_has_company_and_a_lead(
    own: tuple[int, int], others: tuple[int, int]
) -> None:
    good, customers = own
    all_good, all_customers = good + others[0], customers + others[1]
    if is_mark(good, customers, all_good, all_customers):
        assert customers >= FEWEST
        lead = share(good, customers) - share(all_good, all_customers)
        assert lead >= CLEARLY
        assert all_customers > customers


@given(counts)
def test_more_good_payers_never_lose_a_mark(own: tuple[int, int]) -> None:
    good, customers = own
    others = 100
    if good < customers and is_mark(good, customers, good + 20, customers + others):
        assert is_mark(good + 1, customers, good + 21, customers + others)
    assert Decimal(0) <= share(good, customers) <= Decimal(100)
