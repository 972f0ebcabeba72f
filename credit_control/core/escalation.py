"""Which dunning level an open item reaches on a date, and why.

The rule, in words:

* An item's *next level* is the lowest level of its policy above the last one
  it got. Levels are never skipped, with one exception: a level before the due
  date makes no sense after the due date; it is passed over once that has
  passed, or when it could only be reached later.
* The level is *reached* on the later of ``due + level.days`` and, when the item
  had a notice before, ``last notice + level.min_days``. The day itself counts.
* A debtor is only written to when the items of one currency that reach one
  level add up to at least that level's minimum amount.

Dates are calendar days. ``residual`` is in the item's currency,
``company_residual``, tolerance and minimum amount in the company's.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from .money import ZERO

# Decisions. The Odoo layer words them; see credit_control/models/reasons.py.
DUE = "due"
NOT_YET = "not_yet"
LAST_LEVEL = "last_level"
SETTLED = "settled"
CREDIT = "credit"
TOLERANCE = "tolerance"
NO_POLICY = "no_policy"
BELOW_MINIMUM = "below_minimum"
# Blocks: why an item is not looked at at all. Given by the caller.
MANUAL_BLOCK = "manual_block"
NO_FOLLOWUP = "no_followup"
PAYMENT_BLOCKED = "payment_blocked"
PROPOSED_ELSEWHERE = "proposed_elsewhere"


class Level(NamedTuple):
    """One step of a policy; ``days`` from the due date, negative before it."""

    id: int
    number: int
    days: int
    min_days: int
    min_amount: Decimal


class Policy(NamedTuple):
    """A dunning procedure; ``levels`` ascend by number."""

    id: int
    tolerance: Decimal
    levels: tuple[Level, ...]


class Item(NamedTuple):
    """An open receivable item as the ledger and the notices know it."""

    id: int
    debtor: int
    policy: int | None
    currency: int
    due: date
    residual: Decimal
    company_residual: Decimal
    last_level: int = 0
    last_date: date | None = None
    block: str | None = None


class Decision(NamedTuple):
    """What happens to an item: ``code`` says why.

    ``level`` is the level reached (DUE, BELOW_MINIMUM) or to come (NOT_YET, or
    any block); ``day`` the first day on which it is or was possible.
    """

    item: Item
    code: str
    level: Level | None = None
    day: date | None = None

    @property
    def group(self) -> tuple[int, int, int]:
        """What goes onto one notice: (debtor, currency, level) ids."""
        assert self.level is not None
        return self.item.debtor, self.item.currency, self.level.id


def next_level(item: Item, policy: Policy, as_of: date) -> Level | None:
    """The level that ``item`` gets next, reached or not; None after the last."""
    for level in policy.levels:
        if level.number <= item.last_level:
            continue
        if level.days >= 0 or max(as_of, reached_on(item, level)) <= item.due:
            return level
    return None


def reached_on(item: Item, level: Level) -> date:
    """First day on which ``item`` may get ``level``."""
    day = item.due + timedelta(days=level.days)
    if item.last_date is not None:
        day = max(day, item.last_date + timedelta(days=level.min_days))
    return day


def decide(item: Item, policy: Policy | None, as_of: date) -> Decision:
    """The decision on one item, minimum amounts of its debtor left aside."""
    if item.residual == 0:
        return Decision(item, SETTLED)
    if item.residual < 0:
        return Decision(item, CREDIT)
    if policy is None:
        return Decision(item, NO_POLICY)
    level = next_level(item, policy, as_of)
    if level is None:
        return Decision(item, item.block or LAST_LEVEL)
    day = reached_on(item, level)
    if item.block:
        code = item.block
    elif item.company_residual <= policy.tolerance:
        code = TOLERANCE
    else:
        code = DUE if day <= as_of else NOT_YET
    return Decision(item, code, level, day)


def plan(
    items: Iterable[Item], policies: Mapping[int, Policy], as_of: date
) -> list[Decision]:
    """One decision per item, in the order given.

    :param policies: by id; an item whose policy is not among them is NO_POLICY
    """
    decisions = []
    totals: dict[tuple[int, int, int], Decimal] = {}
    for item in items:
        policy = None if item.policy is None else policies.get(item.policy)
        decision = decide(item, policy, as_of)
        decisions.append(decision)
        if decision.code == DUE:
            totals[decision.group] = totals.get(decision.group, ZERO) + item.company_residual
    return [_with_minimum(decision, totals) for decision in decisions]


def _with_minimum(
    decision: Decision, totals: Mapping[tuple[int, int, int], Decimal]
) -> Decision:
    if decision.code != DUE or decision.level is None:
        return decision
    if totals[decision.group] >= decision.level.min_amount:
        return decision
    return decision._replace(code=BELOW_MINIMUM)
