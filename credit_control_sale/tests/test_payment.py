from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import OrderCommon


@tagged("post_install", "-at_install")
class TestPayment(OrderCommon):
    """Who waits with an order is asked for a payment."""

    def _create_held(self, amount=1500):
        order = self._create_order(amount)
        self.assertFalse(self._confirm(order))
        return order

    def _ask(self, order):
        order.with_user(self.officer).action_ask_for_payment()
        return order.message_ids[0]

    def test_what_is_over_the_limit(self):
        order = self._create_held()
        mail = self._ask(order)
        self.assertEqual(order.credit_asked_date, order.company_id._credit_today())
        self.assertEqual(mail.partner_ids, self.debtor)
        self.assertTrue(mail.subtype_id.internal)
        self.assertIn("500.00", mail.body)
        self.assertNotIn("Overdue invoices", mail.body)
        self.assertIn(self.profile._get_page_url(), mail.body)

    def test_who_pays_what_is_overdue_owes_less(self):
        self._create_overdue_invoice(60, 300)
        order = self._create_held(800)
        mail = self._ask(order)
        self.assertEqual(order.sudo()._get_payment_wanted(), 300)
        self.assertIn("Overdue invoices", mail.body)

    def test_without_a_page(self):
        self.company.credit_portal = False
        self.env["res.partner.bank"].create(
            {
                "acc_number": "BE68539007547034",
                "partner_id": self.company.partner_id.id,
            }
        )
        mail = self._ask(self._create_held())
        self.assertIn("BE68539007547034", mail.body)
        self.assertNotIn("/my/credit", mail.body)

    def test_who_may_ask_and_when(self):
        order = self._create_held()
        with self.assertRaises(AccessError):
            order.with_user(self.seller).action_ask_for_payment()
        self._ask(order)
        with self.assertRaises(UserError):  # once a day
            self._ask(order)
        with self.assertRaises(UserError):
            self._ask(self._create_order(10))
        self.debtor.email = False
        with self.assertRaises(UserError):
            self._ask(self._create_held())

    def test_no_payment_helps(self):
        self.profile.no_limit = True
        items = self._items(self._create_overdue_invoice(-10, 100))
        category = self.env["credit.dispute.category"].search([], limit=1)
        today = self.company._credit_today()
        self.profile._open_dispute({items: 100}, category, "Broken", today)
        with self.assertRaises(UserError):
            self._ask(self._create_held())
