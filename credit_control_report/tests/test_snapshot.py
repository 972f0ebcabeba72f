from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged, warmup

from .common import AS_OF, AgeingCommon

MAY, JUNE, JULY = date(2024, 5, 31), AS_OF, date(2024, 7, 31)


class SnapshotCommon(AgeingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.snapshots = cls.env["credit.snapshot"].sudo()
        cls.profiles = cls.env["credit.profile"].sudo()
        cls.good, cls.poor = (
            cls.env.ref(f"credit_control.tier_{code}") for code in ("good", "poor")
        )

    @classmethod
    def _create_user(cls, login, group, companies=None):
        companies = companies or cls.company
        return new_test_user(
            cls.env,
            login,
            groups=group,
            company_id=companies[0].id,
            company_ids=[(6, 0, companies.ids)],
        )

    def _rows(self, company=None, **domain):
        """[(month, debtor, bucket, amount)]"""
        leaves = [("company_id", "=", (company or self.company).id)]
        leaves += [(name, "=", value) for name, value in domain.items()]
        return [
            (one.date, one.partner_id.name, one.bucket, one.amount)
            for one in self.snapshots.search(leaves, order="date, partner_id, bucket")
        ]

    def _classify(self, partner, tier, company=None):
        profile = self.profiles._get_or_create(partner, company or self.company)
        profile.tier_id = tier
        return profile


@tagged("post_install", "-at_install")
class TestSnapshot(SnapshotCommon):
    def test_history_is_made_from_the_ledger(self):
        invoice = self._post(100, "2024-05-20", day="2024-05-01")
        self._register_payment(invoice, amount=30, payment_date="2024-07-10")
        self.snapshots._refresh(self.company, date(2024, 8, 15))
        self.assertEqual(
            self._rows(),
            [
                (MAY, "Debtor", "1", 100),
                (JUNE, "Debtor", "2", 100),
                (JULY, "Debtor", "3", 70),
            ],
        )

    def test_a_month_that_is_not_over_is_left_out(self):
        self._post(100, "2024-07-05")
        self.snapshots._refresh(self.company, date(2024, 7, 30))
        self.assertEqual(self._rows(), [])
        self.snapshots._refresh(self.company, JULY)
        self.assertEqual(self._rows(), [(JULY, "Debtor", "1", 100)])

    def test_credits_and_entries_without_partner_are_kept(self):
        self._post(100, "2024-06-20")
        self._post_entry(-25, "2024-06-25", partner=self.debtor)
        self._post_entry(7, "2024-06-01")
        self.snapshots._make(self.company, JUNE)
        self.assertEqual(
            self._rows(), [(JUNE, "Debtor", "1", 75), (JUNE, False, "1", 7)]
        )
        total = sum(self.snapshots.search([("date", "=", JUNE)]).mapped("amount"))
        balance = self.ageing._ledger_balances(self.company, JUNE)[self.company.id]
        self.assertEqual(total, float(balance))

    def test_made_again_it_is_replaced(self):
        invoice = self._post(100, "2024-06-20")
        self._post(5, "2024-07-20", day="2024-06-20", partner=self.other_debtor)
        self.snapshots._make(self.company, JUNE)
        before = self.snapshots.search([("company_id", "=", self.company.id)])
        self.snapshots._make(self.company, JUNE)
        again = self.snapshots.search([("company_id", "=", self.company.id)])
        self.assertEqual(before, again, "nothing changed, nothing is written")
        # Entered late, for the month that was over.
        self._register_payment(invoice, payment_date="2024-06-28")
        self._post(8, "2024-03-01", day="2024-06-01", partner=self.other_debtor)
        self.snapshots._make(self.company, JUNE)
        self.assertEqual(
            self._rows(),
            [(JUNE, "Other debtor", "0", 5), (JUNE, "Other debtor", "5", 8)],
        )

    def test_the_tier_of_then_stays(self):
        self._post(100, "2024-06-20")
        profile = self._classify(self.debtor, self.good)
        self.snapshots._make(self.company, JUNE)
        profile.tier_id = self.poor
        self._post(9, "2024-02-20", day="2024-06-20")
        self.snapshots._make(self.company, JUNE)
        self.snapshots._make(self.company, JULY)
        tiers = [
            (one.date, one.bucket, one.tier_id)
            for one in self.snapshots.search(
                [("company_id", "=", self.company.id)], order="date, bucket"
            )
        ]
        self.assertEqual(
            tiers,
            [
                (JUNE, "1", self.good),
                (JUNE, "5", self.good),
                (JULY, "2", self.poor),
                (JULY, "5", self.poor),
            ],
        )

    def test_history_takes_the_tier_from_the_score_of_then(self):
        self._post(100, "2024-06-20")
        profile = self._classify(self.debtor, self.poor)
        self.env["credit.score"].sudo().create(
            {
                "profile_id": profile.id,
                "month": "2024-06-01",
                "date": "2024-06-29",
                "tier_id": self.good.id,
            }
        )
        self.snapshots._make(self.company, JUNE)
        self.assertEqual(
            self.snapshots.search([("company_id", "=", self.company.id)]).tier_id,
            self.good,
        )

    def test_companies_are_kept_apart(self):
        second = self.setup_other_company(name="Second company")
        self._post(100, "2024-06-20")
        self._post(30, "2024-06-20", journal_id=second["default_journal_sale"].id)
        for company in self.company + second["company"]:
            self.snapshots._make(company, JUNE)
        self.assertEqual(self._rows(), [(JUNE, "Debtor", "1", 100)])
        self.assertEqual(self._rows(second["company"]), [(JUNE, "Debtor", "1", 30)])

    def test_the_cron_catches_up(self):
        self._post(100, "2024-05-20")
        self.snapshots._make(self.company, MAY)
        first = self.snapshots._get_first_to_make(self.company, date(2024, 9, 1))
        self.assertEqual(first, MAY)
        self.snapshots._refresh(self.company, date(2024, 9, 1), first)
        self.assertEqual(len(self._rows()), 4)
        first = self.snapshots._get_first_to_make(self.company, date(2024, 9, 1))
        self.assertEqual(first, JUNE, "months that were over are looked at again")

    def test_items_behind_a_row(self):
        invoice = self._post(100, "2024-06-20")
        self._post(5, "2024-07-20", day="2024-06-20")
        self._register_payment(invoice, payment_date="2024-07-02")
        self.snapshots._make(self.company, JUNE)
        row = self.snapshots.search(
            [("company_id", "=", self.company.id), ("bucket", "=", "1")]
        )
        user = self._create_user("looking", "credit_control.group_viewer")
        action = row.with_user(user).action_view_items()
        items = self.env["account.move.line"].search(action["domain"])
        self.assertEqual(items, self._receivable_lines(invoice))

    @warmup
    def test_one_statement_a_month(self):
        def work():
            self.env.flush_all()
            before = self.cr.sql_log_count
            self.snapshots._make(self.company, JUNE)
            return self.cr.sql_log_count - before

        self._post(100, "2024-06-20")
        work()
        self.assertEqual(work(), 1)
        for number in range(20):
            partner = self.env["res.partner"].create({"name": f"Debtor {number}"})
            self._post_entry(10, "2024-05-01", partner=partner)
        self.assertEqual(work(), 1)


@tagged("post_install", "-at_install")
class TestSnapshotMove(SnapshotCommon):
    def _moves(self):
        self.env.flush_all()
        moves = self.env["credit.snapshot.move"].sudo()
        return [
            (one.date, one.bucket_before, one.bucket, one.direction, one.change)
            for one in moves.search([("partner_id", "=", self.debtor.id)], order="date")
        ]

    def test_a_debtor_comes_grows_late_and_pays(self):
        self._post(1, "2024-04-01", partner=self.other_debtor)
        invoice = self._post(100, "2024-06-20", day="2024-05-10")
        self._register_payment(invoice, payment_date="2024-07-10")
        self.snapshots._refresh(self.company, date(2024, 8, 31))
        self.assertEqual(
            self._moves(),
            [
                (MAY, "-", "0", "new", 100),
                (JUNE, "0", "1", "worse", 0),
                (JULY, "1", "-", "gone", -100),
            ],
        )

    def test_credits_alone_are_not_late(self):
        self._post(1, "2024-04-01", partner=self.other_debtor)
        self._post_entry(-25, "2024-06-25", partner=self.debtor)
        self.snapshots._refresh(self.company, JUNE)
        self.assertEqual(self._moves(), [(JUNE, "-", "-", "same", -25)])


@tagged("post_install", "-at_install")
class TestSnapshotAccess(SnapshotCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.setup_other_company(name="Second company")
        cls._post(1, "2024-05-20")
        cls._post(100, "2024-06-20")
        cls._post(30, "2024-06-20", journal_id=cls.second["default_journal_sale"].id)
        for company in cls.company + cls.second["company"]:
            cls.snapshots._refresh(company, JUNE)

    def test_a_viewer_sees_his_companies_only(self):
        viewer = self._create_user("one_company", "credit_control.group_viewer")
        for model in ("credit.snapshot", "credit.snapshot.move", "credit.kpi"):
            records = self.env[model].with_user(viewer).search([])
            self.assertTrue(records, model)
            self.assertEqual(records.company_id, self.company, model)
            [[total]] = (
                self.env[model].with_user(viewer)._read_group([], [], ["__count"])
            )
            self.assertEqual(total, len(records), model)

    def test_a_debtor_that_a_rule_hides(self):
        """An access rule on debtor files holds for their month-ends, too."""
        self._classify(self.debtor, self.good)
        self._classify(self.other_debtor, self.poor)
        self._post(100, "2024-05-20", day="2024-05-01")
        self._post(7, "2024-05-20", day="2024-05-01", partner=self.other_debtor)
        self.snapshots._refresh(self.company, JUNE)
        viewer = self._create_user("half_sighted", "credit_control.group_viewer")
        models = [
            self.env[name].with_user(viewer)
            for name in ("credit.snapshot", "credit.snapshot.move")
        ]
        both = self.debtor + self.other_debtor
        for model in models:
            self.assertEqual(model.search([]).partner_id, both)
        hidden = self.snapshots.search([("partner_id", "=", self.other_debtor.id)])
        self.env["ir.rule"].create(
            {
                "name": "Not the poor ones",
                "model_id": self.env["ir.model"]._get_id("credit.profile"),
                "domain_force": f"[('tier_id', '!=', {self.poor.id})]",
            }
        )
        for model in models:
            with self.subTest(model=model._name):
                self.assertEqual(model.search([]).partner_id, self.debtor)
                [[total]] = model._read_group([], [], ["amount:sum"])
                own = model.sudo().search(
                    [
                        ("partner_id", "=", self.debtor.id),
                        ("company_id", "=", self.company.id),
                    ]
                )
                self.assertEqual(total, sum(own.mapped("amount")))
        with self.assertRaises(AccessError):
            hidden.with_user(viewer).mapped("amount")

    def test_others_see_nothing(self):
        users = (
            self._create_user("no_rights", "base.group_user"),
            self._create_user("a_customer", "base.group_portal"),
        )
        for model in ("credit.snapshot", "credit.snapshot.move", "credit.kpi"):
            for user in users:
                with self.subTest(model=model, user=user.login):
                    with self.assertRaises(AccessError):
                        self.env[model].with_user(user).search([])

    def test_nobody_writes(self):
        manager = self._create_user("the_manager", "credit_control.group_manager")
        for model in ("credit.snapshot", "credit.kpi"):
            record = self.env[model].with_user(manager).search([], limit=1)
            for work in (
                lambda record=record: record.write({"date": "2024-01-31"}),
                record.unlink,
                lambda model=model: self.env[model].with_user(manager).create({}),
            ):
                with self.subTest(model=model), self.assertRaises(AccessError):
                    work()

    def test_officers_bring_up_to_date(self):
        officer = self._create_user("the_officer", "credit_control.group_officer")
        viewer = self._create_user("the_viewer", "credit_control.group_viewer")
        with self.assertRaises(AccessError):
            self.snapshots.with_user(viewer).action_refresh()
        theirs = self._rows(self.second["company"])
        self.snapshots.with_user(officer).with_context(
            allowed_company_ids=self.company.ids
        ).action_refresh()
        self.assertGreater(len(self._rows()), 2)
        self.assertEqual(self._rows(self.second["company"]), theirs)
