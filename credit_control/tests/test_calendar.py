from datetime import date, timedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MockEmail

from ..core import escalation
from .common import TODAY, CreditControlCommon

THURSDAY = date(2025, 3, 6)


@tagged("post_install", "-at_install")
class CalendarCommon(MockEmail, CreditControlCommon):
    """A Belgian company. Its policy announces costs on level 2, 7 days after the due
    date, and claims all that the law allows on level 3, after 18.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.belgium, cls.netherlands = (
            cls.env.ref(f"base.{code}") for code in ("be", "nl")
        )
        cls.company.write(
            {"country_id": cls.belgium.id, "company_registry": "0123.456.749"}
        )
        cls.company.currency_id = cls.env.ref("base.EUR")
        cls.level_2.write({"first_notice": True, "channel": "email"})
        cls.level_3.write(
            {"cost_basis": "law", "interest_basis": "law", "channel": "email"}
        )
        cls.consumer = cls._create_consumer("Claes", cls.belgium)
        cls.dutch = cls._create_consumer("De Vries", cls.netherlands)
        cls._create_users()

    @classmethod
    def _create_consumer(cls, name, country):
        return cls._create_debtor(name, is_company=False, country_id=country.id)

    @classmethod
    def _bill(cls, debtor, due, amount=300.0, **values):
        return cls._create_overdue_invoice((TODAY - due).days, amount, debtor, **values)

    def _send(self, day):
        with self.mock_mail_gateway():
            return self._dun(day).notice_ids

    def _why(self, invoice, day):
        [decision] = self._decide(invoice, day)
        return self.env["credit.dunning"]._get_reason_text(decision)

    def _decide(self, invoice, day):
        dunning = self.env["credit.dunning"]
        items = dunning._fetch_items(
            self.company, day, item_ids=self._items(invoice).ids
        )
        return dunning._decide(items, day)

    def _sum(self, notices, kind="costs"):
        charges = notices.charge_ids.filtered(lambda charge: charge.kind == kind)
        return round(sum(charges.mapped("amount")), 2)


@tagged("post_install", "-at_install")
class TestCalendar(CalendarCommon):
    """When costs may be claimed, and how the system keeps to it."""

    def test_a_belgian_consumer_gets_a_free_reminder_first(self):
        invoice = self._bill(self.consumer, THURSDAY - timedelta(7))
        [first] = self._send(THURSDAY)
        self.assertEqual(first.level_id, self.level_2)
        self.assertFalse(first.charge_ids)
        self.assertEqual(first.announced_amount, 45)
        # By e-mail: the term runs from the 7th to the 20th.
        self.assertEqual(first.line_ids.costs_from, date(2025, 3, 21))
        [decision] = self._decide(invoice, date(2025, 3, 18))
        self.assertEqual(decision.code, escalation.NOT_YET)
        self.assertEqual(decision.day, date(2025, 3, 21))
        self.assertIn("03/21/2025", self._why(invoice, date(2025, 3, 18)))
        self.assertIn("announced", self._why(invoice, date(2025, 3, 18)))
        [second] = self._send(date(2025, 3, 21))
        self.assertEqual(second.level_id, self.level_3)
        self.assertEqual(self._sum(second), 45)
        # From the 21st, at 11.5 %, a day of 300.
        self.assertEqual(self._sum(second, "interest"), 0.09)
        self.assertAlmostEqual(second.amount_to_pay, 345.09)

    def test_by_post_it_takes_longer(self):
        self.level_2.channel = "letter"
        self._bill(self.consumer, THURSDAY - timedelta(7))
        [first] = self._send(THURSDAY)
        self.assertEqual(first.line_ids.costs_from, date(2025, 3, 25))

    def test_without_a_first_notice_costs_are_refused(self):
        self.level_2.first_notice = False
        invoice = self._bill(self.consumer, THURSDAY - timedelta(7))
        self._send(THURSDAY)
        far = THURSDAY + timedelta(200)
        [decision] = self._decide(invoice, far)
        self.assertEqual(decision.code, escalation.NOT_YET)
        self.assertIn("announces them, and none was sent", self._why(invoice, far))
        self.assertFalse(self._propose(far).notice_ids)
        profile = self._profile(self.consumer)
        self.assertEqual(
            profile.next_action, "A reminder that announces costs is missing"
        )
        self.assertFalse(profile.next_action_date)

    def test_a_level_chosen_by_hand_keeps_to_it(self):
        self._bill(self.consumer, THURSDAY - timedelta(7))
        notice = self._propose(THURSDAY).notice_ids
        review = Form(
            self.env["credit.notice.review"]
            .with_user(self.officer)
            .with_context(default_notice_ids=notice.ids)
        )
        review.choice = "level"
        review.level_id = self.level_3
        review.reason = "He never pays"
        with self.assertRaisesRegex(UserError, "law does not allow that yet for Claes"):
            review.save().action_apply()
        self.assertEqual(notice.level_id, self.level_2)

    def test_an_older_item_skips_to_what_is_allowed(self):
        self.policy.skip_older = True
        self._bill(self.consumer, THURSDAY - timedelta(100))
        run = self._propose(THURSDAY)
        self.assertEqual(run.notice_ids.level_id, self.level_4)
        self.level_4.fee = 10
        run.action_cancel()
        run = self._propose(THURSDAY)
        self.assertEqual(run.notice_ids.level_id, self.level_2)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_first_notice_that_did_not_arrive_does_not_count(self):
        invoice = self._bill(self.consumer, THURSDAY - timedelta(7))
        [first] = self._send(THURSDAY)
        first.sudo().message_id.notification_ids.notification_status = "bounce"
        day = date(2025, 4, 30)
        [decision] = self._decide(invoice, day)
        self.assertEqual(decision.day, escalation.NEVER)
        with self.mock_mail_gateway(), freeze_time("2025-04-02"):
            first.action_retry()
        self.assertEqual(first.line_ids.costs_from, date(2025, 4, 17))
        [decision] = self._decide(invoice, day)
        self.assertEqual(decision.code, escalation.DUE)

    def test_a_new_invoice_has_its_own_first_notice(self):
        """The highest level carries it, and claims no costs for it."""
        self.policy.carry = True
        self._bill(self.consumer, THURSDAY - timedelta(7))
        self._send(THURSDAY)
        new = self._bill(self.consumer, date(2025, 3, 12), 800)
        [second] = self._send(date(2025, 3, 21))
        self.assertEqual(second.level_id, self.level_3)
        self.assertEqual(len(second.line_ids), 2)
        self.assertEqual(self._sum(second), 45)
        [decision] = self._decide(new, date(2025, 6, 1))
        self.assertEqual(decision.day, escalation.NEVER)

    def test_dutch_consumers_get_the_fourteen_day_letter(self):
        self.level_2.channel = "letter"
        self._bill(self.dutch, date(2025, 2, 27), 1000)
        [first] = self._send(date(2025, 3, 7))
        self.assertEqual(first.announced_amount, 150)
        self.assertEqual(first.line_ids.costs_from, date(2025, 3, 26))
        self.assertFalse(self._send(date(2025, 3, 25)))
        [second] = self._send(date(2025, 3, 26))
        self.assertEqual(self._sum(second), 150)
        # 27 days of 1,000 at 6 % since the due date.
        self.assertEqual(self._sum(second, "interest"), 4.44)

    def test_businesses_need_no_first_notice(self):
        self.policy.skip_older = True
        self._bill(self.debtor, THURSDAY - timedelta(20), 1000)
        self._bill(self.debtor, THURSDAY - timedelta(20), 500)
        [notice] = self._send(THURSDAY)
        self.assertEqual(notice.level_id, self.level_3)
        self.assertEqual(self._sum(notice), 80)
        # 20 days at 11.5 %: 6.30 and 3.15.
        self.assertEqual(self._sum(notice, "interest"), 9.45)

    def test_forty_euros_are_claimed_once(self):
        self.level_4.write({"cost_basis": "law", "channel": "email"})
        self._bill(self.debtor, THURSDAY - timedelta(18), 1000)
        self.policy.skip_older = True
        [notice] = self._send(THURSDAY)
        self.assertEqual(self._sum(notice), 40)
        [last] = self._send(THURSDAY + timedelta(12))
        self.assertEqual(last.level_id, self.level_4)
        self.assertFalse(last.charge_ids)
        self.assertEqual(last.amount_to_pay, 1000 + notice.charge_amount)

    def test_what_is_agreed_is_cut_to_what_the_law_allows(self):
        self.level_3.write({"cost_basis": "agreed", "fee": 30, "rate": 50})
        self.level_3.interest_basis = "agreed"
        self.level_4.write({"fee": 30, "channel": "email"})
        self._bill(self.consumer, THURSDAY - timedelta(7))
        self._send(THURSDAY)
        [second] = self._send(date(2025, 3, 21))
        self.assertEqual(self._sum(second), 30)
        self.assertEqual(self._sum(second, "interest"), 0.09)
        [third] = self._send(date(2025, 4, 21))
        self.assertEqual(self._sum(third), 15, "45 in all")

    def test_a_country_without_rules_has_the_contract_only(self):
        self.company.country_id = self.env.ref("base.us")
        self.policy.skip_older = True
        self._bill(self.debtor, THURSDAY - timedelta(20), 3650)
        run = self._propose(THURSDAY)
        self.assertFalse(run.notice_ids.charge_amount)
        self.level_3.write(
            {"cost_basis": "agreed", "fee": 5, "interest_basis": "agreed", "rate": 10}
        )
        run.action_cancel()
        self.assertEqual(self._propose(THURSDAY).notice_ids.charge_amount, 25)

    def test_the_policy_for_consumers_that_is_shipped(self):
        self.policy.active = False
        policy = self.env.ref("credit_control.policy_consumer")
        self.assertFalse(policy.active, "general terms have to provide for costs")
        policy.active = True
        self._bill(self.consumer, THURSDAY - timedelta(7))
        self._bill(self.debtor, THURSDAY - timedelta(7))
        levels = []
        for day in range(0, 60):
            for notice in self._send(THURSDAY + timedelta(day)):
                if notice.partner_id == self.consumer:
                    levels.append((notice.level_number, day, self._sum(notice)))
        self.assertEqual(levels, [(1, 0, 0), (2, 18, 45), (3, 33, 0)])

    def test_vat_on_costs(self):
        self.company.credit_deducts_vat = False
        self._bill(self.dutch, date(2025, 2, 27), 1000)
        [first] = self._send(date(2025, 3, 7))
        self.assertEqual(first.announced_amount, 181.5)
        [second] = self._send(date(2025, 3, 26))
        costs = second.charge_ids.filtered(lambda charge: charge.kind == "costs")
        self.assertRecordValues(costs, [{"amount": 181.5, "vat_amount": 31.5}])
        self.assertIn("Costs, VAT of 31.50", self._new_mails[-1].body_html)

    def test_a_rate_that_was_carried_on_is_marked(self):
        """The shipped rates end with the first half of 2026."""
        for debtor, due, carried_from in (
            (self.debtor, date(2026, 6, 1), False),
            (self.other_debtor, date(2026, 6, 20), date(2026, 7, 1)),
        ):
            debtor.country_id = self.belgium
            self._bill(debtor, due, 1000)
            self._send(due + timedelta(7))
            interest = (
                self._send(due + timedelta(18))
                .filtered(lambda n, debtor=debtor: n.partner_id == debtor)
                .charge_ids.filtered("last_day")
            )
            self.assertEqual(interest.carried_from, carried_from)

    def test_a_run_says_when_its_rate_is_not_the_newest(self):
        due = date(2026, 8, 20)
        self.policy.skip_older = True
        self._bill(self.debtor, due)
        for basis, words in (("law", "2nd half of 2026"), ("agreed", "")):
            self.level_3.interest_basis = basis
            run = self._propose(due + timedelta(18))
            self.assertIn(words, run.rate_warning or "")
            self.assertEqual(bool(words), bool(run.rate_warning))
            run.action_cancel()
        self.level_3.interest_basis = "law"
        ecb = self.env.ref("credit_control.series_ecb")
        ecb.rate_ids.create({"series_id": ecb.id, "date_from": "2026-07-01", "rate": 2})
        self.assertFalse(self._propose(due + timedelta(18)).rate_warning)


@tagged("post_install", "-at_install")
class TestLegalWords(CalendarCommon):
    """The first notice says all that the law wants it to say."""

    def _get_words(self, debtor, lang="en_US", **values):
        debtor.lang = lang
        self._bill(
            debtor,
            THURSDAY - timedelta(7),
            invoice_line_ids=[
                Command.create(
                    {"name": "Garden chairs", "price_unit": 300, "tax_ids": []}
                )
            ],
        )
        [notice] = self._send(THURSDAY)
        self.assertEqual(notice.state, "sent", notice.failure)
        return self._new_mails[-1].body_html

    def test_belgian_reminder(self):
        words = self._get_words(self.consumer)
        for element in (
            "free of charge",
            "300.00",
            "45.00",
            "03/20/2025",
            "14 calendar days to pay, from 03/07/2025 until 03/20/2025",
            "0123.456.749",
            self.company.name,
            "Garden chairs",
            "02/27/2025",
        ):
            self.assertIn(element, words)

    def test_dutch_letter(self):
        words = self._get_words(self.dutch)
        for element in (
            "300.00",
            "45.00",
            "within 14 days, counted from the day after",
            "no VAT",
        ):
            self.assertIn(element, words)

    def test_in_the_languages_of_both_countries(self):
        for lang, debtor, elements in (
            (
                "nl_BE",
                self.consumer,
                ("kosteloos", "14 kalenderdagen", "20/03/2025", "ondernemingsnummer"),
            ),
            (
                "fr_BE",
                self._create_consumer("Dubois", self.belgium),
                ("gratuit", "14 jours calendrier", "20/03/2025", "indemnité"),
            ),
            ("nl_NL", self.dutch, ("14 dagen vanaf de dag nadat", "geen btw bij")),
        ):
            self.env["res.lang"]._activate_lang(lang)
            self.env["ir.module.module"]._load_module_terms(["credit_control"], [lang])
            with self.subTest(lang):
                words = self._get_words(debtor, lang)
                for element in (*elements, "45,00"):
                    self.assertIn(element, words)

    def test_businesses_get_none_of_it(self):
        words = self._get_words(self.debtor)
        self.assertNotIn("free of charge", words)

    def test_a_missing_element_stops_the_notice(self):
        self.company.write({"company_registry": False, "vat": False})
        invoice = self._bill(self.consumer, THURSDAY - timedelta(7))
        [notice] = self._send(THURSDAY)
        self.assertEqual(notice.state, "failed")
        self.assertIn("enterprise number", notice.failure)
        self.assertFalse(notice.line_ids.costs_from)
        self.company.company_registry = "0123.456.749"
        with self.mock_mail_gateway(), freeze_time(THURSDAY):
            notice.action_retry()
        self.assertEqual(notice.line_ids.costs_from, date(2025, 3, 21))
        self.assertEqual(notice.line_ids.move_id, invoice)

    def test_the_amount_announced_is_the_one_claimed_later(self):
        """By a contract that asks less than the law allows, over all levels."""
        self.level_3.write({"cost_basis": "agreed", "fee": 12})
        self.level_4.write({"fee": 13, "channel": "email"})
        due = THURSDAY - timedelta(7)
        for debtor in (self.consumer, self.dutch):
            self._bill(debtor, due)
        notices = self._send(THURSDAY)
        self.assertEqual(notices.mapped("announced_amount"), [25, 25])
        later = self._send(due + timedelta(25)) + self._send(due + timedelta(40))
        for debtor in (self.consumer, self.dutch):
            notices = later.filtered(lambda n, debtor=debtor: n.partner_id == debtor)
            self.assertEqual(self._sum(notices), 25)

    def test_interest_is_announced_where_it_is_claimed(self):
        for basis in ("law", "agreed"):
            self.level_3.write({"interest_basis": basis, "rate": 0})
            debtor = self._create_consumer(f"Maes {basis}", self.belgium)
            words = self._get_words(debtor)
            self.assertEqual("interest for late payment" in words, basis == "law")

    def test_what_is_missing_is_said_before_it_is_sent(self):
        self.company.write({"company_registry": False, "vat": False})
        self._bill(self.consumer, THURSDAY - timedelta(7))
        notice = self._propose(THURSDAY).notice_ids
        self.assertIn("enterprise number", notice.law_missing)
        self.company.company_registry = "0123.456.749"
        self.env.invalidate_all()
        self.assertFalse(notice.law_missing)
        regime = self._profile(self.consumer)._get_regime(THURSDAY)
        regime.first_notice_days = 0
        self.env.invalidate_all()
        self.assertIn("days to pay", notice.law_missing)
        notice._send(THURSDAY)
        self.assertEqual(notice.state, "failed")

    def test_what_the_reminder_is_about_is_named(self):
        """Also of what was taken over from another ledger."""
        entry = self._take_over(self.consumer, "OB/2025/1")
        notice = self._propose(THURSDAY).notice_ids
        self.assertIn("what OB/2025/1 is for", notice.law_missing)
        self._items(entry).name = "Garden chairs, invoice 2024/17"
        self.env.invalidate_all()
        with self.mock_mail_gateway():
            notice._send(THURSDAY)
        self.assertIn("Garden chairs, invoice 2024/17", self._new_mails[-1].body_html)

    def _take_over(self, debtor, name):
        accounts = self.company_data
        entry = self.env["account.move"].create(
            {
                "name": name,
                "move_type": "entry",
                "date": THURSDAY - timedelta(30),
                "journal_id": accounts["default_journal_misc"].id,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": debtor.property_account_receivable_id.id,
                            "partner_id": debtor.id,
                            "debit": 300,
                            "date_maturity": THURSDAY - timedelta(7),
                        }
                    ),
                    Command.create(
                        {
                            "account_id": accounts["default_account_revenue"].id,
                            "credit": 300,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        self._items(entry).no_followup = False
        return entry

    def test_a_level_that_announces_costs_claims_none(self):
        for values in ({"fee": 5}, {"cost_basis": "law"}):
            with (
                self.subTest(**values),
                self.assertRaises(Exception) as raised,
                mute_logger("odoo.sql_db"),
            ):
                self.level_2.write(values)
                self.level_2.flush_recordset()
            self.assertIn("no_costs_announced", str(raised.exception))
