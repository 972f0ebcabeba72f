from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_control.core import score as s
from odoo.addons.credit_control.core.score import Payments, Scale, band_for, score

D = Decimal
SCALES = {
    s.DAYS_LATE: Scale(D(30), D(0), D(60)),
    s.OVERDUE: Scale(D(20), D(0), D(50)),
    s.TREND: Scale(D(15), D(0), D(30)),
    s.PROMISES: Scale(D(10), D(0), D(50)),
    s.DISPUTES: Scale(D(5), D(0), D(20)),
    s.EXTERNAL: Scale(D(20), D(100), D(0)),
}
EXAMPLE = {
    s.DAYS_LATE: D(18),
    s.OVERDUE: D(20),
    s.TREND: D(6),
    s.PROMISES: D(25),
    s.DISPUTES: D(0),
    s.EXTERNAL: D(55),
}
STARTS = (D(75), D(50), D(0))
figures = st.fixed_dictionaries(
    {code: st.none() | st.decimals(-400, 400, places=2) for code in s.COMPONENTS}
)


def test_the_example():
    found = score(EXAMPLE, SCALES)
    assert found.points == 66
    assert [part.points * part.weight / 100 for part in found.parts] == [
        21, 12, 12, 5, 5, 11,
    ]  # fmt: skip


def test_days_late_weigh_by_amount_and_early_payment_counts_as_none():
    # (10,000, 5), (2,000, 40), (8,000, -3 counted as 0)
    days = D(10_000) * 5 + D(2_000) * 40
    paid = Payments(3, D(20_000), days, D(0), D(0), D(0), D(0)).figures()
    assert paid[s.DAYS_LATE] == D("6.5")
    assert paid[s.OVERDUE] is None
    assert paid[s.TREND] is None


def test_trend_and_overdue_share():
    paid = Payments(9, D(100), D(1200), D(300), D(1800), D(400), D(80)).figures()
    assert paid == {s.DAYS_LATE: D("7.5"), s.OVERDUE: D(20), s.TREND: D(6)}


def test_a_missing_figure_hands_its_weight_to_the_others():
    found = score({**EXAMPLE, s.EXTERNAL: None}, SCALES)
    assert found.points == D("68.75")  # 55 of 80
    assert sum(part.weight for part in found.parts) == 100
    assert s.EXTERNAL not in [part.code for part in found.parts]


def test_adverse_signals_take_points_off_down_to_none():
    assert score(EXAMPLE, SCALES, D(10)).points == 56
    assert score(EXAMPLE, SCALES, D(90)).points == 0


def test_nothing_to_measure():
    assert score({}, SCALES) is None
    assert score(dict.fromkeys(s.COMPONENTS), SCALES) is None
    assert score(EXAMPLE, {}) is None
    assert score(EXAMPLE, {s.TREND: Scale(D(0), D(0), D(30))}) is None


@pytest.mark.parametrize(
    ("points", "current", "band"),
    [
        (75, None, 0), (74.99, None, 1), (50, None, 1), (49.99, None, 2), (0, None, 2),
        (77.99, 1, 1), (78, 1, 0), (72, 0, 0), (71.99, 0, 1),
        (47, 1, 1), (46.99, 1, 2), (52.99, 2, 2), (53, 2, 1),
        (78, 2, 0), (77.99, 2, 1), (47, 0, 1), (46.99, 0, 2),
    ],
)  # fmt: skip
def test_bands_and_the_margin_between_them(points, current, band):
    assert band_for(D(str(points)), STARTS, current, D(3)) == band


@given(figures)
def test_always_between_nothing_and_a_hundred(values):
    found = score(values, SCALES)
    if found:
        assert 0 <= found.points <= 100
        assert abs(sum(part.weight for part in found.parts) - 100) < D("1e-20")
        parts = sum(part.points * part.weight for part in found.parts) / 100
        assert abs(parts - found.points) <= D("0.005")
    else:
        assert not any(value is not None for value in values.values())


@given(figures, st.sampled_from(s.COMPONENTS[:-1]), st.decimals(0, 100, places=2))
def test_worse_figures_never_score_better(values, code, more):
    if values[code] is None:
        return
    worse = {**values, code: values[code] + more}
    assert score(worse, SCALES).points <= score(values, SCALES).points


@given(st.decimals(0, 100, places=2), st.integers(0, 2))
def test_who_stays_put_stays_put(points, current):
    """Rating twice the same gives the same: the margin never swings."""
    band = band_for(points, STARTS, current, D(3))
    assert band_for(points, STARTS, band, D(3)) == band
