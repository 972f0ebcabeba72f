"""What of an item is claimed while a part of it is disputed, and when to end that.

A dispute pauses exactly what is disputed: the rest is claimed as ever. Payments count
for the undisputed rest first, so never more than what is open is disputed. What is
disputed as a whole has no rest: it is not claimed at all.

Amounts are in the currency of the item and not negative.
"""

from decimal import Decimal

from .money import ZERO

# Why to propose that a dispute is closed.
CREDITED = "credit_note"
PAID = "paid"


def claimable(residual: Decimal, disputed: Decimal) -> Decimal:
    """What is claimed of ``residual``; ZERO where all of it is disputed."""
    return residual - min(max(residual, ZERO), disputed)


def closing(open_now: Decimal, credited: Decimal) -> str | None:
    """Why the dispute of an item could be closed; None: nothing has happened.

    :param open_now: what is still open of the disputed items
    :param credited: what was settled of them otherwise than with money, since
    """
    if credited > 0:
        return CREDITED
    return None if open_now > 0 else PAID
