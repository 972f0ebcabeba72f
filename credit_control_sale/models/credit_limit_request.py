from odoo import models

SELLERS = "sales_team.group_sale_salesman"
ALL_SELLERS = "sales_team.group_sale_salesman_all_leads"


class CreditLimitRequest(models.Model):
    """Sales people ask for their customers and see the outcome, not the ledger."""

    _inherit = "credit.limit.request"

    def _may_request(self) -> bool:
        return super()._may_request() or self._is_for_own_customer()

    def _is_for_own_customer(self) -> bool:
        """As with orders: customers of nobody are everybody's."""
        user = self.env.user
        if user.has_group(ALL_SELLERS):
            return True
        seller = self.sudo().partner_id.commercial_partner_id.user_id
        return user.has_group(SELLERS) and seller in (user, user.browse())
