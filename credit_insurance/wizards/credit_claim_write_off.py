from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import format_amount

from odoo.addons.credit_control.core.money import to_decimal
from odoo.addons.credit_control.rights import check_officer

from ..core import indemnity


class Row(NamedTuple):
    """An open item of a claim, as the write-off of a file sees its lines."""

    item_id: object
    residual: float
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
    amount = fields.Monetary(compute="_compute_source", related=None)

    @api.depends("file_id", "claim_id")
    def _compute_source(self):
        for make in self:
            source = make.file_id or make.claim_id
            rows = make._get_rows()
            make.company_id = source.company_id
            make.currency_id = (
                make.file_id.currency_id
                or rows[:1]
                and rows[0].item_id.currency_id
                or source.company_id.currency_id
            )
            make.amount = sum(row.residual for row in rows)

    @api.depends("claim_id")
    def _compute_journal_id(self):
        return super()._compute_journal_id()

    @api.depends("claim_id")
    def _compute_advice(self):
        claimed = self.filtered("claim_id")
        result = super(CreditClaimWriteOff, self - claimed)._compute_advice()
        for make in claimed:
            make.advice = make.claim_id._word_rest()
        return result

    @api.depends("claim_id")
    def _compute_vat_amount(self):
        return super()._compute_vat_amount()

    def _get_rows(self):
        """What is open of the claim, in the currency of its oldest item."""
        if not self.claim_id:
            return super()._get_rows()
        items = self.claim_id.sudo()._get_rest_items()
        return [
            Row(item, item.amount_residual_currency, item.move_name, item.move_id)
            for item in items
            if item.currency_id == items[:1].currency_id
        ]

    def _get_source(self):
        return self.claim_id or super()._get_source()

    def _get_vat(self, row) -> float:
        if not self.claim_id:
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

    def action_write_off(self):
        if not self.claim_id:
            return super().action_write_off()
        self.ensure_one()
        check_officer(self.env, self.env._("Only credit officers write off."))
        self.claim_id.check_access("write")
        self.claim_id._check_writable_off()
        self._check_accounts()
        amount = self.amount
        entry = self.sudo()._create_entry()
        self.claim_id.sudo()._note_written_off(
            entry, format_amount(self.env, amount, self.currency_id)
        )
        return self._get_entry_action(entry)
