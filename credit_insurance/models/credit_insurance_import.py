import csv
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO

from openpyxl import load_workbook

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.credit_control.core.money import to_decimal
from odoo.addons.credit_control.rights import check_officer

SEPARATORS = (";", "\t", "|", ",")
XLSX_MARK = b"PK"


class CreditInsuranceImport(models.Model):
    """A list of decisions that the insurer sent: read, looked at, taken over.

    Wrong rows are refused with row and column; the others wait until somebody takes
    them over. A row that is known already changes nothing.
    """

    _name = "credit.insurance.import"
    _description = "List of Decisions"
    _order = "id desc"

    name = fields.Char(string="File name", default="")
    policy_id = fields.Many2one(
        "credit.insurance.policy",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env["credit.insurance.request"]._get_default_policy(
            self.env.company
        ),
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    currency_id = fields.Many2one(related="policy_id.currency_id")
    file = fields.Binary(required=True, attachment=True)
    mapping_id = fields.Many2one(
        "credit.insurance.mapping",
        string="Columns",
        compute="_compute_mapping_id",
        store=True,
        readonly=False,
    )
    line_ids = fields.One2many("credit.insurance.import.line", "import_id")
    ready_count = fields.Integer(string="Ready", compute="_compute_counts")
    refused_count = fields.Integer(string="Refused", compute="_compute_counts")
    known_count = fields.Integer(string="Known already", compute="_compute_counts")
    done_count = fields.Integer(string="Taken over", compute="_compute_counts")
    state = fields.Selection(
        [
            ("new", "To read"),
            ("read", "To take over"),
            ("partly", "Rows refused"),
            ("done", "Done"),
        ],
        compute="_compute_counts",
    )

    @api.depends("policy_id")
    def _compute_mapping_id(self):
        mappings = self.env["credit.insurance.mapping"]
        for one in self:
            one.mapping_id = one.policy_id and mappings.search(
                [
                    ("insurer_id", "=", one.policy_id.insurer_id.id),
                    ("company_id", "=", one.policy_id.company_id.id),
                ]
            )

    @api.depends("line_ids.state")
    def _compute_counts(self):
        for one in self:
            states = one.line_ids.mapped("state")
            one.ready_count = states.count("ready")
            one.refused_count = states.count("refused")
            one.known_count = states.count("known")
            one.done_count = states.count("done")
            one.state = one._get_state()

    def _get_state(self) -> str:
        if not self.line_ids:
            return "new"
        if self.ready_count:
            return "read"
        return "partly" if self.refused_count else "done"

    @api.ondelete(at_uninstall=False)
    def _unlink_unused(self):
        if self.line_ids.filtered("decision_id"):
            raise UserError(self.env._("Lists that were taken over are kept."))

    # -- read ------------------------------------------------------------------

    def action_read(self):
        """Show what is in the file, and what is wrong with it."""
        self.ensure_one()
        check_officer(self.env, self.env._("Only credit officers enter decisions."))
        self.check_access("write")
        self.mapping_id = self.mapping_id or self.env[
            "credit.insurance.mapping"
        ].sudo()._get_for(self.policy_id)
        header, rows = self._read_table()
        places = self._find_columns(header)
        self.line_ids.filtered(lambda line: line.state != "done").unlink()
        done = set(self.line_ids.mapped("row"))
        sign = self.mapping_id.decimal_sign
        self.env["credit.insurance.import.line"].create(
            [
                {
                    "import_id": self.id,
                    "row": number,
                    **{
                        f"cell_{name}": _write_cell(cells[place], sign)
                        for name, place in places.items()
                        if place < len(cells)
                    },
                }
                for number, cells in rows
                if number not in done
            ]
        )
        self.line_ids._check()
        return True

    def _find_columns(self, header: list[str]) -> dict[str, int]:
        """{field: number of its column}; refuses a file without what is needed."""
        found = [_simplify(name) for name in header]
        columns = self.mapping_id._get_columns()
        places = {
            name: found.index(_simplify(column))
            for name, column in columns.items()
            if _simplify(column) in found
        }
        missing = [
            columns.get(name, name)
            for name in ("amount", "date_from")
            if name not in places
        ]
        if not {"buyer", "vat", "registry"} & places.keys():
            missing.append(columns.get("buyer", "buyer"))
        if missing:
            raise UserError(
                self.env._(
                    "The file has no column %(missing)s. Its columns are: %(found)s. "
                    "Say under Columns what the insurer calls them.",
                    missing=", ".join(f"“{name}”" for name in missing),
                    found=", ".join(filter(None, map(str, header))) or "–",
                )
            )
        return places

    def _read_table(self) -> tuple[list[str], list[tuple[int, list]]]:
        """Header and rows with their number in the file; empty ones are left out."""
        content = self._get_content()
        try:
            rows = (
                _read_xlsx(content)
                if content.startswith(XLSX_MARK)
                else _read_csv(content)
            )
        except Exception as error:
            raise UserError(
                self.env._("This file can't be read: it is neither CSV nor XLSX.")
            ) from error
        filled = [row for row in rows if any(cell not in (None, "") for cell in row[1])]
        if len(filled) < 2:
            raise UserError(self.env._("There are no rows in this file."))
        return [str(cell or "") for cell in filled[0][1]], filled[1:]

    def _get_content(self) -> bytes:
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "=", self.id),
                    ("res_field", "=", "file"),
                ]
            )
        )
        return attachment.raw or b""

    # -- take over -------------------------------------------------------------

    def action_check(self):
        """Look again at the rows that were refused, after a correction."""
        self.check_access("write")
        self.line_ids._check()
        return True

    def action_import(self):
        """Take over the rows that are ready; refused ones stay."""
        self.ensure_one()
        check_officer(self.env, self.env._("Only credit officers enter decisions."))
        self.check_access("write")
        self.line_ids._check()
        ready = self.line_ids.filtered(lambda line: line.state == "ready")
        if not ready:
            raise UserError(self.env._("No row is ready to be taken over."))
        ready._take_over()
        return True

    def action_open_mapping(self):
        self.ensure_one()
        mapping = self.mapping_id or self.env[
            "credit.insurance.mapping"
        ].sudo()._get_for(self.policy_id)
        self.mapping_id = mapping.id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Columns of %s", self.policy_id.insurer_id.name),
            "res_model": "credit.insurance.mapping",
            "res_id": mapping.id,
            "view_mode": "form",
            "target": "new",
        }


def _simplify(name: str) -> str:
    return " ".join(str(name).split()).casefold()


def _write_cell(cell, decimal: str) -> str:
    """A cell as the text that is looked at and corrected, as the insurer writes."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell).replace(".", decimal) if isinstance(cell, Decimal) else str(cell)


def _read_csv(content: bytes) -> list[tuple[int, list]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252")
    if "\0" in text:
        raise ValueError("binary")
    first = text.lstrip().split("\n", 1)[0]
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator)
    rows, number = [], 1
    for cells in reader:
        rows.append((number, [cell.strip() for cell in cells]))
        number = reader.line_num + 1
    if first.strip().lower() == f"sep={separator}":
        # Excel's own line, which names the separator.
        rows = [row for row in rows if row[1] != ["sep=", ""]]
    return rows


def _read_xlsx(content: bytes) -> list[tuple[int, list]]:
    book = load_workbook(BytesIO(content), read_only=True, data_only=True)
    try:
        return [
            (number, [_read_number(cell) for cell in cells])
            for number, cells in enumerate(book.worksheets[0].values, 1)
        ]
    finally:
        book.close()


def _read_number(cell):
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return cell
    number: Decimal = to_decimal(cell)
    return int(number) if number == number.to_integral_value() else number
