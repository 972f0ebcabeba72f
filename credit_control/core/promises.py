"""What becomes of a promise to pay, judged by what was paid.

The rule, in words:

* What counts is the balance of the promised items on the *deadline*: the day promised
  and the days of tolerance after it. What was settled by then is what was open when
  the promise was made, less that balance.
* *Only money keeps a promise.* What was settled otherwise, by a credit note or an
  entry, lowers what can still be promised: never more than is left to pay.
* Kept: all that is promised is paid, item by item, on whatever day up to the deadline.
  Partly: something is paid. Broken: nothing is. Void: nothing is left to pay, and
  nothing was paid.
* Before the deadline is over nothing but keeping it is certain. After it a promise
  that unmatched money could still keep waits, for MATCHING_DAYS at most.

Amounts are in the currency of the promise, all items one currency, and not negative.
Days are calendar days; a promise is due until the end of its deadline.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from .money import ZERO

OPEN = "open"
KEPT = "kept"
PARTLY = "partly"
BROKEN = "broken"
VOID = "void"

# How long unmatched money is given to find its invoice.
MATCHING_DAYS = 7


class Promised(NamedTuple):
    """One item: what was promised of it, and what was settled up to the deadline.

    ``open_then`` was open when the promise was made, ``open_after`` at the end of the
    deadline; ``credited`` of what was settled between was no money.
    """

    amount: Decimal
    open_then: Decimal
    open_after: Decimal
    credited: Decimal = ZERO

    @property
    def settled(self) -> Decimal:
        return max(ZERO, self.open_then - self.open_after)

    @property
    def paid(self) -> Decimal:
        """What was paid of what was promised."""
        money = max(ZERO, self.settled - self.credited)
        return min(money, self.expected)

    @property
    def expected(self) -> Decimal:
        """What of the promise was left to pay after credit notes."""
        left = self.open_then - min(self.credited, self.settled)
        return max(ZERO, min(self.amount, left))


class Verdict(NamedTuple):
    """``waits``: the deadline is over, but unmatched money could still keep it."""

    state: str
    expected: Decimal
    paid: Decimal
    waits: bool = False


def judge(
    items: Sequence[Promised], unmatched: Decimal, deadline: date, as_of: date
) -> Verdict:
    """The verdict on ``as_of``.

    :param unmatched: money of the debtor that came in by the deadline and is matched
        with nothing
    """
    expected = sum((item.expected for item in items), ZERO)
    paid = sum((item.paid for item in items), ZERO)
    if not expected:
        return Verdict(VOID, expected, paid)
    if paid >= expected:
        return Verdict(KEPT, expected, paid)
    if as_of <= deadline:
        return Verdict(OPEN, expected, paid)
    if unmatched >= expected - paid and as_of <= last_day(deadline):
        return Verdict(OPEN, expected, paid, waits=True)
    return Verdict(PARTLY if paid else BROKEN, expected, paid)


def last_day(deadline: date) -> date:
    """The last day on which a promise can still wait for unmatched money."""
    return deadline + timedelta(MATCHING_DAYS)
