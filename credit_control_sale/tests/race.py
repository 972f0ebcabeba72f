from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from odoo import SUPERUSER_ID, Command, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name

PATIENCE = 30


class RaceCase(BaseCase):
    """Two transactions at once: real ones on the real database.

    There are two orders of 60 of a customer whose limit is 100. What the tests commit
    they take away again at the end.
    """

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.addCleanup(self._clean_up)
        with self.registry.cursor() as cr:
            self._set_up(self._env(cr))

    def _env(self, cr):
        return api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    def _set_up(self, env):
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
            self._clean_orders(env["sale.order"].browse(self.order_ids))
            env["credit.profile"].search(
                [("partner_id", "=", self.partner_id)]
            ).unlink()
            env["product.template"].browse(self.product_id).unlink()
            env["res.partner"].browse(self.partner_id).unlink()

    def _clean_orders(self, orders):
        orders._action_cancel()
        orders.unlink()

    def _race(self, first, second):
        """The second transaction begins, the first one does its work; the second goes
        on and meets the first one's lock, then the first one commits.
        """
        with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
            early = stack.enter_context(self.registry.cursor())
            late = stack.enter_context(self.registry.cursor())
            late.execute("SELECT 1")  # its snapshot is taken
            env = self._env(early)
            first(env)
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
