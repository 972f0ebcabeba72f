"""The real ledger: what its rows say, and how they get into Odoo.

How the rows are read:

* An invoice is open from its invoice date until the day before it is settled.
* A payment is a bank entry of the settlement date: one per customer and day,
  for all that he settled on it.
* The file doesn't say when a dispute began. A disputed invoice counts as
  disputed from the first day until it is settled: its payment is blocked with
  Odoo's own "Block Payment" as soon as it is posted.
* Amounts are posted as they stand, without tax.
"""

import csv
import os
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from odoo import Command
from odoo.tools import SQL, split_every

VARIABLE = "CREDIT_CONTROL_LEDGER"
BATCH = 200


class Row(NamedTuple):
    """One invoice of the ledger."""

    number: str
    customer: str
    country: str
    date: date
    due: date
    amount: Decimal
    disputed: bool
    settled: date

    def is_open(self, day: date) -> bool:
        """Whether the invoice was posted and not settled at the end of ``day``."""
        return self.date <= day < self.settled


def find() -> Path:
    """Where the ledger is: the environment says so, else beside the clone."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    return Path(os.environ.get(VARIABLE) or beside / "receivables_2012_2013.csv")


def read(path: Path) -> list[Row]:
    """All rows, oldest invoice first."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [
            Row(
                number=row["invoiceNumber"],
                customer=row["customerID"],
                country=row["countryCode"],
                date=_date(row["InvoiceDate"]),
                due=_date(row["DueDate"]),
                amount=Decimal(row["InvoiceAmount"]),
                disputed=row["Disputed"] == "Yes",
                settled=_date(row["SettledDate"]),
            )
            for row in csv.DictReader(file)
        ]
    return sorted(rows, key=lambda row: (row.date, row.number))


def _date(text: str) -> date:
    return datetime.strptime(text, "%m/%d/%Y").date()


class Loader:
    """Posts rows into the company of ``env`` and knows which entry is whose.

    Thousands of entries in a minute or two: they are made in batches, complete
    with their counterpart and their number, so that Odoo has nothing to add.
    """

    def __init__(self, env, rows: list[Row]):
        self.env = env(context=dict(env.context, skip_invoice_sync=True))
        self.rows = rows
        self.sales = self._find_journal("sale")
        self.bank = self._find_journal("bank")
        self.partners = self._create_partners()
        self.receivable = next(
            iter(self.partners.values())
        ).property_account_receivable_id
        self.items: dict[str, int] = {}  # invoice number -> receivable item id
        self.paid_until = date.min

    def _find_journal(self, kind: str):
        domain = [("type", "=", kind), ("company_id", "=", self.env.company.id)]
        return self.env["account.journal"].search(domain, limit=1)

    def _create_partners(self) -> dict:
        names = sorted({row.customer for row in self.rows})
        partners = self.env["res.partner"].create(
            [
                {
                    "name": name,
                    "email": f"{name.lower()}@debtor.example",
                    "city": "Brussels",
                    "is_company": True,
                    "lang": "en_US",
                }
                for name in names
            ]
        )
        return dict(zip(names, partners, strict=True))

    def _post(self, vals_list: list[dict]):
        moves = self.env["account.move"].create(vals_list)
        moves._post(soft=False)
        self._analyze()
        return moves

    def _analyze(self) -> None:
        """Tell PostgreSQL about rows it can't see on its own before a commit."""
        self.env.flush_all()
        for model in ("account.move", "account.move.line"):
            table = SQL.identifier(self.env[model]._table)
            self.env.cr.execute(SQL("ANALYZE %s", table))

    # -- invoices --------------------------------------------------------------

    def post_invoices(self) -> None:
        """Post every invoice; those in dispute get their payment blocked."""
        for rows in split_every(BATCH, self.rows):
            moves = self._post([self._prepare_invoice(row) for row in rows])
            for row, move in zip(rows, moves, strict=True):
                self.items[row.number] = self._receivable_items(move).id
                if row.disputed:
                    move.action_toggle_block_payment()

    def _receivable_items(self, moves):
        return moves.line_ids.filtered(lambda line: line.account_id == self.receivable)

    def _prepare_invoice(self, row: Row) -> dict:
        amount = float(row.amount)
        return {
            "name": row.number,
            "move_type": "out_invoice",
            "journal_id": self.sales.id,
            "partner_id": self.partners[row.customer].id,
            "date": row.date,
            "invoice_date": row.date,
            "invoice_date_due": row.due,
            "invoice_payment_term_id": False,
            "line_ids": [
                self._prepare_line(
                    -amount,
                    self.sales.default_account_id,
                    display_type="product",
                    name="Services",
                    price_unit=amount,
                    tax_ids=[],
                ),
                self._prepare_line(
                    amount,
                    self.receivable,
                    display_type="payment_term",
                    date_maturity=row.due,
                ),
            ],
        }

    def _prepare_line(self, balance: float, account, **values) -> tuple:
        return Command.create(
            {
                "account_id": account.id,
                "balance": balance,
                "amount_currency": balance,
                **values,
            }
        )

    # -- payments --------------------------------------------------------------

    def pay_until(self, day: date) -> None:
        """Enter what was settled since the last call, up to and on ``day``."""
        settled = defaultdict(lambda: defaultdict(list))
        for row in self.rows:
            if self.paid_until < row.settled <= day:
                settled[row.settled][row.customer].append(row)
        for days in split_every(BATCH, sorted(settled.items())):
            moves = self._post([self._prepare_payments(*entry) for entry in days])
            self._match(moves, [rows for _day, rows in days])
        self.paid_until = day

    def _prepare_payments(self, day: date, settled: dict[str, list[Row]]) -> dict:
        amounts = {
            customer: float(sum(row.amount for row in rows))
            for customer, rows in settled.items()
        }
        return {
            "name": f"BANK/{day:%Y/%m%d}",
            "move_type": "entry",
            "journal_id": self.bank.id,
            "date": day,
            "line_ids": [
                self._prepare_line(sum(amounts.values()), self.bank.default_account_id),
                *(
                    self._prepare_line(
                        -amount,
                        self.receivable,
                        partner_id=self.partners[customer].id,
                    )
                    for customer, amount in amounts.items()
                ),
            ],
        }

    def _match(self, moves, settled: list[dict[str, list[Row]]]) -> None:
        """Reconcile each customer's payment with the invoices it settles."""
        items = self.env["account.move.line"]
        customers = {partner: name for name, partner in self.partners.items()}
        items._reconcile_plan(
            [
                items.browse(
                    self.items[row.number]
                    for row in rows[customers[payment.partner_id]]
                )
                | payment
                for move, rows in zip(moves, settled, strict=True)
                for payment in self._receivable_items(move)
            ]
        )
