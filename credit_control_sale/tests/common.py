from odoo import Command
from odoo.tests import Form, new_test_user

from odoo.addons.credit_control.tests.common import CreditControlCommon

SPACE = "\N{NO-BREAK SPACE}"


class OrderCommon(CreditControlCommon):
    """Azure, a fair debtor, may owe 1,000; seller sells, officer and manager decide."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env["product.product"].create(
            {"name": "Goods", "type": "consu", "invoice_policy": "order"}
        )
        cls.profile = cls._profile()
        cls.profile.write({"no_limit": False, "limit": 1000})
        cls.seller = cls._create_user("sam", "sales_team.group_sale_salesman")
        cls.officer = cls._create_user("olga", "credit_control.group_officer")
        cls.manager = cls._create_user("mia", "credit_control.group_manager")

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref(
            "sales_team.group_sale_manager"
        )

    @classmethod
    def _create_order(cls, amount=100.0, partner=None, lines=1, **values):
        """A quotation of ``amount`` by the seller."""
        return cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.debtor).id,
                "user_id": cls.seller.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "price_unit": amount / lines,
                            "tax_ids": False,
                        }
                    )
                ]
                * lines,
                **values,
            }
        )

    def _confirm(self, order, user=None):
        order.with_user(user or self.seller).action_confirm()
        return order.state == "sale"

    def _assert_waits(self, order):
        self.assertRecordValues(
            order, [{"state": "draft", "credit_hold_state": "waiting"}]
        )

    def _decide(self, orders, button="action_release", user=None, **values):
        user = user or self.officer
        action = orders.with_user(user).action_decide_credit()
        wizard = self.env[action["res_model"]].with_user(user)
        with Form(wizard.with_context(**action["context"])) as form:
            form.reason = "Agreed on the phone"
            for name, value in values.items():
                form[name] = value
        getattr(form.record, button)()

    @classmethod
    def _create_portal_user(cls):
        return new_test_user(
            cls.env,
            "customer",
            groups="base.group_portal",
            partner_id=cls.debtor.id,
            company_id=cls.company.id,
        )
