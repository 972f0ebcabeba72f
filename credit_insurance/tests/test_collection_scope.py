from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.credit_control.tests.common import TODAY

from .collection_common import CollectionCommon


@tagged("post_install", "-at_install")
class TestCollectionScope(CollectionCommon):
    """Companies, currencies, money that is not matched, and the words of who reads."""

    def setUp(self):
        super().setUp()
        self._remind()

    def _propose_files(self, as_of=TODAY, company=None):
        self.env.flush_all()
        files = self.env["credit.collection.file"]
        return files._propose_all(company or self.company, as_of)

    # -- companies and currencies ----------------------------------------------

    def test_two_companies_hand_the_same_debtor_over_each_for_itself(self):
        data = self.setup_other_company()
        company = data["company"]
        company.write(
            {
                "company_registry": "0403019261",
                "country_id": self.env.ref("base.be").id,
                "email": "other@seller.example",
            }
        )
        self.env.user.company_ids |= company
        self.manager.company_ids |= company
        agency = self._create_agency(company, name="Other agency")
        debtor = self.debtor.with_company(company)
        debtor.property_account_receivable_id = data["default_account_receivable"]
        invoice = self._create_overdue_invoice(
            70, 700.0, partner=debtor, company=company
        )
        for days in (7, 18, 30):
            self._dun(invoice.invoice_date_due + timedelta(days), company)
        ours = self._propose_files()
        theirs = self._propose_files(company=company)
        self.assertEqual(ours.line_ids.move_id, self.invoice)
        self.assertEqual(theirs.line_ids.move_id, invoice)
        self.assertEqual(theirs.agency_id, agency)
        self.assertNotEqual(ours.profile_id, theirs.profile_id)
        self._send(ours | theirs)
        self.assertEqual(set((ours | theirs).mapped("state")), {"sent"})
        self.assertEqual(theirs.message_id.partner_ids, agency.partner_id)
        self.assertIn("other@seller.example", theirs.message_id.email_from)
        self.assertIn("Incasso NV", self.invoice.credit_collection_words)
        self.assertIn("Other agency", invoice.credit_collection_words)
        stranger = self._create_user("stranger", "credit_control.group_manager")
        with self.assertRaises(AccessError):
            theirs.with_user(stranger).action_follow()

    def test_a_file_in_another_currency_follows_its_own_money(self):
        pound = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        other = self._create_overdue_invoice(70, 300.0, currency_id=pound.id)
        self._remind(other)
        file = self._send(self._prepare(other))
        self.assertEqual(file.currency_id, pound)
        self.assertEqual(file.claimed_principal, 300)
        self._pay(other, 120)
        self.env.invalidate_all()
        self.assertRecordValues(file, [{"direct_amount": 120, "open_principal": 180}])
        self.assertIn("120.00", self._follow(file))

    def _follow(self, file):
        with self.mock_mail_gateway():
            file._follow(TODAY)
        return file.message_ids.sorted("id")[-1].body

    def test_the_minimum_is_in_the_companys_currency(self):
        """300 pounds are 600 in the company's currency."""
        pound = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        other = self._create_overdue_invoice(70, 300.0, currency_id=pound.id)
        self._remind(other)
        self.policy.handoff_minimum = 650
        files = self._propose_files()
        self.assertEqual(files.currency_id, self.company.currency_id)
        self.policy.handoff_minimum = 550
        self.assertEqual(self._propose_files().currency_id, pound)

    # -- money -----------------------------------------------------------------

    def test_unmatched_money_is_said_and_holds_nothing_back(self):
        file = self._prepare()
        self._pay_on_account(400)
        self.env.invalidate_all()
        self.assertIn("unmatched money", file.advised)
        self.assertFalse(file.missing)
        self.assertTrue(file.is_ready)
        self.assertEqual(file.claimed_principal, 1000)

    def test_a_partial_payment_and_a_credit_note_before_it_is_proposed(self):
        self._pay(self.invoice, 300)
        note = self._create_credit_note(0, 200.0)
        self._items(self.invoice | note).reconcile()
        file = self._propose_files()
        self.assertEqual(file.claimed_principal, 500)
        self.assertEqual(file.line_ids.original_amount, 1000)

    def test_a_credit_note_in_draft_holds_it_back(self):
        file = self._prepare()
        self.invoice._reverse_moves([{"invoice_date": TODAY}])
        with self.assertRaisesRegex(UserError, "credit note is in draft"):
            file.with_user(self.manager).action_send()
        self.assertEqual(file.state, "draft")

    # -- many ------------------------------------------------------------------

    def test_of_many_the_complete_ones_go(self):
        other = self._create_overdue_invoice(70, 300.0, partner=self.other_debtor)
        self._remind(other)
        files = self._prepare() | self._prepare(other, self._profile(self.other_debtor))
        with self.mock_mail_gateway():
            action = files.with_user(self.manager).action_send()
        self.env.invalidate_all()
        states = {file.partner_id: file.state for file in files}
        self.assertEqual(states, {self.debtor: "sent", self.other_debtor: "draft"})
        self.assertIn("Not sent: Brick", action["params"]["message"])
        lacking = files.filtered("failure")
        self.assertIn("street", lacking.failure)
        with self.assertRaisesRegex(UserError, "is not complete"):
            lacking.with_user(self.manager).action_send()

    # -- words -----------------------------------------------------------------

    def test_why_it_is_proposed_is_said_in_the_language_of_who_reads(self):
        self.env["res.lang"]._activate_lang("nl_BE")
        file = self._propose_files()
        self.assertRecordValues(
            file,
            [
                {
                    "proposal_code": "after_level",
                    "proposal_days": 14,
                    "proposal_policy_id": self.policy.id,
                    "proposal_since": self.invoice.invoice_date_due,
                }
            ],
        )
        self.policy.with_context(lang="nl_BE").name = "Beleid van de proef"
        english = file.with_context(lang="en_US").reason
        dutch = file.with_context(lang="nl_BE").reason
        self.assertIn("Policy of the test", english)
        self.assertIn("Beleid van de proef", dutch)
        self.policy.handoff_days = 20
        self.assertIn("14", file.reason, "what the policy said then")

    # -- mail ------------------------------------------------------------------

    def test_answers_to_any_message_of_the_file_land_there(self):
        """Also from an address of the agency that we don't know, and with a file."""
        file = self._sent()
        self._pay(self.invoice, 100)
        with self.mock_mail_gateway():
            file._follow(TODAY)
        told = file.message_ids.sorted("id")[-1]
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process(
                False,
                "From: jan@incasso.example\n"
                "To: catchall@seller.example\n"
                "Subject: Re: paid directly\n"
                f"References: {told.message_id}\n"
                "Message-ID: <second@incasso.example>\n"
                "Content-Type: multipart/mixed; boundary=b\n\n"
                "--b\nContent-Type: text/plain\n\nNoted, see the statement.\n"
                "--b\nContent-Type: text/plain; name=statement.txt\n"
                "Content-Disposition: attachment; filename=statement.txt\n\n100\n"
                "--b--\n",
            )
        answer = file.message_ids.sorted("id")[-1]
        self.assertIn("Noted", answer.body)
        self.assertEqual(answer.attachment_ids.name, "statement.txt")
        self.assertEqual(answer.model, "credit.collection.file")
        self.assertFalse(self.profile.message_ids.filtered(lambda m: "Noted" in m.body))

    # -- rights ----------------------------------------------------------------

    def test_who_reads_agencies_and_their_prices(self):
        for record in (self.agency, self.agency.fee_ids, self._prepare().line_ids):
            self.assertTrue(record.with_user(self.viewer).read(["display_name"]))
            for user in (self.salesperson, self.portal):
                with self.assertRaises(AccessError):
                    record.with_user(user).read(["display_name"])
        with self.assertRaises(AccessError):
            self.agency.with_user(self.officer).kind = "lawyer"
        self.agency.with_user(self.manager).kind = "lawyer"

    def test_officers_report_and_managers_withdraw(self):
        file = self._sent()
        for name in ("action_accept", "action_start", "action_follow"):
            with self.assertRaises(AccessError):
                getattr(file.with_user(self.viewer), name)()
        file.with_user(self.officer).action_accept()
        file.with_user(self.officer).action_start()
        wizard = (
            self.env["credit.collection.move"]
            .with_user(self.officer)
            .create({"file_ids": file.ids, "question": "withdraw", "reason": "Paid"})
        )
        with self.assertRaisesRegex(AccessError, "Only credit managers"):
            wizard.action_apply()
        self.assertEqual(file.state, "amicable")

    def test_a_proposal_that_is_not_handed_over(self):
        file = self._propose_files()
        action = file.with_user(self.officer).action_close()
        self.assertEqual(action["context"]["default_question"], "drop")
        moves = self.env["credit.collection.move"].with_user(self.officer)
        move = moves.with_context(**action["context"]).create({"reason": ""})
        with self.assertRaisesRegex(UserError, "Say why"):
            move.action_apply()
        move.reason = "A good customer"
        move.action_apply()
        self.assertRecordValues(
            file,
            [{"state": "closed", "outcome": "withdrawn", "aftermath": False}],
        )
        self.assertFalse(self._propose_files())
        held = self._sent()
        move = moves.create(
            {"file_ids": held.ids, "question": "drop", "reason": "Not this one"}
        )
        with self.assertRaisesRegex(UserError, "withdraw it"):
            move.action_apply()

    def test_what_may_be_reported_next(self):
        file = self._sent()
        move = self.env["credit.collection.move"].create({"file_ids": file.ids})
        self.assertIn("rejected", move.possible_states)
        file.with_user(self.officer).action_accept()
        file._move("legal", TODAY)
        move.invalidate_recordset()
        self.assertEqual(move.possible_states, ["plan", "disputed", "enforcement"])
