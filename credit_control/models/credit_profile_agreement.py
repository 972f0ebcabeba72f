from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_amount


class Wait(NamedTuple):
    """A debtor would have until a day to pay some of his items."""

    profile: models.BaseModel
    items: models.BaseModel
    until: date


class CreditProfileAgreement(models.Model):
    """What can be agreed with a debtor is about items that he owes."""

    _inherit = "credit.profile"

    def _get_agreement_rules(self):
        """The policy whose rules about promises and plans hold for this debtor."""
        policy = self.effective_policy_id.sudo()
        return policy or policy.new(policy.default_get(list(policy._fields)))

    # -- what speaks against it ------------------------------------------------

    @api.model
    def _find_wait_warnings(self, waits: Sequence[Wait]) -> list[list[str]]:
        """What speaks against each of ``waits``, in sentences for an officer.

        To be extended: an addon adds its own. Promises, plans and later due dates show
        them before they are agreed on; what a debtor asks for on his page waits.
        """
        return [[] for _wait in waits]

    def _get_wait_warnings(self, items, until: date) -> list[str]:
        """What speaks against waiting ``until`` that day for ``items``."""
        if not self or not until:
            return []
        wait = Wait(self._origin, items._origin, until)
        return self._find_wait_warnings([wait])[0]

    # -- what he owes ----------------------------------------------------------

    def _is_owed(self, item) -> bool:
        return (
            item.partner_id.commercial_partner_id == self.partner_id
            and item.company_id == self.company_id
            and item.account_type == "asset_receivable"
            and item.parent_state == "posted"
            and item.amount_residual_currency > 0
        )

    def _check_owed(self, items) -> None:
        """Refuse what this debtor doesn't owe."""
        strange = items.filtered(lambda item: not self._is_owed(item))
        if strange:
            raise UserError(
                self.env._(
                    "%(document)s is not open on the account of %(debtor)s.",
                    document=strange[0].move_name or strange[0].display_name,
                    debtor=self.partner_id.display_name,
                )
            )

    def _check_amounts(self, amounts: dict) -> None:
        """Refuse amounts by item that can't be agreed on.

        :raises UserError: no items, several currencies, items of somebody else, or
            amounts that are nothing or more than is open
        """
        items = self.env["account.move.line"].concat(*amounts)
        if not items:
            raise UserError(self.env._("Choose the invoices that this is about."))
        if len(items.currency_id) > 1:
            raise UserError(self.env._("Choose invoices of one currency at a time."))
        self._check_owed(items)
        for item, amount in amounts.items():
            self._check_amount(item, amount)

    def _check_amount(self, item, amount: float) -> None:
        still = item.amount_residual_currency
        currency = item.currency_id
        if currency.compare_amounts(amount, 0.0) <= 0:
            raise UserError(
                self.env._("Say how much of %s it is.", item.move_name or item.name)
            )
        if currency.compare_amounts(amount, still) > 0:
            raise UserError(
                self.env._(
                    "Of %(document)s only %(amount)s is open.",
                    document=item.move_name or item.name,
                    amount=format_amount(self.env, still, currency),
                )
            )

    def _get_responsible(self, *candidates):
        """The first colleague of the company among ``candidates``, the collector, who
        sent the last notice, and whoever acts; nobody if there is none.

        A debtor who acts in his portal is no colleague.
        """
        self.ensure_one()
        for user in (*candidates, self.collector_id, self._get_last_sender()):
            found = user.sudo()
            if (
                found.active
                and not found.share
                and self.sudo().company_id in found.company_ids
            ):
                return user
        return self.env["res.users"]
