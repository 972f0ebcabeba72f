"""A past period dunned once more, on paper, under whatever policies one likes.

The rules are those of :mod:`.escalation`, unchanged: every notice on paper comes
out of the ``plan`` that real runs use. A notice on paper counts for what follows
like one that was sent: the item has had the level, the debtor has been written to.

A run decides anew every day, but the outcome can only change on few days. Hence
each item is looked at on the days on which it may turn due by itself, and the
debtor is planned as a whole when one does. As long as an item is due and held
back (by unmatched money, by a minimum), every change to the debtor's items is
looked at, too.

Dates are calendar days, both ends of a period included. What is settled on a day
is not open on it any more.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from heapq import heappop, heappush
from itertools import groupby
from typing import NamedTuple

from .escalation import (
    BELOW_MINIMUM,
    DUE,
    NETTED,
    UNMATCHED,
    Decision,
    Item,
    Level,
    Policy,
    decide,
    plan,
    reached,
)
from .money import ZERO
from .terms import FirstNotice

ONE_DAY = timedelta(days=1)
CENT = Decimal("0.01")
EVERY_DAY = frozenset(range(7))
# Due by itself, but not claimed because of something else of the debtor.
HELD_BACK = (UNMATCHED, BELOW_MINIMUM)
# Stands for all items of a debtor among the days to look at.
ALL = -1


class Settlement(NamedTuple):
    """What was matched with an item on a day: taken off what is open.

    Negative for what was matched with a credit. ``amount`` is in the item's
    currency, ``company_amount`` in the company's.
    """

    day: date
    amount: Decimal
    company_amount: Decimal


class Pause(NamedTuple):
    """Days, both included, on which an item was left alone, and why.

    ``part`` is how much of it, in the item's currency; None: all of it.
    """

    first: date
    last: date
    code: str
    part: Decimal | None = None


class History(NamedTuple):
    """An item over a period.

    ``item`` is what it was on the eve of the period, or when it was opened in it:
    the amounts open then; the last level, its date and grace, and the debtor's last
    notice, all really sent before. ``settlements`` are those since, in order of
    their days; ``pauses`` what was promised, planned, offered or disputed. ``graces`` are the extra days to wait after a notice, by level id;
    ``first_notices`` are the levels whose notice the law accepts before costs.
    """

    item: Item
    opened: date
    settlements: tuple[Settlement, ...] = ()
    graces: Mapping[int, int] = {}
    first_notices: Mapping[int, FirstNotice] = {}
    pauses: tuple[Pause, ...] = ()


class Period(NamedTuple):
    """The days from ``first`` to ``last``; runs are made on ``weekdays`` (Monday: 0)."""

    first: date
    last: date
    weekdays: frozenset[int] = EVERY_DAY

    def run_day(self, day: date) -> date | None:
        """The first day from ``day`` on with a run; None when there is none left."""
        for later in range(7):
            found = day + timedelta(days=later)
            if found > self.last:
                break
            if found.weekday() in self.weekdays:
                return found
        return None


class Notice(NamedTuple):
    """A notice on paper; ``items`` are the ids of what it claims or deducts."""

    day: date
    debtor: int
    currency: int
    address: int
    level: Level
    items: tuple[int, ...]
    amount: Decimal
    company_amount: Decimal


def replay(
    histories: Iterable[History], policies: Mapping[int, Policy], period: Period
) -> Iterator[Notice]:
    """The notices that daily runs would have sent in ``period``, by debtor and day.

    :param histories: those of one debtor one after the other
    :param policies: by id, as for :func:`.escalation.plan`
    """
    # One debtor at a time: the ledger needn't fit into memory.
    # pylint: disable-next=bad-builtin-groupby
    for _debtor, group in groupby(histories, lambda history: history.item.debtor):
        yield from _Debtor(list(group), policies, period).replay()


class _Paper:
    """An item as it stands on the day that the replay has reached."""

    __slots__ = ("history", "item", "settled")

    def __init__(self, history: History) -> None:
        self.history = history
        self.item = history.item
        self.settled = 0

    def bring_to(self, day: date) -> Item:
        """The item on ``day``; days only go forward."""
        settlements = self.history.settlements
        while self.settled < len(settlements) and settlements[self.settled].day <= day:
            _day, amount, company_amount = settlements[self.settled]
            self.item = self.item._replace(
                residual=self.item.residual - amount,
                company_residual=self.item.company_residual - company_amount,
            )
            self.settled += 1
        return self.item

    def seen(self, day: date) -> Item:
        """The item as a run of ``day`` sees it: paused, or without what is disputed."""
        item = self.bring_to(day)
        for pause in self.history.pauses:
            if pause.first <= day <= pause.last:
                item = _leave_alone(item, pause)
        return item

    def is_open(self, day: date) -> bool:
        return self.history.opened <= day and self.bring_to(day).residual != 0

    def is_over(self) -> bool:
        return not self.item.residual and self.settled == len(self.history.settlements)

    def days(self, policy: Policy) -> Iterator[date]:
        """Days on which the item may turn due by itself."""
        opened = self.history.opened
        for level in policy.levels:
            if level.number > self.item.last_level:
                yield max(opened, reached(self.item, level, policy)[0])
                if level.days < 0:  # passed over from that day on
                    yield max(opened, self.item.due + ONE_DAY)
        for settlement in self.history.settlements:
            if settlement.amount < 0 or settlement.company_amount < 0:
                yield settlement.day
        for pause in self.history.pauses:
            yield pause.last + ONE_DAY

    def changes(self) -> Iterator[date]:
        """Days on which the item changes for the others of its debtor."""
        yield self.history.opened
        yield self.item.due + ONE_DAY
        for settlement in self.history.settlements:
            yield settlement.day
        for pause in self.history.pauses:
            yield pause.first
            yield pause.last + ONE_DAY

    def note(self, notice_level: Level, decision: Decision, day: date) -> None:
        """The item has been on a notice of ``notice_level``."""
        level = decision.level if decision.code == DUE else None
        self.item = self.item._replace(
            last_level=level.number if level else self.item.last_level,
            last_date=day,
            grace=self.history.graces.get(notice_level.id, 0),
        )
        if level and self.item.due < day:
            self._announce_costs(notice_level, day)

    def _announce_costs(self, notice_level: Level, day: date) -> None:
        """The law's term runs from the first notice that announces costs."""
        first_notice = self.history.first_notices.get(notice_level.id)
        if first_notice and self.item.costs_from is not None:
            allowed = min(self.item.costs_from, first_notice.costs_from(day))
            self.item = self.item._replace(costs_from=allowed)


def _leave_alone(item: Item, pause: Pause) -> Item:
    """``item`` while it is paused; what is paid pays the undisputed part first."""
    if item.block or item.residual <= ZERO:
        return item
    if pause.part is None or pause.part >= item.residual:
        return item._replace(block=pause.code)
    rest = item.residual - pause.part
    share = item.company_residual * rest / item.residual
    return item._replace(
        residual=rest, company_residual=share.quantize(CENT, ROUND_HALF_UP)
    )


class _Debtor:
    """All items of one debtor, replayed together."""

    def __init__(
        self,
        histories: list[History],
        policies: Mapping[int, Policy],
        period: Period,
    ) -> None:
        self.papers = [_Paper(history) for history in histories]
        self.policies = policies
        self.period = period
        self.unsettled = list(range(len(self.papers)))
        self.waits = any(policy.interval for policy in policies.values())
        self.days: list[date] = []
        self.places: dict[date, set[int]] = {}

    def replay(self) -> Iterator[Notice]:
        self._watch(range(len(self.papers)), self.period.first)
        while self.days:
            day = heappop(self.days)
            if self._is_worth_a_plan(self.places.pop(day), day):
                yield from self._run(day)

    def _watch(self, places: Iterable[int], since: date) -> None:
        for place in places:
            paper = self.papers[place]
            policy = self.policies.get(paper.item.policy or 0)
            for day in set(paper.days(policy)) if policy else ():
                self._look_at(place, max(day, since))

    def _look_at(self, place: int, day: date) -> None:
        run_day = self.period.run_day(day)
        if run_day is None:
            return
        if run_day not in self.places:
            heappush(self.days, run_day)
            self.places[run_day] = set()
        self.places[run_day].add(place)

    def _is_worth_a_plan(self, places: set[int], day: date) -> bool:
        return ALL in places or any(
            self._is_due(self.papers[place], day) for place in places
        )

    def _is_due(self, paper: _Paper, day: date) -> bool:
        if not paper.is_open(day):
            return False
        policy = self.policies.get(paper.item.policy or 0)
        return decide(paper.seen(day), policy, day).code == DUE

    def _run(self, day: date) -> Iterator[Notice]:
        places = [p for p in self.unsettled if self.papers[p].is_open(day)]
        seen = (self.papers[p].seen(day) for p in places)
        decisions = plan(seen, self.policies, day)
        claimed: dict[int, Decision] = {}
        held_back = False
        for place, decision in zip(places, decisions, strict=True):
            if decision.code in (DUE, NETTED):
                claimed[place] = decision
            held_back = held_back or decision.code in HELD_BACK
        self.unsettled = [p for p in self.unsettled if not self.papers[p].is_over()]
        if claimed:
            self._note_sent(claimed, day)
        if held_back:
            self._look_again(day, bool(claimed))
        yield from _notices(claimed.values(), day)

    def _look_again(self, day: date, soon: bool) -> None:
        """Plan the debtor anew when something changes, or on the next day."""
        if soon:
            self._look_at(ALL, day + ONE_DAY)
            return
        later = bisect_right(self._changes, day)
        if later < len(self._changes):
            self._look_at(ALL, self._changes[later])

    @cached_property
    def _changes(self) -> list[date]:
        return sorted({day for paper in self.papers for day in paper.changes()})

    def _note_sent(self, claimed: Mapping[int, Decision], day: date) -> None:
        for place, decision in claimed.items():
            self.papers[place].note(_notice_level(decision), decision, day)
        if self.waits:
            for place in self.unsettled:
                paper = self.papers[place]
                paper.item = paper.item._replace(debtor_last=day)
        self._watch(self.unsettled if self.waits else claimed, day + ONE_DAY)


def _notice_level(decision: Decision) -> Level:
    level = decision.carrier or decision.level
    assert level is not None
    return level


def _notices(claimed: Iterable[Decision], day: date) -> Iterator[Notice]:
    groups: dict[tuple[int, int, int, int], list[Decision]] = defaultdict(list)
    for decision in claimed:
        groups[decision.group].append(decision)
    for (debtor, currency, address, _level), group in groups.items():
        yield Notice(
            day,
            debtor,
            currency,
            address,
            _notice_level(group[0]),
            tuple(decision.item.id for decision in group),
            sum((decision.item.residual for decision in group), ZERO),
            sum((decision.item.company_residual for decision in group), ZERO),
        )
