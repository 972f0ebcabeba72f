from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import psycopg2

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import file_open, mute_logger

from ..core.costs import LEGAL_MAXIMUM, Claim
from ..core.interest import BalanceStep, accrue, balance_after
from .common import TODAY, CreditControlCommon

D = Decimal
LAW = ("credit.rate.series", "credit.rate", "credit.regime", "credit.regime.band")


class LawCommon(CreditControlCommon):
    """The company is Belgian."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.belgium, cls.netherlands, cls.germany, cls.italy, cls.usa = (
            cls.env.ref(f"base.{code}") for code in ("be", "nl", "de", "it", "us")
        )
        cls.company.country_id = cls.belgium
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True
        cls.ecb = cls.env.ref("credit_control.series_ecb")

    @classmethod
    def _regime(cls, name):
        return cls.env.ref(f"credit_control.regime_{name}")

    def _accrue(self, name, first, last, principal=10000, agreed=None, balance=None):
        """What the core accrues with the rates and the rules of a regime."""
        regime = self._regime(name)
        return accrue(
            balance or [BalanceStep(first, D(principal))],
            first,
            last,
            regime._get_charged_rates(first, last, agreed),
            compounding=regime.compounding,
            known_until=regime._get_known_until(agreed),
        )

    def _costs(self, name, *claims, **values):
        found = self._regime(name)._next_costs(
            [Claim(D(claim)) for claim in claims],
            self.company,
            self.euro,
            TODAY,
            **values,
        )
        return sum(found)


@tagged("post_install", "-at_install")
class TestInterest(LawCommon):
    """What the law's own examples give, with the rates that are shipped."""

    FIRST, LAST = date(2024, 6, 1), date(2025, 2, 15)

    def test_businesses(self):
        for name, amount in (
            ("be_business", "877.81"),
            ("nl_business", "860.79"),
            ("lu_business", "860.79"),
            ("eu_business", "860.79"),
            # 30 days 14.50 %, 184 days 14.25 %, 46 days 13.15 %.
            ("fr_business", "1003.26"),
            # 30 days 12.62 %, 184 days 12.37 %, 46 days 11.27 %.
            ("de_business", "869.34"),
        ):
            with self.subTest(name):
                result = self._accrue(name, self.FIRST, self.LAST)
                self.assertEqual(result.amount, D(amount))
                self.assertFalse(result.carried_from)

    def test_consumers(self):
        for name, amount in (
            # 214 days 7 %, 46 days 6 %.
            ("nl_consumer", "486.03"),
            # 30 days 8.62 %, 184 days 8.37 %, 46 days 7.27 %.
            ("de_consumer", "584.41"),
            ("be_consumer", "0"),
            ("fr_consumer", "0"),
        ):
            with self.subTest(name):
                result = self._accrue(name, self.FIRST, self.LAST)
                self.assertEqual(result.amount, D(amount))

    def test_dutch_interest_bears_interest_after_a_year(self):
        first, last = date(2023, 7, 1), date(2025, 6, 30)
        dutch = self._accrue("nl_consumer", first, last)
        # 184 days 6 %, 182 days 7 %; the second year starts with their sum.
        self.assertEqual(dutch.segments[-1].base.quantize(D("0.01")), D("10651.51"))
        self.assertFalse(self._regime("be_business").compounding)

    def test_partial_payments_lower_the_base(self):
        balance = balance_after(
            D(10000), self.FIRST, [(date(2024, 6, 30), D(4000)), (self.LAST, D(6000))]
        )
        result = self._accrue(
            "be_business", self.FIRST, date(2025, 12, 31), balance=balance
        )
        # 30 days on 10,000 and 184 on 6,000 at 12.5 %, 46 on 6,000 at 11.5 %.
        self.assertEqual(result.amount, D("567.78"))

    def test_a_belgian_consumer_pays_what_is_agreed_and_legal(self):
        year = date(2025, 1, 1), date(2025, 12, 31)
        legal = self._accrue("be_business", *year).amount
        for agreed, amount in (
            (None, D(0)),
            (D(5), D(500)),
            (D(50), legal),
            (LEGAL_MAXIMUM, legal),
        ):
            with self.subTest(agreed=agreed):
                result = self._accrue("be_consumer", *year, agreed=agreed)
                self.assertEqual(result.amount, amount)

    def test_businesses_agree_on_what_they_like(self):
        year = date(2027, 1, 1), date(2027, 12, 31)
        result = self._accrue("be_business", *year, agreed=D(15))
        self.assertEqual(result.amount, 1500)
        self.assertFalse(result.carried_from)

    def test_the_last_rate_goes_on_and_the_result_says_so(self):
        result = self._accrue("nl_business", date(2026, 6, 1), date(2026, 7, 31))
        self.assertEqual(result.carried_from, date(2026, 7, 1))
        self.assertEqual([s.rate for s in result.segments], [D("10.15")])

    def test_before_the_first_rate_nothing_is_invented(self):
        result = self._accrue("de_business", date(2016, 1, 1), date(2016, 7, 31))
        self.assertEqual(result.unrated_until, date(2016, 6, 30))
        self.assertEqual(result.segments[0].first, date(2016, 7, 1))

    def test_editing_a_rate_changes_the_result(self):
        rate = self.env.ref("credit_control.rate_ecb_2025_1")
        before = self._accrue("be_business", self.FIRST, self.LAST).amount
        rate.rate = 3.6
        after = self._accrue("be_business", self.FIRST, self.LAST).amount
        # 46 days at 12 % instead of 11.5 %.
        self.assertEqual(after - before, D("6.30"))
        self._regime("be_business").margin = 9
        self.assertGreater(
            self._accrue("be_business", self.FIRST, self.LAST).amount, after
        )

    def test_rates_of_the_table(self):
        """Statutory rates by half-year, as the law's table has them."""
        for day, belgian, dutch, french in (
            (date(2013, 7, 1), "8.5", "8.50", "10.50"),
            (date(2014, 7, 1), "8.5", "8.15", "10.15"),
            (date(2016, 6, 30), "8.5", "8.05", "10.05"),
            (date(2016, 7, 1), "8.0", "8.00", "10.00"),
            (date(2022, 12, 31), "8.0", "8.00", "10.00"),
            (date(2023, 1, 1), "10.5", "10.50", "12.50"),
            (date(2023, 7, 1), "12.0", "12.00", "14.00"),
            (date(2024, 1, 1), "12.5", "12.50", "14.50"),
            (date(2024, 7, 1), "12.5", "12.25", "14.25"),
            (date(2025, 1, 1), "11.5", "11.15", "13.15"),
            (date(2025, 7, 1), "10.5", "10.15", "12.15"),
            (date(2026, 1, 1), "10.5", "10.15", "12.15"),
        ):
            for name, rate in (
                ("be_business", belgian),
                ("nl_business", dutch),
                ("fr_business", french),
            ):
                with self.subTest(name, day=day):
                    [period] = self._regime(name)._get_core_rates(day, day)
                    self.assertEqual(period.rate, D(rate))


@tagged("post_install", "-at_install")
class TestCosts(LawCommon):
    def test_the_dutch_scale(self):
        for claim, amount in (
            (100, 40),
            (1000, 150),
            (3000, 425),
            (7500, 750),
            (1000000, 6775),
            (2000000, 6775),
        ):
            for name in ("nl_business", "nl_consumer"):
                with self.subTest(name, claim=claim):
                    self.assertEqual(self._costs(name, claim), amount)

    def test_claims_on_one_debtor_go_together(self):
        self.assertEqual(self._costs("nl_consumer", 100, 100, 2800), 425)
        self._regime("nl_consumer").cost_scope = "each"
        self.assertEqual(self._costs("nl_consumer", 100, 100, 2800), 485)

    def test_the_belgian_caps(self):
        for claim, amount in (
            ("80", "20"),
            ("150", "20"),
            ("150.01", "30.00"),
            ("300", "45"),
            ("500", "65"),
            ("1200", "100"),
            ("50000", "2000"),
        ):
            with self.subTest(claim=claim):
                capped = self._costs("be_consumer", claim, agreed=D(5000))
                self.assertEqual(capped, D(amount))
        self.assertEqual(self._costs("be_consumer", 300, agreed=D(0)), 0)

    def test_forty_euros_for_every_late_invoice(self):
        for name in ("be_business", "de_business", "fr_business", "lu_business"):
            with self.subTest(name):
                self.assertEqual(self._costs(name, 10, 20, 30), 120)
        self.assertEqual(self._costs("de_consumer", 10, 20, 30), 0)

    def test_vat_where_it_is_not_deducted(self):
        self.assertEqual(self._costs("nl_consumer", 1000), 150)
        self.company.credit_deducts_vat = False
        self.assertEqual(self._costs("nl_consumer", 1000), D("181.50"))
        self.assertEqual(self._costs("be_business", 1), 40)

    def test_claims_in_another_currency(self):
        dollar = self.env.ref("base.USD")
        self.company.currency_id = self.euro
        self.env["res.currency.rate"].create(
            {
                "name": TODAY - timedelta(1),
                "currency_id": dollar.id,
                "company_id": self.company.id,
                "rate": 1.25,
            }
        )
        for name, claims, amount in (
            ("be_business", [D(10), D(20)], D(100)),
            # 3,750 dollars are 3,000 euros, whose costs are 425 euros.
            ("nl_business", [D(3750)], D("531.25")),
        ):
            with self.subTest(name):
                found = self._regime(name)._next_costs(
                    list(map(Claim, claims)), self.company, dollar, TODAY
                )
                self.assertEqual(sum(found), amount)


@tagged("post_install", "-at_install")
class TestTerms(LawCommon):
    def test_first_day_on_which_costs_may_be_claimed(self):
        for name, sent, channel, day in (
            ("nl_consumer", date(2025, 3, 7), "letter", date(2025, 3, 26)),
            ("nl_consumer", date(2025, 3, 7), "email", date(2025, 3, 22)),
            ("be_consumer", date(2025, 3, 6), "email", date(2025, 3, 21)),
            ("be_consumer", date(2025, 3, 6), "letter", date(2025, 3, 25)),
            ("be_consumer", date(2025, 3, 6), "email_letter", date(2025, 3, 25)),
            ("be_business", date(2025, 3, 6), "letter", date(2025, 3, 6)),
        ):
            with self.subTest(name, channel=channel):
                regime = self._regime(name)
                self.assertEqual(regime._first_chargeable_day(sent, channel), day)

    def test_a_call_is_no_letter(self):
        with self.assertRaises(KeyError):
            self._regime("be_consumer")._first_chargeable_day(TODAY, "call")

    def test_saturday_may_be_a_working_day(self):
        belgian = self._regime("be_consumer")
        belgian.saturday_counts = True
        day = belgian._first_chargeable_day(date(2025, 3, 6), "letter")
        self.assertEqual(day, date(2025, 3, 24))

    def test_public_holidays_of_the_country(self):
        # Good Friday and Easter Monday; 1 May; 5 May, no day off work, and Ascension.
        for name, sent, day in (
            ("nl_consumer", date(2025, 4, 17), date(2025, 5, 7)),
            ("be_consumer", date(2025, 4, 29), date(2025, 5, 19)),
            ("nl_consumer", date(2027, 5, 4), date(2027, 5, 23)),
        ):
            with self.subTest(name, sent=sent):
                regime = self._regime(name)
                self.assertEqual(regime._first_chargeable_day(sent, "letter"), day)

    def test_where_holidays_are_not_known_weekends_count(self):
        regime = self._regime("be_consumer").copy(
            {"country_id": self.env.ref("base.xk").id}
        )
        self.assertIn("only weekends", regime.holiday_note)
        day = regime._first_chargeable_day(date(2025, 4, 29), "letter")
        self.assertEqual(day, date(2025, 5, 16))
        self.assertIn("Belgium", self._regime("be_consumer").holiday_note)

    def test_the_country_of_the_debtor_where_the_regime_has_none(self):
        default = self._regime("eu_consumer")
        default.write({"first_notice": "free_reminder", "post_days": 3})
        sent = date(2025, 4, 22)
        without = default._first_chargeable_day(sent, "letter")
        # 25 April is Liberation Day in Italy.
        italian = default._first_chargeable_day(sent, "letter", self.italy)
        self.assertEqual(without, date(2025, 5, 10))
        self.assertEqual(italian, date(2025, 5, 13))


@tagged("post_install", "-at_install")
class TestWhichRegime(LawCommon):
    def _get_for(self, country, kind="business", as_of=TODAY):
        return self.env["credit.regime"]._get_for(country, kind, as_of)

    def test_by_country_and_kind(self):
        for country, kind, name in (
            (self.belgium, "business", "be_business"),
            (self.belgium, "consumer", "be_consumer"),
            (self.netherlands, "consumer", "nl_consumer"),
            (self.italy, "business", "eu_business"),
            (self.italy, "consumer", "eu_consumer"),
        ):
            with self.subTest(name):
                self.assertEqual(self._get_for(country, kind), self._regime(name))

    def test_other_countries_have_none(self):
        self.assertFalse(self._get_for(self.usa))
        self.assertFalse(self._get_for(self.env["res.country"]))

    def test_a_later_one_takes_its_place(self):
        old = self._regime("be_business")
        new = old.copy({"date_from": date(2025, 6, 1), "cost_fixed": 50})
        self.assertEqual(self._get_for(self.belgium), new)
        self.assertEqual(self._get_for(self.belgium, as_of=date(2025, 5, 31)), old)
        self.assertEqual(self._get_for(self.belgium, as_of=date(1999, 1, 1)), old)

    def test_a_copy_has_the_scale_too(self):
        copy = self._regime("nl_consumer").copy({"date_from": TODAY})
        self.assertEqual(len(copy.band_ids), 5)

    @mute_logger("odoo.sql_db")
    def test_one_per_country_kind_and_date(self):
        for name in ("be_business", "eu_business"):
            regime = self._regime(name)
            with self.subTest(name), self.assertRaises(psycopg2.errors.UniqueViolation):
                regime.copy()

    def test_a_scale_starts_at_nothing(self):
        regime = self._regime("nl_consumer")
        with self.assertRaises(ValidationError):
            regime.band_ids[0].unlink()
            regime.cost_rule = "scale"
        with self.assertRaises(ValidationError):
            self._regime("be_business").cost_rule = "scale"
        with self.assertRaises(ValidationError):
            regime.cost_max = 10

    def test_rules_in_words(self):
        belgian = self._regime("be_business")
        self.assertEqual(
            belgian.interest_rule, "ECB reference rate + 8 points, rounded up to 0.5"
        )
        self.assertEqual(belgian.current_rate, 11.5)
        self.assertIn("40.00", belgian.costs_rule)
        self.assertEqual(
            self._regime("fr_consumer").interest_rule, "No interest by law"
        )
        self.assertIn("not legal advice", belgian.disclaimer)
        self.assertEqual(
            self._regime("eu_consumer").display_name,
            "European Union, consumers (from 03/16/2013)",
        )

    def test_every_regime_and_rate_says_where_it_comes_from(self):
        for model in ("credit.regime", "credit.rate"):
            records = self.env[model].search([])
            self.assertEqual(records.filtered("source"), records)
            self.assertEqual(records.filtered("mark"), records)


@tagged("post_install", "-at_install")
class TestDebtor(LawCommon):
    """Business or consumer, and whose law, decided per debtor."""

    def test_kind_by_default(self):
        for values, kind, reason in (
            ({"vat": "BE0477472701"}, "business", "Has a VAT number."),
            ({"vat": "/"}, "consumer", "Is a person without VAT number."),
            ({"company_registry": "0477472701"}, "business", "registration number"),
            ({"is_company": True}, "business", "Is a company."),
            ({}, "consumer", "Is a person without VAT number."),
        ):
            person = {"is_company": False, "country_id": self.belgium.id, **values}
            profile = self._profile(self._create_debtor("Person", **person))
            with self.subTest(values):
                self.assertEqual(profile.debtor_kind, kind)
                self.assertIn(reason, profile.debtor_kind_reason)
                found = profile.search(
                    [("id", "=", profile.id), ("debtor_kind", "=", kind)]
                )
                self.assertEqual(found, profile)
                self.assertFalse(
                    profile.search(
                        [("id", "=", profile.id), ("debtor_kind", "!=", kind)]
                    )
                )

    def test_another_kind_needs_a_reason_and_is_tracked(self):
        profile = self._profile()
        with self.assertRaises(ValidationError):
            profile.own_debtor_kind = "consumer"
        with self.assertRaises(ValidationError):
            profile.write(
                {"own_law_country_id": self.netherlands.id, "law_reason": " "}
            )
        tracked = profile.with_context(tracking_disable=False, mail_notrack=False)
        tracked.write(
            {"own_debtor_kind": "consumer", "law_reason": "Bought for himself"}
        )
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assertEqual(profile.debtor_kind, "consumer")
        self.assertEqual(profile.debtor_kind_reason, "Chosen for this debtor.")
        self.assertEqual(
            profile.search([("debtor_kind", "=", "consumer")]) & profile, profile
        )
        changed = profile.message_ids.sudo().tracking_value_ids.field_id
        self.assertEqual(set(changed.mapped("name")), {"own_debtor_kind", "law_reason"})

    def test_law_of_our_country_for_businesses_of_theirs_for_consumers(self):
        person = {"is_company": False, "country_id": self.netherlands.id}
        for values, name, words in (
            ({"country_id": self.netherlands.id}, "be_business", "our country, Bel"),
            (person, "nl_consumer", "where they live, Neth"),
            ({**person, "country_id": self.italy.id}, "eu_consumer", "live, Italy"),
            (
                {**person, "country_id": False},
                "be_consumer",
                "isn't known, so law of our country, Bel",
            ),
        ):
            profile = self._profile(self._create_debtor("Anybody", **values))
            with self.subTest(name):
                self.assertEqual(profile.regime_id, self._regime(name))
                self.assertIn(words, profile.regime_reason)
        profile.partner_id.country_id = self.usa
        self.assertFalse(profile.regime_id)
        self.assertEqual(
            profile.regime_reason, "No rules are recorded for United States."
        )

    def test_another_law_by_choice(self):
        profile = self._profile()
        profile.write(
            {"own_law_country_id": self.germany.id, "law_reason": "Article 12"}
        )
        self.assertEqual(profile.regime_id, self._regime("de_business"))
        self.assertIn("chosen for this debtor", profile.regime_reason)

    def test_the_law_of_the_day_of_the_contract(self):
        old = self._regime("be_business")
        new = old.copy({"date_from": date(2025, 1, 1)})
        profile = self._profile()
        self.assertEqual(profile.regime_id, new)
        profile.contract_date = date(2024, 12, 31)
        self.assertEqual(profile.regime_id, old)
        self.assertEqual(profile._get_regime(TODAY), old)

    def test_each_company_follows_its_own_law(self):
        other = self.setup_other_company()["company"]
        other.country_id = self.netherlands
        here, there = self._profile(), self._profile(company=other)
        self.assertEqual(here.regime_id, self._regime("be_business"))
        self.assertEqual(there.regime_id, self._regime("nl_business"))
        both = (here | there).with_context(allowed_company_ids=[other.id])
        self.assertEqual(both[0].regime_id, self._regime("be_business"))

    def test_regimes_of_many_debtors_take_as_many_queries_as_of_one(self):
        def count(number):
            partners = self.env["res.partner"].concat(
                *(self._create_debtor(f"Firm{n}") for n in range(number))
            )
            profiles = self._profile(partners)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            profiles.mapped("regime_reason")
            return self.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(2), count(20))


@tagged("post_install", "-at_install")
class TestPaymentTerms(LawCommon):
    def _warning(self, days, country=None, kind="business", issued=TODAY):
        regime = self.env["credit.regime"]._get_for(
            country or self.belgium, kind, TODAY
        )
        return regime._get_term_warning(issued, issued + timedelta(days))

    def test_the_legal_maximum(self):
        self.assertFalse(self._warning(60))
        self.assertEqual(
            self._warning(61),
            "61 days is more than the legal maximum of 60 days in Belgium.",
        )
        self.assertFalse(self._warning(400, kind="consumer"))

    def test_a_french_term_may_run_to_the_end_of_the_month(self):
        france = self.env.ref("base.fr")
        start = date(2025, 1, 1)
        self.assertFalse(self._warning(75, france, issued=start))
        self.assertIn(
            "or 45 days and the end of the month",
            self._warning(76, france, issued=start),
        )

    def test_on_the_invoice(self):
        for days, said in ((60, False), (90, True)):
            invoice = self._create_overdue_invoice(
                30 - days, invoice_date=TODAY - timedelta(30)
            )
            with self.subTest(days):
                self.assertEqual(bool(invoice.credit_term_warning), said)
        self.assertIn("90 days is more than", invoice.credit_term_warning)
        self.assertFalse(
            self._create_credit_note(30 - 90, invoice_date=TODAY).credit_term_warning
        )

    def test_while_the_invoice_is_typed(self):
        with Form(
            self.env["account.move"].with_context(default_move_type="out_invoice")
        ) as form:
            form.partner_id = self.debtor
            form.invoice_date = TODAY
            with form.invoice_line_ids.new() as line:
                line.name = "Goods"
                line.price_unit = 100
            form.invoice_payment_term_id = self._create_term(90)
            self.assertIn("90 days", form.credit_term_warning)
            form.invoice_payment_term_id = self._create_term(30)
            self.assertFalse(form.credit_term_warning)

    def _create_term(self, days, **values):
        return self.env["account.payment.term"].create(
            {
                "name": f"{days} days",
                "line_ids": [
                    Command.create(
                        {
                            "value": "percent",
                            "value_amount": 100,
                            "nb_days": days,
                            **values,
                        }
                    )
                ],
            }
        )

    def test_on_the_customer(self):
        self.debtor.property_payment_term_id = self._create_term(60)
        self.assertFalse(self.debtor.credit_term_warning)
        month_end = self._create_term(60, delay_type="days_after_end_of_month")
        self.debtor.property_payment_term_id = month_end
        self.assertIn("legal maximum of 60 days", self.debtor.credit_term_warning)
        self.debtor.is_company = False
        self.assertFalse(self.debtor.credit_term_warning)

    def test_those_who_only_bill_see_nothing_of_it(self):
        self._create_users()
        invoice = self._create_overdue_invoice(-90)
        biller = invoice.with_user(self.biller)
        self.assertNotIn("credit_term_warning", biller.get_view()["arch"])
        self.assertTrue(invoice.with_user(self.viewer).credit_term_warning)


@tagged("post_install", "-at_install")
class TestRates(LawCommon):
    """Rates are kept up by hand, or imported; what is missing is said."""

    def test_nothing_is_missing_while_the_half_year_is_known(self):
        self.assertFalse(self.ecb._get_warning(date(2026, 6, 30)))
        self.assertFalse(self.ecb.warning)
        self.assertEqual(
            (self.ecb.current_rate, self.ecb.current_from.year), (3.15, 2025)
        )

    def test_a_half_year_without_rate_is_said(self):
        with freeze_time("2026-08-01"):
            self.env.invalidate_all()
            self.assertEqual(
                self.ecb.warning,
                "No rate for the 2nd half of 2026 yet: that of the 1st half of 2026 is "
                "used.",
            )
            belgian = self._regime("be_business")
            self.assertEqual(belgian.rate_warning, self.ecb.warning)
            self.assertFalse(self._regime("fr_consumer").rate_warning)
            outdated = self.env["credit.rate.series"].search(
                [("is_outdated", "=", True)]
            )
            self.assertIn(self.ecb, outdated)
            self._create_rate(date(2026, 7, 1), 2.15)
            self.env.invalidate_all()
            self.assertFalse(self.ecb.warning)
            self.assertFalse(belgian.rate_warning)

    def test_a_series_without_any_rate(self):
        series = self.env["credit.rate.series"].create({"name": "Polish rate"})
        self.assertEqual(series.warning, "No rate is recorded.")
        self.assertEqual(series.current_rate, 0)

    def _create_rate(self, day, rate, series=None):
        return self.env["credit.rate"].create(
            {
                "series_id": (series or self.ecb).id,
                "date_from": day,
                "rate": rate,
                "source": "Test",
            }
        )

    def test_impossible_rates_are_refused(self):
        day = date(2026, 7, 1)
        for rate, words in ((215, "can't be right"), (-0.5, "never below zero")):
            with self.subTest(rate), self.assertRaises(ValidationError) as refused:
                self._create_rate(day, rate)
            self.assertIn(words, str(refused.exception))
        base = self.env.ref("credit_control.series_de_base")
        self.assertEqual(self._create_rate(day, -0.5, base).rate, -0.5)

    @mute_logger("odoo.sql_db")
    def test_one_rate_a_day(self):
        with self.assertRaises(psycopg2.errors.UniqueViolation):
            self._create_rate(date(2026, 1, 1), 2.0)

    def test_an_unusual_date_is_only_remarked(self):
        self.assertFalse(self._create_rate(date(2026, 7, 1), 2.0).remark)
        self.assertTrue(self._create_rate(date(2026, 9, 1), 2.0).remark)

    @mute_logger("odoo.sql_db")
    def _import(self, *rows, dryrun=False):
        lines = ["Interest rate,From,Percent a year,Source", *rows]
        wizard = self.env["base_import.import"].create(
            {
                "res_model": "credit.rate",
                "file": "\n".join(lines).encode(),
                "file_type": "text/csv",
                "file_name": "rates.csv",
            }
        )
        options = {
            "has_headers": True,
            "quoting": '"',
            "separator": ",",
            "date_format": "%Y-%m-%d",
            "float_decimal_separator": ".",
            "float_thousand_separator": ",",
        }
        columns = ["series_id", "date_from", "rate", "source"]
        return wizard.execute_import(columns, columns, options, dryrun=dryrun)

    def test_import(self):
        result = self._import(
            "ECB reference rate,2026-07-01,2.40,ECB",
            "German base rate,2026-07-01,-0.20,Bundesbank",
        )
        self.assertFalse(result["messages"])
        rates = self.env["credit.rate"].browse(result["ids"])
        self.assertRecordValues(
            rates,
            [
                {"rate": 2.4, "date_from": date(2026, 7, 1), "mark": "published"},
                {"rate": -0.2, "date_from": date(2026, 7, 1), "mark": "published"},
            ],
        )
        self.assertEqual(rates[0].series_id, self.ecb)

    def test_bad_rows_are_named_and_nothing_is_imported(self):
        result = self._import(
            "ECB reference rate,2026-07-01,2.40,ECB",
            "ECB reference rate,2027-01-01,240,ECB",
            "ECB reference rate,2027-07-01,-2.40,ECB",
            "ECB reference rate,2026-01-01,2.40,ECB",
            "Elsewhere,2026-07-01,2.40,ECB",
        )
        words = defaultdict(str)
        for message in result["messages"]:
            words[message["rows"]["from"]] += message["message"]
        self.assertEqual(set(words), {1, 2, 3, 4})
        self.assertIn("240 % a year from 01/01/2027 can't be right", words[1])
        self.assertIn("never below zero", words[2])
        self.assertIn("There is a rate from this date on already", words[3])
        self.assertIn("No matching record", words[4])
        self.assertFalse(self.ecb.rate_ids.filtered(lambda r: r.date_from.year == 2027))

    def test_the_template_shows_known_rates_so_that_none_is_invented(self):
        [template] = self.env["credit.rate"].get_import_templates()
        with file_open(template["template"].removeprefix("/")) as file:
            header, *rows = file.read().splitlines()
        fields = self.env["credit.rate"].fields_get()
        self.assertLessEqual(
            set(header.split(",")), {field["string"] for field in fields.values()}
        )
        result = self._import(*(row.rsplit(",", 1)[0] for row in rows))
        for message in result["messages"]:
            self.assertIn("There is a rate from this date", message["message"])
        self.assertEqual(len(result["messages"]), len(rows))

    def test_rates_are_imported_by_their_english_name_too(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.ecb.with_context(lang="fr_FR").name = "Taux de la BCE"
        series = self.env["credit.rate.series"].with_context(lang="fr_FR")
        for name in ("Taux de la BCE", "ECB reference rate"):
            self.assertEqual(
                series.name_search(name), [(self.ecb.id, "Taux de la BCE")]
            )


@tagged("post_install", "-at_install")
class TestLawAccess(LawCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()

    def test_rights(self):
        for user, rights in (
            (self.viewer, "r"),
            (self.officer, "r"),
            (self.manager, "crud"),
            (self.biller, ""),
            (self.salesperson, ""),
            (self.portal, ""),
        ):
            for model in LAW:
                record = self.env[model].search([], limit=1).with_user(user)
                found = "".join(
                    letter
                    for letter, operation in zip(
                        "crud", ("create", "read", "write", "unlink"), strict=True
                    )
                    if record.has_access(operation)
                )
                with self.subTest(user=user.login, model=model):
                    self.assertEqual(found, rights)

    def test_viewers_read_all_that_is_shown(self):
        for model in LAW:
            self.env.invalidate_all()
            self.assertTrue(self.env[model].with_user(self.viewer).search([]).read())
        profile = self._profile().with_user(self.viewer)
        self.assertTrue(profile.regime_id.with_user(self.viewer).interest_rule)

    def test_officers_choose_the_kind_of_debtor_and_no_rules(self):
        profile = self._profile().with_user(self.officer)
        profile.write({"own_debtor_kind": "consumer", "law_reason": "Private"})
        with self.assertRaises(AccessError):
            profile.regime_id.with_user(self.officer).cost_max = 1
        with self.assertRaises(AccessError):
            self.ecb.with_user(self.officer).rate_ids[:1].rate = 1

    def test_a_manager_corrects_rules_and_rates(self):
        regime = self._regime("nl_consumer").with_user(self.manager)
        regime.band_ids[:1].percent = 10
        self.ecb.with_user(self.manager).rate_ids[:1].rate = 2.2
        self.assertEqual(self._costs("nl_consumer", 1000), 100)
