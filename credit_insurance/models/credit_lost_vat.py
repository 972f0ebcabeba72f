from datetime import date

from odoo import api, fields, models

from ..core import bad_debt


class CreditLostVat(models.AbstractModel):
    """An item that was written off, and the VAT in it that is still to be reclaimed.

    Whoever inherits says which item, of which company, currency and due date.
    What was booked counts while its entry stands: reversed with Odoo's own button or
    reset to draft, it is as if it had never been; reversed once more, it counts again.
    """

    _name = "credit.lost.vat"
    _description = "Written-off Item"

    item_id = fields.Many2one("account.move.line")
    company_id = fields.Many2one("res.company")
    currency_id = fields.Many2one("res.currency")
    due_date = fields.Date(string="Due date")
    loss_item_id = fields.Many2one(
        "account.move.line",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        help="What paid the item in the entry of the loss.",
    )
    loss_entry_id = fields.Many2one(
        related="loss_item_id.move_id", store=True, index="btree_not_null"
    )
    vat_entry_id = fields.Many2one(
        "account.move",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        help="The entry that reclaimed the VAT.",
    )
    written_vat = fields.Monetary(
        readonly=True,
        copy=False,
        help="VAT that was written off before the law gives it back.",
    )
    lost_vat = fields.Monetary(
        string="VAT to reclaim later", compute="_compute_lost_vat", store=True
    )

    @api.depends("written_vat", "loss_entry_id", "vat_entry_id")
    def _compute_lost_vat(self):
        standing = (self.loss_entry_id | self.vat_entry_id)._find_standing()
        for row in self:
            waits = row.loss_entry_id in standing and row.vat_entry_id not in standing
            row.lost_vat = row.written_vat if waits else 0.0

    @api.model
    def _prepare_loss(self, loss_item, vat: float) -> dict:
        """
        :param loss_item: the line of the entry that pays the item
        :param vat: VAT in it that isn't reclaimed yet
        """
        return {
            "loss_item_id": loss_item.id,
            "vat_entry_id": False,
            "written_vat": vat,
        }

    @api.model
    def _find_of_entries(self, entries):
        return self.search(
            [
                "|",
                ("loss_entry_id", "in", entries.ids),
                ("vat_entry_id", "in", entries.ids),
            ]
        )

    def _follow_entries(self) -> None:
        """Read again what stands of what was booked. To be extended by what follows."""
        self._compute_lost_vat()
        standing = self.loss_entry_id._find_standing()
        lost = self.filtered(lambda row: row.loss_entry_id in standing)
        lost._match_again()
        (self - lost)._unmatch()

    def _match_again(self) -> None:
        """A loss that stands again pays its item again."""
        for row in self:
            pair = row.loss_item_id + row.item_id
            if len(pair) == 2 and not any(pair.mapped("reconciled")):
                pair.reconcile()

    def _unmatch(self) -> None:
        """A loss that doesn't stand pays nothing; Odoo leaves that of a draft."""
        matched = self.loss_item_id.matched_debit_ids
        matched.filtered(lambda one: one.debit_move_id in self.item_id).unlink()

    def _get_relief_day(self) -> date | None:
        """The first day on which VAT can be reclaimed without a proof."""
        country = self.company_id.country_id.code or ""
        days = [bad_debt.relief_day(country, row.due_date) for row in self]
        return min(filter(None, days), default=None)
