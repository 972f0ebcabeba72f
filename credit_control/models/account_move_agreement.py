from odoo import fields, models

VIEWERS = "credit_control.group_viewer"


class AccountMoveAgreement(models.Model):
    """What is promised and disputed of an invoice."""

    _inherit = "account.move"

    credit_agreement_words = fields.Char(
        string="Promised or disputed",
        compute="_compute_credit_agreement_words",
        groups=VIEWERS,
    )

    def _compute_credit_agreement_words(self):
        words = self._get_credit_agreement_words()
        for move in self:
            move.credit_agreement_words = " ".join(words.get(move._origin, []))

    def _get_credit_agreement_words(self) -> dict:
        """{invoice: sentences on what is promised and disputed of it}."""
        found: dict = {}
        ours = [("item_id.move_id", "in", self._origin.ids)]
        promised = self.env["credit.promise.line"].search(
            [*ours, ("state", "=", "open")]
        )
        disputed = self.env["credit.dispute.line"].search(
            [*ours, ("state", "in", ("new", "accepted"))]
        )
        for line in promised:
            found.setdefault(line.item_id.move_id, []).append(
                line.promise_id._word_pause()
            )
        for line in disputed:
            found.setdefault(line.item_id.move_id, []).append(line._word())
        return found

    def action_credit_promise(self):
        """Ask what is promised of these invoices, and by when."""
        return self._get_credit_items().action_credit_promise()

    def action_credit_dispute(self):
        """Ask what is disputed of these invoices, and why."""
        return self._get_credit_items().action_credit_dispute()
