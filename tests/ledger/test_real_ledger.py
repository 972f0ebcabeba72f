"""Two years of a real company: ageing and dunning against plain Python.

The expectations are computed from the file alone, from the words in the
docstrings below and without any code of the product.
"""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple
from unittest import SkipTest

from odoo import Command
from odoo.tests import tagged

from odoo.addons.credit_control.core.ageing import BucketScheme

from . import behaviour, ledger
from .mailbox_case import MailboxCase

AGEING_DAYS = (
    date(2012, 9, 30),
    date(2012, 12, 31),
    date(2013, 6, 30),
    date(2013, 11, 30),
)
# A run a week for half a year, so that notices follow on notices, and one more
# on each of the days above.
RUN_DAYS = sorted(
    {AGEING_DAYS[0] + timedelta(weeks=week) for week in range(27)} | {*AGEING_DAYS}
)
BOUNDS = (0, 7, 14, 30, 60)


def expected_ageing(rows, day):
    """Per customer: not due; 1-7, 8-14, 15-30, 31-60 days late; later."""
    aged = defaultdict(lambda: [Decimal(0)] * 6)
    for row in rows:
        if not row.is_open(day):
            continue
        late = (day - row.due).days
        if late <= 0:
            bucket = 0
        elif late <= 7:
            bucket = 1
        elif late <= 14:
            bucket = 2
        elif late <= 30:
            bucket = 3
        elif late <= 60:
            bucket = 4
        else:
            bucket = 5
        aged[row.customer][bucket] += row.amount
    return dict(aged)


class Sent(NamedTuple):
    level: int
    day: date


# Customers of these countries are poor risks; they follow the brisk policy.
POOR = ("770", "818", "897")


class Words(NamedTuple):
    """A policy, in as many words as the ledger needs."""

    days: dict  # level -> days after the due date
    gap: int  # days between two notices of an invoice
    friendly_minimum: int


STEADY = Words({1: -5, 2: 7, 3: 18, 4: 30}, 7, 50)
BRISK = Words({1: -10, 2: 1, 3: 5, 4: 9}, 3, 80)
TOLERANCE = 20


def expected_run(rows, day, history):
    """The level that each invoice gets on ``day``, by invoice number.

    A friendly reminder (1) comes some days before the due date, a reminder (2),
    a second one (3) and the last notice (4) come after it. One level after the
    other; but nobody is reminded kindly of what is overdue already. Between two
    notices of an invoice lie some days. Invoices within the tolerance are left
    alone, those in dispute too. Nobody gets a friendly reminder of less than a
    minimum in all.
    """
    reached = {}
    friendly = defaultdict(Decimal)
    for row in rows:
        if not row.is_open(day) or row.disputed or row.amount <= TOLERANCE:
            continue
        words = BRISK if row.country in POOR else STEADY
        late = (day - row.due).days
        sent = history.get(row.number)
        level = sent.level + 1 if sent else 1
        if level == 1 and late > 0:
            level = 2
        if level > 4 or late < words.days[level]:
            continue
        if sent and (day - sent.day).days < words.gap:
            continue
        reached[row.number] = level
        if level == 1:
            friendly[row.customer] += row.amount
    for row in rows:
        words = BRISK if row.country in POOR else STEADY
        too_little = friendly[row.customer] < words.friendly_minimum
        if reached.get(row.number) == 1 and too_little:
            del reached[row.number]
    return reached


class Chapter(NamedTuple):
    """What happened on one day."""

    proposed: dict  # invoice number -> level
    skips: dict  # reason -> number of items left alone
    notices: list  # (customer's e-mail, amount, subject, channel, document names)
    mails: list
    again: int  # notices that a second run proposes


@tagged("post_install", "-at_install")
class TestRealLedger(MailboxCase):
    """One load, one walk through time in setUpClass; the tests compare."""

    @classmethod
    def setUpClass(cls):
        path = ledger.find()
        if not path.is_file():
            raise SkipTest(
                f"The real ledger is not on this machine: {ledger.VARIABLE} names no "
                f"file and there is no {path.name} in shared/data beside the clone."
            )
        super().setUpClass()
        cls.rows = ledger.read(path)
        cls.company = cls.env.company
        cls.company.email = "credit@seller.example"
        cls._open_mailbox()
        cls.loader = ledger.Loader(cls.env, cls.rows)
        cls._rate_customers()
        cls.loader.post_invoices()
        cls.aged, cls.chapters = {}, {}
        for day in sorted({*AGEING_DAYS, *RUN_DAYS}):
            cls.loader.pay_until(day)
            if day in AGEING_DAYS:
                cls.aged[day] = cls._age(day)
            if day in RUN_DAYS:
                cls.chapters[day] = cls._run(day)
        cls.loader.pay_until(date.max)

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref(
            "credit_control.group_manager"
        )

    @classmethod
    def _create_policy(cls, name, words, tiers):
        levels = [
            ("Friendly reminder", "email"),
            ("Reminder", "email"),
            ("Second reminder", "email_letter"),
            ("Last notice", "letter"),
        ]
        cls.env["credit.policy"].create(
            {
                "name": name,
                "company_id": cls.company.id,
                "sequence": -1,
                "tier_ids": tiers.ids,
                "tolerance": TOLERANCE,
                "carry": False,
                "level_ids": [
                    Command.create(
                        {
                            "number": number,
                            "name": level,
                            "subject": level,
                            "days": words.days[number],
                            "min_days": words.gap,
                            "min_amount": words.friendly_minimum * (number == 1),
                            "channel": channel,
                        }
                    )
                    for number, (level, channel) in enumerate(levels, start=1)
                ],
            }
        )

    @classmethod
    def _rate_customers(cls):
        poor, fair = (
            cls.env.ref(f"credit_control.tier_{name}") for name in ("poor", "fair")
        )
        cls._create_policy("Brisk", BRISK, poor)
        cls._create_policy("Steady", STEADY, fair)
        countries = {row.customer: row.country for row in cls.rows}
        for name, partner in cls.loader.partners.items():
            partner.credit_tier_id = poor if countries[name] in POOR else fair

    @classmethod
    def _age(cls, day):
        """The product's ageing by customer; every debtor has a row's name."""
        aged = cls.env["credit.ageing"]._aged_debtors(
            cls.company, day, BucketScheme(BOUNDS)
        )
        names = {partner.id: name for name, partner in cls.loader.partners.items()}
        return {
            names[partner_id]: buckets
            for (_company, partner_id), buckets in aged.items()
        }

    @classmethod
    def _run(cls, day):
        number_by_item = {item: number for number, item in cls.loader.items.items()}
        run = cls.env["credit.run"]._propose(cls.company, day)
        proposed = {
            number_by_item[line.item_id.id]: line.level_number
            for line in run.notice_ids.line_ids
        }
        skips = {skip.code: skip.item_count for skip in run.skip_ids}
        run._send(day)
        assert set(run.notice_ids.mapped("state")) <= {"sent"}, run.notice_ids.filtered(
            "failure"
        ).mapped("failure")
        notices = [
            (
                notice.partner_id.email,
                notice.amount_total,
                notice.subject,
                notice.channel,
                notice.line_ids.mapped("name"),
            )
            for notice in run.notice_ids
        ]
        again = cls.env["credit.run"]._propose(cls.company, day)
        count = len(again.notice_ids)
        again.action_cancel()
        return Chapter(proposed, skips, notices, cls.mailbox.collect(), count)

    # -- ageing ----------------------------------------------------------------

    def test_ageing_on_the_day(self):
        """The ledger as it stood on each day, later payments still to come."""
        for day in AGEING_DAYS:
            with self.subTest(day=day):
                self.assertEqual(self.aged[day], expected_ageing(self.rows, day))

    def test_ageing_looking_back(self):
        """Everything has been paid by now; what was open then is known still."""
        for day in AGEING_DAYS:
            with self.subTest(day=day):
                self.assertEqual(self._age(day), expected_ageing(self.rows, day))

    def test_ageing_ties_to_the_accounts(self):
        balances = self.env["credit.ageing"]._ledger_balances
        for day in AGEING_DAYS:
            with self.subTest(day=day):
                open_amount = sum(row.amount for row in self.rows if row.is_open(day))
                self.assertEqual(
                    balances(self.company, day), {self.company.id: open_amount}
                )

    def test_nothing_is_open_in_the_end(self):
        self.assertEqual(self._age(date(2014, 12, 31)), {})

    # -- score -----------------------------------------------------------------

    def test_payment_behaviour_looking_back(self):
        """The sums behind every score, read from the database years later."""
        profiles = self.env["credit.profile"].search(
            [("company_id", "=", self.company.id)]
        )
        names = {partner.id: name for name, partner in self.loader.partners.items()}
        for day in AGEING_DAYS:
            with self.subTest(day=day):
                found = profiles._fetch_payments(self.company, day)
                self.assertEqual(
                    {names[partner]: sums for partner, sums in found.items()},
                    behaviour.payments(self.rows, day),
                )

    # -- dunning ---------------------------------------------------------------

    def test_runs_propose_what_the_policy_says(self):
        history = {}
        for day in RUN_DAYS:
            expected = expected_run(self.rows, day, history)
            with self.subTest(day=day):
                self.assertEqual(self.chapters[day].proposed, expected)
            for number, level in expected.items():
                history[number] = Sent(level, day)

    def test_the_ledger_takes_every_turn_of_the_policy(self):
        """Otherwise the test above proves less than it seems to."""
        levels = {
            level
            for chapter in self.chapters.values()
            for level in chapter.proposed.values()
        }
        self.assertEqual(levels, {1, 2, 3, 4})
        reasons = {code for chapter in self.chapters.values() for code in chapter.skips}
        self.assertLessEqual(
            {"not_yet", "tolerance", "below_minimum", "payment_blocked"},
            reasons,
        )

    def test_running_again_proposes_nothing(self):
        again = {day: chapter.again for day, chapter in self.chapters.items()}
        self.assertEqual(again, dict.fromkeys(RUN_DAYS, 0))

    # -- mail ------------------------------------------------------------------

    def test_every_email_notice_arrives_once(self):
        for day, chapter in self.chapters.items():
            with self.subTest(day=day):
                expected = sorted(
                    (email, subject)
                    for email, _amount, subject, channel, _names in chapter.notices
                    if channel != "letter"
                )
                arrived = sorted(
                    (mail["X-Envelope-To"], mail["Subject"]) for mail in chapter.mails
                )
                self.assertEqual(arrived, expected)

    def test_a_mail_claims_what_the_file_says(self):
        """Each open invoice with its amount, and their total."""
        rows = {row.number: row for row in self.rows}
        for day, chapter in self.chapters.items():
            claimed = defaultdict(list)
            for number, level in chapter.proposed.items():
                email = self.loader.partners[rows[number].customer].email
                claimed[email, level].append(rows[number].amount)
            totals = sorted(
                (email, sum(amounts)) for (email, _level), amounts in claimed.items()
            )
            with self.subTest(day=day):
                self.assertEqual(
                    totals,
                    sorted(
                        (email, Decimal(str(amount)))
                        for email, amount, _subject, _channel, _names in chapter.notices
                    ),
                )
            bodies = {
                (mail["X-Envelope-To"], mail["Subject"]): mail.get_body(
                    ("html",)
                ).get_content()
                for mail in chapter.mails
            }
            for email, amount, subject, channel, names in chapter.notices:
                if channel == "letter":
                    continue
                with self.subTest(day=day, email=email, subject=subject):
                    body = bodies[email, subject]
                    for text in (f"{amount:.2f}", *names):
                        self.assertIn(text, body)
