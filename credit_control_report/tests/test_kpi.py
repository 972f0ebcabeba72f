from datetime import date

from odoo.tests import tagged, warmup

from .test_snapshot import SnapshotCommon

SEPTEMBER = date(2024, 9, 30)
YEAR_END = date(2024, 12, 31)


@tagged("post_install", "-at_install")
class TestKpi(SnapshotCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.figures = cls.env["credit.kpi"].sudo()

    def _refresh(self, as_of):
        self.snapshots._refresh(self.company, as_of)

    def _values(self, day, tier=None):
        """{indicator: value}"""
        figures = self.figures.search(
            [
                ("company_id", "=", self.company.id),
                ("date", "=", day),
                ("tier_id", "=", tier.id if tier else False),
            ]
        )
        return {one.indicator: one.value for one in figures}

    def _post_quarter(self):
        """The published example: 550 at the begin, sales of 300, 310 and 290, at the
        end 600 of which 420 are not due."""
        begin = self._post(550, "2024-07-10", day="2024-06-10")
        july = self._post(300, "2024-08-10", day="2024-07-10")
        self._post(310, "2024-10-10", day="2024-08-10")
        self._post(110, "2024-10-10", day="2024-09-10")
        self._post(180, "2024-09-20", day="2024-09-10")
        for invoice, paid in ((begin, "2024-07-20"), (july, "2024-09-20")):
            self._register_payment(invoice, payment_date=paid)

    def test_no_average_of_different_figures(self):
        self._post_quarter()
        self._refresh(SEPTEMBER)
        asked = [("date", "=", SEPTEMBER), ("company_id", "=", self.company.id)]
        asked += [("tier_id", "=", False), ("indicator", "in", ("dso", "count_back"))]
        [(total,)] = self.figures._read_group(asked, [], ["value:avg"])
        self.assertIn(total, (None, False))
        each = self.figures._read_group(asked, ["indicator"], ["value:avg"])
        self.assertEqual(dict(each), {"dso": 61.33, "count_back": 61.0})

    def test_no_average_of_amounts_of_two_companies(self):
        second = self.setup_other_company(name="Second")["company"]
        vals = {"date": SEPTEMBER, "sequence": 1, "value": 10}
        for indicator, unit, total in (
            ("irrecoverable", "amount", 0),
            ("dso", "days", 10),
        ):
            figures = self.figures.create(
                [
                    {**vals, "company_id": one.id, "indicator": indicator, "unit": unit}
                    for one in (self.company, second)
                ]
            )
            with self.subTest(indicator):
                [(found,)] = self.figures._read_group(
                    [("id", "in", figures.ids)], [], ["value:avg"]
                )
                self.assertEqual(found or 0, total)

    def test_published_figures_of_a_quarter(self):
        self._post_quarter()
        self._refresh(SEPTEMBER)
        values = self._values(SEPTEMBER)
        expected = {
            "dso": 61.33,
            "count_back": 61.0,
            "best_possible": 42.93,
            "delinquent": 18.4,
            "effectiveness": 82.52,
        }
        self.assertEqual({name: values[name] for name in expected}, expected)

    def test_behaviour_of_the_month(self):
        self._post_quarter()
        self._refresh(SEPTEMBER)
        values = self._values(SEPTEMBER)
        self.assertEqual((values["days_to_pay"], values["days_late"]), (72, 41))
        self.assertNotIn("days_late", self._values(date(2024, 8, 31)), "nobody paid")

    def test_a_credit_note_is_no_payment(self):
        invoice = self._post(100, "2024-08-10", day="2024-07-10")
        self._reverse_invoice(invoice, post=True, date="2024-09-20")
        self._refresh(SEPTEMBER)
        self.assertNotIn("days_late", self._values(SEPTEMBER))

    def test_roll_rates(self):
        self._post(400, "2024-09-10", day="2024-08-01")
        early = self._post(100, "2024-08-20", day="2024-08-01")
        self._register_payment(early, amount=75, payment_date="2024-09-05")
        self._refresh(SEPTEMBER)
        values = self._values(SEPTEMBER)
        self.assertEqual((values["roll_0"], values["roll_1"]), (100, 25))
        self.assertNotIn("roll_2", values, "nothing stood there: no figure")

    def test_no_figure_before_the_months_are_known(self):
        self._post_quarter()
        self._refresh(SEPTEMBER)
        self.assertNotIn("dso", self._values(date(2024, 8, 31)))
        self.assertNotIn("turnover", self._values(SEPTEMBER))

    def test_no_figure_without_sales(self):
        self._post(100, "2024-01-31")
        self._refresh(SEPTEMBER)
        values = self._values(SEPTEMBER)
        self.assertFalse({"dso", "best_possible", "delinquent"} & values.keys())
        self.assertEqual(values["effectiveness"], 0, "nothing was collected")

    def test_a_year(self):
        self._post(100, "2024-01-10", day="2023-12-10")
        self._post(300, "2024-07-10", day="2024-06-10")
        self._refresh(YEAR_END)
        values = self._values(YEAR_END)
        # 6 month-ends with 100, 7 with 400.
        self.assertEqual(values["turnover"], round(300 * 13 / 3400, 2))
        self.assertEqual(values["turnover_days"], round(3400 / 13 / 300 * 366, 2))
        self.assertNotIn("bad_debt", values, "no account is chosen")

    def test_bad_debts(self):
        account = self.company_data["default_account_expense"]
        self.company.credit_bad_debt_account_ids = account
        self._post(1000, "2024-01-10", day="2023-12-10")
        self._post(400, "2024-07-10", day="2024-06-10")
        self.env["account.move"].create(
            {
                "date": "2024-11-05",
                "journal_id": self.company_data["default_journal_misc"].id,
                "line_ids": [
                    (0, 0, {"account_id": account.id, "balance": 50}),
                    (0, 0, {"account_id": self.receivable.id, "balance": -50}),
                ],
            }
        ).action_post()
        self._refresh(YEAR_END)
        self.assertEqual(self._values(YEAR_END)["bad_debt"], 12.5)

    def test_tiers_apart(self):
        self._classify(self.debtor, self.good)
        self._classify(self.other_debtor, self.poor)
        self._post(900, "2024-10-10", day="2024-09-10")
        self._post(90, "2024-09-10", day="2024-08-10", partner=self.other_debtor)
        self._post(1, "2024-06-10", day="2024-06-01", partner=self.other_debtor)
        self._refresh(SEPTEMBER)
        self.assertEqual(self._values(SEPTEMBER, self.good)["dso"], 92)
        self.assertEqual(self._values(SEPTEMBER, self.poor)["best_possible"], 0)
        self.assertEqual(
            self._values(SEPTEMBER)["dso"], round(991 / 990 * 92, 2), "all together"
        )

    def test_made_again_figures_are_replaced(self):
        self._post_quarter()
        self._refresh(SEPTEMBER)
        before = self._values(SEPTEMBER)
        self._refresh(SEPTEMBER)
        self.assertEqual(self._values(SEPTEMBER), before)
        self.env["account.partial.reconcile"].search(
            [("max_date", "=", "2024-09-20"), ("company_id", "=", self.company.id)]
        ).unlink()
        self._refresh(SEPTEMBER)
        self.assertNotIn("days_late", self._values(SEPTEMBER), "a figure is gone")

    def test_from_a_figure_to_its_debtors_and_invoices(self):
        self._classify(self.debtor, self.good)
        self._post_quarter()
        self._post(8, "2024-09-10", day="2024-09-01", partner=self.other_debtor)
        self._refresh(SEPTEMBER)
        viewer = self._create_user("drilling", "credit_control.group_viewer")
        figure = self.figures.with_user(viewer).search(
            [
                ("date", "=", SEPTEMBER),
                ("tier_id", "=", self.good.id),
                ("indicator", "=", "dso"),
            ]
        )
        for action, expected in (
            (figure.action_view_debtors(), 600),
            (figure.action_view_sales(), 900),
        ):
            found = self.env[action["res_model"]].with_user(viewer)
            found = found.search(action["domain"])
            name = (
                "amount" if found._name == "credit.snapshot" else "amount_total_signed"
            )
            self.assertEqual(sum(found.mapped(name)), expected)

    @warmup
    def test_constant_queries(self):
        def count():
            self.env.flush_all()
            before = self.cr.sql_log_count
            self.figures._make(self.company, [SEPTEMBER])
            return self.cr.sql_log_count - before

        self._post_quarter()
        self._refresh(SEPTEMBER)
        count()
        few = count()
        for number in range(20):
            partner = self.env["res.partner"].create({"name": f"Debtor {number}"})
            self._classify(partner, self.good if number % 2 else self.poor)
            self._post_entry(10, "2024-05-01", partner=partner)
        self.snapshots._make(self.company, SEPTEMBER)
        self.assertLessEqual(count(), few)
        self.assertLessEqual(few, 20)
