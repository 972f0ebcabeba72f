from datetime import date

from odoo import api, fields, models
from odoo.tools import format_amount

from .credit_collection_file import IRRECOVERABLE, PARTLY

TODO, PROVIDED, VAT_WAITS, DONE = "todo", "provided", "vat", "done"
INSOLVENT = "credit_control.signal_insolvency"


class CreditCollectionLoss(models.Model):
    """What comes back unpaid: it is provided for, written off, and its VAT reclaimed."""

    _inherit = "credit.collection.file"

    aftermath = fields.Selection(
        [
            (TODO, "To decide"),
            (PROVIDED, "Provided for"),
            (VAT_WAITS, "VAT to reclaim"),
            (DONE, "Done"),
        ],
        string="Provision, write-off, VAT",
        readonly=True,
        index="btree_not_null",
        copy=False,
    )

    provision_move_id = fields.Many2one(
        "account.move", string="Provision", readonly=True, copy=False
    )
    lost_vat = fields.Monetary(
        string="VAT to reclaim",
        compute="_compute_lost_vat",
        help="VAT that was written off and that the law didn't give back then.",
    )

    @api.depends("line_ids.lost_vat")
    def _compute_lost_vat(self):
        for file in self:
            file.lost_vat = sum(file.line_ids.mapped("lost_vat"))

    # -- comes back ------------------------------------------------------------

    def _after_close(self, as_of: date) -> None:
        """What comes back unpaid wants to be provided for or written off."""
        result = super()._after_close(as_of)
        if self.outcome in (IRRECOVERABLE, PARTLY) and self.open_principal > 0:
            self._plan_loss(as_of)
        return result

    def _plan_loss(self, as_of: date) -> None:
        self.aftermath = TODO
        self._plan_activity(
            self.env._("Came back unpaid: provision, write-off, VAT"),
            self._word_aftermath(),
            as_of,
        )

    def _word_aftermath(self) -> str:
        open_ = format_amount(self.env, self.open_principal, self.currency_id)
        return self.env._(
            "%(amount)s of %(file)s is not paid. Provide for it, or write it off. "
            "%(vat)s",
            amount=open_,
            file=self.name,
            vat=self.company_id._word_vat_relief(),
        )

    def _get_insolvency_day(self) -> date | bool:
        """Since when the debtor is insolvent, by what is recorded of him."""
        kind = self.env.ref(INSOLVENT, raise_if_not_found=False)
        signals = self.profile_id.signal_ids.filtered(lambda s: s.kind_id == kind)
        return min(signals.mapped("date"), default=False)

    # -- book ------------------------------------------------------------------

    def action_write_off(self):
        """Ask where the loss is booked."""
        return self._ask_loss("write_off", self.env._("Write off"))

    def action_provide(self):
        """Ask how much is provided for."""
        return self._ask_loss("provide", self.env._("Provide for"))

    def action_reclaim_vat(self):
        """Ask for the proof that gives the VAT back."""
        return self._ask_loss("vat", self.env._("Reclaim the VAT"))

    def _ask_loss(self, kind: str, name: str) -> dict:
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "credit.collection.write.off",
            "view_mode": "form",
            "target": "new",
            "context": {"default_file_id": self.id, "default_kind": kind},
        }

    def _note_provision(self, entry) -> None:
        self.provision_move_id = entry

    def _reverse_provision(self, as_of: date) -> None:
        """The loss is there: nothing is to be provided for any more."""
        provision = self.provision_move_id.filtered(lambda m: m.state == "posted")
        if provision:
            provision._reverse_moves([{"date": as_of}], cancel=True)
        self.provision_move_id = False

    def _follow_loss(self, vat_day: date | None) -> None:
        """What is still to be done, and when.

        :param vat_day: from when on VAT that waits can be reclaimed, as far as known
        """
        self.activity_feedback(["credit_insurance.activity_collection"])
        if self.open_principal > 0:
            if self.provision_move_id:
                self.aftermath = PROVIDED
            else:
                self._plan_loss(self.company_id._credit_today())
            return
        self.aftermath = VAT_WAITS if self.lost_vat else DONE
        if self.lost_vat and vat_day:
            amount = format_amount(self.env, self.lost_vat, self.currency_id)
            self._plan_activity(
                self.env._("The VAT can be reclaimed"),
                self.env._("%s of VAT was written off with the invoices.", amount),
                vat_day,
            )

    def action_view_provision(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.provision_move_id.id,
            "view_mode": "form",
        }

    def action_aftermath_done(self):
        """It was settled otherwise."""
        files = self._as_officer()
        files.aftermath = DONE
        files.activity_feedback(["credit_insurance.activity_collection"])
        return True
