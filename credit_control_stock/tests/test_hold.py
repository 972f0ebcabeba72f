from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, JsonRpcException, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.credit_control.models.credit_profile_risk import RiskReason
from odoo.addons.credit_control.tests.common import TODAY

from .common import DeliveryCommon


@tagged("post_install", "-at_install")
class TestHold(DeliveryCommon):
    """Deliveries to whoever gets no credit wait, and nothing else does."""

    def _assert_held(self, picking):
        self.assertNotEqual(self._validate(picking), True)
        self.assertNotEqual(picking.state, "done")
        self.assertTrue(picking.credit_waits)

    def _assert_leaves(self, picking):
        self._validate(picking)
        self.assertEqual(picking.state, "done")
        self.assertFalse(picking.credit_waits)

    # -- what holds ------------------------------------------------------------

    def test_nothing_in_the_way(self):
        self.profile.no_limit = True
        picking = self._deliver_to()
        self.assertEqual(picking.state, "assigned")
        self._assert_leaves(picking)
        self.assertFalse(self.env["credit.delivery.hold"].search([]))

    def test_a_risk_that_came_and_went(self):
        """As where the insurance stops deliveries, whatever the tier says."""
        self.profile.no_limit = True
        self.fair.delivery_rule = "nothing"
        picking = self._deliver_to()
        reason = RiskReason("stop", "Deliveries are stopped.", "approval")
        with patch.object(
            self.env.registry["credit.profile"],
            "_get_risk_reasons",
            lambda profile: [reason],
        ):
            self.profile._tell_risk_changed()
            self.assertEqual(self._get_queue().picking_id, picking)
            self._assert_held(picking)
        self.profile._tell_risk_changed()
        self.assertFalse(self._get_queue())
        self._assert_leaves(picking)

    def test_orders_on_hold(self):
        """What is reserved already stands in the queue at once."""
        picking = self._deliver_to()
        self._put_on_hold()
        self.assertRecordValues(
            self._get_queue(),
            [
                {
                    "picking_id": picking.id,
                    "partner_id": self.debtor.id,
                    "amount": 200,
                    "held_on": TODAY,
                    "order_ids": picking.sale_id.ids,
                }
            ],
        )
        self.assertIn("Orders are on hold since", self._get_queue().reason)
        self._assert_held(picking)

    def test_each_tier_has_its_rule(self):
        self.profile.limit = 100
        for rule, held in (
            ("nothing", False),
            ("warn", False),
            ("approval", True),
            ("block", True),
        ):
            with self.subTest(rule):
                self.fair.delivery_rule = rule
                picking = self._deliver_to(quantity=1, price=150)
                self.assertEqual(picking.credit_waits, held)
                self.assertEqual(picking.state, "confirmed" if held else "assigned")
                if not held:
                    self._assert_leaves(picking)

    def test_a_warning_is_written_in_the_debtor_file(self):
        self.fair.delivery_rule = "warn"
        self.profile.limit = 100
        picking = self._deliver_to()
        self._assert_leaves(picking)
        self.assertIn(
            f"{picking.name} was delivered though: Over the credit limit",
            self.profile.message_ids[0].body,
        )
        self.assertNotIn("limit", "".join(picking.message_ids.mapped("body")))

    def test_late_with_payments(self):
        self.profile.no_limit = True
        self._create_overdue_invoice(40, 500)
        picking = self._deliver_to()
        self._assert_held(picking)
        self.assertIn("Late with payments", self._get_queue().reason)

    def test_paid_online(self):
        self.profile.limit = 100
        order = self._create_order(200)
        with patch.object(type(order), "_is_paid", lambda order: True):
            self._confirm(order)
            self._assert_leaves(order.picking_ids)

    def test_each_company_for_itself(self):
        elsewhere = self.setup_other_company(name="Elsewhere")["company"]
        there = self._profile(company=elsewhere)
        there.write({"no_limit": False, "limit": 1, "tier_id": self.fair.id})
        picking = self._deliver_to()
        self.assertEqual(picking.state, "assigned")
        both = self._create_user(
            "both", "sales_team.group_sale_manager", self.company | elsewhere
        )
        order = self._create_order(50, company_id=elsewhere.id)
        order.with_user(both).with_context(
            allowed_company_ids=[elsewhere.id, self.company.id]
        ).action_confirm()
        self.assertTrue(order.picking_ids.credit_waits)
        self.assertFalse(picking.credit_waits)
        queue = self.env["credit.delivery.hold"].with_user(self.officer)
        self.assertFalse(queue.search([]))

    def test_who_pays_is_looked_at(self):
        self.profile.limit = 1
        accounts = self._create_debtor(
            "Accounts", parent_id=self.debtor.id, is_company=False, type="invoice"
        )
        picking = self._deliver_to(
            self.other_debtor, partner_invoice_id=accounts.id, quantity=1
        )
        self.assertTrue(picking.credit_waits)

    # -- what doesn't ----------------------------------------------------------

    def test_receipts_and_returns_never(self):
        picking = self._deliver_to()
        self._assert_leaves(picking)
        self._put_on_hold()
        wizard = Form(
            self.env["stock.return.picking"].with_context(
                active_model="stock.picking", active_id=picking.id
            )
        ).save()
        wizard.product_return_moves.quantity = 1
        action = wizard.action_create_returns()
        back = self.env["stock.picking"].browse(action["res_id"])
        self.assertEqual(back.picking_type_code, "incoming")
        back.move_ids.write({"quantity": 1, "picked": True})
        self._assert_leaves(back)

    def test_picking_in_the_house(self):
        """Only what leaves waits, not what is brought to the door."""
        self.stock.warehouse_id.delivery_steps = "pick_ship"
        self.profile.limit = 1
        pickings = self._deliver_to()
        inside = pickings.filtered(lambda p: p.picking_type_code == "internal")
        self._assert_leaves(inside)
        leaving = inside.move_ids.move_dest_ids.picking_id or inside.sale_id.picking_ids
        self.assertTrue((leaving - inside).credit_waits)

    # -- scheduler -------------------------------------------------------------

    def test_the_scheduler_reserves_nothing_that_waits(self):
        picking = self._deliver_to(quantity=20)
        picking.do_unreserve()
        invoice = self._put_on_hold()
        self.env["stock.rule"].run_scheduler()
        self.assertEqual(picking.state, "confirmed")
        self._pay(invoice)
        self.env["stock.rule"].run_scheduler()
        self.assertEqual(picking.move_ids.quantity, 10)
        self.assertFalse(picking.credit_waits)
        self.assertFalse(self.profile.order_hold)

    def test_free_by_itself_once_the_limit_is_kept(self):
        self.profile.limit = 100
        picking = self._deliver_to()
        self.assertTrue(picking.credit_waits)
        self.profile.limit = 1000
        self.env["stock.rule"].run_scheduler()
        self.assertEqual(picking.state, "assigned")
        self._assert_leaves(picking)

    def test_the_hold_released_by_hand_frees_its_deliveries(self):
        self.fair.delivery_rule = "nothing"
        picking = self._deliver_to()
        self._put_on_hold()
        self.profile._release_by_hand("Paid in cash", TODAY)
        self.assertFalse(picking.credit_waits)

    # -- release ---------------------------------------------------------------

    def test_released(self):
        self.profile.limit = 100
        picking = self._deliver_to()
        hold = self._get_queue()
        self._release(hold)
        self.assertRecordValues(
            hold,
            [
                {
                    "state": "released",
                    "decision_reason": "Pays at the door",
                    "decision_user_id": self.officer.id,
                    "release_date": TODAY + timedelta(7),
                    "release_amount": 200,
                }
            ],
        )
        # Nothing happens by itself.
        self.assertEqual(picking.state, "confirmed")
        picking.with_user(self.worker).action_assign()
        self.assertEqual(picking.state, "assigned")
        self._assert_leaves(picking)
        self.assertIn(
            "Pays at the door", "".join(self.profile.message_ids.mapped("body"))
        )
        self.assertNotIn("door", "".join(picking.message_ids.mapped("body")))

    def test_not_beyond_its_day(self):
        self.profile.limit = 100
        picking = self._deliver_to()
        self._release(self._get_queue(), until=TODAY)
        with freeze_time(TODAY + timedelta(1)):
            self._assert_held(picking)
        self.assertEqual(self._get_queue().picking_id, picking)

    def test_not_beyond_its_amount(self):
        self.profile.limit = 100
        picking = self._deliver_to()
        self._release(self._get_queue())
        picking.move_ids.write({"quantity": 3, "picked": True})
        self._assert_held(picking)

    def test_what_is_left_is_asked_for_anew(self):
        self.profile.limit = 100
        picking = self._deliver_to(quantity=4)
        self._release(self._get_queue())
        picking.move_ids.write({"quantity": 1, "picked": True})
        self._assert_leaves(picking)
        [rest] = picking.backorder_ids
        self.assertTrue(rest.credit_waits)
        self.assertEqual(self._get_queue().picking_id, rest)
        self.assertEqual(self._get_queue().amount, 300)
        self._assert_held(rest)

    def test_who_may_release(self):
        self.profile.limit = 100
        self._deliver_to()
        hold = self._get_queue()
        viewer = self._create_user("vera", "credit_control.group_viewer")
        for user in (viewer, self.seller, self.worker):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._release(hold, user)
        self.fair.delivery_rule = "block"
        with self.assertRaises(AccessError):
            self._release(hold)
        self._release(hold, self.manager)
        self.assertEqual(hold.state, "released")

    def test_an_officer_does_not_release_what_is_blocked_later(self):
        self.profile.limit = 100
        picking = self._deliver_to()
        self._release(self._get_queue())
        self.fair.delivery_rule = "block"
        self._assert_held(picking)

    def test_bad_input(self):
        self.profile.limit = 100
        picking = self._deliver_to()
        hold = self._get_queue()
        for values in ({"reason": " "}, {"until": TODAY - timedelta(1)}):
            with self.subTest(values), self.assertRaises(UserError):
                self._release(hold, **values)
        self._release(hold)
        picking.action_assign()
        self._assert_leaves(picking)
        with self.assertRaises(UserError):
            self._release(hold)

    # -- no way around ---------------------------------------------------------

    def test_whoever_calls(self):
        self.profile.limit = 100
        picking = self._deliver_to()
        picking.move_ids.write({"quantity": 2, "picked": True})
        for act in (
            picking.with_user(self.worker)._action_done,
            picking.sudo()._action_done,
            picking.move_ids._action_done,
            picking.with_context(cancel_backorder=True)._action_done,
        ):
            with self.assertRaises(UserError) as caught:
                act()
            self.assertNotIn("limit", str(caught.exception))

    def test_without_its_order(self):
        self.profile.limit = 100
        picking = self._deliver_to()
        picking.sudo().move_ids.sale_line_id = False
        picking.sudo().sale_id = False
        self._assert_held(picking)

    def test_several_at_once(self):
        free = self._deliver_to(self.other_debtor)
        self._profile(self.other_debtor).no_limit = True
        self.profile.limit = 100
        held = self._deliver_to()
        self._validate(free | held)
        self.assertEqual((free | held).mapped("state"), ["assigned", "confirmed"])
        self._assert_leaves(free)

    def test_what_the_worker_sees(self):
        self.profile.limit = 100
        picking = self._deliver_to().with_user(self.worker)
        self.assertTrue(picking.credit_waits)
        found = picking.search([("credit_waits", "=", True)])
        self.assertEqual(found, picking)
        self.assertNotIn(picking, picking.search([("credit_waits", "=", False)]))
        self.assertNotIn("limit", "".join(picking.message_ids.mapped("body")))
        with self.assertRaises(AccessError):
            picking.credit_hold_ids.read()
        with self.assertRaises(AccessError):
            picking.env["credit.delivery.hold"].search([])
        with Form(picking, "stock.view_picking_form") as form:
            self.assertTrue(form.credit_waits)

    def test_sales_are_told(self):
        self.profile.limit = 100
        order = self._deliver_to().sale_id
        message = order.message_ids.filtered(lambda m: "waits for approval" in m.body)
        self.assertIn("Over the credit limit", message.body)
        self.assertIn(self.officer.partner_id, message.notified_partner_ids)

    def test_the_same_number_of_queries(self):
        self.profile.no_limit = True
        counts = []
        for number in (2, 12):
            pickings = self.env["stock.picking"].browse()
            for index in range(number):
                partner = self._create_debtor(f"Debtor {index} of {number}")
                self._profile(partner).write({"no_limit": False, "limit": 5000})
                pickings |= self._deliver_to(partner, 1)
            for _fill in range(2):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.cr.sql_log_count
                self.assertFalse(pickings._filtered_credit_held())
                counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[3])


@tagged("post_install", "-at_install")
class TestHoldOverRpc(DeliveryCommon, HttpCase):
    """Nothing that a form refuses can be called."""

    @mute_logger("odoo.http")
    def test_no_way_around(self):
        self.profile.limit = 100
        self._deliver_to()
        hold = self._get_queue()
        picking = hold.picking_id
        self.authenticate("walter", "walter")
        for model, method, args in (
            ("credit.delivery.hold", "write", [hold.ids, {"state": "released"}]),
            ("credit.delivery.hold", "unlink", [hold.ids]),
            ("credit.delivery.hold", "action_release", [hold.ids]),
            ("credit.delivery.hold", "_release", [hold.ids, "x", "2030-01-01"]),
            ("stock.picking", "_action_done", [picking.ids]),
            ("stock.picking", "write", [picking.ids, {"credit_hold_ids": [[5]]}]),
        ):
            with self.subTest(method), self.assertRaises(JsonRpcException):
                self._call(model, method, args)
        self.authenticate("olga", "olga")
        with self.assertRaises(JsonRpcException):
            self._call("credit.delivery.hold", "write", [hold.ids, {"state": "ended"}])
        self.assertEqual(hold.state, "waiting")

    def _call(self, model, method, args):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": {}},
        )
