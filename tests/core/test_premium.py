"""Premium of a policy year."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_insurance.core.premium import Tariff, premium

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
