"""Key figures of receivables management.

Amounts are in one currency, VAT included on both sides, days are calendar days.
*Credit sales* are invoices less credit notes. A figure whose denominator is zero is
no figure: every function then returns None, never 0, and raises nothing. Nothing is
rounded here.

Source: Credit Research Foundation, *Standardized Key Performance Indicators*, for
DSO, best possible DSO, average days delinquent and collection effectiveness.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

ZERO = Decimal(0)
HUNDRED = Decimal(100)


class MonthlySales(NamedTuple):
    """Credit sales of one month and how many days it has."""

    sales: Decimal
    days: int


class Payment(NamedTuple):
    """A part payment: its amount, and days from invoice and from due date to it.

    ``late`` is negative when it came before the due date.
    """

    amount: Decimal
    days: int
    late: int


def ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    """``part`` by ``whole``; None where there is no whole."""
    return part / whole if whole else None


def percentage(part: Decimal, whole: Decimal) -> Decimal | None:
    """``part`` in percent of ``whole``; None where there is no whole."""
    return ratio(part * HUNDRED, whole)


def dso(receivables: Decimal, sales: Decimal, days: int) -> Decimal | None:
    """Days sales outstanding: receivables / credit sales × days.

    :param receivables: at the end of the period
    :param sales: credit sales of the period, which has ``days`` days

    >>> round(dso(Decimal(600), Decimal(900), 92), 2)
    Decimal('61.33')
    """
    return ratio(receivables * days, sales)


def count_back(receivables: Decimal, months: Iterable[MonthlySales]) -> Decimal | None:
    """Count-back DSO: the days of the latest sales that make up the receivables.

    Sales are taken off month by month; of the month that is not used up counts what
    is left / its sales × its days. A month without net sales counts in full.

    :param months: newest first
    :returns: None when there are no receivables to count back, or more than all
        months sold

    >>> months = [MonthlySales(Decimal(290), 30), MonthlySales(Decimal(310), 31)]
    >>> count_back(Decimal(600), months)
    Decimal('61')
    """
    left, days = receivables, ZERO
    if left <= 0:
        return None
    for month in months:
        if month.sales > left:
            return days + left / month.sales * month.days
        left -= max(month.sales, ZERO)
        days += month.days
        if not left:
            return days
    return None


def best_possible_dso(current: Decimal, sales: Decimal, days: int) -> Decimal | None:
    """Best possible DSO: receivables that are not due yet / credit sales × days.

    >>> round(best_possible_dso(Decimal(420), Decimal(900), 92), 2)
    Decimal('42.93')
    """
    return dso(current, sales, days)


def average_days_delinquent(
    receivables: Decimal, current: Decimal, sales: Decimal, days: int
) -> Decimal | None:
    """Average days delinquent: DSO less best possible DSO.

    >>> round(average_days_delinquent(*map(Decimal, (600, 420, 900)), 92), 2)
    Decimal('18.40')
    """
    return dso(receivables - current, sales, days)


def collection_effectiveness(
    begin: Decimal, sales: Decimal, end: Decimal, current: Decimal
) -> Decimal | None:
    """Collection effectiveness index, in percent: what was collected of what could be.

    (begin + sales − end) / (begin + sales − end not due yet) × 100

    >>> round(collection_effectiveness(*map(Decimal, (550, 900, 600, 420))), 2)
    Decimal('82.52')
    """
    return percentage(begin + sales - end, begin + sales - current)


def turnover(annual_sales: Decimal, balances: Sequence[Decimal]) -> Decimal | None:
    """Turnover of receivables: annual credit sales / average receivables.

    :param balances: receivables at evenly spaced points, such as begin and end

    >>> round(turnover(Decimal(3600), [Decimal(550), Decimal(600)]), 2)
    Decimal('6.26')
    """
    return ratio(annual_sales * len(balances), sum(balances, ZERO))


def turnover_days(
    annual_sales: Decimal, balances: Sequence[Decimal], days: int = 365
) -> Decimal | None:
    """Days that receivables take to turn over once: days / turnover.

    >>> round(turnover_days(Decimal(3600), [Decimal(550), Decimal(600)]), 1)
    Decimal('58.3')
    """
    return ratio(sum(balances, ZERO) * days, annual_sales * len(balances))


def average_days_to_pay(payments: Iterable[Payment]) -> Decimal | None:
    """Days from invoice to payment, by amount: Σ(amount × days) / Σ amount."""
    paid = list(payments)
    return ratio(
        sum((one.amount * one.days for one in paid), ZERO),
        sum((one.amount for one in paid), ZERO),
    )


def average_days_late(payments: Iterable[Payment]) -> Decimal | None:
    """Days from due date to payment, by amount: Σ(amount × max(late, 0)) / Σ amount.

    >>> payments = [(10000, 35, 5), (2000, 70, 40), (8000, 27, -3)]
    >>> average_days_late(Payment(Decimal(a), d, late) for a, d, late in payments)
    Decimal('6.5')
    """
    paid = list(payments)
    return ratio(
        sum((one.amount * max(one.late, 0) for one in paid), ZERO),
        sum((one.amount for one in paid), ZERO),
    )


def bad_debt_ratio(write_offs: Decimal, sales: Decimal) -> Decimal | None:
    """Irrecoverable debts written off, in percent of credit sales."""
    return percentage(write_offs, sales)


def roll_rates(
    before: Sequence[Decimal], after: Sequence[Decimal]
) -> list[Decimal | None]:
    """Roll rates, in percent: bucket n+1 now / bucket n a month ago.

    :param before: balance per bucket a month ago, from not due to oldest
    :param after: the same buckets now
    :returns: one rate for every bucket but the last
    :raises ValueError: not the same number of buckets

    >>> roll_rates([Decimal(400), Decimal(100), ZERO], [ZERO, Decimal(80), Decimal(25)])
    [Decimal('20'), Decimal('25')]
    """
    if len(before) != len(after):
        raise ValueError("the same buckets before and after")
    return [
        percentage(rolled, stood)
        for stood, rolled in zip(before[:-1], after[1:], strict=True)
    ]


def share(part: int, whole: int) -> Decimal | None:
    """``part`` of ``whole`` cases, in percent: promises kept of promises ended,
    disputed invoices of invoices.

    >>> share(3, 4), share(0, 0)
    (Decimal('75'), None)
    """
    return percentage(Decimal(part), Decimal(whole))


def collected_within(
    claims: Iterable[tuple[Decimal, Sequence[tuple[int, Decimal]]]], days: int
) -> Decimal | None:
    """What was paid within ``days`` days after a notice, in percent of its claims.

    :param claims: per item the amount claimed, and its payments as (days after the
        notice, amount); what came before the notice has no effect of it and is left
        out, and no item is paid for more than was claimed

    >>> collected_within([(Decimal(100), [(3, Decimal(40)), (31, Decimal(60))])], 30)
    Decimal('40')
    """
    claimed = collected = ZERO
    for amount, payments in claims:
        paid = sum((money for day, money in payments if 0 <= day <= days), ZERO)
        claimed += amount
        collected += min(paid, amount)
    return percentage(collected, claimed)
