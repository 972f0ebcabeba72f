from odoo import Command
from odoo.tests import tagged

from .common import DeliveryCommon


@tagged("post_install", "-at_install")
class TestDropship(DeliveryCommon):
    """What a supplier sends straight to the customer waits, too."""

    def _send(self, source, target):
        """A transfer between two places for an order of Azure, who is over the limit."""
        picking = self._deliver_to()
        line = picking.sale_id.order_line
        picking.action_cancel()
        self.profile.limit = 100
        self.env.invalidate_all()
        warehouse = self.stock.warehouse_id
        return self.env["stock.picking"].create(
            {
                "picking_type_id": warehouse.in_type_id.id,
                "location_id": self.env.ref(source).id,
                "location_dest_id": self.env.ref(target).id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": line.product_id.id,
                            "product_uom_qty": 2,
                            "location_id": self.env.ref(source).id,
                            "location_dest_id": self.env.ref(target).id,
                            "sale_line_id": line.id,
                        }
                    )
                ],
            }
        )

    def test_from_the_supplier_to_the_customer(self):
        picking = self._send("stock.stock_location_suppliers", CUSTOMERS)
        picking.action_confirm()
        picking.move_ids.quantity = 2
        self._validate(picking)
        self.assertNotEqual(picking.state, "done")
        self.assertTrue(picking.credit_waits)
        self.assertEqual(self._get_queue().picking_id, picking)
        self._release(self._get_queue())
        picking.move_ids.quantity = 2
        self._validate(picking)
        self.assertEqual(picking.state, "done")

    def test_what_comes_back_never_waits(self):
        for target in ("stock.stock_location_suppliers", CUSTOMERS):
            picking = self._send(CUSTOMERS, target)
            self.assertFalse(picking._filtered_credit_held())


CUSTOMERS = "stock.stock_location_customers"
