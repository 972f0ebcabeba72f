from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from odoo.addons.credit_control.tests.common import TODAY

from ..models.sale_order_hold import ask_credit_first
from .common import SPACE, OrderCommon


@tagged("post_install", "-at_install")
class TestCheck(OrderCommon):
    """What stands in the way of an order, and what the tier does about it."""

    def test_within_the_limit(self):
        order = self._create_order(1000)
        self.assertTrue(self._confirm(order))
        self.assertFalse(order.credit_hold_state)
        self.assertNotIn("Confirmed though", "".join(order.message_ids.mapped("body")))

    def test_over_the_limit(self):
        order = self._create_order(1000.01)
        self.assertFalse(self._confirm(order))
        self._assert_waits(order)
        self.assertEqual(order.credit_hold_date, TODAY)
        self.assertEqual(order.credit_excess, 0.01)
        self.assertEqual(
            order.credit_hold_reason,
            f"Over the credit limit of ${SPACE}1,000.00 by ${SPACE}0.01.",
        )

    def test_each_tier_has_its_rule(self):
        for tier, passes, state in (
            (self.good, True, False),
            (self.fair, False, "waiting"),
            (self.poor, False, "waiting"),
        ):
            with self.subTest(tier.name):
                self.profile.tier_id = tier
                order = self._create_order(1500)
                self.assertEqual(self._confirm(order), passes)
                self.assertEqual(order.credit_hold_state, state)
                order.action_cancel()

    def test_a_warning_is_noted(self):
        self.profile.tier_id = self.good
        order = self._create_order(1500)
        self.assertEqual(order.credit_light, "attention")
        self._confirm(order)
        note = order.message_ids.filtered(lambda m: "Confirmed though" in m.body)
        self.assertIn("Over the credit limit", note.body)
        self.assertEqual(note.author_id, self.seller.partner_id)
        self.assertTrue(note.is_internal or note.subtype_id.internal)

    def test_a_tier_that_does_nothing(self):
        self.fair.order_rule = "nothing"
        order = self._create_order(1500)
        self.assertEqual(order.credit_light, "ok")
        self.assertTrue(self._confirm(order))

    def test_no_limit_and_no_credit(self):
        self.profile.limit = 0
        self.assertFalse(self._confirm(self._create_order(1)))
        self.assertTrue(self._confirm(self._create_order(0)))
        self.profile.no_limit = True
        self.assertTrue(self._confirm(self._create_order(1_000_000)))

    def test_what_is_open_counts(self):
        self._create_overdue_invoice(-10, 600)
        self.assertFalse(self._confirm(self._create_order(401)))
        self._pay_on_account(1)
        self.assertTrue(self._confirm(self._create_order(401)))

    def test_what_is_confirmed_counts(self):
        self.assertTrue(self._confirm(self._create_order(600)))
        second = self._create_order(401)
        self.env.invalidate_all()
        self.assertEqual(second.credit_available, 400)
        self.assertFalse(self._confirm(second))
        self.assertTrue(self._confirm(self._create_order(400)))

    def test_confirmed_together(self):
        orders = self._create_order(600) | self._create_order(600)
        orders.with_user(self.seller).action_confirm()
        self.assertEqual(orders.mapped("state"), ["sale", "draft"])
        self.assertEqual(orders.mapped("credit_hold_state"), [False, "waiting"])

    def test_late_beyond_what_the_tier_tolerates(self):
        """Fair debtors: more than 14 days and more than 50."""
        self.profile.no_limit = True
        for days, amount, passes in (
            (14, 5000, True),
            (15, 50, True),
            (15, 50.01, False),
        ):
            with self.subTest(days=days, amount=amount):
                invoice = self._create_overdue_invoice(days, amount)
                order = self._create_order()
                self.assertEqual(self._confirm(order), passes)
                if not passes:
                    self.assertEqual(
                        order.credit_hold_reason,
                        f"Late with payments: ${SPACE}50.01.",
                    )
                invoice.button_draft()
                invoice.button_cancel()

    def test_late_in_each_tier(self):
        self.profile.no_limit = True
        self._create_overdue_invoice(40, 500)
        for tier, light in (
            (self.good, "attention"),
            (self.fair, "hold"),
            (self.poor, "hold"),
        ):
            with self.subTest(tier.name):
                self.profile.tier_id = tier
                order = self._create_order()
                self.assertEqual(order.credit_light, light)
                self.assertEqual(self._confirm(order), light == "attention")

    def test_orders_on_hold(self):
        self.profile.no_limit = True
        self.level_2.order_hold = True
        self.fair.overdue_rule = "nothing"
        invoice = self._create_overdue_invoice(10, 500)
        self._dun()
        order = self._create_order()
        self.assertFalse(self._confirm(order))
        self.assertIn("Orders are on hold since 06/16/2025", order.credit_hold_reason)
        self._pay(invoice)
        self.assertTrue(self._confirm(order))
        self.assertFalse(order.credit_hold_state)

    def test_who_pays_is_looked_at(self):
        """A contact's order, invoiced to another company."""
        buyer = self._create_debtor(
            "Buyer", parent_id=self.other_debtor.id, is_company=False
        )
        accounts = self._create_debtor(
            "Accounts", parent_id=self.debtor.id, is_company=False, type="invoice"
        )
        order = self._create_order(1500, buyer, partner_invoice_id=accounts.id)
        self.assertFalse(self._confirm(order))
        order.partner_invoice_id = buyer
        self.assertTrue(self._confirm(order))

    def test_each_company_for_itself(self):
        elsewhere = self.setup_other_company(name="Elsewhere")["company"]
        self._profile(company=elsewhere).write({"no_limit": False, "limit": 10})
        here = self._create_order(11)
        there = self._create_order(11, company_id=elsewhere.id)
        both = self._create_user(
            "both", "sales_team.group_sale_manager", self.company | elsewhere
        )
        (here | there).with_user(both).with_context(
            allowed_company_ids=[self.company.id, elsewhere.id]
        ).action_confirm()
        self.assertEqual((here | there).mapped("state"), ["sale", "draft"])

    def test_another_currency(self):
        """Two of the other currency are one of ours."""
        currency = self.setup_other_currency("EUR", rates=[("2025-01-01", 2.0)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "Abroad", "currency_id": currency.id}
        )
        order = self._create_order(2002, pricelist_id=pricelist.id)
        self.assertEqual(order.currency_id, currency)
        self.assertEqual(order.credit_excess, 1)
        self.assertFalse(self._confirm(order))
        order.order_line.price_unit = 2000
        self.assertTrue(self._confirm(order))
        self.profile.invalidate_recordset()
        self.assertEqual(self.profile.order_amount, 1000)

    def test_a_customer_without_a_file(self):
        order = self._create_order(5000, self._create_debtor("New"))
        self.assertEqual(order.credit_light, "ok")
        self.assertTrue(self._confirm(order))

    def test_a_copy_is_looked_at_anew(self):
        order = self._create_order(1500)
        self._confirm(order)
        self._decide(order)
        copy = order.copy()
        self.assertFalse(copy.credit_hold_state)
        self.assertFalse(copy.credit_release_amount)
        self.assertFalse(self._confirm(copy))
        self.assertTrue(self._confirm(order))

    def test_odoo_says_first_what_is_missing(self):
        order = self._create_order(1500)
        order.action_cancel()
        with self.assertRaisesRegex(Exception, "not in a state requiring"):
            self._confirm(order)
        self.assertFalse(order.credit_hold_state)

    def test_other_addons_see_only_what_passes(self):
        """Those that extend the confirmation book or send for what they see."""
        orders = self._create_order(600) | self._create_order(600)
        seen = []
        confirm = self.registry["sale.order"].action_confirm.origin

        def action_confirm(confirmed):
            seen.append(confirmed)
            return confirm(confirmed)

        self.patch(
            self.registry["sale.order"],
            "action_confirm",
            ask_credit_first(action_confirm),
        )
        orders.action_confirm()
        self.assertEqual(seen, [orders[0]])


@tagged("post_install", "-at_install")
class TestSeller(OrderCommon):
    """Sales people see the outcome, not the ledger, and decide nothing."""

    def test_what_the_form_shows(self):
        with Form(self.env["sale.order"].with_user(self.seller)) as form:
            form.partner_id = self.debtor
            self.assertEqual(form.credit_light, "ok")
            with form.order_line.new() as line:
                line.product_id = self.product
                line.price_unit = 2000
                line.tax_ids.clear()
            self.assertEqual(form.credit_light, "hold")
            self.assertEqual(form.credit_available, 1000)
            self.assertIn("Over the credit limit", form.credit_hold_reason)

    def test_no_way_into_the_debtor_file(self):
        with self.assertRaises(AccessError):
            self.profile.with_user(self.seller).read(["exposure"])

    def test_the_decision_is_not_writable(self):
        order = self._create_order(1500).with_user(self.seller)
        for vals in (
            {"credit_hold_state": "released"},
            {"credit_release_amount": 5000},
            {"credit_release_date": TODAY},
        ):
            with self.subTest(vals), self.assertRaises(AccessError):
                order.write(vals)
            with self.subTest(vals), self.assertRaises(AccessError):
                order.create({"partner_id": self.debtor.id, **vals})

    def test_nor_given_as_a_default(self):
        order = self._create_order(1500)
        made = self.env["sale.order"].with_user(self.seller)
        made = made.with_context(
            default_credit_hold_state="released",
            default_credit_release_amount=5000,
            default_credit_release_date=TODAY + timedelta(9),
        ).create({"partner_id": order.partner_id.id})
        self.assertFalse(made.credit_hold_state)
        self.assertFalse(made.credit_release_amount)

    def test_the_state_is_not_written_past_the_check(self):
        order = self._create_order(1500).with_user(self.seller)
        with self.assertRaisesRegex(Exception, "Over the credit limit"):
            order.write({"state": "sale"})
        with self.assertRaisesRegex(Exception, "Over the credit limit"):
            order.create(
                {
                    "partner_id": self.debtor.id,
                    "state": "sale",
                    "order_line": [
                        Command.create(
                            {"product_id": self.product.id, "price_unit": 5000}
                        )
                    ],
                }
            )

    def test_the_customer_sees_nothing(self):
        customer = self._create_portal_user()
        order = self._create_order(1500).with_user(customer)
        order.read(["amount_total"])
        for name in ("credit_light", "credit_hold_reason", "credit_hold_state"):
            with self.subTest(name), self.assertRaises(AccessError):
                order.read([name])
        with self.assertRaises(AccessError):
            order.action_confirm()
        self.assertFalse(order.sudo().credit_hold_state)
