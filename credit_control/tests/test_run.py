from collections import Counter
from datetime import timedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TODAY, CreditControlCommon


def day(days):
    return TODAY + timedelta(days=days)


@tagged("post_install", "-at_install")
class TestProposal(CreditControlCommon):
    """A run proposes exactly what is due, and says why the rest is not."""

    def test_each_item_gets_the_level_it_has_reached(self):
        cases = [
            (-6, None),
            (-5, 1),
            (0, 1),
            (1, None),
            (6, None),
            (7, 2),
            (400, 2),  # levels are not skipped, however late an item is
        ]
        expected = {}
        for days, level in cases:
            invoice = self._create_overdue_invoice(days)
            if level:
                expected[invoice] = level
        self.assertEqual(self._get_proposed(self._propose()), expected)

    def test_levels_follow_one_another(self):
        invoice = self._create_overdue_invoice(-5)
        got = {}
        for offset in range(60):
            for level in self._get_proposed(self._dun(day(offset))).values():
                got[offset] = level
        self.assertEqual(got, {0: 1, 12: 2, 23: 3, 35: 4})
        self.assertEqual(self._items(invoice).credit_level_id, self.level_4)

    def test_one_notice_per_debtor_and_level(self):
        first = self._create_overdue_invoice(8, 100)
        second = self._create_overdue_invoice(10, 50)
        friendly = self._create_overdue_invoice(-3, 70)
        elsewhere = self._create_overdue_invoice(10, 30, self.other_debtor)
        run = self._propose()
        self.assertRecordValues(
            run.notice_ids.sorted("amount_total"),
            [
                {
                    "partner_id": self.other_debtor.id,
                    "level_id": self.level_2.id,
                    "amount_total": 30.0,
                },
                {
                    "partner_id": self.debtor.id,
                    "level_id": self.level_1.id,
                    "amount_total": 70.0,
                },
                {
                    "partner_id": self.debtor.id,
                    "level_id": self.level_2.id,
                    "amount_total": 150.0,
                },
            ],
        )
        self.assertEqual(
            self._get_proposed(run), {first: 2, second: 2, friendly: 1, elsewhere: 2}
        )
        self.assertRecordValues(
            run, [{"state": "proposed", "notice_count": 3, "amount_total": 250.0}]
        )

    def test_a_notice_line_says_what_is_claimed(self):
        invoice = self._create_overdue_invoice(10, 120)
        self._pay(invoice, 20)
        run = self._propose()
        self.assertRecordValues(
            run.notice_ids.line_ids,
            [
                {
                    "item_id": self._items(invoice).id,
                    "name": invoice.name,
                    "due_date": day(-10),
                    "days_late": 10,
                    "original_amount": 120.0,
                    "amount": 100.0,
                    "company_amount": 100.0,
                    "level_number": 2,
                    "state": "proposed",
                }
            ],
        )

    def test_instalments_are_items_of_their_own(self):
        invoice = self._create_overdue_invoice(
            amount=100,
            invoice_date=day(-20),
            invoice_date_due=False,
            invoice_payment_term_id=self.env["account.payment.term"]
            .create(
                {
                    "name": "Half at once, half in 60 days",
                    "line_ids": [
                        Command.create(
                            {"value": "percent", "value_amount": 50, "nb_days": nb}
                        )
                        for nb in (0, 60)
                    ],
                }
            )
            .id,
        )
        run = self._propose()
        self.assertRecordValues(
            run.notice_ids.line_ids,
            [{"move_id": invoice.id, "amount": 50.0, "days_late": 20}],
        )
        self.assertEqual(self._get_skipped(run), {"not_yet": (1, 50.0)})

    def test_reasons_are_counted(self):
        self._create_overdue_invoice(10)
        self._create_overdue_invoice(3, 11)
        self._create_overdue_invoice(3, 12)
        self._create_overdue_invoice(10, 5)
        self._create_overdue_invoice(10, 40).action_toggle_block_payment()
        self._items(self._create_overdue_invoice(10, 60)).no_followup = True
        self._create_credit_note(10, 25)
        self._pay_on_account(13)
        self._create_overdue_invoice(10, 80, self.other_debtor)
        self._profile(self.other_debtor).write(
            {"block_until": TODAY, "block_reason": "He called"}
        )
        self.assertEqual(
            self._get_skipped(self._propose()),
            {
                "not_yet": (2, 23.0),
                "tolerance": (1, 5.0),
                "payment_blocked": (1, 40.0),
                "no_followup": (1, 60.0),
                "credit": (2, -38.0),
                "manual_block": (1, 80.0),
            },
        )

    def test_a_block_ends_by_itself(self):
        invoice = self._create_overdue_invoice(10)
        self._profile().write({"block_until": day(2), "block_reason": "Holidays"})
        self.assertEqual(self._get_proposed(self._propose(day(2))), {})
        self.assertEqual(self._get_proposed(self._propose(day(3))), {invoice: 2})

    def test_the_minimum_amount_counts_what_goes_onto_one_notice(self):
        self.level_2.min_amount = 100
        self._create_overdue_invoice(10, 60)
        run = self._propose()
        self.assertEqual(self._get_skipped(run), {"below_minimum": (1, 60.0)})
        self._create_overdue_invoice(12, 40)
        self.assertEqual(len(self._get_proposed(self._propose())), 2)

    def test_credits_and_unallocated_payments_are_left_alone(self):
        """They are not dunned, and they don't make a claim smaller by themselves."""
        invoice = self._create_overdue_invoice(10, 100)
        credit_note = self._create_credit_note(10, 30)
        payment = self._pay_on_account(20)
        run = self._dun()
        self.assertEqual(self._get_proposed(run), {invoice: 2})
        self.assertEqual(run.notice_ids.amount_total, 100.0)
        self.assertRecordValues(
            self._items(credit_note) | payment,
            [
                {"amount_residual": -30.0, "reconciled": False},
                {"amount_residual": -20.0, "reconciled": False},
            ],
        )

    def test_nothing_of_a_later_date(self):
        self._create_overdue_invoice(10, invoice_date=TODAY)
        self.assertEqual(self._get_proposed(self._propose(day(-1))), {})

    def test_drafts_and_cancelled_invoices_are_not_claimed(self):
        draft = self._create_overdue_invoice(10)
        draft.button_draft()
        cancelled = self._create_overdue_invoice(10)
        cancelled.button_draft()
        cancelled.button_cancel()
        run = self._propose()
        self.assertFalse(run.notice_ids)
        self.assertEqual(self._get_skipped(run), {})

    def test_the_commercial_partner_is_the_debtor(self):
        contact = self._create_debtor(
            "Contact", parent_id=self.debtor.id, is_company=False
        )
        self._create_overdue_invoice(10, 10, contact)
        self._create_overdue_invoice(10, 20)
        self.assertRecordValues(
            self._propose().notice_ids,
            [{"partner_id": self.debtor.id, "amount_total": 30.0}],
        )

    def test_only_the_debtors_asked_for(self):
        invoice = self._create_overdue_invoice(10)
        self._create_overdue_invoice(10, partner=self.other_debtor)
        run = self._propose(profiles=self._profile())
        self.assertEqual(self._get_proposed(run), {invoice: 2})

    def test_looking_at_what_is_alike_changes_nothing(self):
        """A run decides items one by one only where it must: same outcome."""
        self.policy.write({"carry": True, "skip_older": True, "interval": 3})
        for days in (-9, -5, 1, 4, 8, 40):
            for partner in (self.debtor, self.other_debtor):
                self._create_overdue_invoice(days, 100 + days, partner=partner)
        self._create_overdue_invoice(9, 4, partner=self.other_debtor)
        self._create_credit_note(3, 30, partner=self.other_debtor)
        self._profile(self._create_debtor("Calm"))
        dunning = self.env["credit.dunning"]
        for offset in (0, 1, 2, 4, 6, 11, 30):
            as_of = day(offset)
            one_by_one = Counter()
            for decision in dunning._decide(
                dunning._fetch_items(self.company, as_of), as_of
            ):
                one_by_one[decision.code] += decision.item.company_residual
            decisions, left = dunning._decide_run(self.company, as_of)
            found = Counter({code: amount for code, (_count, amount) in left.items()})
            for decision in decisions:
                found[decision.code] += decision.item.company_residual
            self.assertEqual(found, one_by_one, as_of)
            self._dun(as_of)


@tagged("post_install", "-at_install")
class TestOnce(CreditControlCommon):
    """No item gets the same level twice, whatever is repeated."""

    def test_a_second_run_proposes_nothing(self):
        self._create_overdue_invoice(10)
        self._propose()
        again = self._propose()
        self.assertFalse(again.notice_ids)
        self.assertEqual(self._get_skipped(again), {"proposed_elsewhere": (1, 100.0)})

    def test_a_run_after_sending_proposes_nothing(self):
        self._create_overdue_invoice(10)
        self._dun()
        again = self._propose()
        self.assertFalse(again.notice_ids)
        self.assertEqual(self._get_skipped(again), {"not_yet": (1, 100.0)})

    def test_a_run_is_proposed_once(self):
        run = self._propose()
        with self.assertRaises(UserError):
            run.action_propose()

    def test_cancelling_frees_the_items(self):
        invoice = self._create_overdue_invoice(10)
        run = self._propose()
        run.action_cancel()
        self.assertRecordValues(run, [{"state": "cancelled", "amount_total": 0.0}])
        self.assertRecordValues(run.notice_ids, [{"state": "cancelled"}])
        self.assertRecordValues(run.notice_ids.line_ids, [{"state": "cancelled"}])
        self.assertEqual(self._get_proposed(self._propose()), {invoice: 2})

    def test_cancelling_one_notice_frees_only_its_items(self):
        invoice = self._create_overdue_invoice(10)
        self._create_overdue_invoice(10, partner=self.other_debtor)
        notices = self._propose().notice_ids
        notices.filtered(lambda n: n.partner_id == self.debtor).action_cancel()
        self.assertEqual(self._get_proposed(self._propose()), {invoice: 2})

    def test_what_was_sent_stays_sent(self):
        self._create_overdue_invoice(10)
        run = self._dun()
        for refused in (
            run.action_cancel,
            run.action_send,
            run.unlink,
            run.notice_ids.action_cancel,
            run.notice_ids.action_send,
            run.notice_ids.unlink,
        ):
            with self.subTest(refused.__name__), self.assertRaises(UserError):
                refused()

    def test_an_invoice_back_to_draft_keeps_its_history(self):
        """Its receivable item may be made anew: that is no new claim."""
        item = self._pay_on_account(-100)
        item.write({"date_maturity": day(-10), "no_followup": False})
        self._dun()
        entry = item.move_id
        entry.button_draft()
        entry.line_ids = [
            Command.delete(item.id),
            Command.create(
                {
                    "account_id": item.account_id.id,
                    "partner_id": self.debtor.id,
                    "date_maturity": day(-10),
                    "balance": 100,
                }
            ),
        ]
        entry.action_post()
        new = self._items(entry)
        new.no_followup = False
        self.assertNotEqual(new, item)
        self.assertEqual(new.credit_level_name, "Reminder")
        self.assertFalse(self._propose().notice_ids)

    def test_a_level_counts_across_policies(self):
        """Moved to another policy, a debtor doesn't start again."""
        invoice = self._create_overdue_invoice(20)
        self._dun()
        self._profile().policy_id = self._create_policy(name="Another")
        self.assertEqual(self._get_proposed(self._propose(day(6))), {})
        self.assertEqual(self._get_proposed(self._propose(day(7))), {invoice: 3})


@tagged("post_install", "-at_install")
class TestTrueWhenSent(CreditControlCommon):
    """What changed between proposal and sending is noticed at sending."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls._create_overdue_invoice(10, 100)
        cls.second = cls._create_overdue_invoice(12, 50)
        cls.run_ = cls._propose()
        cls.notice = cls.run_.notice_ids
        cls.line_first, cls.line_second = (
            cls.notice.line_ids.filtered(lambda line, move=move: line.move_id == move)
            for move in (cls.first, cls.second)
        )

    def _assert_only_second_is_sent(self):
        self.run_._send(TODAY)
        self.assertRecordValues(self.run_, [{"state": "sent"}])
        self.assertRecordValues(
            self.notice, [{"state": "sent", "amount_total": 50.0, "line_count": 1}]
        )
        self.assertRecordValues(
            self.line_first | self.line_second,
            [{"state": "dropped"}, {"state": "sent"}],
        )
        self.assertTrue(self.line_first.drop_reason)
        self.assertNotIn(self.first.name, self.notice.message_id.body)
        self.assertIn(self.second.name, self.notice.message_id.body)

    def test_paid(self):
        self._pay(self.first)
        self._assert_only_second_is_sent()

    def test_payment_blocked(self):
        self.first.action_toggle_block_payment()
        self._assert_only_second_is_sent()

    def test_excluded_from_follow_up(self):
        self._items(self.first).no_followup = True
        self._assert_only_second_is_sent()

    def test_back_to_draft(self):
        self.first.button_draft()
        self._assert_only_second_is_sent()

    def test_credited(self):
        credit_note = self._create_credit_note(0, 100)
        self._items(self.first | credit_note).reconcile()
        self._assert_only_second_is_sent()

    def test_paid_but_for_a_tolerable_rest(self):
        self._pay(self.first, 95)
        self._assert_only_second_is_sent()

    def test_due_date_put_off(self):
        self._items(self.first).date_maturity = day(-3)
        self._assert_only_second_is_sent()

    def test_partly_paid(self):
        self._pay(self.first, 40)
        self.run_._send(TODAY)
        self.assertRecordValues(self.notice, [{"state": "sent", "amount_total": 110.0}])
        self.assertRecordValues(
            self.line_first,
            [{"state": "sent", "original_amount": 100.0, "amount": 60.0}],
        )
        self.assertIn("110.00", self.notice.message_id.body)
        self.assertNotIn("150.00", self.notice.message_id.body)

    def test_everything_paid(self):
        self._pay(self.first | self.second)
        self.run_._send(TODAY)
        self.assertRecordValues(self.notice, [{"state": "dropped"}])
        self.assertEqual(set(self.notice.line_ids.mapped("state")), {"dropped"})
        self.assertFalse(self.notice.message_id)
        self.assertEqual(self.run_.state, "sent")

    def test_debtor_blocked(self):
        self._profile().write({"block_until": TODAY, "block_reason": "He called"})
        self.run_._send(TODAY)
        self.assertRecordValues(self.notice, [{"state": "dropped"}])
        self.assertIn("He called", self.line_first.drop_reason)

    def test_below_the_minimum_by_now(self):
        self.level_2.min_amount = 100
        self._pay(self.first)
        self.run_._send(TODAY)
        self.assertRecordValues(self.notice, [{"state": "dropped"}])

    def test_what_dropped_out_can_be_proposed_again(self):
        self.first.action_toggle_block_payment()
        self.run_._send(TODAY)
        self.first.action_toggle_block_payment()
        self.assertEqual(self._get_proposed(self._propose()), {self.first: 2})

    def test_sent_later_than_proposed(self):
        """Days late and the clock of the next level start when it is sent."""
        self.run_._send(day(3))
        self.assertRecordValues(
            self.line_first, [{"state": "sent", "date": day(3), "days_late": 13}]
        )
        self.assertEqual(self._get_proposed(self._propose(day(9))), {})
        self.assertEqual(
            self._get_proposed(self._propose(day(10))), {self.first: 3, self.second: 3}
        )

    def test_a_friendly_reminder_doesnt_go_out_late(self):
        self.run_._send(TODAY)
        self._create_overdue_invoice(-2)
        run = self._propose()
        run._send(day(3))
        self.assertRecordValues(run.notice_ids, [{"state": "dropped"}])

    def test_amounts_are_frozen_once_sent(self):
        self.run_._send(TODAY)
        self._pay(self.first)
        self.assertRecordValues(self.notice, [{"amount_total": 150.0}])
        self.assertRecordValues(self.line_first, [{"state": "sent", "amount": 100.0}])


@tagged("post_install", "-at_install")
class TestCurrencies(CreditControlCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.setup_other_currency("GBP", rates=[("2000-01-01", 0.5)])

    def test_one_notice_per_currency(self):
        home = self._create_overdue_invoice(10, 100)
        abroad = self._create_overdue_invoice(10, 30, currency_id=self.foreign.id)
        run = self._propose()
        self.assertEqual(self._get_proposed(run), {home: 2, abroad: 2})
        self.assertRecordValues(
            run.notice_ids.sorted("amount_total"),
            [
                {
                    "currency_id": self.foreign.id,
                    "amount_total": 30.0,
                    "company_amount_total": 60.0,
                },
                {
                    "currency_id": self.company.currency_id.id,
                    "amount_total": 100.0,
                    "company_amount_total": 100.0,
                },
            ],
        )
        self.assertEqual(run.amount_total, 160.0)
        run._send(TODAY)
        bodies = run.notice_ids.mapped("message_id.body")
        self.assertEqual(len(bodies), 2)
        self.assertIn("£", next(body for body in bodies if abroad.name in body))

    def test_tolerance_and_minimum_are_in_the_company_currency(self):
        self.level_2.min_amount = 60
        tolerable = self._create_overdue_invoice(10, 2.5, currency_id=self.foreign.id)
        claimed = self._create_overdue_invoice(10, 30, currency_id=self.foreign.id)
        run = self._propose()
        self.assertNotIn(tolerable, self._get_proposed(run))
        self.assertEqual(self._get_proposed(run), {claimed: 2})


@tagged("post_install", "-at_install")
class TestCompanies(CreditControlCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.setup_other_company()["company"]
        cls.here = cls._create_overdue_invoice(10, 100)
        cls.there = cls._create_overdue_invoice(10, 70, company=cls.other_company)

    def test_a_run_keeps_to_its_company(self):
        for company, invoice in (
            (self.company, self.here),
            (self.other_company, self.there),
        ):
            with self.subTest(company.name):
                run = self._dun(company=company)
                self.assertEqual(self._get_proposed(run), {invoice: 2})
                self.assertEqual(run.notice_ids.company_id, company)
                self.assertEqual(run.notice_ids.profile_id.company_id, company)
                self.assertEqual(run.notice_ids.state, "sent")

    def test_a_policy_of_another_company_doesnt_apply(self):
        self._create_policy(
            name="Theirs",
            company_id=self.other_company.id,
            sequence=-2,
            levels=[(1, "At once", 1, "email")],
        )
        self.assertEqual(self._get_proposed(self._propose()), {self.here: 2})
        self.assertEqual(
            self._get_proposed(self._propose(company=self.other_company)),
            {self.there: 1},
        )

    def test_a_block_holds_in_its_company_only(self):
        self._profile().write({"block_until": TODAY, "block_reason": "He called"})
        self.assertEqual(self._get_proposed(self._propose()), {})
        self.assertEqual(
            self._get_proposed(self._propose(company=self.other_company)),
            {self.there: 2},
        )


@tagged("post_install", "-at_install")
class TestPolicyChoice(CreditControlCommon):
    """Own policy, else the first that suits the tier."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._create_overdue_invoice(3)
        cls.strict = cls._create_policy(
            name="Strict",
            sequence=-2,
            tier_ids=[Command.set(cls.poor.ids)],
            levels=[(1, "Now", 2, "email")],
        )

    def test_by_tier(self):
        for tier, expected in (
            (self.poor, {self.invoice: 1}),
            (self.fair, {}),
            (self.env["credit.risk.tier"], {}),
        ):
            with self.subTest(tier.name):
                self._profile().tier_id = tier
                run = self._propose()
                self.assertEqual(self._get_proposed(run), expected)
                run.action_cancel()

    def test_own_policy_comes_first(self):
        self._profile().policy_id = self.strict
        self.assertEqual(self._get_proposed(self._propose()), {self.invoice: 1})

    def test_an_archived_policy_applies_to_nobody(self):
        self._profile().tier_id = self.poor
        self.strict.active = False
        self.assertEqual(self._get_proposed(self._propose()), {})

    def test_without_any_policy_a_run_is_refused(self):
        self.env["credit.policy"].search([]).active = False
        with self.assertRaises(UserError):
            self._propose()
