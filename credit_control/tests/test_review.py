from datetime import timedelta
from unittest.mock import patch

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools.safe_eval import safe_eval

from .common import TODAY, CreditControlCommon


@tagged("post_install", "-at_install")
class TestNumber(CreditControlCommon):
    """Runs are numbered without a gap: one that finds nothing takes no number."""

    def _get_new_number(self):
        self._create_overdue_invoice(10, partner=self._create_debtor("Clover"))
        return int(self._propose().name.split("/")[-1])

    def test_an_automatic_run_that_finds_nothing(self):
        # Other companies of the database stay out of it.
        companies = self.env["res.company"].search([])
        (companies - self.company).credit_dunning_cron = False
        runs = self.env["credit.run"].search([])
        with self.enter_registry_test_mode():
            self.env.ref("credit_control.cron_daily").method_direct_trigger()
        self.assertEqual(self.env["credit.run"].search([]), runs)
        number = self._get_new_number()
        with self.enter_registry_test_mode():
            self.env.ref("credit_control.cron_daily").method_direct_trigger()
        self.assertEqual(self._get_new_number(), number + 1)

    def test_nothing_due_for_the_debtors_asked_for(self):
        number = self._get_new_number()
        with self.assertRaisesRegex(UserError, "Nothing is due today"):
            self._profile().action_propose()
        self.assertEqual(self._get_new_number(), number + 1)

    def test_an_empty_run_made_by_hand_is_kept(self):
        run = self.env["credit.run"].create({"company_id": self.company.id})
        run.action_propose()
        self.assertRecordValues(run, [{"state": "proposed", "notice_count": 0}])
        self.assertIn("/2025/", run.name)


@tagged("post_install", "-at_install")
class TestLeftAlone(CreditControlCommon):
    """Every reason that a run counts opens the items behind it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.policy.credits = "hold"
        cls.covered = cls._create_overdue_invoice(20, 100)
        cls.claimed = cls._create_overdue_invoice(10, 400)
        cls.money = cls._pay_on_account(150)
        cls.early = cls._create_overdue_invoice(3, 70, cls.other_debtor)
        cls.tiny = cls._create_overdue_invoice(10, 4, cls.other_debtor)
        cls.blocked = cls._create_overdue_invoice(10, 30, cls._create_debtor("Clay"))
        cls._profile(cls.blocked.partner_id).write(
            {"block_until": TODAY, "block_reason": "Holidays"}
        )
        cls.held = cls._create_overdue_invoice(10, 60, cls._create_debtor("Dune"))
        cls._propose(profiles=cls._profile(cls.held.partner_id))
        cls.run_ = cls._propose()

    def _block(self, partner, until):
        """As a user does, so that the change is tracked."""
        profile = self._profile(partner).with_context(
            tracking_disable=False, mail_notrack=False
        )
        profile.write({"block_until": until, "block_reason": "He called"})
        self.env.cr.precommit.run()

    def _get_found(self):
        """{reason: items that its button lists}"""
        skips = self.run_.with_user(self.viewer).skip_ids
        return {
            skip.code: self.env["account.move.line"].search(
                skip.action_view_items()["domain"]
            )
            for skip in skips
        }

    def _assert_found(self):
        self.assertEqual(
            self._get_found(),
            {
                "unmatched": self._items(self.covered) | self.money,
                "credit": self.money,
                "not_yet": self._items(self.early),
                "tolerance": self._items(self.tiny),
                "manual_block": self._items(self.blocked),
                "proposed_elsewhere": self._items(self.held),
            },
        )

    def test_right_after_the_proposal(self):
        self._assert_found()
        for skip in self.run_.skip_ids.filtered(lambda s: s.code != "unmatched"):
            with self.subTest(skip.code):
                self.assertEqual(skip.item_count, len(self._get_found()[skip.code]))

    def test_after_sending(self):
        """What the run itself sent meanwhile counts for nothing."""
        self.run_._send(TODAY)
        self._assert_found()

    def test_days_later(self):
        """What was paid, sent and blocked since doesn't change what was so then."""
        self.run_._send(TODAY)
        later = TODAY + timedelta(days=9)
        self._dun(later)
        with freeze_time(later):
            self._block(self.other_debtor, later)
            self._register_payment(self.early, payment_date=later)
        self._assert_found()

    def test_reconciling_frees_the_claim(self):
        action = self.run_.skip_ids.filtered(
            lambda skip: skip.code == "unmatched"
        ).action_view_items()
        items = self.env["account.move.line"].search(action["domain"])
        items.with_user(self.officer).action_credit_reconcile()
        self.assertTrue(self._items(self.covered).reconciled)
        self.assertEqual(self.money.amount_residual, -50.0)

    def test_what_doesnt_belong_together_isnt_reconciled(self):
        mine, other = self._items(self.covered), self._items(self.early)
        for wrong in (mine, self.money, other | self.money, mine | other):
            with self.assertRaisesRegex(UserError, "claims and credits of one debtor"):
                wrong.action_credit_reconcile()
        with self.assertRaises(AccessError):
            (mine | self.money).with_user(self.viewer).action_credit_reconcile()

    def test_all_open_items_of_the_debtor(self):
        item = self._items(self.covered).with_user(self.viewer)
        action = item.action_credit_open_items()
        self.assertEqual(
            self.env["account.move.line"].search(action["domain"]),
            self._items(self.covered | self.claimed) | self.money,
        )

    def test_no_item_of_another_company(self):
        company = self.setup_other_company()["company"]
        self._create_overdue_invoice(3, company=company)
        self.assertEqual(self._get_found()["not_yet"], self._items(self.early))


@tagged("post_install", "-at_install")
class TestProgress(CreditControlCommon):
    """A run says truly how much of it is sent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.reached = cls._create_overdue_invoice(10)
        cls.lost = cls._create_debtor("Nowhere", email=False, city=False)
        cls._create_overdue_invoice(10, partner=cls.lost)
        cls.run_ = cls._propose().with_user(cls.officer)
        cls.to_reached, cls.to_lost = (
            cls.run_.notice_ids.filtered(lambda n, p=partner: n.partner_id == p)
            for partner in (cls.debtor, cls.lost)
        )

    def _assert_run(self, state, sent, failed, waiting, progress):
        self.assertRecordValues(
            self.run_,
            [
                {
                    "state": state,
                    "sent_count": sent,
                    "failed_count": failed,
                    "waiting_count": waiting,
                    "progress": progress,
                }
            ],
        )

    def test_one_after_the_other(self):
        self._assert_run("proposed", 0, 0, 2, 0)
        self.to_reached.action_send()
        self._assert_run("partly", 1, 0, 1, 50)
        self.run_.action_send()
        self._assert_run("partly", 1, 1, 0, 100)

    def test_nothing_sent_yet_is_still_a_proposal(self):
        self.to_lost.action_send()
        self._assert_run("proposed", 0, 1, 1, 50)

    def test_failed_ones_are_sent_again_from_the_run(self):
        self.run_.action_send()
        self.run_.action_retry()
        self._assert_run("partly", 1, 1, 0, 100)
        self.lost.city = "Ghent"
        self.run_.action_retry()
        self._assert_run("sent", 2, 0, 0, 100)
        self.assertEqual(self.to_lost.delivery, "letter")

    def test_what_is_not_released_doesnt_go_with_the_failed_ones(self):
        self.to_lost.action_send()
        self.lost.city = "Ghent"
        self.run_.action_retry()
        self._assert_run("partly", 1, 0, 1, 50)
        self.assertEqual(self.to_reached.state, "proposed")

    def test_taking_out_the_rest_completes_the_run(self):
        self.run_.action_send()
        self.to_lost.action_cancel()
        self._assert_run("sent", 1, 0, 0, 100)

    def test_taking_out_everything_cancels_the_run(self):
        self.run_.notice_ids.action_cancel()
        self._assert_run("cancelled", 0, 0, 0, 0)

    def test_cancelling_the_rest_completes_the_run(self):
        self.run_.action_send()
        self.run_.action_cancel()
        self._assert_run("sent", 1, 0, 0, 100)

    @patch("odoo.addons.credit_control.models.credit_run.SEND_AT_ONCE", 0)
    def test_in_the_background(self):
        self.run_.action_send()
        self._assert_run("sending", 0, 0, 2, 0)
        self._send_by_cron()
        self._assert_run("partly", 1, 1, 0, 100)
        self.lost.city = "Ghent"
        self.run_.action_retry()
        self._assert_run("sending", 1, 0, 1, 50)
        self._send_by_cron()
        self._assert_run("sent", 2, 0, 0, 100)

    def _send_by_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("credit_control.cron_send").method_direct_trigger()
        self.env.invalidate_all()

    def test_a_viewer_sends_nothing_again(self):
        self.run_.action_send()
        with self.assertRaises(AccessError):
            self.run_.with_user(self.viewer).action_retry()

    def test_the_daily_run_replaces_the_part_that_was_not_sent(self):
        self.run_.sudo().automatic = True
        self.to_reached.action_send()
        self.run_.sudo()._discard()
        self._assert_run("sent", 1, 0, 0, 100)
        self.assertFalse(self.to_lost.exists())


@tagged("post_install", "-at_install")
class TestReviewList(CreditControlCommon):
    """What an accountant looks for in a proposal is one click away."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.policy.without_email = "fail"
        cls._profile(cls.debtor).collector_id = cls.officer
        cls._profile(cls.other_debtor).tier_id = cls.poor
        cls.lost = cls._create_debtor("Nowhere", email=False)
        cls.invoices = {
            partner: cls._create_overdue_invoice(days, 100, partner)
            for partner, days in (
                (cls.debtor, 10),
                (cls.other_debtor, 12),
                (cls.lost, -2),
            )
        }
        cls.run_ = cls._propose()

    def _find(self, name):
        """Debtors whose notices the filter ``name`` of the list leaves."""
        view = self.env.ref("credit_control.view_notice_search")
        node = etree.fromstring(view.arch).find(f".//filter[@name='{name}']")
        domain = safe_eval(node.get("domain"), {"uid": self.officer.id})
        notices = self.env["credit.notice"].with_user(self.officer).search(domain)
        return notices.filtered(lambda n: n.run_id == self.run_).partner_id

    def test_filters(self):
        self.run_.notice_ids.filtered(
            lambda n: n.partner_id == self.other_debtor
        ).action_cancel()
        self._pay(self.invoices[self.debtor], 1)
        for name, expected in (
            ("mine", self.debtor),
            ("unreachable", self.lost),
            ("taken_out", self.other_debtor),
            ("proposed", self.debtor | self.lost),
            ("changed", self.debtor),
            ("emails", self.debtor | self.other_debtor),
            ("failed", self.env["res.partner"]),
        ):
            with self.subTest(name):
                self.assertEqual(self._find(name), expected)

    def test_every_filter_and_group_of_the_lists_works(self):
        for model in ("credit.notice", "credit.notice.line", "credit.run"):
            records = self.env[model].with_user(self.viewer)
            arch = etree.fromstring(records.get_view(view_type="search")["arch"])
            for node in arch.iter("filter"):
                with self.subTest(model=model, filter=node.get("name")):
                    if domain := node.get("domain"):
                        records.search(safe_eval(domain, {"uid": self.viewer.id}))
                    group = safe_eval(node.get("context") or "{}").get("group_by")
                    if group:
                        found = records._read_group([], [group], ["__count"])
                        self.assertTrue(found)

    def test_changed_since_proposed(self):
        notice = self.run_.notice_ids.filtered(lambda n: n.partner_id == self.debtor)
        invoice = self.invoices[self.debtor]
        item = self._items(invoice)

        def postpone(days):
            item.date_maturity += timedelta(days=days)

        def block(until):
            vals = {"block_until": until, "block_reason": until and "He called"}
            notice.profile_id.write(vals)

        self.assertFalse(notice.is_changed)
        for change, there, back in (
            (postpone, 3, -3),
            (block, TODAY, False),
            (lambda amount: self._pay(invoice, amount), 10, None),
        ):
            change(there)
            notice.invalidate_recordset()
            self.assertTrue(notice.is_changed)
            if back is not None:
                change(back)
                notice.invalidate_recordset()
                self.assertFalse(notice.is_changed)
        self.run_._send(TODAY)
        self.assertFalse(notice.is_changed)

    def test_as_many_queries_for_many_notices_as_for_few(self):
        counts = []
        for notices in (self.run_.notice_ids[:1], self.run_.notice_ids):
            self.env.invalidate_all()
            notices.fetch(["state"])
            before = self.cr.sql_log_count
            notices.mapped("is_changed")
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)

    def test_the_level_of_many_is_changed_at_once(self):
        notices = self.run_.notice_ids.filtered(
            lambda n: n.partner_id in self.debtor | self.other_debtor
        )
        review = self.env["credit.notice.review"].with_user(self.officer)
        with Form(review.with_context(default_notice_ids=notices.ids)) as form:
            form.choice = "level"
            form.level_id = self.level_3
            form.reason = "They never pay in time"
        form.record.action_apply()
        self.assertRecordValues(
            notices,
            [{"level_id": self.level_3.id, "level_number": 3, "forced": True}] * 2,
        )
        self.assertEqual(set(notices.line_ids.mapped("level_number")), {3})
