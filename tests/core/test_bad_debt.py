from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_insurance.core import bad_debt

DUE = date(2025, 1, 31)


@pytest.mark.parametrize(
    ("country", "proven", "day"),
    [
        ("NL", None, date(2026, 1, 31)),
        ("NL", date(2025, 6, 1), date(2025, 6, 1)),
        ("NL", date(2027, 6, 1), date(2026, 1, 31)),
        ("BE", None, None),
        ("BE", date(2025, 6, 1), date(2025, 6, 1)),
        ("XX", None, None),
        ("", date(2025, 6, 1), date(2025, 6, 1)),
    ],
)
def test_from_when_the_vat_comes_back(country, proven, day) -> None:
    assert bad_debt.relief_day(country, DUE, proven) == day


def test_a_leap_day_has_no_anniversary() -> None:
    assert bad_debt.a_year_after(date(2024, 2, 29)) == date(2025, 3, 1)
    assert bad_debt.a_year_after(date(2024, 2, 28)) == date(2025, 2, 28)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_year_is_365_or_366_days(day) -> None:
    gone = bad_debt.a_year_after(day) - day
    assert timedelta(365) <= gone <= timedelta(366)


@pytest.mark.parametrize(
    ("open_amount", "vat", "total", "found"),
    [
        ("121", "21", "121", "21.00"),
        ("60.50", "21", "121", "10.50"),
        ("0.03", "21", "121", "0.01"),
        ("100", "0", "100", "0"),
        ("100", "0", "0", "0"),
        ("500", "21", "121", "21.00"),
    ],
)
def test_the_vat_in_what_is_open(open_amount, vat, total, found) -> None:
    assert bad_debt.vat_in(D(open_amount), D(vat), D(total), D("0.01")) == D(found)


@given(
    st.decimals(0, 10**6, places=2),
    st.decimals(0, 10**6, places=2),
    st.decimals(0, 1, places=2),
)
def test_never_more_vat_than_the_invoice_has(open_amount, total, share) -> None:
    vat = total * share
    found = bad_debt.vat_in(open_amount, vat, total, D("0.01"))
    assert 0 <= found <= vat + D("0.005")
