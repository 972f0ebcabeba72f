from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, JsonRpcException, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.credit_control.tests.common import TODAY

from .common import SPACE, OrderCommon


@tagged("post_install", "-at_install")
class TestDecision(OrderCommon):
    """Who may release or refuse an order that waits, and what that does."""

    def setUp(self):
        super().setUp()
        self.order = self._create_order(1500)

    def _hold(self):
        self.assertFalse(self._confirm(self.order))
        self._assert_waits(self.order)

    # -- release ---------------------------------------------------------------

    def test_released_and_confirmed_once_more(self):
        self._hold()
        self._decide(self.order)
        self.assertRecordValues(
            self.order,
            [
                {
                    "state": "draft",
                    "credit_hold_state": "released",
                    "credit_release_amount": 1500,
                    "credit_release_date": TODAY + timedelta(7),
                    "credit_decision_reason": "Agreed on the phone",
                    "credit_decision_user_id": self.officer.id,
                }
            ],
        )
        self.assertEqual(self.order.credit_light, "attention")
        self.assertTrue(self._confirm(self.order))

    def test_not_beyond_its_day(self):
        self._hold()
        self._decide(self.order, until=TODAY)
        with freeze_time(TODAY + timedelta(1)):
            self.assertFalse(self._confirm(self.order))
        self._assert_waits(self.order)

    def test_not_beyond_its_amount(self):
        self._hold()
        self._decide(self.order)
        self.order.order_line.price_unit = 1500.01
        self.assertFalse(self._confirm(self.order))
        self._decide(self.order, amount=2000)
        self.order.order_line.price_unit = 2000
        self.assertTrue(self._confirm(self.order))

    def test_not_for_somebody_else(self):
        self._hold()
        self._decide(self.order)
        self._profile(self.other_debtor).write({"no_limit": False, "limit": 5})
        self.order.partner_id = self.other_debtor
        self.assertFalse(self._confirm(self.order))

    def test_not_what_only_a_manager_releases(self):
        self._hold()
        self._decide(self.order)
        self.profile.tier_id = self.poor
        self.assertFalse(self._confirm(self.order))
        self._decide(self.order, user=self.manager)
        self.assertTrue(self._confirm(self.order))

    def test_a_day_that_is_over(self):
        self._hold()
        with self.assertRaisesRegex(UserError, "not over yet"):
            self._decide(self.order, until=TODAY - timedelta(1))

    def test_a_blank_reason(self):
        self._hold()
        with self.assertRaisesRegex(UserError, "Say why"):
            self._decide(self.order, reason="  ")

    def test_several_at_once(self):
        other = self._create_order(1200)
        (self.order | other).action_confirm()
        self._decide(self.order | other)
        self.assertEqual(self.order.credit_release_amount, 1500)
        self.assertEqual(other.credit_release_amount, 1200)

    def test_paid_meanwhile(self):
        invoice = self._create_overdue_invoice(-10, 900)
        self.order.order_line.price_unit = 500
        self._hold()
        self._pay(invoice)
        self.env.invalidate_all()
        self.assertEqual(self.order.credit_light, "ok")
        self.assertTrue(self._confirm(self.order))
        self.assertFalse(self.order.credit_hold_state)

    # -- refusal ---------------------------------------------------------------

    def test_refused(self):
        self._hold()
        self._decide(self.order, "action_refuse")
        self.assertEqual(self.order.credit_hold_state, "refused")
        self.assertEqual(self.order.state, "draft")
        message = self.order.message_ids[:1]
        self.assertIn("Refused: Agreed on the phone", message.body)
        self.assertIn(self.seller.partner_id, message.notified_partner_ids)

    def test_asked_again(self):
        self._hold()
        self._decide(self.order, "action_refuse")
        self._hold()

    # -- rights ----------------------------------------------------------------

    def test_others_decide_nothing(self):
        self._hold()
        viewer = self._create_user("vic", "credit_control.group_viewer")
        for user in (viewer, self.seller):
            order = self.order.with_user(user)
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._decide(self.order, user=user)
            with self.subTest(user.login), self.assertRaises(AccessError):
                order._release_credit("Mine", TODAY, 1500)
            with self.subTest(user.login), self.assertRaises(AccessError):
                order._refuse_credit("Mine")
        self._assert_waits(self.order)

    def test_an_officer_leaves_what_is_blocked_to_a_manager(self):
        self.profile.tier_id = self.poor
        self._hold()
        with self.assertRaisesRegex(AccessError, "Only a credit manager"):
            self._decide(self.order)
        self._decide(self.order, user=self.manager)
        self.assertTrue(self._confirm(self.order))

    def test_an_officer_refuses_what_is_blocked(self):
        self.profile.tier_id = self.poor
        self._hold()
        self._decide(self.order, "action_refuse")
        self.assertEqual(self.order.credit_hold_state, "refused")

    def test_not_in_another_company(self):
        self._hold()
        elsewhere = self.setup_other_company(name="Elsewhere")["company"]
        stranger = self._create_user(
            "stranger", "credit_control.group_officer", elsewhere
        )
        with self.assertRaises(AccessError):
            self.order.with_user(stranger)._release_credit("Mine", TODAY, 1500)

    # -- who is told -----------------------------------------------------------

    def _get_note(self):
        return self.order.message_ids.filtered(lambda m: "Waits for" in m.body)

    def test_the_collector_has_it_on_the_list(self):
        self.profile.collector_id = self.officer
        self._hold()
        self.assertEqual(self.order.activity_ids.user_id, self.officer)
        self.assertIn("Over the credit limit", self.order.activity_ids.note)
        self.assertFalse(self._get_note().notified_partner_ids)
        self._decide(self.order)
        self.assertFalse(self.order.activity_ids)

    def test_without_a_collector_all_officers(self):
        self._hold()
        told = self._get_note().notified_partner_ids
        self.assertIn(self.officer.partner_id, told)
        self.assertIn(self.manager.partner_id, told)
        self.assertNotIn(self.seller.partner_id, told)

    def test_the_salesperson_when_somebody_else_confirms(self):
        self._confirm(self.order, self.env.user)
        self.assertIn(self.seller.partner_id, self._get_note().notified_partner_ids)

    def test_told_once(self):
        self._hold()
        with freeze_time(TODAY + timedelta(1)):
            self._hold()
        self.assertEqual(len(self._get_note()), 1)
        self.assertEqual(self.order.credit_hold_date, TODAY)

    def test_cancelled(self):
        self.profile.collector_id = self.officer
        self._hold()
        self.order.with_user(self.seller).action_cancel()
        self.assertFalse(self.order.credit_hold_state)
        self.assertFalse(self.order.activity_ids)

    def test_the_queue(self):
        self._hold()
        action = self.env.ref("credit_control_sale.action_order_hold")
        view = action.view_id
        officer = self.env["sale.order"].with_user(self.officer)
        fields = officer.get_view(view.id, "list")["models"]["sale.order"]
        (row,) = officer.search(
            [
                ("credit_hold_state", "=", "waiting"),
                ("company_id", "=", self.company.id),
            ]
        ).read(fields)
        self.assertEqual(row["credit_excess"], 500)
        self.assertEqual(row["credit_hold_date"], TODAY)
        self.assertIn(f"by ${SPACE}500.00", row["credit_hold_reason"])


@tagged("post_install", "-at_install")
class TestOverRpc(OrderCommon, HttpCase):
    """What the forms refuse is refused to whoever calls the server himself."""

    def _call(self, model, method, *args):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": {}},
        )

    @mute_logger("odoo.http")
    def test_a_salesperson_releases_nothing(self):
        order = self._create_order(1500)
        self._confirm(order)
        decision = self.env["credit.order.decision"].create(
            {"order_ids": order.ids, "reason": "Mine"}
        )
        self.authenticate("sam", "sam")
        vals = {"order_ids": order.ids, "reason": "Mine"}
        for call in (
            ("credit.order.decision", "create", [vals]),
            ("credit.order.decision", "action_release", decision.ids),
            ("sale.order", "_release_credit", order.ids, "Mine", "2025-06-30", 1500),
            ("sale.order", "write", order.ids, {"credit_hold_state": "released"}),
            ("sale.order", "write", order.ids, {"state": "sale"}),
        ):
            with self.subTest(call[1]), self.assertRaises(JsonRpcException):
                self._call(*call)
        self._call("sale.order", "action_confirm", order.ids)
        self.env.invalidate_all()
        self._assert_waits(order)
