from datetime import date, timedelta
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.credit_control.tests import common as control
from odoo.addons.credit_control.tests.browser_common import BrowserCase
from odoo.addons.mail.tests.common import MockEmail

from . import common


@tagged("post_install", "-at_install")
class TestBrowserClocks(MockEmail, common.InsuranceCommon, BrowserCase):
    """Azure owes an invoice that is 40 days late: 20 days are left.

    Today is the real one: no browser is frozen.
    """

    freeze_time = None
    addon = "credit_insurance"

    @classmethod
    def setUpClass(cls):
        cls.today = date.today()
        for module in (control, common):
            cls.startClassPatcher(patch.object(module, "TODAY", cls.today))
        super().setUpClass()
        cls.invoice = cls._create_overdue_invoice(40)
        cls._make_assets()

    def _get_page(self):
        url = self.profile._get_page_url()
        return url.removeprefix(self.profile.get_base_url())

    def test_a_promise_that_the_insurer_agrees_to(self):
        with self.mock_mail_gateway():
            self._play("promise", self.officer)
        day = self.today + timedelta(40)
        self.assertRecordValues(
            self.env["credit.insurance.extension"].search(
                [("profile_id", "=", self.profile.id)]
            ),
            [
                {
                    "state": "agreed",
                    "agreed_until": day,
                    "reason": "Waits for a subsidy",
                    "create_uid": self.officer.id,
                }
            ],
        )
        [mail] = self._mails
        self.assertEqual(mail["email_to"], [self.insurer.email_formatted])
        self.assertIn(self.invoice.name, mail["body"])
        self.assertRecordValues(
            self.profile.promise_ids,
            [{"state": "open", "date": day, "note": "Waits for a subsidy"}],
        )

    def test_what_a_debtor_proposes_waits_for_an_officer(self):
        self.profile.effective_policy_id.portal_promise_days = 60
        self._play("page", path=self._get_page())
        self.assertFalse(self.profile.promise_ids)
        self.assertRecordValues(
            self.profile.request_ids, [{"kind": "promise", "state": "new"}]
        )
        with self.mock_mail_gateway():
            self._play("request", self.officer)
        self.assertEqual(self.profile.request_ids.state, "done")
        self.assertRecordValues(
            self.profile.promise_ids,
            [{"state": "open", "date": self.today + timedelta(10)}],
        )

    def test_a_plan_that_the_insurer_agrees_to(self):
        with self.mock_mail_gateway():
            self._play("plan", self.officer)
        self.assertRecordValues(
            self.profile.plan_ids, [{"state": "proposed", "term_count": 3}]
        )

    def test_the_insurer_refuses_more_time(self):
        request = self.env["credit.insurance.extension"].create(
            {
                "profile_id": self.profile.id,
                "policy_id": self.insurance.id,
                "item_ids": [(6, 0, self._items(self.invoice).ids)],
                "requested_until": self.today + timedelta(40),
            }
        )
        self._play("refused", self.officer)
        self.assertRecordValues(
            request, [{"state": "refused", "decided_date": self.today}]
        )
        again = request.search([("refused_id", "=", request.id)])
        self.assertRecordValues(
            again, [{"state": "draft", "item_ids": request.item_ids.ids}]
        )

    def test_a_policy_that_nobody_watches(self):
        self.insurance.watch_deadlines = False
        self._play("unwatched", self.manager)
        self.assertTrue(self.insurance.watch_deadlines)
