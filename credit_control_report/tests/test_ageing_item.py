from datetime import date, timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged, warmup

from .common import AS_OF
from .test_snapshot import SnapshotCommon


class AgeingItemCommon(SnapshotCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = (
            cls.env["credit.ageing.scheme"]
            .sudo()
            .create({"name": "Short", "bounds": "0, 30, 60"})
        )
        cls.viewer = cls._create_user("screen_viewer", "credit_control.group_viewer")

    def _items(self, as_of=AS_OF, by="due", user=None, companies=None, **asked):
        companies = companies or self.company
        # Every question is a request of its own.
        self.env["credit.ageing.item"].invalidate_model()
        asked = {
            "as_of": as_of.isoformat(),
            "company_ids": companies.ids,
            "scheme_id": self.scheme.id,
            **asked,
        }
        return (
            self.env["credit.ageing.item"]
            .with_user(user or self.viewer)
            .with_context(
                allowed_company_ids=companies.ids,
                credit_ageing=asked,
                credit_ageing_by=by,
            )
        )

    def _buckets(self, **asked):
        """{bucket: amount}, in the order of the screen"""
        groups = self._items(**asked)._read_group([], ["bucket_id"], ["amount:sum"])
        return {bucket.display_name: amount for bucket, amount in groups}


@tagged("post_install", "-at_install")
class TestAgeingItem(AgeingItemCommon):
    def test_buckets_in_their_order(self):
        for due, amount in (
            ("2024-06-30", 1),
            ("2024-06-29", 2),
            ("2024-05-31", 4),
            ("2024-05-30", 8),
            ("2024-05-01", 16),
            ("2024-04-30", 32),
        ):
            self._post(amount, due, day="2024-01-01")
        self.assertEqual(
            list(self._buckets().items()),
            [
                ("Not due", 1),
                ("1–30 days", 6),
                ("31–60 days", 24),
                ("Over 60 days", 32),
            ],
        )

    def test_by_invoice_date(self):
        self._post(100, "2024-06-30", day="2024-05-20")
        self.assertEqual(self._buckets(by="date"), {"31–60 days": 100})
        item = self._items(by="date").search([])
        self.assertRecordValues(
            item,
            [
                {
                    "date": date(2024, 5, 20),
                    "due_date": date(2024, 6, 30),
                    "days_late": 41,
                }
            ],
        )
        today = self._post(5, "2024-07-30", day=AS_OF)
        self.assertEqual(
            self._items(by="date").search([("move_id", "=", today.id)]).bucket_id,
            self.scheme.bucket_ids[0],
        )
        self.assertIn("Up to 0 days", self._buckets(by="date"))

    def test_a_past_day_with_the_matchings_of_then(self):
        invoice = self._post(100, "2024-05-31")
        self._register_payment(invoice, amount=30, payment_date="2024-07-10")
        self.assertEqual(self._buckets(as_of=date(2024, 7, 9)), {"31–60 days": 100})
        self.assertEqual(self._buckets(as_of=date(2024, 7, 10)), {"31–60 days": 70})
        self.assertEqual(self._buckets(as_of=date(2024, 5, 30)), {})

    def test_credits_and_payments_in_columns_of_their_own(self):
        self._post(100, "2024-05-31")
        self._post(40, "2024-06-20", move_type="out_refund")
        self._post_entry(-25, "2024-06-10", partner=self.debtor, journal="bank")
        columns = ["claim_amount", "credit_amount", "payment_amount", "amount"]
        [sums] = self._items()._read_group([], [], [f"{one}:sum" for one in columns])
        self.assertEqual(sums, (100, -40, -25, 35), "claims, credits, payments, open")
        kinds = self._items().search([], order="date").mapped("kind")
        self.assertEqual(kinds, ["out_invoice", "payment", "out_refund"])

    def test_drafts_on_request(self):
        self._create_invoice_one_line(
            price_unit=10,
            partner_id=self.debtor,
            invoice_date="2024-06-01",
            invoice_date_due="2024-06-20",
            tax_ids=[],
        )
        self.assertEqual(self._buckets(), {})
        self.assertEqual(self._buckets(drafts=True), {"1–30 days": 10})
        self.assertIn("ties", self._items(drafts=True)._get_action()["name"])

    def test_what_it_is_grouped_by(self):
        self.debtor.country_id = self.env.ref("base.be")
        profile = self._classify(self.debtor, self.good)
        profile.collector_id = self.env.user
        invoice = self._post(100, "2024-06-20")
        item = self._items().search([])
        self.assertRecordValues(
            item,
            [
                {
                    "partner_id": self.debtor.id,
                    "tier_id": self.good.id,
                    "collector_id": self.env.user.id,
                    "salesperson_id": invoice.invoice_user_id.id,
                    "country_id": self.env.ref("base.be").id,
                    "currency_id": invoice.currency_id.id,
                    "company_id": self.company.id,
                    "level_id": False,
                }
            ],
        )
        for field in item._fields.values():
            if field.type == "many2one":
                self._items()._read_group([], [field.name], ["amount:sum"])

    def test_level_claimed_by_then(self):
        invoice = self._post(100, "2024-05-20")
        run = self.env["credit.run"].sudo()._propose(self.company, date(2024, 6, 25))
        notice = run.notice_ids
        notice.line_ids.state = "sent"
        found = self._items(as_of=date(2024, 6, 24)).search([])
        self.assertFalse(found.level_id)
        found = self._items(as_of=date(2024, 6, 25)).search([])
        self.assertEqual(found.move_id, invoice)
        self.assertEqual(found.level_id, notice.level_id)

    def test_title_proves_the_total(self):
        self._post(100, "2024-05-31")
        self._post_entry(-7.25, "2024-06-01")
        action = self._items()._get_action()
        self.assertIn("ties to the ledger", action["name"])
        self.assertEqual(action["context"]["credit_ageing"]["as_of"], "2024-06-30")

    def test_same_as_the_workbook(self):
        for number in range(30):
            due = AS_OF - timedelta(number * 7 - 20)
            partner = self.debtor if number % 3 else self.other_debtor
            self._post_entry(10 + number, "2024-01-01", partner=partner, due=due)
        shown = {
            (company.id, partner.id): amount
            for company, partner, amount in self._items()._read_group(
                [], ["company_id", "partner_id"], ["amount:sum"]
            )
        }
        aged = self.ageing._aged_debtors(self.company, AS_OF, self.scheme)
        self.assertEqual(
            shown, {key: float(sum(amounts)) for key, amounts in aged.items()}
        )

    def test_new_bounds_change_the_buckets(self):
        self._post(100, "2024-06-10")
        self.scheme.bounds = "0, 10"
        self.assertEqual(self._buckets(), {"Over 10 days": 100})
        self.assertEqual(len(self.scheme.bucket_ids), 3)

    def test_wizard_shows_what_it_asks(self):
        self._post(100, "2024-05-31")
        wizard = (
            self.env["credit.ageing.wizard"]
            .with_user(self.viewer)
            .create({"date": "2024-06-30", "scheme_id": self.scheme.id, "by": "date"})
        )
        action = wizard.action_show()
        items = (
            self.env[action["res_model"]]
            .with_user(self.viewer)
            .with_context(**action["context"])
            .search([])
        )
        self.assertEqual(items.mapped("amount"), [100])
        self.assertEqual(items.action_view_move()["res_id"], items.move_id.id)

    @warmup
    def test_constant_queries(self):
        def count():
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._items().search_read(
                [], ["partner_id", "amount", "bucket_id", "tier_id"]
            )
            return self.cr.sql_log_count - before

        self._post_entry(10, "2024-05-01", partner=self.debtor)
        count()
        few = count()
        for number in range(20):
            partner = self.env["res.partner"].create({"name": f"Debtor {number}"})
            self._post_entry(10, "2024-05-01", partner=partner)
        self.assertEqual(count(), few)


@tagged("post_install", "-at_install")
class TestAgeingItemAccess(AgeingItemCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.setup_other_company(name="Second company")
        cls._post(100, "2024-06-20")
        cls._post(30, "2024-06-20", journal_id=cls.second["default_journal_sale"].id)

    def test_own_companies_only(self):
        self.assertEqual(self._items().search([]).mapped("amount"), [100])
        both = self.company + self.second["company"]
        asked = self._items(company_ids=both.ids)
        for work in (
            lambda: asked.search([]),
            lambda: asked._read_group([], [], ["amount:sum"]),
            asked._get_action,
        ):
            with self.assertRaises(AccessError):
                work()

    def test_several_companies(self):
        both = self.company + self.second["company"]
        user = self._create_user("both_viewer", "credit_control.group_viewer", both)
        groups = self._items(user=user, companies=both)._read_group(
            [], ["company_id"], ["amount:sum"]
        )
        self.assertEqual(
            {one: amount for one, amount in groups},
            {
                self.company: 100,
                self.second["company"]: 30,
            },
        )

    def test_others_see_nothing(self):
        for group in ("base.group_user", "base.group_portal"):
            user = self._create_user(group, group)
            with self.subTest(group=group), self.assertRaises(AccessError):
                self._items(user=user).search([])

    def test_a_debtor_that_a_rule_hides(self):
        """An access rule on debtor files or journal items holds here, too."""
        self._post(7, "2024-06-20", partner=self.other_debtor)
        self._classify(self.debtor, self.good)
        self._classify(self.other_debtor, self.poor)
        rule = self.env["ir.rule"].create(
            {
                "name": "Not the poor ones",
                "model_id": self.env["ir.model"]._get_id("credit.profile"),
                "domain_force": f"[('tier_id', '!=', {self.poor.id})]",
            }
        )
        self.assertEqual(self._items().search([]).mapped("amount"), [100])
        self.assertIn("off the ledger", self._items()._get_action()["name"])
        rule.write(
            {
                "model_id": self.env["ir.model"]._get_id("account.move.line"),
                "domain_force": f"[('partner_id', '=', {self.other_debtor.id})]",
            }
        )
        self.assertEqual(self._items().search([]).mapped("amount"), [7])
