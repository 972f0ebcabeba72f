from datetime import date

from odoo.tests import TransactionCase, freeze_time, tagged

AS_OF = date(2025, 6, 16)


@tagged("post_install", "-at_install")
@freeze_time(AS_OF)
class TestInsuranceDemo(TransactionCase):
    def test_debtors_are_insured_once(self):
        company = self.env["credit.demo"]._build(AS_OF, count=60)
        self.env["credit.demo"]._build(AS_OF)
        policy = self.env["credit.insurance.policy"].search(
            [("company_id", "=", company.id)]
        )
        self.assertEqual(len(policy), 1)
        insured = policy.limit_ids.filtered(lambda limit: not limit.is_own)
        self.assertEqual(len(insured.profile_id), 15)
        self.assertEqual(len(insured.decision_ids), 17)
        self.assertTrue(policy.limit_ids.filtered("conditions"))
        for profile in policy.limit_ids.profile_id:
            stopped = self.env["credit.insurance.stop"].search(
                [("profile_id", "=", profile.id)]
            )
            self.assertEqual(profile.insured_limit > 0, not stopped)
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
        for reason in ("counts", "too_short", "recourse", "own"):
            self.assertIn(reason, reasons)
        kinds = dict(securities._fields["kind"].selection)
        self.assertEqual(set(securities.mapped("kind")), set(kinds))
        imported = self.env["credit.insurance.import"].search(
            [("policy_id", "=", policy.id)]
        )
        self.assertEqual((imported.ready_count, imported.refused_count), (2, 2))
        self.assertEqual(
            set(securities.mapped("state")), {"draft", "active"}, "one to confirm"
        )
        self._assert_deadlines(company)

    def _assert_deadlines(self, company):
        """One debtor near stop shipment, one to be reported, claims in all states."""
        claims = self.env["credit.claim"].search([("company_id", "=", company.id)])
        policy = claims.policy_id
        debtors = policy.limit_ids.sorted("id").profile_id
        states = {claim.profile_id: claim.state for claim in claims}
        self.assertEqual(states[debtors[6]], "waiting")
        self.assertEqual(states[debtors[8]], "draft")
        rows = self.env["credit.insurance.clock"]._fetch_rows(debtors, AS_OF)
        near = [
            row["profile_id"]
            for row in rows
            if row["next_kind"] == "stop" and row["days_left"] <= 14
        ]
        self.assertIn(debtors[7].id, near)
        self.assertTrue(claims.filtered(lambda claim: claim.net_amount > 0))
        self.assertEqual(
            set(claims.mapped("state")),
            set(dict(claims._fields["state"].selection)) - {"closed"},
        )
        recoveries = claims.recovery_ids
        self.assertEqual(set(recoveries.mapped("state")), {"proposed", "accepted"})
        self.assertTrue(recoveries.filtered(lambda one: one.settlement == "to_book"))
        declarations = policy.declaration_ids
        [year] = declarations.filtered(lambda one: one.kind == "year")
        self.assertTrue(year.unsettled and not year.missing_words)
        self.assertEqual(set(declarations.mapped("state")), {"draft", "sent"})
        self.assertGreater(sum(declarations.mapped("turnover")), 0)
        requests = self.env["credit.insurance.extension"].search(
            [("company_id", "=", company.id)]
        )
        self.assertTrue(requests.item_ids)

    def test_files_are_with_an_agency_and_others_wait(self):
        company = self.env["credit.demo"]._build(AS_OF, count=400)
        files = self.env["credit.collection.file"].search(
            [("company_id", "=", company.id)]
        )
        self.assertIn("amicable", files.mapped("state"))
        self.assertIn("draft", files.mapped("state"))
        self._assert_letters(company)
        remittances = self.env["credit.collection.remittance"].search(
            [("company_id", "=", company.id)]
        )
        self.assertIn("posted", remittances.mapped("state"))
        self.env["credit.demo"]._build(AS_OF)
        again = self.env["credit.collection.file"].search_count(
            [("company_id", "=", company.id)]
        )
        self.assertEqual(again, len(files))

    def _assert_letters(self, company):
        """Letters in the agency's name wait for its bill."""
        letters = self.env["credit.collection.letter"].search(
            [("company_id", "=", company.id)]
        )
        self.assertEqual(set(letters.mapped("fee")), {12.5})
        self.assertEqual(set(letters.mapped("state")), {"open"})
