from datetime import date
from decimal import Decimal

from psycopg2.errors import CheckViolation, ForeignKeyViolation

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..core.terms import Terms

AS_OF = date(2025, 6, 16)


@tagged("post_install", "-at_install")
class TestPolicy(TransactionCase):
    """What a policy says, and when it goes on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policies = cls.env["credit.insurance.policy"]
        cls.policy = cls._create_policy()
        cls.belgium = cls.env.ref("base.be")
        cls.france = cls.env.ref("base.fr")

    @classmethod
    def _create_policy(cls, **values):
        return cls.policies.create(
            {
                "number": "P-1",
                "insurer_id": cls.env["res.partner"].create({"name": "Insurer"}).id,
                "date_from": date(2025, 1, 1),
                **values,
            }
        )

    def _add_line(self, countries=(), **values):
        self.policy.terms_ids = [
            Command.create({"country_ids": [c.id for c in countries], **values})
        ]

    def test_the_line_that_says_most_counts(self):
        self.policy.write({"insured_percent": 90, "extension_days": 60})
        self._add_line(insured_percent=75, extension_days=30, kind="blind")
        self._add_line([self.france], insured_percent=85, extension_days=45)
        self._add_line(
            [self.france], insured_percent=60, extension_days=20, kind="blind"
        )
        table = [
            (self.belgium, "full", 90, 60),
            (self.belgium, "blind", 75, 30),
            (self.france, "full", 85, 45),
            (self.france, "blind", 60, 20),
            (self.env["res.country"], None, 90, 60),
        ]
        for country, kind, percent, days in table:
            with self.subTest(country=country.code, kind=kind):
                terms = self.policy._get_terms(country, kind)
                self.assertEqual((terms.percent, terms.extension_days), (percent, days))

    def test_terms_are_values_of_the_core(self):
        self.policy.write({"payment_days": 90, "discretionary_limit": 12500.5})
        self.assertEqual(
            self.policy._get_terms(self.belgium),
            Terms(Decimal(90), 90, 60, Decimal("12500.5")),
        )

    def test_a_country_has_one_line_of_a_kind(self):
        self._add_line([self.france])
        self._add_line([self.france], kind="blind")
        with self.assertRaisesRegex(ValidationError, "two lines for France"):
            self._add_line([self.belgium, self.france])

    def test_what_makes_no_sense_is_refused(self):
        for values in (
            {"extension_days": -1},
            {"claims_threshold": -1},
            {"waiting_days": -1},
            {"renewal_months": 0},
        ):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                self._create_policy(**values)

    # -- renewal ---------------------------------------------------------------

    def _update(self, as_of):
        self.policies._update_renewals(self.policy.company_id, as_of)

    def test_notice_is_planned_once_a_month_before(self):
        self.policy.write({"date_to": date(2025, 12, 31), "notice_months": 3})
        self.assertEqual(self.policy.notice_date, date(2025, 9, 30))
        self._update(date(2025, 8, 29))
        self.assertFalse(self.policy.activity_ids)
        self._update(date(2025, 8, 30))
        self._update(date(2025, 9, 1))
        self.assertEqual(
            self.policy.activity_ids.mapped("date_deadline"), [date(2025, 9, 30)]
        )

    def test_who_decided_is_not_asked_again(self):
        self.policy.write({"date_to": date(2025, 12, 31), "notice_months": 3})
        self._update(date(2025, 9, 1))
        self.policy.activity_ids.action_feedback("We go on")
        self._update(date(2025, 9, 2))
        self.assertFalse(self.policy.activity_ids)

    def test_a_policy_goes_on_by_itself(self):
        self.policy.write(
            {"date_to": date(2024, 12, 31), "date_from": date(2024, 1, 1)}
        )
        self._update(AS_OF)
        self.assertEqual(self.policy.date_to, date(2024, 12, 31))
        self.policy.renews = True
        self._update(AS_OF)
        self.assertEqual(self.policy.date_to, date(2025, 12, 31))

    def test_a_country_that_a_line_names_stays(self):
        """Without it the line would be about all countries."""
        country = self.env["res.country"].create({"name": "Ruritania", "code": "QZ"})
        self.policy.terms_ids = [
            Command.create(
                {"country_ids": [Command.set(country.ids)], "insured_percent": 50}
            )
        ]
        with self.assertRaises(ForeignKeyViolation), mute_logger("odoo.sql_db"):
            country.unlink()
