"""The ageing as a workbook: debtors, items, parameters and the proof."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, BinaryIO, NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from odoo.tools import format_date, format_datetime
from odoo.tools.misc import get_lang

from odoo.addons.credit_control.core.ageing import BucketScheme, days_late
from odoo.addons.credit_control.core.money import ZERO, to_decimal

from .summary_sheet import Largest, SummarySheet
from .table_sheet import (
    DATE,
    DAYS,
    FOREIGN,
    HEADER_HEIGHT,
    LABEL,
    MONEY,
    SUM,
    TEXT,
    Column,
    Formats,
    TableSheets,
    Total,
    formula_sum,
    money_format,
    sheet_name,
)

OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
# Odoo's date directives (res.lang) in a spreadsheet's number format.
DATE_DIRECTIVES = {
    "%d": "dd",
    "%m": "mm",
    "%Y": "yyyy",
    "%y": "yy",
    "%b": "mmm",
    "%B": "mmmm",
    "%a": "ddd",
    "%A": "dddd",
    "%-d": "d",
    "%-m": "m",
}
DEBTOR_TEXTS = 5  # company, debtor, reference, tier, country
ITEM_CURRENCY = 9
OPEN_AMOUNT = 11  # the column of the sheet Items that holds it


class Proof(NamedTuple):
    """One company's ageing against its receivable accounts."""

    company: Any
    debtors: list[Total]
    balance: Total
    difference: Total


def spreadsheet_date_format(env) -> str:
    """How the language of ``env`` writes dates, as a number format."""
    pattern = get_lang(env).date_format
    for directive in sorted(DATE_DIRECTIVES, key=len, reverse=True):
        pattern = pattern.replace(directive, DATE_DIRECTIVES[directive])
    return pattern


def quoted(text: str) -> str:
    """``text`` as it stands between the quotes of a formula."""
    return text.replace('"', '""')


class AgeingWorkbook:
    """Writes one workbook; ``ageing`` is the model credit.ageing, which has
    checked access and runs the queries."""

    def __init__(
        self,
        ageing,
        file: str | BinaryIO,
        companies,
        as_of: date,
        scheme: BucketScheme,
        by: str,
        drafts: bool,
    ) -> None:
        self.ageing = ageing
        self.env = ageing.env
        self.companies = companies.sorted(
            lambda company: (company.sequence, company.id)
        )
        self.as_of = as_of
        self.scheme = scheme
        self.by = by
        self.drafts = drafts
        self.labels = self._bucket_labels()
        self.workbook = Workbook(file, OPTIONS)
        self.formats = Formats(self.workbook, spreadsheet_date_format(self.env))
        self.largest = Largest()
        self.money = {
            company.id: (company.name, money_format(company.currency_id))
            for company in self.companies
        }

    def write_workbook(self) -> None:
        with self.workbook:
            self.workbook.set_properties({"title": self._titles()[0]})
            # First in the book, written last: its formulas need the others' totals.
            summary = SummarySheet(self)
            debtors = self._write_debtors()
            items = self._write_items()
            self._write_movements()
            self._write_parameters(items)
            summary.write_summary(debtors)

    # Words

    def _titles(self) -> list[str]:
        as_of = format_date(self.env, self.as_of)
        companies = ", ".join(self.companies.mapped("name"))
        currencies = ", ".join(self.companies.currency_id.mapped("name"))
        return [
            self.env._("Ageing of receivables as of %(date)s", date=as_of),
            f"{companies} · {currencies}",
        ]

    def _bucket_labels(self) -> list[str]:
        return [
            self.ageing._bucket_label(low, high, self.by)
            for low, high in self.scheme.ranges()
        ]

    def _kinds(self) -> dict[str, str]:
        """What an item is, by the code of ``_item_rows``."""
        return {
            "out_invoice": self.env._("Invoice"),
            "out_refund": self.env._("Credit note"),
            "out_receipt": self.env._("Receipt"),
            "payment": self.env._("Payment"),
        }

    def _company_width(self) -> int:
        return min(45, 3 + max(map(len, self.companies.mapped("name"))))

    # Debtors

    def _write_debtors(self) -> TableSheets:
        extra = self._extra_columns()
        columns = self._debtor_columns(list(next(iter(extra.values()), {})))
        table = self._table(self.env._("Debtors"), columns)
        table.write_rows(self._debtor_values(extra))
        for sheet, last in zip(table.sheets, table.last_rows, strict=True):
            self._mark_overdue(sheet, table.first_row, last)
        self._write_control(table)
        return table

    def _mark_overdue(self, sheet: Worksheet, first: int, last: int) -> None:
        """What is in the two oldest buckets stands out."""
        style = self.formats.get(bg_color="#FCE4D6")
        oldest = max(self.total_column - 2, DEBTOR_TEXTS + 1)
        rule = {"type": "cell", "criteria": ">", "value": 0, "format": style}
        if last >= first:
            sheet.conditional_format(first, oldest, last, self.total_column - 1, rule)

    @property
    def total_column(self) -> int:
        return DEBTOR_TEXTS + self.scheme.size

    def _debtor_columns(self, extra: list[str]) -> list[Column]:
        last = self.total_column - 1
        return [
            Column(self.env._("Company"), self._company_width()),
            Column(self.env._("Debtor"), 34),
            Column(self.env._("Reference"), 12),
            Column(self.env._("Risk tier"), 10),
            Column(self.env._("Country"), 14),
            *(Column(label, 15, MONEY, total=True) for label in self.labels),
            Column(self.env._("Total"), 16, SUM, total=True, over=(DEBTOR_TEXTS, last)),
            Column(self.env._("Of which unallocated credits"), 18, MONEY, total=True),
            *(Column(label, 16, MONEY, total=True) for label in extra),
        ]

    def _extra_columns(self) -> dict[int, dict[str, dict[int, Decimal]]]:
        """{company id: {label: {partner id: amount}}}"""
        return {
            company.id: dict(self.ageing._extra_debtor_columns(company, self.as_of))
            for company in self.companies
        }

    def _debtor_values(self, extra: dict) -> Iterator[tuple[int, str, list[Any]]]:
        names = {company.id: company.name for company in self.companies}
        nobody = self.env._("Without partner")
        rows = self.ageing._debtor_rows(
            self.companies, self.as_of, self.scheme, self.by, self.drafts
        )
        for company_id, partner_id, name, ref, tier, country, credits, buckets in rows:
            name = name if partner_id else nobody
            more = [
                amounts.get(partner_id, ZERO) for amounts in extra[company_id].values()
            ]
            total = sum(map(to_decimal, buckets), ZERO)
            self.largest.add(company_id, name, total)
            values = [names[company_id], name, ref, tier, country]
            yield company_id, "", [*values, *buckets, total, credits, *more]

    # Items

    def _write_items(self) -> TableSheets:
        """Each debtor is a level of the outline, with a total of his own."""
        table = self._table(self.env._("Items"), self._item_columns())
        table.write_blocks(self._item_values(), (0, 1, 2), ITEM_CURRENCY)
        return table

    def _item_columns(self) -> list[Column]:
        return [
            Column(self.env._("Company"), self._company_width()),
            Column(self.env._("Debtor"), 34),
            Column(self.env._("Reference"), 12),
            Column(self.env._("Document"), 20),
            Column(self.env._("Kind"), 13),
            Column(self.env._("Date"), 12, DATE),
            Column(self.env._("Due date"), 12, DATE),
            Column(self.env._("Days late"), 9, DAYS),
            Column(self.env._("Bucket"), 14, LABEL),
            Column(self.env._("Currency"), 9, LABEL),
            Column(self.env._("Open in currency"), 17, FOREIGN),
            Column(self.env._("Open amount"), 17, MONEY, total=True),
        ]

    def _item_values(self) -> Iterator[tuple[Any, int, str, list[Any]]]:
        names = {company.id: company.name for company in self.companies}
        kinds, other = self._kinds(), self.env._("Entry")
        nobody = self.env._("Without partner")
        currencies = self._currencies()
        rows = self.ageing._item_rows(self.companies, self.as_of, self.by, self.drafts)
        for (
            company_id,
            partner_id,
            partner,
            ref,
            document,
            kind,
            day,
            due,
            counted,
            currency,
            amount,
            open_,
        ) in rows:
            late = days_late(counted, self.as_of)
            bucket = self.labels[self.scheme.bucket_for(late)]
            code, foreign = currencies[currency]
            texts = [
                names[company_id],
                partner or nobody,
                ref,
                document,
                kinds.get(kind, other),
            ]
            yield (
                (company_id, partner_id),
                company_id,
                foreign,
                [*texts, day, due, late, bucket, code, amount, open_],
            )

    def _currencies(self) -> dict[int, tuple[str, str]]:
        """{currency id: (code, number format)}; items may be in archived ones."""
        currencies = self.env["res.currency"].with_context(active_test=False).search([])
        return {one.id: (one.name, money_format(one)) for one in currencies}

    # Movements

    def _write_movements(self) -> None:
        table = self._table(
            self.env._("Movements"), self._movement_columns(), self._movement_titles()
        )
        table.write_rows(self._movement_values())

    @property
    def since(self) -> date:
        """The end of the month before."""
        return self.as_of.replace(day=1) - timedelta(1)

    def _movement_titles(self) -> list[str]:
        title = self.env._(
            "Movements from %(since)s to %(date)s",
            since=format_date(self.env, self.since),
            date=format_date(self.env, self.as_of),
        )
        return [title, self._titles()[1]]

    def _movement_columns(self) -> list[Column]:
        since, as_of = (
            self.env._("Open on %s", format_date(self.env, day))
            for day in (self.since, self.as_of)
        )
        return [
            Column(self.env._("Company"), self._company_width()),
            Column(self.env._("Debtor"), 34),
            Column(self.env._("Reference"), 12),
            Column(since, 16, MONEY, total=True),
            Column(self.env._("Invoices"), 16, MONEY, total=True),
            Column(self.env._("Credit notes"), 16, MONEY, total=True),
            Column(self.env._("Payments and other entries"), 16, MONEY, total=True),
            Column(as_of, 16, SUM, total=True, over=(3, 6)),
        ]

    def _movement_values(self) -> Iterator[tuple[int, str, list[Any]]]:
        names = {company.id: company.name for company in self.companies}
        nobody = self.env._("Without partner")
        rows = self.ageing._movement_rows(self.companies, self.since, self.as_of)
        for company_id, partner_id, name, ref, sums in rows:
            total = sum(map(to_decimal, sums), ZERO)
            name = name if partner_id else nobody
            yield company_id, "", [names[company_id], name, ref, *sums, total]

    # The proof: ageing against accounts

    def _write_control(self, table: TableSheets) -> None:
        """Below the debtors' totals: the receivable accounts, and what differs."""
        balances = self.ageing._ledger_balances(self.companies, self.as_of)
        self.proofs = [
            self._write_proof(table, company, balances[company.id])
            for company in self.companies
        ]

    def _write_proof(self, table: TableSheets, company, balance: Decimal) -> Proof:
        col = self.total_column
        totals = table.totals[company.id, col]
        total = sum((one.value for one in totals), ZERO)
        balance_cell = table.write_foot(
            company.id, col, self.env._("Balance of the receivable accounts"), balance
        )
        digits = company.currency_id.decimal_places
        formula = f"=ROUND({formula_sum(totals)}-{balance_cell},{digits})"
        difference_cell = table.write_foot(
            company.id, col, self.env._("Difference"), total - balance, formula
        )
        sheet = table.sheets[-1].name
        return Proof(
            company,
            totals,
            Total(sheet, balance_cell, balance),
            Total(sheet, difference_cell, total - balance),
        )

    # Parameters

    def _write_parameters(self, items: TableSheets) -> None:
        sheet = self.workbook.add_worksheet(sheet_name(self.env._("Parameters")))
        self._set_up_parameters(sheet)
        sheet.write_string(
            0, 0, self._titles()[0], self.formats.get(bold=True, font_size=14)
        )
        row = self._write_facts(sheet, 2)
        row = self._write_proofs(sheet, row + 1, items)
        self._write_notes(sheet, row + 1)

    def _set_up_parameters(self, sheet: Worksheet) -> None:
        sheet.set_column(0, 0, max(30, self._company_width()))
        sheet.set_column(1, 5, 22)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)

    def _write_facts(self, sheet: Worksheet, row: int) -> int:
        label = self.formats.get(bold=True)
        day = self.formats.get(num_format=self.formats.date_format, align="left")
        sheet.write_string(row, 0, self.env._("As of"), label)
        sheet.write_datetime(row, 1, self.as_of, day)
        for text, value in self._facts():
            row += 1
            sheet.write_string(row, 0, text, label)
            sheet.write_string(row, 1, value)
        return row + 1

    def _facts(self) -> list[tuple[str, str]]:
        return [
            (self.env._("Companies"), ", ".join(self.companies.mapped("name"))),
            (self.env._("Ageing by"), self._by_label()),
            (self.env._("Buckets, days late"), " | ".join(self.labels)),
            (self.env._("Entries"), self._entries_label()),
            (self.env._("Made by"), self.env.user.name),
            (self.env._("Made on"), format_datetime(self.env, self.env.cr.now())),
        ]

    def _by_label(self) -> str:
        return (
            self.env._("Due date") if self.by == "due" else self.env._("Invoice date")
        )

    def _entries_label(self) -> str:
        return self.env._("Posted and draft") if self.drafts else self.env._("Posted")

    def _write_proofs(self, sheet: Worksheet, row: int, items: TableSheets) -> int:
        labels = [
            self.env._("Control"),
            self.env._("Total of the sheet Debtors"),
            self.env._("Total of the sheet Items"),
            self.env._("Balance of the receivable accounts"),
            self.env._("Difference"),
            self.env._("Result"),
        ]
        sheet.set_row(row, HEADER_HEIGHT)
        for col, label in enumerate(labels):
            sheet.write_string(
                row, col, label, self.formats.header(MONEY if col else TEXT)
            )
        for proof in self.proofs:
            row += 1
            self._write_proof_line(
                sheet, row, proof, items.totals[proof.company.id, OPEN_AMOUNT]
            )
        return row + 1

    def _write_proof_line(
        self, sheet: Worksheet, row: int, proof: Proof, items: list[Total]
    ) -> None:
        money = self.formats.get(num_format=money_format(proof.company.currency_id))
        sheet.write_string(row, 0, proof.company.name)
        for col, totals in enumerate((proof.debtors, items, [proof.balance]), 1):
            value = sum((one.value for one in totals), ZERO)
            sheet.write_formula(row, col, f"={formula_sum(totals)}", money, value)
        difference = proof.difference
        sheet.write_formula(row, 4, f"={difference.reference}", money, difference.value)
        self._write_verdict(sheet, row, difference.value == 0)

    def _write_verdict(self, sheet: Worksheet, row: int, ties: bool) -> None:
        good, bad = self.env._("Ties"), self.env._("Does not tie")
        cells = f"E{row + 1}=0,ROUND(B{row + 1}-C{row + 1},4)=0"
        formula = f'=IF(AND({cells}),"{quoted(good)}","{quoted(bad)}")'
        style = self.formats.get(bold=True, align="right")
        sheet.write_formula(row, 5, formula, style, good if ties else bad)

    def _write_notes(self, sheet: Worksheet, row: int) -> None:
        notes = [
            self.env._(
                "Open is what was posted on receivable accounts up to the date, "
                "less what had been matched by then."
            ),
            self.env._(
                "Credit notes and unallocated payments stand, negative, in the bucket "
                "of their due date: the buckets of a debtor add up to the total. The "
                "column “Of which unallocated credits” repeats them."
            ),
            self.env._(
                "The balance of the receivable accounts is read from the accounts, "
                "independently of the items."
            ),
        ]
        for index, note in enumerate(notes):
            sheet.write_string(
                row + index, 0, note, self.formats.get(font_color="#595959")
            )

    def _table(
        self, name: str, columns: list[Column], titles: list[str] | None = None
    ) -> TableSheets:
        return TableSheets(
            self.workbook,
            self.formats,
            name,
            titles or self._titles(),
            columns,
            self.money,
            self.env._("Total"),
        )
