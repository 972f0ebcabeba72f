"""What a credit insurance policy covers of a debtor's balance.

Amounts are Decimal in one currency. A limit is valid from its first to its last
day, both included; no last day means until further notice.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

ZERO = Decimal(0)
HUNDRED = Decimal(100)


class Limit(NamedTuple):
    """An insured limit of one debtor; ``percent`` is the insured percentage."""

    amount: Decimal
    percent: Decimal
    valid_from: date
    valid_to: date | None = None


class Cover(NamedTuple):
    """How a balance splits: ``insured + uncovered`` is the balance."""

    limit: Decimal
    insured: Decimal
    uncovered: Decimal


def valid_limits(limits: Iterable[Limit], as_of: date) -> list[Limit]:
    """The limits in force on ``as_of``."""
    return [
        limit
        for limit in limits
        if limit.valid_from <= as_of
        and (limit.valid_to is None or as_of <= limit.valid_to)
    ]


def cover(balance: Decimal, limits: Iterable[Limit], as_of: date) -> Cover:
    """The insured part of ``balance`` on ``as_of``, unrounded.

    Each limit in force covers its percentage of what lies within it; the next
    one covers what lies beyond, the best percentage first. A balance in the
    debtor's favour has nothing to cover.
    Source: practice of the insurers, min(balance, limit) × percentage.
    """
    in_force = sorted(
        valid_limits(limits, as_of), key=lambda limit: limit.percent, reverse=True
    )
    rest = max(balance, ZERO)
    insured = ZERO
    for limit in in_force:
        part = min(rest, limit.amount)
        insured += part * limit.percent / HUNDRED
        rest -= part
    total = sum((limit.amount for limit in in_force), ZERO)
    return Cover(total, insured, balance - insured)
