from ast import literal_eval

from odoo.addons.credit_control_sale.tests.common import OrderCommon


class DeliveryCommon(OrderCommon):
    """Orders of Azure, a fair debtor, only warn, deliveries wait for an officer.

    Ten pieces lie in the warehouse, where walter works.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.worker = cls._create_user("walter", "stock.group_stock_user")
        cls.product.is_storable = True
        cls.stock = (
            cls.env["stock.warehouse"]
            .search([("company_id", "=", cls.company.id)], limit=1)
            .lot_stock_id
        )
        cls._receive(10)
        cls.profile.tier_id = cls.fair
        cls.fair.write(
            {
                "order_rule": "warn",
                "overdue_rule": "warn",
                "delivery_rule": "approval",
            }
        )
        cls.level_2.order_hold = True

    @classmethod
    def _receive(cls, quantity):
        cls.env["stock.quant"]._update_available_quantity(
            cls.product, cls.stock, quantity
        )

    def _put_on_hold(self):
        """A reminder goes out that holds orders; returns the invoice it is about."""
        self.profile.no_limit = True
        invoice = self._create_overdue_invoice(10, 500)
        self._dun()
        self.assertTrue(self.profile.order_hold)
        return invoice

    def _deliver_to(self, partner=None, quantity=2, price=100.0, **values):
        """The delivery of a confirmed order."""
        order = self._create_order(price, partner, **values)
        order.order_line.write({"product_uom_qty": quantity, "price_unit": price})
        self.assertTrue(self._confirm(order))
        return order.picking_ids

    def _get_queue(self):
        """What stands in the list, as it opens."""
        action = self.env.ref("credit_control_stock.action_delivery_hold")
        domain = [*literal_eval(action.domain), ("state", "=", "waiting")]
        return self.env["credit.delivery.hold"].search(domain)

    def _validate(self, pickings, user=None):
        """Press the button, as the worker."""
        pickings = pickings.with_user(user or self.worker)
        return pickings.with_context(skip_backorder=True).button_validate()

    def _release(self, holds, user=None, **values):
        holds = holds.with_user(user or self.officer)
        action = holds.action_release()
        wizard = holds.env[action["res_model"]].with_context(**action["context"])
        wizard.create({"reason": "Pays at the door", **values}).action_release()
