from datetime import timedelta
from random import Random
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import SQL, mute_logger

from . import common
from .common import TODAY, CreditControlCommon


def day(days):
    return TODAY + timedelta(days=days)


class SimulationCommon(CreditControlCommon):
    @classmethod
    def _create_simulation(cls, user=None, **values):
        simulations = cls.env["credit.simulation"].with_user(user or cls.env.user)
        return simulations.create(
            {
                "policy_id": cls.policy.id,
                "date_from": day(-60),
                "date_to": TODAY,
                **values,
            }
        )

    @classmethod
    def _try(cls, user=None, **values):
        simulation = cls._create_simulation(user, **values)
        simulation.action_try()
        return simulation

    def _get_levels(self, simulation):
        """{level number: (notices on paper, really sent)}, 0 for all together."""
        return {
            row.number: (row.paper_count, row.sent_count)
            for row in simulation.level_ids
        }

    def _get_notices(self, simulation, partner=None, source="paper"):
        """[(date, level name, amount, amount in company currency)]."""
        row = simulation.debtor_ids.filtered(
            lambda row: row.partner_id == (partner or self.debtor)
        )
        row.action_view_notices()
        return [
            (notice.date, notice.level, notice.amount, notice.company_amount)
            for notice in row.notice_ids.sorted()
            if notice.source == source
        ]


@tagged("post_install", "-at_install")
class TestSimulation(SimulationCommon):
    """What a policy would have claimed, beside what was really claimed."""

    def test_levels_on_paper(self):
        """40 days late: the levels came 45, 33, 22 and 10 days ago."""
        self._create_overdue_invoice(40)
        self._create_overdue_invoice(10, 250, self.other_debtor)
        simulation = self._try()
        self.assertRecordValues(
            simulation.level_ids.sorted(),
            [
                {
                    "name": name,
                    "paper_count": count,
                    "sent_count": 0,
                    "count_difference": count,
                    "paper_debtor_count": debtors,
                    "sent_debtor_count": 0,
                    "paper_amount": amount,
                    "sent_amount": 0.0,
                    "amount_difference": amount,
                    "is_total": name == "Total",
                }
                for name, count, debtors, amount in (
                    ("Friendly reminder", 2, 2, 350.0),
                    ("Reminder", 2, 2, 350.0),
                    ("Second reminder", 1, 1, 100.0),
                    ("Last notice", 1, 1, 100.0),
                    ("Total", 6, 2, 900.0),
                )
            ],
        )
        self.assertRecordValues(
            simulation.debtor_ids.sorted(),
            [
                {"partner_id": self.debtor.id, "paper_count": 4, "paper_amount": 400.0},
                {
                    "partner_id": self.other_debtor.id,
                    "paper_count": 2,
                    "paper_amount": 500.0,
                },
            ],
        )
        self.assertEqual(
            self._get_notices(simulation),
            [
                (day(-45), "Friendly reminder", 100.0, 100.0),
                (day(-33), "Reminder", 100.0, 100.0),
                (day(-22), "Second reminder", 100.0, 100.0),
                (day(-10), "Last notice", 100.0, 100.0),
            ],
        )

    def test_beside_what_was_really_sent(self):
        self._create_overdue_invoice(40)
        self._dun(day(-20))
        self._dun(day(-13))
        simulation = self._try()
        self.assertEqual(
            self._get_levels(simulation),
            {1: (1, 0), 2: (1, 1), 3: (1, 1), 4: (1, 0), 0: (4, 2)},
        )
        self.assertRecordValues(
            simulation.debtor_ids,
            [
                {
                    "paper_count": 4,
                    "sent_count": 2,
                    "count_difference": 2,
                    "sent_amount": 200.0,
                    "amount_difference": 200.0,
                }
            ],
        )
        self.assertEqual(
            self._get_notices(simulation, source="sent"),
            [
                (day(-20), "Reminder", 100.0, 100.0),
                (day(-13), "Second reminder", 100.0, 100.0),
            ],
        )

    def test_what_was_sent_before_the_period_counts(self):
        self._create_overdue_invoice(40)
        self._dun(day(-30))
        simulation = self._try(date_from=day(-25))
        self.assertEqual(
            self._get_notices(simulation),
            [
                (day(-22), "Second reminder", 100.0, 100.0),
                (day(-10), "Last notice", 100.0, 100.0),
            ],
        )

    def test_nothing_is_claimed_that_was_settled_by_then(self):
        invoice = self._create_overdue_invoice(40)
        self._register_payment(invoice, amount=30, payment_date=day(-30))
        self._register_payment(invoice, amount=70, payment_date=day(-22))
        simulation = self._try()
        self.assertEqual(
            self._get_notices(simulation),
            [
                (day(-45), "Friendly reminder", 100.0, 100.0),
                (day(-33), "Reminder", 100.0, 100.0),
            ],
        )
        self.assertEqual(
            self._get_notices(self._try(date_from=day(-39), date_to=day(-31))),
            [(day(-33), "Reminder", 100.0, 100.0)],
        )

    def test_a_part_paid_before_is_off(self):
        invoice = self._create_overdue_invoice(40)
        self._register_payment(invoice, amount=30, payment_date=day(-33))
        simulation = self._try(date_from=day(-33))
        self.assertEqual(
            self._get_notices(simulation),
            [
                (day(-33), "Reminder", 70.0, 70.0),
                (day(-22), "Second reminder", 70.0, 70.0),
                (day(-10), "Last notice", 70.0, 70.0),
            ],
        )

    def test_a_credit_note_holds_back_until_it_is_matched(self):
        invoice = self._create_overdue_invoice(40)
        refund = self._create_credit_note(
            30, invoice_date=day(-30), invoice_date_due=day(-30)
        )
        newer = self._create_overdue_invoice(
            12, invoice_date=day(-12), invoice_date_due=day(-12)
        )
        self._items(refund | newer).reconcile()
        self.assertEqual((invoice.amount_residual, newer.amount_residual), (100, 0))
        # Matched 12 days ago with another: till then it could have paid this one.
        self.assertEqual(
            self._get_notices(self._try(date_from=day(-32))),
            [
                (day(-32), "Reminder", 100.0, 100.0),
                (day(-12), "Second reminder", 100.0, 100.0),
                (day(-5), "Last notice", 100.0, 100.0),
            ],
        )
        self.policy.credits = "net"
        self.assertEqual(
            self._get_notices(self._try(date_from=day(-34), date_to=day(-20))),
            [(day(-33), "Reminder", 100.0, 100.0)],
        )
        self.policy.credits = "show"
        self.assertEqual(
            self._get_notices(self._try(date_from=day(-34), date_to=day(-20))),
            [
                (day(-33), "Reminder", 100.0, 100.0),
                (day(-22), "Second reminder", 100.0, 100.0),
            ],
        )

    def test_each_currency_has_its_notice_and_its_amount_then(self):
        foreign = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        self._create_overdue_invoice(20, 100)
        invoice = self._create_overdue_invoice(20, 300, currency_id=foreign.id)
        self._register_payment(invoice, payment_date=day(-5))
        simulation = self._try(date_from=day(-15))
        self.assertCountEqual(
            self._get_notices(simulation),
            [
                (day(-13), "Reminder", 100.0, 100.0),
                (day(-13), "Reminder", 300.0, 150.0),
                (day(-2), "Second reminder", 100.0, 100.0),
            ],
        )
        self.assertRecordValues(
            simulation.level_ids.sorted()[-1],
            [{"paper_count": 3, "paper_debtor_count": 1, "paper_amount": 350.0}],
        )

    def test_a_draft_is_tried_on_the_debtors_of_the_policy_it_was_made_from(self):
        self._create_overdue_invoice(40)
        self._create_overdue_invoice(40, partner=self.other_debtor)
        self._profile(self.other_debtor).policy_id = self._create_policy(
            name="Another", sequence=50
        )
        draft = self.policy.copy({"name": "Draft", "active": False})
        draft.level_ids.filtered(lambda level: level.number != 2).unlink()
        draft.level_ids.days = 20
        simulation = self._try(policy_id=draft.id)
        self.assertEqual(simulation.followed_policy_id, self.policy)
        self.assertEqual(self._get_levels(simulation), {2: (1, 0), 0: (1, 0)})
        self.assertEqual(
            self._get_notices(simulation), [(day(-20), "Reminder", 100.0, 100.0)]
        )
        everybody = self._try(policy_id=draft.id, followed_policy_id=False)
        self.assertEqual(
            everybody.debtor_ids.partner_id, self.debtor | self.other_debtor
        )

    def test_debtors_without_a_file_are_tried_as_they_would_begin(self):
        """Nobody has looked at them yet: the file would be of the fair tier."""
        self.policy.tier_ids = self.fair
        self._create_overdue_invoice(10)
        self.env["credit.profile"].search([]).unlink()
        self.assertEqual(self._try().level_ids.sorted()[-1].paper_count, 2)
        self.policy.tier_ids = self.poor
        self.assertFalse(self._try().debtor_ids)
        self.assertFalse(self.env["credit.profile"].search([]))

    def test_what_was_agreed_is_left_alone(self):
        """Promised, disputed in part, planned, offered by hand: on those days only."""
        item = self._items(self._create_overdue_invoice(40))
        profile = self._profile()
        promise = profile._make_promise({item: 100}, day(-28), day(-35))
        promise._judge(day(-24))
        self.assertEqual(
            self._get_notices(self._try())[:2],
            [
                (day(-45), "Friendly reminder", 100.0, 100.0),
                (day(-24), "Reminder", 100.0, 100.0),
            ],
        )
        category = self.env["credit.dispute.category"].search([], limit=1)
        dispute = profile._open_dispute({item: 40}, category, "Broken", day(-25))
        dispute._decline("Not so", day(-20))
        self.assertEqual(
            self._get_notices(self._try())[1:3],
            [
                (day(-24), "Reminder", 60.0, 60.0),
                (day(-17), "Second reminder", 100.0, 100.0),
            ],
        )
        profile._propose_plan(item, "equal", 2, "weekly", day(-10), day(-18))
        days = [found[0] for found in self._get_notices(self._try())]
        self.assertEqual(days, [day(-45), day(-24), day(-9), day(-2)])

    def test_an_offer_made_by_hand_is_left_alone(self):
        item = self._items(self._create_overdue_invoice(40))
        self._profile()._make_offer("discount", day(-30), item, day(-34), 2)
        self.assertEqual(
            self._get_notices(self._try())[1],
            (day(-26), "Reminder", 100.0, 100.0),
        )

    def test_blocks_of_today_are_left_aside(self):
        invoice = self._create_overdue_invoice(10)
        self._profile().write({"block_until": day(30), "block_reason": "Ill"})
        self._items(invoice).no_followup = True
        self.assertEqual(self._try().level_ids.sorted()[-1].paper_count, 2)

    def test_entries_that_are_not_followed_up_stay_out(self):
        account = self.debtor.property_account_receivable_id
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": day(-40),
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": self.debtor.id,
                            "debit": 100,
                        }
                    ),
                    Command.create(
                        {
                            "account_id": self.company_data[
                                "default_account_revenue"
                            ].id,
                            "credit": 100,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        self.assertTrue(self._items(entry).no_followup)
        self.assertFalse(self._try().debtor_ids)
        self._items(entry).no_followup = False
        self.assertTrue(self._try().debtor_ids)

    def test_a_letter_takes_longer(self):
        """Also where it goes in the place of an e-mail."""
        self.policy.letter_days = 10
        self._create_overdue_invoice(40)
        self._create_overdue_invoice(40, partner=self.other_debtor)
        self.other_debtor.email = False
        simulation = self._try()
        self.assertEqual(
            [row[0] for row in self._get_notices(simulation)],
            [day(-45), day(-33), day(-22), day(-10)],
        )
        self.assertEqual(
            [row[0] for row in self._get_notices(simulation, self.other_debtor)],
            [day(-45), day(-28), day(-11)],
        )

    def test_no_reminders_at_all(self):
        self._create_overdue_invoice(10)
        self._dun()
        silent = self._create_policy((), name="Silent", do_not_dun=True)
        simulation = self._try(policy_id=silent.id, followed_policy_id=False)
        self.assertEqual(self._get_levels(simulation), {2: (0, 1), 0: (0, 1)})

    def test_runs_on_some_days_only(self):
        self._create_overdue_invoice(10)  # the friendly reminder falls on a Sunday
        self.assertEqual(day(-15).weekday(), 6)
        self.assertEqual(
            [row[0] for row in self._get_notices(self._try(rhythm="workdays"))],
            [day(-14), day(-3)],
        )
        self.assertEqual(
            [row[0] for row in self._get_notices(self._try(rhythm="weekly"))],
            [day(-14), TODAY],
        )

    def test_figures_of_other_parameters_are_not_shown(self):
        self._create_overdue_invoice(10)
        with Form(
            self.env["credit.simulation"].with_context(default_policy_id=self.policy.id)
        ) as form:
            self.assertEqual(form.date_to, TODAY)
            self.assertEqual(form.date_from.year, TODAY.year - 1)
            self.assertEqual(form.followed_policy_id, self.policy)
            simulation = form.save()
            self.assertFalse(form.is_done)
            simulation.action_try()
        with Form(simulation) as form:
            self.assertTrue(form.is_done)
            form.date_from = day(-5)
            self.assertFalse(form.is_done)
        self.assertFalse(simulation.is_done)
        simulation.action_try()
        self.assertEqual(
            self._get_levels(simulation),
            {1: (0, 0), 2: (1, 0), 3: (0, 0), 4: (0, 0), 0: (1, 0)},
        )

    def test_figures_of_what_the_policy_said_before_are_not_shown(self):
        self._create_overdue_invoice(40)
        simulation = self._try()
        self.assertTrue(simulation.is_done)
        self.level_2.days = 12
        simulation.invalidate_recordset()
        self.assertFalse(simulation.is_done)
        with self.assertRaisesRegex(UserError, "try it once more"):
            self._get_notices(simulation)
        simulation.action_try()
        self.assertTrue(simulation.is_done)
        self.assertEqual(self._get_notices(simulation)[1][0], day(-28))

    def test_wrong_input_says_what_is_wrong(self):
        empty = self._create_policy((), name="Empty", active=False)
        theirs = self._create_policy(
            name="Theirs", company_id=self.setup_other_company()["company"].id
        )
        for values, words in (
            ({"date_from": TODAY, "date_to": day(-1)}, "before it begins"),
            ({"date_to": day(1)}, "into the future"),
            ({"date_from": day(-3 * 365 - 2)}, "3 years"),
            ({"policy_id": empty.id}, '"Empty" needs at least one level'),
            (
                {"policy_id": theirs.id, "company_id": self.company.id},
                '"Theirs" belongs to another company',
            ),
            (
                {"followed_policy_id": theirs.id},
                '"Theirs" belongs to another company',
            ),
        ):
            with self.subTest(words):
                with self.assertRaises(ValidationError) as caught:
                    self._create_simulation(**values)
                self.assertIn(words, str(caught.exception))
        self._create_simulation(date_from=day(-3 * 365 - 1))

    def test_a_policy_that_lost_its_levels_meanwhile(self):
        draft = self.policy.copy({"active": False})
        simulation = self._create_simulation(policy_id=draft.id)
        draft.level_ids.unlink()
        with self.assertRaisesRegex(ValidationError, "at least one level"):
            simulation.action_try()


@tagged("post_install", "-at_install")
class TestSimulationIsTrue(SimulationCommon):
    """Replaying days of real runs with the same policy finds the same notices."""

    FIRST = -46

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        cls.branch = cls._create_debtor("Branch", parent_id=cls.debtor.id)

    def _bill(self, due, amount, partner=None, **values):
        """An invoice dated 30 days before it is due."""
        dates = {"invoice_date": day(due - 30), "invoice_date_due": day(due)}
        return self._create_overdue_invoice(-due, amount, partner, **(dates | values))

    def _make_ledger(self):
        """What is billed in all, and what customers do on which day."""
        first, second = self._bill(-40, 100), self._bill(-29, 220)
        abroad = self._bill(-38, 400, currency_id=self.foreign.id)
        small = self._bill(-30, 40, self.other_debtor)
        large = self._bill(-44, 500, self.other_debtor)
        self._bill(-8, 90, self.branch)
        self._bill(-34, 65, invoice_date=day(-10))  # entered late
        return {
            -33: lambda today: self._receive(first, today, 25),
            -28: lambda today: self._receive(abroad, today, 150),
            -26: lambda today: self._receive_on_account(45, small, today, -18),
            -20: lambda today: self._credit(second, 60, today),
            -15: lambda today: self._receive(abroad, today),
            -9: lambda today: self._receive(large, today, 496),
            -3: lambda today: self._receive(first, today),
        }

    def _receive(self, invoice, today, amount=None):
        values = {"amount": amount} if amount else {}
        self._register_payment(invoice, payment_date=today, **values)

    def _receive_on_account(self, amount, invoice, today, matched):
        """Money of ``today``, matched with an invoice that comes later."""
        with patch.object(common, "TODAY", today):
            money = self._pay_on_account(amount, invoice.partner_id)
        later = self._bill(
            matched + 30, amount, invoice.partner_id, invoice_date=day(matched)
        )
        self.later[matched] = lambda today: (money | self._items(later)).reconcile()

    def _credit(self, invoice, amount, today):
        refund = self._bill(
            0,
            amount,
            move_type="out_refund",
            invoice_date=today,
            invoice_date_due=today,
        )
        self._items(refund | invoice).reconcile()

    def _live(self, ledger):
        """Every day what customers do, then the run of that day."""
        self.later = ledger
        for offset in range(self.FIRST, 1):
            with freeze_time(day(offset)):
                if deed := self.later.get(offset):
                    deed(day(offset))
                self._dun(day(offset))

    def _get_real(self, since):
        notices = self.env["credit.notice"].search([("date", ">=", since)])
        self.assertEqual(set(notices.mapped("state")), {"sent"})
        return [
            (
                notice.date,
                notice.level_id.name,
                notice.amount_total,
                notice.company_amount_total,
            )
            for notice in notices
        ]

    def _assert_same(self, first, count):
        simulation = self._try(date_from=day(first))
        for row in (*simulation.level_ids, *simulation.debtor_ids):
            self.assertEqual((row.count_difference, row.amount_difference), (0, 0))
        on_paper = []
        for partner in simulation.debtor_ids.partner_id:
            on_paper += self._get_notices(simulation, partner)
        self.assertCountEqual(on_paper, self._get_real(day(first)))
        self.assertEqual(len(on_paper), count)

    def _assert_true(self, count, later, **rules):
        """With ``rules``: all of ``count`` notices are found, ``later`` of them by a
        replay that begins in the middle."""
        self.policy.write(rules)
        self._live(self._make_ledger())
        self._assert_same(self.FIRST, count)
        self._assert_same(-24, later)

    def _make_random_ledger(self, chance):
        """Invoices of anybody at any time, paid, credited, given back or not."""
        invoices = [
            self._bill(
                due := chance.randint(-44, 4),
                chance.randint(1, 40) * 10,
                chance.choice((self.debtor, self.other_debtor, self.branch)),
                currency_id=chance.choice((self.foreign, self.company.currency_id)).id,
                invoice_date=day(min(0, due - chance.choice((0, 14, 30)))),
            )
            for _number in range(12)
        ]
        return {
            chance.randint(self.FIRST, 0): lambda today, invoice=invoice: (
                self._settle(invoice, today, chance)
            )
            for invoice in chance.sample(invoices, 8)
        }

    def _settle(self, invoice, today, chance):
        """Pay all or a part of ``invoice``, once there is one."""
        if invoice.invoice_date <= today:
            part = chance.choice((0.3, 0.97, 1))
            self._receive(invoice, today, round(invoice.amount_residual * part, 2))

    def _assert_any(self, seed):
        chance = Random(seed)
        self.policy.write(
            {
                "carry": chance.random() < 0.5,
                "consolidate": chance.random() < 0.5,
                "credits": chance.choice(("show", "hold", "net")),
                "interval": chance.choice((0, 6)),
                "letter_days": chance.choice((0, 4)),
                "skip_older": chance.random() < 0.5,
                "tolerance": chance.choice((0, 15)),
            }
        )
        self._live(self._make_random_ledger(chance))
        for first in (self.FIRST, -20):
            count = len(self._get_real(day(first)))
            self.assertGreater(count, 5)
            self._assert_same(first, count)

    def test_any_policy_and_ledger(self):
        self._assert_any(1)

    def test_another_policy_and_ledger(self):
        self._assert_any(2)

    def test_yet_another_policy_and_ledger(self):
        self._assert_any(3)

    def test_each_item_by_itself(self):
        self._assert_true(22, 13, credits="show")

    def test_money_holds_back_and_the_highest_level_carries(self):
        self._assert_true(20, 11, credits="hold", carry=True)

    def test_money_is_deducted_and_each_address_has_its_notice(self):
        self._assert_true(20, 11, credits="net", carry=True, consolidate=False)

    def test_minimums_and_days_between_notices(self):
        self.level_3.min_amount = 150
        self.level_4.min_share = 0.5
        self._assert_true(13, 6, credits="show", interval=9, letter_days=3)

    def _assert_true_of_consumers(self, email):
        """With costs on level 3, which Belgian law lets wait for a free reminder."""
        self.company.company_registry = "0477472701"
        self.level_2.first_notice = True
        self.level_3.cost_basis = "law"
        belgium = self.env.ref("base.be")
        self.debtor.write({"country_id": belgium.id, "email": email})
        self._profile().write({"own_debtor_kind": "consumer", "law_reason": "Private"})
        self._live(self._make_ledger())
        waited = self.env["credit.notice.line"].search([("costs_from", "!=", False)])
        self.assertTrue(waited)
        for first in (self.FIRST, -24):
            self._assert_same(first, len(self._get_real(day(first))))
        charged = self.env["credit.charge"].search([("kind", "=", "costs")])
        self.assertTrue(charged.filtered(lambda c: c.profile_id == self._profile()))

    def test_consumers_get_their_free_reminder_by_mail(self):
        self._assert_true_of_consumers("private@debtor.example")

    def test_consumers_get_their_free_reminder_by_post(self):
        self._assert_true_of_consumers(False)

    def test_older_items_skip_levels(self):
        self._assert_true(22, 13, credits="hold", skip_older=True)


@tagged("post_install", "-at_install")
class TestSimulationWritesNothing(SimulationCommon):
    """It is on paper only."""

    TABLES = (
        "account_move_line",
        "credit_notice",
        "credit_notice_line",
        "credit_policy",
        "credit_policy_level",
        "credit_policy_version",
        "credit_profile",
        "credit_run",
        "credit_run_skip",
        "ir_sequence",
        "mail_activity",
        "mail_mail",
        "mail_message",
        "res_partner",
    )

    def _get_content(self):
        self.env.flush_all()
        return {
            table: self.env.execute_query(
                SQL(
                    "SELECT to_jsonb(t)::text FROM %s t ORDER BY id",
                    SQL.identifier(table),
                )
            )
            for table in self.TABLES
        } | {
            "sequences": self.env.execute_query(
                SQL(
                    """SELECT sequencename, last_value FROM pg_sequences
                        WHERE sequencename ~ '^(credit_|ir_sequence_)'
                          AND sequencename !~ '^credit_simulation'
                     ORDER BY sequencename"""
                )
            )
        }

    def test_every_table_stays_as_it_was(self):
        self._create_overdue_invoice(40)
        self._dun(day(-20))
        self._propose()
        self._create_overdue_invoice(10, partner=self.other_debtor)
        self.policy.letter_days = 2  # the next notice would make a version
        before = self._get_content()
        simulation = self._try()
        self._get_notices(simulation)
        self.assertEqual(simulation.level_ids.sorted()[-1].paper_count, 6)
        self.assertEqual(self._get_content(), before)


@tagged("post_install", "-at_install")
class TestSimulationAccess(SimulationCommon):
    """Who may look at policies and notices may try; nobody sees another's trial."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls._create_overdue_invoice(40)
        cls._dun(day(-20))

    def test_viewers_officers_and_managers_try(self):
        for user in (self.viewer, self.officer, self.manager):
            with self.subTest(user.login):
                self.env.invalidate_all()
                simulation = self._try(user)
                self.assertEqual(
                    self._get_levels(simulation),
                    {1: (1, 0), 2: (1, 1), 3: (1, 0), 4: (1, 0), 0: (4, 1)},
                )
                self.assertTrue(simulation.read() and simulation.level_ids.read())
                self.assertEqual(len(self._get_notices(simulation)), 4)
                action = simulation.action_view_debtors()
                rows = self.env[action["res_model"]].with_user(user)
                self.assertEqual(rows.search(action["domain"]).partner_id, self.debtor)
                notice = simulation.debtor_ids.notice_ids.filtered("notice_id")
                action = notice.action_open_notice()
                self.assertEqual(
                    self.env[action["res_model"]].browse(action["res_id"]).state, "sent"
                )

    def test_who_finds_it_in_the_menu(self):
        menu = self.env.ref("credit_control.menu_simulation")
        for user, expected in (
            (self.viewer, True),
            (self.manager, True),
            (self.salesperson, False),
        ):
            with self.subTest(user.login):
                menus = self.env["ir.ui.menu"].with_user(user)
                self.assertEqual(menu.id in menus._visible_menu_ids(), expected)

    def test_from_the_menu_no_policy_is_chosen_yet(self):
        with Form(self.env["credit.simulation"].with_user(self.viewer)) as form:
            self.assertFalse(form.followed_policy_id)
            form.policy_id = self.policy
            self.assertEqual(form.followed_policy_id, self.policy)

    def test_others_don_t(self):
        for user in (self.biller, self.salesperson, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._create_simulation(user)

    def test_nobody_sees_another_ones_trial(self):
        simulation = self._try(self.officer)
        self._get_notices(simulation)
        for records in (
            simulation,
            simulation.level_ids,
            simulation.debtor_ids,
            simulation.debtor_ids.notice_ids,
        ):
            with self.subTest(records._name), self.assertRaises(AccessError):
                records.with_user(self.manager).read()

    def test_not_in_a_company_that_one_doesn_t_work_for(self):
        other = self.setup_other_company()["company"]
        shared = self._create_policy(name="Shared")
        with self.assertRaises(AccessError):
            self._create_simulation(
                self.manager, policy_id=shared.id, company_id=other.id
            )
        theirs = self._create_policy(name="Theirs", company_id=other.id)
        self.env.invalidate_all()
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            self._try(self.manager, policy_id=theirs.id, company_id=self.company.id)

    def test_each_company_by_itself(self):
        other = self.setup_other_company()["company"]
        both = self._create_user(
            "both", "credit_control.group_officer", self.company | other
        )
        self._create_overdue_invoice(10, 70, company=other)
        for company, count, amount in ((self.company, 4, 400.0), (other, 2, 140.0)):
            with self.subTest(company.name):
                simulation = self._try(
                    both.with_context(allowed_company_ids=both.company_ids.ids),
                    company_id=company.id,
                )
                self.assertEqual(simulation.currency_id, company.currency_id)
                self.assertRecordValues(
                    simulation.level_ids.sorted()[-1],
                    [{"paper_count": count, "paper_amount": amount}],
                )
