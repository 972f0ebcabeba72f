"""Tables in a workbook that is written as a stream.

With xlsxwriter's ``constant_memory`` a cell is on disk as soon as the next row
starts, so everything here goes strictly downwards: title, header, rows, totals.
A table that outgrows a sheet goes on in a further one with totals of its own.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from odoo.addons.credit_control.core.money import ZERO, to_decimal

MAX_ROWS = 1_048_576
FORBIDDEN_IN_NAMES = str.maketrans("[]:*?/\\", "       ", "'")

TEXT = "text"
DATE = "date"
DAYS = "days"
LABEL = "label"  # a short text, centered
MONEY = "money"  # in the currency of the row's group
FOREIGN = "foreign"  # in a currency of the row's own
SUM = "sum"  # money: a formula over the columns named in Column.over

# The number format of centered kinds; a date's is the language's own.
CENTERED = {DATE: None, DAYS: "0", LABEL: "@"}
ZERO_AS_DASH = ';"–"'
HEADER_HEIGHT = 45


def sheet_name(name: str, suffix: str = "") -> str:
    """``name`` as a spreadsheet allows it: 31 characters, none of ``[]:*?/\\'``."""
    return name.translate(FORBIDDEN_IN_NAMES)[: 31 - len(suffix)] + suffix


def money_format(currency) -> str:
    """The number format of a currency: its symbol, place and decimals."""
    number = (
        "#,##0" + "." * bool(currency.decimal_places) + "0" * currency.decimal_places
    )
    symbol = "[$" + (currency.symbol or currency.name).replace("]", "") + "]"
    before = currency.position == "before"
    positive = f"{symbol} {number}" if before else f"{number} {symbol}"
    return f"{positive};[Red]-{positive}"


class Column(NamedTuple):
    """``over``: first and last column that a SUM column adds up."""

    label: str
    width: int
    kind: str = TEXT
    total: bool = False
    over: tuple[int, int] | None = None


class Total(NamedTuple):
    """Where the total of one group and column stands, and its value."""

    sheet: str
    cell: str
    value: Decimal

    @property
    def reference(self) -> str:
        """The cell as a formula on another sheet names it."""
        return f"'{self.sheet}'!{self.cell}"


def formula_sum(totals: list[Total]) -> str:
    return "+".join(total.reference for total in totals) or "0"


class Formats:
    """The workbook's cell formats, each made once."""

    HEADER = {"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1}

    def __init__(self, workbook: Workbook, date_format: str) -> None:
        self._workbook = workbook
        self._made: dict[Any, Format] = {}
        self.date_format = date_format

    def get(self, **properties: Any) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format(properties)
        return self._made[key]

    def of_kind(self, kind: str, money: str, foreign: str) -> Format | None:
        """The format of a column; ``money`` and ``foreign`` are number formats."""
        if kind == TEXT:
            return None
        if kind in CENTERED:
            return self.get(
                num_format=CENTERED[kind] or self.date_format, align="center"
            )
        number = foreign if kind == FOREIGN else money
        return self.get(num_format=number + ZERO_AS_DASH)

    def header(self, kind: str) -> Format:
        align = "left" if kind == TEXT else "center" if kind in CENTERED else "right"
        return self.get(bg_color="#D9E2EC", align=align, **self.HEADER)


class TableSheets:
    """One table, on as many sheets as its rows need.

    Groups (companies) stand one below the other; ``money`` gives each group's
    number format and label, ``{group: (label, number format)}``.
    """

    def __init__(
        self,
        workbook: Workbook,
        formats: Formats,
        name: str,
        titles: Sequence[str],
        columns: Sequence[Column],
        money: dict[Any, tuple[str, str]],
        total_label: str,
        max_rows: int = MAX_ROWS,
    ) -> None:
        self.workbook = workbook
        self.formats = formats
        self.name = name
        self.titles = titles
        self.columns = columns
        self.total_columns = [col for col, column in enumerate(columns) if column.total]
        self.money = money
        self.total_label = total_label
        # Below: an empty row, so that the filter does not swallow the totals,
        # per group a total and what the caller puts beneath it.
        self.last_row = max_rows - 4 * len(money) - 2
        # Columns that blocks repeat in their total, and one that only rows fill.
        self.block_columns: Sequence[int] = ()
        self.row_column: int | None = None
        self.totals: dict[tuple[Any, int], list[Total]] = defaultdict(list)
        self.sheets: list[Worksheet] = []
        self.last_rows: list[int] = []
        self._row_formats: dict[tuple[Any, str], list[Format | None]] = {}
        self._begin()

    def write_rows(self, rows: Iterable[tuple[Any, str, Sequence[Any]]]) -> None:
        """All ``(group, number format of FOREIGN columns, values)`` and totals."""
        for group, foreign, values in rows:
            if self._row > self.last_row:
                self._end()
                self._begin()
            self._write_row(group, foreign, values)
        self._end()

    def write_blocks(
        self,
        rows: Iterable[tuple[Any, Any, str, Sequence[Any]]],
        block_columns: Sequence[int],
        row_column: int,
    ) -> None:
        """All ``(block, group, number format of FOREIGN columns, values)``, a level
        of the outline for each block, which ends with its own total.

        :param block_columns: what the total of a block repeats of its rows
        :param row_column: a column that no row leaves empty: it tells rows from totals
        """
        self.block_columns, self.row_column = block_columns, row_column
        current = None
        for block, group, foreign, values in rows:
            full = self._row >= self.last_row
            if self._block_rows and (full or block != current):
                self._end_block()
            if full:
                self._end()
                self._begin()
            current = block
            self._begin_outlined_row()
            self._write_row(group, foreign, values)
            self._block_rows.append((group, values))
        self._end_block()
        self._end()

    # One sheet: begin, rows, end

    def _begin(self) -> None:
        self.sheet = self.workbook.add_worksheet(self._sheet_name())
        self.sheets.append(self.sheet)
        self._block_rows: list[tuple[Any, Sequence[Any]]] = []
        self._sums: dict[Any, list[Decimal]] = {}
        self._set_up()
        self._write_titles()
        self._row = self.first_row = len(self.titles) + 2
        self._writers = [self._writer(column) for column in self.columns]

    def _sheet_name(self) -> str:
        number = f" ({len(self.sheets) + 1})" if self.sheets else ""
        return sheet_name(self.name, number)

    def _set_up(self) -> None:
        header = len(self.titles) + 1
        for index, column in enumerate(self.columns):
            self.sheet.set_column(index, index, column.width)
        self.sheet.freeze_panes(header + 1, 2)
        self.sheet.set_landscape()
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self.sheet.repeat_rows(header)
        self.sheet.set_footer("&L&A&R&P / &N")

    def _write_titles(self) -> None:
        sizes = [{"bold": True, "font_size": 14}]
        for row, title in enumerate(self.titles):
            style = sizes[row] if row < len(sizes) else {"font_color": "#595959"}
            self.sheet.write_string(row, 0, title, self.formats.get(**style))
        header = len(self.titles) + 1
        self.sheet.set_row(header, HEADER_HEIGHT)
        for index, column in enumerate(self.columns):
            style = self.formats.header(column.kind)
            self.sheet.write_string(header, index, column.label, style)

    def _writer(self, column: Column) -> Callable[..., Any]:
        if column.over:
            first, last = map(xl_col_to_name, column.over)
            write = self.sheet.write_formula
            return lambda row, col, value, style: write(
                row, col, f"=SUM({first}{row + 1}:{last}{row + 1})", style, value
            )
        if column.kind in (TEXT, LABEL):
            return self.sheet.write_string
        if column.kind == DATE:
            return self.sheet.write_datetime
        return self.sheet.write_number

    def _write_row(self, group: Any, foreign: str, values: Sequence[Any]) -> None:
        row = self._row
        cells = zip(
            self._writers, values, self._formats_of(group, foreign), strict=True
        )
        for col, (write, value, style) in enumerate(cells):
            if value is not None and value != "":
                write(row, col, value, style)
        self._add_up(group, values)
        self._row = row + 1

    def _add_up(self, group: Any, values: Sequence[Any]) -> None:
        sums = self._sums.get(group)
        if sums is None:
            sums = self._sums[group] = [ZERO] * len(self.columns)
        for col in self.total_columns:
            sums[col] += to_decimal(values[col])

    def _formats_of(self, group: Any, foreign: str) -> list[Format | None]:
        made = self._row_formats.get((group, foreign))
        if made is None:
            money = self.money[group][1]
            made = self._row_formats[group, foreign] = [
                self.formats.of_kind(column.kind, money, foreign)
                for column in self.columns
            ]
        return made

    # Blocks

    def _begin_outlined_row(self) -> None:
        """One level down. What is on disk already is forgotten: the writer would keep
        the level of each row to the end."""
        self.sheet.set_row(self._row, None, None, {"level": 1})
        for kept in (self.sheet.set_rows, self.sheet.row_sizes):
            kept.pop(self._row - 2, None)

    def _end_block(self) -> None:
        if not self._block_rows:
            return
        group, values = self._block_rows[-1]
        first, last = self._row - len(self._block_rows) + 1, self._row
        text = self.formats.get(bold=True, bottom=4)
        for col in range(len(self.columns)):
            self.sheet.write_blank(self._row, col, None, text)
        for col in self.block_columns:
            if values[col]:
                self.sheet.write_string(self._row, col, values[col], text)
        style = self.formats.get(num_format=self.money[group][1], bold=True, bottom=4)
        for col in self.total_columns:
            name = xl_col_to_name(col)
            total = sum(
                (to_decimal(one[col]) for _group, one in self._block_rows), ZERO
            )
            formula = f"=SUBTOTAL(109,{name}{first}:{name}{last})"
            self.sheet.write_formula(self._row, col, formula, style, total)
        self._row += 1
        self._block_rows = []

    # Totals

    def _end(self) -> None:
        last = self._row - 1
        width = len(self.columns) - 1
        header = self.first_row - 1
        self.sheet.autofilter(header, 0, max(last, self.first_row), width)
        self.last_rows.append(last)
        for group in self.money:
            self._row += 1
            self._write_total(group, max(last, self.first_row))
        self._row += 1

    def _write_total(self, group: Any, last: int) -> None:
        text = self.formats.get(bold=True, top=1)
        for col in range(len(self.columns)):
            self.sheet.write_blank(self._row, col, None, text)
        self.sheet.write_string(self._row, 0, self.money[group][0], text)
        self.sheet.write_string(self._row, 1, self.total_label, text)
        for col in self.total_columns:
            self._write_total_cell(group, col, last)

    def _write_total_cell(self, group: Any, col: int, last: int) -> None:
        value = self._sums.get(group, {col: ZERO})[col]
        style = self.formats.get(num_format=self.money[group][1], bold=True, top=1)
        formula = self._total_formula(col, last)
        self.sheet.write_formula(self._row, col, formula, style, value)
        cell = xl_rowcol_to_cell(self._row, col)
        self.totals[group, col].append(Total(self.sheet.name, cell, value))

    def _total_formula(self, col: int, last: int) -> str:
        """One group: what the filter shows. Several: the group's own rows,
        wherever a sort has put them (SUMIF would read "*" and "<" in a name
        as operators)."""
        name = xl_col_to_name(col)
        first, last = self.first_row + 1, last + 1
        if len(self.money) == 1:
            return f"=SUBTOTAL(109,{name}{first}:{name}{last})"
        groups = f"($A${first}:$A${last}=$A{self._row + 1})"
        if self.row_column is not None:
            rows = xl_col_to_name(self.row_column)
            groups += f'*(${rows}${first}:${rows}${last}<>"")'
        return f"=SUMPRODUCT({groups}*{name}{first}:{name}{last})"

    def write_foot(
        self, group: Any, col: int, label: str, value: Decimal, formula: str = ""
    ) -> str:
        """One more line of ``group`` below the last totals; returns its cell."""
        money = self.formats.get(num_format=self.money[group][1])
        self.sheet.write_string(self._row, 0, self.money[group][0])
        self.sheet.write_string(self._row, 1, label)
        if formula:
            self.sheet.write_formula(self._row, col, formula, money, value)
        else:
            self.sheet.write_number(self._row, col, value, money)
        self._row += 1
        return xl_rowcol_to_cell(self._row - 1, col)
