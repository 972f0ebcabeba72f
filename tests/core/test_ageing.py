"""Buckets tile the calendar and nothing falls between them."""

import doctest
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_control.core import ageing
from odoo.addons.credit_control.core.ageing import BucketScheme, age, days_late

AS_OF = date(2013, 6, 30)
DEFAULT = BucketScheme.parse("0, 30, 60, 90, 120")

days = st.integers(-800, 800)
dates = days.map(lambda n: AS_OF + timedelta(days=n))
amounts = st.integers(-(10**9), 10**9).map(lambda n: Decimal(n).scaleb(-2))
schemes = st.sets(days, min_size=1, max_size=8).map(
    lambda bounds: BucketScheme(tuple(sorted(bounds)))
)
items = st.lists(st.tuples(st.sampled_from("abc"), dates, amounts), max_size=30)


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(ageing).failed == 0


@pytest.mark.parametrize(
    ("due", "late"),
    [
        (date(2013, 6, 30), 0),  # due today is not late yet
        (date(2013, 6, 29), 1),
        (date(2013, 7, 1), -1),
        (date(2013, 5, 31), 30),
        (date(2012, 6, 30), 365),
        (date(2011, 6, 30), 731),  # 2012 had a 29 February
    ],
)
def test_days_late_are_calendar_days(due: date, late: int) -> None:
    assert days_late(due, AS_OF) == late


@pytest.mark.parametrize(
    ("late", "bucket"),
    [
        (-400, 0),
        (0, 0),
        (1, 1),
        (30, 1),
        (31, 2),
        (60, 2),
        (61, 3),
        (90, 3),
        (91, 4),
        (120, 4),
        (121, 5),
        (9999, 5),
    ],
)
def test_both_ends_of_a_bucket_belong_to_it(late: int, bucket: int) -> None:
    assert DEFAULT.bucket_for(late) == bucket


@pytest.mark.parametrize(
    ("text", "bounds"),
    [("0", (0,)), ("0,30,60", (0, 30, 60)), (" -30 , 0 ,15 ", (-30, 0, 15))],
)
def test_parse(text: str, bounds: tuple[int, ...]) -> None:
    assert BucketScheme.parse(text) == BucketScheme(bounds)


@pytest.mark.parametrize(
    "text", ["", " ", "0,", "a", "0, 1.5", "30, 0", "0, 0", "0 30"]
)
def test_parse_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="invalid literal|must ascend"):
        BucketScheme.parse(text)


@given(schemes, days)
def test_the_ranges_say_what_the_buckets_do(scheme: BucketScheme, late: int) -> None:
    holding = [
        index
        for index, (low, high) in enumerate(scheme.ranges())
        if (low is None or low <= late) and (high is None or late <= high)
    ]
    assert holding == [scheme.bucket_for(late)]
    assert len(scheme.ranges()) == scheme.size


@given(items, schemes, dates)
def test_buckets_partition_the_total(
    lines: list[tuple[str, date, Decimal]], scheme: BucketScheme, as_of: date
) -> None:
    aged = age(lines, scheme, as_of)
    assert set(aged) == {key for key, _due, _amount in lines}
    for key, buckets in aged.items():
        assert len(buckets) == scheme.size
        assert sum(buckets) == sum(amount for k, _due, amount in lines if k == key)


@given(items, schemes, dates, st.randoms(use_true_random=False))
def test_the_order_of_the_items_is_of_no_account(
    lines: list[tuple[str, date, Decimal]],
    scheme: BucketScheme,
    as_of: date,
    random: Random,
) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)
    assert age(shuffled, scheme, as_of) == age(lines, scheme, as_of)


@given(schemes, dates, dates, st.integers(0, 1000))
def test_time_never_makes_an_item_younger(
    scheme: BucketScheme, due: date, as_of: date, later: int
) -> None:
    before = scheme.bucket_for(days_late(due, as_of))
    after = scheme.bucket_for(days_late(due, as_of + timedelta(days=later)))
    assert after >= before


@given(items, schemes, days, dates)
def test_a_finer_scheme_adds_up_to_the_coarser_one(
    lines: list[tuple[str, date, Decimal]],
    scheme: BucketScheme,
    bound: int,
    as_of: date,
) -> None:
    finer = BucketScheme(tuple(sorted({*scheme.bounds, bound})))
    coarse = age(lines, scheme, as_of)
    for key, buckets in age(lines, finer, as_of).items():
        regrouped = [Decimal(0)] * scheme.size
        for (_low, high), amount in zip(finer.ranges(), buckets, strict=True):
            index = scheme.size - 1 if high is None else scheme.bucket_for(high)
            regrouped[index] += amount
        assert regrouped == coarse[key]
