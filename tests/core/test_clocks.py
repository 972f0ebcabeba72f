"""Deadlines of a policy."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_insurance.core import clocks
from odoo.addons.credit_insurance.core.clocks import Deadline, Rules, deadlines

DUE = date(2025, 1, 31)
RULES = Rules(60, 30, waiting_days=180, claim_days=30)
STOP, NOTIFY = date(2025, 4, 1), date(2025, 5, 1)
LOSS, CLAIM = date(2025, 10, 28), date(2025, 11, 27)

days = st.dates(date(2000, 1, 1), date(2090, 1, 1))
periods = st.integers(0, 400)
rules = st.builds(
    Rules,
    periods,
    periods,
    st.sampled_from([clocks.EXTENSION, clocks.DUE]),
    periods,
    st.sampled_from([clocks.HANDOVER, clocks.DUE]),
    periods,
)


def test_the_vector_of_the_trade():
    assert deadlines(DUE, RULES) == (STOP, NOTIFY, LOSS, CLAIM)


@pytest.mark.parametrize(
    ("changes", "told", "expected"),
    [
        ({"notification_from": clocks.DUE, "notification_days": 75}, {},
         (STOP, date(2025, 4, 16), date(2025, 10, 13), date(2025, 11, 12))),
        # Nobody has to report what he may still wait for.
        ({"notification_from": clocks.DUE, "notification_days": 30}, {},
         (STOP, STOP, date(2025, 9, 28), date(2025, 10, 28))),
        ({"waiting_start": clocks.DUE}, {},
         (STOP, NOTIFY, date(2025, 7, 30), date(2025, 8, 29))),
        ({}, {"handover": date(2025, 4, 11)},
         (STOP, NOTIFY, date(2025, 10, 8), date(2025, 11, 7))),
        ({}, {"insolvency": date(2025, 6, 2)},
         (STOP, NOTIFY, date(2025, 6, 2), date(2025, 7, 2))),
        # Insolvency after the waiting period: the loss was there before.
        ({}, {"insolvency": date(2026, 1, 1)}, (STOP, NOTIFY, LOSS, CLAIM)),
        ({}, {"extended_to": date(2025, 5, 31)},
         (date(2025, 5, 31), date(2025, 6, 30), date(2025, 12, 27), date(2026, 1, 26))),
        # Less than the policy allows anyway.
        ({}, {"extended_to": date(2025, 2, 28)}, (STOP, NOTIFY, LOSS, CLAIM)),
        ({"claim_days": 0}, {}, (STOP, NOTIFY, LOSS, None)),
    ],
)  # fmt: skip
def test_deadlines(changes, told, expected):
    assert deadlines(DUE, RULES._replace(**changes), **told) == expected


@pytest.mark.parametrize(
    ("as_of", "notified", "submitted", "expected"),
    [
        (DUE, False, False, Deadline(clocks.STOP, STOP)),
        (STOP - timedelta(1), False, False, Deadline(clocks.STOP, STOP)),
        (STOP, False, False, Deadline(clocks.NOTIFY, NOTIFY)),
        (NOTIFY + timedelta(9), False, False, Deadline(clocks.NOTIFY, NOTIFY)),
        (STOP, True, False, Deadline(clocks.LOSS, LOSS)),
        (LOSS, True, False, Deadline(clocks.CLAIM, CLAIM)),
        (LOSS, True, True, None),
    ],
)
def test_what_comes_next(as_of, notified, submitted, expected):
    found = deadlines(DUE, RULES)
    assert clocks.next_deadline(found, as_of, notified, submitted) == expected


def test_a_claim_without_deadline_waits_for_the_loss():
    found = deadlines(DUE, RULES._replace(claim_days=0))
    expected = Deadline(clocks.LOSS, LOSS)
    assert clocks.next_deadline(found, LOSS + timedelta(5), notified=True) == expected


@pytest.mark.parametrize(
    ("as_of", "stopped"), [(STOP - timedelta(1), False), (STOP, True)]
)
def test_the_oldest_invoice_stops_deliveries(as_of, stopped):
    found = [deadlines(DUE, RULES), deadlines(DUE + timedelta(30), RULES)]
    assert clocks.is_stopped(found, as_of) is stopped
    assert clocks.is_stopped([], as_of) is False


@pytest.mark.parametrize(
    ("until", "extended_to", "beyond"),
    [
        (STOP, None, False),
        (STOP + timedelta(1), None, True),
        (STOP + timedelta(1), STOP + timedelta(1), False),
    ],
)
def test_who_waits_too_long(until, extended_to, beyond):
    assert clocks.is_beyond(DUE, RULES, until, extended_to) is beyond


@given(days, rules, st.none() | days, st.none() | days, st.none() | days)
def test_order_of_the_deadlines(due, policy, extended_to, handover, insolvency):
    found = deadlines(due, policy, extended_to, handover, insolvency)
    assert due <= found.stop <= found.notify
    assert found.claim is None or found.loss <= found.claim
    assert not insolvency or found.loss <= insolvency


@given(days, rules, periods)
def test_a_postponed_term_changes_nothing_but_consent_does(due, policy, more):
    plain = deadlines(due, policy)
    agreed = deadlines(due, policy, extended_to=due + timedelta(more))
    assert agreed.stop == max(plain.stop, due + timedelta(more))


@given(days, rules, days, st.none() | days, st.booleans())
def test_what_comes_next_is_one_of_the_deadlines(due, policy, as_of, told, claimed):
    """Until the claim is with the insurer something always comes, and in order."""
    found = deadlines(due, policy, handover=told)
    coming = clocks.next_deadline(found, as_of, bool(told), claimed)
    if claimed:
        assert coming is None
        return
    assert coming.day == getattr(found, coming.kind)
    assert told or coming.kind in (clocks.STOP, clocks.NOTIFY)
    # Nothing but the report is ever late before the loss.
    assert coming.day > as_of or coming.kind != clocks.STOP


@given(days, rules, st.none() | days, days)
def test_to_wait_too_long_is_to_pass_the_stop(due, policy, extended_to, until):
    """Whoever may wait until a day is not stopped before it, and the other way round."""
    found = deadlines(due, policy, extended_to)
    beyond = clocks.is_beyond(due, policy, until, extended_to)
    assert beyond is (until > found.stop)
    assert clocks.is_stopped([found], until) is (until >= found.stop)
    assert not beyond or clocks.is_stopped([found], until)


@given(days, rules, days, st.lists(days, max_size=5))
def test_another_invoice_never_lets_deliveries_go_on(due, policy, as_of, others):
    alone = clocks.is_stopped([deadlines(due, policy)], as_of)
    together = [deadlines(day, policy) for day in (due, *others)]
    assert clocks.is_stopped(together, as_of) >= alone


@given(days, rules, periods, periods)
def test_deadlines_move_with_the_due_date(due, policy, more, claim_after):
    """A due date that is later by some days makes each deadline as much later."""
    policy = policy._replace(claim_days=claim_after)
    first, later = deadlines(due, policy), deadlines(due + timedelta(more), policy)
    for before, after in zip(first, later, strict=True):
        assert (after and after - timedelta(more)) == before
