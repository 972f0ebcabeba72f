"""Securities other than credit insurance, and how all of them split an exposure.

Amounts are Decimal in one currency; percentages are from 0 to 100. A security is
valid from its first to its last day, both included; no last day means without end.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
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

# These stand for invoices one by one, not for the balance as a whole.
BY_CLAIM = (FACTORING, CREDIT_LETTER)

COUNTS = "counts"
NOT_YET, EXPIRED, TOO_SHORT = "not_yet", "expired", "too_short"
OWN, RECOURSE, REVOCABLE, POOR_GUARANTOR = "own", "recourse", "revocable", "poor"
DISPUTED, NOTHING = "disputed", "nothing"
# Why an invoice isn't secured.
BEYOND, SETTLED = "beyond", "settled"
SHIPPED_LATE, NOT_PRESENTED = "shipped_late", "not_presented"
NOT_FACTORED, GIVEN_BACK = "not_factored", "given_back"


class Security(NamedTuple):
    """What somebody else answers for if the debtor doesn't pay.

    :param percent: of the loss within the amount that is covered
    :param haircut: percentage of the amount that isn't trusted
    :param priority: the lowest is used first
    :param claim_days: days after the due date within which it has to be called
    :param cap: never more, e.g. the factor's limit or the cap of a guarantor
    :param reductions: the amounts that are left, and from which day on
    :param recourse: the factor takes no loss: he gives unpaid invoices back
    :param recourse_days: so many days after the due date; 0: the contract doesn't say
    :param tolerance: percentage by which more may be drawn on a letter of credit
    :param latest_shipment: what is delivered later isn't paid under the letter
    :param presentation_days: after the shipment, to present documents; 0: no deadline
    :param presented: invoices, and the day on which their documents were presented;
        no day: the bank has accepted them, also if they came late
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
    recourse_days: int = 0
    irrevocable: bool = True
    poor_guarantor: bool = False
    tolerance: Decimal = ZERO
    latest_shipment: date | None = None
    presentation_days: int = 0
    presented: tuple[tuple[int, date | None], ...] = ()


class Claim(NamedTuple):
    """What is open of an item of an ``invoice``, and what of that is disputed."""

    number: int
    invoice: int
    issued: date
    delivered: date
    due: date
    amount: Decimal
    disputed: Decimal = ZERO


class Situation(NamedTuple):
    """What the debtor owes, the oldest first, as far as securities ask for it."""

    claims: tuple[Claim, ...] = ()

    @property
    def latest_due(self) -> date | None:
        """Of all that is open; none: nothing is open."""
        return max((one.due for one in self.claims if one.amount), default=None)

    @property
    def total(self) -> Decimal:
        return sum((one.amount for one in self.claims), ZERO)

    def less(self, shares: Iterable["Share"]) -> "Situation":
        """What is left of the claims for other securities."""
        taken = {one.claim.number: one.amount for one in shares}
        return Situation(
            tuple(
                one._replace(amount=one.amount - taken.get(one.number, ZERO))
                for one in self.claims
            )
        )


class Share(NamedTuple):
    """What a security stands for of one claim; ``reason`` says why not all of it.

    ``until`` is the last day to present the documents, or the last one before the
    factor gives the invoice back.
    """

    claim: Claim
    amount: Decimal
    reason: str
    until: date | None = None


class Layer(NamedTuple):
    """So much of the exposure is secured at ``percent``; ``reason`` says why not.

    :param ahead: so much more of what isn't invoiced yet
    :param shares: the claims one by one, of securities that stand for those
    """

    amount: Decimal
    percent: Decimal
    reason: str
    ahead: Decimal = ZERO
    shares: tuple[Share, ...] = ()


class Slice(NamedTuple):
    """``amount`` of what lies beyond ``before`` of an exposure is secured."""

    amount: Decimal
    percent: Decimal
    before: Decimal


class Split(NamedTuple):
    """``secured + insured + uncovered`` is the exposure before securities."""

    secured: Decimal
    exposure: Decimal
    insured: Decimal
    uncovered: Decimal
    limit: Decimal


# -- what is open --------------------------------------------------------------


def situation(claims: Iterable[Claim], credits: Decimal) -> Situation:
    """The claims, less ``credits``: money that is matched with nothing yet counts for
    the oldest first.
    """
    money, found = credits, []
    for one in sorted(claims, key=lambda claim: (claim.due, claim.number)):
        paid = min(money, one.amount)
        money -= paid
        found.append(one._replace(amount=one.amount - paid))
    return Situation(tuple(found))


# -- what counts ---------------------------------------------------------------


def last_claim_day(security: Security, owed: Situation, as_of: date) -> date:
    """The day that the security has to outlive: the latest due date, today at the
    earliest, plus the days within which it has to be called.
    """
    due = max(owed.latest_due or as_of, as_of)
    return due + timedelta(days=security.claim_days)


def judge(security: Security, owed: Situation, as_of: date) -> str:
    """Why the security doesn't count on ``as_of``, or :data:`COUNTS`."""
    if security.kind == RESERVE:
        return OWN
    if as_of < security.valid_from:
        return NOT_YET
    if security.kind == CREDIT_LETTER:
        # Documents that were presented in time are paid also after it has expired.
        return COUNTS if security.irrevocable else REVOCABLE
    if security.valid_to is not None:
        if security.valid_to < as_of:
            return EXPIRED
        if security.valid_to < last_claim_day(security, owed, as_of):
            return TOO_SHORT
    if security.kind == FACTORING and security.recourse:
        return RECOURSE
    if security.kind == PARENT and security.poor_guarantor:
        return POOR_GUARANTOR
    return COUNTS


def layer(
    security: Security, owed: Situation, as_of: date, left: Situation | None = None
) -> Layer:
    """The part of the exposure that the security stands for.

    A guarantee that is reduced over time counts with what is left of it when it may
    have to be called; factors and letters of credit stand for single invoices.

    :param left: what other securities leave of single invoices
    """
    reason = judge(security, owed, as_of)
    if security.kind in BY_CLAIM:
        return _layer_by_claim(security, left or owed, as_of, reason)
    if reason != COUNTS:
        return Layer(ZERO, security.percent, reason)
    amount = _amount_on(security, last_claim_day(security, owed, as_of))
    if security.cap is not None:
        amount = min(amount, security.cap)
    amount = amount * (HUNDRED - security.haircut) / HUNDRED
    return Layer(amount, security.percent, COUNTS if amount else NOTHING)


def _amount_on(security: Security, day: date) -> Decimal:
    begun = [step for step in security.reductions if step[0] <= day]
    return min(max(begun)[1], security.amount) if begun else security.amount


def layers(securities: Iterable[Security], owed: Situation, as_of: date) -> list[Layer]:
    """The layers of ``securities`` in the order in which they are used.

    An invoice that one of them stands for is not secured by another one as well.
    """
    found, left = [], owed
    for security in sorted(securities, key=lambda one: one.priority):
        one = layer(security, owed, as_of, left)
        found.append(one)
        if one.amount:
            left = left.less(one.shares)
    return found


# -- invoice by invoice --------------------------------------------------------


def room(security: Security) -> Decimal:
    """What the security stands for at most.

    Of a letter of credit more may be drawn within its tolerance. Source: UCP 600,
    article 30. A factor takes over no more than his limit for the debtor.
    """
    amount = security.amount * (HUNDRED + security.tolerance) / HUNDRED
    return amount if security.cap is None else min(amount, security.cap)


def presented_by(security: Security, claim: Claim) -> date | None:
    """The last day to present the documents of a shipment: within the days of the
    letter of credit, and before it expires. Source: UCP 600, article 14 (c).
    """
    days = [security.valid_to] if security.valid_to else []
    if security.presentation_days:
        days.append(claim.delivered + timedelta(days=security.presentation_days))
    return min(days, default=None)


def _judge_claim(
    security: Security, claim: Claim, as_of: date
) -> tuple[str, Decimal, date | None]:
    """Why ``claim`` isn't secured, what of it may be, and until when."""
    if security.kind == FACTORING:
        return _judge_factored(security, claim, as_of)
    until = presented_by(security, claim)
    if security.latest_shipment and claim.delivered > security.latest_shipment:
        return SHIPPED_LATE, ZERO, None
    presented = dict(security.presented)
    if claim.invoice not in presented:
        in_time = until is None or as_of <= until
        return COUNTS if in_time else NOT_PRESENTED, claim.amount * in_time, until
    day = presented[claim.invoice]
    in_time = day is None or until is None or day <= until
    return COUNTS if in_time else NOT_PRESENTED, claim.amount * in_time, None


def _judge_factored(
    security: Security, claim: Claim, as_of: date
) -> tuple[str, Decimal, date | None]:
    if claim.issued < security.valid_from or (
        security.valid_to and security.valid_to < claim.issued
    ):
        return NOT_FACTORED, ZERO, None
    until = None
    if security.recourse and security.recourse_days:
        until = claim.due + timedelta(days=security.recourse_days)
        if until < as_of:
            return GIVEN_BACK, ZERO, until
    amount = max(claim.amount - claim.disputed, ZERO)
    return DISPUTED if claim.amount and not amount else COUNTS, amount, until


def share_out(security: Security, owed: Situation, as_of: date) -> tuple[Share, ...]:
    """The claims that the security stands for, the oldest first, as far as it goes."""
    left, found = room(security), []
    for claim in owed.claims:
        reason, amount, until = _judge_claim(security, claim, as_of)
        part = min(amount, left)
        left -= part
        if reason == COUNTS and not part:
            reason = BEYOND if claim.amount else SETTLED
        found.append(Share(claim, part, reason, until))
    return tuple(found)


def _layer_by_claim(
    security: Security, owed: Situation, as_of: date, reason: str
) -> Layer:
    shares = share_out(security, owed, as_of)
    if reason != COUNTS:
        return Layer(ZERO, security.percent, reason, shares=shares)
    taken = sum((share.amount for share in shares), ZERO)
    ahead = room(security) - taken if _takes_more(security, as_of) else ZERO
    trusted = (HUNDRED - security.haircut) / HUNDRED
    if not taken and not ahead:
        reason = _why_nothing(security, shares, as_of)
    return Layer(taken * trusted, security.percent, reason, ahead * trusted, shares)


def _takes_more(security: Security, as_of: date) -> bool:
    """Whether goods may still be shipped under the letter of credit."""
    ends = [day for day in (security.latest_shipment, security.valid_to) if day]
    return security.kind == CREDIT_LETTER and as_of <= min(ends, default=as_of)


def _why_nothing(security: Security, shares: tuple[Share, ...], as_of: date) -> str:
    if security.valid_to and security.valid_to < as_of:
        return EXPIRED
    reasons = [share.reason for share in shares if share.claim.amount]
    if DISPUTED in reasons or (security.kind == FACTORING and not reasons):
        return DISPUTED
    return reasons[-1] if reasons else NOTHING


# -- how an exposure splits ----------------------------------------------------


def slices(ordered: Sequence[Layer], owed: Situation) -> list[Slice]:
    """The layers one after another, and after them what they secure of deliveries to
    come: that lies beyond all that is owed already.
    """
    found, before = [], ZERO
    for one in ordered:
        if one.amount:
            found.append(Slice(one.amount, one.percent, before))
            before += one.amount
    before = max(before, owed.total)
    for one in ordered:
        if one.ahead:
            found.append(Slice(one.ahead, one.percent, before))
            before += one.ahead
    return found


def _used(gross: Decimal, one: Slice) -> Decimal:
    return min(max(gross - one.before, ZERO), one.amount)


def secure(gross: Decimal, stack: Iterable[Slice]) -> list[Decimal]:
    """What each slice secures of ``gross``, unrounded.

    Each stands for the part that lies beyond the ones before it. Its own share, which
    its percentage leaves out, is not secured by another one.
    """
    return [_used(gross, one) * one.percent / HUNDRED for one in stack]


def spare(gross: Decimal, stack: Iterable[Slice]) -> Decimal:
    """What is left for more exposure in slices that secure it in full."""
    return sum(
        (one.amount - _used(gross, one) for one in stack if one.percent == HUNDRED),
        ZERO,
    )


def split(
    gross: Decimal,
    stack: Sequence[Slice],
    limits: Iterable[Limit],
    as_of: date,
    stopped: Decimal = ZERO,
) -> Split:
    """How ``gross`` is covered: securities first, then insurance, unrounded.

    Source: practice of the insurers: what another security bears is no loss of the
    insured one.

    :param stopped: what was delivered during a stop: no insurer covers it, so that
        securities stand for it first
    """
    secured = sum(secure(gross, stack), ZERO)
    exposure = gross - secured
    bare = max(stopped - secured, ZERO)
    found: Cover = cover(exposure, limits, as_of, bare)
    return Split(secured, exposure, found.insured, found.uncovered, found.limit)


# -- factoring -----------------------------------------------------------------


class Factored(NamedTuple):
    """What a factor pays and keeps; ``final`` comes when the debtor has paid."""

    advance: Decimal
    reserve: Decimal
    fee: Decimal
    discount: Decimal
    final: Decimal


def factor(
    amount: Decimal,
    advance: Decimal,
    fee: Decimal,
    rate: Decimal,
    days: int,
    quantum: Decimal | None = None,
) -> Factored:
    """What factoring of ``amount`` brings.

    :param advance: percentage that is paid at once
    :param fee: service fee, percentage of the amount
    :param rate: yearly discount rate on the advance, a year of 360 days
    :param days: until the debtor pays
    :param quantum: the smallest unit of the currency; without it nothing is rounded
    """
    paid = amount * advance / HUNDRED
    costs = amount * fee / HUNDRED
    discount = paid * rate * days / 360 / HUNDRED
    if quantum is not None:
        paid, costs, discount = (
            (part / quantum).quantize(Decimal(1), ROUND_HALF_UP) * quantum
            for part in (paid, costs, discount)
        )
    reserve = amount - paid
    return Factored(paid, reserve, costs, discount, reserve - costs - discount)
