"""The premium of a policy year.

Amounts are Decimal in one currency, rates per cent. Source: practice of the insurers.
"""

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
