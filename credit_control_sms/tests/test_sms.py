from datetime import timedelta
from unittest import skipUnless
from unittest.mock import patch

from odoo.tests import freeze_time, tagged

from odoo.addons.credit_control.tests.common import TODAY, CreditControlCommon
from odoo.addons.sms.tests.common import SMSCase

try:
    import phonenumbers
except ImportError:
    phonenumbers = None

NUMBER = "+32470123456"


@freeze_time(TODAY)
class SmsCommon(CreditControlCommon, SMSCase):
    """Level 2 is a text message; the debtor has a phone in Belgium."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level_2.channel = "sms"
        cls.debtor.write({"phone": NUMBER, "country_id": cls.env.ref("base.be").id})
        cls.invoice = cls._create_overdue_invoice(10, 1234.5)

    def _send_notice(self):
        notice = self._dun().notice_ids
        self.assertRecordValues(notice, [{"channel": "sms", "state": "sent"}])
        return notice

    def _run_queue(self, **gateway):
        """Odoo's queue hands the messages over to a gateway that says so."""
        with self.mockSMSGateway(**gateway), self.enter_registry_test_mode():
            self.env.ref("sms.ir_cron_sms_scheduler_action").method_direct_trigger()
        self.env.invalidate_all()

    def _get_sms(self, notice):
        return self.env["sms.sms"].search(
            [("mail_message_id", "=", notice.message_id.id)]
        )

    def _report(self, notice, status):
        """What the gateway reports later on, over HTTP."""
        tracker = notice.message_id.notification_ids.sms_tracker_ids
        self.env.flush_all()
        answer = self.make_jsonrpc_request(
            "/sms/status",
            {"message_statuses": [{"sms_status": status, "uuids": [tracker.sms_uuid]}]},
        )
        self.assertEqual(answer, "OK")
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestSms(SmsCommon):
    """A level can be a text message, sent the way Odoo sends them."""

    def test_what_the_debtor_reads(self):
        self.env["res.partner.bank"].create(
            {"partner_id": self.company.partner_id.id, "acc_number": "BE71096123456769"}
        )
        self.company.name = "Mills"
        notice = self._send_notice()
        message = self._get_sms(notice)
        self.assertEqual(message.number, NUMBER)
        self.assertEqual(message.partner_id, self.debtor)
        words, payment, link = message.body.splitlines()
        self.assertEqual(words, "Mills: Words of level 2.")
        self.assertEqual(
            payment,
            f"Please pay $\N{NO-BREAK SPACE}1,234.50 to BE71096123456769, "
            f"reference {self.invoice.name}.",
        )
        self.assertIn(f"/my/invoices/{self.invoice.id}?access_token=", link)

    def test_it_says_what_is_offered(self):
        self.level_2.write(
            {"offer_kind": "discount", "offer_percent": 2, "offer_days": 10}
        )
        body = self._get_sms(self._send_notice()).body.replace("\xa0", " ")
        self.assertIn("Our offer: pay $ 1,209.81 instead of $ 1,234.50", body)
        self.assertIn("by 06/26/2025", body)

    def test_it_can_be_read_before_it_leaves(self):
        notice = self._propose().notice_ids
        shown = notice.with_user(self._create_user("v", "credit_control.group_viewer"))
        words = shown.sms_text
        self.assertIn("Words of level 2.", words)
        self.assertEqual(shown.recipient_phone, NUMBER)
        notice._send(TODAY)
        self.assertEqual(self._get_sms(notice).body, words)

    def test_without_an_account_or_with_several_invoices(self):
        other = self._create_overdue_invoice(11, 100)
        body = self._get_sms(self._send_notice()).body
        self.assertIn("$\N{NO-BREAK SPACE}1,334.50, ", body)
        for invoice in self.invoice | other:
            self.assertIn(invoice.name, body)
        self.assertNotIn("/my/invoices", body)

    def test_it_stands_in_the_debtor_file_and_on_the_invoice(self):
        notice = self._send_notice()
        self.assertEqual(notice.message_id.model, "credit.profile")
        self.assertEqual(notice.message_id.res_id, self._profile().id)
        self.assertEqual(notice.message_id.message_type, "sms")
        self.assertIn(
            "Reminder sent to Azure by SMS", self.invoice.message_ids[:1].body
        )
        mails = self.env["mail.mail"].search(
            [("mail_message_id", "=", notice.message_id.id)]
        )
        self.assertFalse(mails)

    def test_nothing_leaves_before_the_notice_is_stored(self):
        with self.mockSMSGateway():
            notice = self._send_notice()
            self.assertFalse(self._sms)
        self.assertEqual(notice.delivery, "queued")

    def test_delivered(self):
        notice = self._send_notice()
        self._run_queue()
        self.assertSMSIapSent([NUMBER], content="Words of level 2.")
        self.assertEqual(notice.delivery, "queued")
        self._report(notice, "delivered")
        self.assertEqual(notice.delivery, "arrived")
        self.assertFalse(notice.delivery_failure)

    def test_refused_by_the_gateway(self):
        notice = self._send_notice()
        self._run_queue(sim_error="credit")
        self.assertEqual(notice.delivery, "failed")
        self.assertEqual(notice.delivery_failure, "Insufficient Credit")
        lost = self.env["credit.notice"].search([("delivery", "in", ["failed"])])
        self.assertIn(notice, lost)

    def test_bounced(self):
        notice = self._send_notice()
        self._run_queue()
        self._report(notice, "invalid_destination")
        self.assertEqual(notice.delivery, "bounced")
        self.assertEqual(notice.delivery_failure, "Invalid Destination")
        activity = self._profile().activity_ids
        self.assertIn(f"The SMS to {NUMBER} could not be delivered.", activity.note)
        self.assertEqual(activity.user_id, self.env.user)

    def test_cancelled_by_hand(self):
        notice = self._send_notice()
        self._get_sms(notice).action_set_canceled()
        self.assertEqual(notice.delivery, "failed")

    def test_tried_again(self):
        notice = self._send_notice()
        self._run_queue(sim_error="credit")
        first = notice.message_id
        notice.action_retry()
        self.assertNotEqual(notice.message_id, first)
        self.assertEqual(notice.delivery, "queued")
        self._run_queue()
        self.assertEqual(len(self._sms), 1)
        self.assertEqual(notice.level_number, 2)

    def test_sent_once_more(self):
        notice = self._send_notice()
        self._run_queue()
        notice.action_resend()
        self._run_queue()
        self.assertEqual([sms["number"] for sms in self._sms], [NUMBER])

    def test_companies_share_a_queue(self):
        elsewhere = self.setup_other_company(name="Elsewhere")["company"]
        self._create_overdue_invoice(10, company=elsewhere)
        notices = self._send_notice()
        notices |= self._dun(company=elsewhere).notice_ids
        self._run_queue()
        self.assertEqual(len(self._sms), 2)
        self.assertEqual(set(notices.mapped("delivery")), {"queued"})

    def test_a_worker_that_is_killed_repeats_nothing(self):
        """What is stored before the message is handed over: no longer in the queue."""
        notice = self._send_notice()
        stored = []

        def store(messages):
            self.assertFalse(self._sms)
            seen = notice.with_env(messages.env)
            stored.append((messages.state, seen.delivery))

        with patch.object(type(self.env["sms.sms"]), "_store", store):
            self._run_queue()
        self.assertEqual(stored, [("error", "failed")])
        self.assertEqual(len(self._sms), 1)
        self.assertEqual(notice.delivery, "queued")


@tagged("post_install", "-at_install")
class TestWithoutPhone(SmsCommon):
    """A debtor without a number that works gets what the policy says."""

    def _assert_channel(self, channel):
        run = self._propose()
        notice = run.notice_ids
        self.assertEqual(notice.channel, channel)
        notice._send(TODAY)
        self.assertEqual(notice.channel, channel)
        return notice

    def test_falls_back(self):
        self.debtor.phone = False
        for channel in ("email", "letter", "call"):
            with self.subTest(channel):
                self.policy.without_phone = channel
                notice = self._assert_channel(channel)
                self.assertEqual(notice.state, "sent")
                notice.sudo().line_ids.state = "cancelled"

    @skipUnless(phonenumbers, "needs the library that Odoo checks numbers with")
    def test_a_number_that_cant_be(self):
        self.debtor.phone = "12"
        self._assert_channel("email")

    def test_without_an_email_either(self):
        self.debtor.write({"phone": False, "email": False})
        self.policy.without_email = "letter"
        self.assertEqual(self._assert_channel("letter").state, "sent")

    def test_listed_as_failed(self):
        self.debtor.phone = False
        self.policy.without_phone = "fail"
        notice = self._assert_channel("fail")
        self.assertEqual(notice.state, "failed")
        self.assertIn("Azure has no phone number", notice.failure)
        self.debtor.phone = NUMBER
        notice.action_retry()
        self.assertRecordValues(notice, [{"channel": "sms", "state": "sent"}])

    def test_the_number_went_since_the_proposal(self):
        notice = self._propose().notice_ids
        self.assertEqual(notice.channel, "sms")
        self.debtor.phone = False
        notice._send(TODAY)
        self.assertEqual(notice.channel, "email")

    def test_archived_since_the_proposal(self):
        notice = self._propose().notice_ids
        self.debtor.active = False
        notice._send(TODAY)
        self.assertEqual(notice.channel, "letter")

    def test_the_number_of_whoever_gets_the_reminders(self):
        self._create_debtor(
            "Accounts",
            parent_id=self.debtor.id,
            type="invoice",
            is_company=False,
            phone="+32470998877",
        )
        notice = self._send_notice()
        self.assertEqual(self._get_sms(notice).number, "+32470998877")

    def test_a_letter_in_its_place_takes_longer(self):
        """Also where the policy is tried on the past."""
        self.debtor.phone = False
        self.policy.write({"without_phone": "letter", "letter_days": 10})
        self._create_overdue_invoice(40)
        simulation = self.env["credit.simulation"].create(
            {"policy_id": self.policy.id, "date_from": TODAY - timedelta(days=60)}
        )
        simulation.action_try()
        simulation.debtor_ids.action_view_notices()
        days = [
            (TODAY - day).days
            for day in simulation.debtor_ids.notice_ids.sorted().mapped("date")
        ]
        self.assertEqual(days, [45, 33, 16, 15, 9, 3])

    def test_emails_of_other_levels_are_as_before(self):
        self.level_2.channel = "email"
        self.debtor.write({"phone": False, "email": False})
        self.policy.without_email = "call"
        self.assertEqual(self._assert_channel("call").state, "sent")
