"""What a policy says for a country and a kind of cover."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_insurance.core.terms import Line, Terms, pick

BE, FR = 20, 75
DEFAULT = Terms(Decimal(90), 0, 60, Decimal(0))
BLIND, FRANCE, FRENCH_BLIND = (
    DEFAULT._replace(percent=Decimal(percent)) for percent in (75, 85, 60)
)
LINES = [
    Line(None, "blind", BLIND),
    Line(FR, None, FRANCE),
    Line(FR, "blind", FRENCH_BLIND),
]


@pytest.mark.parametrize(
    ("country", "kind", "expected"),
    [
        (BE, "full", DEFAULT),
        (BE, "blind", BLIND),
        (FR, "full", FRANCE),
        (FR, "blind", FRENCH_BLIND),
        (FR, None, FRANCE),
        (None, None, DEFAULT),
    ],
)
def test_the_line_that_says_most_counts(country, kind, expected):
    assert pick(LINES, DEFAULT, country, kind) == expected


def test_a_country_goes_before_a_kind():
    assert pick(LINES[:2], DEFAULT, FR, "blind") == FRANCE


@given(
    st.permutations(LINES),
    st.sampled_from([None, BE, FR]),
    st.sampled_from([None, "full", "blind"]),
)
def test_the_order_of_the_lines_is_all_the_same(lines, country, kind):
    assert pick(lines, DEFAULT, country, kind) == pick(LINES, DEFAULT, country, kind)
