from datetime import timedelta

import psycopg2

from odoo.exceptions import AccessError
from odoo.modules.migration import load_script
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.misc import file_path

from .common import TODAY
from .test_promises import DAY, AgreementCommon

SETTINGS = {
    "credit_promise_days": "int",
    "credit_promise_reminder": "bool",
    "credit_portal_promise_days": "int",
    "credit_plan_portal_terms": "int",
    "credit_plan_portal_days": "int",
    "credit_plan_portal_amount": "float8",
}


@tagged("post_install", "-at_install")
class TestPolicyAgreements(AgreementCommon):
    """A policy says what its debtors may agree on, and how they are held to it."""

    def setUp(self):
        super().setUp()
        self.patient = self._create_policy(
            name="Patient", sequence=9, promise_days=10, promise_reminder=False
        )

    def _promise_of(self, partner):
        item = self._items(self._create_overdue_invoice(partner=partner))
        return self._profile(partner)._make_promise({item: 100}, DAY, TODAY)

    def test_each_debtor_by_his_policy(self):
        self._profile(self.other_debtor).policy_id = self.patient
        firm, patient = map(self._promise_of, (self.debtor, self.other_debtor))
        self.assertEqual(firm.deadline, DAY + timedelta(3))
        self.assertEqual(patient.deadline, DAY + timedelta(10))
        self.policy.promise_days = 0
        self.assertEqual(firm.deadline, DAY + timedelta(3), "it keeps its days")
        eve = DAY - timedelta(1)
        self.assertEqual(firm._find_to_remind(self.company, eve), firm)

    def test_a_debtor_whom_no_policy_suits(self):
        self.env["credit.policy"].search([]).active = False
        self.assertEqual(self._promise_of(self.debtor).deadline, DAY + timedelta(3))

    def test_the_bounds_of_the_page(self):
        item = self._items(self._create_overdue_invoice())
        self.policy.portal_promise_days = 4
        self.assertFalse(self.profile._accepts_promise(item, DAY, TODAY))
        self.policy.portal_promise_days = 5
        self.assertTrue(self.profile._accepts_promise(item, DAY, TODAY))

    def test_they_make_no_new_version(self):
        version = self.policy._ensure_version()
        self.policy.write({"promise_days": 8, "portal_plan_terms": 6})
        self.assertEqual(self.policy._ensure_version(), version)

    @mute_logger("odoo.sql_db")
    def test_nothing_negative(self):
        with self.assertRaises(psycopg2.errors.CheckViolation), self.cr.savepoint():
            self.policy.promise_days = -1
            self.policy.flush_recordset()

    def test_only_managers_change_them(self):
        with self.assertRaises(AccessError):
            self.policy.with_user(self.officer).promise_days = 1

    def test_settings_move_to_policies(self):
        other = self.env["res.company"].create({"name": "Other"})
        for name, kind in SETTINGS.items():
            self.cr.execute(f"ALTER TABLE res_company ADD {name} {kind}")
        self.cr.execute("UPDATE res_company SET credit_promise_days = 3")
        self._set_company(self.company, 6, True, 20, 5, 30, 10.0)
        self._set_company(other, 2, False, 9, 2, 7, 80.0)
        theirs = self._create_policy(name="Theirs", company_id=other.id)
        script = file_path("credit_control/migrations/19.0.1.4.0/post-agreements.py")
        self.env.flush_all()
        load_script(script, "agreements").migrate(self.cr, "19.0.1.3.0")
        self.env.invalidate_all()
        self.assertRecordValues(
            theirs | self.policy,
            [
                {
                    "promise_days": 2,
                    "promise_reminder": False,
                    "portal_promise_days": 9,
                    "portal_plan_terms": 2,
                    "portal_plan_days": 7,
                    "portal_plan_amount": 80.0,
                },
                {
                    "promise_days": 6,
                    "promise_reminder": True,
                    "portal_promise_days": 9,
                    "portal_plan_terms": 2,
                    "portal_plan_days": 7,
                    "portal_plan_amount": 80.0,
                },
            ],
        )

    def _set_company(self, company, *values):
        assignments = ", ".join(f"{name} = %s" for name in SETTINGS)
        self.cr.execute(
            f"UPDATE res_company SET {assignments} WHERE id = %s",
            [*values, company.id],
        )

    def test_an_older_database_has_no_such_settings(self):
        script = file_path("credit_control/migrations/19.0.1.4.0/post-agreements.py")
        load_script(script, "agreements").migrate(self.cr, "19.0.1.2.0")
        self.assertEqual(self.policy.promise_days, 3)

    def test_key_of_a_plan(self):
        item = self._items(self._create_overdue_invoice(amount=300))
        plan = self.profile._propose_plan(
            item, "equal", 3, "monthly", TODAY + timedelta(7), TODAY
        )
        plan._portal_ensure_token()
        self.assertTrue(plan.with_user(self.officer).access_token)
        with self.assertRaises(AccessError):
            plan.with_user(self.viewer).read(["access_token"])
