from base64 import b64decode
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from datetime import date, datetime
from io import BytesIO
from typing import NamedTuple

from openpyxl import load_workbook

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..core import remittance_file

# A statement with more rows than this is something else.
MOST_ROWS = 20_000
SHOWN = 20
TARGETS = [
    ("reference", "File or our reference"),
    ("collected", "Collected"),
    ("fee", "Fee"),
    ("vat", "VAT on the fee"),
    ("date", "Collected on"),
]


class Table(NamedTuple):
    """A list: its headings, the rows below, and the number of the first of them."""

    headings: list[str]
    rows: list[list[str]]
    first: int


class CreditCollectionImport(models.TransientModel):
    """The list of payments of an agency, with what each of its columns means."""

    _name = "credit.collection.import"
    _description = "Import of a Remittance"

    remittance_id = fields.Many2one(
        "credit.collection.remittance", required=True, readonly=True
    )
    data = fields.Binary(string="List (CSV or XLSX)", required=True, attachment=False)
    file_name = fields.Char()
    column_ids = fields.One2many("credit.collection.import.column", "import_id")

    @api.onchange("data")
    def _onchange_data(self):
        """Show the columns of the list, and what they seem to be."""
        self.column_ids = [Command.clear()]
        if not self.data:
            return
        table = self._read()
        known = {
            number: name
            for name, number in remittance_file.match_columns(table.headings).items()
        }
        # What was chosen for this agency before goes before what headings seem to be.
        kept = self.remittance_id.agency_id.sudo().import_headings or {}
        sample = table.rows[0]
        self.column_ids = [
            Command.create(
                {
                    "number": number,
                    "heading": heading,
                    "sample": sample[number] if number < len(sample) else "",
                    "target": kept.get(heading, known.get(number)) or False,
                }
            )
            for number, heading in enumerate(table.headings)
            if heading
        ]

    # -- read ------------------------------------------------------------------

    def _read(self) -> Table:
        """What the file holds, as text.

        :raises UserError: it can't be read, or holds nothing
        """
        content = b64decode(self.data)
        if content[:2] == b"PK":
            sheets = self._read_xlsx(content)
        else:
            sheets = [remittance_file.read_csv(self._decode(content))]
        # The payments need not be in the first sheet.
        table = max(map(_find_table, sheets), key=_count_known, default=None)
        if not table or not any(map(any, table.rows)):
            raise UserError(
                self.env._(
                    "The list holds no payments: headings come first, then rows."
                )
            )
        if len(table.rows) > MOST_ROWS:
            raise UserError(
                self.env._("The list has more than %s rows: split it.", MOST_ROWS)
            )
        return table

    def _decode(self, content: bytes) -> str:
        utf16 = content[:2] in (BOM_UTF16_LE, BOM_UTF16_BE)
        for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "cp1252"):
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError:
                continue
            if "\0" not in text:
                return text
        raise UserError(
            self.env._("The list is neither CSV nor XLSX: save it as one of them.")
        )

    def _read_xlsx(self, content: bytes) -> list[list[list[str]]]:
        try:
            book = load_workbook(BytesIO(content), read_only=True, data_only=True)
            return [
                [
                    [_to_text(cell) for cell in row]
                    for row in sheet.iter_rows(max_row=MOST_ROWS + 22, values_only=True)
                ]
                for sheet in book.worksheets
            ]
        except Exception as error:  # what openpyxl meets in a broken file is endless
            raise UserError(self.env._("The list is no XLSX file.")) from error

    # -- import ----------------------------------------------------------------

    def action_import(self):
        """Add what the list says to the remittance, all of it or nothing."""
        self.ensure_one()
        table = self._read()
        if not self.column_ids:
            self._onchange_data()
        payments, faults = remittance_file.parse(
            table.rows, self._get_columns(), table.headings, table.first
        )
        files, unknown = self._find_files(payments, table.headings)
        words = [(fault.row, self._word_fault(fault)) for fault in faults] + unknown
        if words:
            raise UserError(self._word_refusal([word for _row, word in sorted(words)]))
        self._add(payments, files)
        self.remittance_id.agency_id.sudo().import_headings = {
            column.heading: column.target or "" for column in self.column_ids
        }
        return True

    def _get_columns(self) -> dict[str, int]:
        columns = {}
        for column in self.column_ids.filtered("target"):
            if column.target in columns:
                raise UserError(
                    self.env._('Two columns are meant to be "%s".', column._get_label())
                )
            columns[column.target] = column.number
        labels = dict(
            self.column_ids._fields["target"]._description_selection(self.env)
        )
        for name in remittance_file.REQUIRED:
            if name not in columns:
                raise UserError(self.env._('Say which column is "%s".', labels[name]))
        return columns

    def _find_files(self, payments, headings) -> tuple[dict, list[tuple[int, str]]]:
        """{row: file}, and (row, what is wrong with its reference)."""
        remittance = self.remittance_id
        held = self.env["credit.collection.file"].search(
            [
                ("agency_id", "=", remittance.agency_id.id),
                ("currency_id", "=", remittance.currency_id.id),
                ("sent_date", "!=", False),
            ]
        )
        known = {}
        for file in held:
            for name in (file.name, file.agency_reference):
                if name:
                    known[name.strip().lower()] = file
        heading = headings[self._get_columns()["reference"]]
        found, unknown = {}, []
        for payment in payments:
            file = known.get(payment.reference.strip().lower())
            if file:
                found[payment.row] = file
            else:
                unknown.append((payment.row, self._word_unknown(payment, heading)))
        return found, unknown

    def _add(self, payments, files: dict) -> None:
        """One line a file; several payments on it are added up."""
        sums: dict = {}
        for payment in payments:
            sums.setdefault(files[payment.row], []).append(payment)
        remittance = self.remittance_id
        there = {line.file_id: line for line in remittance.line_ids}
        for file, own in sums.items():
            vals = {
                "file_id": file.id,
                "collected": float(sum(payment.collected for payment in own)),
                "collected_date": max(
                    (p.day for p in own if p.day), default=remittance.date
                ),
            }
            for name in ("fee", "vat"):
                told = [getattr(p, name) for p in own if getattr(p, name) is not None]
                if told:
                    vals[name] = float(sum(told))
            if file in there:
                there[file].write(vals)
            else:
                remittance.line_ids = [Command.create(vals)]

    # -- words -----------------------------------------------------------------

    def _word_unknown(self, payment, heading: str) -> str:
        return self.env._(
            'Row %(row)s, column "%(column)s": no file "%(text)s" in %(currency)s with '
            "%(agency)s.",
            row=payment.row,
            column=heading,
            text=payment.reference,
            currency=self.remittance_id.currency_id.name,
            agency=self.remittance_id.agency_id.name,
        )

    def _word_fault(self, fault) -> str:
        if fault.code == remittance_file.TWICE:
            return self.env._(
                "Row %(row)s is the same as row %(before)s. If both were paid, add "
                "them up in one row.",
                row=fault.row,
                before=fault.text,
            )
        words = {
            remittance_file.EMPTY: self.env._("is empty"),
            remittance_file.NO_AMOUNT: self.env._("is no amount"),
            remittance_file.NO_DAY: self.env._("is no date"),
            remittance_file.NEGATIVE: self.env._(
                "is negative: cancel the remittance it takes back"
            ),
        }
        return self.env._(
            'Row %(row)s, column "%(column)s": "%(text)s" %(fault)s.',
            row=fault.row,
            column=fault.column,
            text=fault.text,
            fault=words[fault.code],
        )

    def _word_refusal(self, words: list[str]) -> str:
        more = len(words) - SHOWN
        lines = words[:SHOWN]
        if more > 0:
            lines.append(self.env._("… and %s more.", more))
        return self.env._("Nothing was imported:\n%(lines)s", lines="\n".join(lines))


class CreditCollectionImportColumn(models.TransientModel):
    _name = "credit.collection.import.column"
    _description = "Column of a Remittance List"
    _order = "number"

    import_id = fields.Many2one(
        "credit.collection.import", required=True, ondelete="cascade"
    )
    number = fields.Integer(readonly=True)
    heading = fields.Char(string="Column", readonly=True)
    sample = fields.Char(string="First value", readonly=True)
    target = fields.Selection(TARGETS, string="Is", help="Empty: not used.")

    def _get_label(self) -> str:
        labels = dict(self._fields["target"]._description_selection(self.env))
        return labels[self.target]


def _find_table(rows: list[list[str]]) -> Table:
    while rows and not any(rows[-1]):
        rows = rows[:-1]
    number = remittance_file.find_headings(rows)
    headings = [heading.strip() for heading in rows[number]] if rows else []
    return Table(headings, rows[number + 1 :], number + 2)


def _count_known(table: Table) -> int:
    return len(remittance_file.match_columns(table.headings))


def _to_text(cell) -> str:
    """A cell as an agency would have typed it."""
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return f"{cell:%Y-%m-%d}"
    if isinstance(cell, float):
        return f"{cell:.2f}"
    return str(cell)
