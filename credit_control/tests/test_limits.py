import psycopg2

from odoo import Command
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import SQL, mute_logger

from .common import TODAY, CreditControlCommon
from .test_profile import day


class LimitCommon(CreditControlCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.profile = cls._profile()
        cls.other_profile = cls._profile(cls.other_debtor)
        cls.dollar = cls.setup_other_currency("CAD", rates=[("2000-01-01", 2.0)])

    def _limit(self, profile, amount, **values):
        profile.write({"no_limit": False, "limit": amount, **values})

    def _group(self, limit, *profiles):
        return self.env["credit.group"].create(
            {
                "name": "Holding",
                "company_id": self.company.id,
                "limit": limit,
                "member_ids": [(6, 0, [profile.id for profile in profiles])],
            }
        )

    def _request(self, user=None, partner=None, **values):
        return (
            self.env["credit.limit.request"]
            .with_user(user or self.officer)
            .create(
                {
                    "partner_id": (partner or self.debtor).id,
                    "company_id": self.company.id,
                    "amount": 500,
                    "reason": "Big order",
                    **values,
                }
            )
        )

    def _decide(self, request, button="action_approve", user=None, reason=""):
        user = user or self.manager
        action = request.with_user(user).action_decide()
        wizard = self.env[action["res_model"]].with_user(user)
        with Form(wizard.with_context(**action["context"])) as form:
            form.reason = reason
        getattr(form.record, button)()


@tagged("post_install", "-at_install")
class TestLimitInForce(LimitCommon):
    """The limit, a temporary one or the group's, in the company's currency."""

    def _assert_limit(self, expected, profile=None):
        profile = profile or self.profile
        profile.invalidate_recordset()
        found = profile.effective_limit if profile.has_limit else None
        self.assertEqual(found, expected)
        self.env.flush_all()
        sql = self.env["credit.profile"]._limit_sql()
        rows = self.env.execute_query(
            SQL("SELECT %s FROM credit_profile p WHERE p.id = %s", sql, profile.id)
        )
        in_sql = rows[0][0]
        self.assertEqual(None if in_sql is None else float(in_sql), expected, "SQL")
        sql = SQL(
            "SELECT %s FROM credit_profile p WHERE p.id = %s",
            self.env["credit.profile"]._has_limit_sql(),
            profile.id,
        )
        self.assertEqual(self.env.execute_query(sql), [(expected is not None,)])

    def test_a_page_of_exposures_knows_who_shares_the_limit(self):
        """Only one of both stands on the page; what is left is that of both."""
        self._create_overdue_invoice(10, 300)
        self._create_overdue_invoice(10, 200, self.other_debtor)
        self._group(1000, self.profile, self.other_profile)
        self.env.flush_all()
        self.env.invalidate_all()
        ours = [("id", "in", (self.profile | self.other_profile).ids)]
        for offset, last in ((0, False), (1, False), (2, True)):
            page = self.env["credit.exposure"].web_search_read(
                ours, {"available": {}}, offset=offset, limit=1, order="exposure desc"
            )
            self.assertEqual(page["length"], 2)
            self.assertEqual(
                [row["available"] for row in page["records"]], [] if last else [500]
            )

    def test_none_and_zero(self):
        self._assert_limit(None)
        self._limit(self.profile, 0)
        self._assert_limit(0)

    def test_a_temporary_limit_replaces_it_from_its_first_to_its_last_day(self):
        self._limit(self.profile, 100)
        for first, last, expected in (
            (0, 0, 300),
            (-5, 0, 300),
            (0, 5, 300),
            (1, 5, 100),
            (-5, -1, 100),
        ):
            with self.subTest(first=first, last=last):
                self.profile.write(
                    {
                        "temp_limit": 300,
                        "temp_from": day(first),
                        "temp_until": day(last),
                    }
                )
                self._assert_limit(expected)
        self.profile.write({"no_limit": True, "temp_until": day(9)})
        self._assert_limit(300)

    @mute_logger("odoo.sql_db")
    def test_a_temporary_limit_has_both_days(self):
        with self.assertRaises(psycopg2.errors.CheckViolation):
            self.profile.write({"temp_limit": 300, "temp_from": TODAY})
            self.env.flush_all()

    def test_the_smaller_of_own_and_group_counts(self):
        group = self._group(80, self.profile, self.other_profile)
        self._assert_limit(80)
        self._limit(self.profile, 50)
        self._assert_limit(50)
        self._limit(self.profile, 90)
        self._assert_limit(80)
        group.active = False
        self._assert_limit(90)

    def test_a_group_leaves_what_the_others_dont_use(self):
        self._create_overdue_invoice(10, 30)
        self._create_overdue_invoice(10, 45, self.other_debtor)
        self._limit(self.profile, 60)
        group = self._group(80, self.profile, self.other_profile)
        self.assertRecordValues(
            group, [{"exposure": 75.0, "available": 5.0, "member_count": 2}]
        )
        self.assertRecordValues(
            self.profile,
            [{"effective_limit": 60.0, "available": 5.0, "group_available": 5.0}],
        )
        self.assertIn("of the group Holding", self.profile._word_over_limit(1))
        self.assertEqual(self.other_profile.available, 5.0)

    def test_agreed_in_another_currency(self):
        self._limit(self.profile, 333.33, limit_currency_id=self.dollar.id)
        self._assert_limit(166.67)
        self.assertIn("333.33", self.profile.limit_reason)
        self.profile.write({"temp_limit": 100, "temp_from": TODAY, "temp_until": TODAY})
        self._assert_limit(50)
        self._assert_limit(None, self.other_profile)

    def test_a_company_of_another_currency(self):
        other = self.setup_other_company()["company"]
        other.currency_id = self.dollar
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.dollar.id,
                "company_id": other.id,
                "name": "2000-01-01",
                "rate": 2.0,
            }
        )
        profile = self._profile(company=other)
        self._limit(profile, 100, limit_currency_id=self.company.currency_id.id)
        self._limit(self.profile, 100)
        for companies in (self.company, other):
            seen = profile.sudo().with_context(allowed_company_ids=companies.ids)
            seen.invalidate_recordset()
            self.assertEqual(seen.effective_limit, 200.0)
        self._assert_limit(200.0, profile)
        self._assert_limit(100.0)

    def test_a_group_belongs_to_one_company(self):
        other = self.setup_other_company()["company"]
        with self.assertRaises(UserError):
            self._group(80, self._profile(company=other))

    def test_the_number_of_queries_doesnt_grow(self):
        names = ("effective_limit", "available", "limit_reason", "advised_limit")
        names += ("open_check_ids", "lacks_terms", "is_review_due")

        def count(number):
            partners = self.env["res.partner"].create(
                [{"name": f"{number}/{index}"} for index in range(number)]
            )
            profiles = self._profile(partners)
            self._limit(profiles, 100, limit_currency_id=self.dollar.id)
            self._group(500, *profiles).name = f"{number}"
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            for name in names:
                profiles.mapped(name)
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(2), count(12))


@tagged("post_install", "-at_install")
class TestOdoosOwnLimit(LimitCommon):
    def _assert_core(self, limit, trust, partner=None, company=None):
        partner = (partner or self.debtor).with_company(company or self.company)
        partner.invalidate_recordset()
        self.assertEqual((partner.credit_limit, partner.trust), (limit, trust))

    def test_it_follows(self):
        self._limit(self.profile, 100, tier_id=self.good.id)
        self._assert_core(100, "good")
        self.profile.tier_id = self.poor
        self._assert_core(100, "bad")
        self.profile.no_limit = True
        self._assert_core(0, "bad")

    def test_no_credit_is_not_no_limit(self):
        """Odoo takes zero for no limit and would not warn."""
        self._limit(self.profile, 0)
        self._assert_core(0.01, "normal")

    def test_each_company_its_own(self):
        other = self.setup_other_company()["company"]
        self._limit(self.profile, 100)
        self._limit(self._profile(company=other), 70)
        self._assert_core(100, "normal")
        self._assert_core(70, "normal", company=other)

    def test_a_temporary_limit_begins_and_ends_at_night(self):
        self._limit(
            self.profile, 100, temp_limit=300, temp_from=day(1), temp_until=day(2)
        )
        for offset, expected in ((0, 100), (1, 300), (2, 300), (3, 100)):
            with freeze_time(day(offset)):
                self.env["credit.profile"]._tell_core_all(self.company)
                self._assert_core(expected, "normal")

    def test_the_limit_of_a_group(self):
        group = self._group(80, self.profile)
        self._assert_core(80, "normal")
        group.limit = 60
        self._assert_core(60, "normal")

    def test_odoos_warning_agrees(self):
        self.company.account_use_credit_limit = True
        self._limit(self.profile, 100)
        self._create_overdue_invoice(10, 90)
        invoice = self._create_overdue_invoice(10, 20).copy()
        self.assertIn("credit limit", invoice.partner_credit_warning)


@tagged("post_install", "-at_install")
class TestHistory(LimitCommon):
    def _history(self, profile=None):
        changes = (profile or self.profile).change_ids.sorted("id")
        return [(c.kind, c.old, c.new, c.user_id, c.reason) for c in changes]

    def test_every_change_is_kept(self):
        self._limit(self.profile.with_user(self.manager), 100)
        self.profile.write({"tier_id": self.poor.id, "tier_reason": "Insolvent"})
        group = self._group(80, self.profile)
        dollars = self.profile._word_agreed(100)
        root = self.env.user
        self.assertEqual(
            self._history(),
            [
                (
                    "limit",
                    "No limit",
                    dollars,
                    self.manager,
                    "Written without a reason.",
                ),
                ("tier", "Fair", "Poor", root, "Insolvent"),
                ("group", "–", "Holding", root, "Written without a reason."),
            ],
        )
        group.limit = 90
        self.assertEqual(group.change_ids[0].kind, "group_limit")

    def test_on_the_customers_form(self):
        self.debtor.credit_no_limit = False
        self.assertIn("form", self.profile.change_ids.reason)

    def test_a_file_of_limits(self):
        """Who imported them is kept, and that nobody was asked why."""
        debtors = self.env["credit.profile"].with_user(self.manager)
        result = debtors.with_context(import_file=True).load(
            [".id", "no_limit", "limit"], [[str(self.profile.id), "0", "700"]]
        )
        self.assertTrue(result["ids"], result["messages"])
        [(kind, _old, _new, user, reason)] = self._history()
        self.assertEqual(
            (kind, user, reason), ("limit", self.manager, "Imported from a file.")
        )

    def test_nothing_changed_nothing_kept(self):
        self.profile.write({"no_limit": True, "tier_id": self.fair.id})
        self.assertFalse(self.profile.change_ids)

    def test_nobody_writes_history(self):
        self._limit(self.profile, 100)
        for user in (self.viewer, self.officer, self.manager):
            change = self.profile.change_ids.with_user(user)
            self.assertTrue(change.new)
            for act in (lambda c: c.write({"new": "1"}), lambda c: c.unlink()):
                with self.subTest(user.login), self.assertRaises(AccessError):
                    act(change)

    def test_merged_files_keep_both_histories(self):
        self._limit(self.profile, 100)
        self._limit(self.other_profile, 50)
        self.other_profile._absorb(self.profile)
        self.assertEqual(len(self.other_profile.change_ids), 2)


@tagged("post_install", "-at_install")
class TestAuthority(LimitCommon):
    """Who decides up to which amount, for which tier."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = cls.env.ref("credit_control.authority_manager")
        cls.authority.write({"unlimited": False, "limit": 1000})
        cls.boss = cls._create_user("boss", "credit_control.group_manager")
        cls.env["credit.authority"].create(
            {"user_ids": [(6, 0, cls.boss.ids)], "unlimited": True, "alone": True}
        )

    def test_a_manager_changes_limits_within_his_authority(self):
        profile = self.profile.with_user(self.manager)
        self._limit(profile, 1000)
        for values in (
            {"limit": 1001},
            {"no_limit": True},
            {"temp_limit": 1001, "temp_from": TODAY, "temp_until": TODAY},
        ):
            with self.subTest(values), self.assertRaises(RedirectWarning) as caught:
                profile.write(values)
            self.assertIn("above your authority", caught.exception.args[0])
        self._limit(self.profile.with_user(self.boss), 5000)

    def test_on_the_customers_form(self):
        """Fields are written one by one there."""
        debtor = self.debtor.with_user(self.manager)
        debtor.write({"credit_limit_amount": 900, "credit_no_limit": False})
        self.assertRecordValues(self.profile, [{"no_limit": False, "limit": 900.0}])
        with self.assertRaises(RedirectWarning):
            debtor.credit_limit_amount = 1001

    def test_another_currency_counts_at_todays_rate(self):
        profile = self.profile.with_user(self.manager)
        self._limit(profile, 2000, limit_currency_id=self.dollar.id)
        with self.assertRaises(RedirectWarning):
            profile.limit = 2001

    def test_a_group_limit(self):
        create = self.env["credit.group"].with_user(self.manager).create
        create({"name": "A", "company_id": self.company.id, "limit": 1000})
        with self.assertRaises(UserError):
            create({"name": "B", "company_id": self.company.id, "limit": 1001})

    def test_by_tier(self):
        self.authority.tier_ids = self.good
        with self.assertRaises(RedirectWarning):
            self._limit(self.profile.with_user(self.manager), 10)
        self.profile.tier_id = self.good
        self._limit(self.profile.with_user(self.manager), 10)

    def test_who_is_asked(self):
        request = self._request(amount=5000)
        request.action_submit()
        self.assertEqual(request.sudo().activity_ids.user_id, self.boss)
        self.assertFalse(request.with_user(self.manager).can_decide)
        self.assertTrue(request.with_user(self.boss).can_decide)
        mine = [("can_decide", "=", True), ("id", "=", request.id)]
        for user, found in ((self.boss, request), (self.manager, request.browse())):
            search = self.env["credit.limit.request"].with_user(user).search
            self.assertEqual(search(mine), found)
        for act in ("_approve", "_refuse"):
            for user in (self.viewer, self.officer, self.manager):
                with self.subTest(user.login), self.assertRaises(AccessError):
                    getattr(request.with_user(user), act)("I say so")

    def test_nobody_to_ask(self):
        self.env["credit.authority"].search([]).unlink()
        with self.assertRaises(UserError):
            self._request().action_submit()

    def test_a_second_person(self):
        request = self._request(self.manager)
        self.assertTrue(request.can_decide)
        self.company.credit_four_eyes = True
        request.invalidate_recordset()
        self.assertFalse(request.can_decide)
        request.action_submit()
        with self.assertRaises(AccessError):
            request.action_apply()
        self._decide(request, user=self.boss)
        self.assertEqual(self.profile.limit, 500)
        with self.assertRaises(RedirectWarning):
            self.profile.with_user(self.manager).limit = 10

    def test_an_officer_may_get_authority(self):
        self.env["credit.authority"].create(
            {"user_ids": [(6, 0, self.officer.ids)], "limit": 500, "alone": True}
        )
        self._request().action_apply()
        self.assertRecordValues(self.profile, [{"no_limit": False, "limit": 500.0}])
        with self.assertRaises(AccessError):
            self._request(amount=501).action_apply()


@tagged("post_install", "-at_install")
class TestRequests(LimitCommon):
    """Asked for, decided on once, applied at once, kept."""

    def test_a_limit(self):
        request = self._request()
        request.action_submit()
        self.assertEqual(request.state, "submitted")
        self.assertEqual(self.profile.limit, 0)
        self._decide(request, reason="Good customer")
        self.assertRecordValues(
            request,
            [
                {
                    "state": "approved",
                    "decision_user_id": self.manager.id,
                    "decision_reason": "Good customer",
                    "decision_date": TODAY,
                }
            ],
        )
        self.assertFalse(request.sudo().activity_ids)
        self.assertRecordValues(
            self.profile.change_ids,
            [{"request_id": request.id, "reason": "Big order", "kind": "limit"}],
        )
        notified = request.sudo().message_ids.filtered("partner_ids")
        self.assertIn(self.officer.partner_id, notified.partner_ids)

    def test_in_another_currency(self):
        request = self._request(currency_id=self.dollar.id)
        self.assertEqual(request.company_amount, 250)
        request.action_submit()
        self._decide(request)
        self.assertRecordValues(
            self.profile,
            [
                {
                    "limit": 500.0,
                    "limit_currency_id": self.dollar.id,
                    "effective_limit": 250.0,
                }
            ],
        )

    def test_a_temporary_limit_keeps_its_worth_in_another_currency(self):
        self.profile.write({"temp_limit": 90, "temp_from": TODAY, "temp_until": TODAY})
        request = self._request(currency_id=self.dollar.id)
        request.action_submit()
        self._decide(request)
        self.assertRecordValues(
            self.profile, [{"temp_limit": 180.0, "effective_limit": 90.0}]
        )

    def test_a_temporary_limit(self):
        self._limit(self.profile, 100)
        request = self._request(kind="temporary", date_from=TODAY, date_to=day(9))
        request.action_submit()
        self._decide(request)
        self.assertRecordValues(
            self.profile,
            [{"limit": 100.0, "effective_limit": 500.0, "temp_until": day(9)}],
        )

    def test_payment_terms(self):
        other = self.setup_other_company()["company"]
        term = self.env["account.payment.term"].create(
            {
                "name": "90 days",
                "company_id": self.company.id,
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": 100, "nb_days": 90})
                ],
            }
        )
        request = self._request(kind="terms", payment_term_id=term.id)
        request.action_submit()
        self._decide(request)
        debtor = self.debtor.with_company(self.company)
        self.assertEqual(debtor.property_payment_term_id, term)
        self.assertFalse(debtor.with_company(other).property_payment_term_id)
        self.assertEqual(self.profile.change_ids.kind, "terms")

    def test_terms_beyond_the_law_are_flagged(self):
        self.company.country_id = self.env.ref("base.be")
        self.debtor.write({"vat": False, "country_id": self.company.country_id.id})
        term = self.env["account.payment.term"].create(
            {
                "name": "90 days",
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": 100, "nb_days": 90})
                ],
            }
        )
        request = self._request(kind="terms", payment_term_id=term.id)
        self.assertTrue(request.term_warning)
        self.assertFalse(self._request().term_warning)

    def test_refused(self):
        request = self._request()
        request.action_submit()
        with self.assertRaises(UserError):
            self._decide(request, "action_refuse")
        self._decide(request, "action_refuse", reason="Pays late")
        self.assertEqual(request.state, "refused")
        self.assertTrue(self.profile.no_limit)

    def test_decided_on_once(self):
        request = self._request()
        request.action_submit()
        self._decide(request)
        for act in ("_approve", "_refuse"):
            with self.assertRaises(UserError):
                getattr(request.with_user(self.manager), act)("Again")
        with self.assertRaises(UserError):
            request.action_cancel()
        with self.assertRaises(UserError):
            request.action_submit()

    def test_expires_after_its_last_day(self):
        request = self._request()
        request.action_submit()
        self.assertEqual(request.until, day(14))
        for offset, state in ((14, "submitted"), (15, "expired")):
            with freeze_time(day(offset)):
                self.env["credit.limit.request"]._expire_all()
            self.assertEqual(request.state, state)

    def test_cancelled(self):
        request = self._request()
        request.action_submit()
        request.action_cancel()
        self.assertEqual(request.state, "cancelled")
        self.assertFalse(request.sudo().activity_ids)

    def test_what_was_asked_stays(self):
        request = self._request()
        request.amount = 600
        request.action_submit()
        with self.assertRaises(UserError):
            request.amount = 1_000_000
        with self.assertRaises(UserError):
            request.unlink()

    def test_nobody_writes_the_state(self):
        create = self.env["credit.limit.request"].with_user(self.officer).create
        for values in (
            {"state": "approved"},
            {"requester_id": self.manager.id},
            {"decision_user_id": self.manager.id},
            {"profile_id": self.other_profile.id},
        ):
            request = self._request()
            with self.subTest(values):
                with self.assertRaises(AccessError):
                    request.write(values)
                with self.assertRaises(AccessError):
                    create({"partner_id": self.debtor.id, "reason": "x", **values})

    def test_nor_gives_it_along_as_a_default(self):
        requests = self.env["credit.limit.request"].with_user(self.officer)
        request = requests.with_context(
            default_state="submitted",
            default_requester_id=self.manager.id,
            default_amount=70,
        ).create(
            {
                "partner_id": self.debtor.id,
                "company_id": self.company.id,
                "reason": "x",
            }
        )
        self.assertRecordValues(
            request,
            [{"state": "draft", "requester_id": self.officer.id, "amount": 70.0}],
        )

    def test_bad_input(self):
        for values in (
            {"reason": " "},
            {"kind": "terms"},
            {"kind": "temporary"},
            {"kind": "temporary", "date_from": day(-9), "date_to": day(-1)},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                self._request(**values).action_submit()

    @mute_logger("odoo.sql_db")
    def test_no_negative_limit(self):
        with self.assertRaises(psycopg2.errors.CheckViolation):
            self._request(amount=-1)
            self.env.flush_all()

    def test_who_may_ask(self):
        for user in (self.viewer, self.salesperson, self.portal, self.biller):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._request(user)

    def test_the_dialog_of_the_debtor(self):
        action = self.profile.with_user(self.officer).action_request_limit()
        requests = self.env["credit.limit.request"].with_user(self.officer)
        with Form(requests.with_context(**action["context"])) as form:
            form.amount = 700
            form.reason = "Season"
        self.assertEqual(form.record.sudo().profile_id, self.profile)
        with self.assertRaises(AccessError):
            self.profile.with_user(self.viewer).action_request_limit()


@tagged("post_install", "-at_install")
class TestAdvice(LimitCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fair.write({"advised_months": 2, "newcomer_limit": 500, "advised_cap": 0})

    def _assert_advice(self, amount, words):
        self.profile.invalidate_recordset()
        self.assertEqual(self.profile.advised_limit, amount)
        self.assertIn(words, self.profile.advised_reason)

    def test_advice(self):
        self._assert_advice(500, "newcomers")
        self._create_overdue_invoice(10, 12000)
        self._create_overdue_invoice(400, 99000)
        self._assert_advice(2000, "× 2")
        self.fair.advised_cap = 1500
        self._assert_advice(1500, "The most")
        self._create_credit_note(10, 6000)
        self._assert_advice(1000, "× 2")
        report = self.env["credit.bureau.report"].create(
            {
                "profile_id": self.profile.id,
                "agency": "Graydon",
                "date": TODAY,
                "points": 60,
                "limit": 400,
            }
        )
        self._assert_advice(400, "Graydon")
        report.write({"date": day(-9), "until": day(-1)})
        self._assert_advice(1000, "× 2")

    def test_apply(self):
        action = self.profile.with_user(self.officer).action_apply_advice()
        requests = self.env["credit.limit.request"].with_user(self.officer)
        with Form(requests.with_context(**action["context"])) as form:
            self.assertEqual(form.amount, 500)
            self.assertIn("newcomers", form.reason)

    def test_apply_the_payment_terms(self):
        """They go through a request, as whoever has the authority applies it."""
        term = self.env.ref("account.account_payment_term_15days")
        self.fair.advised_term_id = term
        self.profile.tier_id = self.fair
        self.env["credit.authority"].create(
            {"user_ids": [Command.set(self.manager.ids)], "may_terms": True}
            | {"unlimited": True, "alone": True}
        )
        for user, state in ((self.officer, "submitted"), (self.manager, "approved")):
            action = self.profile.with_user(user).action_apply_advised_term()
            requests = self.env["credit.limit.request"].with_user(user)
            with Form(requests.with_context(**action["context"])) as form:
                self.assertEqual(form.kind, "terms")
                self.assertEqual(form.payment_term_id, term)
            request = form.record
            if user == self.officer:
                with self.assertRaises(AccessError):
                    request.action_apply()
                request.action_submit()
            else:
                request.action_apply()
            self.assertEqual(request.state, state)
        self.profile.invalidate_recordset()
        self.assertEqual(self.profile.payment_term_id, term)
        self.assertRecordValues(
            self.profile.change_ids[:1],
            [
                {
                    "kind": "terms",
                    "new": term.name,
                    "reason": "Advised for the risk tier Fair.",
                    "user_id": self.manager.id,
                }
            ],
        )

    def test_from_the_customers_form(self):
        """Limit and tier of a customer aren't changed there without a reason."""
        debtor = self.debtor.with_user(self.manager)
        action = debtor.action_request_credit_limit()
        self.assertEqual(action["context"]["default_partner_id"], debtor.id)
        action = debtor.action_overrule_credit_tier()
        self.assertEqual(action["context"]["default_profile_ids"], self.profile.ids)
        with Form(debtor) as form:
            for name in ("credit_tier_id", "credit_limit_amount"):
                with self.assertRaises(AssertionError):
                    form[name] = False


@tagged("post_install", "-at_install")
class TestReview(LimitCommon):
    def _night(self, offset=0):
        with freeze_time(day(offset)):
            self.env["credit.profile"]._review_all(self.company, day(offset))

    def test_a_first_review_is_planned(self):
        self.fair.review_months = 6
        self._night()
        self.assertTrue(day(1) <= self.profile.review_date <= day(180))
        self.assertNotEqual(self.profile.review_date, self.other_profile.review_date)
        self.assertFalse(self.profile.activity_ids)

    def test_no_review(self):
        self.fair.review_months = 0
        self._night()
        self.assertFalse(self.profile.review_date)

    def test_when_it_is_due(self):
        self.fair.review_months = 6
        self.profile.write({"review_date": day(2), "collector_id": self.officer.id})
        self._night(1)
        self.assertFalse(self.profile.activity_ids)
        self._night(2)
        self._night(3)
        self.assertEqual(self.profile.activity_ids.user_id, self.officer)
        self.assertEqual(len(self.profile.activity_ids), 1)
        due = [("is_review_due", "=", True), ("id", "=", self.profile.id)]
        with freeze_time(day(3)):
            self.profile.invalidate_recordset()
            self.assertTrue(self.profile.is_review_due)
            self.assertTrue(self.profile.search(due))
            self.profile.with_user(self.officer).action_reviewed()
            self.assertFalse(self.profile.activity_ids)
            self.assertGreater(self.profile.review_date, day(180))
            self.assertFalse(self.profile.search(due))

    def test_who_reviews(self):
        with self.assertRaises(AccessError):
            self.profile.with_user(self.viewer).action_reviewed()


@tagged("post_install", "-at_install")
class TestAcceptance(LimitCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fair.check_ids = False
        checks = cls.env["credit.check"]
        cls.manual = checks.create({"name": "Identity", "mandatory": True})
        cls.automatic = checks.create(
            [
                {"name": "VAT", "kind": "vat"},
                {"name": "Report", "kind": "report"},
                {"name": "Terms", "kind": "terms"},
            ]
        )

    def _terms(self):
        return self.env["credit.terms"].create(
            {"name": "2025", "company_id": self.company.id, "date": day(-99)}
        )

    def test_terms_are_missing_where_they_are_kept(self):
        self.assertFalse(self.profile.lacks_terms)
        terms = self._terms()
        self.profile.invalidate_recordset()
        self.assertTrue(self.profile.lacks_terms)
        with self.assertRaises(UserError):
            self.profile.terms_id = terms
        values = {"terms_id": terms.id, "terms_date": TODAY}
        self.profile.write({**values, "terms_state": "delivered"})
        self.assertTrue(self.profile.lacks_terms)
        self.profile.terms_state = "accepted"
        self.assertFalse(self.profile.lacks_terms)

    def test_the_checklist(self):
        self.fair.check_ids = self.manual | self.automatic
        self.assertEqual(self.profile.open_check_ids, self.fair.check_ids)
        self.debtor.vat = "BE0477472701"
        self.profile.with_user(self.officer).check_ids = self.manual
        self.assertEqual(
            self.profile.open_check_ids.mapped("name"), ["Report", "Terms"]
        )
        self.assertIn("Identity", self.profile.message_ids[0].body)
        self.env["credit.bureau.report"].create(
            {"profile_id": self.profile.id, "agency": "A", "date": TODAY, "points": 1}
        )
        self.profile.invalidate_recordset()
        self.assertEqual(self.profile.open_check_ids.name, "Terms")

    def test_no_credit_before_the_mandatory_checks(self):
        self.fair.check_ids = self.manual
        authority = self.env.ref("credit_control.authority_manager")
        authority.may_deviate = False
        request = self._request()
        self.assertEqual(request.missing, "Identity")
        request.action_submit()
        with self.assertRaises(UserError):
            self._decide(request, reason="Never mind")
        authority.may_deviate = True
        with self.assertRaises(UserError):
            self._decide(request)
        self._decide(request, reason="The bank vouches")
        self.assertEqual(self.profile.limit, 500)

    def test_no_credit_needs_no_checks(self):
        self.fair.check_ids = self.manual
        request = self._request(amount=0)
        request.action_submit()
        self._decide(request)
        self.assertRecordValues(self.profile, [{"no_limit": False, "limit": 0.0}])
