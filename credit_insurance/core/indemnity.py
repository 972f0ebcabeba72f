"""What the insurer pays for a loss, step by step, and who gets what comes in later.

Amounts are Decimal in one currency. Nothing is rounded but by :func:`share`.
Source: practice of the insurers; the vectors stand in the docstrings.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from odoo.addons.credit_control.core.money import (  # type: ignore[import-untyped]
    ZERO,
    round_to,
)

HUNDRED = Decimal(100)
AFTER, BEFORE = "after", "before"

# Steps of the computation.
GROSS, VAT, LIMIT, THRESHOLD = "gross", "vat", "limit", "threshold"
PERCENT, FIRST_LOSS, AGGREGATE = "percent", "first_loss", "aggregate"
LIABILITY, RESULT = "liability", "result"


class Cover(NamedTuple):
    """What is insured.

    :param limit: of the debtor
    :param percent: of 100
    :param threshold: losses up to it are not indemnified
    :param first_loss: that the insured bears of each claim
    :param aggregate_left: what is left of the first loss of the year
    :param liability_left: what the insurer pays at most; None: unlimited
    :param deducted: first losses are taken off after or before the percentage
    """

    limit: Decimal
    percent: Decimal
    threshold: Decimal = ZERO
    first_loss: Decimal = ZERO
    aggregate_left: Decimal = ZERO
    liability_left: Decimal | None = None
    deducted: str = AFTER
    vat_covered: bool = False


class Step(NamedTuple):
    """Why the amount became what it is: ``change`` leads to ``rest``.

    ``rule`` is the figure of the policy that the step follows.
    """

    code: str
    rule: Decimal
    change: Decimal
    rest: Decimal


class Indemnity(NamedTuple):
    """What the insurer pays, and how much of the year's first loss is used up by it."""

    amount: Decimal
    aggregate_used: Decimal
    steps: list[Step]

    def fraction_of(self, loss: Decimal) -> Decimal:
        """The insurer's share of ``loss``, between 0 and 1."""
        return min(self.amount / loss, Decimal(1)) if loss > ZERO else ZERO


def indemnity(gross: Decimal, net: Decimal, cover: Cover) -> Indemnity:
    """What is paid for a debt of ``gross``, of which ``net`` is without VAT.

    Gross 121,000, net 100,000, limit 80,000, 90 %, first loss of each claim 5,000, of
    the year 20,000 of which 8,000 are left, liability left 650,000:

    >>> cover = Cover(Decimal(80000), Decimal(90), first_loss=Decimal(5000),
    ...     aggregate_left=Decimal(8000), liability_left=Decimal(650000))
    >>> for step in indemnity(Decimal(121000), Decimal(100000), cover).steps:
    ...     print(step.code, step.change, step.rest)
    gross 121000 121000
    vat -21000 100000
    limit -20000 80000
    percent -8000.0 72000.0
    first_loss -5000 67000.0
    aggregate -8000 59000.0
    result 0 59000.0
    """
    steps = _Steps(max(gross, ZERO))
    if not cover.vat_covered:
        steps.cap(VAT, max(net, ZERO), max(net, ZERO))
    loss = steps.rest
    steps.cap(LIMIT, cover.limit, cover.limit)
    if loss <= cover.threshold:
        steps.cap(THRESHOLD, cover.threshold, ZERO)
    used = ZERO
    if cover.deducted == BEFORE:
        used = steps.bear(cover)
    steps.cap(PERCENT, cover.percent, steps.rest * cover.percent / HUNDRED)
    if cover.deducted == AFTER:
        used = steps.bear(cover)
    if cover.liability_left is not None:
        liability = max(cover.liability_left, ZERO)
        steps.cap(LIABILITY, liability, liability)
    steps.found.append(Step(RESULT, steps.rest, ZERO, steps.rest))
    return Indemnity(steps.rest, used, steps.found)


class _Steps:
    """The computation as it goes on; steps that change nothing aren't shown."""

    def __init__(self, gross: Decimal) -> None:
        self.rest = gross
        self.found = [Step(GROSS, gross, gross, gross)]

    def cap(self, code: str, rule: Decimal, most: Decimal) -> Decimal:
        """Go on with ``most`` at most; what is lost by it."""
        rest = min(self.rest, most)
        lost = self.rest - rest
        if lost:
            self.found.append(Step(code, rule, -lost, rest))
        self.rest = rest
        return lost

    def bear(self, cover: Cover) -> Decimal:
        """Take off what the insured bears; what of the year's first loss is used."""
        first = max(cover.first_loss, ZERO)
        self.cap(FIRST_LOSS, first, max(self.rest - first, ZERO))
        left = max(cover.aggregate_left, ZERO)
        return self.cap(AGGREGATE, left, max(self.rest - left, ZERO))


# -- recoveries ------------------------------------------------------------------


def settle_oldest_first(
    items: Iterable[tuple[date, Decimal]], received: Decimal
) -> list[Decimal]:
    """What is left of each of ``items`` after ``received``, in their order.

    Before the date of the loss money goes to the oldest invoice first; what lay beyond
    the limit moves into cover: of 100,000 with 80,000 insured, 15,000 received leave
    85,000, of which 80,000 are insured still.

    :param items: due date and amount
    """
    listed = list(items)
    left = [amount for _due, amount in listed]
    for index in sorted(range(len(listed)), key=lambda i: listed[i][0]):
        paid = min(max(received, ZERO), left[index])
        left[index] -= paid
        received -= paid
    return left


class Shares(NamedTuple):
    """How money that came in after the date of the loss is shared."""

    insurer: Decimal
    insured: Decimal


def share(
    received: Decimal, fraction: Decimal, quantum: Decimal, costs: Decimal = ZERO
) -> Shares:
    """Who gets ``received`` after ``costs`` of collection are taken off.

    The shares are those of the loss; costs beyond what came in are borne in the same
    proportion, so that a share may be negative.

    :param fraction: of the loss that the insurer bears, between 0 and 1
    :param quantum: the currency's smallest unit

    >>> share(Decimal(20000), Decimal("0.59"), Decimal("0.01"))
    Shares(insurer=Decimal('11800.00'), insured=Decimal('8200.00'))
    """
    rest = received - costs
    insurer = round_to(rest * fraction, quantum)
    return Shares(insurer, rest - insurer)


class Booked(NamedTuple):
    """What of shared money and of its costs is the insurer's; he gets the difference."""

    money: Decimal
    costs: Decimal


def book(
    received: Decimal, fraction: Decimal, quantum: Decimal, costs: Decimal = ZERO
) -> Booked:
    """The parts of an entry about money that is shared as in :func:`share`.

    What the insurer gets of the money the debtor still owes to the insured; what the
    insurer bears of the costs is no cost of the insured. To the cent
    ``money - costs`` is the insurer's share.

    >>> book(Decimal(20000), Decimal("0.59"), Decimal("0.01"), Decimal(2000))
    Booked(money=Decimal('11800.00'), costs=Decimal('1180.00'))
    """
    money = round_to(received * fraction, quantum)
    return Booked(money, money - share(received, fraction, quantum, costs).insurer)


# -- what is lost ----------------------------------------------------------------


class Unpaid(NamedTuple):
    """An invoice that the debtor didn't pay.

    :param open: what is open of it
    :param indemnified: what the insurer paid of it
    :param vat: how much of it is VAT, between 0 and 1
    """

    open: Decimal
    indemnified: Decimal
    vat: Decimal


def vat_lost(
    items: Iterable[Unpaid], vat_covered: bool, quantum: Decimal
) -> list[Decimal]:
    """The VAT that the debtor didn't pay, as far as it lies in what is open of each.

    An indemnity that leaves VAT out pays none: the VAT on the part that the insurer
    paid is lost as well, and is looked for in what is open of the other invoices.
    Source: practice of accountants; whether and when it is given back the law of the
    country says.

    >>> invoices = [Unpaid(Decimal(0), Decimal(121), Decimal(21) / 121),
    ...     Unpaid(Decimal(121), Decimal(0), Decimal(21) / 121)]
    >>> [str(vat) for vat in vat_lost(invoices, False, Decimal("0.01"))]
    ['0.00', '42.00']
    >>> [str(vat) for vat in vat_lost(invoices, True, Decimal("0.01"))]
    ['0.00', '21.00']
    """
    listed = list(items)
    found = [
        min(round_to(max(one.open, ZERO) * one.vat, quantum), max(one.open, ZERO))
        for one in listed
    ]
    rest = ZERO
    if not vat_covered:
        rest = sum(
            (round_to(max(one.indemnified, ZERO) * one.vat, quantum) for one in listed),
            ZERO,
        )
    for index, one in enumerate(listed):
        part = min(rest, max(one.open, ZERO) - found[index])
        found[index] += part
        rest -= part
    return found
