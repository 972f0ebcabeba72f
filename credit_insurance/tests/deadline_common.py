from datetime import date

from odoo.tests import freeze_time

from odoo.addons.credit_control.tests.common import TODAY

from .common import InsuranceCommon

START = date(2024, 1, 1)


@freeze_time(TODAY)
class DeadlineCommon(InsuranceCommon):
    """Azure is insured for 80,000: 60 days of extension, 30 days to report it then,
    180 days of waiting from the report on, 30 days to claim.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.insurer.write({"name": "Insurer", "email": "claims@insurer.example"})
        cls.insurance = cls.insured_policy
        cls.insurance.write(
            {
                "number": "KV-1",
                "date_from": START,
                "extension_days": 60,
                "notification_days": 30,
                "waiting_days": 180,
                "claim_days": 30,
            }
        )
        cls._insure_from(cls.profile)
        cls._create_users()

    @classmethod
    def _insure_from(cls, profile, amount=80000.0, start=START, **values):
        """The insurer decides on ``profile`` from a day on."""
        limit = profile.insurance_limit_ids or cls._create_limit(profile)
        return cls._decide(limit, amount, (start - TODAY).days, **values)

    @classmethod
    def _withdraw(cls, day):
        """The insurer withdraws the limit of Azure from ``day`` on."""
        cls._insure_from(cls.profile, 0, day, status="cancelled")

    def _clocks(self, profile=None, as_of=TODAY):
        """Rows of the debtor, in the order of the first due dates."""
        self.env.flush_all()
        clock = self.env["credit.insurance.clock"]
        rows = clock._fetch_rows(profile or self.profile, as_of)
        return sorted(rows, key=lambda row: (row["first_due"], row["id"]))

    def _stop(self, profile=None, as_of=TODAY):
        """(reason, since) or nothing."""
        self.env.flush_all()
        profile = profile or self.profile
        stops = self.env["credit.insurance.stop"]
        return stops._fetch_stops(as_of, profile).get(profile.id)

    def _dispute(self, invoice):
        item = self._items(invoice)
        return (
            self.env["credit.dispute"]
            .sudo()
            .create(
                {
                    "profile_id": self.profile.id,
                    "currency_id": item.currency_id.id,
                    "category_id": self.env["credit.dispute.category"]
                    .search([], limit=1)
                    .id,
                    "opened_on": TODAY,
                    "deadline": TODAY,
                    "line_ids": [
                        (
                            0,
                            0,
                            self.env["credit.dispute.line"]._prepare_lines(
                                {item: item.amount_residual_currency}
                            )[0],
                        )
                    ],
                }
            )
        )
