from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO
from typing import NamedTuple

from werkzeug.exceptions import HTTPException

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount, format_date

from ..report.statement_workbook import StatementWorkbook

OPEN, MOVES = "open", "moves"
REPORT = "credit_control_report.action_report_statement_profile"
# What the first page and every other have room for, in fifths of a row; a row with a
# remark or a long reference takes eight.
FIRST_PAGE, NEXT_PAGE = 150, 230
SHORT_ROW, LONG_ROW = 5, 8
LONG_TEXT = 24


class StatementLine(NamedTuple):
    """An open item, or an entry of the period.

    ``amount`` is what is open of it, or what it adds to the balance; ``balance`` runs.
    """

    item: models.BaseModel
    kind: str
    date: date
    due: date
    days_late: int
    whose: str
    note: str
    original: float
    amount: float
    balance: float

    @property
    def document(self) -> str:
        return self.item.move_name or ""

    @property
    def reference(self) -> str:
        """The customer's, or what an entry says about itself."""
        move = self.item.move_id
        if move.move_type == "entry" and not self.item.payment_id:
            return self.item.name or move.ref or ""
        return move.ref or ""

    @property
    def height(self) -> int:
        long = self.note or max(len(self.reference), len(self.whose)) > LONG_TEXT
        return LONG_ROW if long else SHORT_ROW


class StatementSection(NamedTuple):
    """All of one currency."""

    currency: models.BaseModel
    opening: float
    lines: list[StatementLine]
    ageing: list[tuple[str, float]]
    overdue: float

    @property
    def closing(self) -> float:
        if self.lines:
            return self.lines[-1].balance
        return self.opening

    @property
    def has_owners(self) -> bool:
        return any(line.whose for line in self.lines)

    @property
    def has_references(self) -> bool:
        return any(line.reference for line in self.lines)

    def pages(self) -> list[list[StatementLine]]:
        """Builds of the PDF renderer without Qt patches don't repeat the header of a
        table that goes on: every page has its own."""
        pages, room = [[]], FIRST_PAGE
        for line in self.lines:
            if line.height > room:
                pages.append([])
                room = NEXT_PAGE
            pages[-1].append(line)
            room -= line.height
        return pages


class Statement(NamedTuple):
    """What a debtor's account looks like on a day, in the debtor's language."""

    profile: models.BaseModel
    kind: str
    as_of: date
    since: date | None
    sections: list[StatementSection]
    balance: float  # in company currency
    overdue: float

    @property
    def company_id(self):
        return self.profile.company_id.sudo()

    @property
    def partner_id(self):
        return self.profile.partner_id

    @property
    def date(self) -> date:
        return self.as_of

    @property
    def is_movements(self) -> bool:
        return self.kind == MOVES

    def _get_address_lines(self) -> list[str]:
        return self.profile._get_contact()._credit_get_address_lines()

    def _get_salutation(self) -> str:
        return self.profile._get_contact()._credit_get_salutation()

    def _get_sender(self):
        return self.profile.effective_policy_id.sudo().sender_id

    def _get_bank_account(self):
        return self.profile.company_id._credit_bank_account()

    def _get_communication(self, section: StatementSection) -> str:
        names = dict.fromkeys(
            line.document for line in section.lines if line.amount > 0
        )
        return self.profile.env["credit.notice"]._shorten_communication(names)

    def _get_qr_code(self, section: StatementSection) -> str:
        """What is overdue, else all that is open, for a banking app."""
        amount = section.overdue or section.closing
        if section.currency.name != "EUR" or amount <= 0 or self.is_movements:
            return ""
        try:
            code = self._get_bank_account().build_qr_code_base64(
                section.currency.round(amount),
                self._get_communication(section),
                "",
                section.currency,
                self.partner_id,
                silent_errors=True,
            )
        except HTTPException:  # so Odoo says that it can't draw it
            return ""
        return code or ""


class CreditProfileStatement(models.Model):
    """A debtor's statement of account: what is open, or what happened in between."""

    _inherit = "credit.profile"

    statement_count = fields.Integer(
        string="Statements", compute="_compute_statement_count"
    )

    def _compute_statement_count(self):
        counts = self._count("credit.statement", ("state", "=", "sent"))
        for profile in self:
            profile.statement_count = counts.get(profile, 0)

    # -- make ------------------------------------------------------------------

    def _get_statement(
        self, kind: str, as_of: date, since: date | None = None, with_group=False
    ) -> Statement:
        """The statement, read as superuser: a part of an account is no account.

        :param since: first day of the movements; for open items not used
        :param with_group: with the other debtors of his group in this company
        :raises AccessError: the user may not see one of the debtors
        :raises UserError: it doesn't add up to the receivable accounts
        """
        self.ensure_one()
        asked = self | (self.group_id.member_ids if with_group else self)
        asked.check_access("read")
        profiles = asked.with_context(lang=self._get_statement_lang()).sudo()
        profiles = profiles.with_company(self.company_id)
        rows = profiles._fetch_statement_rows(as_of)
        profiles._check_statement(rows, as_of)
        if kind == MOVES:
            sections = profiles._make_movement_sections(rows, as_of, since)
        else:
            sections = profiles._make_open_sections(rows, as_of)
        company_currency = self.company_id.currency_id
        return Statement(
            profiles[0],
            kind,
            as_of,
            since,
            list(sections),
            company_currency.round(sum(row["company_amount"] for row in rows)),
            company_currency.round(
                profiles._get_overdue(rows, as_of, "company_amount")
            ),
        )

    def _get_statement_lang(self) -> str:
        return (
            self._get_contact().lang
            or self.company_id.partner_id.lang
            or self.env.lang
            or "en_US"
        )

    def _fetch_statement_rows(self, as_of: date) -> list[dict]:
        """What was open of these debtors when ``as_of`` ended, the oldest first."""
        ageing = self.env["credit.ageing"]
        ageing._flush_ageing()
        return self.env.execute_query_dict(
            SQL(
                """SELECT item.id, item.currency_id, item.maturity AS due,
                          item.residual_currency::float8 AS amount,
                          item.residual::float8 AS company_amount
                     FROM (%s) item WHERE item.partner_id = ANY(%s)
                 ORDER BY item.maturity, item.id""",
                ageing._items_query(self.company_id, as_of),
                self.partner_id.ids,
            )
        )

    def _statement_domain(self, as_of: date) -> list:
        accounts = self.env["credit.dunning"]._receivable_account_ids(self.company_id)
        return [
            ("account_id", "in", accounts),
            ("company_id", "=", self.company_id.id),
            ("partner_id.commercial_partner_id", "in", self.partner_id.ids),
            ("parent_state", "=", "posted"),
            ("date", "<=", as_of),
        ]

    def _check_statement(self, rows: list[dict], as_of: date) -> None:
        """Open items have to add up to what the accounts alone say."""
        [(balance,)] = self.env["account.move.line"]._read_group(
            self._statement_domain(as_of), aggregates=["balance:sum"]
        )
        currency = self.company_id.currency_id
        found = sum(row["company_amount"] for row in rows)
        if not currency.is_zero(found - (balance or 0.0)):
            raise UserError(
                self.env._(
                    "The statement of %(debtor)s as of %(day)s doesn't add up: %(open)s "
                    "is open, the receivable accounts say %(balance)s. Look at the "
                    "matchings of his items.",
                    debtor=self[0].partner_id.display_name,
                    day=format_date(self.env, as_of),
                    open=format_amount(self.env, found, currency),
                    balance=format_amount(self.env, balance or 0.0, currency),
                )
            )

    def _get_statement_currencies(self, currencies):
        return currencies.sorted(lambda c: (c != self.company_id.currency_id, c.name))

    # -- open items ------------------------------------------------------------

    def _make_open_sections(
        self, rows: list[dict], as_of: date
    ) -> Iterator[StatementSection]:
        items = self.env["account.move.line"].browse(row["id"] for row in rows)
        notes = self._get_statement_notes(items)
        by_id = {item.id: item for item in items}
        for currency in self._get_statement_currencies(items.currency_id):
            found = [row for row in rows if row["currency_id"] == currency.id]
            lines, balance = [], 0.0
            for row in found:
                balance = currency.round(balance + row["amount"])
                item = by_id[row["id"]]
                lines.append(
                    self._make_line(
                        item, row["amount"], balance, as_of, notes.get(item.id, "")
                    )
                )
            yield StatementSection(
                currency,
                0.0,
                lines,
                self._age_statement(found, as_of, currency),
                currency.round(self._get_overdue(found, as_of)),
            )

    def _make_line(
        self, item, amount: float, balance: float, as_of: date, note: str = ""
    ) -> StatementLine:
        due = item.date_maturity or item.date
        return StatementLine(
            item,
            self._word_kind(item),
            item.invoice_date or item.date,
            due,
            max((as_of - due).days, 0) if amount > 0 else 0,
            self._word_owner(item),
            note,
            item.amount_currency,
            amount,
            balance,
        )

    def _get_statement_notes(self, items) -> dict[int, str]:
        """{item id: what was agreed about it}, of items that are open still."""
        notes = {}
        for profile in self:
            own = items.filtered(
                lambda item, partner=profile.partner_id: (
                    item.partner_id.commercial_partner_id == partner
                    and not item.reconciled
                )
            )
            notes |= profile._get_page_words(own)
        return notes

    def _word_owner(self, item) -> str:
        """Whose item it is, if it isn't simply the debtor's."""
        move = item.move_id
        partner = move.partner_id if move.is_invoice() else item.partner_id
        if partner == self[0].partner_id:
            return ""
        if len(self) > 1 and partner.commercial_partner_id != self[0].partner_id:
            return partner.commercial_partner_id.name
        return partner.name or partner.display_name

    def _word_kind(self, item) -> str:
        if item.move_id.move_type in ("out_invoice", "out_receipt"):
            return self.env._("Invoice")
        if item.move_id.move_type == "out_refund":
            return self.env._("Credit note")
        if item.payment_id or item.journal_id.type in ("bank", "cash", "credit"):
            return self.env._("Payment")
        return self.env._("Entry")

    def _age_statement(
        self, rows: list[dict], as_of: date, currency
    ) -> list[tuple[str, float]]:
        ageing = self.env["credit.ageing"]
        buckets = (
            self.env["credit.ageing.scheme"]._get_default(self.company_id)._buckets()
        )
        sums = [0.0] * buckets.size
        for row in rows:
            sums[buckets.bucket_for((as_of - row["due"]).days)] += row["amount"]
        labels = [ageing._bucket_label(low, high) for low, high in buckets.ranges()]
        return [
            (label, currency.round(amount))
            for label, amount in zip(labels, sums, strict=True)
        ]

    def _get_overdue(self, rows: list[dict], as_of: date, name="amount") -> float:
        """What is overdue, credits off; nothing when they cover it."""
        late = sum(row[name] for row in rows if row[name] > 0 and row["due"] < as_of)
        credit = sum(row[name] for row in rows if row[name] < 0)
        return max(late + credit, 0.0)

    # -- movements -------------------------------------------------------------

    def _make_movement_sections(
        self, rows: list[dict], as_of: date, since: date
    ) -> Iterator[StatementSection]:
        """From opening to closing balance; both are what was open then.

        What was matched across currencies changes the balance of a currency without an
        entry in it, and gets a line of its own.
        """
        before = self._fetch_statement_rows(since - timedelta(1))
        moves = self.env["account.move.line"].search(
            [*self._statement_domain(as_of), ("date", ">=", since)],
            order="date, move_name, id",
        )
        ids = {row["currency_id"] for row in (*before, *rows)}
        currencies = self.env["res.currency"].browse(ids) | moves.currency_id
        for currency in self._get_statement_currencies(currencies):
            opened, closed = (
                [row for row in some if row["currency_id"] == currency.id]
                for some in (before, rows)
            )
            opening = currency.round(sum(row["amount"] for row in opened))
            closing = currency.round(sum(row["amount"] for row in closed))
            own = moves.filtered(
                lambda item, currency=currency: (
                    item.currency_id == currency
                    and not currency.is_zero(item.amount_currency)
                )
            )
            lines = self._make_movements(own, opening, as_of, currency)
            if not lines and currency.is_zero(opening) and currency.is_zero(closing):
                continue
            self._add_matched(lines, opening, closing, as_of, currency)
            yield StatementSection(
                currency,
                opening,
                lines,
                self._age_statement(closed, as_of, currency),
                currency.round(self._get_overdue(closed, as_of)),
            )

    def _make_movements(
        self, items, balance: float, as_of: date, currency
    ) -> list[StatementLine]:
        lines = []
        for item in items:
            balance = currency.round(balance + item.amount_currency)
            lines.append(self._make_line(item, item.amount_currency, balance, as_of))
        return lines

    def _add_matched(
        self,
        lines: list[StatementLine],
        opening: float,
        closing: float,
        as_of: date,
        currency,
    ) -> None:
        reached = lines[-1].balance if lines else opening
        if not currency.is_zero(closing - reached):
            none = self.env["account.move.line"]
            words = self.env._("Matched in another currency")
            amount = currency.round(closing - reached)
            lines.append(
                StatementLine(
                    none, words, as_of, as_of, 0, "", "", amount, amount, closing
                )
            )

    # -- show ------------------------------------------------------------------

    def _render_statement(
        self, kind: str, as_of: date, since: date | None = None, with_group=False
    ) -> tuple[str, bytes]:
        """(file name, content) of the statement as PDF, in the debtor's language."""
        statement = self._get_statement(kind, as_of, since, with_group)
        profile = statement.profile
        content, extension = (
            profile.env["ir.actions.report"]
            .sudo()
            ._render_qweb_pdf(REPORT, profile.ids, data={"statement": statement})
        )
        return f"{profile._name_statement(kind, as_of)}.{extension}", content

    def _write_statement(
        self, kind: str, as_of: date, since: date | None = None, with_group=False
    ) -> tuple[str, bytes]:
        """(file name, content) of the statement as a workbook."""
        statement = self._get_statement(kind, as_of, since, with_group)
        file = BytesIO()
        StatementWorkbook(statement, file).write_workbook()
        name = statement.profile._name_statement(kind, as_of)
        return f"{name}.xlsx", file.getvalue()

    def _name_statement(self, kind: str, as_of: date) -> str:
        """Without what a file name can't have."""
        name = self.partner_id.name or self.partner_id.display_name
        return f"{self.env._('Statement')} {name} {as_of}".replace("/", "-")

    # -- actions ---------------------------------------------------------------

    def action_view_statements(self):
        name = self.env._("Statements of %s", self.partner_id.display_name)
        return self._get_records_action("credit.statement", name, "list")

    def action_statement(self):
        """Ask what kind of statement these debtors get."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Statement of account"),
            "res_model": "credit.statement.make",
            "view_mode": "form",
            "target": "new",
            "context": {"default_profile_ids": [(6, 0, self.ids)]},
        }
