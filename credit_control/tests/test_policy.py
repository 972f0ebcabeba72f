from datetime import timedelta

import psycopg2

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TODAY, CreditControlCommon


def day(days):
    return TODAY + timedelta(days=days)


@tagged("post_install", "-at_install")
class TestRules(CreditControlCommon):
    """What a policy says beyond the days of its levels."""

    def _codes(self, run):
        return {skip.code: skip.item_count for skip in run.skip_ids}

    def test_the_highest_level_carries_the_others(self):
        self.policy.carry = True
        old = self._create_overdue_invoice(40)
        self._dun(day(-20))  # level 2 for the old one
        young = self._create_overdue_invoice(10)
        notice = self._propose().notice_ids
        self.assertEqual(notice.level_id, self.level_3)
        self.assertEqual(notice.amount_total, 200)
        levels = {line.move_id: line.level_number for line in notice.line_ids}
        self.assertEqual(levels, {old: 3, young: 2})
        notice._send(TODAY)
        self.assertEqual(young.credit_level_name, "Reminder")
        self.assertEqual(notice.state, "sent")

    def test_old_items_skip_levels(self):
        self.policy.skip_older = True
        self._create_overdue_invoice(40)
        self._create_overdue_invoice(19)
        levels = self._propose().notice_ids.mapped("level_number")
        self.assertEqual(sorted(levels), [3, 4])

    def test_days_between_two_notices_to_one_debtor(self):
        self.policy.interval = 5
        self._create_overdue_invoice(10)
        self._dun(day(-1))
        later = self._create_overdue_invoice(9)
        self.assertFalse(self._propose().notice_ids)
        self.assertIn("day 5 after the debtor's last notice", later.credit_why)
        self.assertEqual(later.credit_next_date, day(4))
        self.assertEqual(self._propose(day(4)).notice_ids.line_ids.move_id, later)

    def test_two_notices_of_one_run_dont_wait_for_each_other(self):
        self.policy.interval = 5
        self._create_overdue_invoice(40)
        self._dun(day(-20))
        self._create_overdue_invoice(10)
        run = self._dun()
        self.assertEqual(run.notice_ids.mapped("state"), ["sent", "sent"])

    def test_a_letter_takes_longer(self):
        self.policy.letter_days = 4
        self.level_2.channel = "letter"
        item = self._create_overdue_invoice(40)
        self._dun(day(-8))
        self.assertFalse(self._propose().notice_ids)
        self.assertIn("days for the post: 4", item.credit_why)
        self.assertTrue(self._propose(day(3)).notice_ids)

    def test_counted_from_the_end_of_the_month(self):
        self.policy.level_ids.base = "month_end"
        item = self._create_overdue_invoice(40)  # due on 7 May
        self.assertEqual(item.invoice_date_due, day(-40))
        self.assertEqual(item.credit_next_date.isoformat(), "2025-06-07")
        self.assertIn("after the end of the month", item.credit_why)

    def test_a_minimum_share_of_all_that_is_open(self):
        self.level_2.min_share = 0.5
        self._create_overdue_invoice(10, 100)
        self._create_overdue_invoice(-30, 150)
        run = self._propose()
        self.assertFalse(run.notice_ids)
        self.assertEqual(self._codes(run)["below_minimum"], 1)
        self.level_2.min_share = 0.4
        self.assertTrue(self._propose().notice_ids)

    def test_below_the_minimum_one_level_lower(self):
        self.policy.skip_older = True
        self.level_4.min_amount = 500
        self._create_overdue_invoice(40)
        self.assertEqual(self._propose().notice_ids.level_id, self.level_3)

    def test_a_policy_without_reminders(self):
        never = self.env["credit.policy"].create(
            {"name": "Leave alone", "do_not_dun": True}
        )
        item = self._create_overdue_invoice(40)
        self._profile().policy_id = never
        run = self._propose()
        self.assertFalse(run.notice_ids)
        self.assertEqual(self._codes(run), {"no_dunning": 1})
        self.assertEqual(
            item.credit_why,
            'The policy "Leave alone" sends no reminders. '
            "Policy Leave alone, version 1.",
        )

    def test_every_address_its_own_notice(self):
        self.policy.consolidate = False
        shops = [
            self.env["res.partner"].create(
                {
                    "name": f"Shop {number}",
                    "parent_id": self.debtor.id,
                    "type": "invoice",
                    "email": f"shop{number}@debtor.example",
                }
            )
            for number in (1, 2)
        ]
        for shop in shops:
            self._create_overdue_invoice(10, 100, shop)
        run = self._propose()
        self.assertEqual(len(run.notice_ids), 2)
        self.assertEqual(run.notice_ids.recipient_id, shops[0] | shops[1])
        self.assertEqual(run.notice_ids.partner_id, self.debtor)


@tagged("post_install", "-at_install")
class TestUnmatchedMoney(CreditControlCommon):
    """Payments and credit notes nobody has matched yet."""

    def setUp(self):
        super().setUp()
        self.old = self._create_overdue_invoice(20, 100)
        self.young = self._create_overdue_invoice(10, 300)

    def _claimed(self, run):
        return run.notice_ids.line_ids.move_id

    def test_it_holds_back_what_it_could_pay_the_oldest_first(self):
        self._pay_on_account(150)
        run = self._propose()
        self.assertEqual(self._claimed(run), self.young)
        self.assertEqual(run.skip_ids.mapped("code").count("unmatched"), 1)
        self.assertIn("Unmatched money could cover this", self.old.credit_why)

    def test_it_holds_back_everything(self):
        self._create_credit_note(5, 400)
        run = self._propose()
        self.assertFalse(run.notice_ids)

    def test_money_that_comes_after_the_proposal(self):
        run = self._propose()
        self._pay_on_account(150)
        run._send(TODAY)
        sent = run.notice_ids.line_ids.filtered(lambda line: line.state == "sent")
        self.assertEqual(sent.move_id, self.young)

    def test_another_currency_covers_nothing(self):
        currency = self.setup_other_currency("GBP")
        self._create_credit_note(5, 1000, currency_id=currency.id)
        self.assertEqual(self._claimed(self._propose()), self.old | self.young)

    def test_it_is_deducted(self):
        self.policy.credits = "net"
        self._pay_on_account(150)
        run = self._propose()
        self.assertEqual(run.notice_ids.amount_total, 250)
        credit = run.notice_ids.line_ids.filtered(lambda line: line.amount < 0)
        self.assertRecordValues(credit, [{"amount": -150, "level_number": 0}])
        run._send(TODAY)
        self.assertEqual(run.notice_ids.state, "sent")
        # The credit may stand on the next notice again; the invoices climb.
        again = self._propose(day(30)).notice_ids
        self.assertEqual(again.amount_total, 250)

    def test_it_is_deducted_until_nothing_is_left(self):
        self.policy.credits = "net"
        self._pay_on_account(400)
        self.assertFalse(self._propose().notice_ids)

    def test_the_credit_was_matched_before_sending(self):
        self.policy.credits = "net"
        credit = self._pay_on_account(100)
        run = self._propose()
        (credit | self._items(self.old)).reconcile()
        run._send(TODAY)
        self.assertEqual(run.notice_ids.amount_total, 300)

    def test_reminded_nevertheless(self):
        self.policy.credits = "show"
        self._pay_on_account(1000)
        self.assertEqual(self._propose().notice_ids.amount_total, 400)


@tagged("post_install", "-at_install")
class TestPrecedence(CreditControlCommon):
    """Which policy a debtor follows, and the reason for it."""

    def _add(self, **values):
        return self._create_policy(name="Special", **values)

    def _effective(self, partner=None):
        profile = self._profile(partner)
        profile.invalidate_recordset()
        return profile.effective_policy_id

    def test_kind_country_and_tags(self):
        tag = self.env["res.partner.category"].create({"name": "Municipality"})
        belgium = self.env.ref("base.be")
        for criterion, change in (
            ({"kind": "consumer"}, {"is_company": False}),
            (
                {"country_ids": [Command.set(belgium.ids)]},
                {"country_id": belgium.id},
            ),
            (
                {"category_ids": [Command.set(tag.ids)]},
                {"category_id": [Command.set(tag.ids)]},
            ),
        ):
            with self.subTest(criterion):
                special = self._add(sequence=-5, **criterion)
                self.assertEqual(self._effective(), self.policy)
                self.debtor.write(change)
                self.assertEqual(self._effective(), special)
                self.assertIn(special.whom, self._profile().policy_reason)
                self._create_overdue_invoice(10)
                run = self._propose()
                self.assertEqual(run.notice_ids.policy_id, special)
                run.action_cancel()
                special.active = False

    def test_a_new_policy_for_all_comes_last(self):
        values = {"name": "New", "level_ids": [Command.create({"name": "One"})]}
        new = self.env["credit.policy"].create(dict(values))
        self.assertEqual(self.env["credit.policy"].search([])[-1], new)
        for_some = self.env["credit.policy"].create({**values, "kind": "consumer"})
        self.assertEqual(self.env["credit.policy"].search([])[0], for_some)

    @mute_logger("odoo.sql_db")
    def test_a_new_level_follows_the_last_one(self):
        number, days = self.policy.next_number, self.policy.next_days
        self.assertEqual(number, max(self.policy.level_ids.mapped("number")) + 1)
        self.assertEqual(days, max(self.policy.level_ids.mapped("days")) + 10)
        level = {"number": number, "name": "Once more", "days": days}
        self.policy.level_ids = [Command.create(level)]
        self.assertEqual(self.policy.next_number, number + 1)

    def test_the_code_of_a_tier_is_made_from_its_name(self):
        tiers = self.env["credit.risk.tier"].create(
            [{"name": "Very good"}, {"name": "Very good"}, {"name": "!"}]
        )
        self.assertEqual(tiers.mapped("code"), ["very-good", "very-good-2", "tier"])
        self.assertEqual(tiers[0].copy().code, "very-good-3")

    def test_bad_rules_are_refused(self):
        share = [Command.update(self.level_2.id, {"min_share": 1.5})]
        late = [Command.update(self.level_2.id, {"days": 40})]
        for values, refusal in (
            ({"interval": -1}, psycopg2.IntegrityError),
            ({"letter_days": -1}, psycopg2.IntegrityError),
            ({"tolerance": -1}, psycopg2.IntegrityError),
            ({"level_ids": share}, psycopg2.IntegrityError),
            ({"level_ids": late}, ValidationError),
        ):
            with (
                self.subTest(values),
                self.assertRaises(refusal),
                self.env.cr.savepoint(),
            ):
                self.policy.write(values)
                self.env.flush_all()


@tagged("post_install", "-at_install")
class TestVersions(CreditControlCommon):
    """Old notices show the policy that they used."""

    def setUp(self):
        super().setUp()
        self._create_overdue_invoice(40)
        self.run_ = self._dun(day(-20))
        self.notice = self.run_.notice_ids

    def test_using_a_policy_makes_its_first_version(self):
        self.assertEqual(self.policy.version_ids.number, 1)
        self.assertEqual(self.notice.version_id.number, 1)

    def test_an_unchanged_policy_keeps_its_version(self):
        self._dun()
        self.assertEqual(len(self.policy.version_ids), 1)

    def test_a_change_makes_the_next_version(self):
        self.level_2.days = 8
        self.assertEqual(self.policy._get_version_number(), 2)
        run = self._dun()
        self.assertEqual(run.notice_ids.version_id.number, 2)
        self.assertEqual(self.notice.version_id.number, 1)
        self.assertIn("due date: 7;", self.notice.version_id.rules)
        self.assertIn("due date: 8;", run.notice_ids.version_id.rules)

    def test_the_words_of_a_sent_notice_stay(self):
        self.level_2.write({"subject": "Other words", "text": "<p>New.</p>"})
        self.notice.invalidate_recordset()
        self.assertIn("Reminder", self.notice.subject)
        self.assertIn("Words of level 2", self.notice.text)

    def test_a_level_that_was_carried_is_archived(self):
        self.policy.write({"carry": True, "skip_older": True})
        self._create_overdue_invoice(10)
        self._create_overdue_invoice(19)
        notice = self._dun().notice_ids
        self.assertIn(self.level_2, notice.line_ids.own_level_id)
        self.level_2.unlink()
        self.assertFalse(self.level_2.active)

    def test_a_used_level_is_archived_a_new_one_deleted(self):
        self.policy.level_ids = [
            Command.delete(self.level_2.id),
            Command.delete(self.level_4.id),
        ]
        self.assertEqual(self.level_2.exists().active, False)
        self.assertFalse(self.level_4.exists())
        self.assertEqual(self.notice.level_id, self.level_2)


@tagged("post_install", "-at_install")
class TestReview(CreditControlCommon):
    """An officer changes a proposal before it is sent."""

    def setUp(self):
        super().setUp()
        self._create_users()
        self.first = self._create_overdue_invoice(40, 100)
        self.second = self._create_overdue_invoice(39, 50)
        self.run_ = self._propose()
        self.notice = self.run_.notice_ids

    def _review(self, user=None, **values):
        review = (
            self.env["credit.notice.review"]
            .with_user(user or self.officer)
            .create(
                {
                    "notice_ids": [Command.set(self.notice.ids)],
                    "reason": "Spoke with the owner",
                    **values,
                }
            )
        )
        review.action_apply()

    def test_taking_a_notice_out(self):
        self._review(block_until=day(10))
        self.assertRecordValues(
            self.notice,
            [{"state": "cancelled", "takeout_reason": "Spoke with the owner"}],
        )
        self.assertEqual(self._profile().block_until, day(10))
        self.assertEqual(self._profile().block_reason, "Spoke with the owner")
        self.assertEqual(self.run_.state, "cancelled")

    def test_taking_one_item_out(self):
        line = self.notice.line_ids.filtered(lambda found: found.move_id == self.first)
        self._review(choice="items", line_ids=[Command.set(line.ids)])
        self.assertEqual(self.notice.amount_total, 50)
        self.assertEqual(line.drop_reason, "Spoke with the owner")
        self.notice.with_user(self.officer).action_send()
        self.assertEqual(self.notice.state, "sent")
        self.assertFalse(self.first.credit_level_name)

    def test_taking_every_item_out(self):
        lines = self.notice.line_ids
        self._review(choice="items", line_ids=[Command.set(lines.ids)])
        self.assertEqual(self.notice.state, "cancelled")

    def test_another_level(self):
        self._review(choice="level", level_id=self.level_3.id)
        self.assertEqual(self.notice.level_id, self.level_3)
        self.assertEqual(self.notice.channel, "email_letter")
        self.level_3.channel = "email"
        self.notice.with_user(self.officer).action_send()
        self.assertEqual(self.notice.state, "sent")
        self.assertEqual(self.first.credit_level_name, "Second reminder")

    def test_no_level_that_an_item_had(self):
        self.notice._send(TODAY)
        self.notice = self._propose(day(20)).notice_ids
        self.assertEqual(self.notice.level_number, 3)
        with self.assertRaisesRegex(UserError, "has had level 2"):
            self._review(choice="level", level_id=self.level_2.id)

    def test_nothing_after_sending(self):
        self.notice._send(TODAY)
        with self.assertRaisesRegex(UserError, "not waiting any more"):
            self._review()

    def test_viewers_only_look(self):
        with self.assertRaises(AccessError):
            self._review(user=self.viewer)
        with self.assertRaises(AccessError):
            self.notice.with_user(self.officer).amount_total = 1

    def test_a_proposal_for_a_day_to_come_waits(self):
        run = self._propose(day(20))
        with self.assertRaisesRegex(UserError, "can be sent from that day on"):
            run.action_send()

    def test_sending_once_more_is_no_new_level(self):
        self.notice._send(TODAY)
        messages = len(self._profile().message_ids)
        self.notice.with_user(self.officer).action_resend()
        self.assertEqual(len(self._profile().message_ids), messages + 1)
        self.assertEqual(len(self.first.line_ids.filtered("credit_level_id")), 1)

    def test_passing_on_to_somebody_else(self):
        self.level_2.responsible_id = self.manager
        self.notice._send(TODAY)
        self.assertEqual(self._profile().collector_id, self.manager)

    def test_ready_for_handoff_until_paid(self):
        self.level_2.handoff = True
        ready = [("is_ready_for_handoff", "=", True)]
        profiles = self.env["credit.profile"]
        self.assertFalse(profiles.search(ready))
        self.notice._send(TODAY)
        self.assertEqual(profiles.search(ready), self._profile())
        self.assertTrue(self._profile().is_ready_for_handoff)
        self._pay(self.first | self.second)
        self.assertFalse(profiles.search(ready))

    def test_without_an_address(self):
        self.debtor.email = False
        for choice, channel, state in (
            ("letter", "letter", "sent"),
            ("call", "call", "sent"),
            ("fail", "fail", "failed"),
        ):
            with self.subTest(choice):
                self.policy.without_email = choice
                self.run_.action_cancel()
                self.run_ = self._propose()
                self.assertEqual(self.run_.notice_ids.channel, channel)
                with self.env.cr.savepoint() as savepoint:
                    self.run_._send(TODAY)
                    self.assertEqual(self.run_.notice_ids.state, state)
                    savepoint.rollback()
                self.env.invalidate_all()

    def test_a_bounce_calls_for_somebody(self):
        self.notice._send(TODAY)
        profile = self._profile()
        profile._message_receive_bounce(self.debtor.email, self.debtor)
        self.assertIn("came back", profile.activity_ids[-1:].summary)

    def test_history_is_kept(self):
        self.notice._send(TODAY)
        with self.assertRaisesRegex(UserError, "kept as history"):
            self._profile().unlink()
