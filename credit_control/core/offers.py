"""A discount offered for payment in time: what it is, and where it goes.

Amounts are in the currency of the items, all of them one.
"""

from collections.abc import Sequence
from decimal import Decimal

from .money import ZERO, round_to

HUNDRED = Decimal(100)


def discount_of(amount: Decimal, percent: Decimal, quantum: Decimal) -> Decimal:
    """``percent`` of ``amount``, rounded half up to ``quantum``; never below zero."""
    return max(ZERO, round_to(amount * percent / HUNDRED, quantum))


def spread(rest: Decimal, open_amounts: Sequence[Decimal]) -> list[Decimal]:
    """How much of ``rest`` each of ``open_amounts`` bears, the first ones first.

    None bears more than it has open. The parts add up to ``rest``, or to all that is
    open where that is less.
    """
    parts = []
    for amount in open_amounts:
        part = max(ZERO, min(rest, amount))
        parts.append(part)
        rest -= part
    return parts
