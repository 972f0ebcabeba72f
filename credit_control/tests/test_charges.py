from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.mail.tests.common import MockEmail

from .common import TODAY, CreditControlCommon


@tagged("post_install", "-at_install")
class TestCharges(MockEmail, CreditControlCommon):
    """What notices claim beside the invoices: here 10 on level 3, and 10 % a year
    on levels 3 and 4.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.skip_older = True
        cls.level_3.write({"fee": 10, "rate": 10, "channel": "email"})
        cls.level_4.write({"rate": 10, "channel": "email"})
        cls._create_users()

    def _send_on(self, days):
        """Send what is due in ``days`` days; the notices."""
        with self.mock_mail_gateway():
            return self._dun(TODAY + timedelta(days)).notice_ids

    def _read_charges(self, notices=None):
        charges = (notices or self.env["credit.notice"].search([])).charge_ids
        return [
            (charge.kind, charge.amount, charge.first_day, charge.last_day)
            for charge in charges.sorted("id")
        ]

    def _get_mail(self):
        return self._new_mails[-1].body_html

    def _waive(self, charges, user=None, **values):
        wizard = Form(
            self.env["credit.charge.waive"]
            .with_user(user or self.officer)
            .with_context(default_charge_ids=charges.ids)
        )
        wizard.reason = "Agreed on the phone"
        for field, value in values.items():
            setattr(wizard, field, value)
        wizard.save().action_waive()

    def _claim_again(self, charges, **values):
        action = charges.with_user(self.officer).action_reinstate()
        wizard = Form(
            self.env["credit.charge.waive"]
            .with_user(self.officer)
            .with_context(**action["context"])
        )
        wizard.reason = "He did not keep to it"
        for field, value in values.items():
            setattr(wizard, field, value)
        wizard.save().action_waive()

    # -- claim -----------------------------------------------------------------

    def test_costs_and_interest_of_a_notice(self):
        invoice = self._create_overdue_invoice(20, 3650)
        notice = self._propose().notice_ids
        self.assertRecordValues(
            notice,
            [{"amount_total": 3650, "charge_amount": 30, "amount_to_pay": 3680}],
        )
        self.assertFalse(notice.charge_ids, "nothing is claimed before it is sent")
        with self.mock_mail_gateway():
            notice.action_send()
        self.assertEqual(
            self._read_charges(notice),
            [
                ("costs", 10, False, False),
                ("interest", 20, invoice.invoice_date_due + timedelta(1), TODAY),
            ],
        )
        self.assertRecordValues(
            notice, [{"charge_amount": 30, "amount_to_pay": 3680, "state": "sent"}]
        )
        body = self._get_mail()
        for words in (
            "Open in all",
            "Interest until 06/16/2025 (10.00 % a year)",
            "Costs",
            "Total to pay",
            "3,680.00",
        ):
            self.assertIn(words, body)

    def test_a_level_without_charges_claims_the_invoices_only(self):
        self._create_overdue_invoice(10, 3650)
        [notice] = self._send_on(0)
        self.assertEqual(notice.level_id, self.level_2)
        self.assertFalse(notice.charge_ids)
        self.assertEqual(notice.amount_to_pay, 3650)
        self.assertNotIn("Open in all", self._get_mail())

    def test_nothing_is_claimed_twice_over_levels(self):
        invoice = self._create_overdue_invoice(20, 3650)
        first = self._send_on(0)
        second = self._send_on(10)
        self.assertEqual(
            self._read_charges(second),
            [
                (
                    "interest",
                    10,
                    TODAY + timedelta(1),
                    TODAY + timedelta(10),
                )
            ],
        )
        self.assertEqual(second.line_ids.move_id, invoice)
        self.assertRecordValues(
            second,
            [{"charge_amount": 10, "earlier_amount": 30, "amount_to_pay": 3690}],
        )
        self.assertIn("Claimed before", self._get_mail())
        self.assertEqual(first.amount_to_pay, 3680)

    def test_several_notices_at_once_claim_what_went_before_once(self):
        self._create_overdue_invoice(20, 3650)
        self._send_on(0)
        self._create_overdue_invoice(10, 365)
        run = self._propose(TODAY + timedelta(10))
        self.assertRecordValues(
            run.notice_ids.sorted("level_number"),
            [
                {"level_id": self.level_3.id, "amount_to_pay": 365 + 10 + 2},
                {"level_id": self.level_4.id, "amount_to_pay": 3650 + 10 + 30},
            ],
        )

    def test_interest_follows_payments(self):
        invoice = self._create_overdue_invoice(20, 3650)
        self._register_payment(invoice, payment_date=TODAY - timedelta(10), amount=1825)
        [notice] = self._send_on(0)
        self.assertEqual(notice.amount_total, 1825)
        # 10 days on all of it, 10 days on the half.
        self.assertEqual([line[1] for line in self._read_charges(notice)], [10, 15])

    def test_a_credit_note_stops_interest_too(self):
        invoice = self._create_overdue_invoice(20, 3650)
        refund = self._create_credit_note(20, 1825)
        (self._items(invoice) + self._items(refund)).reconcile()
        [notice] = self._send_on(0)
        [_costs, interest] = notice.charge_ids
        # The credit note has the date of the invoice: no day on the other half.
        self.assertEqual(interest.amount, 10)

    def test_another_currency(self):
        currency = self.setup_other_currency("HRK", rates=[("2017-01-01", 2.0)])
        self._create_overdue_invoice(20, 3650, currency_id=currency.id)
        [notice] = self._send_on(0)
        self.assertEqual(notice.currency_id, currency)
        self.assertEqual(notice.charge_ids.currency_id, currency)
        # 10 in the company's currency are 20 in that of the invoice.
        self.assertEqual([line[1] for line in self._read_charges(notice)], [20, 20])

    def test_a_second_company(self):
        company = self._create_company(name="Second company")
        self._create_overdue_invoice(20, 3650, company=company)
        with self.mock_mail_gateway():
            notice = self._dun(company=company).notice_ids
        self.assertEqual(notice.charge_ids.company_id, company)
        self.assertEqual(sum(notice.charge_ids.mapped("amount")), 30)
        charges = self.env["credit.charge"].with_user(self.officer)
        self.assertFalse(charges.search([]), "they belong to the other company")

    def test_a_delivery_that_fails_claims_nothing(self):
        self.debtor.write({"email": False, "city": False})
        self._create_overdue_invoice(20, 3650)
        [notice] = self._send_on(0)
        self.assertEqual(notice.state, "failed")
        self.assertFalse(notice.charge_ids)
        self.debtor.email = "azure@debtor.example"
        with self.mock_mail_gateway():
            notice.action_retry()
        self.assertEqual(len(notice.charge_ids), 2)
        with self.mock_mail_gateway():
            notice.action_resend()
        self.assertEqual(len(notice.charge_ids), 2, "once more is not twice")

    def test_an_invoice_reset_to_draft_and_posted_again(self):
        invoice = self._create_overdue_invoice(20, 3650)
        self._send_on(0)
        invoice.button_draft()
        invoice.action_post()
        second = self._send_on(10)
        self.assertEqual([line[1] for line in self._read_charges(second)], [10])

    def test_a_letter_shows_them(self):
        self.level_3.channel = "letter"
        self._create_overdue_invoice(20, 3650)
        [notice] = self._send_on(0)
        html = self.env["ir.actions.report"]._render_qweb_html(
            "credit_control.action_report_notice", notice.ids
        )[0]
        self.assertIn(b"Open in all", html)
        self.assertIn(b"3,680.00", html)

    def test_costs_and_interest_are_within_bounds(self):
        for values in ({"fee": -1}, {"rate": -1}, {"rate": 101}):
            with self.subTest(**values), self.assertRaises(Exception) as raised:
                self.level_3.write(values)
                self.level_3.flush_recordset()
            self.assertIn(
                "_part" if "rate" in values else "_fee", str(raised.exception)
            )

    # -- waive -----------------------------------------------------------------

    def test_waive_all_and_claim_again(self):
        self._create_overdue_invoice(20, 3650)
        notice = self._send_on(0)
        self._waive(notice.charge_ids)
        self.assertEqual(notice.amount_to_pay, 3650)
        log = self._profile().message_ids[:1].body
        self.assertIn("Agreed on the phone", log)
        self.assertIn("30.00", log)
        self._claim_again(notice.charge_ids)
        self.assertEqual(notice.amount_to_pay, 3680)
        self.assertFalse(any(notice.charge_ids.mapped("waive_reason")))
        log = self._profile().message_ids[:1].body
        self.assertIn("claimed again, He did not keep to it", log)
        with self.assertRaisesRegex(UserError, "Nothing of this was waived"):
            notice.charge_ids.with_user(self.officer).action_reinstate()

    def test_waive_a_part(self):
        self._create_overdue_invoice(20, 3650)
        notice = self._send_on(0)
        costs, interest = notice.charge_ids.sorted("id")
        self._waive(notice.charge_ids, amount=25)
        self.assertEqual((costs.open_amount, interest.open_amount), (5, 0))
        for amount in (0, -1, 5.01):
            with (
                self.subTest(amount=amount),
                self.assertRaisesRegex(UserError, "at most.*5.00"),
            ):
                self._waive(notice.charge_ids, amount=amount)

    def test_claim_a_part_again(self):
        self._create_overdue_invoice(20, 3650)
        notice = self._send_on(0)
        costs, interest = notice.charge_ids.sorted("id")
        self._waive(notice.charge_ids)
        self._claim_again(notice.charge_ids, amount=22)
        self.assertEqual((costs.open_amount, interest.open_amount), (2, 20))
        self.assertEqual(costs.waive_reason, "Agreed on the phone")
        with self.assertRaisesRegex(UserError, "at most.*8.00"):
            self._claim_again(notice.charge_ids, amount=9)

    def test_a_reason_of_spaces_is_none(self):
        self._create_overdue_invoice(20, 3650)
        charges = self._send_on(0).charge_ids
        with self.assertRaisesRegex(UserError, "Say why"):
            self._waive(charges, reason="  ")

    def test_what_was_waived_does_not_come_back(self):
        self._create_overdue_invoice(20, 3650)
        self._waive(self._send_on(0).charge_ids)
        second = self._send_on(10)
        self.assertEqual(second.earlier_amount, 0)
        self.assertEqual(second.amount_to_pay, 3660)

    def test_waived_in_the_review(self):
        self._create_overdue_invoice(20, 3650)
        run = self._propose()
        review = Form(
            self.env["credit.notice.review"]
            .with_user(self.officer)
            .with_context(default_notice_ids=run.notice_ids.ids)
        )
        review.choice = "charges"
        review.reason = "Good customer"
        review.save().action_apply()
        self.assertEqual(run.notice_ids.amount_to_pay, 3650)
        with self.mock_mail_gateway():
            run._send(TODAY)
        self.assertEqual(
            run.notice_ids.charge_ids.mapped("waive_reason"), ["Good customer"] * 2
        )
        self.assertEqual(run.notice_ids.amount_to_pay, 3650)

    def test_who_may_waive(self):
        self._create_overdue_invoice(20, 3650)
        charges = self._send_on(0).charge_ids
        for user in (self.viewer, self.salesperson, self.biller, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._waive(charges, user=user)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                charges.with_user(user).action_reinstate()
        with self.assertRaises(AccessError):
            charges.with_user(self.manager).write({"amount": 1})
        self.assertEqual(
            charges.with_user(self.viewer).mapped("open_amount"),
            charges.mapped("open_amount"),
        )

    def test_one_currency_at_a_time(self):
        currency = self.setup_other_currency("HRK", rates=[("2017-01-01", 2.0)])
        self._create_overdue_invoice(20, 3650, currency_id=currency.id)
        self._create_overdue_invoice(20, 3650)
        charges = self._send_on(0).charge_ids
        self.assertEqual(len(charges), 4)
        with self.assertRaisesRegex(UserError, "one currency"):
            self._waive(charges)
        self.assertEqual(self._profile().charge_count, 4)

    # -- speed -----------------------------------------------------------------

    def test_queries_do_not_grow_with_the_notices(self):
        counts, debtors = [], []
        for number in (1, 2, 20):
            while len(debtors) < number:
                debtors.append(self._create_debtor(f"Debtor {len(debtors)}"))
                self._create_overdue_invoice(20, 3650, debtors[-1])
            run = self._propose()
            self.env.flush_all()
            self.env.invalidate_all()
            notices = self.env["credit.notice"].browse(run.notice_ids.ids)
            self.assertEqual(len(notices), number)
            before = self.cr.sql_log_count
            self.assertEqual(set(notices.mapped("amount_to_pay")), {3680})
            counts.append(self.cr.sql_log_count - before)
            run.action_cancel()
        self.assertEqual(*counts[1:])

    # -- what is left ----------------------------------------------------------

    def _claim_left(self, user=None):
        profile = self._profile().with_user(user or self.officer)
        return self.env["credit.run"].browse(profile.action_claim_charges()["res_id"])

    def test_what_is_left_is_claimed_after_the_invoice_is_paid(self):
        self._create_overdue_invoice(20, 3650)
        [first] = self._send_on(0)
        self._pay(first.line_ids.move_id)
        self.assertTrue(self._profile().has_charges_left)
        run = self._claim_left()
        self.assertRecordValues(
            run.notice_ids,
            [
                {
                    "state": "proposed",
                    "channel": "email",
                    "amount_total": 0,
                    "amount_to_pay": 30,
                    "level_id": self.level_3.id,
                }
            ],
        )
        with self.assertRaisesRegex(UserError, "waits to be sent"):
            self._claim_left()
        with self.mock_mail_gateway():
            run.with_user(self.officer).action_send()
        self.assertEqual(run.state, "sent", run.notice_ids.failure)
        self.assertRecordValues(
            run.notice_ids, [{"earlier_amount": 30, "amount_to_pay": 30}]
        )
        body = self._get_mail()
        for words in ("still open", "Costs – Second reminder", "Interest – INV/", "30"):
            self.assertIn(words, body)
        for words in ("Words of level 3", "Days late", "Open in all"):
            self.assertNotIn(words, body)
        self.assertEqual(sum(first.charge_ids.mapped("open_amount")), 30)

    def test_what_was_waived_in_the_meantime_is_not_claimed(self):
        self._create_overdue_invoice(20, 3650)
        [first] = self._send_on(0)
        run = self._claim_left()
        self._waive(first.charge_ids)
        run.action_send()
        self.assertEqual(run.notice_ids.state, "dropped")
        with self.assertRaisesRegex(UserError, "are left to claim"):
            self._claim_left()

    def test_what_is_left_makes_a_letter_without_an_address_for_mail(self):
        self._create_overdue_invoice(20, 3650)
        self._send_on(0)
        self.debtor.email = False
        self.assertEqual(self._claim_left().notice_ids.channel, "letter")

    def test_what_is_left_is_no_offer(self):
        self.level_3.write({"offer_kind": "waiver", "offer_days": 5})
        self._create_overdue_invoice(20, 3650)
        self._send_on(0)
        self.env["credit.offer"].search([]).action_withdraw()
        run = self._claim_left()
        with self.mock_mail_gateway():
            run.action_send()
        self.assertEqual(run.notice_ids.state, "sent")
        self.assertFalse(run.notice_ids.offer_ids)
        self.assertNotIn("Our offer", self._get_mail())

    def test_only_officers_claim_what_is_left(self):
        self._create_overdue_invoice(20, 3650)
        self._send_on(0)
        for user in (self.viewer, self.salesperson):
            with self.assertRaises(AccessError):
                self._claim_left(user)
