from datetime import date
from decimal import Decimal

from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon


@tagged("post_install", "-at_install")
class TestInsuredColumns(AccountTestInvoicingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref("credit_control.group_manager")
        cls.company = cls.company_data["company"]
        cls._create_invoice(
            post=True,
            partner_id=cls.partner_a,
            invoice_date="2025-01-01",
            invoice_line_ids=[cls._prepare_invoice_line(price_unit=1000, tax_ids=[])],
        )
        cls.profile = cls.env["credit.profile"]._get_or_create(
            cls.partner_a, cls.company
        )
        policy = cls.env["credit.insurance.policy"].create(
            {
                "number": "P1",
                "insurer_id": cls.partner_b.id,
                "company_id": cls.company.id,
                "currency_id": cls.company.currency_id.id,
                "date_from": "2025-01-01",
                "insured_percent": 90,
            }
        )
        limit = cls.env["credit.insurance.limit"].create(
            {"policy_id": policy.id, "profile_id": cls.profile.id}
        )
        cls.env["credit.insurance.decision"].create(
            {"limit_id": limit.id, "amount": 800, "date_from": "2025-02-01"}
        )

    def _columns(self, as_of):
        return dict(
            self.env["credit.ageing"]._extra_debtor_columns(self.company, as_of)
        )

    def test_insured_and_uncovered_add_up_to_the_balance(self):
        columns = self._columns(date(2025, 3, 1))
        self.assertEqual(columns["Insured"][self.partner_a.id], Decimal(720))
        self.assertEqual(columns["Uncovered"][self.partner_a.id], Decimal(280))

    def test_before_the_limit_nothing_is_insured(self):
        columns = self._columns(date(2025, 1, 15))
        self.assertEqual(columns["Insured"][self.partner_a.id], Decimal(0))
        self.assertEqual(columns["Uncovered"][self.partner_a.id], Decimal(1000))

    def test_debtors_without_limit_are_left_blank(self):
        columns = self._columns(date(2025, 3, 1))
        self.assertNotIn(self.partner_b.id, columns["Insured"])

    def _secure(self, profile, amount):
        security = self.env["credit.security"].create(
            {
                "profile_id": profile.id,
                "kind": "deposit",
                "amount": amount,
                "currency_id": self.company.currency_id.id,
                "valid_from": "2025-01-01",
                "needs_document": False,
            }
        )
        security.action_confirm()

    def test_a_security_comes_first(self):
        """Of 1000: 300 secured, the rest insured within the limit of 800."""
        self._secure(self.profile, 300)
        columns = self._columns(date(2025, 3, 1))
        self.assertEqual(columns["Secured otherwise"][self.partner_a.id], Decimal(300))
        self.assertEqual(columns["Insured"][self.partner_a.id], Decimal(630))
        self.assertEqual(columns["Uncovered"][self.partner_a.id], Decimal(70))

    def test_as_many_queries_for_many_debtors(self):
        limit = self.profile.insurance_limit_ids
        counts = []
        for size in (2, 12):
            for number in range(len(counts), size):
                partner = self.env["res.partner"].create({"name": f"N {number}"})
                profile = self.profile._get_or_create(partner, self.company)
                self.env["credit.insurance.decision"].create(
                    {
                        "limit_id": limit.create(
                            {
                                "policy_id": limit.policy_id.id,
                                "profile_id": profile.id,
                            }
                        ).id,
                        "amount": 100,
                        "date_from": "2025-02-01",
                    }
                )
                self._secure(profile, 10)
            self.env.flush_all()
            self.env.invalidate_all()
            self._columns(date(2025, 3, 1))
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._columns(date(2025, 3, 1))
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)
