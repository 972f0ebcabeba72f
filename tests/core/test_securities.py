from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_insurance.core.cover import Limit
from odoo.addons.credit_insurance.core.securities import (
    COUNTS,
    CREDIT_LETTER,
    DEPOSIT,
    DISPUTED,
    EXPIRED,
    FACTORING,
    GUARANTEE,
    NOT_YET,
    NOTHING,
    OWN,
    PARENT,
    POOR_GUARANTOR,
    RECOURSE,
    RESERVE,
    REVOCABLE,
    TOO_SHORT,
    Layer,
    Security,
    Situation,
    factor,
    layer,
    layers,
    secure,
    spare,
    split,
)

DAY = date(2025, 6, 1)
DUE = date(2025, 8, 31)
OWES = Situation(DUE, Decimal(120_000))


def security(kind: str = GUARANTEE, amount: int = 25_000, **values) -> Security:
    return Security(kind, Decimal(amount), date(2025, 1, 1), **values)


def limit(amount: int, percent: int = 90) -> Limit:
    return Limit(Decimal(amount), Decimal(percent), date(2025, 1, 1))


def test_the_guarantee_comes_before_the_insurance() -> None:
    """120,000 open, 10,000 to invoice and 30,000 ordered."""
    ordered = layers([security()], OWES, DAY)
    found = split(Decimal(160_000), ordered, [limit(100_000)], DAY)
    assert found.secured == 25_000
    assert found.exposure == 135_000
    assert found.insured == 90_000
    assert found.uncovered == 45_000


def test_what_a_factor_pays() -> None:
    found = factor(Decimal(50_000), Decimal(80), Decimal(1), Decimal(6), 45)
    assert found == (40_000, 10_000, 500, 300, 9_200)


@pytest.mark.parametrize(
    ("given", "amount", "reason"),
    [
        (security(), 25_000, COUNTS),
        (security(haircut=Decimal(20)), 20_000, COUNTS),
        (security(haircut=Decimal(100)), 0, NOTHING),
        (security(cap=Decimal(10_000)), 10_000, COUNTS),
        (security(valid_to=DUE), 25_000, COUNTS),
        (security(valid_to=date(2025, 8, 30)), 0, TOO_SHORT),
        (security(valid_to=date(2025, 9, 29), claim_days=30), 0, TOO_SHORT),
        (security(valid_to=date(2025, 9, 30), claim_days=30), 25_000, COUNTS),
        (security(valid_to=date(2025, 5, 31)), 0, EXPIRED),
        (security()._replace(valid_from=date(2025, 6, 2)), 0, NOT_YET),
        (security(reductions=((date(2025, 7, 1), Decimal(9_000)),)), 9_000, COUNTS),
        (security(reductions=((date(2025, 9, 1), Decimal(9_000)),)), 25_000, COUNTS),
        (
            security(
                reductions=(
                    (date(2025, 7, 1), Decimal(9_000)),
                    (date(2025, 8, 1), Decimal(0)),
                )
            ),
            0,
            NOTHING,
        ),
        (security(RESERVE), 0, OWN),
        (security(DEPOSIT), 25_000, COUNTS),
        (security(FACTORING, recourse=True), 0, RECOURSE),
        (security(FACTORING, 150_000), 120_000, COUNTS),
        (security(FACTORING, 150_000, cap=Decimal(50_000)), 50_000, COUNTS),
        (security(CREDIT_LETTER, irrevocable=False), 0, REVOCABLE),
        (security(PARENT, poor_guarantor=True), 0, POOR_GUARANTOR),
    ],
)
def test_what_counts(given: Security, amount: int, reason: str) -> None:
    found = layer(given, OWES, DAY)
    assert (found.amount, found.reason) == (amount, reason)


def test_a_factor_bears_no_disputed_item() -> None:
    found = layer(security(FACTORING), Situation(DUE, Decimal(0)), DAY)
    assert found.reason == DISPUTED


def test_where_nothing_is_open_today_counts() -> None:
    nothing = Situation(None, Decimal(0))
    assert layer(security(valid_to=DAY), nothing, DAY).reason == COUNTS
    short = security(valid_to=DAY, claim_days=1)
    assert layer(short, nothing, DAY).reason == TOO_SHORT


def test_the_order_is_that_of_the_priority() -> None:
    late = security(amount=10, priority=20)
    early = security(amount=30, percent=Decimal(50), priority=5)
    assert [one.amount for one in layers([late, early], OWES, DAY)] == [30, 10]
    assert secure(Decimal(35), layers([late, early], OWES, DAY)) == [15, 5]
    assert spare(Decimal(35), layers([late, early], OWES, DAY)) == 5


def test_a_debtor_in_credit_needs_no_security() -> None:
    found = split(Decimal(-10), layers([security()], OWES, DAY), [limit(5)], DAY)
    assert (found.secured, found.exposure, found.insured) == (0, -10, 0)


amounts = st.integers(0, 10**7).map(lambda cents: Decimal(cents) / 100)
percents = st.integers(1, 100).map(Decimal)
stacks = st.lists(st.builds(Layer, amounts, percents, st.just(COUNTS)), max_size=4)
limits = st.lists(
    st.builds(Limit, amounts, percents, st.just(DAY), st.none()), max_size=3
)


@given(amounts, stacks, limits)
def test_the_parts_add_up_to_the_exposure(
    gross: Decimal, ordered: list[Layer], found: list[Limit]
) -> None:
    result = split(gross, ordered, found, DAY)
    assert result.secured + result.insured + result.uncovered == gross
    assert min(result.secured, result.insured, result.uncovered) >= 0


@given(amounts, stacks, limits)
def test_never_more_than_limit_times_percentage(
    gross: Decimal, ordered: list[Layer], found: list[Limit]
) -> None:
    result = split(gross, ordered, found, DAY)
    assert result.insured <= sum(one.amount * one.percent / 100 for one in found)
    assert result.secured <= sum(one.amount * one.percent / 100 for one in ordered)


@given(amounts, stacks)
def test_what_is_spare_secures_more_in_full(
    gross: Decimal, ordered: list[Layer]
) -> None:
    full = [one._replace(percent=Decimal(100)) for one in ordered]
    more = spare(gross, full)
    before, after = sum(secure(gross, full)), sum(secure(gross + more, full))
    assert after == before + more
