from datetime import date, timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MockEmail

from . import common
from .browser_common import BrowserCase


@tagged("post_install", "-at_install")
class TestBrowser(MockEmail, common.CreditControlCommon, BrowserCase):
    """Two debtors who owe something today, the real one: no browser is frozen.

    Azure is 20 days late and got a reminder 8 days ago; Brick is 10 days late.
    """

    freeze_time = None

    @classmethod
    def setUpClass(cls):
        cls.today = date.today()
        super().setUpClass()
        cls.startClassPatcher(patch.object(common, "TODAY", cls.today))
        cls._make_assets()
        cls.viewer, cls.officer, cls.manager = (
            cls._create_user(name, f"credit_control.group_{name}")
            for name in ("viewer", "officer", "manager")
        )
        cls.level_3.channel = "email"
        cls.invoice = cls._create_overdue_invoice(20)
        cls.first_run = cls._dun(cls.today - timedelta(8))
        cls._create_overdue_invoice(10, 250, cls.other_debtor)

    def _get_new_run(self):
        return self.env["credit.run"].search([("id", ">", self.first_run.id)])

    def test_a_run_from_new_to_sent(self):
        with self.mock_mail_gateway():
            self._play("run", self.officer)
        run = self._get_new_run()
        self.assertRecordValues(
            run, [{"state": "sent", "sent_count": 2, "create_uid": self.officer.id}]
        )
        self.assertRecordValues(
            run.notice_ids.sorted("level_number"),
            [
                {
                    "level_id": level.id,
                    "recipient_id": debtor.id,
                    "state": "sent",
                    "delivery": "delivered",
                }
                for level, debtor in (
                    (self.level_2, self.other_debtor),
                    (self.level_3, self.debtor),
                )
            ],
        )
        self.assertEqual(
            run.notice_ids.message_id.partner_ids, self.debtor | self.other_debtor
        )
        self.assertCountEqual(
            [mail["email_to"] for mail in self._mails],
            [[self.debtor.email_formatted], [self.other_debtor.email_formatted]],
        )

    def test_debtor_file(self):
        self._play("debtor", self.officer)
        run = self._get_new_run()
        self.assertRecordValues(
            run, [{"state": "proposed", "profile_ids": self._profile().ids}]
        )
        self.assertRecordValues(
            run.notice_ids,
            [{"partner_id": self.debtor.id, "level_id": self.level_3.id}],
        )

    def test_the_collectors_morning(self):
        """Worklist, call and promise; on to the next debtor, who disputes."""
        self._create_overdue_invoice(60, 9000)
        self._create_overdue_invoice(60, 3000, self.other_debtor)
        self._play("morning", self.officer)
        profile, other = self._profile(), self._profile(self.other_debtor)
        self.assertRecordValues(
            profile.call_ids,
            [
                {
                    "outcome": "reached",
                    "cause": "cash",
                    "agreement": "Pays on Friday",
                    "user_id": self.officer.id,
                }
            ],
        )
        self.assertTrue(profile.call_ids.follow_up_activity_id)
        self.assertRecordValues(
            profile.promise_ids, [{"state": "open", "amount": 9100.0}]
        )
        self.assertRecordValues(
            other.dispute_ids,
            [{"state": "new", "description": "Two boxes arrived broken"}],
        )
        self.assertTrue(other.put_off_until)

    def test_a_plan_from_the_phone(self):
        self._create_overdue_invoice(60, 9000)
        with self.mock_mail_gateway():
            self._play("plan", self.officer)
        self.assertRecordValues(
            self._profile().plan_ids,
            [
                {
                    "state": "active",
                    "term_count": 2,
                    "amount_total": 9100.0,
                    "active_date": self.today,
                }
            ],
        )

    def test_reminders_of_an_invoice(self):
        path = f"/odoo/customer-invoices/{self.invoice.id}"
        self._play("invoice", self.officer, path)

    def test_a_viewer_only_looks(self):
        self._propose(self.today)
        self.env["credit.run"].create({"company_id": self.company.id})
        self._play("viewer", self.viewer)

    @mute_logger("odoo.sql_db")
    def test_a_level_of_a_number_there_is(self):
        self._play("policy", self.manager)
        self.assertEqual(self.policy.level_ids.mapped("number"), [1, 2, 3, 4])

    def test_limit_of_a_customer(self):
        self.manager.group_ids += self.env.ref("base.group_partner_manager")
        self._play("partner", self.manager, f"/odoo/res.partner/{self.debtor.id}")
        self.assertRecordValues(
            self._profile(),
            [{"no_limit": False, "limit": 5000.0, "tier_id": self.fair.id}],
        )

    def test_promise_and_dispute_in_a_debtor_file(self):
        profile = self._profile()
        self._play("agree", self.officer)
        self.assertRecordValues(
            profile.promise_ids,
            [
                {
                    "state": "open",
                    "note": "Pays on Friday",
                    "create_uid": self.officer.id,
                }
            ],
        )
        self.assertRecordValues(
            profile.dispute_ids,
            [
                {
                    "state": "declined",
                    "description": "Two boxes arrived broken",
                    "answer": "They left undamaged",
                }
            ],
        )

    def test_a_debtor_promises_on_his_page(self):
        profile = self._profile()
        url = profile._get_page_url().removeprefix(profile.get_base_url())
        self.start_tour(url, "credit_control_page", timeout=180)
        self.env.invalidate_all()
        self.assertRecordValues(
            profile.promise_ids,
            [
                {
                    "state": "open",
                    "date": self.today + timedelta(5),
                    "by_debtor": True,
                }
            ],
        )

    def test_a_debtor_signs_his_plan(self):
        profile = self._profile()
        plan = profile._propose_plan(
            self._items(self.invoice),
            "equal",
            2,
            "weekly",
            self.today + timedelta(7),
            self.today,
        )
        url = profile._get_page_url().removeprefix(profile.get_base_url())
        self.start_tour(url, "credit_control_sign", timeout=180)
        self.env.invalidate_all()
        self.assertRecordValues(plan, [{"state": "active", "signed_by": "Anna Azure"}])
        self.assertTrue(plan.attachment_id)
