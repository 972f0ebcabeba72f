from datetime import date, timedelta
from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from odoo import Command
from odoo.tests import tagged

from odoo.addons.credit_control.tests import common
from odoo.addons.credit_control.tests.browser_common import BrowserCase
from odoo.addons.mail.tests.common import MockEmail

from .common import InsuranceCommon


@tagged("post_install", "-at_install")
class TestBrowserClaims(MockEmail, InsuranceCommon, BrowserCase):
    """Azure owes 24,200 of 100 days ago, today, the real one; 90 % are insured.

    VAT is not insured: 20,000 count, of which 18,000 are paid.
    """

    freeze_time = None
    addon = "credit_insurance"

    @classmethod
    def setUpClass(cls):
        cls.today = date.today()
        super().setUpClass()
        cls.startClassPatcher(patch.object(common, "TODAY", cls.today))
        cls._make_assets()
        cls.tax = cls.env["account.tax"].create(
            {"name": "21 %", "amount": 21, "type_tax_use": "sale"}
        )
        cls.insurance.write({"premium_rate": 0.2, "premium_tax": 9.25})
        cls.invoice = cls._create_overdue_invoice(
            100,
            invoice_line_ids=[
                Command.create(
                    {
                        "name": "Goods",
                        "price_unit": 20000,
                        "tax_ids": [Command.set(cls.tax.ids)],
                    }
                )
            ],
        )
        cls.env["credit.claim"].sudo()._propose_all(cls.company, cls.today)
        cls.claim = cls.env["credit.claim"].search(
            [("profile_id", "=", cls.profile.id)]
        )
        cls.env.flush_all()

    def _play(self, tour, user):
        with self.mock_mail_gateway():
            super()._play(tour, user)

    def test_an_overdue_is_reported(self):
        self._play("report_overdue", self.officer)
        self.assertRecordValues(
            self.claim,
            [
                {
                    "state": "waiting",
                    "notified_date": self.today,
                    "cause": "Answers neither phone nor e-mail",
                    "insurer_reference": "SIN-77",
                }
            ],
        )
        [mail] = self._mails
        self.assertEqual(mail["email_to"], [self.insurer.email_formatted])

    def test_from_the_claim_to_the_insurers_share(self):
        self.claim.sudo().write(
            {
                "state": "waiting",
                "notified_date": self.today - timedelta(10),
                "insolvency_date": self.today - timedelta(2),
            }
        )
        self._pay_on_account(2000)
        self._play("claim", self.manager)
        claim = self.claim
        self.assertRecordValues(
            claim,
            [{"state": "paid", "indemnity_amount": 18000, "received_amount": 18000}],
        )
        self.assertEqual(claim.owed_amount, 1800)
        # The indemnity, the share that was undone, and the one that counts.
        self.assertEqual(len(claim.move_ids), 3)
        # Of 2,000 that came in 200 are ours.
        self.assertEqual(self._items(self.invoice).amount_residual, 6000)

    def test_a_month_is_declared_and_the_bill_compared(self):
        last = self.today.replace(day=1) - timedelta(days=1)
        self._create_overdue_invoice(1, 100000, invoice_date=last, partner=self.debtor)
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.insurer.id,
                "ref": "P-1",
                "invoice_date": self.today,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Premium", "price_unit": 250, "tax_ids": False}
                    )
                ],
            }
        )
        bill.action_post()
        self._play("declare", self.officer)
        [declaration] = self.insurance.declaration_ids
        self.assertRecordValues(
            declaration,
            [
                {
                    "state": "closed",
                    "date_to": last,
                    "turnover": 100000,
                    "bill_id": bill.id,
                    "difference": 31.5,
                }
            ],
        )
        self.assertEqual(
            declaration.date_from, self.today - relativedelta(day=1, months=1)
        )

    def test_a_viewer_only_looks(self):
        self._play("viewer", self.viewer)
