from datetime import date

from odoo.tests import freeze_time, tagged

from odoo.addons.credit_control.tests.common import TODAY

from .collection_common import CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAgencyRecovery(CollectionCommon):
    """What an agency remits after the day of the loss, with its fee as costs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_accounts()
        cls.insurance = cls.env["credit.insurance.policy"].create(
            {
                "number": "KV-1",
                "insurer_id": cls._create_debtor("Insurer").id,
                "company_id": cls.company.id,
                "date_from": date(2024, 1, 1),
                "insured_percent": 90,
                "vat_covered": True,
            }
        )
        limit = cls.env["credit.insurance.limit"].create(
            {"policy_id": cls.insurance.id, "profile_id": cls.profile.id}
        )
        cls.env["credit.insurance.decision"].create(
            {"limit_id": limit.id, "amount": 80000, "date_from": date(2024, 1, 1)}
        )

    def test_the_fee_is_a_cost_of_collection(self):
        self._remind()
        file = self._sent()
        claim = (
            self.env["credit.claim"]
            .sudo()
            .create({"profile_id": self.profile.id, "policy_id": self.insurance.id})
        )
        claim.insolvency_date = TODAY
        claim._submit_on(TODAY)
        claim.action_accept()
        remittance = self._remit({file: 600.0})
        line = remittance.line_ids
        claim._propose_recoveries(TODAY)
        self.assertRecordValues(
            claim.recovery_ids,
            [
                {
                    "kind": "remittance",
                    "amount": line.principal,
                    "costs": max(line.fee - line.costs, 0),
                }
            ],
        )
        self.assertGreater(line.principal, 0)
        self.assertGreater(claim.recovery_ids.costs, 0)
        remittance.action_cancel()
        claim._propose_recoveries(TODAY)
        self.assertFalse(claim.recovery_ids)
