from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import SPACE, OrderCommon

LEDGER = (
    "credit_open_amount",
    "credit_overdue_amount",
    "credit_exposure",
    "credit_limit_amount",
    "credit_tier_id",
    "credit_profile_id",
)


@tagged("post_install", "-at_install")
class TestSeller(OrderCommon):
    """A salesperson sees light, available credit and the reason, not the ledger."""

    def _read(self, partner=None):
        self.env.flush_all()
        self.env.invalidate_all()
        names = ["credit_light", "credit_limited", "credit_available"]
        names.append("credit_light_reason")
        [row] = (partner or self.debtor).with_user(self.seller).read(names)
        return tuple(row[name] for name in names)

    def test_nothing_stands_in_the_way(self):
        self._create_overdue_invoice(-10, 400)
        self.assertEqual(self._read(), ("ok", True, 600, ""))

    def test_the_customers_form_shows_the_light_and_asks_for_credit(self):
        partners = self.env["res.partner"].with_user(self.seller)
        arch = partners.get_view(self.env.ref("base.view_partner_form").id)["arch"]
        self.assertIn('name="credit_light_reason"', arch)
        self.assertIn('name="action_credit_request"', arch)

    def test_over_the_limit(self):
        self._create_overdue_invoice(-10, 1100)
        self.assertEqual(
            self._read(),
            (
                "hold",
                True,
                -100,
                f"Over the credit limit of ${SPACE}1,000.00 by ${SPACE}100.00.",
            ),
        )
        self.fair.order_rule = "warn"
        self.assertEqual(self._read()[0], "attention")

    def test_a_contact_has_the_light_of_his_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": self.debtor.id}
        )
        self._create_overdue_invoice(-10, 1100)
        self.assertEqual(self._read(contact)[0], "hold")

    def test_a_newcomer(self):
        self.assertEqual(
            self._read(self._create_debtor("Cobalt")), ("ok", False, 0, "")
        )

    def test_of_the_company_that_sells(self):
        there = self.setup_other_company(name="Elsewhere")["company"]
        self.seller.company_ids |= there
        self._create_overdue_invoice(-10, 1100)
        partner = self.debtor.with_user(self.seller).with_company(there)
        self.assertEqual(partner.credit_light, "ok")
        self.assertEqual(partner.credit_light_currency_id, there.currency_id)

    def test_the_forms_open(self):
        self._create_overdue_invoice(-10, 1100)
        with Form(self.debtor.with_user(self.seller)) as form:
            self.assertEqual(form.credit_light, "hold")
        order = self._create_order(50)
        with Form(order.with_user(self.seller)) as form:
            self.assertEqual(form.credit_light, "hold")
            self.assertIn("Over the credit limit", form.credit_hold_reason)

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.models")
    def test_the_ledger_is_not_readable(self):
        self._create_overdue_invoice(10, 100)
        seller = self.env(user=self.seller)
        # Items of his own invoices are what Odoo lets him read, no others.
        self.assertFalse(
            seller["account.move.line"].search([("partner_id", "=", self.debtor.id)])
        )
        for model in ("credit.exposure", "credit.profile"):
            for call in (
                lambda model=model: seller[model].search_read([], [], limit=1),
                lambda model=model: seller[model].formatted_read_group(
                    [], [], ["__count"]
                ),
            ):
                with self.subTest(model), self.assertRaises(AccessError):
                    call()
        partner = self.debtor.with_user(self.seller)
        for name in LEDGER:
            with self.subTest(name):
                with self.assertRaises(AccessError):
                    partner.read([name])
                with self.assertRaises(AccessError):
                    partner.search([(name, "!=", False)])
        with self.assertRaises(AccessError):
            partner.search([("credit_profile_id.exposure", ">", 0)])
        with self.assertRaises(AccessError):
            self.env["credit.exposure"].with_user(self.seller).browse(
                self.profile.id
            ).action_view_orders()

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.models")
    def test_nothing_for_customers(self):
        portal = self._create_portal_user()
        with self.assertRaises(AccessError):
            self.debtor.with_user(portal).read(["credit_light"])
