"""Money as Decimal.

Odoo hands amounts over as binary floats. They enter the core once, through
:func:`to_decimal`, and stay Decimal from there on.
"""

from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)


def to_decimal(value: float | int | str | Decimal) -> Decimal:
    """The exact decimal a person reads in ``value``.

    A float goes through its *repr*: 0.1 becomes 0.1 and not
    0.1000000000000000055, so that half-up rounding agrees with Odoo's own.

    :raises decimal.InvalidOperation: ``value`` is text that is no number
    """
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def round_to(amount: Decimal, quantum: Decimal) -> Decimal:
    """``amount`` rounded half up (away from zero) to a multiple of ``quantum``.

    :param quantum: the currency's smallest unit, e.g. ``Decimal("0.01")``
    :raises ValueError: ``quantum`` is not positive
    """
    if quantum <= 0:
        raise ValueError("quantum must be positive")
    return (amount / quantum).quantize(Decimal(1), rounding=ROUND_HALF_UP) * quantum
