from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .collection_common import CollectionCommon


@tagged("post_install", "-at_install")
class TestPreCollectionLetter(CollectionCommon):
    """The last level goes out in the name of an agency, for 12.50 a letter."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_accounts()
        cls.agency.partner_id.write(
            {
                "street": "Inningslaan 1",
                "zip": "2000",
                "city": "Antwerpen",
                "vat": "BE0477472701",
                "phone": "+32 3 123 45 67",
            }
        )
        cls.agency.fee_ids = [
            Command.create(
                {"service": "pre_collection", "flat": 12.5, "no_cure_no_pay": False}
            )
        ]
        cls.policy.company_id = cls.company
        cls.level_4.write(
            {
                "pre_collection": "agency",
                "pre_collection_agency_id": cls.agency.id,
            }
        )

    def _get_letters(self):
        return self.env["credit.collection.letter"].search(
            [("company_id", "=", self.company.id)]
        )

    def _send_letter(self, invoices=None):
        """The notice of the last level, and its mail."""
        with self.mock_mail_gateway():
            self._remind(invoices)
        [notice] = self._get_letters().notice_id[:1]
        return notice

    # -- the fee ---------------------------------------------------------------

    def test_the_fee_is_noted_once_a_letter(self):
        self._remind()
        letter = self._get_letters()
        self.assertRecordValues(
            letter,
            [
                {
                    "agency_id": self.agency.id,
                    "profile_id": self.profile.id,
                    "level_id": self.level_4.id,
                    "fee": 12.5,
                    "currency_id": self.company.currency_id.id,
                    "state": "open",
                }
            ],
        )
        self.assertEqual(letter.date, self.invoice.invoice_date_due + timedelta(30))
        with self.mock_mail_gateway():
            letter.notice_id.action_resend()
        self.assertEqual(len(self._get_letters()), 1)
        self.assertEqual(self.agency.unbilled_amount, 12.5)

    def test_other_levels_and_our_own_department_cost_nothing(self):
        self.level_4.pre_collection = "own"
        self._remind()
        self.assertFalse(self._get_letters())

    def test_a_call_is_no_letter(self):
        self.level_4.channel = "call"
        self._remind()
        self.assertFalse(self._get_letters())

    def test_what_failed_costs_nothing_until_it_is_sent(self):
        self.policy.without_email = "fail"
        for days in (7, 18):
            self._dun(self.invoice.invoice_date_due + timedelta(days))
        self.debtor.email = False
        run = self._dun(self.invoice.invoice_date_due + timedelta(30))
        self.assertEqual(run.notice_ids.state, "failed")
        self.assertFalse(self._get_letters())

    def test_a_letter_without_a_price(self):
        self.agency.fee_ids.filtered("service").unlink()
        self._remind()
        self.assertEqual(self._get_letters().state, "free")

    def test_two_currencies_are_two_letters_in_the_companys_currency(self):
        pound = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        other = self._create_overdue_invoice(70, 300.0, currency_id=pound.id)
        self._remind(self.invoice | other)
        self.assertEqual(self._get_letters().mapped("fee"), [12.5, 12.5])
        self.assertEqual(self._get_letters().currency_id, self.company.currency_id)

    # -- the bill --------------------------------------------------------------

    def test_the_bill_is_prepared_for_what_waits(self):
        self._remind()
        other = self._create_overdue_invoice(70, 300.0, partner=self.other_debtor)
        self._remind(other)
        letters = self._get_letters()
        letters.with_user(self.officer).action_make_bill()
        bill = letters.bill_id
        self.assertRecordValues(
            bill,
            [
                {
                    "move_type": "in_invoice",
                    "state": "draft",
                    "partner_id": self.agency.partner_id.id,
                    "amount_untaxed": 25.0,
                    "amount_tax": 5.25,
                    "company_id": self.company.id,
                }
            ],
        )
        self.assertEqual(bill.invoice_line_ids.quantity, 2)
        self.assertEqual(bill.invoice_line_ids.account_id, self.fee_account)
        self.assertEqual(set(letters.mapped("state")), {"billed"})
        with self.assertRaisesRegex(UserError, "None of these"):
            letters.with_user(self.officer).action_make_bill()
        bill.button_cancel()
        self.assertEqual(set(letters.mapped("state")), {"open"})

    def test_an_officer_puts_a_letter_on_the_bill_that_came(self):
        self._remind()
        letter = self._get_letters().with_user(self.officer)
        bill = self.env["account.move"].create(
            {"move_type": "in_invoice", "partner_id": self.agency.partner_id.id}
        )
        letter.bill_id = bill
        self.assertEqual(letter.state, "billed")
        with self.assertRaises(AccessError):
            letter.fee = 1
        with self.assertRaises(AccessError):
            letter.unlink()
        with self.assertRaises(AccessError):
            letter.create({"notice_id": letter.notice_id.id})

    def test_who_sees_letters(self):
        self._remind()
        letter = self._get_letters()
        self.assertEqual(letter.with_user(self.viewer).fee, 12.5)
        with self.assertRaises(AccessError):
            letter.with_user(self.viewer).action_make_bill()
        for user in (self.salesperson, self.portal):
            with self.assertRaises(AccessError):
                letter.with_user(user).read(["fee"])
        other = self.setup_other_company()["company"]
        stranger = self._create_user("stranger", "credit_control.group_manager", other)
        self.assertFalse(letter.with_user(stranger).search([]))

    def test_an_agency_writes_for_its_company_only(self):
        other = self.setup_other_company()["company"]
        with self.assertRaisesRegex(ValidationError, "choose that company"):
            self.level_4.pre_collection_agency_id = self._create_agency(other)

    def test_a_policy_stays_with_the_company_of_its_agency(self):
        other = self.setup_other_company()["company"]
        with self.assertRaisesRegex(ValidationError, "choose that company"):
            self.policy.company_id = other

    # -- the sender ------------------------------------------------------------

    def test_the_mail_comes_in_the_agencys_name_from_our_address(self):
        notice = self._send_letter()
        message = notice.message_id
        self.assertEqual(message.email_from, '"Incasso NV" <credit@seller.example>')
        self.assertNotIn("incasso.example", message.reply_to)
        self.assertIn("On behalf of", message.body)
        self.assertIn("Inningslaan 1", message.body)
        [mail] = [m for m in self._mails if "azure@" in str(m["email_to"])][-1:]
        self.assertNotIn("logo.png", mail["body"])
        self.assertIn("Incasso NV", mail["body"])

    def test_answers_go_to_the_agency_where_it_wants_them(self):
        self.agency.letter_sender = "answers"
        message = self._send_letter().message_id
        self.assertEqual(message.email_from, '"Incasso NV" <credit@seller.example>')
        self.assertEqual(message.reply_to, '"Incasso NV" <dossiers@incasso.example>')

    def test_from_its_own_address_where_it_lends_it(self):
        self.agency.letter_sender = "agency"
        message = self._send_letter().message_id
        self.assertEqual(message.email_from, '"Incasso NV" <dossiers@incasso.example>')
        self.assertEqual(message.reply_to, '"Incasso NV" <dossiers@incasso.example>')

    def test_without_an_address_nothing_can_be_lent(self):
        self.agency.partner_id.email = False
        with self.assertRaisesRegex(ValidationError, "no e-mail address"):
            self.agency.letter_sender = "agency"

    def test_our_own_department(self):
        self.level_4.write({"pre_collection": "own", "letterhead": "Debt Collection"})
        self._remind()
        notice = self.env["credit.notice"].search(
            [("level_id", "=", self.level_4.id), ("state", "=", "sent")]
        )
        self.assertIn("Debt Collection", notice.message_id.email_from)
        self.assertIn("credit@seller.example", notice.message_id.email_from)

    def test_the_letter_has_the_agencys_head_and_signature(self):
        self._register(self.agency, "BE")
        self.level_4.channel = "letter"
        notice = self._send_letter()
        [content, _kind] = self.env["ir.actions.report"]._render_qweb_html(
            "credit_control.report_notice", notice.ids
        )
        words = content.decode()
        for word in ("Inningslaan 1", "BE0477472701", "+32 3 123 45 67", "BE 12345"):
            self.assertIn(word, words)
        self.assertNotIn(self.company.email, words)
        self.assertEqual(
            notice._get_signature(),
            [f"On behalf of {self.company.name}", "Incasso NV"],
        )
