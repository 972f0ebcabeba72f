from datetime import date, timedelta

from odoo.tests import freeze_time
from odoo.tools import SQL

from odoo.addons.credit_control.tests.common import TODAY, CreditControlCommon

FEW, MANY = 2, 7


class CountingCommon:
    """Many records take as many queries as a few."""

    def _count(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _assert_same(self, prepare, each=0):
        """What ``prepare`` answers takes no more queries for many than for a few, but
        for ``each`` of them. What a first call caches isn't counted.

        :param prepare: called with a number of records to make ready
        """
        self._count(prepare(1))
        few, many = (self._count(prepare(number)) for number in (FEW, MANY))
        self.assertEqual(many - few, each * (MANY - FEW))


@freeze_time(TODAY)
class InsuranceCommon(CreditControlCommon):
    """Azure is insured for 80,000: 60 days of extension, 30 days to report it then,
    180 days of waiting from the report on, 30 days to claim.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.insurer = cls.env["res.partner"].create(
            {"name": "Insurer", "email": "claims@insurer.example", "is_company": True}
        )
        cls.insurance = cls._create_insurance()
        cls.profile = cls._profile()
        cls._insure(cls.profile)
        cls._create_users()

    @classmethod
    def _create_insurance(cls, **values):
        company = cls.env["res.company"].browse(
            values.pop("company_id", cls.company.id)
        )
        return cls.env["credit.insurance.policy"].create(
            {
                "number": "KV-1",
                "insurer_id": cls.insurer.id,
                "company_id": company.id,
                "currency_id": company.currency_id.id,
                "date_from": date(2024, 1, 1),
                "insured_percent": 90,
                "extension_days": 60,
                "notification_days": 30,
                "waiting_days": 180,
                "claim_days": 30,
                **values,
            }
        )

    @classmethod
    def _insure(
        cls, profile, amount=80000.0, start=date(2024, 1, 1), end=False, **vals
    ):
        """A limit of the insurer on ``profile`` from a day to a day."""
        limits = cls.env["credit.insurance.limit"]
        limit = limits.search(
            [
                ("policy_id", "=", cls.insurance.id),
                ("profile_id", "=", profile.id),
            ]
        ) or limits.create({"policy_id": cls.insurance.id, "profile_id": profile.id})
        cls.env["credit.insurance.decision"].create(
            {
                "limit_id": limit.id,
                "amount": amount,
                "date_from": start,
                "date_to": end,
                **vals,
            }
        )
        return limit

    def _clocks(self, profile=None, as_of=TODAY):
        """Rows of the debtor, in the order of the first due dates."""
        self.env.flush_all()
        clock = self.env["credit.insurance.clock"]
        rows = clock._fetch_rows(profile or self.profile, as_of)
        self._assert_near(rows, profile or self.profile, as_of)
        return sorted(rows, key=lambda row: (row["first_due"], row["id"]))

    def _assert_near(self, rows, profile, as_of):
        """Who asks for what comes up to a day finds the same."""
        clock = self.env["credit.insurance.clock"]
        for ahead in (-30, 0, 14, 90):
            until = as_of + timedelta(ahead)
            asked = SQL(
                "SELECT * FROM (%s) c ORDER BY c.next_date, c.id",
                clock._clock_sql(as_of, profile, until),
            )
            near, found = (
                [
                    row
                    for row in every
                    if row["stop_date"] <= until
                    or (row["next_date"] and row["next_date"] <= until)
                ]
                for every in (rows, self.env.execute_query_dict(asked))
            )
            self.assertEqual(near, found, until)

    def _stop(self, profile=None, as_of=TODAY):
        """(reason, since) or nothing, whether asked for one debtor or for all."""
        self.env.flush_all()
        profile = profile or self.profile
        stops = self.env["credit.insurance.stop"]
        found = stops._fetch_stops(as_of, profile).get(profile.id)
        self.assertEqual(found, stops._fetch_stops(as_of).get(profile.id))
        return found

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
