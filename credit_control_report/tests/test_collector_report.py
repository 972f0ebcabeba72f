from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .test_snapshot import SnapshotCommon


@tagged("post_install", "-at_install")
class TestCollectorReport(SnapshotCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.viewer = cls._create_user("activity_viewer", "credit_control.group_viewer")
        cls.collector = cls._create_user("caller", "credit_control.group_officer")

    def setUp(self):
        super().setUp()
        self.profile = self._classify(self.debtor, self.good)
        self.invoice = self._post(100, "2024-05-31")

    def _call(self, day, outcome="reached", profile=None):
        return (
            self.env["credit.call"]
            .sudo()
            .create(
                {
                    "profile_id": (profile or self.profile).id,
                    "user_id": self.collector.id,
                    "date": f"{day} 10:00:00",
                    "outcome": outcome,
                }
            )
        )

    def _rows(self, user=None, companies=None):
        self.env.flush_all()
        self.env["credit.collector.report"].invalidate_model()
        companies = companies or self.company
        return (
            self.env["credit.collector.report"]
            .with_user(user or self.viewer)
            .with_context(allowed_company_ids=companies.ids)
            .search([], order="date, id")
        )

    def test_what_came_in_counts_for_the_last_action_before_it(self):
        self._call("2024-06-01", "not_reached")
        self._call("2024-06-05")
        self._register_payment(self.invoice, amount=30, payment_date="2024-06-10")
        self._call("2024-06-20")
        self._register_payment(self.invoice, amount=20, payment_date="2024-06-20")
        self.assertEqual(
            [(row.date.day, row.reached, row.collected) for row in self._rows()],
            [(1, 0, 0), (5, 1, 30), (20, 1, 20)],
        )
        self.assertEqual(self._rows().user_id, self.collector)

    def test_only_within_the_days_of_the_settings(self):
        self._call("2024-06-05")
        self._register_payment(self.invoice, amount=30, payment_date="2024-06-19")
        self._register_payment(self.invoice, amount=20, payment_date="2024-06-20")
        self.assertEqual(self._rows().collected, 30)
        self.company.credit_effect_days = 15
        self.assertEqual(self._rows().collected, 50)

    def test_payments_before_anything_was_done(self):
        self._register_payment(self.invoice, amount=30, payment_date="2024-06-01")
        self._call("2024-06-05")
        self.assertEqual(self._rows().collected, 0)

    def test_notices_count(self):
        run = self.env["credit.run"].sudo()._propose(self.company, date(2024, 6, 25))
        run.notice_ids.write({"state": "sent", "user_id": self.collector.id})
        row = self._rows()
        self.assertEqual((row.kind, row.user_id), ("notice", self.collector))
        self.assertEqual(row.action_open()["res_id"], run.notice_ids.id)

    def test_own_companies_and_debtors_only(self):
        second = self.setup_other_company(name="Second")["company"]
        self._call("2024-06-05")
        self._call("2024-06-05", profile=self._classify(self.debtor, self.good, second))
        hidden = self._classify(self.other_debtor, self.poor)
        self._call("2024-06-05", profile=hidden)
        self.env["ir.rule"].create(
            {
                "name": "Not the poor ones",
                "model_id": self.env["ir.model"]._get_id("credit.profile"),
                "domain_force": f"[('tier_id', '!=', {self.poor.id})]",
            }
        )
        self.assertEqual(self._rows().profile_id, self.profile)
        for group in ("base.group_user", "base.group_portal"):
            with self.subTest(group=group), self.assertRaises(AccessError):
                self._rows(self._create_user(group, group))


@tagged("post_install", "-at_install")
class TestPaymentDays(SnapshotCommon):
    def test_days_of_a_debtor(self):
        profile = self._classify(self.debtor, self.good)
        for amount, due, paid in (
            (100, "2024-05-31", "2024-06-10"),
            (300, "2024-05-31", "2024-05-21"),
            (50, "2023-05-31", "2023-06-29"),
        ):
            invoice = self._post(
                amount, due, day="2023-05-01" if amount == 50 else "2024-05-01"
            )
            self._register_payment(invoice, payment_date=paid)
        found = profile._fetch_payment_days(date(2024, 6, 30))
        days, late = found[self.debtor.id, self.company.id]
        self.assertEqual((days, late), ((100 * 40 + 300 * 20) / 400, 2.5))

    def test_who_never_paid_has_no_figure(self):
        profile = self._classify(self.debtor, self.good)
        self._post(100, "2024-05-31")
        self.assertEqual(profile._fetch_payment_days(date(2024, 6, 30)), {})
        self.assertFalse(profile.has_paid)

    def test_of_many_as_of_one(self):
        def count(profiles):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            profiles._fetch_payment_days(date(2024, 6, 30))
            return self.cr.sql_log_count - before

        one = self._classify(self.debtor, self.good)
        both = one + self._classify(self.other_debtor, self.poor)
        self.env.flush_all()
        count(both)
        self.assertEqual(count(both), count(one))
