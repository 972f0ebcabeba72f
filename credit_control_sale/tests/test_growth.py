from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import OrderCommon


@tagged("post_install", "-at_install")
class TestGrowth(OrderCommon):
    """A confirmed order doesn't grow past the limit unseen."""

    def setUp(self):
        super().setUp()
        self.order = self._create_order(800)
        self.assertTrue(self._confirm(self.order))
        self.mine = self.order.with_user(self.seller)

    def _add(self, amount, order=None):
        line = {
            "product_id": self.product.id,
            "price_unit": amount,
            "tax_ids": False,
        }
        (order or self.mine).write({"order_line": [Command.create(line)]})

    def test_within_the_limit(self):
        self._add(200)
        self.assertEqual(self.order.amount_total, 1000)

    def test_over_the_limit(self):
        with self.assertRaisesRegex(UserError, "Over the credit limit"):
            self._add(201)

    def test_by_a_line(self):
        with self.assertRaisesRegex(UserError, "Ask the credit team"):
            self.mine.order_line.write({"product_uom_qty": 2, "price_unit": 800})

    def test_by_a_new_line(self):
        with self.assertRaises(UserError):
            self.mine.order_line.create(
                {
                    "order_id": self.order.id,
                    "product_id": self.product.id,
                    "price_unit": 300,
                }
            )

    def test_by_another_debtor(self):
        self._profile(self.other_debtor).write({"no_limit": False, "limit": 5})
        with self.assertRaises(UserError):
            self.mine.partner_invoice_id = self.other_debtor

    def test_smaller_is_always_possible(self):
        self.profile.limit = 10
        self.mine.order_line.price_unit = 700
        self.assertEqual(self.order.amount_total, 700)
        with self.assertRaises(UserError):
            self.mine.order_line.price_unit = 701

    def test_a_warning_stops_nothing(self):
        self.profile.tier_id = self.good
        self._add(500)
        self.assertEqual(self.order.amount_total, 1300)

    def test_released(self):
        self._decide(self.order, amount=1300)
        self._add(500)
        with self.assertRaises(UserError):
            self._add(1)

    def test_released_by_who_may(self):
        self.profile.tier_id = self.poor
        self._decide(self.order, amount=1300)
        with self.assertRaises(UserError):
            self._add(500)
        self._decide(self.order, user=self.manager, amount=1300)
        self._add(500)
        self.assertEqual(self.order.amount_total, 1300)

    def test_what_odoo_does_by_itself(self):
        self._add(500, self.order.sudo())
        self.assertEqual(self.order.amount_total, 1300)

    def test_a_quotation_may_grow(self):
        order = self._create_order(10).with_user(self.seller)
        self._add(5000, order)
        self.assertEqual(order.credit_light, "hold")
