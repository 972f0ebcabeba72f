"""Debts that somebody else collects: when, for which fee, and what comes back.

Amounts are Decimal in one currency and not negative; percentages are percent. A file
claims costs, interest and principal; what is collected pays them in an order that is
written like ``"costs_interest_principal"``. Fees and their VAT are rounded half up,
once each.

Sources: Dutch Civil Code 6:44 (costs, interest, principal); practice of collection
agencies for fees and remittances; Judicial Code of Belgium, art. 1394/20.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from odoo.addons.credit_control.core.money import (  # type: ignore[import-untyped]
    round_to,
)

ZERO, HUNDRED, CENT = Decimal(0), Decimal(100), Decimal("0.01")

# Why a debt is handed over on a day.
AFTER_LEVEL, TOO_OLD = "after_level", "too_old"


class Parts(NamedTuple):
    """What a sum of money is made of."""

    costs: Decimal = ZERO
    interest: Decimal = ZERO
    principal: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.costs + self.interest + self.principal

    def less(self, other: "Parts") -> "Parts":
        """What is left; nothing is ever less than nothing."""
        return Parts(*(max(a - b, ZERO) for a, b in zip(self, other, strict=True)))


def allocate(amount: Decimal, claimed: Parts, order: str) -> Parts:
    """``amount`` laid against ``claimed``, the first part of ``order`` first.

    :param order: the three parts, joined by underscores
    :raises ValueError: less than nothing, or more than is claimed

    >>> claimed = Parts(Decimal(875), Decimal(300), Decimal(10000))
    >>> allocate(Decimal(8000), claimed, "costs_interest_principal").principal
    Decimal('6825')
    """
    if not ZERO <= amount <= claimed.total:
        raise ValueError("between nothing and all that is claimed is collected")
    paid = {}
    for name in order.split("_"):
        paid[name] = min(amount, getattr(claimed, name))
        amount -= paid[name]
    return Parts(**paid)


class Fee(NamedTuple):
    """A line of an agency's price list.

    :ivar percent: of what is collected
    :ivar flat: once a file, beside the percentage
    :ivar minimum: of a file, all in all
    :ivar from_days: for debts that were so many days late when handed over
    :ivar from_amount: for files that claim so much or more
    :ivar no_cure_no_pay: nothing is due before something is collected
    """

    percent: Decimal = ZERO
    flat: Decimal = ZERO
    minimum: Decimal = ZERO
    from_days: int = 0
    from_amount: Decimal = ZERO
    no_cure_no_pay: bool = True


def choose_fee(lines: Iterable[Fee], days: int, claimed: Decimal) -> Fee | None:
    """The line for a file: that of the highest age and then amount it reaches."""
    reached = [
        line for line in lines if line.from_days <= days and line.from_amount <= claimed
    ]
    return max(reached, key=lambda f: (f.from_days, f.from_amount), default=None)


def fee_for(
    collected: Decimal,
    line: Fee | None,
    billed: Decimal = ZERO,
    quantum: Decimal = CENT,
) -> Decimal:
    """The fee still due on a file of which ``collected`` came in, all in all.

    A flat amount or a minimum counts once for a file, however often it pays.

    :param billed: fees of the file so far
    """
    if line is None or (line.no_cure_no_pay and not collected):
        return ZERO
    total = max(line.flat + collected * line.percent / HUNDRED, line.minimum)
    rounded: Decimal = round_to(total, quantum)
    return max(rounded - billed, ZERO)


class Settlement(NamedTuple):
    """What an agency settles for one file at a time."""

    paid: Parts
    open: Parts
    fee: Decimal
    vat: Decimal
    remitted: Decimal


def settle(
    collected: Decimal,
    claimed: Parts,
    order: str,
    fee: Decimal,
    vat_percent: Decimal = ZERO,
    *,
    withheld: bool = True,
    quantum: Decimal = CENT,
) -> Settlement:
    """What ``collected`` pays, and what of it reaches the creditor.

    :param fee: without VAT
    :param withheld: the agency keeps its fee; else it sends an invoice
    :raises ValueError: what :func:`allocate` refuses, or fees above what is collected
    """
    paid = allocate(collected, claimed, order)
    vat = round_to(fee * vat_percent / HUNDRED, quantum)
    remitted = collected - (fee + vat if withheld else ZERO)
    if remitted < ZERO:
        raise ValueError("the fee is more than what is collected")
    return Settlement(paid, claimed.less(paid), fee, vat, remitted)


class HandoffRule(NamedTuple):
    """When debts are handed over, in days.

    :ivar after_level: after the last level was sent
    :ivar earliest: after the due date, not before
    :ivar latest: after the due date, whatever was sent; 0: only after the last level
    """

    after_level: int
    earliest: int
    latest: int = 0


def handoff_day(
    rule: HandoffRule, due: date, level_sent: date | None
) -> tuple[date, str] | None:
    """The first day to hand an item over, and why; None: not without the last level.

    >>> handoff_day(HandoffRule(14, 60, 120), date(2025, 1, 1), date(2025, 2, 10))
    (datetime.date(2025, 3, 2), 'after_level')
    """
    days = []
    if level_sent:
        after = level_sent + timedelta(rule.after_level)
        days.append((max(after, due + timedelta(rule.earliest)), AFTER_LEVEL))
    if rule.latest:
        days.append((due + timedelta(rule.latest), TOO_OLD))
    return min(days, default=None)


# -- the uncontested-debt procedure ------------------------------------------------

# Interest and penalty clauses count up to this part of the principal.
ACCESSORIES_PERCENT = Decimal(10)
# For so many days it counts that somebody found no insolvency.
SOLVENCY_DAYS = 31


class Facts(NamedTuple):
    """What is known of a claim for a Belgian uncontested-debt procedure.

    None: nobody has said so yet.

    :ivar registered: both are in the Crossroads Bank of Enterprises (KBO, BCE) or in
        the register of enterprises of another Member State
    :ivar of_business: it arises from what both do as enterprises
    :ivar contractual: from a contract, an agreement or an acknowledgement of debt
    :ivar public: the debtor is a public authority
    :ivar insolvent: bankruptcy, reorganisation, collective debt settlement or another
        lawful concurrence of creditors
    """

    undisputed: bool
    due: bool
    principal: Decimal
    registered: bool
    of_business: bool | None
    contractual: bool | None
    public: bool | None
    insolvent: bool | None


def _no(fact: bool | None) -> bool | None:
    return None if fact is None else not fact


def uncontested_conditions(facts: Facts) -> dict[str, bool | None]:
    """{condition: met, not met, or None: somebody has to look it up}.

    The procedure is open when all are met.

    Source: Judicial Code of Belgium, art. 1394/20: an undisputed sum of money that is
    certain and due, whatever its amount; not for debts of public authorities, of who
    isn't registered as an enterprise, of what was not done in the course of business,
    of insolvency, or without a contract. Read in what bailiffs publish of it.

    >>> facts = Facts(True, True, Decimal(1), True, True, True, False, None)
    >>> [name for name, met in uncontested_conditions(facts).items() if not met]
    ['solvent']
    """
    return {
        "undisputed": facts.undisputed,
        "due": facts.due and facts.principal > ZERO,
        "registered": facts.registered,
        "business": facts.of_business,
        "contract": facts.contractual,
        "private": _no(facts.public),
        "solvent": _no(facts.insolvent),
    }


def still_counts(looked_up: date | None, as_of: date) -> bool:
    """Whether what was found on a day says enough of the debtor on ``as_of``."""
    if looked_up is None:
        return False
    return timedelta(0) <= as_of - looked_up <= timedelta(SOLVENCY_DAYS)


def uncontested_accessories(claimed: Parts) -> Decimal:
    """What of costs and interest a Belgian uncontested-debt procedure takes along.

    The bailiff's costs come on top.
    """
    most = claimed.principal * ACCESSORIES_PERCENT / HUNDRED
    return min(claimed.costs + claimed.interest, most)


# -- consumers -----------------------------------------------------------------------


class Register(NamedTuple):
    """Where who collects amicably has to be registered before he does.

    :ivar persons: for natural persons in business as well
    """

    name: str
    persons: bool = False


# Netherlands: Wet kwaliteit incassodienstverlening, for debts of natural persons who
# live there, sole traders too. Belgium: Code of Economic Law, book XIX, for consumers
# who live there, also by agencies of other countries.
REGISTERS = {"NL": Register("Wki", persons=True), "BE": Register("FPS Economy")}


def find_register(country: str, *, consumer: bool, person: bool) -> Register | None:
    """The register that who collects from a debtor has to be in.

    :param country: where the debtor lives, as ISO 3166 code

    >>> find_register("NL", consumer=False, person=True).name
    'Wki'
    """
    register = REGISTERS.get(country)
    if register and (consumer or (person and register.persons)):
        return register
    return None


# -- the way of a file ---------------------------------------------------------------

DRAFT, READY, SENT, ACCEPTED, REJECTED = (
    "draft",
    "ready",
    "sent",
    "accepted",
    "rejected",
)
PRE_COLLECTION, AMICABLE, PLAN = "pre_collection", "amicable", "plan"
DISPUTED, LEGAL, ENFORCEMENT, CLOSED = "disputed", "legal", "enforcement", "closed"

WORKING = (PRE_COLLECTION, AMICABLE, PLAN, DISPUTED, LEGAL, ENFORCEMENT)
# Somebody else collects: nobody here reminds.
HELD = (SENT, ACCEPTED, *WORKING)
# An item is in one of these only.
OPEN = (DRAFT, READY, REJECTED, *HELD)

NEXT: dict[str, tuple[str, ...]] = {
    DRAFT: (READY, CLOSED),
    READY: (SENT, DRAFT, CLOSED),
    SENT: (ACCEPTED, REJECTED, *WORKING, CLOSED),
    ACCEPTED: (*WORKING, CLOSED),
    REJECTED: (DRAFT, CLOSED),
    PRE_COLLECTION: (AMICABLE, PLAN, DISPUTED, LEGAL, CLOSED),
    AMICABLE: (PLAN, DISPUTED, LEGAL, CLOSED),
    PLAN: (AMICABLE, DISPUTED, LEGAL, CLOSED),
    DISPUTED: (AMICABLE, PLAN, LEGAL, CLOSED),
    LEGAL: (PLAN, DISPUTED, ENFORCEMENT, CLOSED),
    ENFORCEMENT: (PLAN, CLOSED),
    CLOSED: (),
}


def may_move(before: str, after: str) -> bool:
    """Whether a file may go on from one state to another."""
    return after in NEXT[before]
