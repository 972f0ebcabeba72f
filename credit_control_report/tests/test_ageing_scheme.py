from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, tagged

from odoo.addons.credit_control.core.ageing import BucketScheme


@tagged("post_install", "-at_install")
class TestAgeingScheme(TransactionCase):
    def test_default_scheme(self):
        scheme = self.env.ref("credit_control_report.scheme_default")
        self.assertEqual(scheme._buckets(), BucketScheme((0, 30, 60, 90, 120)))

    def test_bounds_must_ascend_and_be_numbers(self):
        for bounds in ("0, 30, 30", "30, 0", "soon", "0,,30", "1.5", " "):
            with self.subTest(bounds=bounds), self.assertRaises(ValidationError):
                self.env["credit.ageing.scheme"].create(
                    {"name": "Bad", "bounds": bounds}
                )

    def test_bounds_are_not_negative(self):
        with self.assertRaisesRegex(ValidationError, "can't be negative"):
            self.env["credit.ageing.scheme"].create(
                {"name": "Bad", "bounds": "-5, 0, 30"}
            )

    def test_a_company_prefers_its_own_scheme(self):
        schemes = self.env["credit.ageing.scheme"]
        general = schemes._get_default(self.env.company)
        self.assertFalse(general.company_id)
        own = schemes.create(
            {
                "name": "Own",
                "bounds": "0",
                "sequence": 99,
                "company_id": self.env.company.id,
            }
        )
        self.assertEqual(schemes._get_default(self.env.company), own)
