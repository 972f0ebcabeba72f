import json
from datetime import date, timedelta

from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import HttpCase, tagged, warmup
from odoo.tools import file_open

from odoo.addons.spreadsheet.utils.validate_data import (
    fields_in_spreadsheet,
    menus_xml_ids_in_spreadsheet,
    odoo_charts,
)

from .test_snapshot import SnapshotCommon

FILE = "credit_control_report/data/files/credit_cockpit_dashboard.json"
TODAY = date.today()


class CockpitCommon(SnapshotCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.viewer = cls._create_user("cockpit_viewer", "credit_control.group_viewer")

    def setUp(self):
        super().setUp()
        self._classify(self.debtor, self.good)
        self._classify(self.other_debtor, self.poor)

    @classmethod
    def _post_days(cls, amount, days_late, partner=None, **values):
        """Due ``days_late`` days before today."""
        due = TODAY - timedelta(days_late)
        values = {"day": due - timedelta(30), "partner": partner, **values}
        return cls._post(amount, due, **values)

    def _cockpit(self, user=None, companies=None):
        self.env.flush_all()
        companies = companies or self.company
        return (
            self.env["credit.cockpit"]
            .with_user(user or self.viewer)
            .with_context(allowed_company_ids=companies.ids)
        )

    def _figures(self, **asked):
        """{kind: (number, amount)}"""
        groups = self._cockpit(**asked)._read_group(
            [], ["kind"], ["number:sum", "amount:sum"]
        )
        return {kind: (number, amount) for kind, number, amount in groups}


@tagged("post_install", "-at_install")
class TestCockpit(CockpitCommon):
    def test_money_of_today(self):
        self._post_days(100, 1)
        self._post_days(20, 60)
        self._post_days(7, 0, self.other_debtor)
        self._post_days(3, -6, self.other_debtor)
        self._post_days(1000, -7, self.other_debtor)
        self._post_entry(-5, TODAY, partner=self.debtor)
        self.assertEqual(
            self._figures(),
            {"open": (2, 1125), "overdue": (1, 120), "due": (1, 10)},
        )

    def test_what_is_not_asked_for_is_not_looked_for(self):
        """... and nothing that is: whatever the domain, the rows are the same."""
        self._post_days(100, 1)
        self._post_days(10, -2)
        profile = self._classify(self.debtor, self.good)
        profile.write({"no_limit": False, "limit": 50})
        cockpit = self._cockpit()
        every, alarms = cockpit.search([]), cockpit._get_alarms()
        self.assertTrue(
            {"open", "due", "overdue", "over_limit"} <= set(every.mapped("kind"))
        )
        table = [
            ([("kind", "=", "due")], {"due"}),
            ([("kind", "!=", "due")], None),
            ([("is_alarm", "=", True)], set(alarms)),
            ([("is_alarm", "!=", True), ("amount", ">", 1)], None),
            (["!", ("is_alarm", "=", True)], None),
            (["|", ("kind", "=", "due"), ("amount", ">", 50)], None),
            ([("kind", "in", ["open", "due"]), ("is_alarm", "=", True)], set()),
        ]
        for domain, kinds in table:
            with self.subTest(domain=domain):
                expected = every.filtered_domain(domain)
                self.assertEqual(cockpit.search(domain), expected)
                found = cockpit._get_kinds(Domain(domain))
                self.assertLessEqual(set(expected.mapped("kind")), set(found))
                if kinds is not None:
                    self.assertEqual(set(found), kinds)

    def test_overdue_is_that_of_the_exposures(self):
        self._post_days(100, 1)
        self._post_days(20, 60, self.other_debtor)
        exposures = self.env["credit.exposure"].with_user(self.viewer)
        [[overdue]] = exposures._read_group([], [], ["overdue_amount:sum"])
        self.assertEqual(self._figures()["overdue"], (2, overdue))

    def test_promised(self):
        profile = self._classify(self.debtor, self.good)
        item = self._receivable_lines(self._post_days(100, 5))
        profile._make_promise({item: 40}, TODAY + timedelta(6), TODAY)
        self.assertEqual(self._figures()["promised"], (1, 40))
        [row] = self._cockpit().search([("kind", "=", "promised")])
        action = row.action_open()
        found = self.env[action["res_model"]].with_user(self.viewer)
        self.assertEqual(found.search(action["domain"]).amount, 40)
        later = self._receivable_lines(self._post_days(60, 5))
        profile._make_promise({later: 60}, TODAY + timedelta(7), TODAY)
        self.assertEqual(self._figures()["promised"], (1, 40))

    def test_alarms(self):
        self._post_days(100, 5)
        profile = self._classify(self.debtor, self.good)
        profile.write({"no_limit": False, "limit": 60, "review_date": TODAY})
        self._classify(self.other_debtor, self.poor).review_date = TODAY + timedelta(1)
        self.env["credit.dispute"].sudo().create(
            {
                "profile_id": profile.id,
                "currency_id": self.company.currency_id.id,
                "category_id": self.env["credit.dispute.category"].search([])[0].id,
                "opened_on": TODAY - timedelta(9),
                "deadline": TODAY - timedelta(1),
            }
        )
        rows = self._cockpit().search([("is_alarm", "=", True)])
        self.assertEqual(
            {row.kind: (row.number, row.amount) for row in rows},
            {"over_limit": (1, 40), "review_due": (1, 100), "dispute_late": (1, 100)},
        )
        for row in rows:
            action = row.action_open()
            found = self.env[action["res_model"]].with_user(self.viewer)
            self.assertTrue(found.has_access("read"))

    def test_a_figure_leads_to_its_items(self):
        late, soon = self._post_days(100, 5), self._post_days(20, -3)
        for kind, expected in (("overdue", late), ("open", late + soon)):
            [row] = self._cockpit().search([("kind", "=", kind)])
            action = row.action_open()
            items = self.env[action["res_model"]].with_user(self.viewer)
            self.assertEqual(items.search(action["domain"]).move_id, expected)

    def test_of_the_current_company_alone(self):
        """Two currencies: the company chosen first counts, in its currency."""
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])
        second = self.setup_other_company(name="Second", currency_id=euro.id)
        other = second["company"]
        self._post_days(100, 5)
        self._post_days(10, 5, journal_id=second["default_journal_sale"].id)
        profile = self._classify(self.debtor, self.good, other)
        profile.write({"no_limit": False, "limit": 3, "review_date": TODAY})
        both = self.company + other
        user = self._create_user("both", "credit_control.group_viewer", both)
        self.assertEqual(self._figures(user=user, companies=both)["overdue"], (1, 100))
        self.assertNotIn("over_limit", self._figures(user=user, companies=both))
        rows = self._cockpit(user, other + self.company).search([])
        self.assertEqual(
            {row.kind: row.amount for row in rows},
            {"open": 10, "overdue": 10, "over_limit": 7, "review_due": 10},
        )
        self.assertEqual(rows.currency_id, euro)
        self.assertEqual(rows.company_id, other)

    @warmup
    def test_constant_queries(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._figures()
            return self.cr.sql_log_count - before

        self._post_days(10, 5)
        count()
        few = count()
        for number in range(20):
            partner = self.env["res.partner"].create({"name": f"Debtor {number}"})
            self._classify(partner, self.good)
            self._post_entry(10, TODAY - timedelta(9), partner=partner)
        count()
        self.assertEqual(count(), few)


@tagged("post_install", "-at_install")
class TestCockpitAccess(CockpitCommon):
    def test_own_companies_only(self):
        second = self.setup_other_company(name="Second company")
        self._post_days(100, 5)
        self._post_days(30, 5, journal_id=second["default_journal_sale"].id)
        self._classify(self.debtor, self.good, second["company"])
        self.assertEqual(self._figures()["overdue"], (1, 100))
        with self.assertRaises(AccessError):
            self._figures(companies=second["company"])

    def test_a_debtor_that_a_rule_hides(self):
        self._post_days(100, 5)
        self._post_days(7, 5, self.other_debtor)
        self.env["ir.rule"].create(
            {
                "name": "Not the poor ones",
                "model_id": self.env["ir.model"]._get_id("credit.profile"),
                "domain_force": f"[('tier_id', '!=', {self.poor.id})]",
            }
        )
        self.assertEqual(self._figures()["overdue"], (1, 100))

    def test_who_else_sees_nothing(self):
        groups = ["base.group_user", "base.group_portal"]
        if self.env.ref("sales_team.group_sale_salesman", raise_if_not_found=False):
            groups.append("sales_team.group_sale_salesman")
        for group in groups:
            user = self._create_user(group, group)
            with self.subTest(group=group), self.assertRaises(AccessError):
                self._figures(user=user)

    def test_published_for_the_credit_team(self):
        dashboard = self.env.ref("credit_control_report.dashboard_cockpit")
        for name in ("viewer", "officer", "manager"):
            user = self._create_user(name, f"credit_control.group_{name}")
            with self.subTest(group=name):
                self.assertTrue(dashboard.with_user(user).has_access("read"))
        for group in ("base.group_user", "account.group_account_invoice"):
            user = self._create_user(group, group)
            with self.subTest(group=group):
                self.assertFalse(dashboard.with_user(user).has_access("read"))


@tagged("post_install", "-at_install")
class TestCockpitFile(CockpitCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with file_open(FILE) as file:
            cls.book = json.load(file)

    def test_models_and_fields_are_there(self):
        used = fields_in_spreadsheet(self.book)
        self.assertIn("credit.cockpit", used)
        for model, names in used.items():
            with self.subTest(model=model):
                fields = {name.split(":")[0].split(".")[0] for name in names}
                self.assertFalse(fields - set(self.env[model]._fields))

    def test_filters_match_fields(self):
        sources = [
            *self.book["pivots"].values(),
            *self.book["lists"].values(),
            *odoo_charts(self.book),
        ]
        for source in sources:
            meta = source.get("metaData", {})
            model = self.env[source.get("model") or meta["resModel"]]
            for match in source["fieldMatching"].values():
                with self.subTest(source=source["id"], chain=match["chain"]):
                    field = model._fields[match["chain"]]
                    self.assertEqual(field.type, match["type"])

    def test_everything_is_of_the_current_company(self):
        """credit.cockpit sees to it by itself; of the others the domain says so."""
        sources = [
            *self.book["pivots"].values(),
            *self.book["lists"].values(),
            *(
                {"model": one["metaData"]["resModel"], **one["searchParams"]}
                for one in odoo_charts(self.book)
            ),
        ]
        self.assertGreater(len(sources), 8)
        for source in sources:
            if source["model"] in ("credit.cockpit", "res.company"):
                continue
            with self.subTest(source=source):
                self.assertIn(
                    '("company_id", "=", allowed_company_ids[0])', source["domain"]
                )
                self.assertIn("company_id", self.env[source["model"]]._fields)

    def test_every_tile_leads_somewhere_for_a_viewer(self):
        figures = [one["id"] for one in self.book["sheets"][0]["figures"]]
        menus = self.book["chartOdooMenusReferences"]
        self.assertEqual(sorted(figures), sorted(menus))
        shown = self.env["ir.ui.menu"].with_user(self.viewer)._visible_menu_ids()
        for xml_id in menus_xml_ids_in_spreadsheet(self.book):
            with self.subTest(menu=xml_id):
                menu = self.env.ref(xml_id)
                self.assertTrue(menu.action)
                self.assertIn(menu.id, shown)
        for source in (*self.book["pivots"].values(), *self.book["lists"].values()):
            self.assertTrue(self.env.ref(source["actionXmlId"]).res_model)

    def test_menu_opens_it(self):
        action = self.env.ref("credit_control_report.menu_cockpit").action
        dashboard = self.env.ref("credit_control_report.dashboard_cockpit")
        self.assertEqual(action.params, {"dashboard_id": dashboard.id})


@tagged("post_install", "-at_install")
class TestCockpitInBrowser(CockpitCommon, HttpCase):
    def test_it_shows_its_figures(self):
        self._post_days(100, 1)
        self._post_days(4321, 20, self.other_debtor)
        self._post_days(50, 0)  # half of what is due today comes in this week
        self.snapshots._refresh(self.company, TODAY)
        self.env["credit.forecast"].sudo()._refresh(self.company, TODAY)
        self.viewer.group_ids += self.env.ref("account.group_account_invoice")
        self.start_tour(
            "/odoo/customer-invoices",
            "credit_control_report_cockpit",
            login=self.viewer.login,
            timeout=240,
        )

    def test_the_forecast_is_made_and_split(self):
        self._post_days(100, 1)
        officer = self._create_user("forecasting", "credit_control.group_officer")
        self.start_tour(
            "/odoo/customer-invoices",
            "credit_control_report_forecast",
            login=officer.login,
            timeout=240,
        )
        forecast = self.env["credit.forecast"].sudo()
        self.assertEqual(
            forecast.search_count([("company_id", "=", self.company.id)]), 14
        )
