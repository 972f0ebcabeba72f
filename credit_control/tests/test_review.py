from datetime import datetime, time, timedelta
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

    def test_what_did_not_arrive_is_counted_and_listed(self):
        self.run_.action_send()
        self.assertEqual(self.run_.lost_count, 0)
        self.to_reached.message_id.sudo().notification_ids.write(
            {"notification_status": "bounce"}
        )
        self.run_.invalidate_recordset()
        self.assertEqual(self.run_.lost_count, 1)
        action = self.run_.action_view_lost()
        self.assertEqual(action["context"]["search_default_lost"], 1)
        found = self.env["credit.notice"].search(
            [*action["domain"], ("delivery", "in", ("failed", "bounced"))]
        )
        self.assertEqual(found, self.to_reached)

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


@tagged("post_install", "-at_install")
class TestWhy(CreditControlCommon):
    """ "Why?" names rule, figures and policy version, on any day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        with cls._on(-60):
            cls.invoice = cls._create_overdue_invoice(30)
        cls.item = cls._items(cls.invoice)
        # Versions are as old as the day on which they were first used.
        with cls._on(-20):
            cls.sent = cls._dun(cls._day(-20))

    @classmethod
    def _day(cls, days):
        return TODAY + timedelta(days=days)

    @classmethod
    def _on(cls, days):
        """The database, too, believes that it is that day."""
        moment = datetime.combine(cls._day(days), time(9))
        return patch.object(cls.env.cr, "now", lambda: moment)

    def _ask(self, days, past=None):
        past = days < 0 if past is None else past
        return self.item._credit_explain(self._day(days), past=past)

    def _assert_answer(self, days, text):
        [reason] = self._ask(days)
        self.assertEqual(reason["text"], text)
        return reason

    def test_today_and_in_future(self):
        reason = self._assert_answer(
            0,
            "Level 3 (Second reminder) is due since 06/04/2025: day 18 after the due "
            "date 05/17/2025. Policy Policy of the test, version 1.",
        )
        self.assertEqual(reason["level"], self.level_3)
        self.assertEqual(reason["amount"], 100.0)
        self._assert_answer(
            40,
            "Level 3 (Second reminder) is due since 06/04/2025: day 18 after the due "
            "date 05/17/2025. Policy Policy of the test, version 1.",
        )

    def test_before_and_after_a_level(self):
        due = (
            "Level 2 (Reminder) is due since 05/24/2025: day 7 after the due date "
            "05/17/2025. Policy Policy of the test, version 1."
        )
        self._assert_answer(-24, due.replace("is due since", "follows on"))
        self._assert_answer(-20, due)
        self._assert_answer(
            -15,
            "Level 3 (Second reminder) follows on 06/04/2025: day 18 after the due "
            "date 05/17/2025. Policy Policy of the test, version 1.",
        )

    def test_before_there_was_an_invoice(self):
        self.assertEqual(self._ask(-61), [])

    def test_what_was_paid_since_was_open_then(self):
        with self._on(-2):
            self._register_payment(self.invoice, payment_date=self._day(-3))
        self.assertEqual(self._ask(0), [])
        self.assertEqual(self._ask(-2), [])
        # The money was on the account since, and entered a day later.
        self._assert_answer(
            -3,
            "Level 3 (Second reminder) is due since 06/04/2025: day 18 after the due "
            "date 05/17/2025. Policy Policy of the test, version 1.",
        )

    def test_money_that_was_entered_and_not_matched_yet(self):
        with self._on(-5):
            money = self._pay_on_account(100)
            money.move_id.button_draft()
            money.move_id.date = self._day(-5)
            money.move_id.action_post()
        with self._on(-2):
            (self.item | self._items(money.move_id)).reconcile()
        self.assertEqual(self._ask(-6)[0]["code"], "due")
        self._assert_answer(
            -3,
            "Unmatched money could cover this. Policy Policy of the test, version 1.",
        )
        self.assertEqual(self._ask(-2), [])

    def test_a_ledger_that_was_taken_over(self):
        """Entered in one go, it was paid and open when its dates say so."""
        self._pay_on_account(1, self.other_debtor)
        self.env["account.move"].search(
            [("company_id", "=", self.company.id)]
        ).flush_recordset()
        self.env.cr.execute(
            "UPDATE account_move SET create_date = %s WHERE company_id = %s",
            [self._day(0), self.company.id],
        )
        with self._on(0):
            self._register_payment(self.invoice, payment_date=self._day(-10))
        self.env.invalidate_all()
        self.assertEqual(self._ask(-11)[0]["code"], "due")
        self.assertEqual(self._ask(-9), [])

    def test_a_level_that_is_gone(self):
        self._dun(TODAY)
        self.level_4.unlink()
        with self._on(8):
            [reason] = self._ask(5, past=True)
        self.assertEqual(reason["level"].id, self.level_4.id)
        self.assertIn("Level 4 follows on", reason["text"])

    def test_a_partial_payment(self):
        with self._on(-10):
            self._register_payment(self.invoice, payment_date=self._day(-10), amount=96)
        self.assertEqual([r["amount"] for r in self._ask(-11)], [100.0])
        [reason] = self._ask(-9)
        self.assertEqual((reason["code"], reason["amount"]), ("tolerance", 4.0))
        self.assertIn("Policy of the test, version 1", reason["text"])

    def test_a_changed_policy_answers_by_the_version_of_then(self):
        with self._on(-8):
            self.level_2.days = 12
            self.level_3.days = 25
            self.policy.name = "Belgium business"
            self._create_overdue_invoice(13, partner=self.other_debtor)
            self._propose(self._day(-1), profiles=self._profile(self.other_debtor))
        [now] = self._ask(0)
        self.assertIn("day 25 after", now["text"])
        self.assertIn("Belgium business, version 2", now["text"])
        [then] = self._ask(-9)
        self.assertIn("day 18 after", then["text"])
        self.assertIn("version 1", then["text"])
        self.assertEqual(then["code"], "due")

    def test_a_block_since_doesnt_answer_for_the_past(self):
        profile = self._profile().with_context(
            tracking_disable=False, mail_notrack=False
        )
        self.env.cr.precommit.run()
        for days, until in ((-9, self._day(-6)), (0, self._day(5))):
            with freeze_time(self._day(days)):
                profile.write({"block_until": until, "block_reason": "He called"})
                self.env.cr.precommit.run()
        codes = {days: self._ask(days)[0]["code"] for days in (-10, -8, -5)}
        self.assertEqual(codes, {-10: "due", -8: "manual_block", -5: "due"})
        self.assertEqual(self._ask(0)[0]["code"], "manual_block")
        self.assertIn("He called", self._ask(0)[0]["text"])

    def test_asked_from_the_invoice(self):
        wizard = self._open(self.invoice.action_credit_why())
        self.assertIn("is due since", wizard.answer)
        wizard.date = self._day(-20)
        self.assertIn("Reminder was sent on that day", wizard.answer)
        self.assertIn(self.sent.name, wizard.answer)
        wizard.date = self._day(-100)
        self.assertIn("Nothing was open on that day", wizard.answer)

    def test_asked_from_the_debtor_file(self):
        second = self._create_overdue_invoice(2, 77)
        wizard = self._open(self._profile().action_why())
        for expected in (self.invoice.name, second.name, "77.00", "follows on"):
            self.assertIn(expected, wizard.answer)

    def _open(self, action):
        context = action["context"]
        return Form(
            self.env[action["res_model"]].with_user(self.viewer).with_context(**context)
        )

    def test_only_who_may_see_debtors_asks(self):
        with self.assertRaises(AccessError):
            self.env["credit.why"].with_user(self.biller).create(
                {"move_id": self.invoice.id}
            )

    def test_markup_in_a_number_is_text(self):
        self.invoice.button_draft()
        self.invoice.name = "<b>1</b>"
        self.invoice.action_post()
        wizard = self._open(self.invoice.action_credit_why())
        self.assertIn("&lt;b&gt;1", wizard.answer)

    def test_queries_do_not_grow_with_the_items(self):
        counts = []
        for number in (3, 12):
            with self._on(-42):
                for _count in range(number):
                    self._create_overdue_invoice(12)
            items = self._items(self._profile().partner_id.invoice_ids)
            items._credit_explain(self._day(-5), past=True)
            before = self.cr.sql_log_count
            found = items._credit_explain(self._day(-5), past=True)
            counts.append(self.cr.sql_log_count - before)
            self.assertEqual(len(found), len(items))
        self.assertEqual(*counts)
