from base64 import b64encode

from odoo import Command
from odoo.tests import HttpCase, tagged
from odoo.tools.misc import file_open

from odoo.addons.payment.tests.common import PaymentCommon

from .common import OrderCommon


@tagged("post_install", "-at_install")
class TestPortalSignature(OrderCommon, HttpCase):
    """A customer who signs never meets our rules; his order waits if it must."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with file_open("web/static/img/logo.png", "rb") as image:
            cls.signature = b64encode(image.read()).decode()

    def _sign(self, amount):
        order = self._create_order(
            amount, require_signature=True, require_payment=False
        )
        answer = self.make_jsonrpc_request(
            f"/my/orders/{order.id}/accept",
            {
                "access_token": order._portal_ensure_token(),
                "name": "Joan of Azure",
                "signature": self.signature,
            },
        )
        self.env.invalidate_all()
        self.assertNotIn("error", answer)
        self.assertEqual(order.signed_by, "Joan of Azure")
        self.assertTrue(order.signature)
        return order, self.url_open(answer["redirect_url"])

    def test_within_the_limit(self):
        order, page = self._sign(1000)
        self.assertEqual(order.state, "sale")
        self.assertIn("Your order has been confirmed", page.text)

    def test_over_the_limit(self):
        self.profile.collector_id = self.officer
        order, page = self._sign(1500)
        self.assertNotEqual(order.state, "sale")
        self.assertEqual(order.credit_hold_state, "waiting")
        self.assertEqual(page.status_code, 200)
        self.assertIn("Your order has been signed.", page.text)
        self.assertNotIn("credit", page.text.lower().split("your order has been")[1])
        self.assertEqual(order.activity_ids.user_id, self.officer)
        note = order.message_ids.filtered(lambda m: "Waits for" in m.body)
        self.assertIn(self.seller.partner_id, note.notified_partner_ids)
        self.assertEqual(note.author_id, self.env.ref("base.partner_root"))

    def test_the_signature_stays_when_confirmed_later(self):
        order, _page = self._sign(1500)
        self._decide(order)
        self.assertTrue(self._confirm(order))
        self.assertEqual(order.signed_by, "Joan of Azure")


@tagged("post_install", "-at_install")
class TestPaidCheckout(OrderCommon, PaymentCommon):
    """What is paid online goes through, whatever is known of the customer."""

    def _pay_online(self, order, amount, state="done"):
        transaction = self.env["payment.transaction"].create(
            {
                "amount": amount,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "provider_id": self.provider.id,
                "payment_method_id": self.payment_method_id,
                "operation": "online_redirect",
                "reference": f"{order.name} {amount} {state}",
                "sale_order_ids": [Command.set(order.ids)],
            }
        )
        getattr(transaction, f"_set_{state}")()
        transaction._check_amount_and_confirm_order()

    def test_paid(self):
        self.provider.support_manual_capture = "full_only"
        for state in ("done", "authorized"):
            with self.subTest(state):
                order = self._create_order(1500, require_payment=True)
                self._pay_online(order, 1500, state)
                self.assertEqual(order.state, "sale")
                self.assertFalse(order.credit_hold_state)
                notes = "".join(order.message_ids.mapped("body"))
                self.assertIn("Confirmed though: Over the credit limit", notes)

    def test_paid_in_part(self):
        """As much as the quotation asks for."""
        order = self._create_order(4000, require_payment=True, prepayment_percent=0.25)
        self._pay_online(order, 500)
        self.assertEqual(order.state, "draft")
        self._pay_online(order, 500.0)
        self.assertEqual(order.state, "sale")

    def test_not_paid_yet(self):
        order = self._create_order(1500, require_payment=True)
        self._pay_online(order, 1500, "pending")
        self.assertFalse(self._confirm(order))
        self._assert_waits(order)
