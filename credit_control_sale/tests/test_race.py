from unittest.mock import patch

import psycopg2

from odoo import Command
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tools import mute_logger

from .race import RaceCase


@tagged("post_install", "-at_install")
class TestRace(RaceCase):
    """Two confirmations at once: each order is within the limit, both aren't."""

    def _confirm(self, env, number):
        env["sale.order"].browse(self.order_ids[number]).action_confirm()

    def _get_states(self):
        with self.registry.cursor() as cr:
            orders = self._env(cr)["sale.order"].browse(self.order_ids)
            return orders.mapped(lambda order: (order.state, order.credit_hold_state))

    def _race(self, second):
        super()._race(lambda env: self._confirm(env, 0), second)

    @mute_logger("odoo.sql_db")
    def test_the_later_one_fails(self):
        with self.assertRaises(psycopg2.errors.SerializationFailure):
            self._race(lambda env: self._confirm(env, 1))
        self.assertEqual(self._get_states(), [("sale", False), ("draft", False)])

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_odoo_repeats_it_and_it_waits(self):
        def request(env):
            with patch("odoo.service.model.random.uniform", lambda *_: 0):
                retrying(lambda: self._confirm(env, 1), env)

        self._race(request)
        self.assertEqual(self._get_states(), [("sale", False), ("draft", "waiting")])

    @mute_logger("odoo.sql_db")
    def test_though_it_began_before_the_first_one_ended(self):
        """No lock is left to meet, but its figures are of before."""
        with self.registry.cursor() as late:
            late.execute("SELECT 1")
            with self.registry.cursor() as early:
                self._confirm(self._env(early), 0)
            with self.assertRaises(psycopg2.errors.SerializationFailure):
                self._confirm(self._env(late), 1)
            late.rollback()

    @mute_logger("odoo.sql_db")
    def test_members_of_a_group_share_its_limit(self):
        with self.registry.cursor() as cr:
            env = self._env(cr)
            other = env["res.partner"].create({"name": "Race too", "is_company": True})
            profiles = env["credit.profile"]._get_or_create(
                other | other.browse(self.partner_id), env.company
            )
            group = env["credit.group"].create(
                {
                    "name": "Race",
                    "limit": 100,
                    "member_ids": [Command.set(profiles.ids)],
                }
            )
            order = env["sale.order"].browse(self.order_ids[1])
            order.write({"partner_id": other.id})
            order.order_line.price_unit = 60
            group_id, other_id = group.id, other.id

        def clean_up():
            with self.registry.cursor() as cr:
                env = self._env(cr)
                env["credit.group"].browse(group_id).unlink()
                env["sale.order"].browse(self.order_ids[1]).partner_id = self.partner_id
                env["res.partner"].browse(other_id).unlink()

        self.addCleanup(clean_up)
        with self.assertRaises(psycopg2.errors.SerializationFailure):
            self._race(lambda env: self._confirm(env, 1))
        self.assertEqual(self._get_states(), [("sale", False), ("draft", False)])
