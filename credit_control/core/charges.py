"""What a notice claims beside the principal, and nothing of it twice.

Days are counted as in :mod:`.interest`. Amounts are in the currency of the item.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .interest import CENT, ONE_DAY, BalanceStep, RatePeriod, accrue
from .money import ZERO


class Charged(NamedTuple):
    """Interest that was claimed for an item before: its sum and its last day.

    What was waived counts as claimed: it doesn't come back by itself.
    """

    amount: Decimal = ZERO
    last: date | None = None


NOTHING_CHARGED = Charged()


class Interest(NamedTuple):
    """Interest to claim now, for the days from ``first`` to ``last``.

    From ``carried_from`` on the last known rate was carried forward.
    """

    first: date
    last: date
    amount: Decimal
    carried_from: date | None = None


def next_interest(
    balance: Sequence[BalanceStep],
    start: date,
    as_of: date,
    rates: Sequence[RatePeriod],
    charged: Charged = NOTHING_CHARGED,
    *,
    compounding: bool = False,
    known_until: date | None = None,
    quantum: Decimal = CENT,
) -> Interest | None:
    """The interest of an item that was not claimed yet; None if there is none.

    Simple interest goes on where the last claim ended, so that another rate holds
    from then on. Compound interest is counted from the start of default, less what
    was claimed.

    :param balance: what is open from which day on, see ``interest.balance_after``
    :param start: first day of default, or of interest where the law lets it run later
    :param as_of: the last day that counts
    :param known_until: last day for which the newest rate was published
    """
    first = max(start, charged.last + ONE_DAY) if charged.last else start
    if first > as_of:
        return None
    since, claimed = (start, charged.amount) if compounding else (first, ZERO)
    accrual = accrue(
        balance,
        since,
        as_of,
        rates,
        compounding=compounding,
        known_until=known_until,
        quantum=quantum,
    )
    amount = accrual.amount - claimed
    if amount <= ZERO:
        return None
    return Interest(first, as_of, amount, accrual.carried_from)
