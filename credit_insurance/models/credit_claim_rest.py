from datetime import date

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_amount

# When nothing more comes from the insurer.
OVER = ("refused", "paid", "closed")


class CreditClaimRest(models.Model):
    """What is left when the insurer has decided."""

    _inherit = "credit.claim"

    def action_write_off(self):
        """Ask where the loss is booked."""
        self._as_officer(*OVER)
        self._check_writable_off()
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Write off"),
            "res_model": "credit.collection.write.off",
            "view_mode": "form",
            "target": "new",
            "context": {"default_claim_id": self.id},
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

    def _follow_lost_vat(self, amount: str, vat_day: date) -> None:
        """Remember that VAT of ``amount`` can be reclaimed from ``vat_day`` on."""
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            vat_day,
            self.env._("The VAT can be reclaimed"),
            self.env._("%s of VAT was written off with the invoices.", amount),
            user_id=self.env.uid,
        )
