"""Rows of an insurer's list of decisions, as text cells by field.

Cells of a workbook that are numbers or dates come as such; text follows the format
that was agreed with the insurer. Problems name the field; wording is left to others.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

Cell = str | Decimal | date | None

AMOUNTS = ("amount", "requested")
DAYS = ("date_from", "date_to", "notice_date")
TEXTS = ("reference", "conditions", "buyer", "vat", "registry")
FLAGS = ("temporary",)
REQUIRED = ("amount", "date_from")
YES = {"1", "y", "yes", "true", "x", "j", "ja", "oui", "o", "t", "temporary"}
NO = {"", "0", "n", "no", "false", "nee", "non", "nein"}

MISSING, NO_AMOUNT, NEGATIVE, NO_DAY, NO_STATUS, NO_FLAG, DAYS_REVERSED = (
    "missing",
    "no_amount",
    "negative",
    "no_day",
    "no_status",
    "no_flag",
    "days_reversed",
)


class Format(NamedTuple):
    """How the insurer writes.

    :param day: as for ``strptime``
    :param decimal: the sign between units and cents, "," or "."
    :param statuses: his word, in lower case, to the status meant
    """

    day: str
    decimal: str
    statuses: Mapping[str, str]


class Problem(NamedTuple):
    """What is wrong with which field of a row."""

    field: str
    code: str
    text: str = ""


class Row(NamedTuple):
    """What a row says, without empty cells, and what is wrong with it."""

    values: dict[str, object]
    problems: list[Problem]


def read_row(cells: Mapping[str, Cell], form: Format) -> Row:
    """Read ``cells``; what can't be read stands among the problems."""
    values: dict[str, object] = {}
    problems = []
    for field, cell in cells.items():
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            continue
        try:
            values[field] = _read(field, cell, form)
        except ValueError as error:
            problems.append(Problem(field, str(error), str(cell)))
    last = values.get("date_to")
    if isinstance(last, date) and last.year == date.max.year:
        # Insurers write 31-12-9999 for "until further notice".
        del values["date_to"]
    wrong = {problem.field for problem in problems}
    for field in REQUIRED:
        if field not in values and field not in wrong:
            problems.append(Problem(field, MISSING))
    if values.get("temporary") and "date_to" not in values and "date_to" not in wrong:
        problems.append(Problem("date_to", MISSING))
    first, last = values.get("date_from"), values.get("date_to")
    if isinstance(first, date) and isinstance(last, date) and last < first:
        problems.append(Problem("date_to", DAYS_REVERSED, last.isoformat()))
    return Row(values, problems)


def _read(field: str, cell: Cell, form: Format) -> object:
    if field in AMOUNTS:
        return read_amount(cell, form.decimal)
    if field in DAYS:
        return read_day(cell, form.day)
    if field == "status":
        return read_status(str(cell), form.statuses)
    if field in FLAGS:
        return read_flag(str(cell))
    return str(cell).strip()


def read_amount(cell: Cell, decimal: str) -> Decimal:
    """An amount; blanks, apostrophes and the other sign separate thousands.

    :raises ValueError: it is none, or it is negative; with the code of the problem
    """
    if isinstance(cell, Decimal):
        amount = cell
    else:
        text = str(cell).strip()
        if not _is_grouped(text, decimal):
            raise ValueError(NO_AMOUNT)
        for sign in _get_separators(decimal):
            text = text.replace(sign, "")
        amount = Decimal(text.replace(decimal, "."))
    if not amount.is_finite():
        raise ValueError(NO_AMOUNT)
    if amount < 0:
        raise ValueError(NEGATIVE)
    return amount


def _get_separators(decimal: str) -> tuple[str, ...]:
    """What may stand between thousands."""
    return (" ", "\u00a0", "\u202f", "'", "." if decimal == "," else ",")


def _is_grouped(text: str, decimal: str) -> bool:
    """Whether signs stand where they separate thousands and cents.

    Written with the other signs "80,000" would become 80, "80.50" 8050 and "1,000.50"
    1.0005: a limit that the insurer never gave.
    """
    signs = "".join(map(re.escape, _get_separators(decimal)))
    units = rf"-?\d+|-?\d{{1,3}}(?:[{signs}]\d{{3}})+"
    return bool(re.fullmatch(rf"(?:{units})(?:{re.escape(decimal)}\d{{0,2}})?", text))


def read_day(cell: Cell, form: str) -> date:
    """A day in the agreed form, or as year-month-day.

    :raises ValueError: it is none; with the code of the problem
    """
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = str(cell).strip()
    for known in (form, "%Y-%m-%d"):
        try:
            return datetime.strptime(text, known).date()
        except ValueError:
            continue
    raise ValueError(NO_DAY)


def read_status(text: str, statuses: Mapping[str, str]) -> str:
    """The status that a word of the insurer means.

    :raises ValueError: nobody said what it means; with the code of the problem
    """
    try:
        return statuses[text.strip().casefold()]
    except KeyError:
        raise ValueError(NO_STATUS) from None


def read_flag(text: str) -> bool:
    """Yes or no.

    :raises ValueError: it is neither; with the code of the problem
    """
    word = text.strip().casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise ValueError(NO_FLAG)


def plain(text: str) -> str:
    """A number without blanks, dots and the like, to compare it by."""
    return "".join(sign for sign in text if sign.isalnum()).upper()
