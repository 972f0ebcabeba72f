from datetime import date, timedelta

from odoo import api, models

from odoo.addons.credit_control.demo import story
from odoo.addons.credit_control_sale.models.credit_risk_tier import RANK

QUANTITIES = (6, 11)


class CreditDemo(models.AbstractModel):
    """Goods that were ordered before the reminder went out wait in the warehouse."""

    _inherit = "credit.demo"

    @api.model
    def _build(self, as_of: date, count: int = story.INVOICES):
        company = super()._build(as_of, count)
        holds = self.env["credit.delivery.hold"]
        if not holds.search_count([("company_id", "=", company.id)], limit=1):
            demo = self.with_company(company).with_context(
                allowed_company_ids=company.ids, mail_activity_quick_update=True
            )
            demo._create_warehouse()
            demo._hold_deliveries()
        return company

    def _hold_deliveries(self) -> None:
        """The order was let through, the delivery is looked at by itself."""
        seller = self._create_seller(self.env.company)
        product = self._create_product()
        for debtor, quantity in zip(self._find_stopped(), QUANTITIES, strict=False):
            order = self._create_order(seller, debtor, product, quantity)
            order._release_credit(
                self.env._("Ordered before the customer was late"),
                self.env.company._credit_today() + timedelta(7),
                order._get_credit_amount(),
            )
            order.action_confirm()
            order.picking_ids._filtered_credit_held()

    def _find_stopped(self):
        debtors = self.env["credit.profile"].search(
            [("company_id", "=", self.env.company.id)], order="order_hold DESC, id"
        )
        return debtors.filtered(
            lambda debtor: any(
                RANK[reason.rule] >= RANK["approval"]
                for reason in debtor._get_delivery_reasons()
            )
        )
