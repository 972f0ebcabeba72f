from odoo import Command
from odoo.tests import tagged

from .common import OrderCommon


@tagged("post_install", "-at_install")
class TestTerm(OrderCommon):
    """A payment term beyond the legal maximum is seen on the order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.belgium = cls.env.ref("base.be")
        cls.company.account_fiscal_country_id = cls.belgium
        cls.company.country_id = cls.belgium
        cls.long = cls._create_term(90)

    @classmethod
    def _create_term(cls, days):
        return cls.env["account.payment.term"].create(
            {
                "name": f"{days} days",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": days}
                    )
                ],
            }
        )

    def _get_warning(self, order):
        return order.with_user(self.seller).credit_term_warning

    def test_too_long(self):
        order = self._create_order(payment_term_id=self.long.id)
        self.assertIn(
            "90 days is more than the legal maximum of 60 days",
            self._get_warning(order),
        )
        order.payment_term_id = self._create_term(60)
        self.assertFalse(self._get_warning(order))

    def test_no_term(self):
        order = self._create_order(payment_term_id=False)
        self.assertFalse(self._get_warning(order))

    def test_as_on_the_partner(self):
        self.debtor.property_payment_term_id = self.long
        order = self._create_order()
        self.assertEqual(order.payment_term_id, self.long)
        self.assertEqual(self._get_warning(order), self.debtor.credit_term_warning)

    def test_the_law_of_who_pays_in_the_order_s_company(self):
        elsewhere = self.setup_other_company(name="Elsewhere")["company"]
        elsewhere.country_id = self.env.ref("base.us")
        order = self._create_order(payment_term_id=self.long.id)
        there = self._create_order(
            payment_term_id=self.long.id, company_id=elsewhere.id
        )
        self.assertTrue(order.credit_term_warning)
        self.assertFalse(there.credit_term_warning)
        self.profile.write(
            {
                "own_law_country_id": self.env.ref("base.us").id,
                "law_reason": "General terms",
            }
        )
        order.invalidate_recordset()
        self.assertFalse(order.credit_term_warning)
