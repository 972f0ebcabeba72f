from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.credit_insurance.core import remittance_file
from odoo.addons.credit_insurance.core.collection import (
    AFTER_LEVEL,
    SOLVENCY_DAYS,
    TOO_OLD,
    Facts,
    Fee,
    HandoffRule,
    Parts,
    allocate,
    choose_fee,
    fee_for,
    find_register,
    handoff_day,
    settle,
    still_counts,
    uncontested_accessories,
    uncontested_conditions,
)

NL = "costs_interest_principal"
ORDERS = [NL, "interest_principal_costs", "principal_interest_costs"]
CLAIM = Parts(D(875), D(300), D(10000))
money = st.decimals(0, 10**7, places=2)


def test_the_remittance_vector() -> None:
    fee = fee_for(D(8000), Fee(percent=D(15)))
    settled = settle(D(8000), CLAIM, NL, fee, D(21))
    assert settled.paid == Parts(D(875), D(300), D(6825))
    assert settled.open.total == D(3175)
    assert (settled.fee, settled.vat, settled.remitted) == (1200, 252, 6548)


@pytest.mark.parametrize(
    ("order", "amount", "paid"),
    [
        (NL, 500, (500, 0, 0)),
        (NL, 1000, (875, 125, 0)),
        ("interest_principal_costs", 500, (0, 300, 200)),
        ("interest_principal_costs", 10500, (200, 300, 10000)),
        ("principal_interest_costs", 10100, (0, 100, 10000)),
        (NL, 11175, (875, 300, 10000)),
        (NL, 0, (0, 0, 0)),
    ],
)
def test_orders_of_payment(order, amount, paid) -> None:
    assert allocate(D(amount), CLAIM, order) == Parts(*map(D, paid))


@pytest.mark.parametrize("amount", ["-0.01", "11175.01"])
def test_no_more_than_is_claimed_is_collected(amount) -> None:
    with pytest.raises(ValueError):
        allocate(D(amount), CLAIM, NL)


@given(money, money, money, st.sampled_from(ORDERS), st.integers(0, 100))
def test_parts_add_up_and_are_never_negative(a, b, c, order, share) -> None:
    claimed = Parts(a, b, c)
    amount = (claimed.total * share / 100).quantize(D("0.01"), "ROUND_DOWN")
    paid = allocate(amount, claimed, order)
    assert paid.total == amount
    assert all(D(0) <= part <= all_ for part, all_ in zip(paid, claimed, strict=True))
    assert paid.total + claimed.less(paid).total == claimed.total


@given(money, st.integers(0, 80), st.integers(0, 25))
def test_a_settlement_adds_up(amount, percent, vat) -> None:
    fee = fee_for(amount, Fee(percent=D(percent)))
    settled = settle(amount, Parts(principal=amount), NL, fee, D(vat))
    assert settled.remitted + settled.fee + settled.vat == amount
    assert min(settled.remitted, settled.fee, settled.vat) >= 0


def test_a_fee_above_what_came_in_is_refused() -> None:
    with pytest.raises(ValueError):
        settle(D(10), CLAIM, NL, D(9), D(21))
    assert settle(D(10), CLAIM, NL, D(9), D(21), withheld=False).remitted == 10


@pytest.mark.parametrize(
    ("collected", "line", "billed", "fee"),
    [
        (0, Fee(percent=D(15), minimum=D(40)), 0, 0),
        (0, Fee(flat=D(25), no_cure_no_pay=False), 0, 25),
        (0, Fee(flat=D(25), no_cure_no_pay=False), 25, 0),
        (100, Fee(percent=D(15), minimum=D(40)), 0, 40),
        (200, Fee(percent=D(15), minimum=D(40)), 40, 0),
        (400, Fee(percent=D(15), minimum=D(40)), 40, 20),
        (100, Fee(percent=D(10), flat=D(20)), 0, 30),
        ("33.33", Fee(percent=D("12.5")), 0, "4.17"),
        (100, None, 0, 0),
    ],
)
def test_fees(collected, line, billed, fee) -> None:
    assert fee_for(D(collected), line, D(billed)) == D(fee)


@given(st.lists(money, min_size=1, max_size=6))
def test_fees_of_instalments_are_that_of_the_sum(parts) -> None:
    line, billed, total = Fee(percent=D("12.5"), flat=D(10), minimum=D(40)), D(0), D(0)
    for part in parts:
        total += part
        billed += fee_for(total, line, billed)
    assert billed == fee_for(total, line)


@pytest.mark.parametrize(
    ("days", "claimed", "percent"),
    [(0, 100, 8), (89, 9999, 8), (90, 100, 12), (400, 100, 20), (90, 10000, 10)],
)
def test_the_line_of_a_price_list(days, claimed, percent) -> None:
    lines = [
        Fee(percent=D(8)),
        Fee(percent=D(12), from_days=90),
        Fee(percent=D(10), from_days=90, from_amount=D(10000)),
        Fee(percent=D(20), from_days=365),
    ]
    assert choose_fee(lines, days, D(claimed)).percent == percent


def test_no_line_reaches_so_low() -> None:
    assert choose_fee([Fee(from_amount=D(500))], 10, D(499)) is None


@pytest.mark.parametrize(
    ("sent", "latest", "found"),
    [
        (date(2025, 2, 10), 120, (date(2025, 3, 2), AFTER_LEVEL)),
        (date(2025, 3, 10), 120, (date(2025, 3, 24), AFTER_LEVEL)),
        (date(2025, 5, 10), 120, (date(2025, 5, 1), TOO_OLD)),
        (None, 120, (date(2025, 5, 1), TOO_OLD)),
        (None, 0, None),
    ],
)
def test_day_of_handoff(sent, latest, found) -> None:
    rule = HandoffRule(after_level=14, earliest=60, latest=latest)
    assert handoff_day(rule, date(2025, 1, 1), sent) == found


def test_accessories_of_an_uncontested_debt() -> None:
    assert uncontested_accessories(CLAIM) == 1000
    assert uncontested_accessories(Parts(D(5), D(5), D(1000))) == 10


OPEN = Facts(True, True, D(100), True, True, True, False, False)


def test_the_procedure_is_open_when_all_conditions_are_met() -> None:
    assert all(uncontested_conditions(OPEN).values())


@pytest.mark.parametrize(
    ("fact", "value", "condition", "met"),
    [
        ("undisputed", False, "undisputed", False),
        ("due", False, "due", False),
        ("principal", D(0), "due", False),
        ("registered", False, "registered", False),
        ("of_business", False, "business", False),
        ("of_business", None, "business", None),
        ("contractual", None, "contract", None),
        ("public", True, "private", False),
        ("public", None, "private", None),
        ("insolvent", True, "solvent", False),
        ("insolvent", None, "solvent", None),
    ],
)
def test_each_condition_by_itself(fact, value, condition, met) -> None:
    found = uncontested_conditions(OPEN._replace(**{fact: value}))
    assert {name: is_met for name, is_met in found.items() if not is_met} == {
        condition: met
    }


@pytest.mark.parametrize(
    ("days", "counts"), [(0, True), (SOLVENCY_DAYS, True), (SOLVENCY_DAYS + 1, False)]
)
def test_what_was_looked_up_counts_for_a_month(days, counts) -> None:
    as_of = date(2025, 6, 1)
    assert still_counts(as_of - timedelta(days), as_of) is counts


def test_what_was_looked_up_never_or_tomorrow() -> None:
    assert not still_counts(None, date(2025, 6, 1))
    assert not still_counts(date(2025, 6, 2), date(2025, 6, 1))


@pytest.mark.parametrize(
    ("country", "consumer", "person", "name"),
    [
        ("NL", True, True, "Wki"),
        ("NL", False, True, "Wki"),
        ("NL", False, False, None),
        ("BE", True, True, "FPS Economy"),
        ("BE", False, True, None),
        ("FR", True, True, None),
    ],
)
def test_where_collectors_are_registered(country, consumer, person, name) -> None:
    found = find_register(country, consumer=consumer, person=person)
    assert (found and found.name) == name


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("6548", "6548"),
        ("6.548,00", "6548.00"),
        ("6,548.00", "6548.00"),
        ("6 548,5", "6548.5"),
        ("1.234", "1234"),
        ("1.234.567", "1234567"),
        ("0,5", "0.5"),
        ("€ 12.30", "12.30"),
        ("-3,20", "-3.20"),
    ],
)
def test_amounts_as_agencies_write_them(text, amount) -> None:
    assert remittance_file.parse_amount(text) == D(amount)


@pytest.mark.parametrize("text", ["", "abc", "12a", "NaN", "inf", "1,2,3.4.5"])
def test_what_is_no_amount(text) -> None:
    with pytest.raises(ValueError):
        remittance_file.parse_amount(text)


@given(st.decimals(0, 10**9, places=2))
def test_an_amount_reads_the_same_with_point_and_comma(amount) -> None:
    plain, grouped = f"{amount:.2f}", f"{amount:,.2f}"
    comma = grouped.translate(str.maketrans(",.", ".,"))
    for text in (plain, grouped, comma, plain.replace(".", ",")):
        assert remittance_file.parse_amount(text) == amount


def test_faults_are_told_by_row_and_column() -> None:
    rows = remittance_file.read_csv(
        "Uw kenmerk;Bedrag;Commissie;Datum\n"
        "COL/1;8.000,00;1.200,00;15/02/2025\n"
        ";12;;\n"
        "COL/2;veel;;32/13/2025\n"
        ";;;\n"
        "COL/3;-5;;\n"
    )
    columns = remittance_file.match_columns(rows[0])
    assert columns == {"reference": 0, "collected": 1, "fee": 2, "date": 3}
    payments, faults = remittance_file.parse(rows[1:], columns, rows[0])
    assert payments == [
        remittance_file.Payment(2, "COL/1", D(8000), D(1200), day=date(2025, 2, 15))
    ]
    assert faults == [
        (3, "Uw kenmerk", "empty", ""),
        (4, "Bedrag", "no_amount", "veel"),
        (4, "Datum", "no_day", "32/13/2025"),
        (6, "Bedrag", "negative", "-5"),
    ]


def test_headings_below_a_title() -> None:
    rows = remittance_file.read_csv(
        "Afrekening mei;;\n;;\nUw kenmerk;Bedrag;Datum\n\nCOL/1;1,00;01/05/2025\n"
    )
    number = remittance_file.find_headings(rows)
    assert number == 2
    headings = rows[number]
    columns = remittance_file.match_columns(headings)
    payments, faults = remittance_file.parse(
        rows[number + 1 :], columns, headings, number + 2
    )
    assert not faults
    # As the spreadsheet numbers it: the empty row counts.
    assert [payment.row for payment in payments] == [5]


def test_without_known_headings_the_first_row_has_them() -> None:
    assert remittance_file.find_headings([[], ["Zaak", "Som"], ["1", "2"]]) == 1
    assert remittance_file.find_headings([]) == 0


def test_the_same_payment_twice() -> None:
    rows = [["COL/1", "5", "2025-05-01"]] * 2 + [["COL/1", "5,00", "01-05-2025"]]
    columns = {"reference": 0, "collected": 1, "date": 2}
    payments, faults = remittance_file.parse(rows, columns, ["File", "Amount", "Date"])
    assert [payment.row for payment in payments] == [2]
    assert faults == [(3, "File", "twice", "2"), (4, "File", "twice", "2")]


def test_a_cell_of_two_lines_is_one_row() -> None:
    rows = remittance_file.read_csv('File;Amount;Note\nCOL/1;5;"a\nb"\nCOL/2;6;\n')
    assert [row[0] for row in rows] == ["File", "COL/1", "COL/2"]
