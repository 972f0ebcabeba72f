from datetime import date

from odoo.tests import TransactionCase, tagged

AS_OF = date(2025, 6, 16)


@tagged("post_install", "-at_install")
class TestInsuranceDemo(TransactionCase):
    def test_ten_debtors_are_insured_once(self):
        company = self.env["credit.demo"]._build(AS_OF, count=60)
        self.env["credit.demo"]._build(AS_OF)
        policy = self.env["credit.insurance.policy"].search(
            [("company_id", "=", company.id)]
        )
        self.assertEqual(len(policy), 1)
        self.assertEqual(len(policy.limit_ids.profile_id), 10)
        self.assertEqual(len(policy.limit_ids.decision_ids), 12)
        self.assertTrue(policy.limit_ids.filtered("conditions"))
        for profile in policy.limit_ids.profile_id:
            self.assertGreater(profile.insured_limit, 0)
            self.assertAlmostEqual(
                profile.insured_amount + profile.uncovered_amount,
                profile.exposure,
                2,
            )
        requests = self.env["credit.insurance.request"].search(
            [("company_id", "=", company.id)]
        )
        self.assertEqual(set(requests.mapped("state")), {"draft", "sent"})
        securities = self.env["credit.security"].search(
            [("company_id", "=", company.id)]
        )
        reasons = [layer.reason for layer in securities._get_layers(AS_OF).values()]
        self.assertIn("counts", reasons)
        self.assertIn("too_short", reasons)
        self.assertEqual(
            set(securities.mapped("state")), {"draft", "active"}, "one to confirm"
        )

    def test_files_are_with_an_agency_and_others_wait(self):
        company = self.env["credit.demo"]._build(AS_OF, count=400)
        files = self.env["credit.collection.file"].search(
            [("company_id", "=", company.id)]
        )
        self.assertTrue(files.filtered(lambda file: file.state == "amicable"))
        self.assertTrue(files.filtered(lambda file: file.state == "draft"))
        remittances = self.env["credit.collection.remittance"].search(
            [("company_id", "=", company.id)]
        )
        self.assertIn("posted", remittances.mapped("state"))
        self.env["credit.demo"]._build(AS_OF)
        again = self.env["credit.collection.file"].search_count(
            [("company_id", "=", company.id)]
        )
        self.assertEqual(again, len(files))
