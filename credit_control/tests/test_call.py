from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY, CreditControlCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCall(CreditControlCommon):
    """A call: prepared, logged, confirmed, followed up."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.profile = cls._profile()
        cls.contact = cls._create_debtor(
            "Clerk", parent_id=cls.debtor.id, is_company=False, phone="+32 9 123 45 67"
        )
        cls.invoice = cls._create_overdue_invoice(45, 300)

    def _form(self, user=None):
        action = self.profile.with_user(user or self.officer).action_call()
        calls = self.env["credit.call.log"].with_user(user or self.officer)
        return Form(calls.with_context(**action["context"]))

    def test_prepared(self):
        self._dun()
        form = self._form()
        self.assertEqual(form.contact_id, self.debtor)
        self.assertEqual(form.tone, "friendly")
        for words in ("300.00", "Last notices", "Last notice"):
            self.assertIn(words, form.facts)
        self.assertFalse(form.script)

    def test_logged_in_two_clicks(self):
        form = self._form()
        form.cause = "cash"
        form.save().action_log()
        self.assertRecordValues(
            self.profile.call_ids,
            [
                {
                    "outcome": "reached",
                    "cause": "cash",
                    "contact_id": self.debtor.id,
                    "user_id": self.officer.id,
                    "follow_up_date": TODAY + timedelta(7),
                    "company_id": self.company.id,
                }
            ],
        )
        self.assertRecordValues(
            self.profile.activity_ids,
            [{"date_deadline": TODAY + timedelta(7), "user_id": self.officer.id}],
        )
        self.assertEqual(self.profile.put_off_until, TODAY + timedelta(7))
        self.assertEqual(self.profile.causes, "Cash trouble 1×")

    def test_missed_in_one_click(self):
        self._form().save().action_voicemail()
        self.assertRecordValues(
            self.profile.call_ids,
            [
                {
                    "outcome": "voicemail",
                    "cause": False,
                    "follow_up_date": TODAY + timedelta(1),
                }
            ],
        )

    def test_nobody_is_called_at_the_weekend(self):
        friday = TODAY + timedelta(4)
        for day in range(7):
            form = self._form()
            with freeze_time(friday + timedelta(day)):
                form.outcome = "reached"
                form.outcome = "not_reached"
                self.assertLess(form.follow_up_date.weekday(), 5)
                self.assertGreater(form.follow_up_date, friday + timedelta(day))

    def test_a_level_that_calls(self):
        self.level_2.channel = "call"
        run = self._dun()
        self.assertRecordValues(run.notice_ids, [{"state": "sent", "channel": "call"}])
        self.profile.invalidate_recordset(["activity_ids"])
        self.assertEqual(len(self.profile.activity_ids), 1)
        form = self._form()
        self.assertIn("Words of level 2.", form.script)
        form.cause = "forgotten"
        form.save().action_log()
        call = self.profile.call_ids
        self.assertEqual(call.notice_id.level_id, self.level_2)
        self.assertEqual(self.profile.activity_ids, call.follow_up_activity_id)
        self.assertFalse(self._form().script)

    def test_confirmed_by_mail_in_the_contacts_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref("credit_control.mail_template_call")
        template.with_context(lang="fr_FR").subject = "Notre accord"
        self.contact.lang = "fr_FR"
        form = self._form()
        form.contact_id = self.contact
        form.agreement = "Pays 300 on Friday"
        form.confirm = True
        form.save().action_log()
        message = self.profile.call_ids.message_id
        self.assertEqual(message.subject, "Notre accord")
        self.assertEqual(message.partner_ids, self.contact)
        self.assertIn("Pays 300 on Friday", message.body)

    def test_refused(self):
        stranger = self.other_debtor
        cases = [
            ({"outcome": "reached", "contact_id": stranger.id}, False),
            ({"outcome": "reached", "follow_up_date": TODAY}, False),
            ({"outcome": "reached", "contact_id": self.contact.id}, True),
            ({"outcome": "reached", "agreement": "Pays"}, True),
            (
                {
                    "outcome": "voicemail",
                    "agreement": "Pays",
                    "contact_id": self.contact.id,
                },
                True,
            ),
        ]
        profile = self.profile.with_user(self.officer)
        for vals, confirm in cases:
            with self.subTest(vals), self.assertRaises(UserError):
                profile._log_call(TODAY, confirm=confirm, **vals)
        self.assertFalse(self.profile.call_ids)

    def test_a_call_stays_as_it_is(self):
        call = self.profile.with_user(self.manager)._log_call(TODAY, outcome="reached")
        for act in (
            lambda: call.write({"agreement": "Other"}),
            call.unlink,
            lambda: call.copy(),
            lambda: call.create({"profile_id": self.profile.id, "outcome": "reached"}),
        ):
            with self.assertRaises(AccessError):
                act()

    def test_next_steps(self):
        form = self._form()
        self.assertEqual(
            form.possible_steps,
            [
                "action_make_promise",
                "action_open_dispute",
                "action_make_plan",
                "action_resend_invoices",
                "action_make_offer",
            ],
        )
        form.next_step = "action_make_offer"
        action = form.save().action_log()
        self.assertEqual(action["res_model"], "credit.offer.make")
        with self.assertRaises(UserError):
            self.profile._take_step("action_release_orders")
        with self.assertRaises(UserError):
            self.profile._take_step("unlink")

    def test_invoices_again(self):
        action = self.profile.with_user(self.officer).action_resend_invoices()
        self.assertEqual(action["context"]["active_ids"], self.invoice.ids)
        with self.assertRaises(UserError):
            self._profile(self.other_debtor).action_resend_invoices()

    def test_buckets_add_up(self):
        for days, amount in ((-3, 1), (0, 2), (1, 4), (30, 8), (31, 16), (61, 32)):
            self._create_overdue_invoice(days, amount)
        self._create_overdue_invoice(91, 64)
        self.assertRecordValues(
            self.profile,
            [
                {
                    "not_due_amount": 3,
                    "late_30_amount": 12,
                    "late_60_amount": 316,
                    "late_90_amount": 32,
                    "older_amount": 64,
                }
            ],
        )
        names = (
            "not_due_amount",
            "late_30_amount",
            "late_60_amount",
            "late_90_amount",
            "older_amount",
        )
        for bucket, name in enumerate(names):
            action = self.profile.with_context(bucket=bucket).action_view_late()
            items = self.env["account.move.line"].search(action["domain"])
            self.assertEqual(
                sum(items.mapped("amount_residual")), self.profile[name], name
            )

    def test_timeline_holds_everything_once(self):
        self._dun(TODAY - timedelta(20))
        self._dun()
        self._pay_on_account(10)
        self.profile._log_call(TODAY, outcome="reached", agreement="Pays on Friday")
        self.profile.message_post(body="Remember the fair", message_type="comment")
        self.profile.sudo()._hold_orders(self.profile.notice_ids[0])
        words = str(self.profile.with_user(self.viewer).timeline)
        for text in (
            "Reminder",
            "Second reminder",
            "Payment",
            "Pays on Friday",
            "Remember the fair",
            "Orders on hold",
        ):
            self.assertIn(text, words)
        self.assertEqual(words.count("Pays on Friday"), 1)

    def test_contacts(self):
        self.contact.comment = "Ask for the boss"
        words = str(self.profile.contacts)
        self.assertIn('href="tel:+3291234567"', words)
        self.assertIn("Ask for the boss", words)
