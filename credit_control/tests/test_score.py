from datetime import date, timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import TODAY, CreditControlCommon


@tagged("post_install", "-at_install")
class TestScore(CreditControlCommon):
    """What debtors score, and the risk tier that follows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()

    def _sell(self, amount, late, paid_ago=30, partner=None):
        """An invoice paid ``late`` days after its due date, ``paid_ago`` days ago."""
        due = TODAY - timedelta(paid_ago + late)
        invoice = self._create_overdue_invoice(
            (TODAY - due).days, amount, partner=partner
        )
        self._register_payment(invoice, payment_date=TODAY - timedelta(paid_ago))
        return invoice

    def _rate(self, partner=None, as_of=TODAY):
        profile = self._profile(partner)
        profile.sudo()._rate(self.company, as_of)
        return profile

    def _read_parts(self, profile):
        return {
            code: (value, points)
            for code, value, points, _weight in profile.score_ids[0].content
        }

    # -- figures ---------------------------------------------------------------

    def test_days_late_are_weighted_by_amount(self):
        for amount, late in ((10_000, 5), (2_000, 40), (8_000, -3)):
            self._sell(amount, late)
        profile = self._rate()
        self.assertEqual(self._read_parts(profile)["days_late"][0], 6.5)
        self.assertTrue(profile.is_rated)
        # One figure alone: 6.5 of 60 days.
        self.assertEqual(profile.score, 89.17)
        self.assertEqual(profile.tier_id, self.good)

    def test_what_is_open_counts_as_paid_today(self):
        for _number in range(3):
            self._sell(100, 0)
        self._create_overdue_invoice(40, 300)
        self._create_overdue_invoice(-10, 300)
        parts = self._read_parts(self._rate())
        self.assertEqual(parts["days_late"][0], 300 * 40 / 900)
        self.assertEqual(parts["overdue"], (50, 0))

    def test_a_partial_payment_counts_in_part(self):
        for _number in range(3):
            self._sell(100, 0)
        invoice = self._create_overdue_invoice(20, 100)
        self._register_payment(invoice, payment_date=TODAY - timedelta(10), amount=60)
        parts = self._read_parts(self._rate())
        self.assertAlmostEqual(parts["days_late"][0], (60 * 10 + 40 * 20) / 400)

    def test_trend_compares_the_last_90_days_with_before(self):
        for _number in range(2):
            self._sell(100, 0, paid_ago=120)
            self._sell(100, 6, paid_ago=30)
        self.assertEqual(self._read_parts(self._rate())["trend"], (6, 80))

    def test_what_was_paid_more_than_a_year_ago_is_forgotten(self):
        for _number in range(3):
            self._sell(100, 50, paid_ago=370)
        profile = self._rate()
        self.assertFalse(profile.is_rated)
        self.assertEqual(profile.tier_id, self.fair)

    def test_as_of_a_day_gone_by(self):
        for _number in range(3):
            self._sell(100, 30, paid_ago=10)
        before = TODAY - timedelta(20)
        payments = self._profile()._fetch_payments(self.company, before)
        self.assertEqual(
            payments[self.debtor.id][:1] + payments[self.debtor.id][5:], (0, 300, 300)
        )
        self.assertEqual(payments[self.debtor.id].recent_days, 300 * 20)

    def test_too_few_invoices_give_no_score(self):
        for _number in range(2):
            self._sell(100, 90)
        profile = self._rate()
        self.assertRecordValues(
            profile, [{"is_rated": False, "score": 0, "tier_id": self.fair.id}]
        )
        self.assertFalse(profile.score_ids.content)
        self.company.credit_rate_invoices = 2
        self.assertTrue(self._rate().is_rated)

    def test_another_currency_counts_in_the_companys(self):
        euro = self.setup_other_currency("EUR")
        for _number in range(2):
            self._sell(100, 0)
        self._sell(100, 30, partner=self.debtor)
        invoice = self._create_overdue_invoice(60, 200, currency_id=euro.id)
        rate = euro._get_conversion_rate(
            euro, self.company.currency_id, self.company, invoice.invoice_date
        )
        expected = (100 * 30 + 200 * rate * 60) / (300 + 200 * rate)
        parts = self._read_parts(self._rate())
        self.assertAlmostEqual(parts["days_late"][0], expected, 1)

    def test_another_company_has_its_own_score(self):
        second = self.setup_other_company()["company"]
        for _number in range(3):
            self._sell(100, 0)
        self._create_overdue_invoice(300, 100, company=second)
        self._rate()
        other = self._profile(company=second)
        other.sudo()._rate(second, TODAY)
        self.assertEqual(self._profile().score, 100)
        self.assertFalse(other.is_rated)

    def test_contacts_count_for_their_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Accounts", "parent_id": self.debtor.id, "type": "invoice"}
        )
        for _number in range(3):
            self._sell(100, 15, partner=contact)
        self.assertEqual(self._read_parts(self._rate())["days_late"], (15, 75))

    # -- tiers -----------------------------------------------------------------

    def test_the_tier_changes_only_beyond_the_margin(self):
        profile = self._profile()
        # 24 days late: 60 points; 31 days: 48.33, less than three below the limit.
        for _number in range(3):
            self._sell(100, 24)
        self.assertEqual(self._rate().tier_id, self.fair)
        for _number in range(20):
            self._sell(100, 32)
        self.assertRecordValues(
            self._rate(), [{"score": 48.41, "tier_id": self.fair.id}]
        )
        self.company.credit_rate_margin = 0
        self.assertEqual(self._rate().tier_id, self.poor)
        self.assertFalse(profile.tier_by_hand)

    def test_a_tier_chosen_by_hand_stays_until_its_day(self):
        for _number in range(3):
            self._sell(100, 0)
        wizard = Form(
            self.env["credit.tier.overrule"]
            .with_user(self.manager)
            .with_context(default_profile_ids=self._profile().ids)
        )
        wizard.tier_id = self.poor
        wizard.reason = "Threatened with insolvency"
        wizard.until = TODAY + timedelta(5)
        wizard.save().action_overrule()
        profile = self._rate(as_of=TODAY + timedelta(5))
        self.assertRecordValues(
            profile,
            [
                {
                    "tier_id": self.poor.id,
                    "tier_by_hand": True,
                    "tier_reason": "Threatened with insolvency",
                }
            ],
        )
        self.assertEqual(profile.score, 100)
        self._rate(as_of=TODAY + timedelta(6))
        self.assertRecordValues(
            profile,
            [{"tier_id": self.good.id, "tier_by_hand": False, "tier_reason": False}],
        )

    def test_writing_a_tier_is_choosing_it(self):
        for _number in range(3):
            self._sell(100, 0)
        profile = self._profile().with_user(self.manager)
        profile.tier_id = self.poor
        self.assertTrue(profile.tier_by_hand)
        self.assertEqual(self._rate().tier_id, self.poor)
        profile.action_end_overrule()
        self.assertEqual(profile.tier_id, self.good)
        with self.assertRaisesRegex(UserError, "chosen by hand"):
            profile.action_end_overrule()

    def test_a_file_made_with_another_tier_keeps_it(self):
        profile = self.env["credit.profile"].create(
            {"partner_id": self.other_debtor.id, "tier_id": self.poor.id}
        )
        self.assertTrue(profile.tier_by_hand)
        self.assertFalse(self._profile().tier_by_hand)

    def test_only_managers_choose_and_only_officers_rate(self):
        profile = self._profile()
        for user in (self.viewer, self.officer, self.salesperson):
            with self.assertRaises(AccessError):
                profile.with_user(user)._overrule_tier(self.poor, "No", False)
            with self.assertRaises(AccessError):
                profile.with_user(user).write({"tier_by_hand": False})
        for user in (self.viewer, self.salesperson):
            with self.assertRaises(AccessError):
                profile.with_user(user).action_rate()
        profile.with_user(self.officer).action_rate()
        self.assertEqual(profile.score_date, TODAY)

    def test_a_day_gone_by_is_refused(self):
        wizard = self.env["credit.tier.overrule"].create(
            {
                "profile_ids": self._profile().ids,
                "tier_id": self.poor.id,
                "reason": "Late",
                "until": TODAY - timedelta(1),
            }
        )
        with self.assertRaisesRegex(UserError, "gone by"):
            wizard.action_overrule()

    def test_the_company_may_rate_without_touching_tiers(self):
        self.company.credit_rate_daily = False
        for _number in range(3):
            self._sell(100, 0)
        profile = self._profile()
        self.env["credit.profile"]._rate_all(self.company, TODAY)
        self.assertFalse(profile.score_date)
        profile.with_user(self.officer).action_rate()
        self.assertRecordValues(profile, [{"score": 100, "tier_id": self.fair.id}])

    def test_the_daily_action_rates(self):
        for _number in range(3):
            self._sell(100, 0)
        self._profile()
        self.registry_enter_test_mode()
        self.env.ref("credit_control.cron_daily").method_direct_trigger()
        self.assertEqual(self._profile().tier_id, self.good)

    def test_tiers_that_scores_dont_give_are_left_alone(self):
        self.env["credit.risk.tier"].search([]).by_score = False
        for _number in range(3):
            self._sell(100, 0)
        self.assertRecordValues(self._rate(), [{"score": 100, "tier_id": self.fair.id}])

    # -- history ---------------------------------------------------------------

    def test_one_score_a_month_is_kept(self):
        for _number in range(3):
            self._sell(100, 0)
        self._rate()
        self._sell(100, 40, paid_ago=1)
        profile = self._rate(as_of=TODAY + timedelta(3))
        self.assertEqual(len(profile.score_ids), 1)
        self.assertEqual(profile.score_ids.date, TODAY + timedelta(3))
        self._sell(500, 60, paid_ago=0)
        self._rate(as_of=TODAY + timedelta(30))
        self.assertRecordValues(
            profile.score_ids,
            [
                {"month": date(2025, 7, 1), "tier_id": self.poor.id},
                {"month": date(2025, 6, 1), "tier_id": self.good.id},
            ],
        )
        self.assertLess(profile.score_change, 0)

    def test_the_breakdown_speaks_the_readers_language(self):
        for _number in range(3):
            self._sell(100, 15)
        breakdown = self._rate().breakdown
        for words in ("Days late, weighted by amount", "15.0 days", "75", "100.0"):
            self.assertIn(words, breakdown)

    def test_a_constant_number_of_queries(self):
        partners = [self._create_debtor(f"Debtor {n}") for n in range(12)]
        profiles = self.env["credit.profile"].sudo()
        for partner in partners:
            profiles |= self._profile(partner)
        profiles._rate(self.company, TODAY)
        counts = []
        for few in (profiles[:2], profiles):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            few._rate(self.company, TODAY)
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)
        self.assertLess(counts[0], 25)

    # -- signals ---------------------------------------------------------------

    def _signal(self, name, **values):
        return self.env["credit.signal"].create(
            {
                "profile_id": self._profile().id,
                "kind_id": self.env.ref(f"credit_control.signal_{name}").id,
                "date": TODAY,
                **values,
            }
        )

    def test_a_signal_takes_points_off_while_it_holds(self):
        for _number in range(3):
            self._sell(100, 0)
        signal = self._signal("press")
        self.assertEqual(signal.until, TODAY + timedelta(90))
        self.assertEqual(self._rate().score, 90)
        self.assertEqual(self._rate(as_of=TODAY + timedelta(91)).score, 100)
        signal.with_user(self.officer).action_end()
        self.assertEqual(self._rate(as_of=TODAY + timedelta(1)).score, 100)

    def test_insolvency_makes_the_last_tier_at_once(self):
        for _number in range(3):
            self._sell(100, 0)
        self._signal("insolvency")
        self.assertRecordValues(
            self._rate(),
            [{"score": 100, "tier_id": self.poor.id, "tier_reason": "Insolvency"}],
        )

    def test_a_signal_asks_the_collector_to_look(self):
        self._profile().collector_id = self.officer
        self._signal("rumour", note="Heard at the fair")
        [activity] = self._profile().activity_ids
        self.assertRecordValues(
            activity, [{"user_id": self.officer.id, "date_deadline": TODAY}]
        )
        self.assertIn("Rumour", activity.summary)

    def test_a_change_of_the_customer_raises_a_signal(self):
        profile = self._profile()
        self.debtor.vat = "BE0477472701"
        self.assertFalse(profile.signal_ids, "nothing was there before")
        name = self.debtor.name
        self.debtor.write({"name": "Azure Holding", "vat": "BE0403170701"})
        self.assertEqual(
            sorted(profile.signal_ids.kind_id.mapped("name")),
            ["Change of VAT number", "Change of name"],
        )
        self.assertIn(f"{name} → Azure Holding", profile.signal_ids.mapped("note"))
        self.debtor.name = "Azure Holding"
        self.assertEqual(len(profile.signal_ids), 2)

    def test_a_salesperson_who_renames_a_customer_raises_it_too(self):
        self._profile()
        self.debtor.with_user(self.salesperson).name = "Azure & Sons"
        self.assertEqual(self._profile().signal_ids.kind_id.name, "Change of name")

    def test_a_new_address_is_one_signal(self):
        self.debtor.write({"street": "Leiekaai 1", "zip": "9000"})
        profile = self._profile()
        self.debtor.write({"street": "Dok 5", "zip": "9050", "city": "Ghent"})
        self.assertRecordValues(
            profile.signal_ids,
            [{"note": "Leiekaai 1 → Dok 5, 9000 → 9050", "source": "Customer record"}],
        )
        self.assertEqual(profile.signal_ids.kind_id.name, "Change of address")

    def test_another_legal_form_alone_is_no_new_name(self):
        self.debtor.name = "Azure BVBA"
        profile = self._profile()
        profile.signal_ids.unlink()
        self.debtor.name = "Azure NV"
        self.assertEqual(profile.signal_ids.kind_id.name, "Change of legal form")

    def test_a_signal_that_has_ended_is_looked_at_once(self):
        signal = self._signal("rumour")
        profile = self._profile()
        profile.activity_ids.unlink()
        for _day in range(2):
            signal._review_ended(self.company, signal.until + timedelta(1))
        self.assertEqual(
            profile.activity_ids.mapped("summary"), ["Risk signal has ended: Rumour"]
        )

    def test_a_signal_ended_by_hand_is_not_looked_at_again(self):
        signal = self._signal("rumour")
        signal.with_user(self.officer).action_end()
        self._profile().activity_ids.unlink()
        signal._review_ended(self.company, TODAY + timedelta(1))
        self.assertFalse(self._profile().activity_ids)

    def test_signals_are_for_officers(self):
        signal = self._signal("rumour")
        for user in (self.viewer, self.salesperson):
            with self.assertRaises(AccessError):
                signal.with_user(user).action_end()
        self.assertTrue(signal.with_user(self.viewer).source is not None)

    # -- credit reports --------------------------------------------------------

    def _report(self, points, **values):
        return self.env["credit.bureau.report"].create(
            {
                "profile_id": self._profile().id,
                "agency": "Agency",
                "date": TODAY,
                "points": points,
                **values,
            }
        )

    def test_the_newest_valid_report_counts(self):
        for _number in range(3):
            self._sell(100, 0)
        self._report(10, date=TODAY - timedelta(40))
        self._report(55, date=TODAY - timedelta(30))
        self._report(0, date=TODAY - timedelta(10), until=TODAY - timedelta(1))
        self.assertEqual(self._read_parts(self._rate())["external"], (55, 55))
        # 30 weights of 100 points, 20 of 55.
        self.assertEqual(self._profile().score, 82)

    def test_an_expired_report_is_looked_at_once(self):
        self._profile().collector_id = self.officer
        report = self._report(50, until=TODAY)
        report._renew(self.company, TODAY)
        self.assertFalse(self._profile().activity_ids)
        for _day in range(2):
            report._renew(self.company, TODAY + timedelta(1))
        [activity] = self._profile().activity_ids
        self.assertEqual(activity.summary, "Credit report of Agency has expired")
        self.assertEqual(activity.user_id, self.officer)

    def test_a_newer_report_needs_no_look(self):
        self._report(50, until=TODAY)
        self._report(60, agency="Other", until=TODAY + timedelta(90))
        self.env["credit.bureau.report"]._renew(self.company, TODAY + timedelta(1))
        self.assertFalse(self._profile().activity_ids)

    def test_a_connected_agency_is_asked_first(self):
        report = self._report(50, until=TODAY)
        day = TODAY + timedelta(1)

        def ask(_self, profiles, as_of):
            return [
                {"profile_id": p.id, "agency": "Agency", "date": as_of, "points": 40}
                for p in profiles
            ]

        self.patch(type(report), "_fetch_from_agencies", ask)
        report._renew(self.company, day)
        self.assertFalse(self._profile().activity_ids)
        self.assertEqual(
            self._profile().bureau_report_ids.sorted("date").mapped("points"), [50, 40]
        )

    @mute_logger("odoo.sql_db")
    def test_bad_reports_are_refused(self):
        for values in ({"points": 101}, {"points": -1}, {"limit": -5}):
            with self.assertRaises(IntegrityError), self.cr.savepoint():
                self._report(**{"points": 50, **values})

    def test_reports_come_in_by_file(self):
        self._profile(self.other_debtor)
        result = (
            self.env["credit.bureau.report"]
            .with_user(self.officer)
            .load(
                ["profile_id", "agency", "date", "points", "limit"],
                [
                    [
                        self._profile().display_name,
                        "Agency",
                        "2025-06-01",
                        "72",
                        "2500",
                    ],
                    ["Nobody we know", "Agency", "2025-06-01", "72", "2500"],
                ],
            )
        )
        self.assertFalse(result["ids"])
        message = result["messages"][0]
        self.assertEqual(message["rows"], {"from": 1, "to": 1})
        self.assertIn("Nobody we know", message["message"])
