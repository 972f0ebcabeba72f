from datetime import date
from decimal import Decimal
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from ..core import kpi
from .test_kpi import SEPTEMBER
from .test_snapshot import SnapshotCommon

AUGUST = date(2024, 8, 31)


@tagged("post_install", "-at_install")
class TestKpiCollection(SnapshotCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.figures = cls.env["credit.kpi"].sudo()

    def _values(self, day=SEPTEMBER, tier=None):
        self.snapshots._refresh(self.company, SEPTEMBER)
        figures = self.figures.search(
            [
                ("company_id", "=", self.company.id),
                ("date", "=", day),
                ("tier_id", "=", tier.id if tier else False),
            ]
        )
        return {one.indicator: one.value for one in figures}

    def _promise(self, state, closed, partner=None):
        profile = self._classify(partner or self.debtor, self.good)
        self.env["credit.promise"].sudo().create(
            {
                "profile_id": profile.id,
                "currency_id": self.company.currency_id.id,
                "date": closed,
                "made_on": closed,
                "deadline": closed,
                "pause_until": closed,
                "tolerance_days": 0,
                "state": state,
                "closed_date": closed,
            }
        )

    def test_promises_kept_of_those_that_ended_in_the_month(self):
        self._post(1, "2024-08-01", day="2024-07-01")
        for state, closed in (
            ("kept", "2024-09-01"),
            ("kept", "2024-09-30"),
            ("partly", "2024-09-10"),
            ("broken", "2024-09-10"),
            ("withdrawn", "2024-09-10"),
            ("broken", "2024-08-31"),
        ):
            self._promise(state, closed)
        self.assertEqual(self._values()["promise_kept"], 50)
        self.assertEqual(self._values(AUGUST)["promise_kept"], 0)
        self.assertNotIn("promise_kept", self._values(date(2024, 7, 31)))

    def test_disputes(self):
        invoices = self._post(100, "2024-09-20", day="2024-09-02")
        for _number in range(3):
            invoices += self._post(100, "2024-09-20", day="2024-09-02")
        profile = self._classify(self.debtor, self.good)
        self.assertNotIn("dispute_rate", self._values(), "nobody notes disputes")
        items = self._receivable_lines(invoices[0])
        lines = self.env["credit.dispute.line"]._prepare_lines({items: 40})
        dispute = self.env["credit.dispute"].sudo()
        dispute = dispute.create(
            {
                "profile_id": profile.id,
                "currency_id": self.company.currency_id.id,
                "category_id": self.env["credit.dispute.category"].search([])[0].id,
                "opened_on": "2024-09-03",
                "deadline": "2024-09-10",
                "line_ids": [(0, 0, line) for line in lines],
            }
        )
        values = self._values()
        self.assertEqual(values["dispute_rate"], 25)
        self.assertNotIn("dispute_days", values, "none has ended")
        dispute.write({"state": "resolved", "ended_on": "2024-09-15"})
        self.assertEqual(self._values()["dispute_days"], 12)
        self.assertEqual(self._values(tier=self.good)["dispute_rate"], 25)

    def _claim(self, day, amount, due="2024-07-01"):
        invoice = self._post(amount, due, day="2024-06-01")
        run = self.env["credit.run"].sudo()._propose(self.company, day)
        run.notice_ids.write({"state": "sent"})
        run.notice_ids.line_ids.write({"state": "sent"})
        return invoice, run.notice_ids.line_ids.level_number

    def test_effect_of_a_level(self):
        invoice, level = self._claim(date(2024, 9, 10), 100)
        self._register_payment(invoice, amount=30, payment_date="2024-09-24")
        self._register_payment(invoice, amount=20, payment_date="2024-09-25")
        core = kpi.collected_within(
            [(Decimal(100), [(14, Decimal(30)), (15, Decimal(20))])], 14
        )
        values = self._values()
        self.assertEqual(values[f"effect_{level}"], float(core))
        self.assertEqual(values[f"effect_{level}"], 30)
        self.company.credit_effect_days = 15
        self.assertEqual(self._values()[f"effect_{level}"], 50)

    def test_a_notice_counts_when_its_days_are_over(self):
        _invoice, level = self._claim(date(2024, 9, 20), 100)
        self.assertNotIn(f"effect_{level}", self._values())

    def test_what_a_credit_note_settled_is_no_effect(self):
        invoice, level = self._claim(date(2024, 9, 10), 100)
        self._reverse_invoice(invoice, post=True, date="2024-09-12")
        self.assertEqual(self._values()[f"effect_{level}"], 0)

    def test_effect_days_are_a_number_of_days(self):
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self._set_effect_days(0)

    def _set_effect_days(self, days):
        try:
            self.company.credit_effect_days = days
            self.company.flush_recordset()
        except Exception as error:  # what the database refuses
            raise ValidationError(str(error)) from error

    def test_irrecoverable(self):
        account = self.company_data["default_account_expense"]
        self._post(1000, "2024-09-10", day="2024-08-10")
        self.assertNotIn("irrecoverable", self._values(), "no account is chosen")
        self.company.credit_bad_debt_account_ids = account
        self.assertEqual(self._values()["irrecoverable"], 0)
        self._post_loss(account, 50, "2024-09-05")
        self.assertEqual(self._values()["irrecoverable"], 50)
        self.assertEqual(self._values(AUGUST)["irrecoverable"], 0)

    def _post_loss(self, account, amount, day):
        self.env["account.move"].create(
            {
                "date": day,
                "journal_id": self.company_data["default_journal_misc"].id,
                "line_ids": [
                    (0, 0, {"account_id": account.id, "balance": amount}),
                    (0, 0, {"account_id": self.receivable.id, "balance": -amount}),
                ],
            }
        ).action_post()

    def test_handed_over_is_said_by_who_hands_over(self):
        self._post(1, "2024-08-01", day="2024-07-01")
        self._classify(self.debtor, self.poor)
        self.assertNotIn("handed_number", self._values())
        query = SQL("SELECT %s, 2, 150.5 UNION ALL SELECT NULL, 1, 9", self.debtor.id)
        with patch.object(
            type(self.figures), "_get_handed_over_sql", lambda *_args: query
        ):
            self.assertEqual(self._values()["handed_amount"], 159.5)
            self.assertEqual(self._values()["handed_number"], 3)
            self.assertEqual(self._values(tier=self.poor)["handed_number"], 2)
