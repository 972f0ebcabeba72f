"""Whether the cash forecast beats the due date: see docs/forecast.md."""

from decimal import Decimal

import pytest

from . import ledger, payments

D = Decimal


@pytest.fixture(scope="module")
def trials():
    path = ledger.find()
    if not path.is_file():
        pytest.skip("The real ledger is not on this machine.")
    rows = ledger.read(path)
    return [payments.try_on(rows, origin) for origin in payments.ORIGINS]


def test_it_beats_the_due_date(trials):
    """In all, and in each single month."""
    weeks = [week for month in trials for week in month]
    forecast = payments.wape(weeks, "forecast")
    assert forecast < 0.75 * payments.wape(weeks, "due_date")
    assert forecast < 0.75 * payments.wape(weeks, "mean_delay")
    worse = [
        month
        for month in trials
        if payments.wape(month, "forecast") >= payments.wape(month, "due_date")
    ]
    assert not worse


def test_figures_of_the_page(trials):
    weeks = [week for month in trials for week in month]
    names = ("forecast", "due_date", "mean_delay", "own_mean_delay")
    assert {
        name: (
            round(payments.wape(weeks, name), 3),
            round(payments.bias(weeks, name), 3),
        )
        for name in names
    } == {
        "forecast": (0.28, -0.002),
        "due_date": (0.408, 0.001),
        "mean_delay": (0.447, 0.001),
        "own_mean_delay": (0.272, 0.001),
    }
    assert round(payments.coverage(weeks), 2) == 0.57
    assert len([week for week in weeks if week.came]) == 77


def test_the_measures_themselves():
    one = payments.Trial(D(10), D(12), D(9), D(11), D(5), D(10), D(10))
    other = payments.Trial(D(30), D(20), D(31), D(40), D(30), D(30), D(30))
    assert payments.wape([one, other], "forecast") == pytest.approx(12 / 40)
    assert payments.bias([one, other], "forecast") == pytest.approx(-8 / 40)
    assert payments.coverage([one, other]) == 0.5
