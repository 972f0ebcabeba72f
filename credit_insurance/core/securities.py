"""Securities other than credit insurance, and how all of them split an exposure.

Amounts are Decimal in one currency; percentages are from 0 to 100. A security is
valid from its first to its last day, both included; no last day means without end.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from .cover import HUNDRED, ZERO, Cover, Limit, cover

FACTORING, CREDIT_LETTER, GUARANTEE, PARENT, DEPOSIT, TITLE, RESERVE = (
    "factoring",
    "credit_letter",
    "guarantee",
    "parent",
    "deposit",
    "title",
    "reserve",
)

COUNTS = "counts"
NOT_YET, EXPIRED, TOO_SHORT = "not_yet", "expired", "too_short"
OWN, RECOURSE, REVOCABLE, POOR_GUARANTOR = "own", "recourse", "revocable", "poor"
DISPUTED, NOTHING = "disputed", "nothing"


class Security(NamedTuple):
    """What somebody else answers for if the debtor doesn't pay.

    :param percent: of the loss within the amount that is covered
    :param haircut: percentage of the amount that isn't trusted
    :param priority: the lowest is used first
    :param claim_days: days after the due date within which it has to be called
    :param cap: never more, e.g. the factor's limit or the cap of a guarantor
    :param reductions: the amounts that are left, and from which day on
    """

    kind: str
    amount: Decimal
    valid_from: date
    valid_to: date | None = None
    percent: Decimal = HUNDRED
    haircut: Decimal = ZERO
    priority: int = 10
    claim_days: int = 0
    cap: Decimal | None = None
    reductions: tuple[tuple[date, Decimal], ...] = ()
    recourse: bool = False
    irrevocable: bool = True
    poor_guarantor: bool = False


class Situation(NamedTuple):
    """What the debtor owes, as far as securities ask for it.

    :param latest_due: of all open items; none: nothing is open
    :param undisputed: open items that nobody disputes
    """

    latest_due: date | None
    undisputed: Decimal


class Layer(NamedTuple):
    """So much of the exposure is secured at ``percent``; ``reason`` says why not."""

    amount: Decimal
    percent: Decimal
    reason: str


class Split(NamedTuple):
    """``secured + insured + uncovered`` is the exposure before securities."""

    secured: Decimal
    exposure: Decimal
    insured: Decimal
    uncovered: Decimal
    limit: Decimal


def last_claim_day(security: Security, situation: Situation, as_of: date) -> date:
    """The day that the security has to outlive: the latest due date, today at the
    earliest, plus the days within which it has to be called.
    """
    due = max(situation.latest_due or as_of, as_of)
    return due + timedelta(days=security.claim_days)


def judge(security: Security, situation: Situation, as_of: date) -> str:
    """Why the security doesn't count on ``as_of``, or :data:`COUNTS`."""
    if security.kind == RESERVE:
        return OWN
    if as_of < security.valid_from:
        return NOT_YET
    if security.valid_to is not None:
        if security.valid_to < as_of:
            return EXPIRED
        if security.valid_to < last_claim_day(security, situation, as_of):
            return TOO_SHORT
    if security.kind == FACTORING and security.recourse:
        return RECOURSE
    if security.kind == CREDIT_LETTER and not security.irrevocable:
        return REVOCABLE
    if security.kind == PARENT and security.poor_guarantor:
        return POOR_GUARANTOR
    if security.kind == FACTORING and situation.undisputed <= 0:
        return DISPUTED
    return COUNTS


def layer(security: Security, situation: Situation, as_of: date) -> Layer:
    """The part of the exposure that the security stands for.

    A guarantee that is reduced over time counts with what is left of it when it may
    have to be called; a factor bears undisputed items within his limit only.
    """
    reason = judge(security, situation, as_of)
    if reason != COUNTS:
        return Layer(ZERO, security.percent, reason)
    amount = _amount_on(security, last_claim_day(security, situation, as_of))
    if security.cap is not None:
        amount = min(amount, security.cap)
    amount = amount * (HUNDRED - security.haircut) / HUNDRED
    if security.kind == FACTORING:
        amount = min(amount, situation.undisputed)
    amount = max(amount, ZERO)
    return Layer(amount, security.percent, COUNTS if amount else NOTHING)


def _amount_on(security: Security, day: date) -> Decimal:
    begun = [step for step in security.reductions if step[0] <= day]
    return min(max(begun)[1], security.amount) if begun else security.amount


def layers(
    securities: Iterable[Security], situation: Situation, as_of: date
) -> list[Layer]:
    """The layers of ``securities`` in the order in which they are used."""
    ordered = sorted(securities, key=lambda one: one.priority)
    return [layer(security, situation, as_of) for security in ordered]


def secure(gross: Decimal, ordered: Sequence[Layer]) -> list[Decimal]:
    """What each layer secures of ``gross``, unrounded.

    Each stands for the part that lies beyond the ones before it. Its own share, which
    its percentage leaves out, is not secured by another one.
    """
    rest, found = max(gross, ZERO), []
    for one in ordered:
        part = min(rest, one.amount)
        rest -= part
        found.append(part * one.percent / HUNDRED)
    return found


def spare(gross: Decimal, ordered: Sequence[Layer]) -> Decimal:
    """What is left for more exposure in layers that secure it in full."""
    rest, left = max(gross, ZERO), ZERO
    for one in ordered:
        part = min(rest, one.amount)
        rest -= part
        if one.percent == HUNDRED:
            left += one.amount - part
    return left


def split(
    gross: Decimal, ordered: Sequence[Layer], limits: Iterable[Limit], as_of: date
) -> Split:
    """How ``gross`` is covered: securities first, then insurance, unrounded.

    Source: practice of the insurers: what another security bears is no loss of the
    insured one.
    """
    secured = sum(secure(gross, ordered), ZERO)
    exposure = gross - secured
    found: Cover = cover(exposure, limits, as_of)
    return Split(secured, exposure, found.insured, found.uncovered, found.limit)


class Factored(NamedTuple):
    """What a factor pays and keeps; ``final`` comes when the debtor has paid."""

    advance: Decimal
    reserve: Decimal
    fee: Decimal
    discount: Decimal
    final: Decimal


def factor(
    amount: Decimal, advance: Decimal, fee: Decimal, rate: Decimal, days: int
) -> Factored:
    """What factoring of ``amount`` brings, unrounded.

    :param advance: percentage that is paid at once
    :param fee: service fee, percentage of the amount
    :param rate: yearly discount rate on the advance, a year of 360 days
    :param days: until the debtor pays
    """
    paid = amount * advance / HUNDRED
    reserve = amount - paid
    costs = amount * fee / HUNDRED
    discount = paid * rate * days / 360 / HUNDRED
    return Factored(paid, reserve, costs, discount, reserve - costs - discount)
