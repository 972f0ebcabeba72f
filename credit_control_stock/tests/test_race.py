from unittest.mock import patch

import psycopg2

from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.credit_control_sale.tests.race import RaceCase


@tagged("post_install", "-at_install")
class TestRace(RaceCase):
    """Two people validate deliveries of a customer who gets nothing at the same time."""

    def _set_up(self, env):
        super()._set_up(env)
        orders = env["sale.order"].browse(self.order_ids)
        product = orders.order_line.product_id
        product.type = "consu"
        profile = env["credit.profile"].search([("partner_id", "=", self.partner_id)])
        profile.limit = 1000
        orders.action_confirm()
        tier = env["credit.risk.tier"].create(
            {"name": "Race", "code": "race", "delivery_rule": "approval"}
        )
        profile.write({"limit": 10, "tier_id": tier.id})
        self.tier_id = tier.id
        self.picking_ids = orders.picking_ids.ids

    def _clean_up(self):
        super()._clean_up()
        with self.registry.cursor() as cr:
            self._env(cr)["credit.risk.tier"].browse(self.tier_id).unlink()

    def _clean_orders(self, orders):
        pickings = orders.picking_ids
        super()._clean_orders(orders)
        pickings.unlink()

    def _validate(self, env, number):
        picking = env["stock.picking"].browse(self.picking_ids[number])
        self.assertIsInstance(picking.button_validate(), dict)

    def _get_waiting(self):
        with self.registry.cursor() as cr:
            holds = self._env(cr)["credit.delivery.hold"].search(
                [("picking_id", "in", self.picking_ids), ("state", "=", "waiting")]
            )
            return holds.picking_id.ids

    def _race_to_validate(self, number):
        """The first delivery, and that of ``number`` as Odoo does it in a request."""

        def request(env):
            with patch("odoo.service.model.random.uniform", lambda *_: 0):
                retrying(lambda: self._validate(env, number), env)

        self._race(lambda env: self._validate(env, 0), request)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_the_same_delivery(self):
        """It stands in the queue once; the later one reads why after all."""
        self._race_to_validate(0)
        self.assertEqual(self._get_waiting(), self.picking_ids[:1])

    @mute_logger("odoo.sql_db")
    def test_the_same_delivery_isnt_told_twice(self):
        with self.assertRaises(psycopg2.errors.SerializationFailure):
            self._race(
                lambda env: self._validate(env, 0), lambda env: self._validate(env, 0)
            )

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_deliveries_of_one_customer(self):
        self._race_to_validate(1)
        self.assertEqual(self._get_waiting(), self.picking_ids)
