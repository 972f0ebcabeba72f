"""Escalation goes up one level at a time, never back, never twice."""

import doctest
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_control.core import escalation as esc
from odoo.addons.credit_control.core.escalation import (
    Decision,
    Item,
    Level,
    Policy,
    decide,
    plan,
)

DUE_DATE = date(2013, 6, 30)


def level(
    number: int, days: int, min_days: int = 7, min_amount: Decimal = Decimal(0)
) -> Level:
    return Level(
        id=100 + number,
        number=number,
        days=days,
        min_days=min_days,
        min_amount=min_amount,
    )


FRIENDLY, FIRST, SECOND, LAST = LEVELS = (
    level(1, -5, 0),
    level(2, 7),
    level(3, 18),
    level(4, 30),
)
POLICY = Policy(id=1, tolerance=Decimal("5"), levels=LEVELS)


def item(**values: object) -> Item:
    fields: dict[str, object] = {
        "id": 1,
        "debtor": 1,
        "policy": POLICY.id,
        "currency": 1,
        "due": DUE_DATE,
        "residual": Decimal(100),
        "company_residual": Decimal(100),
    }
    return Item(**(fields | values))  # type: ignore[arg-type]


def after(days: int) -> date:
    return DUE_DATE + timedelta(days=days)


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(esc).failed == 0


NEVER: dict[str, object] = {}
GOT_1 = {"last_level": 1, "last_date": after(-5)}
GOT_1_LATE = {"last_level": 1, "last_date": after(0)}
GOT_2 = {"last_level": 2, "last_date": after(7)}
GOT_2_LATE = {"last_level": 2, "last_date": after(40)}
GOT_4 = {"last_level": 4, "last_date": after(30)}


@pytest.mark.parametrize(
    ("days", "history", "code", "reached", "day"),
    [
        # nothing sent yet
        (-6, NEVER, esc.NOT_YET, FRIENDLY, -5),
        (-5, NEVER, esc.DUE, FRIENDLY, -5),
        (0, NEVER, esc.DUE, FRIENDLY, -5),
        (1, NEVER, esc.NOT_YET, FIRST, 7),  # the friendly level's time is over
        (7, NEVER, esc.DUE, FIRST, 7),
        (400, NEVER, esc.DUE, FIRST, 7),  # never skipped, however late
        # the friendly reminder was sent
        (-4, GOT_1, esc.NOT_YET, FIRST, 7),
        (7, GOT_1, esc.DUE, FIRST, 7),
        (6, GOT_1_LATE, esc.NOT_YET, FIRST, 7),
        # the first reminder was sent on time, or late
        (7, GOT_2, esc.NOT_YET, SECOND, 18),
        (17, GOT_2, esc.NOT_YET, SECOND, 18),
        (18, GOT_2, esc.DUE, SECOND, 18),
        (41, GOT_2_LATE, esc.NOT_YET, SECOND, 47),  # 7 days since the last one
        (46, GOT_2_LATE, esc.NOT_YET, SECOND, 47),
        (47, GOT_2_LATE, esc.DUE, SECOND, 47),
        # the last one was sent
        (31, GOT_4, esc.LAST_LEVEL, None, None),
        (900, GOT_4, esc.LAST_LEVEL, None, None),
    ],
)
def test_the_level_an_item_gets(
    days: int,
    history: dict[str, object],
    code: str,
    reached: Level | None,
    day: int | None,
) -> None:
    open_item = item(**history)
    expected = open_item, code, reached, None if day is None else after(day)
    assert decide(open_item, POLICY, after(days))[:4] == expected


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"residual": Decimal(0), "company_residual": Decimal(0)}, esc.SETTLED),
        ({"residual": Decimal(-1), "company_residual": Decimal(-1)}, esc.CREDIT),
        ({"company_residual": Decimal("5.00")}, esc.TOLERANCE),
        ({"company_residual": Decimal("5.01")}, esc.DUE),
        ({"block": esc.MANUAL_BLOCK}, esc.MANUAL_BLOCK),
        ({"block": esc.NO_FOLLOWUP, "residual": Decimal(-1)}, esc.CREDIT),
        ({"block": esc.PAYMENT_BLOCKED, **GOT_4}, esc.PAYMENT_BLOCKED),
        ({"block": esc.PAYMENT_BLOCKED, "policy": None}, esc.NO_POLICY),
        ({"policy": None}, esc.NO_POLICY),
        ({"policy": 77}, esc.NO_POLICY),
    ],
)
def test_why_an_item_is_left_alone(values: dict[str, object], code: str) -> None:
    (decision,) = plan([item(**values)], {POLICY.id: POLICY}, after(10))
    assert decision.code == code


def test_a_block_still_tells_which_level_would_have_come() -> None:
    blocked = item(block=esc.MANUAL_BLOCK)
    decision = decide(blocked, POLICY, after(10))
    assert decision[:4] == (blocked, esc.MANUAL_BLOCK, FIRST, after(7))


def test_a_second_level_before_the_due_date_never_comes_after_it() -> None:
    """Its waiting time ends after the due date, when it makes no sense."""
    policy = Policy(2, Decimal(0), (level(1, -20, 0), level(2, -10, 30), level(3, 7)))
    nudged = item(last_level=1, last_date=after(-20))
    decision = decide(nudged, policy, after(-15))
    assert (decision.code, decision.level, decision.day) == (
        esc.NOT_YET,
        policy.levels[2],
        after(7),
    )


@pytest.mark.parametrize(
    ("amounts", "code"),
    [(("99.99",), esc.BELOW_MINIMUM), (("60", "40"), esc.DUE), (("100",), esc.DUE)],
)
def test_the_minimum_is_of_all_items_together(
    amounts: tuple[str, ...], code: str
) -> None:
    policy = Policy(1, Decimal(0), (level(1, 7, min_amount=Decimal(100)),))
    items = [
        item(id=number, residual=Decimal(text), company_residual=Decimal(text))
        for number, text in enumerate(amounts)
    ]
    codes = {decision.code for decision in plan(items, {1: policy}, after(10))}
    assert codes == {code}


@pytest.mark.parametrize(
    "other",
    [
        {"debtor": 2},
        {"currency": 2},
        {"last_level": 1, "last_date": after(8)},  # waits for another level
        {"block": esc.MANUAL_BLOCK},
        {"residual": Decimal(-60), "company_residual": Decimal(-60)},
        {"due": after(10)},  # not due yet
    ],
)
def test_nothing_else_counts_towards_the_minimum(other: dict[str, object]) -> None:
    policy = Policy(1, Decimal(0), (level(1, 7, min_amount=Decimal(100)), level(2, 30)))
    sixty = {"residual": Decimal(60), "company_residual": Decimal(60)}
    first, _second = plan(
        [item(**sixty), item(**(sixty | other), id=2)], {1: policy}, after(10)
    )
    assert first.code == esc.BELOW_MINIMUM


# --- what a policy may say ------------------------------------------------------


def said(*items: Item, as_of: date, **rules: object) -> list[Decision]:
    policy = POLICY._replace(**rules)  # type: ignore[arg-type]
    return plan(items, {policy.id: policy}, as_of)


def numbers(decisions: list[Decision]) -> list[int | None]:
    return [
        d.level.number if d.code == esc.DUE and d.level else None for d in decisions
    ]


def test_days_counted_from_the_end_of_the_month() -> None:
    levels = (level(1, 10)._replace(base=esc.FROM_MONTH_END),)
    (decision,) = said(item(due=date(2024, 2, 3)), as_of=DUE_DATE, levels=levels)
    assert (decision.day, decision.rule) == (date(2024, 3, 10), esc.FROM_MONTH_END)


def test_days_counted_from_the_last_notice() -> None:
    levels = (level(1, 7), level(2, 20, 0)._replace(base=esc.FROM_NOTICE))
    noted = item(last_level=1, last_date=after(9))
    (decision,) = said(noted, as_of=after(10), levels=levels)
    assert (decision.day, decision.rule) == (after(29), esc.FROM_NOTICE)


def test_skipping_goes_to_the_highest_level_reached() -> None:
    assert numbers(said(item(), as_of=after(19), skip=True)) == [3]
    assert numbers(said(item(**GOT_2), as_of=after(31), skip=True)) == [4]
    assert numbers(said(item(), as_of=after(8), skip=True)) == [2]


@pytest.mark.parametrize(
    ("values", "day", "rule"),
    [
        ({"grace": 4, **GOT_2_LATE}, 51, esc.MIN_DAYS),
        ({"debtor_last": after(40)}, 45, esc.INTERVAL),
        ({"debtor_last": after(2)}, 7, esc.FROM_DUE),
    ],
)
def test_which_rule_sets_the_day(
    values: dict[str, object], day: int, rule: str
) -> None:
    (decision,) = said(item(**values), as_of=after(41), interval=5)
    assert (decision.day, decision.rule) == (after(day), rule)


def test_below_the_minimum_an_item_falls_to_a_level_it_did_not_have() -> None:
    levels = (*LEVELS[:3], level(4, 30, min_amount=Decimal(150)))
    fresh, known = item(), item(id=2, debtor=2, **GOT_2)
    known = known._replace(last_level=3, last_date=after(18))
    decisions = said(fresh, known, as_of=after(31), levels=levels, skip=True)
    assert numbers(decisions) == [3, None]
    assert decisions[1].code == esc.BELOW_MINIMUM


def test_a_share_is_of_all_that_the_debtor_has_open() -> None:
    levels = (level(1, 7)._replace(min_share=Decimal("0.5")),)
    later = item(id=2, due=after(90))
    assert numbers(said(item(), later, as_of=after(7), levels=levels)) == [1, None]
    dearer = later._replace(company_residual=Decimal("100.01"))
    assert numbers(said(item(), dearer, as_of=after(7), levels=levels)) == [None, None]


def credit(amount: int, **values: object) -> Item:
    figures = {"residual": Decimal(-amount), "company_residual": Decimal(-amount)}
    return item(**({"id": 9} | figures | values))


@pytest.mark.parametrize(
    ("money", "codes"),
    [
        (99, [esc.DUE, esc.DUE]),
        (100, [esc.UNMATCHED, esc.DUE]),
        (199, [esc.UNMATCHED, esc.DUE]),
        (200, [esc.UNMATCHED, esc.UNMATCHED]),
    ],
)
def test_money_is_laid_against_the_oldest_first(money: int, codes: list[str]) -> None:
    young, old = item(id=1, due=after(1)), item(id=2)
    decisions = said(young, old, credit(money), as_of=after(10), credits=esc.HOLD)
    assert [decisions[1].code, decisions[0].code] == codes
    assert decisions[2].code == esc.CREDIT


def test_netted_money_stands_on_the_highest_notice() -> None:
    old = item(id=2, **GOT_2)
    decisions = said(item(), old, credit(50), as_of=after(18), credits=esc.NET)
    assert numbers(decisions) == [2, 3, None]
    assert decisions[2].code == esc.NETTED
    assert decisions[2].group == decisions[1].group
    covered = said(item(), credit(95), as_of=after(18), credits=esc.NET)
    assert [d.code for d in covered] == [esc.UNMATCHED, esc.CREDIT]


def test_the_highest_level_carries_what_is_overdue() -> None:
    old, young = item(id=1, **GOT_2), item(id=2, due=after(5))
    coming, foreign = item(id=3, due=after(20)), item(id=4, currency=2)
    decisions = said(old, young, coming, foreign, as_of=after(18), carry=True)
    assert numbers(decisions) == [3, 2, 1, 2]
    assert decisions[0].group == decisions[1].group
    assert len({decision.group for decision in decisions}) == 3


def test_no_dunning() -> None:
    assert said(item(), as_of=after(90), never=True)[0].code == esc.NO_DUNNING


# --- properties ---------------------------------------------------------------

amounts = st.integers(1, 10**7).map(lambda n: Decimal(n).scaleb(-2))


@st.composite
def policies(draw: st.DrawFn, min_amounts: bool = False) -> Policy:
    """Levels ascending by number; their days in any order, as users type them."""
    numbers = sorted(draw(st.sets(st.integers(1, 9), min_size=1, max_size=5)))
    return Policy(
        id=1,
        tolerance=draw(st.sampled_from([Decimal(0), Decimal(5), Decimal(1000)])),
        levels=tuple(
            level(
                number,
                draw(st.integers(-20, 60)),
                draw(st.integers(1, 20)),
                draw(amounts) if min_amounts else Decimal(0),
            )
            for number in numbers
        ),
    )


@st.composite
def open_items(draw: st.DrawFn) -> Item:
    """Any open item, also a credit or a blocked one, with any history."""
    residual = draw(amounts) * draw(st.sampled_from([1, 1, 1, 0, -1]))
    due = DUE_DATE + timedelta(days=draw(st.integers(-60, 60)))
    last_level = draw(st.integers(0, 9))
    last_date = due + timedelta(days=draw(st.integers(-30, 60)))
    return item(
        id=draw(st.integers(1, 10**6)),
        debtor=draw(st.integers(1, 3)),
        currency=draw(st.integers(1, 2)),
        policy=draw(st.sampled_from([1, 1, 1, None])),
        due=due,
        residual=residual,
        company_residual=residual * draw(st.sampled_from([1, 2])),
        last_level=last_level,
        last_date=last_date if last_level else None,
        block=draw(st.sampled_from([None, None, esc.MANUAL_BLOCK, esc.NO_FOLLOWUP])),
    )


#: Nothing but the calendar and its history decides on these.
claims = open_items().map(
    lambda found: found._replace(
        policy=1, residual=Decimal(5000), company_residual=Decimal(5000), block=None
    )
)
days = st.integers(-90, 150).map(after)


def noticed(decision: Decision, as_of: date) -> Item:
    """The item once what was decided has been done."""
    if decision.code != esc.DUE:
        return decision.item
    assert decision.level is not None
    return decision.item._replace(last_level=decision.level.number, last_date=as_of)


@given(open_items(), policies(), days)
def test_a_level_is_above_the_last_one_and_reached(
    open_item: Item, policy: Policy, as_of: date
) -> None:
    decision = decide(open_item, policy, as_of)
    if decision.code != esc.DUE:
        return
    assert decision.level is not None and decision.day is not None
    assert decision.level.number > open_item.last_level
    assert decision.day <= as_of
    assert as_of >= open_item.due + timedelta(days=decision.level.days)
    if open_item.last_date:
        assert (as_of - open_item.last_date).days >= decision.level.min_days
    assert open_item.residual > 0
    assert open_item.company_residual > policy.tolerance
    assert open_item.block is None


@given(st.lists(open_items(), max_size=12), policies(min_amounts=True), days)
def test_running_again_on_the_same_day_gives_nothing(
    items: list[Item], policy: Policy, as_of: date
) -> None:
    first = plan(items, {1: policy}, as_of)
    again = plan([noticed(decision, as_of) for decision in first], {1: policy}, as_of)
    assert [decision for decision in again if decision.code == esc.DUE] == []


@given(policies(), st.lists(st.integers(0, 12), max_size=60), st.integers(-30, 30))
def test_an_unpaid_item_climbs_every_level_once(
    policy: Policy, gaps: list[int], start: int
) -> None:
    """Runs on any days: ascending, spaced, and only early levels left out."""
    open_item = item(residual=Decimal(5000), company_residual=Decimal(5000))
    as_of = after(start)
    got: list[tuple[Level, date]] = []
    for gap in gaps:
        as_of += timedelta(days=gap)
        decision = decide(open_item, policy, as_of)
        if decision.code == esc.DUE and decision.level is not None:
            got.append((decision.level, as_of))
        open_item = noticed(decision, as_of)
    numbers = [level.number for level, _day in got]
    assert numbers == sorted(set(numbers))
    for (_previous, earlier), (reached, later) in zip(got, got[1:], strict=False):
        assert (later - earlier).days >= reached.min_days
    missed = [
        level
        for level in policy.levels
        if level.number < max(numbers, default=0) and level.number not in numbers
    ]
    assert all(level.days < 0 for level in missed)


@given(claims, policies(), days, st.integers(0, 90))
def test_time_never_lowers_the_next_level(
    open_item: Item, policy: Policy, as_of: date, later: int
) -> None:
    now = decide(open_item, policy, as_of)
    then = decide(open_item, policy, as_of + timedelta(days=later))
    if now.level and then.level:
        assert then.level.number >= now.level.number
        if now.code == esc.DUE and now.level.days >= 0:
            assert (then.code, then.level) == (esc.DUE, now.level)


@given(claims, policies(), days)
def test_not_yet_names_the_very_day(
    open_item: Item, policy: Policy, as_of: date
) -> None:
    decision = decide(open_item, policy, as_of)
    if decision.code != esc.NOT_YET:
        return
    assert decision.day is not None and decision.day > as_of
    on_the_day = decide(open_item, policy, decision.day)
    assert (on_the_day.code, on_the_day.level) == (esc.DUE, decision.level)
    eve = decide(open_item, policy, decision.day - timedelta(days=1))
    assert eve.code == esc.NOT_YET


@given(st.lists(open_items(), max_size=15), policies(min_amounts=True), days)
def test_every_item_gets_one_decision_and_groups_meet_the_minimum(
    items: list[Item], policy: Policy, as_of: date
) -> None:
    decisions = plan(items, {1: policy}, as_of)
    assert [decision.item for decision in decisions] == items
    groups: dict[tuple[int, int, Level], list[Decision]] = defaultdict(list)
    for decision in decisions:
        if decision.code in (esc.DUE, esc.BELOW_MINIMUM):
            assert decision.level is not None
            key = (decision.item.debtor, decision.item.currency, decision.level)
            groups[key].append(decision)
    for (_debtor, _currency, reached), group in groups.items():
        total = sum(decision.item.company_residual for decision in group)
        enough = total >= reached.min_amount
        assert {decision.code for decision in group} == {
            esc.DUE if enough else esc.BELOW_MINIMUM
        }


@given(
    st.lists(open_items(), max_size=12, unique_by=lambda i: i.id),
    policies(min_amounts=True),
    days,
    st.randoms(use_true_random=False),
)
def test_the_order_of_the_items_is_of_no_account(
    items: list[Item], policy: Policy, as_of: date, random: Random
) -> None:
    shuffled = list(items)
    random.shuffle(shuffled)
    assert sorted(plan(shuffled, {1: policy}, as_of), key=lambda d: d.item.id) == (
        sorted(plan(items, {1: policy}, as_of), key=lambda d: d.item.id)
    )


@given(st.lists(open_items(), max_size=12), policies(), days)
def test_a_debtor_is_judged_without_regard_to_the_others(
    items: list[Item], policy: Policy, as_of: date
) -> None:
    together = plan(items, {1: policy}, as_of)
    for debtor in (1, 2, 3):
        alone = plan([i for i in items if i.debtor == debtor], {1: policy}, as_of)
        assert alone == [d for d in together if d.item.debtor == debtor]


# -- the law's calendar ----------------------------------------------------------

COSTLY = (FRIENDLY, FIRST, SECOND._replace(costs=True), LAST._replace(costs=True))


@pytest.mark.parametrize(
    ("costs_from", "days", "code", "reached", "day", "rule"),
    [
        (None, 18, esc.DUE, 3, 18, esc.FROM_DUE),
        (after(10), 18, esc.DUE, 3, 18, esc.FROM_DUE),
        (after(25), 18, esc.NOT_YET, 3, 25, esc.FIRST_NOTICE),
        (after(25), 25, esc.DUE, 3, 25, esc.FIRST_NOTICE),
        (esc.NEVER, 400, esc.NOT_YET, 3, None, esc.FIRST_NOTICE),
    ],
)
def test_costs_wait_for_the_law(
    costs_from: date | None,
    days: int,
    code: str,
    reached: int,
    day: int | None,
    rule: str,
) -> None:
    decision = decide(
        item(last_level=2, last_date=after(7), costs_from=costs_from),
        POLICY._replace(levels=COSTLY),
        after(days),
    )
    assert decision.level is not None
    assert (decision.code, decision.level.number, decision.day, decision.rule) == (
        code,
        reached,
        esc.NEVER if day is None else after(day),
        rule,
    )


def test_old_items_skip_to_a_level_without_costs() -> None:
    policy = POLICY._replace(levels=COSTLY, skip=True)
    decision = decide(item(costs_from=esc.NEVER), policy, after(100))
    assert (decision.code, decision.level) == (esc.DUE, FIRST)
