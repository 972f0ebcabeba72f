"""The premium of a policy year.

Amounts are Decimal in one currency, rates per cent. Source: practice of the insurers.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from odoo.addons.credit_control.core.money import (  # type: ignore[import-untyped]
    ZERO,
    round_to,
)

HUNDRED = Decimal(100)


class Tariff(NamedTuple):
    """``minimum`` and ``advances`` are of the period that is settled, without tax."""

    rate: Decimal
    minimum: Decimal = ZERO
    advances: Decimal = ZERO
    tax: Decimal = ZERO


class Premium(NamedTuple):
    """``earned`` by the turnover; ``due`` after the minimum; ``balance`` after the
    advances, negative if too much was paid in advance; ``tax`` on the balance.
    """

    earned: Decimal
    due: Decimal
    balance: Decimal
    tax: Decimal
    total: Decimal


def premium(turnover: Decimal, tariff: Tariff, quantum: Decimal) -> Premium:
    """What is to be paid for ``turnover``; no turnover is negative.

    :param quantum: the currency's smallest unit

    >>> tariff = Tariff(Decimal("0.20"), Decimal(25000), Decimal(24000), Decimal("9.25"))
    >>> for amount in premium(Decimal(10000000), tariff, Decimal("0.01")): print(amount)
    20000.00
    25000.00
    1000.00
    92.50
    1092.50
    """
    earned = round_to(max(turnover, ZERO) * tariff.rate / HUNDRED, quantum)
    due = max(earned, round_to(tariff.minimum, quantum))
    balance = due - round_to(tariff.advances, quantum)
    tax = round_to(balance * tariff.tax / HUNDRED, quantum)
    return Premium(earned, due, balance, tax, balance + tax)


def gaps(
    start: date, end: date, declared: Iterable[tuple[date, date]]
) -> list[tuple[date, date]]:
    """What of ``start`` to ``end`` none of the ``declared`` periods holds.

    All periods hold their first and their last day.

    >>> year = date(2025, 1, 1), date(2025, 12, 31)
    >>> for first, last in gaps(*year, [(date(2025, 1, 1), date(2025, 11, 30))]):
    ...     print(first, last)
    2025-12-01 2025-12-31
    """
    found, day = [], start
    for first, last in sorted(declared):
        if first > end:
            break
        if first > day:
            found.append((day, first - timedelta(1)))
        day = max(day, last + timedelta(1))
    if day <= end:
        found.append((day, end))
    return found
