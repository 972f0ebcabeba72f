"""The first sheet: what is open by bucket, how it went, who owes most; with charts."""

from collections import defaultdict
from decimal import Decimal
from heapq import heappush, heappushpop
from itertools import count
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from odoo.addons.credit_control.core.money import ZERO

from .table_sheet import (
    MONEY,
    TEXT,
    TableSheets,
    formula_sum,
    money_format,
    sheet_name,
)

LARGEST = 10
TREND_MONTHS = 12
CHART_ROWS = 16
CHART = {"width": 620, "height": 300}
COLOURS = ["#5B9BD5", "#A9D18E", "#FFD966", "#F4B183", "#E06666", "#A61C00"]


class Largest:
    """The largest debtors of each company, of a stream of all."""

    def __init__(self) -> None:
        self._found: dict[Any, list] = defaultdict(list)
        self._turn = count()  # between equal amounts; names need not be comparable

    def add(self, group: Any, name: str, amount: Decimal) -> None:
        entry = (amount, -next(self._turn), name)
        heap = self._found[group]
        if len(heap) < LARGEST:
            heappush(heap, entry)
        else:
            heappushpop(heap, entry)

    def of(self, group: Any) -> list[tuple[str, Decimal]]:
        """(name, amount), the largest first; only who owes something."""
        entries = sorted(self._found[group], reverse=True)
        return [(name, amount) for amount, _turn, name in entries if amount > 0]


class SummarySheet:
    """Made first, written last; ``book`` is the AgeingWorkbook."""

    def __init__(self, book) -> None:
        self.book = book
        self.env = book.env
        self.formats = book.formats
        self.sheet = book.workbook.add_worksheet(sheet_name(self.env._("Summary")))

    def write_summary(self, debtors: TableSheets) -> None:
        self._set_up()
        for row, title in enumerate(self.book._titles()):
            style = (
                {"font_color": "#595959"} if row else {"bold": True, "font_size": 14}
            )
            self.sheet.write_string(row, 0, title, self.formats.get(**style))
        row = 3
        for company in self.book.companies:
            row = self._write_buckets(row, company, debtors)
            row = self._write_largest(row, company)
            row = self._write_trend(row, company)

    def _set_up(self) -> None:
        self.sheet.hide_gridlines(2)
        self.sheet.set_column(0, 0, 34)
        self.sheet.set_column(1, 7, 15)
        self.sheet.set_portrait()
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self.sheet.set_footer("&L&A&R&P / &N")

    def _write_header(self, row: int, labels: list[str]) -> None:
        self.sheet.set_row(row, 24)
        for col, label in enumerate(labels):
            style = self.formats.header(MONEY if col else TEXT)
            self.sheet.write_string(row, col, label, style)

    def _money(self, company, **style: Any):
        return self.formats.get(num_format=money_format(company.currency_id), **style)

    # By bucket

    def _write_buckets(self, row: int, company, debtors: TableSheets) -> int:
        """One line per bucket with its share, the total, and a chart beside it."""
        self._write_header(row, [company.name, self.env._("Open"), self.env._("Share")])
        first = row + 1
        total_row = first + self.book.scheme.size
        total = sum(
            (one.value for one in debtors.totals[company.id, self.book.total_column]),
            ZERO,
        )
        for index, label in enumerate(self.book.labels):
            totals = debtors.totals[
                company.id, self.book.total_column - len(self.book.labels) + index
            ]
            value = sum((one.value for one in totals), ZERO)
            row = first + index
            self.sheet.write_string(row, 0, label)
            self.sheet.write_formula(
                row, 1, f"={formula_sum(totals)}", self._money(company), value
            )
            self._write_share(row, total_row, value, total)
        self._write_total(total_row, first, company, total)
        chart = self._chart("column", self.env._("Open by days late"), company)
        self._add_series(chart, first, total_row - 1, 1, "", COLOURS[0])
        chart.set_legend({"none": True})
        self.sheet.insert_chart(total_row + 2, 0, chart)
        return total_row + 2 + CHART_ROWS

    def _write_share(self, row: int, total_row: int, value, total) -> None:
        cell, whole = (xl_rowcol_to_cell(one, 1) for one in (row, total_row))
        percent = self.formats.get(num_format="0.0%")
        share = float(value / total) if total else ""
        formula = f'=IF({whole}=0,"",{cell}/{whole})'
        self.sheet.write_formula(row, 2, formula, percent, share)

    def _write_total(self, row: int, first: int, company, total) -> None:
        cells = f"{xl_rowcol_to_cell(first, 1)}:{xl_rowcol_to_cell(row - 1, 1)}"
        self.sheet.write_string(
            row, 0, self.env._("Total"), self.formats.get(bold=True, top=1)
        )
        style = self._money(company, bold=True, top=1)
        self.sheet.write_formula(row, 1, f"=SUM({cells})", style, total)

    # Largest debtors

    def _write_largest(self, row: int, company) -> int:
        largest = self.book.largest.of(company.id)
        if not largest:
            return row
        self._write_header(row, [self.env._("Largest debtors"), self.env._("Open")])
        first = row + 1
        for row, (name, amount) in enumerate(largest, first):
            self.sheet.write_string(row, 0, name)
            self.sheet.write_number(row, 1, amount, self._money(company))
        self.sheet.conditional_format(
            first, 1, row, 1, {"type": "data_bar", "bar_color": "#9DC3E6"}
        )
        return row + 3

    # Trend

    def _write_trend(self, row: int, company) -> int:
        """The month-ends that are recorded, a column per bucket, stacked in a chart."""
        labels, months = self._get_trend(company)
        if len(months) < 2:
            return row
        self._write_header(row, [self.env._("Month-end"), *labels])
        first = row + 1
        day = self.formats.get(num_format=self.formats.date_format, align="left")
        for row, (month, amounts) in enumerate(months.items(), first):
            self.sheet.write_datetime(row, 0, month, day)
            for col, amount in enumerate(amounts, 1):
                self.sheet.write_number(row, col, amount, self._money(company))
        chart = self._chart(
            "column", self.env._("Open at month-ends"), company, subtype="stacked"
        )
        for col, label in enumerate(labels, 1):
            self._add_series(chart, first, row, col, label, COLOURS[col - 1])
        chart.set_x_axis(
            {"text_axis": True, "num_format": "mmm yyyy", "label_position": "low"}
        )
        chart.set_legend({"position": "bottom"})
        self.sheet.insert_chart(row + 2, 0, chart)
        return row + 2 + CHART_ROWS

    def _get_trend(self, company) -> tuple[list[str], dict[Any, list[float]]]:
        """Labels of the buckets; {month-end: amounts}, of the year up to the date."""
        snapshots = self.env["credit.snapshot"]
        codes = dict(snapshots._fields["bucket"]._description_selection(self.env))
        months: dict[Any, list[float]] = defaultdict(lambda: [0.0] * len(codes))
        domain = [("company_id", "=", company.id), ("date", "<=", self.book.as_of)]
        for day, bucket, amount in snapshots._read_group(
            domain, ["date:day", "bucket"], ["amount:sum"], order="date:day"
        ):
            months[day][list(codes).index(bucket)] = amount
        return list(codes.values()), dict(list(months.items())[-TREND_MONTHS:])

    # Charts

    def _chart(self, kind: str, title: str, company, **options: Any):
        chart = self.book.workbook.add_chart({"type": kind, **options})
        chart.set_title({"name": title, "name_font": {"size": 11}})
        chart.set_size(CHART)
        number = "#,##0"
        chart.set_y_axis(
            {
                "num_format": number,
                "name": company.currency_id.name,
                "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}},
            }
        )
        # Below the axis, also of columns that go down.
        chart.set_x_axis({"label_position": "low"})
        return chart

    def _add_series(
        self, chart, first: int, last: int, col: int, label: str, colour: str
    ) -> None:
        name = self.sheet.name
        chart.add_series(
            {
                "name": label,
                "categories": [name, first, 0, last, 0],
                "values": [name, first, col, last, col],
                "fill": {"color": colour},
                "gap": 60,
            }
        )
