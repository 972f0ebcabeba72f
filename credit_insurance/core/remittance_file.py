"""What an agency's list of payments says: rows of text, made into amounts and days.

Agencies send what they have: other headings, other order, decimal commas. A column is
found by its heading, wherever the headings stand; what can't be read is told by row and
column, all of it at once. Rows are numbered as in a spreadsheet, empty ones included.
"""

import csv
import re
from io import StringIO
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

# Why a cell is refused.
EMPTY, NO_AMOUNT, NO_DAY, NEGATIVE = "empty", "no_amount", "no_day", "negative"
# The same payment as in the row that the fault names.
TWICE = "twice"

# What the headings of agencies in four languages mean.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "reference": (
        "file",
        "our reference",
        "your reference",
        "reference",
        "ref",
        "dossier",
        "uw kenmerk",
        "uw referentie",
        "kenmerk",
        "référence",
        "votre référence",
        "aktenzeichen",
        "ihr zeichen",
    ),
    "collected": (
        "collected",
        "amount",
        "amount collected",
        "geïncasseerd",
        "geind",
        "geïnd",
        "bedrag",
        "ontvangen",
        "encaissé",
        "montant",
        "montant encaissé",
        "eingezogen",
        "betrag",
    ),
    "fee": (
        "fee",
        "commission",
        "commissie",
        "provisie",
        "ereloon",
        "honoraires",
        "gebühr",
        "provision",
    ),
    "vat": ("vat", "btw", "tva", "mwst", "ust"),
    "date": ("date", "datum", "payment date", "betaaldatum", "date de paiement"),
}
REQUIRED = ("reference", "collected")
AMOUNTS = ("collected", "fee", "vat")
DAY_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y%m%d")


class Payment(NamedTuple):
    """One row; ``fee`` and ``vat`` are None where the agency says nothing of them."""

    row: int
    reference: str
    collected: Decimal
    fee: Decimal | None = None
    vat: Decimal | None = None
    day: date | None = None


class Fault(NamedTuple):
    """A cell that can't be read: row as in a spreadsheet, its heading, why, text."""

    row: int
    column: str
    code: str
    text: str


# Titles above the headings are looked past for so many rows.
TITLE_ROWS = 20


def read_csv(text: str) -> list[list[str]]:
    """The rows of a CSV file, whichever of ``; , tab |`` separates its columns."""
    separator = max(";,\t|", key=text[:2000].count)
    return list(csv.reader(StringIO(text, newline=""), delimiter=separator))


def find_headings(rows: Sequence[Sequence[str]]) -> int:
    """The number of the row with the headings: it knows most of what we need.

    Without any of it, the first that isn't empty.

    >>> find_headings([["List of May"], [], ["Our reference", "Amount"], ["1", "2"]])
    2
    """
    numbers = [n for n, row in enumerate(rows[:TITLE_ROWS]) if any(row)]
    return max(numbers, key=lambda n: len(match_columns(rows[n])), default=0)


def match_columns(headings: Sequence[str]) -> dict[str, int]:
    """{what we need: number of its column}, as far as headings are known."""
    wanted = [_plain(heading) for heading in headings]
    found = {}
    for name, words in HEADINGS.items():
        numbers = [wanted.index(word) for word in words if word in wanted]
        if numbers:
            found[name] = numbers[0]
    return found


def _plain(heading: str) -> str:
    return re.sub(r"[\s_.:*]+", " ", heading).strip().lower()


def parse_amount(text: str) -> Decimal:
    """An amount with a decimal point or comma, thousands separated or not.

    :raises ValueError: it is none, or can't be told

    >>> parse_amount("6.548,00"), parse_amount("1,234.5"), parse_amount("€ 12")
    (Decimal('6548.00'), Decimal('1234.5'), Decimal('12'))
    """
    plain = re.sub(r"[\s\u00a0\u202f'€$£]|EUR|USD|GBP", "", text)
    last = max(plain.rfind(","), plain.rfind("."))
    if last >= 0:
        mark, other = plain[last], "," if plain[last] == "." else "."
        if plain.count(mark) > 1 or (other not in plain and len(plain) - last == 4):
            # 1.234.567, or 1.234 alone: thousands, nobody pays a thousandth.
            plain = plain.replace(mark, "")
        else:
            plain = plain.replace(other, "").replace(mark, ".")
    try:
        amount = Decimal(plain)
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not amount.is_finite():
        raise ValueError(text)
    return amount


def parse_day(text: str) -> date:
    """:raises ValueError: it is no day"""
    for pattern in DAY_FORMATS:
        try:
            return datetime.strptime(text.strip()[:10], pattern).date()
        except ValueError:
            continue
    raise ValueError(text)


def parse(
    rows: Iterable[Sequence[str]],
    columns: Mapping[str, int],
    headings: Sequence[str],
    first: int = 2,
) -> tuple[list[Payment], list[Fault]]:
    """The payments in ``rows``, which follow the headings, and what is wrong.

    :param first: number of the first of these rows
    """
    payments, faults = [], []
    seen: dict[Payment, int] = {}
    for number, row in enumerate(rows, first):
        cells = {
            name: str(row[column]).strip() if column < len(row) else ""
            for name, column in columns.items()
        }
        if not any(cells.values()):
            continue
        wrong = [
            Fault(number, headings[columns[name]], code, cells[name])
            for name in columns
            if (code := _find_fault(name, cells[name]))
        ]
        if not wrong:
            payment = _to_payment(number, cells)
            before = seen.setdefault(payment._replace(row=0), number)
            if before == number:
                payments.append(payment)
            else:
                heading = headings[columns["reference"]]
                wrong = [Fault(number, heading, TWICE, str(before))]
        faults += wrong
    return payments, faults


def _find_fault(name: str, text: str) -> str | None:
    if not text:
        return EMPTY if name in REQUIRED else None
    try:
        if name == "date":
            parse_day(text)
        elif name in AMOUNTS and parse_amount(text) < 0:
            return NEGATIVE
    except ValueError:
        return NO_DAY if name == "date" else NO_AMOUNT
    return None


def _to_payment(number: int, cells: Mapping[str, str]) -> Payment:
    amounts = {
        name: parse_amount(cells[name]) for name in AMOUNTS if cells.get(name, "")
    }
    day = parse_day(cells["date"]) if cells.get("date") else None
    return Payment(number, cells["reference"], day=day, **amounts)
