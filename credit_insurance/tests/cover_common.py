from datetime import timedelta

from odoo.tests import freeze_time

from odoo.addons.credit_control.tests.common import TODAY, CreditControlCommon


@freeze_time(TODAY)
class CoverCommon(CreditControlCommon):
    """A company with a policy of 90 %, whose debtor owes nothing yet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.insurer = cls._create_debtor("Insurer")
        cls.insured_policy = cls._create_insurance()
        cls.profile = cls._profile()

    @classmethod
    def _create_insurance(cls, **values):
        return cls.env["credit.insurance.policy"].create(
            {
                "number": "BE-1",
                "insurer_id": cls.insurer.id,
                "company_id": cls.company.id,
                "currency_id": cls.company.currency_id.id,
                "date_from": TODAY - timedelta(400),
                "insured_percent": 90,
                **values,
            }
        )

    @classmethod
    def _create_limit(cls, profile=None, policy=None, **values):
        return cls.env["credit.insurance.limit"].create(
            {
                "policy_id": (policy or cls.insured_policy).id,
                "profile_id": (profile or cls.profile).id,
                **values,
            }
        )

    @classmethod
    def _decide(cls, limit, amount, days=-100, **values):
        """A decision that takes effect ``days`` from today."""
        return cls.env["credit.insurance.decision"].create(
            {
                "limit_id": limit.id,
                "amount": amount,
                "date_from": TODAY + timedelta(days),
                **values,
            }
        )

    @classmethod
    def _insure(cls, amount, profile=None, **values):
        limit = cls._create_limit(profile)
        cls._decide(limit, amount, **values)
        return limit

    @classmethod
    def _secure(cls, amount, profile=None, **values):
        """A security that is confirmed."""
        security = cls.env["credit.security"].create(
            {
                "profile_id": (profile or cls.profile).id,
                "kind": "guarantee",
                "amount": amount,
                "currency_id": cls.company.currency_id.id,
                "valid_from": TODAY - timedelta(100),
                "needs_document": False,
                **values,
            }
        )
        security.action_confirm()
        return security

    @classmethod
    def _exposure(cls, profile=None):
        cls.env["credit.exposure"].invalidate_model()
        return cls.env["credit.exposure"].browse((profile or cls.profile).id)
