"""From when on the VAT on a debt that isn't paid is given back.

A day is the first on which the VAT may be reclaimed. Sources, from
knowledge: Belgium: VAT Code art. 77 (judgment of bankruptcy, homologation of a
reorganisation, otherwise proof of a definitive loss); Netherlands: VAT Act 1968 art. 29
(once certain, at the latest one year after the sum was due). Of other countries nothing
is recorded: there it is given back from the day for which somebody has a proof.
"""

from calendar import isleap
from datetime import date
from decimal import Decimal

from odoo.addons.credit_control.core.money import (  # type: ignore[import-untyped]
    round_to,
)

# Why VAT is given back before a term has passed.
BANKRUPTCY, REORGANISATION, DEFINITIVE = "bankruptcy", "reorganisation", "definitive"

# Countries that give it back a year after the due date, whatever is known.
AFTER_A_YEAR = ("NL",)


def a_year_after(day: date) -> date:
    """The same day of the next year; 1 March after 29 February.

    >>> a_year_after(date(2024, 2, 29))
    datetime.date(2025, 3, 1)
    """
    if (day.month, day.day) == (2, 29) and not isleap(day.year + 1):
        return date(day.year + 1, 3, 1)
    return day.replace(year=day.year + 1)


def relief_day(country: str, due: date, proven: date | None = None) -> date | None:
    """The first day on which VAT can be reclaimed; None: not before it is proven.

    :param country: ISO code of the country of the VAT
    :param proven: the judgment, or the day since when the loss is certain

    >>> relief_day("NL", date(2025, 1, 31))
    datetime.date(2026, 1, 31)
    >>> relief_day("BE", date(2025, 1, 31)) is None
    True
    """
    days = [proven] if proven else []
    if country in AFTER_A_YEAR:
        days.append(a_year_after(due))
    return min(days, default=None)


def vat_in(
    open_amount: Decimal, vat: Decimal, total: Decimal, quantum: Decimal
) -> Decimal:
    """The VAT in what is open of an invoice of ``total`` with ``vat`` in it.

    Never more than the invoice has; of what isn't an invoice nothing.
    """
    if total <= 0 or vat <= 0:
        return Decimal(0)
    rounded: Decimal = round_to(min(open_amount, total) * vat / total, quantum)
    return rounded
