from odoo.tests import HttpCase


class BrowserCase(HttpCase):
    """Tours from the list of invoices on; their names begin with that of the addon."""

    addon = "credit_control"

    @classmethod
    def _make_assets(cls):
        """Once for all tours, and not in the time that one of them has."""
        for name in (
            "web.assets_web",
            "web.assets_web_print",
            "web.assets_frontend",
            "web.assets_tests",
        ):
            bundle = cls.env["ir.qweb"]._get_asset_bundle(name)
            bundle.css()
            bundle.js()

    def _play(self, tour, user=None, path="/odoo/customer-invoices"):
        self.env.flush_all()
        name, login = f"{self.addon}_{tour}", user.login if user else None
        self.start_tour(path, name, login=login, timeout=180)
        self.env.invalidate_all()
