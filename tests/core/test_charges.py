from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_control.core.charges import Charged, Interest, next_interest
from odoo.addons.credit_control.core.interest import (
    BalanceStep,
    RatePeriod,
    balance_after,
)

DUE = date(2025, 3, 31)
START = date(2025, 4, 1)
TEN = (RatePeriod(date(2000, 1, 1), Decimal(10)),)


def owed(amount):
    return (BalanceStep(DUE, Decimal(amount)),)


@pytest.mark.parametrize(
    ("days", "charged", "expected"),
    [
        (0, Charged(), None),
        (365, Charged(), (date(2025, 4, 1), "100.00")),
        (73, Charged(), (date(2025, 4, 1), "20.00")),
        # Claimed for 73 days: the next claim begins the day after.
        (
            146,
            Charged(Decimal(20), DUE + timedelta(73)),
            (date(2025, 6, 13), "20.00"),
        ),
        (73, Charged(Decimal(20), DUE + timedelta(73)), None),
        # The clock moved back.
        (10, Charged(Decimal(20), DUE + timedelta(73)), None),
    ],
)
def test_interest_goes_on_where_it_ended(days, charged, expected):
    as_of = DUE + timedelta(days)
    found = next_interest(owed(1000), START, as_of, TEN, charged)
    if expected is None:
        assert found is None
    else:
        first, amount = expected
        assert found == Interest(first, as_of, Decimal(amount))


def test_nothing_of_a_cent_that_is_not_full():
    assert next_interest(owed("0.10"), START, DUE + timedelta(9), TEN) is None


def test_a_payment_stops_its_part():
    balance = balance_after(Decimal(1000), DUE, [(DUE + timedelta(73), Decimal(1000))])
    found = next_interest(balance, START, DUE + timedelta(365), TEN)
    assert found is not None
    assert found.amount == Decimal("20.00")


days_late = st.integers(1, 2000)


@given(
    st.decimals(1, 1_000_000, places=2),
    st.lists(days_late, min_size=1, max_size=6),
    st.booleans(),
)
def test_claims_add_up_to_one_claim(principal, days, compounding):
    """However often it is claimed, no more than once in all."""
    total, last = Decimal(0), None
    for number in sorted(set(days)):
        as_of = DUE + timedelta(number)
        found = next_interest(
            owed(principal),
            START,
            as_of,
            TEN,
            Charged(total, last),
            compounding=compounding,
        )
        if found:
            assert found.last == as_of
            assert last is None or found.first == last + timedelta(1)
            total, last = total + found.amount, found.last
    at_once = next_interest(
        owed(principal), START, DUE + timedelta(max(days)), TEN, compounding=compounding
    )
    amount = at_once.amount if at_once else Decimal(0)
    assert abs(total - amount) <= Decimal("0.005") * len(days) + Decimal("0.005")
