from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon


@tagged("post_install", "-at_install")
class TestInsuranceCompanies(AccountTestInvoicingCommon):
    """One customer of two companies: each insures its own claims."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref("credit_control.group_manager")
        cls.companies = cls.company_data["company"]
        cls.companies |= cls.setup_other_company()["company"]
        cls.profiles = cls.env["credit.profile"]
        cls.limits = cls.env["credit.insurance.limit"]
        for company, amount in zip(cls.companies, (1000, 300), strict=True):
            profile = cls.profiles._get_or_create(cls.partner_a, company)
            policy = cls.env["credit.insurance.policy"].create(
                {
                    "number": f"P-{amount}",
                    "insurer_id": cls.partner_b.id,
                    "company_id": company.id,
                    "currency_id": company.currency_id.id,
                    "date_from": date(2025, 1, 1),
                }
            )
            cls.profiles |= profile
            limit = cls.limits.create(
                {"policy_id": policy.id, "profile_id": profile.id}
            )
            cls.env["credit.insurance.decision"].create(
                {"limit_id": limit.id, "amount": amount, "date_from": "2025-01-01"}
            )
            cls.limits |= limit

    def test_each_company_has_its_own_cover(self):
        insured = {one.company_id: one.insured_limit for one in self.profiles}
        first, second = self.companies
        self.assertEqual(insured, {first: 1000, second: 300})

    def test_a_branch_books_where_its_parent_does_unless_it_can_itself(self):
        company = self.companies[0]
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": company.id}
        )
        journal = company._get_first_journal("general")
        self.assertEqual(journal.company_id, company)
        self.assertEqual(branch._get_first_journal("general"), journal)
        own = self.env["account.journal"].create(
            {
                "name": "Own",
                "code": "OWN",
                "type": "general",
                "sequence": journal.sequence + 1,
                "company_id": branch.id,
            }
        )
        self.assertEqual(branch._get_first_journal("general"), own)
        self.assertEqual(company._get_first_journal("general"), journal)

    def test_another_company_stays_closed(self):
        first, second = self.companies
        viewer = new_test_user(
            self.env,
            "insurance_one_company",
            groups="credit_control.group_viewer",
            company_id=first.id,
            company_ids=[(6, 0, first.ids)],
        )
        mine, other = self.limits.with_user(viewer)
        self.assertEqual(mine.amount, 1000)
        for record in (other, other.sudo().policy_id.sudo(False)):
            with self.assertRaises(AccessError):
                record.read(["company_id"])
        found = self.limits.with_user(viewer).search([("id", "in", self.limits.ids)])
        self.assertEqual(found, mine)

    def test_a_policy_is_of_the_companies_it_insures(self):
        """Nothing is told or asked about the debtor of another company."""
        policy, other = self.limits[0].policy_id, self.profiles[1]
        for model, values in (
            ("credit.claim", {}),
            ("credit.insurance.limit", {}),
            ("credit.insurance.request", {"amount": 5}),
            ("credit.insurance.extension", {"requested_until": date(2025, 6, 1)}),
        ):
            with (
                self.subTest(model),
                self.assertRaisesRegex(ValidationError, "doesn't insure"),
                self.cr.savepoint(),
            ):
                self.env[model].create(
                    {"policy_id": policy.id, "profile_id": other.id, **values}
                )

    def test_a_used_policy_keeps_company_and_currency(self):
        policy = self.limits[0].policy_id
        policy.write(
            {"company_id": policy.company_id.id, "currency_id": policy.currency_id.id}
        )
        pound = self.setup_other_currency("GBP")
        for values in (
            {"currency_id": pound.id},
            {"company_id": self.companies[1].id},
        ):
            with self.assertRaisesRegex(UserError, "make a new policy"):
                policy.write(values)
        unused = policy.copy()
        unused.currency_id = pound
        self.assertEqual(unused.currency_id, pound)
