"""Interest adds up over time, and matches what the law's examples give."""

import doctest
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_control.core import interest
from odoo.addons.credit_control.core.interest import (
    BalanceStep,
    RatePeriod,
    accrue,
    balance_after,
    statutory_rate,
)

D = Decimal
START = date(2022, 1, 1)
NEAR = D("1e-18")
ECB = {
    date(2024, 1, 1): D("4.50"),
    date(2024, 7, 1): D("4.25"),
    date(2025, 1, 1): D("3.15"),
}

dates = st.integers(0, 1500).map(lambda n: START + timedelta(days=n))
amounts = st.integers(0, 10**8).map(lambda n: D(n).scaleb(-2))
percents = st.integers(0, 2000).map(lambda n: D(n).scaleb(-2))
balances = st.dictionaries(dates, amounts, max_size=4).map(
    lambda steps: tuple(BalanceStep(*step) for step in sorted(steps.items()))
)
rates = st.dictionaries(dates, percents, max_size=5).map(
    lambda periods: (
        RatePeriod(START, D(8)),
        *(
            RatePeriod(*period)
            for period in sorted(periods.items())
            if period[0] > START
        ),
    )
)


def rates_of(step: str = "0", margin: str = "8") -> list[RatePeriod]:
    return [
        RatePeriod(day, statutory_rate(reference, D(margin), D(step)))
        for day, reference in ECB.items()
    ]


def open_from(principal: str, day: date = START) -> list[BalanceStep]:
    return [BalanceStep(day, D(principal))]


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(interest).failed == 0


@pytest.mark.parametrize(
    ("step", "days", "parts", "total"),
    [
        # Belgium: 12.5 % in both halves of 2024, hence one segment.
        ("0.5", [214, 46], ["732.88", "144.93"], "877.81"),
        # The Netherlands.
        ("0", [30, 184, 46], ["102.74", "617.53", "140.52"], "860.79"),
    ],
)
def test_an_invoice_paid_after_260_days(
    step: str, days: list[int], parts: list[str], total: str
) -> None:
    due, paid = date(2024, 5, 31), date(2025, 2, 15)
    first = due + timedelta(1)
    result = accrue(open_from("10000", first), first, paid, rates_of(step))
    assert result.amount == D(total)
    assert [segment.days for segment in result.segments] == days
    cents = [segment.amount.quantize(D("0.01")) for segment in result.segments]
    assert cents == [D(part) for part in parts]
    assert result.carried_from is result.unrated_until is None


@pytest.mark.parametrize(
    ("reference", "margin", "step", "rate"),
    [
        ("0.15", "8", "0.5", "8.5"),
        ("0.05", "8", "0.5", "8.5"),
        ("0.00", "8", "0.5", "8.0"),
        ("4.00", "8", "0.5", "12.0"),
        ("4.25", "8", "0.5", "12.5"),
        ("2.15", "8", "0.5", "10.5"),
        ("2.15", "8", "0", "10.15"),
        ("-0.88", "9", "0", "8.12"),
    ],
)
def test_rates(reference: str, margin: str, step: str, rate: str) -> None:
    assert statutory_rate(D(reference), D(margin), D(step)) == D(rate)


def test_a_leap_year_has_365_days_too() -> None:
    rates = [RatePeriod(START, D(10))]
    whole = accrue(open_from("365"), date(2024, 1, 1), date(2024, 12, 31), rates)
    assert whole.exact == D("36.6")


def test_interest_of_full_years_bears_interest() -> None:
    first = date(2022, 3, 1)
    rates = [RatePeriod(START, D(10))]
    result = accrue(
        open_from("1000"), first, date(2025, 2, 28), rates, compounding=True
    )
    # 365 days each, but 366 from 1 March 2023, as 2024 has a 29 February.
    assert [(s.first, s.base.quantize(D("0.01"))) for s in result.segments] == [
        (date(2022, 3, 1), D("1000.00")),
        (date(2023, 3, 1), D("1100.00")),
        (date(2024, 3, 1), D("1210.30")),
    ]
    assert result.amount == D("331.33")


def test_default_since_29_february_has_its_years() -> None:
    first = date(2024, 2, 29)
    result = accrue(
        open_from("1000"),
        first,
        date(2028, 3, 1),
        [RatePeriod(START, D(1))],
        compounding=True,
    )
    starts = [segment.first for segment in result.segments]
    assert starts == [
        first,
        date(2025, 3, 1),
        date(2026, 3, 1),
        date(2027, 3, 1),
        date(2028, 2, 29),
    ]


def test_nothing_compounds_once_the_principal_is_paid() -> None:
    first, paid = date(2022, 3, 1), date(2023, 6, 30)
    balance = balance_after(D(1000), first, [(paid, D(1000))])
    rates = [RatePeriod(START, D(10))]
    until = accrue(balance, first, paid, rates, compounding=True)
    later = accrue(balance, first, date(2025, 6, 30), rates, compounding=True)
    assert until.exact == later.exact


def test_the_day_of_a_payment_counts_in_full() -> None:
    since = date(2025, 1, 1)
    payments = [(date(2025, 1, 20), D(60)), (date(2025, 1, 10), D(40))]
    assert balance_after(D(100), since, payments) == (
        BalanceStep(since, D(100)),
        BalanceStep(date(2025, 1, 11), D(60)),
        BalanceStep(date(2025, 1, 21), D(0)),
    )


def test_a_payment_before_default_lowers_the_balance_at_once() -> None:
    since = date(2025, 1, 1)
    payments = [(date(2024, 12, 1), D(40)), (date(2025, 1, 10), D(10))]
    assert balance_after(D(100), since, payments) == (
        BalanceStep(since, D(60)),
        BalanceStep(date(2025, 1, 11), D(50)),
    )


def test_more_than_open_cannot_be_paid() -> None:
    with pytest.raises(ValueError, match="more is paid"):
        balance_after(D(100), START, [(START, D(101))])


def test_the_last_rate_goes_on_and_the_result_says_so() -> None:
    first, known = date(2025, 6, 1), interest.half_year_end(date(2025, 1, 1))
    for last, carried in (
        (date(2025, 6, 30), None),
        (date(2025, 7, 1), date(2025, 7, 1)),
        (date(2026, 1, 1), date(2025, 7, 1)),
    ):
        result = accrue(open_from("100"), first, last, rates_of(), known_until=known)
        assert result.carried_from == carried
        assert result.segments[-1].rate == D("11.15")


def test_a_paid_claim_carries_no_rate_forward() -> None:
    first, paid = date(2025, 3, 1), date(2025, 5, 1)
    balance = balance_after(D(100), first, [(paid, D(100))])
    known = date(2025, 6, 30)
    result = accrue(balance, first, date(2026, 1, 1), rates_of(), known_until=known)
    assert result.carried_from is None


def test_before_the_first_rate_nothing_accrues_and_the_result_says_so() -> None:
    result = accrue(open_from("1000"), date(2023, 12, 1), date(2024, 1, 31), rates_of())
    assert result.unrated_until == date(2023, 12, 31)
    assert [segment.days for segment in result.segments] == [31]
    without = accrue(open_from("1000"), START, date(2022, 1, 31), [])
    assert without.exact == 0
    assert without.unrated_until == date(2022, 1, 31)


def test_equal_rates_are_one_segment() -> None:
    rates = [RatePeriod(date(2022, month, 1), D(8)) for month in (1, 3, 5)]
    result = accrue(open_from("100"), START, date(2022, 6, 30), rates)
    assert len(result.segments) == 1


def test_no_days_no_interest() -> None:
    result = accrue(open_from("100"), START, START - timedelta(1), rates_of())
    assert result.amount == 0
    assert result.segments == ()


@pytest.mark.parametrize(
    ("balance", "periods", "words"),
    [
        ([BalanceStep(START, D(-1))], [], "negative"),
        ([BalanceStep(START, D(1))] * 2, [], "ascend"),
        ([], [RatePeriod(START, D(1))] * 2, "ascend"),
    ],
)
def test_nonsense_is_refused(
    balance: list[BalanceStep], periods: list[RatePeriod], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        accrue(balance, START, START, periods)


@given(balances, rates, dates, dates, dates)
def test_simple_interest_adds_up_over_periods(
    balance: tuple[BalanceStep, ...],
    periods: tuple[RatePeriod, ...],
    a: date,
    b: date,
    c: date,
) -> None:
    a, b, c = sorted((a, b, c))
    before = accrue(balance, a, b, periods).exact
    after = accrue(balance, b + timedelta(1), c, periods).exact
    assert abs(before + after - accrue(balance, a, c, periods).exact) < NEAR


@given(balances, rates, dates, dates, st.integers(0, 800), st.booleans())
def test_a_later_day_never_makes_it_less(
    balance: tuple[BalanceStep, ...],
    periods: tuple[RatePeriod, ...],
    first: date,
    last: date,
    days: int,
    compounding: bool,
) -> None:
    sooner = accrue(balance, first, last, periods, compounding=compounding)
    later = accrue(
        balance, first, last + timedelta(days), periods, compounding=compounding
    )
    assert sooner.exact <= later.exact


@given(amounts, amounts, rates, dates, dates, st.booleans())
def test_a_higher_claim_never_bears_less(
    a: Decimal,
    b: Decimal,
    periods: tuple[RatePeriod, ...],
    first: date,
    last: date,
    compounding: bool,
) -> None:
    low, high = (
        accrue(
            [BalanceStep(START, principal)],
            first,
            last,
            periods,
            compounding=compounding,
        ).amount
        for principal in sorted((a, b))
    )
    assert low <= high


@given(balances, rates, dates, dates)
def test_compounding_never_gives_less(
    balance: tuple[BalanceStep, ...],
    periods: tuple[RatePeriod, ...],
    first: date,
    last: date,
) -> None:
    simple = accrue(balance, first, last, periods)
    assert simple.exact <= accrue(balance, first, last, periods, compounding=True).exact


@given(balances, rates, dates, dates, st.booleans())
def test_the_segments_explain_the_sum(
    balance: tuple[BalanceStep, ...],
    periods: tuple[RatePeriod, ...],
    first: date,
    last: date,
    compounding: bool,
) -> None:
    result = accrue(balance, first, last, periods, compounding=compounding)
    assert abs(sum(s.amount for s in result.segments) - result.exact) < NEAR
    days = sorted((s.first, s.last) for s in result.segments)
    assert all(first <= a <= b <= last for a, b in days)
    assert all(a[1] < b[0] for a, b in zip(days, days[1:], strict=False))
