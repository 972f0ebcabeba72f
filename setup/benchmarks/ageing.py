"""The ageing workbook on the ledger of ledger.py, run in `odoo shell`.

Prints one JSON object per sheet. Its floor is a bare loop: the sheet's own query and
xlsxwriter, which writes as many cells of the same kinds.
"""

import sys
from bisect import bisect_left
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from measure import fresh, peak_mib, peer, report, timed
from xlsxwriter import Workbook

from odoo.addons.credit_control_report.report.ageing_workbook import (
    OPTIONS,
    AgeingWorkbook,
)

DAY = date(2025, 6, 16)
ROUNDS = 3

company = env.company  # noqa: F821
ageing = env["credit.ageing"]  # noqa: F821
scheme = env.ref("credit_control_report.scheme_default")._buckets()  # noqa: F821
folder = TemporaryDirectory()
path = str(Path(folder.name) / "ageing.xlsx")


def ours(write):
    """The workbook with the one sheet that ``write`` makes."""
    book = AgeingWorkbook(ageing, path, company, DAY, scheme, "due", False)
    with book.workbook:
        write(book)


def query(rows):
    """The SQL that ``rows`` would stream."""
    with patch.object(type(ageing), "_stream", lambda _self, sql: sql):
        return rows()


def floor_debtors(sheet, day, money):
    rows = env.execute_query(  # noqa: F821
        query(lambda: ageing._debtor_rows(company, DAY, scheme, "due", False))
    )
    agreed = ageing._get_agreed_amounts(company, DAY)
    more = {partner: amounts for partner, *amounts in agreed}
    for row, values in enumerate(rows, start=1):
        _company, partner, name, ref, tier, country, credits, buckets = values
        for col, text in enumerate((company.name, name, ref, tier, country)):
            if text:
                sheet.write_string(row, col, text)
        for col, amount in enumerate(buckets, start=5):
            sheet.write_number(row, col, amount, money)
        col = 5 + len(buckets)
        formula = f"=SUM(F{row + 1}:K{row + 1})"
        sheet.write_formula(row, col, formula, money, sum(buckets))
        for amount in (credits, *more.get(partner, (0, 0, 0))):
            col += 1
            sheet.write_number(row, col, amount, money)
    return len(rows)


def floor_items(sheet, day, money):
    labels = [f"{low}–{high} days" for low, high in scheme.ranges()]
    rows = env.execute_query(query(lambda: ageing._item_rows(company, DAY)))  # noqa: F821
    row, before, first = 0, None, 1
    for values in [*rows, None]:
        if before and (values is None or values[1] != before[1]):
            row += 1
            for col in range(12):
                sheet.write_blank(row, col, None, day)
            for col, text in enumerate((company.name, *before[2:4])):
                if text:
                    sheet.write_string(row, col, text)
            formula = f"=SUBTOTAL(109,L{first + 1}:L{row})"
            sheet.write_formula(row, 11, formula, money, 0)
            first = row + 1
        if values is None:
            break
        row += 1
        sheet.set_row(row, None, None, {"level": 1})
        write_item(sheet, row, values, labels, day, money)
        before = values
    return len(rows)


def write_item(sheet, row, values, labels, day, money):
    _company, _partner, name, ref, document, kind, dated, _maturity = values[:8]
    due, _currency, amount, open_ = values[8:]
    for col, text in enumerate((company.name, name, ref, document, kind)):
        if text:
            sheet.write_string(row, col, text)
    late = (DAY - due).days
    sheet.write_datetime(row, 5, dated, day)
    sheet.write_datetime(row, 6, due, day)
    sheet.write_number(row, 7, late)
    sheet.write_string(row, 8, labels[bisect_left(scheme.bounds, late)])
    sheet.write_string(row, 9, "USD")
    sheet.write_number(row, 10, amount, money)
    sheet.write_number(row, 11, open_, money)


def floor(write):
    with Workbook(path, OPTIONS) as workbook:
        day = workbook.add_format({"num_format": "dd/mm/yyyy"})
        money = workbook.add_format({"num_format": "#,##0.00"})
        return write(workbook.add_worksheet(), day, money)


def best(work, *arguments):
    """The fastest of some rounds and what it returned."""
    fresh(env)  # noqa: F821
    return min(
        (timed(lambda: work(*arguments)) for _ in range(ROUNDS)),
        key=lambda result: result[0],
    )


SHEETS = {
    "ageing_debtors": (AgeingWorkbook._write_debtors, floor_debtors),
    "ageing_items": (AgeingWorkbook._write_items, floor_items),
}
known = peer() or {}
# Before the floors, which hold all rows at once.
seconds = {name: best(ours, write)[0] for name, (write, _floor) in SHEETS.items()}
peak = peak_mib()
for name, (_write, bare) in SHEETS.items():
    least, rows = best(floor, bare)
    report(name, rows, seconds[name], least, peak, known.get(name))
    sys.stdout.flush()
folder.cleanup()
