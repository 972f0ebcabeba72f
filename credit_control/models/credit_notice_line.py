from odoo import fields, models

from ..core import escalation
from ..core.ageing import days_late


class CreditNoticeLine(models.Model):
    """An open item on a notice; its amounts freeze when the notice is sent."""

    _name = "credit.notice.line"
    _description = "Notice Item"
    _order = "notice_id, due_date, id"
    _rec_name = "name"

    notice_id = fields.Many2one(
        "credit.notice", required=True, index=True, ondelete="cascade"
    )
    run_id = fields.Many2one("credit.run", index=True, ondelete="cascade")
    profile_id = fields.Many2one(
        "credit.profile", string="Debtor", index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    currency_id = fields.Many2one("res.currency", required=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    item_id = fields.Many2one(
        "account.move.line",
        string="Journal item",
        index="btree_not_null",
        ondelete="set null",
    )
    move_id = fields.Many2one(
        "account.move", string="Invoice", index="btree_not_null", ondelete="set null"
    )
    name = fields.Char(string="Document")
    date = fields.Date(string="Notice date")
    due_date = fields.Date()
    days_late = fields.Integer()
    original_amount = fields.Monetary()
    amount = fields.Monetary(string="Open amount")
    company_amount = fields.Monetary(
        string="Open in company currency", currency_field="company_currency_id"
    )
    level_id = fields.Many2one("credit.policy.level", ondelete="restrict")
    level_number = fields.Integer(
        string="Level number", help="None for a credit that the notice deducts."
    )
    channel = fields.Char(readonly=True)
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("sent", "Sent"),
            ("dropped", "Dropped"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="proposed",
    )
    drop_reason = fields.Char(string="Why dropped")

    # The promise of the whole addon: nobody gets one level twice for one item.
    _once_uniq = models.UniqueIndex(
        "(item_id, level_number) WHERE state IN ('proposed', 'sent')",
        "An item of this run has just got this level elsewhere. Propose again.",
    )

    def _refresh(self, decision, as_of) -> None:
        """Follow the second decision on this item, made while sending."""
        self.ensure_one()
        if decision and self._is_still_due(decision):
            item = decision.item
            self.write(
                {
                    "amount": float(item.residual),
                    "company_amount": float(item.company_residual),
                    "due_date": item.due,
                    "days_late": days_late(item.due, as_of),
                }
            )
        else:
            self.write({"state": "dropped", "drop_reason": self._word_drop(decision)})

    def _is_still_due(self, decision) -> bool:
        if not self.level_number:
            return decision.code == escalation.NETTED
        if self.notice_id.forced:
            # The level was chosen by hand: only its day is of no account.
            return decision.code in (escalation.DUE, escalation.NOT_YET)
        return (
            decision.code == escalation.DUE
            and decision.level.number == self.level_number
        )

    def _word_drop(self, decision) -> str:
        if not decision:
            return self.env._("Paid or cancelled since the proposal.")
        return self.env["credit.dunning"]._get_reason_text(decision)
