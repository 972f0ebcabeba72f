from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_insurance.core.cover import Limit
from odoo.addons.credit_insurance.core.securities import (
    BEYOND,
    COUNTS,
    CREDIT_LETTER,
    DEPOSIT,
    DISPUTED,
    EXPIRED,
    FACTORING,
    GIVEN_BACK,
    GUARANTEE,
    NOT_FACTORED,
    NOT_PRESENTED,
    NOT_YET,
    NOTHING,
    OWN,
    PARENT,
    POOR_GUARANTOR,
    RECOURSE,
    RESERVE,
    REVOCABLE,
    SETTLED,
    SHIPPED_LATE,
    TOO_SHORT,
    Claim,
    Layer,
    Security,
    Situation,
    Slice,
    factor,
    layer,
    layers,
    presented_by,
    secure,
    share_out,
    situation,
    slices,
    spare,
    split,
)

DAY = date(2025, 6, 1)
DUE = date(2025, 8, 31)
MAY = date(2025, 5, 20)


def claim(amount: int, number: int = 1, **values) -> Claim:
    usual = {"invoice": number, "issued": MAY, "delivered": MAY, "due": DUE}
    return Claim(number=number, amount=Decimal(amount), **{**usual, **values})


OWES = Situation((claim(120_000),))
NOTHING_OPEN = Situation()


def security(kind: str = GUARANTEE, amount: int = 25_000, **values) -> Security:
    return Security(kind, Decimal(amount), date(2025, 1, 1), **values)


def limit(amount: int, percent: int = 90) -> Limit:
    return Limit(Decimal(amount), Decimal(percent), date(2025, 1, 1))


def test_the_guarantee_comes_before_the_insurance() -> None:
    """120,000 open, 10,000 to invoice and 30,000 ordered."""
    stack = slices(layers([security()], OWES, DAY), OWES)
    found = split(Decimal(160_000), stack, [limit(100_000)], DAY)
    assert found.secured == 25_000
    assert found.exposure == 135_000
    assert found.insured == 90_000
    assert found.uncovered == 45_000


def test_what_a_factor_pays() -> None:
    found = factor(Decimal(50_000), Decimal(80), Decimal(1), Decimal(6), 45)
    assert found == (40_000, 10_000, 500, 300, 9_200)


def test_what_a_factor_pays_to_the_cent() -> None:
    terms = Decimal("83.33"), Decimal("0.75"), Decimal("5.4"), 31, Decimal("0.01")
    found = factor(Decimal("1234.57"), *terms)
    assert [str(part) for part in found] == [
        "1028.77",
        "205.80",
        "9.26",
        "4.78",
        "191.76",
    ]


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
    found = layer(security(FACTORING), NOTHING_OPEN, DAY)
    assert found.reason == DISPUTED
    disputed = Situation((claim(100, disputed=Decimal(100)), claim(50, 2)))
    found = layer(security(FACTORING), disputed, DAY)
    assert (found.amount, found.reason) == (50, COUNTS)
    assert [share.reason for share in found.shares] == [DISPUTED, COUNTS]


def test_where_nothing_is_open_today_counts() -> None:
    assert layer(security(valid_to=DAY), NOTHING_OPEN, DAY).reason == COUNTS
    short = security(valid_to=DAY, claim_days=1)
    assert layer(short, NOTHING_OPEN, DAY).reason == TOO_SHORT


def test_money_counts_for_the_oldest_claim() -> None:
    newer, older = claim(50, 1), claim(30, 2, due=DAY)
    found = situation([newer, older], Decimal(40))
    assert [(one.number, one.amount) for one in found.claims] == [(2, 0), (1, 40)]
    assert (found.total, found.latest_due) == (40, DUE)


# -- invoice by invoice --------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "owed", "amount", "reason"),
    [
        ({}, claim(100), 100, COUNTS),
        # A factor buys invoices made while the contract holds.
        ({}, claim(100, issued=date(2024, 12, 31)), 0, NOT_FACTORED),
        ({"valid_to": MAY}, claim(100, issued=DAY), 0, NOT_FACTORED),
        ({}, claim(100, disputed=Decimal(40)), 60, COUNTS),
        ({}, claim(0), 0, SETTLED),
        ({}, claim(30_000), 25_000, COUNTS),
        # The last of the recourse days is 1 June: 12 days after 20 May.
        ({"recourse": True, "recourse_days": 12}, claim(9, due=MAY), 9, COUNTS),
        ({"recourse": True, "recourse_days": 11}, claim(9, due=MAY), 0, GIVEN_BACK),
        ({"recourse": True}, claim(9, due=MAY), 9, COUNTS),
        ({"recourse_days": 1}, claim(9, due=MAY), 9, COUNTS),
    ],
)
def test_what_a_factor_has_taken_over(
    given: dict, owed: Claim, amount: int, reason: str
) -> None:
    [share] = share_out(security(FACTORING, **given), Situation((owed,)), DAY)
    assert (share.amount, share.reason) == (amount, reason)


def test_with_recourse_the_factor_pays_but_bears_nothing() -> None:
    found = layer(security(FACTORING, recourse=True), OWES, DAY)
    assert (found.amount, found.reason) == (0, RECOURSE)
    assert found.shares[0].amount == 25_000


@pytest.mark.parametrize(
    ("given", "owed", "amount", "reason"),
    [
        ({}, claim(100), 100, COUNTS),
        ({"latest_shipment": MAY}, claim(100), 100, COUNTS),
        ({"latest_shipment": date(2025, 5, 19)}, claim(100), 0, SHIPPED_LATE),
        # The last of 12 days after the shipment is today.
        ({"presentation_days": 12}, claim(100), 100, COUNTS),
        ({"presentation_days": 11}, claim(100), 0, NOT_PRESENTED),
        (
            {"presentation_days": 11, "presented": ((1, DAY),)},
            claim(9),
            0,
            NOT_PRESENTED,
        ),
        ({"presentation_days": 11, "presented": ((1, MAY),)}, claim(9), 9, COUNTS),
        ({"presentation_days": 11, "presented": ((1, None),)}, claim(9), 9, COUNTS),
        ({"presentation_days": 21, "valid_to": MAY}, claim(100), 0, NOT_PRESENTED),
        ({"valid_to": MAY, "presented": ((1, MAY),)}, claim(100), 100, COUNTS),
        (
            {"latest_shipment": MAY, "presented": ((1, None),)},
            claim(9, delivered=DAY),
            0,
            SHIPPED_LATE,
        ),
        ({"tolerance": Decimal(10)}, claim(30_000), 27_500, COUNTS),
    ],
)
def test_what_a_letter_of_credit_stands_for(
    given: dict, owed: Claim, amount: int, reason: str
) -> None:
    letter = security(CREDIT_LETTER, **given)
    [share] = share_out(letter, Situation((owed,)), DAY)
    assert (share.amount, share.reason) == (amount, reason)
    assert layer(letter, Situation((owed,)), DAY).amount == amount


def test_the_last_day_to_present() -> None:
    letter = security(CREDIT_LETTER, presentation_days=21)
    assert presented_by(letter, claim(1)) == date(2025, 6, 10)
    assert presented_by(letter._replace(valid_to=DAY), claim(1)) == DAY
    assert presented_by(security(CREDIT_LETTER), claim(1)) is None


def test_a_letter_of_credit_secures_what_is_still_to_be_shipped() -> None:
    """30 were shipped too late: 70 are left for an order of 50, not for the 30."""
    letter = security(CREDIT_LETTER, 70, latest_shipment=DAY)
    late = Situation((claim(30, delivered=date(2025, 6, 2)),))
    found = layer(letter, late, DAY)
    assert (found.amount, found.ahead, found.reason) == (0, 70, COUNTS)
    stack = slices([found], late)
    assert secure(Decimal(30), stack) == [0]
    assert secure(Decimal(80), stack) == [50]
    assert spare(Decimal(80), stack) == 20
    # The day after nothing more is shipped under it.
    assert layer(letter, late, date(2025, 6, 2)).reason == SHIPPED_LATE
    expired = letter._replace(valid_to=MAY)
    assert layer(expired, late, DAY).reason == EXPIRED


def test_no_invoice_is_secured_by_two() -> None:
    owed = Situation((claim(60), claim(60, 2)))
    first = security(FACTORING, 80)
    second = security(CREDIT_LETTER, 100, priority=20, valid_to=DUE)
    found = layers([second, first], owed, date(2025, 8, 31))
    assert [one.amount for one in found] == [80, 40]
    shares = [share.amount for one in found for share in one.shares]
    assert shares == [60, 20, 0, 40]
    assert found[0].shares[1].reason == COUNTS
    assert share_out(security(FACTORING, 60), owed, DAY)[1].reason == BEYOND


def test_the_order_is_that_of_the_priority() -> None:
    late = security(amount=10, priority=20)
    early = security(amount=30, percent=Decimal(50), priority=5)
    assert [one.amount for one in layers([late, early], OWES, DAY)] == [30, 10]
    stack = slices(layers([late, early], OWES, DAY), OWES)
    assert secure(Decimal(35), stack) == [15, 5]
    assert spare(Decimal(35), stack) == 5


def test_securities_stand_first_for_what_no_insurer_covers() -> None:
    """Of 100 open 40 were delivered during a stop; a deposit of 30."""
    stack = [Slice(Decimal(30), Decimal(100), Decimal(0))]
    found = split(Decimal(100), stack, [limit(100)], DAY, Decimal(40))
    assert (found.secured, found.exposure, found.insured) == (30, 70, 54)


def test_a_debtor_in_credit_needs_no_security() -> None:
    stack = slices(layers([security()], OWES, DAY), OWES)
    found = split(Decimal(-10), stack, [limit(5)], DAY)
    assert (found.secured, found.exposure, found.insured) == (0, -10, 0)


amounts = st.integers(0, 10**7).map(lambda cents: Decimal(cents) / 100)
percents = st.integers(1, 100).map(Decimal)
stacks = st.lists(
    st.builds(Layer, amounts, percents, st.just(COUNTS), amounts, st.just(())),
    max_size=4,
)
limits = st.lists(
    st.builds(Limit, amounts, percents, st.just(DAY), st.none(), st.booleans()),
    max_size=3,
)
some_days = st.dates(date(2025, 4, 1), DUE)
some_claims = st.lists(
    st.builds(
        claim,
        st.integers(1, 10**6),
        st.integers(1, 10**6),
        issued=some_days,
        delivered=some_days,
        due=some_days,
        disputed=st.integers(0, 10**5).map(Decimal),
    ),
    max_size=4,
    unique_by=lambda one: one.number,
)
some_securities = st.lists(
    st.builds(
        lambda kind, amount, start, end, percent, days: Security(
            kind,
            amount,
            start,
            end,
            percent,
            latest_shipment=end,
            presentation_days=days,
            tolerance=Decimal(10),
        ),
        st.sampled_from((FACTORING, CREDIT_LETTER, GUARANTEE)),
        amounts,
        some_days,
        st.none() | some_days,
        percents,
        st.integers(0, 40),
    ),
    max_size=4,
)


@given(amounts, stacks, amounts, limits, amounts)
def test_the_parts_add_up_to_the_exposure(
    gross: Decimal,
    ordered: list[Layer],
    open_amount: Decimal,
    found: list[Limit],
    stopped: Decimal,
) -> None:
    owed = Situation((claim(0)._replace(amount=open_amount),))
    result = split(gross, slices(ordered, owed), found, DAY, stopped)
    assert result.secured + result.insured + result.uncovered == gross
    assert min(result.secured, result.insured, result.uncovered) >= 0


@given(amounts, stacks, limits)
def test_never_more_than_limit_times_percentage(
    gross: Decimal, ordered: list[Layer], found: list[Limit]
) -> None:
    result = split(gross, slices(ordered, NOTHING_OPEN), found, DAY)
    assert result.insured <= sum(one.amount * one.percent / 100 for one in found)
    assert result.secured <= sum(
        (one.amount + one.ahead) * one.percent / 100 for one in ordered
    )


@given(amounts, stacks)
def test_what_is_spare_secures_more_in_full(
    gross: Decimal, ordered: list[Layer]
) -> None:
    full = [one._replace(percent=Decimal(100)) for one in ordered]
    stack = slices(full, NOTHING_OPEN)
    more = spare(gross, stack)
    before, after = sum(secure(gross, stack)), sum(secure(gross + more, stack))
    assert after == before + more


@given(some_securities, some_claims, amounts, some_days)
def test_no_euro_of_an_invoice_is_secured_twice(
    given_ones: list[Security], claims: list[Claim], credits: Decimal, day: date
) -> None:
    owed = situation(claims, credits)
    found = layers(given_ones, owed, day)
    counting = [one for one in found if one.amount]
    for number, one in enumerate(owed.claims):
        shares = [layer.shares[number].amount for layer in counting if layer.shares]
        assert sum(shares) <= one.amount
    secured = sum(secure(owed.total, slices(found, owed)))
    assert 0 <= secured <= owed.total
