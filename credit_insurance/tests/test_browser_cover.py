import base64
from datetime import date, timedelta
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.credit_control.tests import common
from odoo.addons.credit_control.tests.browser_common import BrowserCase
from odoo.addons.mail.tests.common import MockEmail

from . import cover_common

LIST = """Buyer number;Reference;Decided;From
A-1;LB-1;1.000,00;01/01/2026
B-1;LB-2;five hundred;01/01/2026
"""


@tagged("post_install", "-at_install")
class TestBrowserCover(MockEmail, cover_common.CoverCommon, BrowserCase):
    """Azure and Brick owe something; the policy BE-1 covers 90 %.

    Today is the real one: no browser is frozen.
    """

    freeze_time = None
    addon = "credit_insurance"

    @classmethod
    def setUpClass(cls):
        cls.today = date.today()
        for module in (common, cover_common):
            cls.startClassPatcher(patch.object(module, "TODAY", cls.today))
        super().setUpClass()
        cls._make_assets()
        cls._create_users()
        cls.insurer.email = "limits@insurer.example.com"
        cls._create_overdue_invoice(10, 100)
        cls._create_overdue_invoice(10, 250, cls.other_debtor)
        cls.other = cls._profile(cls.other_debtor)

    def test_enter_and_correct_a_decision(self):
        self._play("decide", self.officer)
        limit = self.profile.insurance_limit_ids
        self.assertRecordValues(limit, [{"amount": 6000, "kind": "full"}])
        self.assertRecordValues(
            limit.decision_ids.sorted("id"),
            [
                {"amount": 5000, "is_corrected": True, "user_id": self.officer.id},
                {"amount": 6000, "is_corrected": False, "user_id": self.officer.id},
            ],
        )

    def test_ask_for_several_and_send(self):
        with self.mock_mail_gateway():
            self._play("ask", self.officer)
        requests = self.env["credit.insurance.request"].search(
            [("profile_id", "in", (self.profile | self.other).ids)]
        )
        self.assertEqual(requests.mapped("state"), ["sent", "sent"])
        [mail] = self._mails
        self.assertEqual(mail["email_to"], [self.insurer.email_formatted])
        [(name, content, _kind)] = mail["attachments"]
        self.assertIn("BE-1", name)
        self.assertEqual(content[:2], b"PK")

    def test_import_a_list_with_a_wrong_row(self):
        for profile, number in ((self.profile, "A-1"), (self.other, "B-1")):
            self._create_limit(profile, buyer_reference=number)
        self.env["credit.insurance.import"].create(
            {
                "name": "limits.csv",
                "policy_id": self.insured_policy.id,
                "file": base64.b64encode(LIST.encode()),
            }
        )
        self._play("import", self.officer)
        decided = (self.profile | self.other).insurance_decision_ids
        self.assertEqual(sorted(decided.mapped("amount")), [500, 1000])
        self.assertEqual(decided.user_id, self.officer)

    def test_confirm_and_end_a_security(self):
        security = self.env["credit.security"].create(
            {
                "profile_id": self.profile.id,
                "kind": "factoring",
                "name": "FC-1",
                "amount": 1000,
                "currency_id": self.company.currency_id.id,
                "valid_from": self.today - timedelta(days=100),
                "needs_document": False,
            }
        )
        self._play("secure", self.manager)
        self.assertRecordValues(security, [{"state": "ended", "ended_on": self.today}])

    def test_withdraw_a_request(self):
        request = self.env["credit.insurance.request"].create(
            {
                "policy_id": self.insured_policy.id,
                "profile_id": self.profile.id,
                "kind": "new",
                "amount": 5000,
            }
        )
        self._play("withdraw", self.officer)
        self.assertRecordValues(
            request, [{"state": "withdrawn", "sent_date": self.today}]
        )

    def test_note_that_the_documents_were_presented(self):
        letter = self._secure(
            1000,
            kind="credit_letter",
            name="LC-1",
            valid_from=self.today - timedelta(days=100),
        )
        self._play("present", self.officer)
        self.assertEqual(letter.presentation_ids.date, self.today)
