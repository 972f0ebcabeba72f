from odoo import models
from odoo.exceptions import UserError

from ..rights import check_officer


class AccountMoveLineAgreement(models.Model):
    """Promises and disputes begin with the open items chosen."""

    _inherit = "account.move.line"

    def action_credit_promise(self):
        """Ask what is promised of these items, and by when."""
        claims = self._get_credit_claims()
        if len(claims.partner_id.commercial_partner_id) > 1:
            return claims._promise_of_several()
        profile = self._get_credit_debtor()
        return {**profile.action_make_promise(), "context": self._begin_with(profile)}

    def action_credit_dispute(self):
        """Ask what is disputed of these items, and why."""
        profile = self._get_credit_debtor()
        return {**profile.action_open_dispute(), "context": self._begin_with(profile)}

    def _promise_of_several(self):
        """One promise for each debtor of these items."""
        check_officer(self.env, self.env._("Only credit officers note promises."))
        files = self.env["credit.profile"]
        for company, items in self.grouped("company_id").items():
            for partner in items.partner_id.commercial_partner_id:
                files |= files._get_or_create(partner, company)
        return files._get_bulk_action("promise", self.env._("Promise to pay"), self)

    def _get_credit_debtor(self):
        """The one debtor who owes these items."""
        check_officer(
            self.env, self.env._("Only credit officers note promises and disputes.")
        )
        claims = self._get_credit_claims()
        if (
            len(claims.partner_id.commercial_partner_id) != 1
            or len(claims.company_id) != 1
        ):
            raise UserError(self.env._("Choose open invoices of one debtor."))
        return self.env["credit.profile"]._get_or_create(
            claims.partner_id, claims.company_id
        )

    def _get_credit_claims(self):
        return self.filtered(lambda item: item.amount_residual_currency > 0)

    def _begin_with(self, profile) -> dict:
        return {
            "default_profile_id": profile.id,
            "credit_item_ids": self._get_credit_claims().ids,
        }
