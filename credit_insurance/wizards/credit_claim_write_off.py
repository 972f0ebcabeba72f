from datetime import date
from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models

from odoo.addons.credit_control.core.money import to_decimal

from ..core import indemnity
from .credit_collection_write_off import VAT


class Row(NamedTuple):
    """An open item of a claim, as the write-off of a file sees its lines."""

    item_id: object
    residual: float
    due_date: date
    name: str
    move_id: object


class CreditClaimWriteOff(models.TransientModel):
    """What neither debtor nor insurer pays is taken out of the books, too."""

    _inherit = "credit.collection.write.off"

    file_id = fields.Many2one(required=False)
    claim_id = fields.Many2one("credit.claim", readonly=True)
    company_id = fields.Many2one("res.company", compute="_compute_source", related=None)
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_source", related=None
    )

    @api.depends("file_id", "claim_id", "kind")
    def _compute_source(self):
        for make in self:
            make.company_id = make._get_source().company_id
            make.currency_id = (
                make.file_id.currency_id
                or make._get_claim_currency()
                or make.company_id.currency_id
            )

    @api.depends("claim_id")
    def _compute_journal_id(self):
        return super()._compute_journal_id()

    @api.depends("claim_id")
    def _compute_remembered(self):
        return super()._compute_remembered()

    @api.depends("claim_id")
    def _compute_advice(self):
        return super()._compute_advice()

    @api.depends("claim_id")
    def _compute_charge_amount(self):
        return super()._compute_charge_amount()

    @api.depends("claim_id")
    def _compute_amounts(self):
        return super()._compute_amounts()

    @api.depends("claim_id")
    def _compute_items(self):
        return super()._compute_items()

    def _get_source(self):
        return self.claim_id or super()._get_source()

    def _get_claim_items(self):
        return self.claim_id.sudo()._get_rest_items()

    def _get_claim_currency(self):
        """That of the oldest item: each currency is booked by itself."""
        if self.kind == VAT:
            return self.claim_id.sudo()._get_lost_vat()[:1].currency_id
        return self._get_claim_items()[:1].currency_id

    def _get_waiting(self):
        if not self.claim_id:
            return super()._get_waiting()
        waiting = self.claim_id.sudo()._get_lost_vat()
        return waiting.filtered(lambda row: row.currency_id == self.currency_id)

    def _get_rows(self):
        """What is open of the claim, in the currency of its oldest item."""
        if not self.claim_id or self.kind == VAT:
            return super()._get_rows()
        items = self._get_claim_items()
        return [
            Row(
                item,
                item.amount_residual_currency,
                item.date_maturity or item.date,
                item.move_name,
                item.move_id,
            )
            for item in items
            if item.currency_id == items[:1].currency_id
        ]

    def _get_vat(self, row) -> float:
        if not self.claim_id or self.kind == VAT:
            return super()._get_vat(row)
        return float(self._get_vats()[row.item_id])

    def _get_vats(self) -> dict:
        """{item: VAT in what is open of it}; an indemnity without VAT paid none."""
        claim = self.claim_id.sudo()
        items = claim.line_ids.item_id | claim._get_reopened_items()
        items = items.filtered(lambda item: item.currency_id == self.currency_id)
        unpaid = [
            indemnity.Unpaid(
                to_decimal(max(item.amount_residual_currency, 0.0)),
                to_decimal(claim._get_indemnified(item)),
                self._get_vat_share(item),
            )
            for item in items
        ]
        quantum = to_decimal(self.currency_id.rounding)
        covered = claim.policy_id.vat_covered
        found = indemnity.vat_lost(unpaid, covered, quantum)
        return dict(zip(items, found, strict=True))

    def _get_vat_share(self, item) -> Decimal:
        move = item.move_id
        if not move.is_invoice() or not move.amount_total:
            return Decimal(0)
        return to_decimal(move.amount_tax) / to_decimal(move.amount_total)

    def _get_charges(self):
        """Costs and interest are no part of a claim."""
        if self.claim_id:
            return self.env["credit.charge"]
        return super()._get_charges()

    def _check_source(self) -> None:
        if not self.claim_id:
            return super()._check_source()
        self.claim_id.check_access("write")
        if self.kind != VAT:
            self.claim_id._check_writable_off()

    def _note_loss(self, entry, credited: dict, lost: dict) -> None:
        """VAT that the law doesn't give back yet is kept for later."""
        if not self.claim_id:
            return super()._note_loss(entry, credited, lost)
        kept = self.env["credit.claim.vat"]
        kept.create(
            [
                {
                    "claim_id": self.claim_id.id,
                    "item_id": row.item_id.id,
                    "due_date": row.due_date,
                    **kept._prepare_loss(credited[row], vat),
                }
                for row, vat in lost.items()
            ]
        )

    def _follow(self) -> None:
        """Of VAT that the law gives back on a known day somebody is reminded then."""
        if not self.claim_id:
            return super()._follow()
        amount = self._format(sum(self._get_waiting().mapped("lost_vat")))
        self.claim_id._follow_lost_vat(amount, self._get_next_day())
