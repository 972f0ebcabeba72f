"""Floats become the decimal a person reads; rounding is half up."""

import doctest
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_control.core import money
from odoo.addons.credit_control.core.money import round_to, to_decimal

QUANTA = tuple(Decimal(text) for text in ("0.001", "0.01", "0.05", "0.25", "1", "100"))

amounts = st.decimals(
    min_value=Decimal("-1e12"),
    max_value=Decimal("1e12"),
    places=6,
    allow_nan=False,
    allow_infinity=False,
)
cents = st.integers(-(10**14), 10**14).map(lambda n: Decimal(n).scaleb(-2))


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(money).failed == 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1, "0.1"),
        (2.675, "2.675"),
        (-1.005, "-1.005"),
        (1234567.89, "1234567.89"),
        (0.1 + 0.2, "0.30000000000000004"),
        (7, "7"),
        ("12.50", "12.50"),
        (Decimal("3.14"), "3.14"),
    ],
)
def test_to_decimal_reads_what_a_person_reads(
    value: float | int | str | Decimal, expected: str
) -> None:
    assert to_decimal(value) == Decimal(expected)


def test_text_that_is_no_number_is_refused() -> None:
    with pytest.raises(ArithmeticError):
        to_decimal("twelve")


@given(cents)
def test_an_amount_survives_the_journey_through_a_float(amount: Decimal) -> None:
    assert to_decimal(float(amount)) == amount


@pytest.mark.parametrize(
    ("amount", "quantum", "expected"),
    [
        ("2.675", "0.01", "2.68"),
        ("-2.675", "0.01", "-2.68"),
        ("1.005", "0.01", "1.01"),
        ("1.0049", "0.01", "1.00"),
        ("0.5", "1", "1"),
        ("-0.5", "1", "-1"),
        ("1.025", "0.05", "1.05"),
        ("1.024", "0.05", "1.00"),
        ("149.99", "100", "100"),
        ("150", "100", "200"),
    ],
)
def test_round_to_table(amount: str, quantum: str, expected: str) -> None:
    assert round_to(Decimal(amount), Decimal(quantum)) == Decimal(expected)


@given(amounts, st.sampled_from(QUANTA))
def test_a_rounded_amount_is_the_nearest_multiple(
    amount: Decimal, quantum: Decimal
) -> None:
    rounded = round_to(amount, quantum)
    assert rounded % quantum == 0
    assert abs(rounded - amount) <= quantum / 2
    assert round_to(rounded, quantum) == rounded
    assert round_to(-amount, quantum) == -rounded


@given(amounts, amounts, st.sampled_from(QUANTA))
def test_rounding_keeps_the_order(a: Decimal, b: Decimal, quantum: Decimal) -> None:
    low, high = sorted((a, b))
    assert round_to(low, quantum) <= round_to(high, quantum)


@pytest.mark.parametrize("quantum", ["0", "-0.01"])
def test_a_quantum_is_positive(quantum: str) -> None:
    with pytest.raises(ValueError, match="positive"):
        round_to(Decimal(1), Decimal(quantum))
