from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_control.core import limits
from odoo.addons.credit_control.core.limits import Limit, Rule, Temporary

DAY = date(2025, 6, 16)
WEEK = timedelta(7)
amounts = st.decimals(0, 10**9, places=2)
maybe = st.none() | amounts


def temporary(amount: str, first: int = 0, last: int = 0) -> Temporary:
    return Temporary(Decimal(amount), DAY + timedelta(first), DAY + timedelta(last))


@pytest.mark.parametrize(
    ("standing", "temp", "group", "expected"),
    [
        (None, None, None, None),
        ("100", None, None, ("100", "own")),
        ("0", None, None, ("0", "own")),
        ("100", temporary("300"), None, ("300", "temporary")),
        ("100", temporary("30"), None, ("30", "temporary")),
        (None, temporary("30"), None, ("30", "temporary")),
        ("100", temporary("300", -9, -1), None, ("100", "own")),
        ("100", temporary("300", 1, 9), None, ("100", "own")),
        ("100", temporary("300", -9, 0), None, ("300", "temporary")),
        (None, None, "80", ("80", "group")),
        ("100", None, "80", ("80", "group")),
        ("80", None, "80", ("80", "own")),
        ("100", temporary("300"), "200", ("200", "group")),
        ("100", temporary("0"), "200", ("0", "temporary")),
    ],
)
def test_in_force(standing, temp, group, expected):  # type: ignore[no-untyped-def]
    found = limits.in_force(
        None if standing is None else Decimal(standing),
        temp,
        None if group is None else Decimal(group),
        DAY,
    )
    assert found == (expected and Limit(Decimal(expected[0]), expected[1]))


@given(maybe, maybe, maybe)
def test_the_smaller_one_counts(
    standing: Decimal | None, temp: Decimal | None, group: Decimal | None
) -> None:
    own = standing if temp is None else temp
    found = limits.in_force(
        standing, None if temp is None else Temporary(temp, DAY, DAY), group, DAY
    )
    known = [amount for amount in (own, group) if amount is not None]
    assert (found and found.amount) == (min(known) if known else None)


@given(amounts, amounts, st.integers(-30, 30))
def test_a_temporary_limit_ends_by_itself(
    standing: Decimal, temp: Decimal, offset: int
) -> None:
    found = limits.in_force(
        standing,
        Temporary(temp, DAY - WEEK, DAY + WEEK),
        None,
        DAY + timedelta(offset),
    )
    assert found == (
        Limit(temp, "temporary") if abs(offset) <= 7 else Limit(standing, "own")
    )


@pytest.mark.parametrize(
    ("amount", "rate", "expected"),
    [("1000", "0.85", "850.00"), ("0.01", "0.5", "0.01"), ("33.33", "1.1725", "39.08")],
)
def test_convert(amount: str, rate: str, expected: str) -> None:
    found = limits.convert(Decimal(amount), Decimal(rate), Decimal("0.01"))
    assert found == Decimal(expected)


@pytest.mark.parametrize(
    ("turnover", "cap", "report", "expected"),
    [
        ("120000", None, None, ("20000", "turnover")),
        ("123456", None, None, ("20000", "turnover")),
        ("131999", None, None, ("21000", "turnover")),
        ("600", None, None, ("100", "turnover")),
        ("60", None, None, ("10", "turnover")),
        ("59", None, None, ("0", "turnover")),
        ("0", None, None, ("500", "newcomer")),
        ("-5", None, None, ("500", "newcomer")),
        ("120000", "15000", None, ("15000", "cap")),
        ("120000", "15000", "9000", ("9000", "report")),
        ("120000", "15000", "90000", ("15000", "cap")),
        ("0", None, "0", ("0", "report")),
    ],
)
def test_advise(turnover, cap, report, expected):  # type: ignore[no-untyped-def]
    rule = Rule(Decimal(2), Decimal(500), None if cap is None else Decimal(cap))
    found = limits.advise(
        rule, Decimal(turnover), None if report is None else Decimal(report)
    )
    assert found == Limit(Decimal(expected[0]), expected[1])


@given(amounts, amounts, maybe, maybe)
def test_advice_keeps_to_cap_and_report(
    turnover: Decimal, more: Decimal, cap: Decimal | None, report: Decimal | None
) -> None:
    rule = Rule(Decimal(3), Decimal(500), cap)
    found = limits.advise(rule, turnover, report).amount
    for most in (cap, report):
        assert most is None or found <= most
    if turnover > 0:
        assert found <= turnover / 4
        assert found <= limits.advise(rule, turnover + more, report).amount


@given(amounts)
def test_leading_digits(amount: Decimal) -> None:
    found = limits.leading(amount)
    assert 0 <= amount - found < max(amount / 10, Decimal(10))
