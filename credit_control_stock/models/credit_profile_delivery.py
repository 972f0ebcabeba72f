from odoo import models
from odoo.fields import Domain

from odoo.addons.credit_control_sale.models.credit_profile import OrderReason


class CreditProfileDelivery(models.Model):
    """What stands in the way of deliveries to a debtor."""

    _inherit = "credit.profile"

    def _get_delivery_reasons(self) -> list[OrderReason]:
        """Why goods can't simply be delivered; what was ordered counts already."""
        return self._find_reasons(0.0, lambda code: self.tier_id.delivery_rule)

    # -- orders on hold --------------------------------------------------------

    def _hold_orders(self, notice) -> None:
        result = super()._hold_orders(notice)
        self._check_deliveries()
        return result

    def _release(self, message: str, **values) -> None:
        result = super()._release(message, **values)
        self._check_deliveries()
        return result

    def _tell_risk_changed(self) -> None:
        result = super()._tell_risk_changed()
        self._check_deliveries()
        return result

    def _check_deliveries(self) -> None:
        """Put the open deliveries of these debtors into the queue, or take them out."""
        self._search_deliveries()._filtered_credit_held()

    def _search_deliveries(self):
        """The open deliveries that these debtors pay for, whoever has a look."""
        pickings = self.env["stock.picking"].sudo()
        payer = "sale_id.partner_invoice_id.commercial_partner_id"
        found = pickings.search(
            pickings._get_credit_domain()
            & Domain("state", "!=", "draft")
            & Domain(payer, "in", self.partner_id.ids)
            & Domain("sale_id.company_id", "in", self.company_id.ids)
        )
        profiles = found._fetch_credit_profiles()
        return found.filtered(lambda picking: profiles[picking] & self)
