"""Points of the worklist."""

import doctest
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_control.core import worklist
from odoo.addons.credit_control.core.worklist import Rule, points_for

FIGURES = st.decimals(
    min_value=-1000, max_value=100_000, places=2, allow_nan=False, allow_infinity=False
)
MARKS = st.decimals(min_value=0, max_value=50_000, places=2)
RULES = st.builds(Rule, st.integers(0, 1000), MARKS, MARKS)


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(worklist).failed == 0


@pytest.mark.parametrize(
    ("rule", "figure", "points"),
    [
        (Rule(10), "0", 0),
        (Rule(10), "-5", 0),
        (Rule(10), "0.01", 10),
        (Rule(20, Decimal(2)), "1", 0),
        (Rule(20, Decimal(2)), "2", 20),
        (Rule(40, Decimal(250), Decimal(10_000)), "249.99", 0),
        (Rule(40, Decimal(250), Decimal(10_000)), "250", 1),
        (Rule(40, Decimal(250), Decimal(10_000)), "374.99", 1),
        (Rule(40, Decimal(250), Decimal(10_000)), "375", 2),
        (Rule(40, Decimal(250), Decimal(10_000)), "9999", 40),
        (Rule(40, Decimal(250), Decimal(10_000)), "1000000", 40),
        (Rule(40, Decimal(500), Decimal(100)), "200", 0),
    ],
)
def test_points(rule: Rule, figure: str, points: int) -> None:
    assert points_for(rule, Decimal(figure)) == points


@given(RULES, FIGURES)
def test_never_more_than_the_rule_gives(rule: Rule, figure: Decimal) -> None:
    assert 0 <= points_for(rule, figure) <= rule.points


@given(RULES, FIGURES, FIGURES)
def test_a_greater_figure_never_gives_less(
    rule: Rule, one: Decimal, other: Decimal
) -> None:
    low, high = sorted((one, other))
    assert points_for(rule, low) <= points_for(rule, high)


@given(RULES, FIGURES)
def test_below_the_threshold_nothing_counts(rule: Rule, figure: Decimal) -> None:
    if figure < rule.threshold:
        assert points_for(rule, figure) == 0
