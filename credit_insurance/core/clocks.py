"""The deadlines that a policy sets for an invoice that isn't paid.

All days are calendar days, counted from the **original** due date: a term that was
postponed later changes nothing. A deadline is the day itself: on the day of
``stop`` nothing is delivered any more, ``notify`` and ``claim`` are the last days on
which the insurer may be told. Source: practice of the insurers, see the vector in
:func:`deadlines`.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

# What a period is counted from.
DUE, EXTENSION, HANDOVER = "due", "extension", "handover"

# What comes next.
STOP, NOTIFY, LOSS, CLAIM = "stop", "notify", "loss", "claim"


class Rules(NamedTuple):
    """What the policy says: periods in days, and what they are counted from.

    ``claim_days`` 0: a claim has no deadline.
    """

    extension_days: int
    notification_days: int
    notification_from: str = EXTENSION
    waiting_days: int = 180
    waiting_start: str = HANDOVER
    claim_days: int = 0


class Deadlines(NamedTuple):
    """``stop``: the extension period ends; ``notify``: the insurer has to know;
    ``loss``: the debt counts as lost; ``claim``: the claim has to be there.
    """

    stop: date
    notify: date
    loss: date
    claim: date | None


class Deadline(NamedTuple):
    """What comes next, and when; the day may have gone by."""

    kind: str
    day: date


def deadlines(
    due: date,
    rules: Rules,
    extended_to: date | None = None,
    handover: date | None = None,
    insolvency: date | None = None,
) -> Deadlines:
    """The deadlines of an invoice due on ``due``.

    :param due: the due date that the invoice had at first
    :param extended_to: the day until which the insurer agreed to wait, if he was asked
    :param handover: the day on which the overdue was reported; its deadline until then
    :param insolvency: the day on which the debtor became insolvent

    >>> rules = Rules(60, 30, waiting_days=180, claim_days=30)
    >>> for day in deadlines(date(2025, 1, 31), rules): print(day)
    2025-04-01
    2025-05-01
    2025-10-28
    2025-11-27
    """
    stop = due + timedelta(rules.extension_days)
    if extended_to:
        stop = max(stop, extended_to)
    since = stop if rules.notification_from == EXTENSION else due
    notify = max(stop, since + timedelta(rules.notification_days))
    start = due if rules.waiting_start == DUE else handover or notify
    loss = start + timedelta(rules.waiting_days)
    if insolvency:
        loss = min(loss, insolvency)
    claim = loss + timedelta(rules.claim_days) if rules.claim_days else None
    return Deadlines(stop, notify, loss, claim)


def next_deadline(
    days: Deadlines, as_of: date, notified: bool = False, submitted: bool = False
) -> Deadline | None:
    """What comes next on ``as_of``; nothing once the claim is with the insurer.

    A notification that is late stays what comes next: nothing else helps.
    """
    if submitted:
        return None
    if not notified:
        if as_of < days.stop:
            return Deadline(STOP, days.stop)
        return Deadline(NOTIFY, days.notify)
    if as_of < days.loss or days.claim is None:
        return Deadline(LOSS, days.loss)
    return Deadline(CLAIM, days.claim)


def is_stopped(days: Iterable[Deadlines], as_of: date) -> bool:
    """Whether one of these unpaid invoices has passed its extension period."""
    return any(one.stop <= as_of for one in days)


def is_beyond(due: date, rules: Rules, until: date, extended_to: date | None) -> bool:
    """Whether to wait ``until`` that day breaks the policy: the insurer is asked first.

    A payment on the last day of the extension period is in time.
    """
    return until > deadlines(due, rules, extended_to).stop
