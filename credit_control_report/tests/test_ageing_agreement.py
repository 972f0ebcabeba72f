from datetime import date

from odoo.tests import tagged

from .common import AS_OF
from .test_ageing_item import AgeingItemCommon

COLUMNS = ("disputed_amount", "promised_amount", "plan_amount")


@tagged("post_install", "-at_install")
class TestAgeingAgreement(AgeingItemCommon):
    """What is disputed, promised or planned of the open items, as of a day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._post(100, "2024-05-31")
        cls.item = cls._receivable_lines(cls.invoice)

    def setUp(self):
        super().setUp()
        self.profile = self._classify(self.debtor, self.good)

    def _add(self, model, line_model, amount, item=None, **values):
        item = item or self.item
        [line] = self.env[line_model]._prepare_lines({item: amount})
        return (
            self.env[model]
            .sudo()
            .create(
                {
                    "profile_id": self.profile.id,
                    "currency_id": item.currency_id.id,
                    "line_ids": [(0, 0, line)],
                    **values,
                }
            )
        )

    def _dispute(self, amount, **values):
        category = self.env["credit.dispute.category"].search([])[0]
        return self._add(
            "credit.dispute",
            "credit.dispute.line",
            amount,
            category_id=category.id,
            opened_on="2024-06-10",
            deadline="2024-06-20",
            **values,
        )

    def _promise(self, amount, **values):
        return self._add(
            "credit.promise",
            "credit.promise.line",
            amount,
            date="2024-07-10",
            made_on="2024-06-10",
            deadline="2024-07-10",
            pause_until="2024-07-10",
            tolerance_days=0,
            **values,
        )

    def _sums(self, as_of=AS_OF, **asked):
        names = [f"{name}:sum" for name in COLUMNS]
        [sums] = self._items(as_of=as_of, **asked)._read_group([], [], names)
        return sums

    def test_disputed_and_promised(self):
        self._dispute(40)
        self._promise(25)
        self.assertEqual(self._sums(), (40, 25, 0))

    def test_on_a_past_day_with_the_agreements_of_then(self):
        self._dispute(40, state="resolved", ended_on="2024-06-25")
        self._promise(25, state="broken", closed_date="2024-07-11")
        self.assertEqual(self._sums(as_of=date(2024, 6, 9)), (0, 0, 0))
        self.assertEqual(self._sums(as_of=date(2024, 6, 24)), (40, 25, 0))
        self.assertEqual(self._sums(as_of=date(2024, 6, 25)), (0, 25, 0))
        self.assertEqual(self._sums(as_of=date(2024, 7, 11)), (0, 0, 0))

    def test_never_more_than_is_open(self):
        self._dispute(90)
        self._register_payment(self.invoice, amount=70, payment_date="2024-06-15")
        self.assertEqual(self._sums(), (30, 0, 0))

    def test_in_company_currency(self):
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])
        invoice = self._post(10, "2024-05-31", currency_id=euro.id)
        item = self._receivable_lines(invoice)
        self._dispute(4, item=item)
        self.assertEqual(self._sums(), (8, 0, 0))

    def test_same_in_the_workbook(self):
        self._dispute(40)
        self._promise(25)
        self._post(7, "2024-06-20", partner=self.other_debtor)
        rows = self._read_rows(self._read_workbook()["Debtors"])
        found = {
            row["Debtor"]: (row["Disputed"], row["Promised"], row["In plans"])
            for row in rows
        }
        self.assertEqual(found, {"Debtor": (40, 25, 0), "Other debtor": (0, 0, 0)})

    def test_by_debtor_group_and_company_group(self):
        group = (
            self.env["credit.group"]
            .sudo()
            .create({"name": "Group", "company_id": self.company.id})
        )
        self.profile.group_id = group
        item = self._items().search([])
        self.assertEqual(item.group_id.id, group.id)
        self.assertEqual(item.root_company_id, self.company)

    def test_of_a_plan(self):
        self.env.cr.execute(
            """INSERT INTO credit_plan (profile_id, company_id, currency_id, date, kind,
                                        period, charges, state, active_date)
               VALUES (%s, %s, %s, '2024-06-10', 'equal', 'month', 'exclude', 'active',
                       '2024-06-12') RETURNING id""",
            [self.profile.id, self.company.id, self.item.currency_id.id],
        )
        [plan_id] = self.env.cr.fetchone()
        self.env.cr.execute(
            """INSERT INTO credit_plan_item (plan_id, item_id, amount, kind, state)
               VALUES (%s, %s, 60, 'invoice', 'active')""",
            [plan_id, self.item.id],
        )
        self.assertEqual(self._sums(), (0, 0, 60))
        self.assertEqual(self._sums(as_of=date(2024, 6, 11)), (0, 0, 0))
