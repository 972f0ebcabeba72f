from datetime import timedelta
from io import BytesIO

from openpyxl import load_workbook
from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.credit_control.tests.common import TODAY

from .cover_common import CoverCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRequests(CoverCommon):
    """What is asked of the insurer, until he has answered."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.other = cls._profile(cls.other_debtor)
        cls.both = cls.profile | cls.other
        cls._create_overdue_invoice(10, 1234)

    def _ask(self, profiles=None):
        profiles = (profiles or self.profile).with_user(self.officer)
        action = profiles.action_ask_insurer()
        return self.env[action["res_model"]].search(action["domain"])

    def _send(self, requests, **values):
        action = requests.with_user(self.officer).action_send()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.officer)
            .with_context(**action["context"])
        )
        wizard.create(values).action_send()

    def test_in_bulk_from_the_list_of_debtors(self):
        self._insure(3000, self.other)
        self.other.write({"no_limit": False, "limit": 2000})
        requests = self._ask(self.both)
        self.assertRecordValues(
            requests.sorted("profile_id"),
            [
                {"kind": "new", "amount": 1300, "limit_now": 0, "state": "draft"},
                {"kind": "reduce", "amount": 2000, "limit_now": 3000, "state": "draft"},
            ],
        )
        self.assertEqual(requests.user_id, self.officer)
        self.assertEqual(self._ask(self.both), requests, "no second one")

    def test_sent_with_a_file(self):
        requests = self._ask(self.both)
        requests.filtered(lambda one: one.profile_id == self.other).amount = 500
        self.debtor.vat = "BE0477472701"
        self._send(requests)
        self.assertEqual(set(requests.mapped("state")), {"sent"})
        message = self.insured_policy.message_ids[0]
        self.assertEqual(message.partner_ids, self.insurer)
        [sheet] = load_workbook(BytesIO(message.attachment_ids.raw)).worksheets
        rows = list(sheet.values)
        self.assertEqual(len(rows), 3)
        self.assertIn("BE0477472701", [cell for row in rows for cell in row])
        self.assertIn(1300, [cell for row in rows for cell in row])
        self.assertRecordValues(
            requests.activity_ids,
            [{"user_id": self.officer.id, "date_deadline": TODAY + timedelta(14)}] * 2,
        )

    def test_as_a_text_file(self):
        self.debtor.name = "=1+1"
        request = self._ask()
        self._send(request, format="csv")
        text = self.insured_policy.message_ids[0].attachment_ids.raw.decode("utf-8-sig")
        self.assertIn("'=1+1;", text)
        self.assertIn(";1300.0;", text)

    def test_a_decision_answers_it(self):
        requests = self._ask(self.both)
        requests.write({"amount": 1000})
        requests._mark_sent()
        limit = self._create_limit()
        self._decide(limit, 0, 0, status="investigation")
        self.assertEqual(set(requests.mapped("state")), {"sent"})
        good = self._decide(limit, 800, 0, status="partly", reference="A")
        bad = self._insure(0, self.other, status="refused", days=0)
        self.assertRecordValues(
            requests.sorted("profile_id"),
            [
                {"state": "decided", "decision_id": good.id, "closed_date": TODAY},
                {
                    "state": "refused",
                    "decision_id": bad.decision_ids.id,
                    "closed_date": TODAY,
                },
            ],
        )
        self.assertFalse(requests.activity_ids)

    def test_what_was_decided_before_is_no_answer(self):
        request = self._ask()
        request._mark_sent()
        limit = self._create_limit()
        self._decide(limit, 500, notice_date=TODAY - timedelta(15))
        self.assertEqual(request.state, "sent")
        new, old = self.env["credit.insurance.decision"].create(
            [
                {
                    "limit_id": limit.id,
                    "amount": amount,
                    "date_from": TODAY - timedelta(days),
                }
                for amount, days in ((1300, 0), (0, 200))
            ]
        )
        self.assertRecordValues(request, [{"state": "decided", "decision_id": new.id}])

    def test_noted_later_than_it_was_asked(self):
        request = self._ask()
        request._mark_sent()
        self._insure(1300, days=0, notice_date=TODAY - timedelta(14))
        self.assertEqual(request.state, "decided")

    def test_a_draft_is_not_answered(self):
        request = self._ask()
        self._insure(100)
        self.assertEqual(request.state, "draft")

    def test_withdrawn(self):
        request = self._ask()
        request._mark_sent()
        request.with_user(self.officer).action_withdraw()
        self.assertEqual(request.state, "withdrawn")
        with self.assertRaisesRegex(UserError, "answered"):
            request.action_withdraw()
        with self.assertRaisesRegex(UserError, "withdraw"):
            request.unlink()
        self.assertNotEqual(self._ask(), request, "a new one may be made")

    def test_one_open_request_a_debtor(self):
        self._ask()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.env["credit.insurance.request"].create(
                {
                    "policy_id": self.insured_policy.id,
                    "profile_id": self.profile.id,
                }
            )

    def test_nothing_asked_or_nobody_to_write_to(self):
        request = self._ask()
        request.amount = 0
        with self.assertRaisesRegex(UserError, "Say how much"):
            self._send(request)
        request.amount = 10
        self.insurer.email = False
        with self.assertRaisesRegex(UserError, "no e-mail"):
            self._send(request)
        self.assertEqual(request.state, "draft")

    def test_without_a_policy(self):
        self.insured_policy.date_to = TODAY - timedelta(1)
        with self.assertRaisesRegex(UserError, "no credit insurance"):
            self._ask()

    def test_rights(self):
        request = self._ask()
        with self.assertRaises(AccessError):
            self.profile.with_user(self.viewer).action_ask_insurer()
        with self.assertRaises(AccessError):
            request.with_user(self.viewer).amount = 1
        for values in ({"state": "decided"}, {"decision_id": 1}):
            with self.assertRaises(AccessError):
                request.with_user(self.manager).write(values)
        self.assertEqual(request.with_user(self.viewer).amount, 1300)
        request._mark_sent()
        with self.assertRaisesRegex(UserError, "can't be changed"):
            request.with_user(self.officer).amount = 1

    def test_nobody_forgets_it(self):
        request = self._ask()
        request._mark_sent()
        request.activity_ids.unlink()
        for _day in range(2):
            self.env["credit.insurance.request"]._remind_unanswered(self.company, TODAY)
        self.assertEqual(len(request.activity_ids), 1)
