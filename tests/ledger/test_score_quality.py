"""Whether the score of mid-2013 knew who would pay late: see docs/score.md."""

from datetime import date

import pytest

from . import behaviour, ledger

DAY = date(2013, 6, 30)


@pytest.fixture(scope="module")
def observed():
    path = ledger.find()
    if not path.is_file():
        pytest.skip("The real ledger is not on this machine.")
    return behaviour.observe(ledger.read(path), DAY)


def measure(observed, days):
    """AUC of score, last delay and mean delay for who pays ``days`` late or more."""
    late = [customer.later > days for customer in observed]
    return [
        round(behaviour.auc(values, late), 2)
        for values in (
            [-customer.points for customer in observed],
            [customer.last_delay for customer in observed],
            [customer.mean_delay for customer in observed],
        )
    ]


def test_the_score_separates_late_payers_from_others(observed):
    assert len(observed) == 99
    assert {days: measure(observed, days) for days in (3, 5, 10)} == {
        3: [0.90, 0.77, 0.91],
        5: [0.89, 0.81, 0.93],
        10: [0.91, 0.91, 0.95],
    }


def test_lower_scores_pay_later(observed):
    later = [customer.later for customer in observed]
    assert [
        round(behaviour.rank_correlation(values, later), 2)
        for values in (
            [-customer.points for customer in observed],
            [customer.last_delay for customer in observed],
            [customer.mean_delay for customer in observed],
        )
    ] == [0.74, 0.55, 0.77]


def test_the_measures_themselves():
    assert behaviour.auc([1, 2, 3, 4], [False, False, True, True]) == 1
    assert behaviour.auc([4, 3, 2, 1], [False, False, True, True]) == 0
    assert behaviour.auc([1, 1, 1, 1], [False, True, False, True]) == 0.5
    assert behaviour.rank_correlation([1, 2, 3], [10, 20, 90]) == pytest.approx(1)
    assert behaviour.rank_correlation([1, 2, 3], [9, 5, 1]) == pytest.approx(-1)
