"""What stops deliveries, or lets them go on, is written down the day it happens.

The morning finds what only the calendar brings: an invoice that passes its extension
period, a decision that takes effect.
"""

from odoo import api, models


class CreditInsuranceDecision(models.Model):
    """The insurer withdraws a limit, or gives it back."""

    _inherit = "credit.insurance.decision"

    @api.model_create_multi
    def create(self, vals_list):
        decisions = super().create(vals_list)
        decisions.profile_id._update_insurance_stops()
        return decisions


class CreditSignal(models.Model):
    """The debtor becomes insolvent, or isn't any more."""

    _inherit = "credit.signal"

    @api.model_create_multi
    def create(self, vals_list):
        signals = super().create(vals_list)
        signals._note_insolvency()
        return signals

    def write(self, vals):
        result = super().write(vals)
        if not {"kind_id", "date", "until"}.isdisjoint(vals):
            self._note_insolvency()
        return result

    def _note_insolvency(self) -> None:
        meant = self.filtered("kind_id.means_insolvency")
        meant.profile_id._update_insurance_stops()


class CreditClaim(models.Model):
    """The overdue is reported, or the claim ends."""

    _inherit = "credit.claim"

    def write(self, vals):
        result = super().write(vals)
        if not {"state", "notified_date"}.isdisjoint(vals):
            self.profile_id._update_insurance_stops()
        return result


class CreditCollectionFile(models.Model):
    """The debt is handed over, or comes back."""

    _inherit = "credit.collection.file"

    def write(self, vals):
        result = super().write(vals)
        if not {"state", "sent_date"}.isdisjoint(vals):
            self.profile_id._update_insurance_stops()
        return result


class AccountMove(models.Model):
    """Money or a credit note comes in: what is left may not be late any more."""

    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted.line_ids.filtered(lambda item: item.balance < 0)._note_paid()
        return posted


class AccountPartialReconcile(models.Model):
    """Money is matched with what is late."""

    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials.credit_move_id._note_paid()
        return partials


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _note_paid(self) -> None:
        """Let deliveries to these debtors go on, if this is what they waited for."""
        items = self.filtered(lambda item: item.account_type == "asset_receivable")
        partners = items.partner_id.commercial_partner_id
        if not partners:
            return
        standing = (
            self.env["credit.insurance.stop"]
            .sudo()
            .search(
                [
                    ("profile_id.partner_id", "in", partners.ids),
                    ("company_id", "in", items.company_id.ids),
                    ("date_to", "=", False),
                ]
            )
        )
        standing.profile_id._update_insurance_stops()
