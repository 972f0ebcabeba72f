from datetime import timedelta
from random import Random

from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import freeze_time, tagged

from odoo.addons.credit_control.models.credit_exposure import Scope
from odoo.addons.credit_control.tests.common import TODAY

from .cover_common import CoverCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCoverRules(CoverCommon):
    """Cover in limits and orders, and in lists of many debtors."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()

    def _codes(self, amount=None):
        self.env.invalidate_all()
        if amount is None:
            return [reason.code for reason in self.profile._get_risk_reasons()]
        return [reason.code for reason in self.profile._get_order_risks(amount)]

    # -- limit from cover ------------------------------------------------------

    def _assert_limit(self, limit, available, **profile):
        self.env.invalidate_all()
        has_limit = limit is not None
        self.assertRecordValues(
            self.profile,
            [
                {
                    "has_limit": has_limit,
                    "effective_limit": limit or 0,
                    "available": available,
                }
            ],
        )
        self.assertRecordValues(
            self._exposure(),
            [
                {
                    "has_limit": has_limit,
                    "limit": limit or 0,
                    "available": available,
                }
            ],
        )
        found = self.env["credit.exposure"].search(
            Domain("id", "=", self.profile.id) & Domain("is_over_limit", "=", True)
        )
        self.assertEqual(bool(found), available < 0)

    def test_the_limit_is_never_above_the_cover(self):
        self._create_overdue_invoice(10, 100)
        self.profile.write({"no_limit": False, "limit": 1000})
        limit = self._insure(300)
        self._assert_limit(1000, 900)
        self.company.credit_limit_by_cover = True
        self._assert_limit(300, 200)
        self.assertIn("insured", self.profile.limit_reason)
        self.assertEqual(self.debtor.with_company(self.company).credit_limit, 300)
        self._decide(limit, 50, 0)
        self._assert_limit(50, -50)
        self.assertEqual(
            self.debtor.with_company(self.company).credit_limit, 50, "Odoo's own, too"
        )
        self._decide(limit, 2000, 0, reference="more")
        self._assert_limit(1000, 900)

    def test_who_has_no_limit_has_that_of_the_cover(self):
        self._insure(300)
        self._assert_limit(None, 0)
        self.profile.tier_id.limit_by_cover = True
        self._assert_limit(300, 300)

    def test_who_is_not_insured_gets_no_credit(self):
        self.company.credit_limit_by_cover = True
        self._assert_limit(0, 0)

    def test_in_the_currency_of_the_company(self):
        pounds = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        self.insured_policy.sudo().currency_id = pounds
        self._insure(100)
        self.company.credit_limit_by_cover = True
        self._assert_limit(200, 200)

    def test_an_unused_security_is_for_more(self):
        self.company.credit_limit_by_cover = True
        self._secure(70)
        self._assert_limit(0, 70)

    # -- orders ----------------------------------------------------------------

    def test_who_is_beyond_his_cover(self):
        self._create_overdue_invoice(10, 100)
        self.assertNotIn("cover", self._codes(), "was never insured")
        limit = self._insure(100)
        self.assertNotIn("cover", self._codes())
        self.assertNotIn("cover", self._codes(0))
        self.assertIn("cover", self._codes(0.01))
        self._secure(5)
        self.assertNotIn("cover", self._codes(5))
        self.assertIn("cover", self._codes(5.01))
        self._decide(limit, 0, 0, status="cancelled")
        self.assertIn("cover", self._codes())
        self.insured_policy.active = False
        self.assertNotIn("cover", self._codes())

    def test_orders_wait_as_the_tier_says(self):
        if not hasattr(self.profile, "_get_order_reasons"):
            self.skipTest("no orders without the bridge to sales")
        self._create_overdue_invoice(-10, 100)
        self._insure(100)
        self.profile.tier_id.risk_rule = "block"
        self.assertFalse(self.profile._get_order_reasons(0))
        [reason] = self.profile._get_order_reasons(1)
        self.assertEqual((reason.code, reason.rule), ("cover", "block"))
        words = self.profile._word_order_reasons([reason])
        self.assertEqual(words, "Beyond what is insured or secured.")

    def test_whoever_asks(self):
        """Salespeople read no policies, but their orders are checked."""
        self._create_overdue_invoice(10, 100)
        self._insure(50)
        self.env.invalidate_all()
        profile = self.profile.with_user(self.officer)
        self.assertEqual(profile._get_order_risks(0)[0].code, "cover")

    # -- the list of exposures -------------------------------------------------

    def test_searched_sorted_and_grouped(self):
        self._create_overdue_invoice(10, 100)
        self._create_overdue_invoice(10, 50, self.other_debtor)
        self._insure(80)
        rows = self.env["credit.exposure"].with_user(self.viewer)
        here = Domain("company_id", "=", self.company.id)
        insured = rows.search(here & Domain("insured_amount", ">", 0))
        self.assertEqual(insured.profile_id, self.profile)
        order = "uncovered_amount desc, id"
        both = rows.search(here & Domain("exposure", "!=", 0), order=order)
        self.assertEqual(both.mapped("uncovered_amount"), [50, 28])
        [(insured, uncovered, secured)] = rows._read_group(
            here,
            [],
            ["insured_amount:sum", "uncovered_amount:sum", "security_amount:sum"],
        )
        self.assertEqual((insured, uncovered, secured), (72, 78, 0))
        found = self.env["credit.profile"].search(
            here & Domain("uncovered_amount", ">", 40)
        )
        self.assertEqual(found.partner_id, self.other_debtor)

    def test_the_core_says_the_same(self):
        """Random debtors: what the query says the core says, to the cent."""
        random = Random(8)
        profiles = self.env["credit.profile"]
        for number in range(12):
            partner = self._create_debtor(f"Debtor {number}")
            profiles |= self._profile(partner)
            for _invoice in range(random.randint(0, 3)):
                self._create_overdue_invoice(
                    random.randint(-20, 60), random.randint(1, 90_000) / 100, partner
                )
            if random.random() < 0.7:
                limit = self._create_limit(profiles[-1])
                for days in random.sample(range(-90, 10), random.randint(1, 3)):
                    self._decide(
                        limit,
                        random.randint(0, 60_000) / 100,
                        days,
                        percent=random.choice((0, 70)),
                    )
            for priority in range(random.randint(0, 2)):
                self._secure(
                    random.randint(1, 30_000) / 100,
                    profiles[-1],
                    priority=priority,
                    percent=random.choice((100, 80)),
                )
        self.env.flush_all()
        self.env.invalidate_all()
        exposures = self.env["credit.exposure"].browse(profiles.ids)
        balances = {row.profile_id: row.gross for row in exposures}
        splits = profiles._split_balances(balances, TODAY)
        scope = Scope(TODAY, profiles.partner_id.ids, self.company.ids)
        limits = self.env["credit.insurance.limit"]
        self.assertTrue(limits._fetch_kept(scope, limits._fetch_terms(scope))[0])
        for row in exposures:
            split = splits[row.profile_id]
            self.assertAlmostEqual(row.security_amount, float(split.secured), 2)
            self.assertAlmostEqual(row.insured_amount, float(split.insured), 2)
            self.assertAlmostEqual(row.uncovered_amount, float(split.uncovered), 2)
            self.assertAlmostEqual(
                row.security_amount + row.insured_amount + row.uncovered_amount,
                row.gross,
                2,
            )

    def test_limits_with_and_without_cover(self):
        limits = self.env["credit.insurance.limit"].with_user(self.viewer)
        covered = self._insure(100)
        empty = self._create_limit(self._profile(self.other_debtor))
        mine = Domain("id", "in", (covered | empty).ids)
        self.assertEqual(limits.search(mine & Domain("amount", ">", 0)), covered)
        self.assertEqual(limits.search(mine & Domain("amount", "=", 0)), empty)

    def test_only_own_companies(self):
        other = self.setup_other_company()["company"]
        limit, security = self._insure(100), self._secure(100)
        stranger = self._create_user("stranger", "credit_control.group_manager", other)
        request = self.env["credit.insurance.request"].create(
            {"policy_id": self.insured_policy.id, "profile_id": self.profile.id}
        )
        for record in (limit, limit.decision_ids, limit.period_ids, security, request):
            with self.assertRaises(AccessError):
                record.with_user(stranger).read(["company_id"])
            self.assertFalse(record.with_user(stranger).search([]))

    # -- queries ---------------------------------------------------------------

    def _count(self, act, *args):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        act(*args)
        return self.cr.sql_log_count - before

    def _assert_same_count(self, act):
        """``act`` on debtors takes as many queries for many as for a few."""
        counts, profiles = [], self.env["credit.profile"]
        for size in (3, 20):
            while len(profiles) < size:
                profile = self._profile(self._create_debtor(f"N{len(profiles)}"))
                self._create_overdue_invoice(10, 100, profile.partner_id)
                limit = self._insure(1000, profile)
                self._decide(limit, 10, -5)
                self._secure(5, profile)
                profiles |= profile
            self._count(act, profiles)  # fills what is cached for all
            counts.append(self._count(act, profiles))
        self.assertEqual(*counts)

    def test_queries_of_the_list_of_exposures(self):
        def act(profiles):
            rows = self.env["credit.exposure"].search([("id", "in", profiles.ids)])
            rows.mapped("uncovered_amount")

        self._assert_same_count(act)

    def test_queries_of_debtor_files(self):
        def act(profiles):
            profiles.with_prefetch(profiles.ids).mapped("is_over_insured_limit")

        self._assert_same_count(act)

    def test_queries_of_limits_from_cover(self):
        self.company.credit_limit_by_cover = True
        self._assert_same_count(lambda profiles: profiles.mapped("effective_limit"))

    def test_queries_of_the_lists(self):
        def act(profiles):
            profiles.insurance_limit_ids.mapped("state")
            profiles.insurance_limit_ids.mapped("conditions")
            profiles.security_ids.mapped("reason")

        self._assert_same_count(act)

    def test_queries_of_a_day(self):
        self._assert_same_count(
            lambda profiles: profiles._get_cover_lines(TODAY - timedelta(3))
        )

    # -- the morning -----------------------------------------------------------

    def test_the_morning_looks_at_what_ends(self):
        limit = self._insure(100, date_to=TODAY + timedelta(5))
        security = self._secure(100, valid_to=TODAY + timedelta(5))
        self.company.credit_dunning_cron = False
        with self.enter_registry_test_mode():
            self.env.ref("credit_control.cron_daily").method_direct_trigger()
        self.assertTrue(limit.activity_ids)
        self.assertTrue(security.activity_ids)
