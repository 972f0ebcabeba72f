from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TODAY, CreditControlCommon

FEW, MANY = 3, 12


@tagged("post_install", "-at_install")
class TestPortfolio(CreditControlCommon):
    """Who buys, owes and pays how, and who resembles the best payers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.belgium, cls.france = cls.env.ref("base.be"), cls.env.ref("base.fr")
        cls.food = cls.env["res.partner.industry"].create({"name": "Food"})
        cls.tag = cls.env["res.partner.category"].create({"name": "Guild"})

    def _row(self, partner=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["credit.portfolio.report"].search(
            [("profile_id", "=", self._profile(partner).id)]
        )

    def _create_payers(self, count, good, **values):
        """``count`` customers of whom the first ``good`` pay well."""
        partners = self.env["res.partner"].browse()
        for number in range(count):
            partner = self._create_debtor(f"{values} {number}", **values)
            self._create_overdue_invoice(-5, 100, partner)
            tier = self.good if number < good else self.fair
            self._profile(partner).tier_id = tier
            partners |= partner
        return partners

    def _find(self):
        self.env["credit.payer.trait"].sudo()._find(self.company, TODAY)
        return self.env["credit.payer.trait"].search(
            [("company_id", "=", self.company.id)]
        )

    def _worthy(self, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        rows = self.env["credit.creditworthy"].with_user(user or self.env.user)
        return rows.search([("company_id", "=", self.company.id)])

    # -- portfolio -------------------------------------------------------------

    def test_figures_of_a_customer(self):
        self._create_overdue_invoice(10, 300)
        self._create_credit_note(10, 50)
        self._create_overdue_invoice(400, 900)
        self.assertRecordValues(
            self._row(),
            [
                {
                    "customer_count": 1,
                    "turnover": 250,
                    "exposure": 1150,
                    "overdue_amount": 1200,
                    "days_late": 0,
                }
            ],
        )

    def test_days_late_are_those_of_the_score(self):
        for days in (10, 20, 30):
            self._pay(self._create_overdue_invoice(days, 100))
        profile = self._profile()
        profile._rate(self.company, TODAY)
        self.assertAlmostEqual(self._row().days_late, 20)

    def test_per_tier_and_tag(self):
        self._create_payers(2, 2, category_id=[(4, self.tag.id)])
        self._create_overdue_invoice(10, 70)
        self.env.flush_all()
        rows = self.env["credit.portfolio.report"]
        here = [("company_id", "=", self.company.id), ("turnover", ">", 0)]
        measures = ["customer_count:sum", "turnover:sum", "overdue_amount:sum"]
        self.assertEqual(
            dict(
                (tier, figures)
                for tier, *figures in rows._read_group(here, ["tier_id"], measures)
            ),
            {self.good: [2, 200.0, 0.0], self.fair: [1, 70.0, 70.0]},
        )
        groups = rows.formatted_read_group(here, ["category_ids"], ["turnover:sum"])
        self.assertEqual(
            {
                group["category_ids"] and group["category_ids"][1]: group[
                    "turnover:sum"
                ]
                for group in groups
            },
            {"Guild": 200.0, False: 70.0},
        )

    def test_it_shows_the_same_exposure(self):
        self._create_payers(3, 1)
        row = self._row()
        exposures = self.env["credit.exposure"].search([])
        for row in self.env["credit.portfolio.report"].search([]):
            self.assertEqual(row.exposure, exposures.browse(row.id).exposure)

    # -- what good payers have in common ---------------------------------------

    def test_traits(self):
        self._create_payers(5, 5, country_id=self.belgium.id)
        self._create_payers(5, 1, country_id=self.france.id)
        traits = self._find().filtered(lambda trait: trait.kind == "country")
        self.assertRecordValues(
            traits.sorted("name"),
            [
                {
                    "name": "Belgium",
                    "customers": 5,
                    "good": 5,
                    "good_percent": 100,
                    "all_percent": 60,
                    "is_mark": True,
                },
                {
                    "name": "France",
                    "customers": 5,
                    "good": 1,
                    "good_percent": 20,
                    "all_percent": 60,
                    "is_mark": False,
                },
            ],
        )
        self.assertEqual(len(self._find().exists()), len(self._find()))

    def test_who_is_overdue_does_not_pay_well(self):
        partners = self._create_payers(5, 5, country_id=self.belgium.id)
        self._create_overdue_invoice(3, 10, partners[0])
        trait = self._find().filtered(lambda trait: trait.kind == "country")
        self.assertEqual((trait.customers, trait.good), (5, 4))

    def test_sizes_and_terms(self):
        self._create_payers(1, 1)
        self._create_overdue_invoice(-5, 30_000, self.other_debtor)
        traits = self._find()
        sizes = traits.filtered(lambda trait: trait.kind == "size")
        self.assertEqual(
            sorted(sizes.mapped("name")), ["25,000 to 100,000", "up to 5,000"]
        )
        terms = traits.filtered(lambda trait: trait.kind == "term")
        self.assertEqual(sum(terms.mapped("customers")), 2)

    def test_of_old_customers_nothing_is_said(self):
        self._create_overdue_invoice(400, 100)
        self.assertFalse(self._find())

    # -- creditworthy ----------------------------------------------------------

    def _create_marked(self):
        """Belgians pay well, the French don't; one of each never bought."""
        self._create_payers(5, 5, country_id=self.belgium.id)
        self._create_payers(5, 0, country_id=self.france.id)
        self.prospect = self._create_debtor("Cobalt", country_id=self.belgium.id)
        self._create_debtor("Doré", country_id=self.france.id)
        self._find()

    def test_who_resembles_good_payers(self):
        self._create_marked()
        worthy = self._worthy()
        self.assertIn(self.prospect, worthy.partner_id)
        self.assertEqual(worthy.partner_id.country_id, self.belgium)
        row = worthy.filtered(lambda row: row.partner_id == self.prospect)
        self.assertRecordValues(row, [{"kind": "prospect", "match_count": 1}])
        self.assertEqual(row.reason, "Belgium: 100 % pay well (of all customers 50 %)")

    def test_not_who_is_late_or_held_or_poor(self):
        self._create_marked()
        late, held, poor = self._worthy().partner_id[:3]
        self._create_overdue_invoice(3, 10, late)
        self._profile(held).sudo().order_hold = True
        self._profile(poor).tier_id = self.poor
        self.assertFalse(self._worthy().partner_id & (late | held | poor))

    def test_not_suppliers_or_archived(self):
        self._create_marked()
        self.prospect.supplier_rank = 1
        self.assertNotIn(self.prospect, self._worthy().partner_id)
        self.prospect.write({"supplier_rank": 0, "active": False})
        self.assertNotIn(self.prospect, self._worthy().partner_id)

    # -- roles and cost --------------------------------------------------------

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.models")
    def test_who_sees_it(self):
        self._create_marked()
        models = (
            "credit.portfolio.report",
            "credit.payer.trait",
            "credit.creditworthy",
        )
        for user in (self.viewer, self.officer, self.manager):
            for model in models:
                with self.subTest(user.login, model=model):
                    rows = self.env[model].with_user(user).search([])
                    self.assertEqual(rows.company_id, self.company)
                    self.assertTrue(rows.read())
        for user in (self.salesperson, self.biller, self.portal):
            for model in models:
                with self.subTest(user.login, model=model):
                    with self.assertRaises(AccessError):
                        self.env[model].with_user(user).search([])
        with self.assertRaises(AccessError):
            self.env["credit.payer.trait"].with_user(self.viewer).action_find()
        with self.assertRaises(AccessError):
            self.env["credit.payer.trait"].with_user(self.manager).create({})

    def test_officers_look_again(self):
        self._create_payers(5, 5, country_id=self.belgium.id)
        self.env["credit.payer.trait"].with_user(self.officer).action_find()
        self.assertTrue(self._find())

    def test_of_another_company_nothing(self):
        there = self.setup_other_company(name="Elsewhere")["company"]
        for _number in range(6):
            self._create_overdue_invoice(-5, 100, company=there)
        self.env["credit.payer.trait"].sudo()._find(there, TODAY)
        for model in (
            "credit.portfolio.report",
            "credit.payer.trait",
            "credit.creditworthy",
        ):
            rows = self.env[model].with_user(self.viewer).search([])
            self.assertLessEqual(rows.company_id, self.company, model)

    def test_the_same_number_of_queries(self):
        counts = []
        for more in (FEW, MANY):
            self._create_payers(
                5 + more, 5, country_id=self.belgium.id, industry_id=self.food.id
            )
            self._create_payers(5 + more, 0, country_id=self.france.id)
            for _fill in range(2):
                self._find()
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.cr.sql_log_count
                self._find()
                self.env.flush_all()
                middle = self.cr.sql_log_count
                self.env.invalidate_all()
                self.assertTrue(self._worthy().mapped("reason"))
                self.env["credit.portfolio.report"].search([]).mapped("days_late")
                after = self.cr.sql_log_count
            counts.append((middle - before, after - middle))
        self.assertEqual(*counts)

    def test_a_year_ends_on_its_day(self):
        edge = TODAY - relativedelta(months=12)
        invoice = self._create_overdue_invoice(300, 100)
        invoice.button_draft()
        invoice.invoice_date = edge
        invoice.action_post()
        self.assertEqual(self._row().turnover, 0)
