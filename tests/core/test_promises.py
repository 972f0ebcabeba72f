from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_control.core import disputes, promises
from odoo.addons.credit_control.core.promises import Promised, judge

DEADLINE = date(2025, 6, 24)
ONE_DAY = timedelta(1)
money = st.decimals(0, 10_000, places=2)


@pytest.mark.parametrize(
    ("item", "unmatched", "day", "state"),
    [
        (Promised(D(100), D(100), D(0)), D(0), DEADLINE, "kept"),
        (Promised(D(40), D(100), D(60)), D(0), DEADLINE, "kept"),
        (Promised(D(100), D(100), D(100)), D(0), DEADLINE, "open"),
        (Promised(D(100), D(100), D(100)), D(0), DEADLINE + ONE_DAY, "broken"),
        (Promised(D(100), D(100), D(60)), D(0), DEADLINE + ONE_DAY, "partly"),
        (Promised(D(100), D(100), D(0), D(100)), D(0), DEADLINE, "void"),
        (Promised(D(100), D(100), D(0), D(30)), D(0), DEADLINE, "kept"),
        (Promised(D(100), D(100), D(70), D(30)), D(0), DEADLINE + ONE_DAY, "broken"),
        (Promised(D(40), D(100), D(70), D(30)), D(0), DEADLINE + ONE_DAY, "broken"),
        (Promised(D(100), D(100), D(100)), D(100), DEADLINE + ONE_DAY, "open"),
        (Promised(D(100), D(100), D(100)), D(99), DEADLINE + ONE_DAY, "broken"),
        (Promised(D(100), D(100), D(100)), D(100), DEADLINE + 8 * ONE_DAY, "broken"),
    ],
)
def test_verdicts(item, unmatched, day, state):
    assert judge([item], unmatched, DEADLINE, day).state == state


@given(money, money, money, money)
def test_paid_is_never_more_than_expected(amount, then, after, credited):
    item = Promised(amount, then, after, credited)
    assert 0 <= item.paid <= item.expected <= amount


@given(money, money)
def test_what_is_disputed_is_not_claimed(residual, disputed):
    claimed = disputes.claimable(residual, disputed)
    assert claimed == max(D(0), residual - disputed)


def test_closing():
    assert disputes.closing(D(70), D(30)) == disputes.CREDITED
    assert disputes.closing(D(0), D(0)) == disputes.PAID
    assert disputes.closing(D(10), D(0)) is None
    assert promises.last_day(DEADLINE) == date(2025, 7, 1)
