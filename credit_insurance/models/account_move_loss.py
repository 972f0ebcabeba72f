from odoo import models
from odoo.tools import SQL


class AccountMoveLoss(models.Model):
    """A loss is reversed like any entry, and so is the VAT that was reclaimed."""

    _inherit = "account.move"

    def _post(self, soft=True):
        # No loss was noted yet of what is posted for the first time.
        known = self.filtered(lambda move: move.posted_before or move.reversed_entry_id)
        posted = super()._post(soft)
        (known & posted)._follow_losses()
        return posted

    def button_draft(self):
        posted = self.filtered(lambda move: move.state == "posted")
        result = super().button_draft()
        posted._follow_losses()
        return result

    def _follow_losses(self) -> None:
        """Tell what was written off with these entries, or with what they reverse."""
        entries = self.sudo().filtered(lambda move: move.move_type == "entry")
        if not entries:
            return
        reversed_ = entries._get_with_reversed()
        for model in ("credit.collection.line", "credit.claim.vat"):
            rows = self.env[model].sudo()._find_of_entries(reversed_)
            rows._follow_entries()

    def _get_with_reversed(self):
        """These entries, those that they reverse, and so on."""
        self.flush_model(["reversed_entry_id"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE e(id) AS (
                     SELECT UNNEST(%s)
                      UNION
                     SELECT m.reversed_entry_id
                       FROM e
                       JOIN account_move m ON m.id = e.id
                      WHERE m.reversed_entry_id IS NOT NULL
                )
                SELECT id FROM e
                """,
                self.ids,
            )
        )
        return self.browse(id_ for (id_,) in rows)

    def _find_standing(self):
        """Those that are posted and not reversed by an entry that stands itself."""
        if not self.ids:
            return self.browse()
        self.flush_model(["state", "reversed_entry_id"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE e(id, reversed_id, is_posted, depth) AS (
                     SELECT id, reversed_entry_id, state = 'posted', 0
                       FROM account_move
                      WHERE id = ANY(%s)
                      UNION
                     SELECT m.id, m.reversed_entry_id, m.state = 'posted', e.depth + 1
                       FROM e
                       JOIN account_move m ON m.reversed_entry_id = e.id
                )
                SELECT id, reversed_id, is_posted FROM e ORDER BY depth DESC
                """,
                self.ids,
            )
        )
        # The last reversals first: what stands undoes what it reverses.
        standing, undone = set(), set()
        for id_, reversed_id, is_posted in rows:
            if is_posted and id_ not in undone:
                standing.add(id_)
                undone.add(reversed_id)
        return self.filtered(lambda move: move.id in standing)
