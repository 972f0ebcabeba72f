"""What a policy says for a country and a kind of cover.

Percentages are of 100, days are calendar days, amounts are in the policy's currency.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple


class Terms(NamedTuple):
    """What the insurer covers, and how long a debtor may take.

    ``payment_days`` is the longest payment term that is insured, 0 if the policy
    doesn't say; ``extension_days`` the maximum extension period (MEP) after the
    original due date; ``discretionary`` what the insured may decide on himself.
    """

    percent: Decimal
    payment_days: int
    extension_days: int
    discretionary: Decimal


class Line(NamedTuple):
    """Terms for a country (None: all others) and a kind of cover (None: all)."""

    country: int | None
    kind: str | None
    terms: Terms


def pick(
    lines: Iterable[Line], default: Terms, country: int | None, kind: str | None
) -> Terms:
    """The terms of the line that says most about ``country`` and ``kind``.

    A line of the country goes before one of the kind only. Of lines that say as much
    the first counts.
    """
    fitting = [
        line
        for line in lines
        if line.country in (None, country) and line.kind in (None, kind)
    ]
    best = max(
        fitting,
        key=lambda line: (line.country is not None, line.kind is not None),
        default=None,
    )
    return best.terms if best else default
