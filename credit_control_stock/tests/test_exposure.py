from odoo.tests import tagged

from odoo.addons.credit_control_sale.tests.common import OrderCommon

FEW, MANY = 2, 12


@tagged("post_install", "-at_install")
class TestExposure(OrderCommon):
    """What the customer has already stands apart, and isn't counted twice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.invoice_policy = "delivery"

    def _create_four(self, partner=None):
        order = self._create_order(100, partner)
        order.order_line.write({"product_uom_qty": 4, "price_unit": 100})
        self._confirm(order)
        return order

    def _deliver(self, order, quantity):
        picking = order.picking_ids.filtered(lambda p: p.state != "done")
        picking.move_ids.quantity = quantity
        picking.move_ids.picked = True
        picking.with_context(cancel_backorder=False)._action_done()
        return picking

    def _assert_amounts(self, orders, delivered, exposure):
        self.env.flush_all()
        self.env.invalidate_all()
        amounts = {
            "order_amount": orders,
            "delivered_amount": delivered,
            "exposure": exposure,
        }
        self.assertRecordValues(self.profile, [amounts])
        row = self.env["credit.exposure"].browse(self.profile.id)
        self.assertRecordValues(row, [amounts])

    def test_delivered_step_by_step(self):
        order = self._create_four()
        self._assert_amounts(400, 0, 400)
        self._deliver(order, 1)
        self._assert_amounts(300, 100, 400)
        invoice = order._create_invoices()
        self._assert_amounts(300, 0, 400)  # in draft
        invoice.action_post()
        self._assert_amounts(300, 0, 400)
        self._deliver(order, 3)
        self._assert_amounts(0, 300, 400)
        order._create_invoices().action_post()
        self._assert_amounts(0, 0, 400)

    def test_invoiced_ahead(self):
        self.product.invoice_policy = "order"
        order = self._create_four()
        order._create_invoices().action_post()
        self._deliver(order, 1)
        self._assert_amounts(0, 0, 400)

    def test_a_down_payment_pays_for_what_was_delivered_first(self):
        order = self._create_four()
        wizard = self.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=order.ids
        )
        wizard.create(
            {"advance_payment_method": "percentage", "amount": 25}
        ).create_invoices()
        order.invoice_ids.action_post()
        self._deliver(order, 2)
        self._assert_amounts(200, 100, 400)

    def test_more_than_was_ordered(self):
        order = self._create_four()
        self._deliver(order, 5)
        self._assert_amounts(0, 400, 400)

    def test_in_another_currency(self):
        pounds = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        prices = self.env["product.pricelist"].create(
            {"name": "British", "currency_id": pounds.id}
        )
        order = self._create_order(25, pricelist_id=prices.id)
        order.order_line.write({"product_uom_qty": 8, "price_unit": 25})
        self._confirm(order)
        self._deliver(order, 2)
        self._assert_amounts(300, 100, 400)

    def test_the_records_behind_it(self):
        ahead, order = self._create_order(50), self._create_four()
        self._confirm(ahead)
        picking = self._deliver(order, 4)
        row = self.env["credit.exposure"].browse(self.profile.id)
        action = row.action_view_deliveries()
        self.assertEqual(
            self.env[action["res_model"]].search(action["domain"]), picking
        )
        officer = row.with_user(self.officer)
        action = officer.action_view_deliveries()
        found = officer.env[action["res_model"]].search(action["domain"])
        self.assertTrue(found)
        action = officer.action_view_orders()
        self.assertEqual(self.env["sale.order"].search(action["domain"]), ahead)

    def test_the_same_number_of_queries(self):
        counts = []
        for more in (FEW, MANY):
            for number in range(more):
                partner = self._create_debtor(f"Debtor {more} {number}")
                self._deliver(self._create_four(partner), 1)
            for _fill in range(2):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.cr.sql_log_count
                rows = self.env["credit.exposure"].search([("exposure", ">", 0)])
                self.assertTrue(any(rows.mapped("delivered_amount")))
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)
