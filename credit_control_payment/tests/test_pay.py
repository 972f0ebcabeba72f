import json

from odoo.tests import HttpCase, tagged

from odoo.addons.account_payment.tests.common import AccountPaymentCommon
from odoo.addons.credit_control.tests.common import CreditControlCommon


@tagged("post_install", "-at_install")
class TestPay(CreditControlCommon, AccountPaymentCommon, HttpCase):
    """A debtor pays what he ticks on his page."""

    def setUp(self):
        super().setUp()
        self.env = self.env(user=self.env.ref("base.user_root"))
        self.provider.journal_id = self.company_data["default_journal_bank"]
        self.first = self._create_overdue_invoice(amount=100.0)
        self.second = self._create_overdue_invoice(20, amount=40.0)
        self.profile = self._profile()
        self.token = self.profile.sudo()._portal_ensure_token()
        self.url = self.profile.access_url

    def _post_page(self, url, items, **values):
        self.authenticate(None, None)
        page = self.url_open(f"{self.url}?access_token={self.token}").text
        csrf = page.split('name="csrf_token" value="')[1].split('"')[0]
        data = [("item", item.id) for item in items]
        data += [("csrf_token", csrf), ("access_token", self.token)]
        return self.url_open(url, data=[*data, *values.items()])

    def _begin(self, items, token=None, **values):
        numbers = "-".join(str(item.id) for item in items)
        response = self.url_open(
            f"{self.url}/transaction/{numbers}",
            data=json.dumps(
                {
                    "params": {
                        "access_token": token or self.token,
                        "provider_id": self.provider.id,
                        "payment_method_id": self.payment_method_id,
                        "token_id": None,
                        "amount": 1.0,
                        "flow": "direct",
                        "tokenization_requested": False,
                        "landing_route": self.url,
                        **values,
                    }
                }
            ),
            headers={"Content-Type": "application/json"},
        )
        return response.json()

    def test_two_invoices_in_one_payment(self):
        items = self._items(self.first | self.second)
        page = self._post_page(f"{self.url}/pay", items)
        self.assertIn("140.00", page.text)
        answer = self._begin(items)
        self.assertIn("result", answer, answer)
        answer = answer["result"]
        transaction = self.env["payment.transaction"].search(
            [("reference", "=", answer["reference"])]
        )
        # Whatever amount the browser says: what is open is paid.
        self.assertEqual(transaction.amount, 140.0)
        transaction._set_done()
        transaction._post_process()
        self.assertTrue(all(item.reconciled for item in items))

    def test_item_of_somebody_else(self):
        other = self._items(self._create_overdue_invoice(partner=self.other_debtor))
        self.assertIn("error", self._begin(other))
        self.assertIn("error", self._begin(self._items(self.first), token="wrong"))

    def test_nothing_chosen(self):
        page = self._post_page(f"{self.url}/pay", [])
        self.assertIn("Please choose the invoices", page.text)

    def test_pay_now_where_a_provider_takes_payments(self):
        page = self.url_open(f"{self.url}?access_token={self.token}").text
        self.assertIn("Pay now", page)
        self.assertIn(f"{self.url}/pay", page)
        self.provider.is_published = False
        page = self.url_open(f"{self.url}?access_token={self.token}").text
        self.assertNotIn("Pay now", page, "not offered to customers")

    def test_no_provider(self):
        self.provider.state = "disabled"
        self.env["payment.provider"].search([]).state = "disabled"
        page = self.url_open(f"{self.url}?access_token={self.token}")
        self.assertNotIn("Pay now", page.text)
