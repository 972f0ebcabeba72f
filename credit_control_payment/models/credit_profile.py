from odoo import models
from odoo.exceptions import UserError


class CreditProfile(models.Model):
    """Open items are paid online, where a provider takes payments."""

    _inherit = "credit.profile"

    def _get_page_payment_url(self) -> str:
        if not self._get_payment_providers():
            return super()._get_page_payment_url()
        return f"{self.access_url}/pay"

    def _get_payment_providers(self):
        """Providers that take payments of this debtor now."""
        providers = self.env["payment.provider"].sudo()
        return providers.search(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "in", ("enabled", "test")),
                ("is_published", "=", True),
            ]
        )

    def _get_page_payment(self, item_ids):
        """The chosen claims, all of one currency.

        :raises UserError: none, not his, or of several currencies
        """
        items = self._get_page_choice(item_ids)
        if len(items.currency_id) > 1:
            raise UserError(
                self.env._("Please pay the invoices of one currency at a time.")
            )
        return items
