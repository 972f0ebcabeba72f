from importlib.util import module_from_spec, spec_from_file_location

from odoo.tests import freeze_time, tagged
from odoo.tools import SQL, file_path

from odoo.addons.credit_control.tests.common import TODAY

from .cover_common import CoverCommon

SCRIPTS = "credit_insurance/migrations/19.0.1.2.0"


def migrate(cr, path, version):
    """Run the script ``path`` of an addon."""
    found = file_path(path)
    spec = spec_from_file_location("script", found)
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    script.migrate(cr, version)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMigration(CoverCommon):
    """Each limit that was entered becomes a decision."""

    def _migrate(self, name):
        migrate(self.env.cr, f"{SCRIPTS}/{name}.py", "19.0.1.1.0")

    def _make_old(self, rows):
        """The table as it was, with ``rows`` of (debtor, amount, from, to, number)."""
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                """
                DROP INDEX credit_insurance_limit_policy_profile_uniq;
                ALTER TABLE credit_insurance_limit
                  ADD COLUMN IF NOT EXISTS amount numeric,
                  ADD COLUMN IF NOT EXISTS date_from date,
                  ADD COLUMN IF NOT EXISTS date_to date,
                  ADD COLUMN IF NOT EXISTS reference varchar;
                SELECT 1
                """
            )
        )
        for profile, *values in rows:
            self.env.execute_query(
                SQL(
                    """INSERT INTO credit_insurance_limit (policy_id, profile_id,
                           company_id, kind, is_own, create_uid, create_date, amount,
                           date_from, date_to, reference)
                       VALUES (%s, %s, %s, 'full', FALSE, %s, '2025-01-01', %s, %s, %s,
                               %s) RETURNING id""",
                    self.insured_policy.id,
                    profile.id,
                    self.company.id,
                    self.env.ref("base.user_admin").id,
                    *values,
                )
            )

    def test_nothing_is_lost(self):
        other = self._profile(self.other_debtor)
        # As on a database that has no limits yet.
        self.env["credit.insurance.period"].sudo().search([]).unlink()
        self.env.execute_query(
            SQL(
                """DELETE FROM credit_insurance_request;
                   DELETE FROM credit_insurance_import_line;
                   DELETE FROM credit_insurance_decision;
                   DELETE FROM credit_insurance_limit RETURNING id"""
            )
        )
        self.env.invalidate_all()
        self._make_old(
            [
                (self.profile, 1000, "2025-01-01", "2025-03-31", "LB-1"),
                (self.profile, 400, "2025-04-01", None, "LB-2"),
                (other, 0, "2025-02-01", None, None),
            ]
        )
        self._migrate("pre-decisions")
        self._migrate("post-decisions")
        self.env.invalidate_all()
        self.assertFalse(self.insured_policy.watch_deadlines)
        limits = self.profile.insurance_limit_ids
        self.assertEqual(len(limits), 1)
        self.assertRecordValues(
            limits.decision_ids.sorted("date_from"),
            [
                {
                    "amount": 1000,
                    "date_from": TODAY.replace(month=1, day=1),
                    "date_to": TODAY.replace(month=3, day=31),
                    "reference": "LB-1",
                    "status": "approved",
                    "user_id": self.env.ref("base.user_admin").id,
                    "profile_id": self.profile.id,
                    "company_id": self.company.id,
                },
                {
                    "amount": 400,
                    "date_from": TODAY.replace(month=4, day=1),
                    "date_to": False,
                    "reference": "LB-2",
                    "status": "approved",
                    "user_id": self.env.ref("base.user_admin").id,
                    "profile_id": self.profile.id,
                    "company_id": self.company.id,
                },
            ],
        )
        self.assertEqual(limits.amount, 400)
        cover = self.profile._get_cover(1000, TODAY.replace(month=3, day=31))
        self.assertEqual(cover.insured, 900)
        self.assertEqual(other.insurance_limit_ids.decision_ids.status, "refused")
        columns = self.env.execute_query(
            SQL(
                """SELECT column_name FROM information_schema.columns
                    WHERE table_name = 'credit_insurance_limit'
                      AND column_name IN ('amount', 'date_from', 'date_to')"""
            )
        )
        self.assertFalse(columns)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMigrationClocks(CoverCommon):
    """What 19.0.1.3.0 changes of stored data."""

    def test_the_kinds_that_meant_insolvency_still_do(self):
        kinds = self.env["credit.signal.kind"].search([])
        kinds.means_insolvency = False
        # One of them was deleted.
        self.env.ref("credit_control.signal_moratorium").unlink()
        script = "credit_control/migrations/19.0.1.5.0/post-insolvency.py"
        migrate(self.env.cr, script, "19.0.1.4.0")
        self.assertEqual(
            kinds.exists().filtered("means_insolvency"),
            self.env.ref("credit_control.signal_insolvency"),
        )

    def test_somebody_hears_of_policies_that_are_not_watched(self):
        self._insure(100)
        other = self._create_insurance(number="BE-2")  # nobody is insured by it
        policies = self.insured_policy | other
        policies.watch_deadlines = False
        script = "credit_insurance/migrations/19.0.1.3.0/post-watch.py"
        migrate(self.env.cr, script, "19.0.1.2.0")
        kind = self.env.ref("credit_insurance.activity_deadlines")
        told = policies.activity_ids.filtered(lambda a: a.activity_type_id == kind)
        self.assertEqual(told.mapped("res_id"), self.insured_policy.ids)
