from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from odoo.addons.credit_control.tests.common import TODAY

from .common import OrderCommon


@tagged("post_install", "-at_install")
class TestLimits(OrderCommon):
    """Orders look at the limit in force, whichever it is."""

    def _create_group(self, limit):
        other = self._profile(self.other_debtor)
        return self.env["credit.group"].create(
            {
                "name": "Holding",
                "company_id": self.company.id,
                "limit": limit,
                "member_ids": [(6, 0, (self.profile | other).ids)],
            }
        )

    def test_a_temporary_limit(self):
        self.profile.write(
            {"temp_limit": 2000, "temp_from": TODAY, "temp_until": TODAY}
        )
        self.assertEqual(self._create_order(1500).credit_light, "ok")
        order = self._create_order(2500)
        self.assertEqual(order.credit_excess, 500)
        self.assertIn("temporary credit limit", order.credit_hold_reason)
        yesterday = TODAY - timedelta(1)
        self.profile.write({"temp_from": yesterday, "temp_until": yesterday})
        self.env.invalidate_all()
        self.assertEqual(self._create_order(1500).credit_excess, 500)

    def test_a_group(self):
        self._create_group(1200)
        self.assertTrue(self._confirm(self._create_order(900, self.other_debtor)))
        self.env.invalidate_all()
        order = self._create_order(500)
        self.assertEqual(order.credit_available, 300)
        self.assertEqual(order.credit_excess, 200)
        self.assertIn("of the group Holding", order.credit_hold_reason)
        self.assertFalse(self._confirm(order))

    def test_only_a_group_has_a_limit(self):
        self.profile.no_limit = True
        group = self._create_group(400)
        self.assertTrue(self._create_order(100).credit_limited)
        self.assertFalse(self._confirm(self._create_order(401)))
        self.assertTrue(self._confirm(self._create_order(400)))
        self.assertTrue(group.order_check_date)

    def test_members_who_order_at_once(self):
        """What one of them takes is left to none of the others."""
        self._create_group(1000)
        self._profile(self.other_debtor).write({"no_limit": False, "limit": 500})
        orders = self._create_order(600) | self._create_order(450, self.other_debtor)
        orders.action_confirm()
        self.assertEqual(orders[0].state, "sale")
        self._assert_waits(orders[1])
        self.env.invalidate_all()
        self.assertEqual(orders[1].credit_excess, 50)

    def test_a_members_own_limit_is_his_own(self):
        self._create_group(5000)
        self._profile(self.other_debtor).write({"no_limit": False, "limit": 500})
        orders = self._create_order(600) | self._create_order(450, self.other_debtor)
        orders.action_confirm()
        self.assertEqual(set(orders.mapped("state")), {"sale"})

    def test_general_terms(self):
        self.assertFalse(self._create_order(100).credit_hold_reason)
        terms = self.env["credit.terms"].create(
            {"name": "2025", "company_id": self.company.id, "date": TODAY}
        )
        self.env.invalidate_all()
        order = self._create_order(100)
        self.assertEqual(order.credit_light, "attention")
        self.assertIn("general terms", order.credit_hold_reason)
        self.assertTrue(self._confirm(order), "warned, not held")
        self.fair.terms_rule = "approval"
        self.assertFalse(self._confirm(self._create_order(100)))
        self.profile.write(
            {"terms_id": terms.id, "terms_state": "accepted", "terms_date": TODAY}
        )
        self.env.invalidate_all()
        self.assertTrue(self._confirm(self._create_order(100)))

    def test_a_review(self):
        self.profile.review_date = TODAY
        self.assertFalse(self._create_order(100).credit_hold_reason)
        self.fair.review_rule = "warn"
        self.env.invalidate_all()
        self.assertIn("review", self._create_order(100).credit_hold_reason)


@tagged("post_install", "-at_install")
class TestSellersAsk(OrderCommon):
    """Sales people ask for their own customers and see the outcome only."""

    def _request(self, user=None, partner=None, **values):
        return (
            self.env["credit.limit.request"]
            .with_user(user or self.seller)
            .create(
                {
                    "partner_id": (partner or self.debtor).id,
                    "company_id": self.company.id,
                    "amount": 3000,
                    "reason": "Big order",
                    **values,
                }
            )
        )

    def test_ask_and_outcome(self):
        self.debtor.user_id = self.seller
        action = self.debtor.with_user(self.seller).action_credit_request()
        self.assertEqual(action["context"]["default_partner_id"], self.debtor.id)
        request = self._request()
        request.action_submit()
        request.with_user(self.manager)._approve("Fine")
        self.env.invalidate_all()
        self.assertEqual(request.state, "approved")
        self.assertEqual(request.decision_reason, "Fine")
        self.assertEqual(self.profile.limit, 3000)

    def test_customers_of_others(self):
        self.debtor.user_id = self.manager
        with self.assertRaises(AccessError):
            self._request()
        self.assertTrue(self._request(partner=self.other_debtor))

    def test_what_they_dont_see(self):
        request = self._request()
        other = self._request(self.officer)
        for name in (
            "profile_id",
            "exposure",
            "overdue_amount",
            "limit_now",
            "missing",
        ):
            with self.subTest(name), self.assertRaises(AccessError):
                request.read([name])
        with self.assertRaises(AccessError):
            other.with_user(self.seller).read(["state"])
        requests = self.env["credit.limit.request"].with_user(self.seller)
        with Form(requests.with_context(default_partner_id=self.debtor.id)) as form:
            form.amount = 50
            form.reason = "Season"
            self.assertNotIn("exposure", form._view["fields"])
        form.record.action_submit()
        for model in ("credit.profile", "credit.limit.change", "credit.authority"):
            with self.subTest(model), self.assertRaises(AccessError):
                self.env[model].with_user(self.seller).search([])

    def test_they_dont_decide(self):
        request = self._request()
        self.env["credit.authority"].create(
            {"user_ids": [(6, 0, self.seller.ids)], "unlimited": True, "alone": True}
        )
        self.assertFalse(request.can_decide)
        with self.assertRaises(AccessError):
            request.action_apply()
        portal = self._create_portal_user()
        with self.assertRaises(AccessError):
            self._request(portal)
