from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import TODAY, CreditControlCommon

TOMORROW = TODAY + timedelta(days=1)


class OrderHoldCommon(CreditControlCommon):
    """The last notice, after 30 days, holds orders; every level is an e-mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level_3.channel = cls.level_4.channel = "email"
        cls.level_4.order_hold = True
        cls.policy.skip_older = True
        cls.profile = cls._profile()

    def _assert_held(self, expected, profile=None):
        profile = profile or self.profile
        profile.invalidate_recordset()
        self.assertEqual(profile.order_hold, expected)
        self.assertEqual(bool(profile.order_hold_date), expected)
        self.assertEqual(bool(profile.order_hold_reason), expected)

    def _release(self, profiles, reason="Pays cash", user=None):
        action = profiles.with_user(user or self.env.user).action_release_orders()
        wizard = self.env[action["res_model"]].with_user(user or self.env.user)
        with Form(wizard.with_context(**action["context"])) as form:
            form.reason = reason
        form.record.action_release()


@tagged("post_install", "-at_install")
class TestOrderHold(OrderHoldCommon):
    """A level holds orders until what it claimed is paid."""

    def test_a_level_that_says_so_holds_orders(self):
        self._create_overdue_invoice(40, 1234.5)
        self._dun()
        self.assertRecordValues(
            self.profile,
            [
                {
                    "order_hold": True,
                    "order_hold_date": TODAY,
                    "order_hold_reason": "Last notice sent: $\N{NO-BREAK SPACE}1,234.50",
                }
            ],
        )

    def test_the_reason_in_the_words_of_the_reader(self):
        self.env["res.lang"]._activate_lang("nl_BE")
        self.level_4.with_context(lang="nl_BE").name = "Laatste aanmaning"
        self._create_overdue_invoice(40, 1234.5)
        self._dun()
        reason = self.profile.with_context(lang="nl_BE").order_hold_reason
        self.assertIn("Laatste aanmaning", reason)
        self.assertIn("1.234,50", reason)

    def test_other_levels_hold_nothing(self):
        self._create_overdue_invoice(20)
        self._dun()
        self._assert_held(False)

    def test_a_proposal_holds_nothing_yet(self):
        self._create_overdue_invoice(40)
        self._propose()
        self._assert_held(False)

    def test_a_notice_that_fails_holds_nothing(self):
        self.debtor.email = False
        self.policy.without_email = "fail"
        self._create_overdue_invoice(40)
        self.assertEqual(self._dun().notice_ids.state, "failed")
        self._assert_held(False)

    def test_in_its_company_only(self):
        elsewhere = self.setup_other_company(name="Elsewhere")["company"]
        other = self._profile(company=elsewhere)
        self._create_overdue_invoice(40)
        self._dun()
        self._assert_held(True)
        self._assert_held(False, other)

    def test_the_level_that_is_carried_counts(self):
        """An item of a holding level on the notice of a higher one."""
        self.policy.carry = True
        self.level_3.order_hold, self.level_4.order_hold = True, False
        claimed = self._create_overdue_invoice(20)
        other = self._create_overdue_invoice(40)
        self._dun()
        self._assert_held(True)
        self._pay(other)
        self.env["credit.profile"]._release_all_paid()
        self._assert_held(True)
        self._pay(claimed)
        self.env["credit.profile"]._release_all_paid()
        self._assert_held(False)

    def test_the_first_day_stays(self):
        self.level_3.order_hold = True
        self._create_overdue_invoice(29)
        self._dun()
        self._dun(TODAY + timedelta(days=7))
        self.assertEqual(self.profile.order_hold_date, TODAY)
        self.assertIn("Last notice", self.profile.order_hold_reason)


@tagged("post_install", "-at_install")
class TestRelease(OrderHoldCommon):
    """A hold ends by itself once paid, or by hand with a reason."""

    def setUp(self):
        super().setUp()
        self.invoice = self._create_overdue_invoice(40)
        self._dun()
        self._assert_held(True)

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("credit_control.cron_daily").method_direct_trigger()
        self.env.invalidate_all()

    def test_paid_in_full(self):
        self.env["res.company"].search([]).credit_dunning_cron = False
        self._pay(self.invoice, 40)
        self._run_cron()
        self._assert_held(True)
        self._pay(self.invoice)
        self._run_cron()
        self._assert_held(False)

    def test_credited_or_cancelled(self):
        self.invoice.button_draft()
        self.invoice.button_cancel()
        self.env["credit.profile"]._release_all_paid()
        self._assert_held(False)

    def test_what_no_holding_level_claimed_doesnt_count(self):
        self._create_overdue_invoice(10)
        self._dun(TOMORROW)
        self._assert_held(True)
        self._pay(self.invoice)
        self.env["credit.profile"]._release_all_paid()
        self._assert_held(False)

    def test_seen_when_the_next_notice_goes_out(self):
        self._pay(self.invoice)
        self._create_overdue_invoice(10)
        self._assert_held(True)
        self._dun(TOMORROW)
        self._assert_held(False)

    def test_an_open_credit_of_a_notice_doesnt_hold(self):
        self._release(self.profile)
        self.policy.credits = "net"
        claim = self._create_overdue_invoice(40, 200)
        self._create_credit_note(5, 30)
        notice = self._dun(TOMORROW).notice_ids
        self.assertEqual(notice.amount_total, 170)
        self._pay(claim | self.invoice)
        self.env["credit.profile"]._release_all_paid()
        self._assert_held(False)

    def test_one_look_whatever_the_number_of_debtors(self):
        for number in range(5):
            partner = self._create_debtor(f"Debtor {number}")
            self._create_overdue_invoice(40, partner=partner)
        self._dun(TOMORROW)
        held = self.env["credit.profile"].search([("order_hold", "=", True)])
        self.assertGreaterEqual(len(held), 6)
        held._release_paid()
        for debtors in (held[:1], held):
            self.env.flush_all()
            with self.assertQueryCount(1):
                debtors._release_paid()
        self._assert_held(True)

    def test_an_order_is_refused_with_the_reason(self):
        seller = self._create_user("seller", "base.group_partner_manager")
        held = self.profile.with_user(seller)
        with self.assertRaises(UserError) as caught:
            held._check_order_hold()
        for word in ("Orders of Azure", "06/16/2025", "Last notice sent"):
            self.assertIn(word, str(caught.exception))
        self._profile(self.other_debtor).with_user(seller)._check_order_hold()
        self._pay(self.invoice)
        held._check_order_hold()
        self._assert_held(False)

    def test_by_hand_with_a_reason(self):
        self._release(self.profile, "Pays cash on delivery")
        self._assert_held(False)
        self.assertEqual(self.profile.order_release_date, TODAY)
        message = self.profile.message_ids[:1]
        self.assertIn("Orders released by hand: Pays cash on delivery", message.body)

    def test_a_release_lasts_for_the_day(self):
        self._release(self.profile)
        self._create_overdue_invoice(40)
        self._dun()
        self._assert_held(False)
        self._create_overdue_invoice(41)
        self._dun(TOMORROW)
        self._assert_held(True)

    def test_a_level_passed_doesnt_hold_again(self):
        notice = self.profile.notice_ids
        self._release(self.profile)
        notice.action_resend()
        self._run_cron()
        self._assert_held(False)

    def test_nothing_to_release(self):
        self._release(self.profile)
        with self.assertRaisesRegex(UserError, "No orders of these debtors"):
            self._release(self.profile)

    def test_a_blank_reason_is_none(self):
        with self.assertRaisesRegex(UserError, "Say why"):
            self.profile._release_by_hand("  ", TODAY)
        self._assert_held(True)

    def test_found_in_both_lists(self):
        held = self.env["credit.profile"].search([("order_hold", "=", True)])
        self.assertEqual(
            held.filtered(lambda p: p.company_id == self.company).ids, self.profile.ids
        )
        partners = self.env["res.partner"].search(
            [("credit_profile_id.order_hold", "=", True)]
        )
        self.assertEqual(partners, self.debtor)
        self.assertTrue(self.debtor.credit_order_hold)
        self.assertIn("Last notice", self.debtor.credit_order_hold_reason)
        self.assertFalse(self.other_debtor.credit_order_hold)


@tagged("post_install", "-at_install")
class TestHoldRights(OrderHoldCommon):
    """Officers release with a reason; nobody writes the hold itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls._create_overdue_invoice(40)
        cls._dun()

    def test_an_officer_releases(self):
        self._release(self.profile, user=self.officer)
        self._assert_held(False)
        message = self.profile.message_ids[:1]
        self.assertEqual(message.author_id, self.officer.partner_id)

    def test_others_dont(self):
        for user in (self.viewer, self.biller, self.salesperson, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._release(self.profile, user=user)
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.profile.with_user(user)._release_by_hand("Mine", TODAY)
        self._assert_held(True)

    def test_nobody_writes_it(self):
        for user in (self.officer, self.manager):
            profile = self.profile.with_user(user)
            for vals in ({"order_hold": False}, {"order_release_date": TODAY}):
                with self.subTest(user.login), self.assertRaises(AccessError):
                    profile.write(vals)
            with self.assertRaises(AccessError):
                profile.create({"partner_id": self.other_debtor.id, "order_hold": True})

    def test_not_in_another_company(self):
        elsewhere = self.setup_other_company(name="Elsewhere")["company"]
        stranger = self._create_user(
            "stranger", "credit_control.group_officer", elsewhere
        )
        with self.assertRaises(AccessError):
            self._release(self.profile, user=stranger)

    def test_a_viewer_sees_it(self):
        self.env.invalidate_all()
        self.assertTrue(self.profile.with_user(self.viewer).order_hold)
        self.assertTrue(self.debtor.with_user(self.viewer).credit_order_hold)

    def test_a_salesperson_sees_the_partner_as_before(self):
        partner = self.debtor.with_user(self.salesperson)
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            partner.read(["credit_order_hold"])
        self.assertNotIn(
            "credit_order_hold", partner.get_view(view_type="form")["arch"]
        )
