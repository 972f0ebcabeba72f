"""Costs follow the scale, never leave its limits and never fall with the claim."""

import doctest
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_control.core import costs
from odoo.addons.credit_control.core.costs import (
    FIXED,
    LEGAL_MAXIMUM,
    SCALE,
    Band,
    Claim,
    CostRule,
    claimable,
    legal_amount,
    next_costs,
    share_out,
)

D = Decimal
CENT = D("0.01")


def bands(*rows: tuple[str, str, str]) -> tuple[Band, ...]:
    return tuple(Band(D(above), D(fixed), D(percent)) for above, fixed, percent in rows)


NL = CostRule(
    SCALE,
    bands=bands(
        ("0", "0", "15"),
        ("2500", "375", "10"),
        ("5000", "625", "5"),
        ("10000", "875", "1"),
        ("200000", "2775", "0.5"),
    ),
    minimum=D(40),
    maximum=D(6775),
    capped=True,
    vat_percent=D(21),
)
BE = CostRule(
    SCALE,
    bands=bands(("0", "20", "0"), ("150", "30", "10"), ("500", "65", "5")),
    maximum=D(2000),
    capped=True,
)
EUR_40 = CostRule(FIXED, fixed=D(40))

amounts = st.integers(0, 10**9).map(lambda n: D(n).scaleb(-2))
claims = st.lists(amounts, max_size=6)
rules = st.sampled_from([NL, BE, EUR_40, CostRule()])


def due(
    late: list[Decimal], rule: CostRule, agreed: Decimal = LEGAL_MAXIMUM
) -> Decimal:
    """What is claimed of a debtor for the first time."""
    return sum(next_costs(list(map(Claim, late)), rule, agreed=agreed), D(0))


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(costs).failed == 0


@pytest.mark.parametrize(
    ("claim", "net"),
    [
        ("0", "0"),
        ("0.01", "40"),
        ("100", "40"),
        ("266.67", "40.00"),
        ("1000", "150"),
        ("2500", "375"),
        ("3000", "425"),
        ("5000", "625"),
        ("7500", "750"),
        ("200000", "2775"),
        ("1000000", "6775"),
        ("5000000", "6775"),
    ],
)
def test_the_dutch_scale(claim: str, net: str) -> None:
    assert due([D(claim)], NL) == D(net)


@pytest.mark.parametrize(
    ("claim", "net"),
    [
        ("80", "20"),
        ("150", "20"),
        ("150.01", "30.00"),
        ("300", "45"),
        ("500", "65"),
        ("1200", "100"),
        ("39200", "2000"),
        ("100000", "2000"),
    ],
)
def test_the_belgian_caps(claim: str, net: str) -> None:
    assert due([D(claim)], BE, LEGAL_MAXIMUM) == D(net)


def test_a_belgian_consumer_owes_only_what_is_agreed() -> None:
    assert due([D(300)], BE, D(0)) == 0
    assert due([D(300)], BE, D(15)) == 15
    assert due([D(300)], BE, D(90)) == 45


def test_forty_euros_for_every_late_invoice() -> None:
    assert due([D(10), D(5000), D(1)], EUR_40) == 120
    assert due([D(10), D(0), D(-5)], EUR_40) == 40


def test_a_business_may_agree_on_more() -> None:
    assert due([D(1000)], EUR_40, D(100)) == 100


def test_the_scale_is_laid_on_the_sum() -> None:
    late = [D(100), D(100), D(2800)]
    assert due(late, NL) == 425
    apart = NL._replace(on_sum=False)
    assert due(late, apart) == 40 + 40 + 405


@pytest.mark.parametrize(
    ("agreed", "needs_agreement", "capped", "expected"),
    [
        (None, False, False, "10"),
        (None, True, False, "0"),
        (None, False, True, "10"),
        (D(0), False, False, "0"),
        (D(7), False, False, "7"),
        (D(12), False, False, "12"),
        (D(12), False, True, "10"),
        (D(12), True, True, "10"),
        (LEGAL_MAXIMUM, False, False, "10"),
        (LEGAL_MAXIMUM, True, True, "10"),
    ],
)
def test_what_a_contract_changes(
    agreed: Decimal | None, needs_agreement: bool, capped: bool, expected: str
) -> None:
    amount = claimable(D(10), agreed, needs_agreement=needs_agreement, capped=capped)
    assert amount == D(expected)


@given(amounts, amounts, rules)
def test_a_higher_claim_never_costs_less(
    a: Decimal, b: Decimal, rule: CostRule
) -> None:
    low, high = sorted((a, b))
    assert due([low], rule) <= due([high], rule)


@given(claims, amounts, rules)
def test_one_claim_more_never_costs_less(
    late: list[Decimal], more: Decimal, rule: CostRule
) -> None:
    assert due(late, rule) <= due([*late, more], rule)


@given(claims, amounts)
def test_a_capped_rule_is_never_exceeded(late: list[Decimal], agreed: Decimal) -> None:
    for rule in (NL, BE):
        net = due(late, rule, agreed)
        assert 0 <= net <= due(late, rule, LEGAL_MAXIMUM)
    assert due(late, NL, agreed) <= 6775


@given(claims.filter(any))
def test_the_minimum_is_kept(late: list[Decimal]) -> None:
    assert 40 <= due(late, NL) <= 6775


# -- over several notices ----------------------------------------------------------


def owed(*pairs: tuple[str, str]) -> list[Claim]:
    return [Claim(D(principal), D(charged)) for principal, charged in pairs]


@pytest.mark.parametrize(
    ("rule", "open_claims", "agreed", "expected"),
    [
        # EUR 40 for every late invoice, once.
        (EUR_40, owed(("100", "0"), ("900", "0")), LEGAL_MAXIMUM, ["40", "40"]),
        (EUR_40, owed(("100", "40"), ("900", "0")), LEGAL_MAXIMUM, ["0", "40"]),
        # The Dutch scale on the sum: 15 % of 1,000, shared out by principal.
        (NL, owed(("400", "0"), ("600", "0")), LEGAL_MAXIMUM, ["60", "90"]),
        # A new invoice of 1,000 beside one for which 150 were claimed.
        (NL, owed(("1000", "150"), ("1000", "0")), LEGAL_MAXIMUM, ["75", "75"]),
        (NL, owed(("1000", "150")), LEGAL_MAXIMUM, ["0"]),
        # Belgian consumers: what is agreed, at most the cap of each claim.
        (BE, owed(("150", "0")), D(15), ["15"]),
        (BE, owed(("150", "15")), D(15), ["5"]),
        (BE, owed(("150", "20")), D(15), ["0"]),
        # Businesses may agree on anything.
        (EUR_40, owed(("100", "0"), ("300", "0")), D(10), ["2.50", "7.50"]),
    ],
)
def test_what_is_left_to_claim(
    rule: CostRule, open_claims: list[Claim], agreed: Decimal, expected: list[str]
) -> None:
    found = next_costs(open_claims, rule, agreed=agreed)
    assert found == [D(amount) for amount in expected]


def test_vat_is_part_of_what_is_claimed() -> None:
    rule = NL._replace(vat_percent=D(21))
    assert next_costs(owed(("1000", "0")), rule, deducts_vat=False) == [D("181.50")]
    assert next_costs(owed(("1000", "181.50")), rule, deducts_vat=False) == [D(0)]


@given(
    st.decimals(0, 1_000_000, places=2),
    st.lists(st.decimals("0.01", 1_000_000, places=2), min_size=1, max_size=20),
)
def test_shares_add_up(amount: Decimal, weights: list[Decimal]) -> None:
    parts = share_out(amount, weights)
    assert sum(parts) == amount
    assert all(part >= 0 and part % CENT == 0 for part in parts)


@given(
    st.lists(st.decimals("0.01", 100_000, places=2), min_size=1, max_size=6),
    st.integers(1, 5),
    st.sampled_from([EUR_40, NL, BE]),
)
def test_however_often_no_more_than_the_law_allows(
    principals: list[Decimal], times: int, rule: CostRule
) -> None:
    charged = [D(0)] * len(principals)
    for _time in range(times):
        found = next_costs(list(map(Claim, principals, charged)), rule)
        charged = [before + now for before, now in zip(charged, found, strict=True)]
    allowed = legal_amount(principals, rule)
    assert abs(sum(charged) - allowed) <= CENT * len(principals)
