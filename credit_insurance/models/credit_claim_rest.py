from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

# When nothing more comes from the insurer.
OVER = ("refused", "paid", "closed")
ACTIVITY = "credit_insurance.activity_vat"


class CreditClaimRest(models.Model):
    """What is left when the insurer has decided."""

    _inherit = "credit.claim"

    vat_ids = fields.One2many(
        "credit.claim.vat",
        "claim_id",
        domain=[("written_vat", "!=", 0)],
        readonly=True,
    )
    has_lost_vat = fields.Boolean(
        string="VAT to reclaim", compute="_compute_has_lost_vat"
    )

    @api.depends("vat_ids.lost_vat")
    def _compute_has_lost_vat(self):
        for claim in self:
            claim.has_lost_vat = bool(claim._get_lost_vat())

    def _get_lost_vat(self):
        return self.vat_ids.filtered("lost_vat")

    def action_write_off(self):
        """Ask where the loss is booked."""
        self._as_officer(*OVER)
        self._check_writable_off()
        return self._ask_loss("write_off", self.env._("Write off"))

    def action_reclaim_vat(self):
        """Ask for the proof that gives the VAT back."""
        self._as_officer(*OVER)
        return self._ask_loss("vat", self.env._("Reclaim the VAT"))

    def _ask_loss(self, kind: str, name: str) -> dict:
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "credit.collection.write.off",
            "view_mode": "form",
            "target": "new",
            "context": {"default_claim_id": self.id, "default_kind": kind},
        }

    def _check_writable_off(self) -> None:
        if self.state not in OVER:
            raise UserError(
                self.env._("Wait for what the insurer pays before you write off.")
            )
        if self.company_currency_id.is_zero(self.rest_amount):
            raise UserError(self.env._("Nothing is open any more."))

    def _word_aftermath(self) -> str:
        amount = format_amount(self.env, self.rest_amount, self.company_currency_id)
        words = self.env._(
            "%(amount)s of claim %(claim)s is paid by nobody.",
            amount=amount,
            claim=self.name,
        )
        return f"{words} {self.company_id._word_vat_relief()}"

    def _get_indemnified(self, item) -> float:
        """What the insurer paid of ``item``, in its currency."""
        paid = item.matched_credit_ids.filtered(
            lambda one: one.credit_move_id.move_id in self.move_ids
        )
        return sum(paid.mapped("debit_amount_currency"))

    def _get_insolvency_day(self) -> date | bool:
        return self.insolvency_date

    def _follow_lost_vat(self, amount: str, vat_day: date | None) -> None:
        """Remember that VAT of ``amount`` can be reclaimed from ``vat_day`` on."""
        self.activity_feedback([ACTIVITY])
        if not vat_day:
            return
        self.activity_schedule(
            ACTIVITY,
            vat_day,
            self.env._("The VAT can be reclaimed"),
            self.env._("%s of VAT was written off with the invoices.", amount),
            user_id=self.env.uid,
        )
