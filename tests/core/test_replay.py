"""A replay finds what daily runs would have sent, without running every day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_control.core import escalation as esc
from odoo.addons.credit_control.core.escalation import Item, Level, Policy, plan
from odoo.addons.credit_control.core.replay import (
    History,
    Notice,
    Pause,
    Period,
    Settlement,
    replay,
)
from odoo.addons.credit_control.core.terms import DeliveryRule, FirstNotice

FIRST = date(2024, 1, 1)  # a Monday
DUE_DATE = date(2024, 1, 31)
LAST = date(2024, 4, 30)
QUARTER = Period(FIRST, LAST)


def level(number: int, days: int, min_days: int = 7, **rules: object) -> Level:
    fields = {"min_amount": Decimal(0)} | rules
    return Level(100 + number, number, days, min_days, **fields)  # type: ignore[arg-type]


FRIENDLY, REMINDER, SECOND, LETTER = LEVELS = (
    level(1, -5, 0),
    level(2, 7),
    level(3, 18),
    level(4, 30),
)
POLICY = Policy(1, Decimal(5), LEVELS)


def history(
    amount: int | str = 100,
    *settlements: tuple[int, int | str],
    opened: int = -30,
    graces: Mapping[int, int] | None = None,
    first_notices: Mapping[int, FirstNotice] | None = None,
    pauses: tuple[Pause, ...] = (),
    **values: object,
) -> History:
    """An item due on DUE_DATE; days count from there."""
    fields: dict[str, object] = {
        "id": 1,
        "debtor": 1,
        "policy": POLICY.id,
        "currency": 1,
        "due": DUE_DATE,
        "residual": Decimal(amount),
        "company_residual": Decimal(amount),
    }
    return History(
        Item(**(fields | values)),  # type: ignore[arg-type]
        after(opened),
        tuple(
            Settlement(after(days), Decimal(paid), Decimal(paid))
            for days, paid in settlements
        ),
        graces or {},
        first_notices or {},
        pauses,
    )


def paused(first: int, last: int, part: int | None = None) -> Pause:
    """From day to day, both counted from DUE_DATE."""
    disputed = None if part is None else Decimal(part)
    code = esc.PROMISED if part is None else esc.DISPUTED
    return Pause(after(first), after(last), code, disputed)


def after(days: int) -> date:
    return DUE_DATE + timedelta(days=days)


def replayed(
    *histories: History, period: Period = QUARTER, **rules: object
) -> list[Notice]:
    policy = POLICY._replace(**rules)  # type: ignore[arg-type]
    return list(replay(histories, {policy.id: policy}, period))


def sent(notices: Iterable[Notice]) -> list[tuple[int, int]]:
    """(day from the due date, number of the notice's level)."""
    return [((notice.day - DUE_DATE).days, notice.level.number) for notice in notices]


# -- one item ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        (history(), [(-5, 1), (7, 2), (18, 3), (30, 4)]),
        (history(100, (18, 100)), [(-5, 1), (7, 2)]),  # settled on the day itself
        (history(100, (19, 100)), [(-5, 1), (7, 2), (18, 3)]),
        (history(100, (8, 95)), [(-5, 1), (7, 2)]),  # within the tolerance
        (history(100, (8, 95), (20, -50)), [(-5, 1), (7, 2), (20, 3), (30, 4)]),
        (history(opened=-2), [(-2, 1), (7, 2), (18, 3), (30, 4)]),
        (history(opened=28), [(28, 2), (35, 3), (42, 4)]),  # entered late
        (history(last_level=2, last_date=after(-40)), [(18, 3), (30, 4)]),
        (history(last_level=4, last_date=after(-40)), []),
        (history(block=esc.NO_FOLLOWUP), []),
        (history(policy=None), []),
        (history(policy=77), []),
        (history(-100), []),
        (history(graces={REMINDER.id: 9}), [(-5, 1), (7, 2), (23, 3), (30, 4)]),
    ],
)
def test_what_an_item_gets(past: History, expected: list[tuple[int, int]]) -> None:
    assert sent(replayed(past)) == expected


@pytest.mark.parametrize(
    ("pauses", "expected"),
    [
        # Promised for a while: the level waits, those after it keep their distance.
        ([paused(6, 12)], [(-5, 1), (13, 2), (20, 3), (30, 4)]),
        ([paused(7, 7)], [(-5, 1), (8, 2), (18, 3), (30, 4)]),
        ([paused(8, 17)], [(-5, 1), (7, 2), (18, 3), (30, 4)]),
        ([paused(-10, 90)], []),
        ([paused(5, 10), paused(9, 20)], [(-5, 1), (21, 2), (28, 3), (35, 4)]),
        # All of it disputed, then a part.
        ([paused(6, 12, 100)], [(-5, 1), (13, 2), (20, 3), (30, 4)]),
        ([paused(6, 12, 40)], [(-5, 1), (7, 2), (18, 3), (30, 4)]),
    ],
)
def test_what_is_left_alone(
    pauses: list[Pause], expected: list[tuple[int, int]]
) -> None:
    assert sent(replayed(history(pauses=tuple(pauses)))) == expected


def test_a_disputed_part_is_not_claimed() -> None:
    past = history(100, (10, 30), pauses=(paused(6, 20, 40),))
    amounts = [notice.amount for notice in replayed(past)]
    assert amounts == [100, 60, 30, 70]


def test_a_notice_says_what_it_claims() -> None:
    foreign = history(100, (3, 40), currency=9, address=7)
    foreign = foreign._replace(
        item=foreign.item._replace(company_residual=Decimal(200)),
        settlements=(Settlement(after(3), Decimal(40), Decimal(90)),),
    )
    assert replayed(foreign, period=Period(after(1), after(10))) == [
        Notice(after(7), 1, 9, 7, REMINDER, (1,), Decimal(60), Decimal(110))
    ]


def test_runs_on_some_days_of_the_week_only() -> None:
    mondays = QUARTER._replace(weekdays=frozenset({0}))
    # The due date is a Wednesday: the friendly reminder comes on a Monday before.
    assert sent(replayed(history(), period=mondays)) == [
        (-2, 1),
        (12, 2),
        (19, 3),
        (33, 4),
    ]
    never = QUARTER._replace(weekdays=frozenset())
    assert replayed(history(), period=never) == []


@pytest.mark.parametrize(
    ("first", "last"), [(31, 29), (8, 8), (31, 90), (-29, -6), (8, 17)]
)
def test_nothing_happens_between_the_levels(first: int, last: int) -> None:
    done = {-5: 1, 7: 2, 18: 3, 30: 4}
    had = max((number for day, number in done.items() if day < first), default=0)
    when = next((day for day, number in done.items() if number == had), None)
    known = history(
        last_level=had, last_date=None if when is None else after(when), opened=-30
    )
    assert replayed(known, period=Period(after(first), after(last))) == []


# -- what the law asks for before costs -----------------------------------------

CHARGING = (FRIENDLY, REMINDER, SECOND._replace(costs=True), LETTER)
FOURTEEN_DAYS = FirstNotice(14, (DeliveryRule(1, day_after=False),))


@pytest.mark.parametrize(
    ("costs_from", "first_notices", "expected"),
    [
        # Sent on the 7th day, received on the 8th, fourteen days: costs from the 22nd.
        (esc.NEVER, {REMINDER.id: FOURTEEN_DAYS}, [(-5, 1), (7, 2), (22, 3), (30, 4)]),
        (esc.NEVER, {}, [(-5, 1), (7, 2)]),
        # Before the due date nothing is announced.
        (esc.NEVER, {FRIENDLY.id: FOURTEEN_DAYS}, [(-5, 1), (7, 2)]),
        # Announced before the period already: the first notice counts.
        (after(20), {REMINDER.id: FOURTEEN_DAYS}, [(-5, 1), (7, 2), (20, 3), (30, 4)]),
        (None, {REMINDER.id: FOURTEEN_DAYS}, [(-5, 1), (7, 2), (18, 3), (30, 4)]),
    ],
)
def test_costs_wait_for_the_first_notice_of_the_law(
    costs_from: date | None,
    first_notices: dict[int, FirstNotice],
    expected: list[tuple[int, int]],
) -> None:
    past = history(costs_from=costs_from, first_notices=first_notices)
    assert sent(replayed(past, levels=CHARGING)) == expected


# -- the items of a debtor together --------------------------------------------


def test_a_level_waits_for_its_minimum() -> None:
    once = (level(1, 7, min_amount=Decimal(150)),)
    late = history(50, id=2, due=after(20))
    assert replayed(history(), levels=once) == []
    together = replayed(history(), late, levels=once)
    assert sent(together) == [(27, 1)]
    assert together[0].items == (1, 2)
    assert replayed(history(100, (27, 100)), late, levels=once) == []


def test_money_on_account_holds_back_until_it_is_matched() -> None:
    money = history(-100, (12, -100), id=2, opened=5)
    other = history(100, (12, 100), id=3, due=after(-3))
    assert sent(replayed(history(), money, other, credits=esc.HOLD)) == [
        (-8, 1),
        (-5, 1),
        (4, 2),
        (7, 2),
        (18, 3),
        (30, 4),
    ]
    # The money covers the older one only; alone it would cover the first, too.
    alone = replayed(history(), money, credits=esc.HOLD)
    assert sent(alone) == [(-5, 1), (12, 2), (19, 3), (30, 4)]


def test_money_on_account_is_deducted() -> None:
    money = history(-30, id=2, opened=5)
    notices = replayed(
        history(), money, credits=esc.NET, period=Period(after(6), after(8))
    )
    assert [(n.items, n.amount) for n in notices] == [((1, 2), Decimal(70))]


def test_what_is_carried_keeps_a_level_of_its_own() -> None:
    old = history(last_level=2, last_date=after(-20), due=after(-11))
    young = history(id=2)
    notices = replayed(old, young, carry=True, period=Period(after(7), after(19)))
    assert [(n.items, n.level.number) for n in notices] == [
        ((1, 2), 3),
        ((2,), 3),
        ((1,), 4),
    ]


def test_the_debtor_is_left_in_peace_between_two_notices() -> None:
    known = {"debtor_last": after(-9)}
    other = history(id=2, due=after(2), **known)
    notices = replayed(history(**known), other, interval=10)
    assert sent(notices) == [(1, 1), (11, 2), (21, 3), (31, 4), (41, 4)]
    assert [notice.items for notice in notices] == [(2,), (1, 2), (1, 2), (1,), (2,)]


# -- properties ----------------------------------------------------------------

DEBTORS = 3
small_amounts = st.integers(1, 300).map(Decimal)


@st.composite
def levels(draw: st.DrawFn) -> tuple[Level, ...]:
    """Ascending by number; their days in any order, as users type them."""
    numbers = sorted(draw(st.sets(st.integers(1, 6), min_size=1, max_size=4)))
    return tuple(
        level(
            number,
            draw(st.integers(-12, 40)),
            draw(st.integers(0, 12)),
            min_amount=draw(st.sampled_from([0, 0, 80, 200])) * Decimal(1),
            base=draw(
                st.sampled_from(
                    [esc.FROM_DUE, esc.FROM_DUE, esc.FROM_MONTH_END, esc.FROM_NOTICE]
                )
            ),
            min_share=draw(st.sampled_from([Decimal(0), Decimal(0), Decimal("0.6")])),
            costs=draw(st.booleans()),
        )
        for number in numbers
    )


policies = st.builds(
    Policy,
    id=st.just(1),
    tolerance=st.sampled_from([Decimal(0), Decimal(5), Decimal(60)]),
    levels=levels(),
    never=st.sampled_from([False] * 9 + [True]),
    skip=st.booleans(),
    interval=st.sampled_from([0, 0, 4, 15]),
    carry=st.booleans(),
    credits=st.sampled_from([esc.SHOW, esc.NET, esc.HOLD]),
)


@st.composite
def settlements(draw: st.DrawFn, opened: int, amount: Decimal) -> list[tuple[int, str]]:
    """Parts of ``amount``, some given back, up to all of it."""
    found, rest = [], amount
    for days in sorted(draw(st.lists(st.integers(opened, 100), max_size=3))):
        part = draw(st.sampled_from([rest, rest / 2, -rest / 4]))
        rest -= part
        found.append((days, str(part)))
    return found


pauses = st.lists(
    st.builds(
        lambda first, days, part: paused(first, first + days, part),
        st.integers(-30, 60),
        st.integers(0, 20),
        st.sampled_from([None, None, 1, 20]),
    ),
    max_size=2,
).map(tuple)


@st.composite
def pasts(draw: st.DrawFn) -> list[History]:
    """Items of a few debtors, credits among them, with any history."""
    found = []
    for number in range(draw(st.integers(1, 8))):
        opened = draw(st.integers(-40, 60))
        amount = draw(small_amounts) * draw(st.sampled_from([1, 1, 1, -1]))
        had = draw(st.sampled_from([0, 0, 0, 1, 2]))
        found.append(
            history(
                str(amount),
                *draw(settlements(max(opened, -29), amount)),
                opened=opened,
                graces=draw(st.sampled_from([{}, {102: 3, 103: 5}])),
                first_notices=draw(st.sampled_from([{}, {102: FOURTEEN_DAYS}])),
                costs_from=draw(st.sampled_from([None, None, esc.NEVER, after(9)])),
                id=number,
                debtor=draw(st.integers(1, DEBTORS)),
                currency=draw(st.sampled_from([1, 1, 2])),
                address=draw(st.sampled_from([0, 0, 5])),
                due=after(opened + draw(st.integers(-5, 40))),
                last_level=had,
                last_date=after(draw(st.integers(-60, -31))) if had else None,
                debtor_last=draw(st.sampled_from([None, None, after(-31)])),
                block=draw(st.sampled_from([None] * 9 + [esc.PAYMENT_BLOCKED])),
                pauses=draw(pauses),
            )
        )
    return sorted(found, key=lambda past: past.item.debtor)


weekdays = st.sampled_from([frozenset(range(7)), frozenset(range(5)), frozenset({0})])
periods = st.builds(
    lambda first, days, on: Period(after(first), after(first + days), on),
    st.integers(-30, 20),
    st.integers(0, 100),
    weekdays,
)


def run_every_day(
    histories: list[History], policy: Policy, period: Period
) -> list[tuple[object, ...]]:
    """The same, the simple way: a run on every day for everybody."""
    items = {past.item.id: past.item for past in histories}
    found = []
    day = period.first
    while day <= period.last:
        if day.weekday() in period.weekdays:
            today = [opened_by(day, past, items) for past in histories]
            decisions = plan([i for i in today if i], {policy.id: policy}, day)
            found += send(decisions, histories, items, day)
        day += timedelta(days=1)
    return found


def opened_by(day: date, past: History, items: dict[int, Item]) -> Item | None:
    item = items[past.item.id]
    taken = [s for s in past.settlements if s.day <= day]
    if past.opened > day:
        return None
    item = item._replace(
        residual=item.residual - sum(s.amount for s in taken),
        company_residual=item.company_residual - sum(s.company_amount for s in taken),
    )
    for pause in past.pauses:
        if pause.first <= day <= pause.last and item.residual > 0 and not item.block:
            if pause.part is None or pause.part >= item.residual:
                item = item._replace(block=pause.code)
            else:
                rest = item.residual - pause.part
                share = item.company_residual * rest / item.residual
                item = item._replace(
                    residual=rest,
                    company_residual=share.quantize(Decimal("0.01"), ROUND_HALF_UP),
                )
    return item


def send(
    decisions: list[esc.Decision],
    histories: list[History],
    items: dict[int, Item],
    day: date,
) -> list[tuple[object, ...]]:
    notices = defaultdict(list)
    pasts_by_id = {past.item.id: past for past in histories}
    for decision in decisions:
        if decision.code in (esc.DUE, esc.NETTED):
            notices[decision.group].append(decision)
    for (debtor, _currency, _address, level_id), group in notices.items():
        for decision in group:
            item = items[decision.item.id]
            items[item.id] = item._replace(
                last_level=decision.level.number
                if decision.code == esc.DUE and decision.level
                else item.last_level,
                last_date=day,
                grace=pasts_by_id[item.id].graces.get(level_id, 0),
            )
            notice = pasts_by_id[item.id].first_notices.get(level_id)
            announced = decision.code == esc.DUE and item.due < day
            if notice and announced and item.costs_from is not None:
                allowed = min(item.costs_from, notice.costs_from(day))
                items[item.id] = items[item.id]._replace(costs_from=allowed)
        for item in items.values():
            if item.debtor == debtor:
                items[item.id] = item._replace(debtor_last=day)
    return [
        (
            day,
            *key,
            frozenset(decision.item.id for decision in group),
            sum(decision.item.residual for decision in group),
            sum(decision.item.company_residual for decision in group),
        )
        for key, group in notices.items()
    ]


def comparable(notice: Notice) -> tuple[object, ...]:
    return (
        *notice[:4],
        notice.level.id,
        frozenset(notice.items),
        notice.amount,
        notice.company_amount,
    )


@given(pasts(), policies, periods)
def test_equals_a_run_on_every_day(
    histories: list[History], policy: Policy, period: Period
) -> None:
    found = [comparable(n) for n in replay(histories, {policy.id: policy}, period)]
    expected = run_every_day(histories, policy, period)
    assert len(found) == len(expected)
    assert set(found) == set(expected)


@given(pasts(), policies, periods)
def test_no_item_gets_a_level_twice(
    histories: list[History], policy: Policy, period: Period
) -> None:
    """Nor more notices than it has levels left, carried or not."""
    policy = policy._replace(credits=esc.SHOW)
    count: dict[int, int] = defaultdict(int)
    got = set()
    for notice in replay(histories, {policy.id: policy}, period):
        for item_id in notice.items:
            count[item_id] += 1
            if not policy.carry:
                assert (item_id, notice.level.number) not in got
                got.add((item_id, notice.level.number))
    for past in histories:
        left = [lv for lv in policy.levels if lv.number > past.item.last_level]
        assert count[past.item.id] <= len(left)


@given(pasts(), policies, periods)
def test_only_what_is_open_on_the_day_is_claimed(
    histories: list[History], policy: Policy, period: Period
) -> None:
    known = {past.item.id: past for past in histories}
    for notice in replay(histories, {policy.id: policy}, period):
        assert period.first <= notice.day <= period.last
        assert notice.day.weekday() in period.weekdays
        items = {number: past.item for number, past in known.items()}
        for item_id in notice.items:
            item = opened_by(notice.day, known[item_id], items)
            assert item is not None and item.residual != 0
            assert item.block is None


@given(pasts(), policies, st.integers(-30, 60), st.integers(1, 50))
def test_an_empty_period_gives_nothing(
    histories: list[History], policy: Policy, first: int, days: int
) -> None:
    period = Period(after(first), after(first - days))
    assert list(replay(histories, {policy.id: policy}, period)) == []
