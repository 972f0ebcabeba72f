from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.credit_control.tests.common import TODAY

from .collection_common import CollectionCommon


@tagged("post_install", "-at_install")
class TestUncontested(CollectionCommon):
    """The conditions of the Belgian procedure: known, or looked up by somebody."""

    def setUp(self):
        super().setUp()
        self._remind()
        self.file = self._prepare()

    def _get_marks(self):
        """{condition: met, or None: asked of somebody}."""
        file = self.file.sudo()
        checks = file._get_uncontested_checks(file._read_book(TODAY))
        return {
            check.code: None if check.asks else check.ok
            for check in checks
            if check.code != "accessories"
        }

    def _get_open(self):
        return {code for code, met in self._get_marks().items() if not met}

    def _signal(self, name, **values):
        return self.env["credit.signal"].create(
            {
                "profile_id": self.profile.id,
                "kind_id": self.env.ref(f"credit_control.signal_{name}").id,
                "date": TODAY - timedelta(3),
                **values,
            }
        )

    def test_what_nobody_can_read_in_the_books_is_asked(self):
        self.assertTrue(self.file.asks_uncontested)
        self.assertFalse(self.file.fits_uncontested)
        marks = self._get_marks()
        self.assertEqual(
            {code for code, met in marks.items() if met is None}, {"private", "solvent"}
        )
        self.assertNotIn(False, marks.values())
        self.assertTrue(self.file.is_ready, "it doesn't hold the file back")
        self.assertFalse(self.file.missing)

    def test_an_officer_answers(self):
        file = self.file.with_user(self.officer)
        file.write({"is_no_authority": True, "solvency_date": TODAY})
        self.assertTrue(file.fits_uncontested)
        self.assertIn("fa-check-circle", file.uncontested)
        with self.assertRaises(AccessError):
            self.file.with_user(self.viewer).is_no_authority = False

    def test_it_is_answered_after_it_was_handed_over_as_well(self):
        self._send(self.file)
        file = self.file.with_user(self.officer)
        file.write({"is_no_authority": True, "solvency_date": TODAY})
        self.assertTrue(file.fits_uncontested)
        file.sudo()._close("paid", TODAY, "Paid")
        self.assertFalse(file.asks_uncontested)

    def test_what_was_looked_up_long_ago_is_asked_again(self):
        self.file.write(
            {"is_no_authority": True, "solvency_date": TODAY - timedelta(32)}
        )
        self.assertEqual(self._get_open(), {"solvent"})
        self.assertIn("look it up again", self.file.uncontested)
        self.file.solvency_date = TODAY - timedelta(31)
        self.assertEqual(self._get_open(), set())

    def test_a_signal_of_insolvency_says_no_whatever_was_looked_up(self):
        self.file.write({"is_no_authority": True, "solvency_date": TODAY})
        signal = self._signal("moratorium")
        self.assertIs(self._get_marks()["solvent"], False)
        self.assertIn("insolvency", self.file.advised)
        self.assertFalse(self.file.missing)
        self.assertTrue(self.file.is_ready, "it is a warning")
        signal.until = TODAY - timedelta(1)
        self.env.invalidate_all()
        self.assertIs(self._get_marks()["solvent"], True)
        self._signal("rumour")
        self.assertIs(self._get_marks()["solvent"], True)

    def test_a_dispute_and_what_is_not_due(self):
        self.profile._open_dispute(
            {self._items(self.invoice): 100.0},
            self.env.ref("credit_control.dispute_category_price"),
            "Too much",
            TODAY,
        )
        self.assertIs(self._get_marks()["undisputed"], False)
        self.file.line_ids.due_date = TODAY
        self.assertIs(self._get_marks()["due"], False)

    def test_registered_in_the_union(self):
        self.company.write({"company_registry": False, "vat": False})
        self.assertIs(self._get_marks()["registered"], False)
        self.company.write(
            {"company_registry": "12345678", "country_id": self.env.ref("base.nl").id}
        )
        self.assertIs(self._get_marks()["registered"], True, "a Dutch creditor")
        self.company.country_id = self.env.ref("base.ch")
        self.assertIs(self._get_marks()["registered"], False)

    def test_a_person_in_business_is_asked_what_it_was_for(self):
        self.debtor.is_company = False
        self.env.invalidate_all()
        self.assertIsNone(self._get_marks()["business"])
        self.assertTrue(self.file.asks_business)
        self.file.is_of_business = True
        self.assertIs(self._get_marks()["contract"], True)

    def test_it_is_for_businesses_in_belgium(self):
        for values in (
            {"country_id": self.env.ref("base.us").id},
            {
                "country_id": self.env.ref("base.be").id,
                "company_registry": False,
                "is_company": False,
            },
        ):
            self.debtor.write(values)
            self.env.invalidate_all()
            self.assertFalse(self.file.asks_uncontested)
            self.assertFalse(self.file.uncontested)

    def test_ten_percent_of_the_invoices(self):
        self.file.line_ids.write({"interest": 80.0, "costs": 40.0})
        self.assertIn("Of", self.file.uncontested)
        self.assertIn("120.00", self.file.uncontested)
        self.assertIn("no more than", self.file.uncontested)
        self.file.line_ids.costs = 20.0
        self.assertIn("are within 10 %", self.file.uncontested)

    def test_as_many_queries_for_many_as_for_few(self):
        def count(files):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            files.mapped("uncontested")
            files.mapped("missing")
            return self.cr.sql_log_count - before

        files = self.file
        for number in range(6):
            partner = self._create_debtor(
                f"U{number}",
                street="S",
                zip="1",
                country_id=self.env.ref("base.be").id,
                company_registry=f"0{number}",
            )
            invoice = self._create_overdue_invoice(70, 100.0, partner=partner)
            files |= self._prepare(invoice, self._profile(partner))
        count(files)
        few, many = count(files[:3]), count(files)
        self.assertLessEqual(many - few, 3 * 4, "the regime and terms of a debtor")
