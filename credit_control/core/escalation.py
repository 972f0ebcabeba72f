"""Which dunning level an open item reaches on a date, and why.

The rule, in words:

* An item's *next level* is the lowest level of its policy above the last one
  it got. A level before the due date makes no sense after the due date; it is
  passed over once that has passed, or when it could only be reached later. No
  other level is skipped, unless the policy says that old items may: then an
  item gets the highest level that it has reached.
* A level is *reached* on the latest of three days: ``level.days`` from its
  base (the due date, the end of the due date's month, or the last notice of
  the item); ``level.min_days`` after the last notice of the item, more when
  that was slow post (``item.grace``); ``policy.interval`` days after the last
  notice that the debtor got for anything. The day itself counts.
* *The law's calendar*: a level that claims costs is not reached before
  ``item.costs_from``, the first day on which the law lets costs be claimed from
  such a debtor; NEVER while the notice that has to come first was not sent.
* *Unmatched money*: when the policy holds, credits of a debtor and currency
  are laid against the oldest open items first; an item that they could pay
  wholly is not claimed. When the policy nets, they stand on the notice.
* *Minimum*: what reaches one level together must be worth the level's minimum
  amount and share; else it gets the next lower level that it did not have yet,
  else nothing.
* *Carrying*: when the policy says so, the highest level of a debtor and
  currency takes the overdue items of lower levels along on its notice; each
  keeps its own level. What isn't overdue yet is never threatened with.

Dates are calendar days. ``residual`` is in the item's currency,
``company_residual``, tolerance and minimum amount in the company's.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

from .money import ZERO

# Decisions. The Odoo layer words them; see credit_control/models/credit_dunning.py.
DUE = "due"
NOT_YET = "not_yet"
LAST_LEVEL = "last_level"
SETTLED = "settled"
CREDIT = "credit"
NETTED = "netted"
UNMATCHED = "unmatched"
TOLERANCE = "tolerance"
NO_POLICY = "no_policy"
NO_DUNNING = "no_dunning"
BELOW_MINIMUM = "below_minimum"
# Blocks: why an item is not looked at at all. Given by the caller.
MANUAL_BLOCK = "manual_block"
NO_FOLLOWUP = "no_followup"
PAYMENT_BLOCKED = "payment_blocked"
PROPOSED_ELSEWHERE = "proposed_elsewhere"
INSTALMENT_PLAN = "instalment_plan"
PROMISED = "promised"
DISPUTED = "disputed"

# Claims that unmatched money may be meant for.
PAYABLE = (DUE, NOT_YET, PROPOSED_ELSEWHERE)

# What `days` of a level count from, and which rule sets the day of a level.
FROM_DUE = "due"
FROM_MONTH_END = "month_end"
FROM_NOTICE = "notice"
MIN_DAYS = "min_days"
INTERVAL = "interval"
FIRST_NOTICE = "first_notice"

# A day that doesn't come: of costs whose first notice was not sent.
NEVER = date.max

# What becomes of a debtor's credits.
SHOW = "show"
NET = "net"
HOLD = "hold"


class Level(NamedTuple):
    """One step of a policy; ``days`` from ``base``, negative before it.

    ``min_share`` is a part, from 0 to 1, of all that the debtor has open. ``costs``:
    whether the level claims costs of recovery.
    """

    id: int
    number: int
    days: int
    min_days: int
    min_amount: Decimal
    base: str = FROM_DUE
    min_share: Decimal = ZERO
    costs: bool = False


class Policy(NamedTuple):
    """A dunning procedure; ``levels`` ascend by number."""

    id: int
    tolerance: Decimal
    levels: tuple[Level, ...]
    never: bool = False
    skip: bool = False
    interval: int = 0
    carry: bool = False
    credits: str = SHOW


class Item(NamedTuple):
    """An open receivable item as the ledger and the notices know it.

    ``address`` is 0 where all addresses of the debtor get one notice. ``costs_from``
    is None where the law asks for no notice before costs.
    """

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
    grace: int = 0
    debtor_last: date | None = None
    address: int = 0
    costs_from: date | None = None


# All that the next level of an item and its day hang on.
_situation = attrgetter(
    "policy", "due", "last_level", "last_date", "grace", "debtor_last", "costs_from"
)


class Decision(NamedTuple):
    """What happens to an item: ``code`` says why.

    ``level`` is the level reached (DUE, BELOW_MINIMUM) or to come (NOT_YET, or
    any block); ``day`` the first day on which it is or was possible, set by
    ``rule``. ``carrier`` is the level of the notice, if it isn't ``level``.
    """

    item: Item
    code: str
    level: Level | None = None
    day: date | None = None
    rule: str | None = None
    carrier: Level | None = None

    @property
    def group(self) -> tuple[int, int, int, int]:
        """What goes onto one notice: (debtor, currency, address, level) ids."""
        level = self.carrier or self.level
        assert level is not None
        return self.item.debtor, self.item.currency, self.item.address, level.id


# -- one item ------------------------------------------------------------------


def reached(item: Item, level: Level, policy: Policy) -> tuple[date, str]:
    """First day on which ``item`` may get ``level``, and the rule that sets it."""
    day, rule = _base(item, level)
    if item.last_date is not None:
        waited = item.last_date + timedelta(days=level.min_days + item.grace)
        if waited > day:
            day, rule = waited, MIN_DAYS
    if policy.interval and item.debtor_last is not None:
        waited = item.debtor_last + timedelta(days=policy.interval)
        if waited > day:
            day, rule = waited, INTERVAL
    if level.costs and item.costs_from is not None and item.costs_from > day:
        day, rule = item.costs_from, FIRST_NOTICE
    return day, rule


def awaits_law(item: Item, level: Level, as_of: date) -> bool:
    """Whether the law does not let ``level`` claim its costs for ``item`` yet."""
    return level.costs and item.costs_from is not None and item.costs_from > as_of


def _base(item: Item, level: Level) -> tuple[date, str]:
    if level.base == FROM_NOTICE and item.last_date is not None:
        return item.last_date + timedelta(days=level.days), FROM_NOTICE
    if level.base == FROM_MONTH_END:
        last = monthrange(item.due.year, item.due.month)[1]
        return item.due.replace(day=last) + timedelta(days=level.days), FROM_MONTH_END
    return item.due + timedelta(days=level.days), FROM_DUE


# Level, day, rule.
Step = tuple[Level, date, str]
Finder = Callable[[Item, Policy, date], Step | None]


def _coming(item: Item, policy: Policy, as_of: date) -> Iterator[Step]:
    """Levels above the last one, with day and rule; those too late left out."""
    for level in policy.levels:
        if level.number <= item.last_level:
            continue
        day, rule = reached(item, level, policy)
        if level.days >= 0 or (as_of <= item.due and day <= item.due):
            yield level, day, rule


def next_level(item: Item, policy: Policy, as_of: date) -> Step | None:
    """The level that ``item`` gets next, reached or not; None after the last."""
    coming = _coming(item, policy, as_of)
    found = next(coming, None)
    if policy.skip and found is not None:
        for later in coming:
            if later[1] <= as_of:
                found = later
    return found


def decide(
    item: Item, policy: Policy | None, as_of: date, find: Finder = next_level
) -> Decision:
    """The decision on one item, the others of its debtor left aside."""
    if item.residual == 0:
        return Decision(item, SETTLED)
    if item.residual < 0:
        return Decision(item, CREDIT)
    if policy is None:
        return Decision(item, NO_POLICY)
    if policy.never:
        return Decision(item, item.block or NO_DUNNING)
    found = find(item, policy, as_of)
    if found is None:
        return Decision(item, item.block or LAST_LEVEL)
    level, day, rule = found
    if item.block:
        code = item.block
    elif item.company_residual <= policy.tolerance:
        code = TOLERANCE
    else:
        code = DUE if day <= as_of else NOT_YET
    return Decision(item, code, level, day, rule)


# -- all items of a debtor -----------------------------------------------------

# Decisions of one debtor by their place among those asked for.
Places = dict[int, Decision]


def plan(
    items: Iterable[Item], policies: Mapping[int, Policy], as_of: date
) -> list[Decision]:
    """One decision per item, in the order given.

    :param policies: by id; an item whose policy is not among them is NO_POLICY
    """
    decisions = []
    find = _remembering(next_level)
    together: dict[int, list[int]] = defaultdict(list)
    for place, item in enumerate(items):
        policy = None if item.policy is None else policies.get(item.policy)
        decisions.append(decide(item, policy, as_of, find))
        if policy is not None and _looks_around(policy):
            together[item.debtor].append(place)
    for places in together.values():
        group = {place: decisions[place] for place in places}
        policy = policies[group[places[0]].item.policy or 0]
        for place, decision in _plan_debtor(group, policy, as_of).items():
            decisions[place] = decision
    return decisions


def _remembering(find: Finder) -> Finder:
    """``find`` called once for all items that are alike: there are few kinds."""
    known: dict[tuple[object, ...], Step | None] = {}

    def remembered(item: Item, policy: Policy, as_of: date) -> Step | None:
        key = _situation(item)
        if key not in known:
            known[key] = find(item, policy, as_of)
        return known[key]

    return remembered


def _looks_around(policy: Policy) -> bool:
    """Whether the decision on an item depends on others of its debtor."""
    return policy.carry or policy.credits != SHOW or _has_minimums(policy)


def _has_minimums(policy: Policy) -> bool:
    return any(level.min_amount or level.min_share for level in policy.levels)


def _plan_debtor(group: Places, policy: Policy, as_of: date) -> Places:
    if policy.credits == HOLD:
        group |= _hold(group)
    if _has_minimums(policy):
        group |= _apply_minimums(group, policy, as_of)
    if policy.carry:
        group |= _carry(group, as_of)
    if policy.credits == NET:
        group |= _net(group, policy)
    return group


def _by_currency(group: Places) -> Iterable[Places]:
    found: dict[int, Places] = defaultdict(dict)
    for place, decision in group.items():
        found[decision.item.currency][place] = decision
    return found.values()


def _hold(group: Places) -> Places:
    """Items that the debtor's unmatched credits could pay, the oldest first."""
    changed = {}
    for part in _by_currency(group):
        money = -sum((d.item.residual for d in part.values() if d.code == CREDIT), ZERO)
        claims = [(d.item.due, d.item.id, place) for place, d in part.items()]
        for _due, _id, place in sorted(claims) if money else ():
            decision = part[place]
            if decision.code not in PAYABLE or decision.item.residual > money:
                continue
            money -= decision.item.residual
            if decision.code == DUE:
                changed[place] = decision._replace(code=UNMATCHED)
    return changed


def _apply_minimums(group: Places, policy: Policy, as_of: date) -> Places:
    """From the highest level down, so that what falls counts where it lands."""
    total = sum(
        (d.item.company_residual for d in group.values() if d.item.residual > 0), ZERO
    )
    changed: Places = {}
    for level in reversed(policy.levels):
        heaps: dict[tuple[int, int, int, int], Places] = defaultdict(dict)
        for place, decision in (group | changed).items():
            if decision.code == DUE and decision.level == level:
                heaps[decision.group][place] = decision
        for heap in heaps.values():
            worth = sum((d.item.company_residual for d in heap.values()), ZERO)
            if worth < level.min_amount or worth < level.min_share * total:
                for place, decision in heap.items():
                    changed[place] = _fall(decision, policy, as_of)
    return changed


def _fall(decision: Decision, policy: Policy, as_of: date) -> Decision:
    """``decision`` one level lower, if the item did not have that yet."""
    assert decision.level is not None
    lower = None
    for level, day, rule in _coming(decision.item, policy, as_of):
        if level.number < decision.level.number and day <= as_of:
            lower = decision._replace(level=level, day=day, rule=rule)
    return lower or decision._replace(code=BELOW_MINIMUM)


def _carry(group: Places, as_of: date) -> Places:
    """Lower levels travel on the notice of the highest; what isn't overdue doesn't."""
    highest: dict[tuple[int, int], Level] = {}
    due = {
        place: decision
        for place, decision in group.items()
        if decision.code == DUE and decision.item.due < as_of
    }
    for decision in due.values():
        assert decision.level is not None
        key = decision.item.currency, decision.item.address
        known = highest.get(key)
        if known is None or decision.level.number > known.number:
            highest[key] = decision.level
    return {
        place: decision._replace(carrier=highest[key])
        for place, decision in due.items()
        if decision.level
        != highest[key := (decision.item.currency, decision.item.address)]
    }


def _net(group: Places, policy: Policy) -> Places:
    """Credits onto the notice of the highest level; no notice that they cover."""
    changed: Places = {}
    for part in _by_currency(group):
        due = {place: d for place, d in part.items() if d.code == DUE}
        taken = {
            place: d
            for place, d in part.items()
            if d.code == CREDIT and not d.item.block
        }
        if not due or not taken:
            continue
        both = [*due.values(), *taken.values()]
        rest = sum((d.item.company_residual for d in both), ZERO)
        if rest <= policy.tolerance:
            changed |= {p: d._replace(code=UNMATCHED) for p, d in due.items()}
            continue
        first = max(due.values(), key=_notice_rank)
        home = first.carrier or first.level
        for place, decision in taken.items():
            item = decision.item._replace(address=first.item.address)
            changed[place] = decision._replace(code=NETTED, item=item, carrier=home)
    return changed


def _notice_rank(decision: Decision) -> tuple[int, int]:
    level = decision.carrier or decision.level
    assert level is not None
    return level.number, -decision.item.address
