from collections import defaultdict
from datetime import date
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.credit_control.database import flush

from ..core import collection
from ..records import write_changed


class CreditCollectionLine(models.Model):
    """An open item in a collection file; frozen when the file is sent.

    ``amount`` is the part of the invoice that is handed over: what was open of it.
    """

    _name = "credit.collection.line"
    _description = "Item of a Collection File"
    _inherit = ["credit.agreed.item", "credit.lost.vat"]
    _order = "file_id, due_date, id"

    file_id = fields.Many2one(
        "credit.collection.file", required=True, index=True, ondelete="cascade"
    )
    profile_id = fields.Many2one(related="file_id.profile_id")
    company_id = fields.Many2one(related="file_id.company_id")
    currency_id = fields.Many2one(related="file_id.currency_id", store=True)
    is_open = fields.Boolean(related="file_id.is_open", store=True)
    is_held = fields.Boolean(related="file_id.is_held", store=True)
    move_id = fields.Many2one(related="item_id.move_id", string="Invoice")
    date = fields.Date(string="Document date", readonly=True)
    original_amount = fields.Monetary(string="Original amount", readonly=True)
    amount = fields.Monetary(string="Handed over")
    interest = fields.Monetary(readonly=True)
    costs = fields.Monetary(readonly=True)
    claimed_amount = fields.Monetary(
        string="Claimed", compute="_compute_claimed_amount"
    )
    interest_words = fields.Char(string="How interest is counted", readonly=True)
    residual = fields.Monetary(string="Unpaid", compute="_compute_residual")
    told_amount = fields.Monetary(
        readonly=True, help="Direct payments that the agency was told of."
    )

    # Nobody is chased by two for one invoice.
    _once_uniq = models.UniqueIndex(
        "(item_id) WHERE is_open",
        "One of these invoices is in another collection file. Look there first.",
    )

    @api.depends("amount", "interest", "costs")
    def _compute_claimed_amount(self):
        for line in self:
            line.claimed_amount = line.amount + line.interest + line.costs

    @api.depends("item_id.amount_residual_currency", "amount")
    def _compute_residual(self):
        for line in self:
            item = line.item_id.sudo()
            open_now = item.parent_state == "posted" and item.amount_residual_currency
            line.residual = min(max(open_now or 0.0, 0.0), line.amount)

    @api.model
    def _prepare_file_lines(self, items) -> list[dict]:
        """Values of the lines of a new file, with what is open now."""
        amounts = {item: item.amount_residual_currency for item in items}
        lines = self._prepare_lines(amounts)
        return [
            {**vals, "date": item.date, "original_amount": item.amount_currency}
            for item, vals in zip(items, lines, strict=True)
        ]

    def _read_again(self) -> None:
        """Follow the ledger while the file is not sent; what is paid goes."""
        paid = self.filtered(
            lambda line: (
                not line.item_id
                or line.item_id.parent_state != "posted"
                or line.item_id.amount_residual_currency <= 0
            )
        )
        kept = self - paid
        read = self._prepare_file_lines(kept.item_id)
        found = {vals["item_id"]: vals for vals in read}
        for line in kept:
            write_changed(line, found[line.item_id.id])
        paid.unlink()

    def _fetch_settlements(self) -> defaultdict:
        """{line id: (paid to us, credited) since the file was sent}."""
        found: defaultdict = defaultdict(lambda: (Decimal(0), Decimal(0)))
        ids = self._origin.ids
        if not ids:
            return found
        rows = self.env.execute_query(
            SQL(
                "SELECT id, paid::text, credited::text FROM (%s) s",
                self._get_settlements_sql(SQL("k.id = ANY(%s)", ids)),
            )
        )
        found.update((id_, (Decimal(p), Decimal(c))) for id_, p, c in rows)
        return found

    @api.model
    def _get_settlements_sql(self, condition: SQL | None = None) -> SQL:
        """What was paid to us, and credited, of each item since its file was sent.

        :param condition: on the lines ``k``
        """
        flush(
            self.env,
            (
                "account.partial.reconcile",
                "account.move.line",
                "credit.collection.remittance",
                "credit.collection.line",
                "credit.collection.file",
            ),
        )
        money = SQL("j.type IN ('bank', 'cash', 'credit')")
        return SQL(
            """
            SELECT k.id, k.file_id,
                   COALESCE(SUM(r.debit_amount_currency) FILTER (WHERE %(money)s), 0)
                       AS paid,
                   COALESCE(SUM(r.debit_amount_currency) FILTER (WHERE NOT %(money)s),
                       0) AS credited
              FROM credit_collection_line k
              JOIN credit_collection_file f ON f.id = k.file_id
              JOIN account_partial_reconcile r
                ON r.debit_move_id = k.item_id AND r.id > k.last_matching
              JOIN account_move_line o ON o.id = r.credit_move_id
              JOIN account_journal j ON j.id = o.journal_id
             WHERE %(condition)s AND f.sent_date IS NOT NULL
               AND NOT EXISTS (SELECT FROM credit_collection_remittance t
                                WHERE t.move_id = o.move_id)
          GROUP BY k.id
            """,
            money=money,
            condition=condition or SQL("TRUE"),
        )

    def _follow_entries(self) -> None:
        result = super()._follow_entries()
        for file in self.file_id:
            waiting = file.line_ids.filtered("lost_vat")
            file._follow_loss(waiting._get_relief_day())
        return result

    def _get_data(self) -> dict:
        exact = self.file_id._exact
        return {
            "invoice": self.name or "",
            "date": self.date.isoformat() if self.date else "",
            "due": self.due_date.isoformat(),
            "original": exact(self.original_amount),
            "open": exact(self.amount),
            "interest": exact(self.interest),
            "costs": exact(self.costs),
            "reference": self.sudo().move_id.payment_reference or "",
        }


class CreditCollectionFileItems(models.Model):
    """Which items a file is about, and what is claimed of them."""

    _inherit = "credit.collection.file"

    def _bring_up_to_date(self, as_of: date) -> None:
        """Read items, interest and costs again, as of ``as_of``.

        Only before the file is sent: then they are frozen.
        """
        files = self.filtered(lambda f: f.state in (collection.DRAFT, collection.READY))
        files.line_ids._read_again()
        for line, claim in files._get_claims(as_of).items():
            write_changed(line, claim)

    def action_refresh(self):
        """Read what is open, and what the law allows, as of today."""
        for company, files in self._as_officer().grouped("company_id").items():
            files._bring_up_to_date(company._credit_today())
        return True

    def action_view_items(self):
        self.ensure_one()
        action = self.profile_id.action_view_items()
        ids = self.line_ids.item_id.ids
        return {**action, "name": self.name, "domain": [("id", "in", ids)]}

    def _check_not_handed_over(self, items) -> None:
        """Refuse what can't be handed over together."""
        held = (
            self.env["credit.collection.line"]
            .sudo()
            .search([("item_id", "in", items.ids), ("is_open", "=", True)], limit=1)
        )
        if held:
            raise UserError(
                self.env._(
                    "%(document)s is in the collection file %(file)s already.",
                    document=held.name,
                    file=held.file_id.name,
                )
            )
