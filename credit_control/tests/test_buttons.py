from lxml import etree

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestButtons(TransactionCase):
    """The web client hands every button the ids of its records."""

    def test_buttons_call_methods_of_records(self):
        """A method of the model takes no ids: pressed it fails, in tests it doesn't."""
        found = self.env["ir.model.data"].search(
            [("model", "=", "ir.ui.view"), ("module", "=like", "credit\\_%")]
        )
        views = self.env["ir.ui.view"].browse(found.mapped("res_id")).exists()
        names = set()
        for view in views.filtered("model"):
            for tag in etree.fromstring(view.arch_db).iter("button", "list", "kanban"):
                name = tag.get("action") or tag.get("name")
                if tag.get("type") == "object" and name:
                    names.add((view.model, name))
        self.assertGreater(len(names), 100)
        for model, name in sorted(names):
            method = getattr(self.env[model], name, None)
            # Buttons of a list within a form belong to another model.
            if method:
                with self.subTest(model=model, method=name):
                    self.assertFalse(getattr(method, "_api_model", False))
