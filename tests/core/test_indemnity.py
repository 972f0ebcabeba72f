"""What the insurer pays, and how recoveries are shared."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_insurance.core import indemnity as i
from odoo.addons.credit_insurance.core.indemnity import Cover, indemnity

CENT = Decimal("0.01")
COVER = Cover(
    Decimal(80000),
    Decimal(90),
    first_loss=Decimal(5000),
    aggregate_left=Decimal(8000),
    liability_left=Decimal(650000),
)
GROSS, NET = Decimal(121000), Decimal(100000)

amounts = st.decimals(0, 10**7, places=2)
percents = st.decimals(1, 100, places=2)
covers = st.builds(
    Cover,
    amounts,
    percents,
    amounts,
    amounts,
    st.decimals(-1000, 10**6, places=2),
    st.none() | st.decimals(-1000, 10**7, places=2),
    st.sampled_from([i.AFTER, i.BEFORE]),
    st.booleans(),
)


def test_the_vector_of_the_trade():
    found = indemnity(GROSS, NET, COVER)
    assert found.amount == 59000
    assert found.aggregate_used == 8000
    assert [(step.code, step.change, step.rest) for step in found.steps] == [
        (i.GROSS, 121000, 121000),
        (i.VAT, -21000, 100000),
        (i.LIMIT, -20000, 80000),
        (i.PERCENT, -8000, 72000),
        (i.FIRST_LOSS, -5000, 67000),
        (i.AGGREGATE, -8000, 59000),
        (i.RESULT, 0, 59000),
    ]


@pytest.mark.parametrize(
    ("changes", "amount", "used"),
    [
        ({"deducted": i.BEFORE}, 60300, 8000),
        ({"vat_covered": True}, 59000, 8000),
        ({"limit": Decimal(200000)}, 77000, 8000),
        ({"limit": Decimal(0)}, 0, 0),
        ({"threshold": Decimal(100000)}, 0, 0),
        ({"threshold": Decimal(99999)}, 59000, 8000),
        ({"aggregate_left": Decimal(0)}, 67000, 0),
        ({"aggregate_left": Decimal(-3)}, 67000, 0),
        ({"aggregate_left": Decimal(90000)}, 0, 67000),
        ({"first_loss": Decimal(90000)}, 0, 0),
        ({"liability_left": Decimal(40000)}, 40000, 8000),
        ({"liability_left": Decimal(-1)}, 0, 8000),
        ({"liability_left": None}, 59000, 8000),
    ],
)
def test_what_the_policy_changes(changes, amount, used):
    found = indemnity(GROSS, NET, COVER._replace(**changes))
    assert (found.amount, found.aggregate_used) == (amount, used)


@given(amounts, st.decimals(0, 1, places=4), covers)
def test_never_above_limit_times_percentage(gross, share, cover):
    found = indemnity(gross, gross * share, cover)
    assert 0 <= found.amount <= cover.limit * cover.percent / 100
    assert found.amount <= gross
    if cover.liability_left is not None:
        assert found.amount <= max(cover.liability_left, 0)


@given(amounts, covers)
def test_erosion_is_never_negative_nor_more_than_what_is_left(gross, cover):
    used = indemnity(gross, gross, cover).aggregate_used
    assert 0 <= used <= max(cover.aggregate_left, 0)


@given(amounts, covers)
def test_the_steps_add_up(gross, cover):
    found = indemnity(gross, gross, cover)
    assert sum(step.change for step in found.steps) == found.amount
    assert found.steps[-1].rest == found.amount


@given(amounts, amounts, covers)
def test_a_greater_loss_never_brings_less(loss, more, cover):
    assert (
        indemnity(loss, loss, cover).amount
        <= indemnity(loss + more, loss + more, cover).amount
    )


def test_before_the_loss_the_oldest_invoice_is_paid_first():
    items = [
        (date(2025, 3, 1), Decimal(60000)),
        (date(2025, 1, 1), Decimal(10000)),
        (date(2025, 2, 1), Decimal(30000)),
    ]
    left = i.settle_oldest_first(items, Decimal(15000))
    assert left == [60000, 0, 25000]
    assert min(sum(left), Decimal(80000)) == 80000


def test_after_the_loss_money_is_shared_by_the_loss():
    assert i.share(Decimal(20000), Decimal("0.59"), CENT) == (11800, 8200)
    found = indemnity(GROSS, NET, COVER)
    assert found.fraction_of(NET) == Decimal("0.59")
    assert found.fraction_of(Decimal(0)) == 0


def test_costs_are_taken_off_first():
    assert i.share(Decimal(20000), Decimal("0.59"), CENT, Decimal(2000)) == (
        10620,
        7380,
    )
    assert i.share(Decimal(0), Decimal("0.5"), CENT, Decimal(100)) == (-50, -50)


@given(amounts, st.decimals(0, 1, places=6), amounts)
def test_shares_add_up(received, fraction, costs):
    shares = i.share(received, fraction, CENT, costs)
    assert sum(shares) == received - costs


@given(
    st.lists(st.tuples(st.dates(), st.decimals(0, 10**6, places=2)), max_size=6),
    st.decimals(0, 10**7, places=2),
)
def test_what_is_received_is_taken_off_once(items, received):
    left = i.settle_oldest_first(items, received)
    owed = sum(amount for _due, amount in items)
    assert sum(left) == max(owed - received, 0)
    assert all(
        0 <= rest <= amount for rest, (_due, amount) in zip(left, items, strict=True)
    )


def test_what_is_booked_of_a_recovery():
    assert i.book(Decimal(20000), Decimal("0.59"), CENT) == (11800, 0)
    assert i.book(Decimal(20000), Decimal("0.59"), CENT, Decimal(2000)) == (11800, 1180)
    assert i.book(Decimal(0), Decimal("0.59"), CENT, Decimal(1000)) == (0, 590)


@given(amounts, st.decimals(0, 1, places=6), amounts)
def test_what_is_booked_is_the_insurers_share(received, fraction, costs):
    booked = i.book(received, fraction, CENT, costs)
    assert booked.money - booked.costs == i.share(received, fraction, CENT, costs)[0]
    assert 0 <= booked.money <= received
    assert 0 <= booked.costs <= costs + CENT


VAT = Decimal(21) / 121


@pytest.mark.parametrize(
    ("items", "covered", "expected"),
    [
        # The vector of the trade: 59,000 of 100,000 without VAT; all VAT is lost.
        ([(62000, 59000, VAT)], False, ["21000.00"]),
        ([(62000, 59000, VAT)], True, ["10760.33"]),
        # An invoice that the insurer paid whole: its VAT is in what is left.
        ([(0, 121, VAT), (121, 0, VAT)], False, ["0", "42"]),
        # More than is open isn't lost.
        ([(10, 121, VAT)], False, ["10"]),
        ([], False, []),
    ],
)
def test_vat_that_nobody_pays(items, covered, expected):
    rows = [i.Unpaid(Decimal(a), Decimal(b), share) for a, b, share in items]
    assert i.vat_lost(rows, covered, CENT) == list(map(Decimal, expected))


@given(
    st.lists(
        st.builds(i.Unpaid, amounts, amounts, st.decimals(0, "0.5", places=4)),
        max_size=5,
    ),
    st.booleans(),
)
def test_vat_lost_lies_in_what_is_open(items, covered):
    found = i.vat_lost(items, covered, CENT)
    assert all(0 <= vat <= one.open for vat, one in zip(found, items, strict=True))
    insured = i.vat_lost(items, True, CENT)
    assert sum(found) >= sum(insured)
