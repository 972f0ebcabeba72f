from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_insurance.core.evidence import Purchase, holds_until, judge

DAY = date(2025, 6, 16)
MAY, JUNE = date(2025, 5, 1), date(2025, 6, 1)
ON_TIME = Purchase(MAY, JUNE, JUNE)
LATE = Purchase(MAY, JUNE, date(2025, 6, 2))
UNPAID = Purchase(MAY, JUNE, None)
NOT_DUE = Purchase(JUNE, date(2025, 7, 1), None)
LONG_AGO = Purchase(date(2024, 6, 16), date(2024, 7, 16), date(2024, 7, 1))
JUST = Purchase(date(2024, 6, 17), date(2024, 7, 17), date(2024, 7, 17))


@pytest.mark.parametrize(
    ("purchases", "on_time", "late", "good"),
    [
        ([], 0, 0, False),
        ([ON_TIME], 1, 0, False),
        ([ON_TIME, ON_TIME], 2, 0, True),
        ([ON_TIME, JUST], 2, 0, True),
        ([ON_TIME, LONG_AGO], 1, 0, False),
        ([ON_TIME, ON_TIME, LATE], 2, 1, False),
        ([ON_TIME, ON_TIME, UNPAID], 2, 1, False),
        ([ON_TIME, ON_TIME, NOT_DUE], 2, 0, True),
    ],
)
def test_experience(
    purchases: list[Purchase], on_time: int, late: int, good: bool
) -> None:
    found = judge(purchases, DAY)
    assert (found.on_time, found.late) == (on_time, late)
    assert found.until == (date(2026, 6, 15) if good else None)


@pytest.mark.parametrize(
    ("day", "until"),
    [
        (date(2025, 6, 16), date(2026, 6, 15)),
        (date(2024, 2, 29), date(2025, 2, 28)),
        (date(2025, 1, 1), date(2025, 12, 31)),
        (date(2023, 3, 1), date(2024, 2, 29)),
    ],
)
def test_twelve_months(day: date, until: date) -> None:
    assert holds_until(day) == until


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)))
def test_a_year_at_most(day: date) -> None:
    assert 364 <= (holds_until(day) - day).days <= 365
