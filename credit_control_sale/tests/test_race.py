from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, Command, api
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

PATIENCE = 30


@tagged("post_install", "-at_install")
class TestRace(BaseCase):
    """Two confirmations at once: real transactions on the real database.

    Each order is within the limit, both together are not. What the tests commit
    they take away again at the end.
    """

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.addCleanup(self._clean_up)
        with self.registry.cursor() as cr:
            self._set_up_orders(self._env(cr))

    def _env(self, cr):
        return api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    def _set_up_orders(self, env):
        partner = env["res.partner"].create({"name": "Race", "is_company": True})
        product = env["product.product"].create({"name": "Race", "type": "service"})
        profile = env["credit.profile"]._get_or_create(partner, env.company)
        profile.write({"no_limit": False, "limit": 100})
        line = {"product_id": product.id, "price_unit": 60, "tax_ids": False}
        values = {"partner_id": partner.id, "order_line": [Command.create(line)]}
        self.partner_id, self.product_id = partner.id, product.product_tmpl_id.id
        self.order_ids = env["sale.order"].create([dict(values), dict(values)]).ids

    def _clean_up(self):
        with self.registry.cursor() as cr:
            env = self._env(cr)
            orders = env["sale.order"].browse(self.order_ids)
            orders._action_cancel()
            orders.unlink()
            env["credit.profile"].search(
                [("partner_id", "=", self.partner_id)]
            ).unlink()
            env["product.template"].browse(self.product_id).unlink()
            env["res.partner"].browse(self.partner_id).unlink()

    def _confirm(self, env, number):
        env["sale.order"].browse(self.order_ids[number]).action_confirm()

    def _get_states(self):
        with self.registry.cursor() as cr:
            orders = self._env(cr)["sale.order"].browse(self.order_ids)
            return orders.mapped(lambda order: (order.state, order.credit_hold_state))

    def _race(self, second):
        """The second transaction begins, the first one confirms; the second goes on
        and meets the first one's lock, then the first one commits.
        """
        with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
            early = stack.enter_context(self.registry.cursor())
            late = stack.enter_context(self.registry.cursor())
            late.execute("SELECT 1")  # its snapshot is taken
            env = self._env(early)
            self._confirm(env, 0)
            env.flush_all()
            waiting = pool.submit(second, self._env(late))
            self._wait_for_lock(late, waiting)
            early.commit()
            waiting.result(PATIENCE)

    def _wait_for_lock(self, cr, waiting):
        pid = cr._cnx.info.backend_pid
        with self.registry.cursor() as watch:
            while not waiting.done():
                watch.execute("SELECT cardinality(pg_blocking_pids(%s))", [pid])
                if watch.fetchone()[0]:
                    return

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
