from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.credit_control.models.credit_profile_risk import RiskReason
from odoo.addons.credit_control.tests.common import TODAY

from .common import OrderCommon


@tagged("post_install", "-at_install")
class TestRisk(OrderCommon):
    """Disputes and broken plans stand in the way of orders, tier by tier."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile.no_limit = True
        cls.profile.tier_id = cls.fair
        cls.fair.overdue_rule = "nothing"

    def _dispute(self):
        items = self._items(self._create_overdue_invoice(10, 100))
        category = self.env["credit.dispute.category"].search([], limit=1)
        return self.profile._open_dispute({items: 100}, category, "Broken", TODAY)

    def test_each_tier_has_its_rule(self):
        self._dispute()
        for rule, state, light in (
            ("nothing", "sale", "ok"),
            ("warn", "sale", "attention"),
            ("approval", "draft", "hold"),
            ("block", "draft", "hold"),
        ):
            with self.subTest(rule):
                self.fair.risk_rule = rule
                order = self._create_order(10)
                self.assertEqual(order.credit_light, light)
                self._confirm(order)
                self.assertEqual(order.state, state)

    def test_a_risk_may_ask_for_more_than_the_tier(self):
        """As where the insurance stops deliveries."""
        reason = RiskReason("stop", "Deliveries are stopped.", "approval")
        for rule, state in (
            ("nothing", "draft"),
            ("warn", "draft"),
            ("block", "draft"),
        ):
            with self.subTest(rule):
                self.fair.risk_rule = rule
                order = self._create_order(10)
                with patch.object(
                    self.env.registry["credit.profile"],
                    "_get_risk_reasons",
                    lambda profile: [reason],
                ):
                    self._confirm(order)
                    self.assertEqual(order.state, state)
                    self.assertEqual(order.credit_hold_reason, reason.words)

    def test_until_it_is_settled(self):
        dispute = self._dispute()
        order = self._create_order(10)
        self.assertFalse(self._confirm(order))
        self.assertEqual(order.credit_hold_reason, "A dispute is not settled yet.")
        dispute._decline("It was whole", TODAY)
        self.assertTrue(self._confirm(order))

    def test_a_broken_plan_while_it_is_owed(self):
        invoice = self._create_overdue_invoice(10, 100)
        plan = self.profile._propose_plan(
            self._items(invoice), "equal", 2, "monthly", TODAY, TODAY
        )
        plan.sudo().write({"state": "breached", "closed_date": TODAY})
        order = self._create_order(10)
        self.assertFalse(self._confirm(order))
        self.assertEqual(
            order.credit_hold_reason, "A payment plan was broken on 06/16/2025."
        )
        self._pay(invoice)
        self.assertTrue(self._confirm(order))

    def test_the_same_number_of_queries(self):
        counts = []
        for number in (2, 12):
            partners = self.env["res.partner"].browse()
            for index in range(number):
                partner = self._create_debtor(f"Debtor {index} of {number}")
                self._profile(partner)
                partners |= partner
            for _fill in range(2):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.cr.sql_log_count
                partners.mapped("credit_light")
                counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[3])
