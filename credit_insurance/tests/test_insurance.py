from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.account.tests.common import AccountTestInvoicingCommon


@tagged("post_install", "-at_install")
class TestInsurance(AccountTestInvoicingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref("credit_control.group_manager")
        cls.company = cls.company_data["company"]
        cls.today = fields.Date.today()
        cls._create_invoice(
            post=True,
            partner_id=cls.partner_a,
            invoice_line_ids=[cls._prepare_invoice_line(price_unit=1000, tax_ids=[])],
        )
        cls.profile = cls.env["credit.profile"]._get_or_create(
            cls.partner_a, cls.company
        )
        cls.policy = cls._create_policy()

    @classmethod
    def _create_policy(cls, **values):
        return cls.env["credit.insurance.policy"].create(
            {
                "number": "BE-1",
                "insurer_id": cls.partner_b.id,
                "company_id": cls.company.id,
                "currency_id": cls.company.currency_id.id,
                "date_from": cls.today - timedelta(400),
                "insured_percent": 90,
                **values,
            }
        )

    @classmethod
    def _create_limit(cls, amount, **values):
        """The debtor's limit in the policy, with a decision on it."""
        profile = cls.env["credit.profile"].browse(
            values.pop("profile_id", cls.profile.id)
        )
        limits = cls.env["credit.insurance.limit"]
        limit = limits.search(
            [("policy_id", "=", cls.policy.id), ("profile_id", "=", profile.id)]
        ) or limits.create({"policy_id": cls.policy.id, "profile_id": profile.id})
        cls._decide(limit, amount, **values)
        return limit

    @classmethod
    def _decide(cls, limit, amount, **values):
        return cls.env["credit.insurance.decision"].create(
            {
                "limit_id": limit.id,
                "amount": amount,
                "date_from": cls.today - timedelta(100),
                **values,
            }
        )

    def test_cover_on_the_debtor_file(self):
        self._create_limit(800)
        self.assertRecordValues(
            self.profile,
            [{"insured_limit": 800, "insured_amount": 720, "uncovered_amount": 280}],
        )

    def test_without_limit_nothing_is_insured(self):
        self.assertRecordValues(
            self.profile,
            [{"insured_limit": 0, "insured_amount": 0, "uncovered_amount": 1000}],
        )

    def test_a_debtor_in_credit_leaves_nothing_uncovered(self):
        self._create_limit(800)
        self._create_invoice(
            post=True,
            move_type="out_refund",
            partner_id=self.partner_a,
            invoice_line_ids=[self._prepare_invoice_line(price_unit=1500, tax_ids=[])],
        )
        self.assertRecordValues(
            self.profile,
            [{"open_amount": -500, "insured_amount": 0, "uncovered_amount": 0}],
        )

    def test_over_the_insured_limit_but_for_the_own_share(self):
        self.assertFalse(self.profile.is_over_insured_limit)
        limit = self._create_limit(1000)
        self.assertEqual(self.profile.uncovered_amount, 100)
        self.assertFalse(self.profile.is_over_insured_limit)
        self._decide(limit, 999, date_from=self.today - timedelta(99))
        self.assertTrue(self.profile.is_over_insured_limit)

    def test_debtors_are_counted_once(self):
        self._create_limit(800, date_to=self.today - timedelta(1))
        self._create_limit(500, date_from=self.today)
        self.assertRecordValues(
            self.policy,
            [{"limit_count": 1, "debtor_count": 1, "insured_share": 0.9}],
        )

    def test_a_limit_that_ended_covers_nothing(self):
        self._create_limit(800, date_to=self.today - timedelta(1))
        self.assertEqual(self.profile.insured_amount, 0)

    def test_a_limit_ends_with_its_policy(self):
        self.policy.date_to = self.today - timedelta(1)
        self._create_limit(800)
        self.assertEqual(self.profile.insured_amount, 0)

    def test_an_archived_policy_covers_nothing(self):
        self._create_limit(800)
        self.policy.active = False
        self.assertEqual(self.profile.insured_amount, 0)

    def test_policy_in_another_currency(self):
        currency = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        self.policy.sudo().currency_id = currency
        self._create_limit(200)
        self.assertRecordValues(
            self.profile, [{"insured_limit": 400, "insured_amount": 360}]
        )

    def test_a_new_decision_replaces_the_one_before(self):
        self._create_limit(800)
        self._create_limit(500, date_from=self.today)
        self.assertEqual(self.profile.insured_limit, 500)

    def test_nonsense_is_refused(self):
        for values in (
            {"insured_percent": 0},
            {"insured_percent": 101},
            {"date_to": self.today - timedelta(500)},
        ):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                self._create_policy(**values)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(CheckViolation),
            self.env.cr.savepoint(),
        ):
            self._create_limit(-1)

    def test_a_debtor_of_another_company_is_refused(self):
        other = self.setup_other_company()["company"]
        stranger = self.env["credit.profile"]._get_or_create(self.partner_a, other)
        with self.assertRaisesRegex(ValidationError, "doesn't insure"):
            self._create_limit(100, profile_id=stranger.id)

    def test_a_debtor_of_a_co_insured_company(self):
        other = self.setup_other_company()["company"]
        self.policy.co_insured_ids = other
        stranger = self.env["credit.profile"]._get_or_create(self.partner_a, other)
        self._create_limit(100, profile_id=stranger.id)
        self.assertEqual(stranger.insured_limit, 100)

    def _user(self, group):
        return new_test_user(
            self.env,
            f"insurance_{group}",
            groups=f"credit_control.group_{group}",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )

    def test_viewer_reads_only(self):
        limit = self._create_limit(800).with_user(self._user("viewer"))
        self.assertEqual(limit.amount, 800)
        with self.assertRaises(AccessError):
            limit.buyer_reference = "1"
        with self.assertRaises(AccessError):
            limit.decision_ids.create(
                {"limit_id": limit.id, "amount": 900, "date_from": self.today}
            )

    def test_officer_enters_decisions_but_not_policies(self):
        officer = self._user("officer")
        limit = self._create_limit(800).with_user(officer)
        decision = limit.decision_ids.create(
            {"limit_id": limit.id, "amount": 900, "date_from": self.today}
        )
        self.assertEqual(limit.amount, 900)
        self.assertEqual(decision.user_id, officer)
        with self.assertRaises(AccessError):
            self.policy.with_user(officer).insured_percent = 95

    def test_manager_enters_policies(self):
        self.policy.with_user(self._user("manager")).insured_percent = 95
        self.assertEqual(self.policy.insured_percent, 95)

    def test_a_salesperson_sees_nothing(self):
        seller = new_test_user(self.env, "insurance_seller", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.policy.with_user(seller).read(["number"])

    def test_cover_of_many_debtors_takes_as_many_queries_as_of_two(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Debtor {number}"} for number in range(20)]
        )
        profiles = self.env["credit.profile"]._get_or_create(partners, self.company)
        for profile in profiles:
            self._create_limit(100, profile_id=profile.id)
        self._count_queries(profiles[:2])  # fills the caches of the registry
        self.assertEqual(
            self._count_queries(profiles[:2]), self._count_queries(profiles)
        )

    def _count_queries(self, profiles):
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        profiles.with_prefetch().mapped("insured_amount")
        return self.cr.sql_log_count - before
