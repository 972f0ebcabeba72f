from odoo.tests import tagged

from .common import TODAY, CreditControlCommon


@tagged("post_install", "-at_install")
class TestDaily(CreditControlCommon):
    """The scheduled action proposes, and sends what may go by itself."""

    def setUp(self):
        super().setUp()
        # Other companies of the database stay out of it.
        companies = self.env["res.company"].search([])
        (companies - self.company).credit_dunning_cron = False
        self.invoice = self._create_overdue_invoice(10)

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("credit_control.cron_daily").method_direct_trigger()
        self.env.invalidate_all()
        return self.env["credit.run"].search([("company_id", "=", self.company.id)])

    def test_proposes_and_waits(self):
        run = self._run_cron()
        self.assertRecordValues(
            run, [{"state": "proposed", "automatic": True, "date": TODAY}]
        )
        self.assertEqual(run.notice_ids.state, "proposed")

    def test_what_nobody_looked_at_is_replaced(self):
        first = self._run_cron()
        second = self._run_cron()
        self.assertFalse(first.exists())
        self.assertEqual(second.notice_count, 1)

    def test_sends_the_levels_that_go_by_themselves(self):
        self.level_2.automatic = True
        self.level_3.channel = "email"
        self._create_overdue_invoice(40, partner=self.other_debtor)
        self._dun(TODAY)
        run = self._propose()
        self.assertFalse(run.notice_ids)
        late = self._create_overdue_invoice(12, 70)
        run = self._run_cron().filtered("automatic")
        self.assertEqual(run.notice_ids.line_ids.move_id, late)
        self.assertEqual(run.notice_ids.state, "sent")
        self.assertEqual(run.state, "sent")

    def test_nothing_due_leaves_no_run(self):
        self._pay(self.invoice)
        self.assertFalse(self._run_cron())

    def test_stopped_for_a_company(self):
        self.company.credit_dunning_cron = False
        self.assertFalse(self._run_cron())


@tagged("post_install", "-at_install")
class TestTrace(CreditControlCommon):
    """What was sent can be read where somebody looks for it."""

    def setUp(self):
        super().setUp()
        self.invoice = self._create_overdue_invoice(10)

    def test_an_email_stands_in_the_debtor_file_and_on_the_invoice(self):
        notice = self._dun().notice_ids
        message = notice.message_id
        self.assertEqual(message.model, "credit.profile")
        self.assertEqual(message.res_id, self._profile().id)
        self.assertEqual(message.notified_partner_ids, self.debtor)
        self.assertIn(self.invoice.name, message.body)
        logged = self.invoice.message_ids[:1].body
        self.assertIn("Reminder sent to Azure by E-mail", logged)

    def test_a_call_is_an_activity_for_the_collector(self):
        self.level_2.write({"channel": "call", "activity_summary": "Ask why"})
        collector = self._create_user("collector", "credit_control.group_officer")
        self._profile().collector_id = collector
        notice = self._dun().notice_ids
        self.assertEqual(notice.delivery, "call")
        self.assertRecordValues(
            self._profile().activity_ids,
            [{"summary": "Ask why", "user_id": collector.id, "date_deadline": TODAY}],
        )
        self.assertFalse(notice.message_id)
