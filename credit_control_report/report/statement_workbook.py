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
    formula_sum,
    money_format,
)

TOTAL = 10  # the column of amounts


class StatementWorkbook:
    """Writes one ``statement`` (see credit.profile), in its own language."""

    def __init__(self, statement, file: str | BinaryIO) -> None:
        self.statement = statement
        self.env = statement.profile.env
        self.workbook = Workbook(file, OPTIONS)
        self.formats = Formats(self.workbook, spreadsheet_date_format(self.env))
        self.currency = statement.company_id.currency_id
        self.money = {
            section.currency.id: self._get_money(section.currency)
            for section in statement.sections
        }

    def _get_money(self, currency) -> tuple[str, str]:
        return currency.name, money_format(currency)

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
            self._write_control(table)

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
                table.write_foot(section.currency.id, TOTAL, label, to_decimal(amount))

    def _write_control(self, table: TableSheets) -> None:
        """At the very end, in the company's currency: the receivable accounts, and
        what differs."""
        group = self.currency.id
        # Only now: a currency without a line of its own has no total either.
        self.money.setdefault(group, self._get_money(self.currency))
        balance = to_decimal(self.statement.balance)
        ledger = to_decimal(self.statement.ledger)
        shown = self._find_total(table) or table.write_foot(
            group, TOTAL, self.env._("All currencies"), balance
        )
        label = self.env._("Balance of the receivable accounts")
        cell = table.write_foot(group, TOTAL, label, ledger)
        formula = f"=ROUND({shown}-{cell},{self.currency.decimal_places})"
        table.write_foot(
            group, TOTAL, self.env._("Difference"), balance - ledger, formula
        )

    def _find_total(self, table: TableSheets) -> str:
        """The total itself, where the company's currency is the only one."""
        if [section.currency for section in self.statement.sections] != [self.currency]:
            return ""
        return formula_sum(table.totals[self.currency.id, TOTAL])
