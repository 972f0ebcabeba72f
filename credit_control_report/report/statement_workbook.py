"""A debtor's statement of account as a workbook."""

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from xlsxwriter import Workbook

from odoo.tools import format_date

from odoo.addons.credit_control.core.money import to_decimal

from .ageing_workbook import OPTIONS, spreadsheet_date_format
from .table_sheet import (
    DATE,
    DAYS,
    LABEL,
    MONEY,
    Column,
    Formats,
    TableSheets,
    money_format,
)


class StatementWorkbook:
    """Writes one ``statement`` (see credit.profile), in its own language."""

    def __init__(self, statement, file: str | BinaryIO) -> None:
        self.statement = statement
        self.env = statement.profile.env
        self.workbook = Workbook(file, OPTIONS)
        self.formats = Formats(self.workbook, spreadsheet_date_format(self.env))
        self.money = {
            section.currency.id: (
                section.currency.name,
                money_format(section.currency),
            )
            for section in statement.sections
        }

    def write_workbook(self) -> None:
        with self.workbook:
            titles = self._titles()
            self.workbook.set_properties({"title": titles[0]})
            table = TableSheets(
                self.workbook,
                self.formats,
                titles[0],
                titles,
                self._columns(),
                self.money,
                self.env._("Balance"),
            )
            table.write_rows(self._rows())
            self._write_ageing(table)

    def _titles(self) -> list[str]:
        statement = self.statement
        title = self.env._("Statement of account")
        as_of = format_date(self.env, statement.as_of)
        if statement.is_movements:
            since = format_date(self.env, statement.since)
            period = self.env._("%(since)s to %(as_of)s", since=since, as_of=as_of)
        else:
            period = self.env._("Open items as of %s", as_of)
        name = statement.partner_id.name or statement.partner_id.display_name
        return [title, f"{name} · {statement.company_id.name}", period]

    def _columns(self) -> list[Column]:
        say = self.env._
        amount = say("Amount") if self.statement.is_movements else say("Open amount")
        return [
            Column(say("Currency"), 10, LABEL),
            Column(say("Document"), 24),
            Column(say("Kind"), 16),
            Column(say("Date"), 12, DATE),
            Column(say("Due date"), 12, DATE),
            Column(say("Days late"), 8, DAYS),
            Column(say("Reference"), 22),
            Column(say("For"), 24),
            Column(say("Remark"), 28),
            Column(say("Original amount"), 16, MONEY),
            Column(amount, 16, MONEY, total=True),
            Column(say("Running balance"), 16, MONEY),
        ]

    def _rows(self) -> Iterator[tuple[Any, str, Sequence[Any]]]:
        for section in self.statement.sections:
            name, money = self.money[section.currency.id]
            if self.statement.is_movements:
                opening = to_decimal(section.opening)
                words = self.env._("Opening balance")
                row = [name, words, *[None] * 8, opening, opening]
                yield section.currency.id, money, row
            for line in section.lines:
                yield section.currency.id, money, self._cells(name, line)

    def _cells(self, currency: str, line) -> list[Any]:
        return [
            currency,
            line.document or line.kind,
            line.kind,
            line.date,
            line.due,
            line.days_late or None,
            line.reference,
            line.whose,
            line.note,
            to_decimal(line.original),
            to_decimal(line.amount),
            to_decimal(line.balance),
        ]

    def _write_ageing(self, table: TableSheets) -> None:
        for section in self.statement.sections:
            for label, amount in section.ageing:
                table.write_foot(section.currency.id, 10, label, to_decimal(amount))
