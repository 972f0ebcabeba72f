from io import BytesIO

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import AS_OF, SCHEME, AgeingCommon


@tagged("post_install", "-at_install")
class TestAgeingAccess(AgeingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.setup_other_company(name="Second company")["company"]
        cls.viewer = cls._create_user("ageing_viewer", "credit_control.group_viewer")
        cls.salesperson = cls._create_user("ageing_sales", "base.group_user")

    @classmethod
    def _create_user(cls, login, group):
        return new_test_user(
            cls.env,
            login=login,
            groups=group,
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )

    def _ageing(self, user):
        return self.env(user=user.id, su=False)["credit.ageing"].with_context(
            allowed_company_ids=self.company.ids
        )

    def test_viewer_gets_his_company(self):
        self._post(100, "2024-06-01")
        aged = self._ageing(self.viewer)._aged_debtors(self.company, AS_OF, SCHEME)
        self.assertEqual(list(aged), [(self.company.id, self.debtor.id)])
        self._ageing(self.viewer)._workbook(BytesIO(), self.company, AS_OF, SCHEME)

    def test_viewer_gets_no_other_company(self):
        for companies in (
            self.second,
            self.company + self.second,
            self.company.browse(),
        ):
            with self.subTest(companies=companies.ids), self.assertRaises(AccessError):
                self._ageing(self.viewer)._aged_debtors(companies, AS_OF, SCHEME)
            with self.subTest(companies=companies.ids), self.assertRaises(AccessError):
                self._ageing(self.viewer)._workbook(BytesIO(), companies, AS_OF, SCHEME)

    def test_a_company_switched_off_is_refused(self):
        self.viewer.company_ids += self.second
        with self.assertRaises(AccessError):
            self._ageing(self.viewer)._aged_debtors(self.second, AS_OF, SCHEME)

    def test_salesperson_gets_nothing(self):
        with self.assertRaises(AccessError):
            self._ageing(self.salesperson)._aged_debtors(self.company, AS_OF, SCHEME)
        with self.assertRaises(AccessError):
            self._ageing(self.salesperson)._workbook(
                BytesIO(), self.company, AS_OF, SCHEME
            )
        with self.assertRaises(AccessError):
            self.env["credit.ageing.wizard"].with_user(self.salesperson).create({})

    def test_only_managers_edit_schemes(self):
        scheme = self.env.ref("credit_control_report.scheme_default")
        with self.assertRaises(AccessError):
            scheme.with_user(self.viewer).name = "Mine"
        manager = self._create_user("ageing_manager", "credit_control.group_manager")
        scheme.with_user(manager).name = "Ours"

    def test_schemes_of_other_companies_are_hidden(self):
        scheme = (
            self.env["credit.ageing.scheme"]
            .sudo()
            .create({"name": "Theirs", "bounds": "0", "company_id": self.second.id})
        )
        with self.assertRaises(AccessError):
            scheme.with_user(self.viewer).read(["name"])
