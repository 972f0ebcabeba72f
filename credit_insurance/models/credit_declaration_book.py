from datetime import date
from typing import BinaryIO

from xlsxwriter import Workbook

from odoo import models
from odoo.tools import format_date

MONEY = "#,##0.00"
# Widths of the columns of the sheet of debtors.
WIDTHS = (16, 11, 11, 9, 34, 16, 16, 15, 15, 15, 12, 9)
# Its columns that are amounts.
AMOUNTS = {7: "turnover", 8: "overdue", 9: "beyond"}


class CreditDeclarationBook(models.Model):
    """A declaration as a workbook: debtors, countries, premium."""

    _inherit = "credit.declaration"

    def _write_xlsx(self, file: BinaryIO) -> None:
        book = Workbook(file, {"in_memory": True, "strings_to_formulas": False})
        styles = self._get_styles(book)
        sheets = [
            (self.env._("Declaration"), self._write_debtors),
            (self.env._("Countries"), self._write_countries),
            (self.env._("Premium"), self._write_premium),
        ]
        if self.kind == "year":
            sheets.insert(2, (self.env._("Differences"), self._write_differences))
        for name, write in sheets:
            sheet = book.add_worksheet(name[:31])
            sheet.set_paper(9)
            sheet.set_footer("&L&F&R&P / &N")
            sheet.fit_to_pages(1, 0)
            write(sheet, styles)
        book.close()

    def _get_styles(self, book) -> dict:
        head = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
        total = {"bold": True, "top": 1}
        return {
            "title": book.add_format({"bold": True, "font_size": 13}),
            "head": book.add_format(head),
            "right": book.add_format({**head, "align": "right"}),
            "money": book.add_format({"num_format": MONEY}),
            "day": book.add_format(
                {"num_format": "yyyy-mm-dd", "align": "left", "indent": 1}
            ),
            "total": book.add_format({**total, "num_format": MONEY}),
            "bold": book.add_format(total),
        }

    def _write_table(self, sheet, styles, headers, rows, amounts) -> None:
        """A head, rows, and the sums of the columns ``amounts``."""
        sheet.freeze_panes(1, 0)
        sheet.set_row(0, 32)
        sheet.repeat_rows(0)
        for column, label in enumerate(headers):
            is_amount = column in amounts
            sheet.write(0, column, label, styles["right" if is_amount else "head"])
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                style = "day" if isinstance(value, date) else "money"
                sheet.write(number, column, value, styles[style])
        last = len(rows) + 1
        for column in range(len(headers)):
            sheet.write_blank(last, column, None, styles["bold"])
        sheet.write(last, 0, self.env._("Together"), styles["bold"])
        for column, value in amounts.items():
            letter = chr(ord("A") + column)
            formula = f"=SUM({letter}2:{letter}{last})" if rows else "=0"
            sheet.write_formula(last, column, formula, styles["total"], value)

    def _write_debtors(self, sheet, styles) -> None:
        sheet.set_landscape()
        for column, width in enumerate(WIDTHS):
            sheet.set_column(column, column, width)
        rows = [line._get_cells(float) for line in self.line_ids]
        sums = {column: self[name] for column, name in AMOUNTS.items()}
        self._write_table(sheet, styles, self._get_headers(), rows, sums)

    def _write_countries(self, sheet, styles) -> None:
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 4, 16)
        rows = [
            [
                country.name or self.env._("No country"),
                len(lines),
                *(sum(lines.mapped(name)) for name in AMOUNTS.values()),
            ]
            for country, lines in self.line_ids.grouped("country_id").items()
        ]
        for row in rows:
            row[1] = str(row[1])
        headers = [
            self.env._("Country"),
            self.env._("Debtors"),
            self.env._("Turnover"),
            self.env._("Overdue"),
            self.env._("Past the extension period"),
        ]
        sums = {number: self[name] for number, name in enumerate(AMOUNTS.values(), 2)}
        self._write_table(sheet, styles, headers, rows, sums)

    def _write_differences(self, sheet, styles) -> None:
        """Where the ledger says something else than what was declared."""
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 5, 16)
        names = ("declared", "correction", "turnover", "ledger", "unsettled")
        lines = self.line_ids.filtered(lambda one: one.correction or one.unsettled)
        rows = [
            [line.profile_id.sudo().partner_id.name, *(line[name] for name in names)]
            for line in lines
        ]
        labels = self.line_ids.fields_get(names, attributes=["string"])
        titles = [labels[name]["string"] for name in names]
        headers = [self.env._("Debtor"), *titles]
        sums = {number: sum(lines.mapped(name)) for number, name in enumerate(names, 1)}
        self._write_table(sheet, styles, headers, rows, sums)

    def _write_premium(self, sheet, styles) -> None:
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 18)
        policy = self.policy_id.sudo()
        sheet.write(0, 0, self.env._("Policy %s", policy.number), styles["title"])
        days = (format_date(self.env, day) for day in (self.date_from, self.date_to))
        sheet.write(1, 0, " – ".join(days))
        sheet.write(1, 1, self.currency_id.name)
        labels = self.fields_get(attributes=["string"])
        for row, name in enumerate(self._get_premium_names(), 3):
            is_total = name == "premium_total"
            sheet.write(
                row, 0, labels[name]["string"], styles["bold"] if is_total else None
            )
            style = styles["total" if is_total else "money"]
            sheet.write(row, 1, self[name], style)

    def _get_premium_names(self) -> list[str]:
        """Minimum and advances are of the year only."""
        names = ["turnover", "premium_earned"]
        if self.kind == "year":
            names = ["declared", "correction", *names, "premium_due"]
            names += ["premium_advance", "premium_billed", "premium_balance"]
        return [*names, "premium_tax", "premium_total"]
