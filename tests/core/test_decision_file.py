from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_insurance.core.decision_file import (
    DAYS_REVERSED,
    MISSING,
    NEGATIVE,
    NO_AMOUNT,
    NO_DAY,
    NO_FLAG,
    NO_STATUS,
    Format,
    plain,
    read_amount,
    read_day,
    read_row,
)

FORM = Format("%d/%m/%Y", ",", {"toegekend": "approved", "geweigerd": "refused"})
GOOD = {
    "buyer": "4711 ",
    "amount": "80.000,00",
    "date_from": "01/02/2025",
    "status": "Toegekend",
    "temporary": "nee",
    "conditions": "",
}


def test_a_good_row() -> None:
    row = read_row(GOOD, FORM)
    assert row.problems == []
    assert row.values == {
        "buyer": "4711",
        "amount": Decimal(80_000),
        "date_from": date(2025, 2, 1),
        "status": "approved",
        "temporary": False,
    }


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"amount": "much"}, "amount", NO_AMOUNT),
        ({"amount": "NaN"}, "amount", NO_AMOUNT),
        ({"amount": "-5"}, "amount", NEGATIVE),
        ({"amount": " "}, "amount", MISSING),
        ({"date_from": "2025-13-01"}, "date_from", NO_DAY),
        ({"date_from": "31/02/2025"}, "date_from", NO_DAY),
        ({"date_from": None}, "date_from", MISSING),
        ({"status": "perhaps"}, "status", NO_STATUS),
        ({"temporary": "perhaps"}, "temporary", NO_FLAG),
        ({"temporary": "ja"}, "date_to", MISSING),
        ({"date_to": "31/01/2025"}, "date_to", DAYS_REVERSED),
    ],
)
def test_what_is_wrong_is_named(changes: dict, field: str, code: str) -> None:
    row = read_row({**GOOD, **changes}, FORM)
    assert [problem[:2] for problem in row.problems] == [(field, code)]


@pytest.mark.parametrize(
    ("cell", "decimal", "amount"),
    [
        ("80.000,50", ",", "80000.50"),
        ("80,000.50", ".", "80000.50"),
        ("80 000", ",", "80000"),
        ("80\u202f000,1", ",", "80000.1"),
        ("80'000.00", ".", "80000"),
        (Decimal("80000.5"), ",", "80000.5"),
    ],
)
def test_amounts(cell: str, decimal: str, amount: str) -> None:
    assert read_amount(cell, decimal) == Decimal(amount)


@pytest.mark.parametrize(
    ("cell", "decimal"),
    [
        ("80,000", ","),
        ("1,000.50", ","),
        ("80.50", ","),
        ("80.000", "."),
        ("1.000,50", "."),
        ("80,50", "."),
        ("1.2.3", ","),
        ("8,0,0", ","),
        ("10,00.000", ","),
        ("1_000", ","),
        ("1e5", ","),
    ],
)
def test_amounts_written_with_other_signs_are_none(cell: str, decimal: str) -> None:
    with pytest.raises(ValueError, match=NO_AMOUNT):
        read_amount(cell, decimal)


@pytest.mark.parametrize(
    "cell",
    ["01/02/2025", " 2025-02-01", date(2025, 2, 1), datetime(2025, 2, 1, 9, 30)],
)
def test_days(cell: str) -> None:
    assert read_day(cell, "%d/%m/%Y") == date(2025, 2, 1)


def test_the_last_of_all_days_is_until_further_notice() -> None:
    for cell in ("31/12/9999", date(9999, 12, 31)):
        row = read_row({**GOOD, "date_to": cell}, FORM)
        assert not row.problems
        assert "date_to" not in row.values


def test_numbers_are_compared_without_their_signs() -> None:
    assert plain("BE 0403.170.701") == plain("be0403170701") == "BE0403170701"


@given(st.decimals(0, 10**12, places=2), st.sampled_from(",."))
def test_what_is_written_is_read(amount: Decimal, decimal: str) -> None:
    text = f"{amount:,.2f}"
    if decimal == ",":
        text = text.translate(str.maketrans(",.", ".,"))
    assert read_amount(text, decimal) == amount
