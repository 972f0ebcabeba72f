from datetime import timedelta

import psycopg2

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MockEmail

from .common import TODAY, CreditControlCommon


def day(days):
    return TODAY + timedelta(days=days)


class EdgesCommon(CreditControlCommon):
    @classmethod
    def _create_contact(cls, name, partner=None, **values):
        return cls._create_debtor(
            name, parent_id=(partner or cls.debtor).id, is_company=False, **values
        )

    @classmethod
    def _create_entry(cls, amount, partner, journal=None, **values):
        """A claim that is no invoice, booked against the suspense account."""
        journal = journal or cls.company_data["default_journal_misc"]
        entry = cls.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": journal.id,
                "date": day(-30),
                "line_ids": [
                    Command.create(
                        {
                            "account_id": cls.debtor.property_account_receivable_id.id,
                            "partner_id": partner.id,
                            "debit": amount,
                            **values,
                        }
                    ),
                    Command.create(
                        {
                            "account_id": cls.company_data[
                                "default_account_revenue"
                            ].id,
                            "credit": amount,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        # Odoo leaves entries of such a journal alone unless somebody says otherwise.
        cls._items(entry).no_followup = False
        return entry


@tagged("post_install", "-at_install")
class TestRecipient(MockEmail, EdgesCommon):
    """Who gets the reminder, and what happens when nobody can."""

    def setUp(self):
        super().setUp()
        self._create_overdue_invoice(10)

    def _recipient(self):
        run = self._propose()
        recipient = run.notice_ids.recipient_id
        run.action_cancel()
        return recipient

    def test_the_chosen_contact_then_reminders_then_invoices_then_the_company(self):
        self.assertEqual(self._recipient(), self.debtor)
        self._create_contact("Sales", type="contact")
        self._create_contact("Yard", type="delivery")
        self.assertEqual(self._recipient(), self.debtor)
        billing = self._create_contact("Billing", type="invoice")
        self.assertEqual(self._recipient(), billing)
        reminders = self._create_contact("Payables", type="dunning")
        self.assertEqual(self._recipient(), reminders)
        chosen = self._create_contact("Owner", type="other")
        self._profile().dunning_contact_id = chosen
        self.assertEqual(self._recipient(), chosen)

    def test_archived_contacts_get_nothing(self):
        billing = self._create_contact("Billing", type="invoice")
        reminders = self._create_contact("Payables", type="dunning")
        chosen = self._create_contact("Owner", type="other")
        self._profile().dunning_contact_id = chosen
        for gone, expected in (
            (chosen, reminders),
            (reminders, billing),
            (billing, self.debtor),
        ):
            gone.active = False
            self.assertEqual(self._recipient(), expected)

    def test_an_archived_debtor_gets_what_the_policy_has_for_the_unreachable(self):
        """Odoo mails nothing to archived partners: that is no notice sent."""
        self.debtor.active = False
        notice = self._propose().notice_ids
        self.assertEqual(notice.channel, "letter")
        with self.mock_mail_gateway():
            notice._send(TODAY)
        self.assertRecordValues(notice, [{"state": "sent", "delivery": "letter"}])
        self.assertFalse(self._new_mails)

    def test_archived_between_proposal_and_sending(self):
        self.policy.without_email = "fail"
        notice = self._propose().notice_ids
        self.debtor.active = False
        notice._send(TODAY)
        self.assertEqual(notice.state, "failed")
        self.assertIn("archived", notice.failure)
        self.debtor.active = True
        with self.mock_mail_gateway():
            notice.action_retry()
        self.assertEqual(notice.state, "sent")
        self.assertEqual(self._new_mails.recipient_ids, self.debtor)

    def test_neither_email_nor_postal_address(self):
        self.debtor.write({"email": False, "city": False})
        run = self._dun()
        self.assertRecordValues(
            run.notice_ids,
            [
                {
                    "state": "failed",
                    "failure": "Azure has neither an e-mail nor a postal address.",
                }
            ],
        )
        self.assertEqual(run.failed_count, 1)
        self.assertFalse(self._items(self.debtor.invoice_ids).credit_level_id)

    def test_an_address_that_is_none(self):
        self.debtor.email = "ask the owner"
        self.assertEqual(self._propose().notice_ids.channel, "letter")


@tagged("post_install", "-at_install")
class TestOtherClaims(EdgesCommon):
    """Receivables that are no invoices, and invoices of several instalments."""

    def test_an_opening_balance(self):
        opening = self._create_entry(250, self.debtor, date_maturity=day(-10))
        run = self._dun()
        self.assertRecordValues(
            run.notice_ids.line_ids,
            [{"name": opening.name, "days_late": 10, "amount": 250, "state": "sent"}],
        )
        self.assertIn(opening.name, run.notice_ids.message_id.body)

    def test_an_opening_balance_makes_a_debtor_file(self):
        partner = self._create_debtor("Opened")
        self._create_entry(250, partner, date_maturity=day(-10))
        self.assertTrue(partner.credit_profile_id)

    def test_why_without_a_debtor_file(self):
        """Who has no file yet may still ask."""
        small = self._create_entry(5, self.debtor, date_maturity=day(-10))
        large = self._create_entry(250, self.debtor, date_maturity=day(-10))
        self._profile().unlink()
        self.assertIn("tolerance of $\xa05.00", self._items(small).credit_why)
        self.assertIn("Level 2 (Reminder) is due", self._items(large).credit_why)
        credit = self._pay_on_account(300)
        self._profile().unlink()
        items = self._items(large) | credit
        text = items._credit_explain(TODAY)[0]["text"]
        self.assertEqual(
            text,
            "Unmatched money could cover this. Policy Policy of the test, version 1.",
        )
        self.level_2.min_amount = 900
        self.policy.credits = "show"
        text = items._credit_explain(TODAY)[0]["text"]
        self.assertIn("minimum of $\xa0900.00", text)

    def test_an_entry_that_odoo_excludes(self):
        entry = self._create_entry(250, self.debtor, date_maturity=day(-10))
        self._items(entry).no_followup = True
        run = self._propose()
        self.assertEqual(self._get_skipped(run), {"no_followup": (1, 250.0)})
        self.assertEqual(self._items(entry).credit_why, "Excluded from follow-up")

    def test_an_entry_without_a_due_date_is_due_on_its_date(self):
        entry = self._create_entry(250, self.debtor)
        self._items(entry).date_maturity = False
        self.assertEqual(self._propose().notice_ids.line_ids.due_date, day(-30))

    def test_an_entry_without_a_partner_is_listed(self):
        entry = self._create_entry(250, self.env["res.partner"])
        run = self._propose()
        self.assertEqual(self._get_skipped(run), {"no_partner": (1, 250.0)})
        self.assertEqual(
            self._items(entry).credit_why,
            "Entry without a partner",
        )

    def test_each_instalment_has_its_own_clock(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Three parts",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": share, "nb_days": nb}
                    )
                    for share, nb in ((20, 0), (30, 15), (50, 30))
                ],
            }
        )
        invoice = self._create_overdue_invoice(
            amount=1000,
            invoice_date=day(-20),
            invoice_date_due=False,
            invoice_payment_term_id=term.id,
        )
        got = {}
        for offset in range(60):
            for line in self._dun(day(offset)).notice_ids.line_ids:
                got.setdefault(line.amount, []).append((offset, line.level_number))
        self.assertEqual(
            got,
            {
                200: [(0, 2), (7, 3), (14, 4)],
                300: [(2, 2), (13, 3), (25, 4)],
                500: [(5, 1), (17, 2), (28, 3), (40, 4)],
            },
        )
        self.assertEqual(len(self._items(invoice)), 3)

    def test_paying_one_instalment_leaves_the_others(self):
        term = self.env.ref("account.account_payment_term_advance_60days")
        invoice = self._create_overdue_invoice(
            amount=1000,
            invoice_date=day(-100),
            invoice_date_due=False,
            invoice_payment_term_id=term.id,
        )
        first, *others = self._items(invoice).sorted("date_maturity")
        payment = self._pay_on_account(first.amount_residual)
        (first | payment).reconcile()
        self.assertTrue(others)
        self.assertEqual(
            self._propose().notice_ids.line_ids.item_id.ids,
            [item.id for item in others],
        )


@tagged("post_install", "-at_install")
class TestAfterwards(EdgesCommon):
    """What happens to an invoice after its notice was proposed or sent."""

    def setUp(self):
        super().setUp()
        self.invoice = self._create_overdue_invoice(10)
        self.run_ = self._propose()
        self.notice = self.run_.notice_ids

    def _cancel(self):
        self.invoice.button_draft()
        self.invoice.button_cancel()

    def _reverse(self):
        self.env["account.move.reversal"].create(
            {
                "move_ids": [Command.set(self.invoice.ids)],
                "journal_id": self.invoice.journal_id.id,
                "date": TODAY,
            }
        ).refund_moves()
        credit_note = self.invoice.reversal_move_ids
        credit_note.action_post()
        (self._items(credit_note) | self._items(self.invoice)).filtered(
            lambda item: not item.reconciled
        ).reconcile()

    def test_proposed_then_cancelled_or_reversed(self):
        for change in (self.invoice.button_draft, self._cancel, self._reverse):
            with self.subTest(change.__name__), self.env.cr.savepoint() as savepoint:
                change()
                self.run_._send(TODAY)
                self.assertEqual(self.notice.state, "dropped")
                self.assertEqual(
                    self.notice.line_ids.drop_reason,
                    "Paid or cancelled since the proposal.",
                )
                self.assertFalse(self.notice.message_id)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_proposed_then_posted_again(self):
        self.invoice.button_draft()
        self.invoice.action_post()
        self.run_._send(TODAY)
        self.assertEqual(self.notice.state, "sent")

    def test_proposed_then_deleted(self):
        self.invoice.button_draft()
        self.invoice.with_context(force_delete=True).unlink()
        self.run_._send(TODAY)
        self.assertEqual(self.notice.state, "dropped")
        self.assertTrue(self.notice.line_ids.name)

    def test_sent_then_cancelled_and_posted_again(self):
        self.run_._send(TODAY)
        self._cancel()
        self.assertFalse(self._propose(day(20)).notice_ids)
        self.assertEqual(self.notice.state, "sent")
        self.assertEqual(self.invoice.credit_notice_count, 1)
        self.invoice.button_draft()
        self.invoice.action_post()
        self.assertEqual(self.invoice.credit_level_name, "Reminder")
        self.assertEqual(self._get_proposed(self._propose(day(20))), {self.invoice: 3})

    def test_sent_then_reversed(self):
        self.run_._send(TODAY)
        self._reverse()
        run = self._propose(day(20))
        self.assertFalse(run.notice_ids)
        self.assertEqual(self._get_skipped(run), {})
        self.assertEqual(self.notice.amount_total, 100)

    def test_sent_then_the_payment_bounces(self):
        """A payment that is taken back leaves the invoice where it was."""
        self.run_._send(TODAY)
        payment = self._pay_on_account(100)
        (payment | self._items(self.invoice)).reconcile()
        self.assertFalse(self._propose(day(20)).notice_ids)
        payment.remove_move_reconcile()
        self.assertEqual(
            self._get_skipped(self._propose(day(20)))["unmatched"], (1, 100.0)
        )
        payment.move_id.button_draft()
        self.assertEqual(self._get_proposed(self._propose(day(20))), {self.invoice: 3})

    def test_sent_then_deleted(self):
        self.run_._send(TODAY)
        number = self.invoice.name
        self.invoice.button_draft()
        self.invoice.with_context(force_delete=True).unlink()
        self.assertRecordValues(
            self.notice.line_ids, [{"state": "sent", "name": number, "amount": 100}]
        )
        self.assertFalse(self.notice.line_ids.move_id)

    def _change_partner(self):
        self.invoice.button_draft()
        with Form(self.invoice) as form:
            form.partner_id = self.other_debtor
            form.invoice_payment_term_id = self.env["account.payment.term"]
            form.invoice_date_due = day(-10)
        self.invoice.action_post()

    def test_proposed_then_it_is_another_ones(self):
        self._change_partner()
        self.run_._send(TODAY)
        self.assertEqual(self.notice.state, "dropped")
        self.assertEqual(
            self.notice.line_ids.drop_reason, "Belongs to Brick since the proposal."
        )
        again = self._propose()
        self.assertEqual(again.notice_ids.partner_id, self.other_debtor)

    def test_sent_then_it_is_another_ones(self):
        """Who never got a reminder doesn't begin with a second one."""
        self.run_._send(TODAY)
        self._change_partner()
        again = self._propose(day(8))
        self.assertRecordValues(
            again.notice_ids,
            [{"partner_id": self.other_debtor.id, "level_number": 2}],
        )
        self.assertEqual(self.invoice.credit_notice_count, 2)
        again.action_cancel()
        self.invoice.button_draft()
        self.invoice.partner_id = self.debtor
        self.invoice.invoice_date_due = day(-10)
        self.invoice.action_post()
        self.assertEqual(self.invoice.credit_level_name, "Reminder")


@tagged("post_install", "-at_install")
class TestOneDebtor(EdgesCommon):
    """Two debtors become one: nothing of either is lost."""

    def setUp(self):
        super().setUp()
        self.first = self._create_overdue_invoice(10, 100)
        self.second = self._create_overdue_invoice(12, 50, self.other_debtor)
        self.sent = self._dun().notice_ids
        self.file, self.other_file = (
            self._profile(),
            self._profile(self.other_debtor),
        )

    def _merge(self, *partners, into):
        self.env["base.partner.merge.automatic.wizard"]._merge(
            [partner.id for partner in (*partners, into)], into, extra_checks=False
        )
        self.env.invalidate_all()

    def _files(self, partner):
        return (
            self.env["credit.profile"]
            .with_context(active_test=False)
            .search([("partner_id", "=", partner.id)])
        )

    def test_merged(self):
        proposed = self._create_overdue_invoice(8, 30, self.other_debtor)
        self._propose()
        self.other_file.message_post(body="He moved to Bruges")
        self.other_file.activity_schedule("mail.mail_activity_data_todo")
        self._merge(self.other_debtor, into=self.debtor)
        self.assertFalse(self.other_file.exists())
        self.assertEqual(self._files(self.debtor), self.file)
        self.assertEqual(self.sent.profile_id, self.file)
        self.assertEqual(self.sent.partner_id, self.debtor)
        self.assertEqual(self.file.notice_count, 3)
        self.assertEqual(self.file.open_amount, 180)
        self.assertTrue(self.file.activity_ids)
        words = " ".join(self.file.message_ids.mapped("body"))
        self.assertIn("He moved to Bruges", words)
        self.assertIn("Brick", words)
        self.assertEqual(self.second.credit_level_name, "Reminder")
        waiting = self.file.notice_ids.filtered(lambda n: n.state == "proposed")
        waiting._send(TODAY)
        self.assertEqual(waiting.state, "sent")
        self.assertEqual(waiting.line_ids.move_id, proposed)
        self.assertEqual(
            self._get_proposed(self._propose(day(12))),
            {self.first: 3, self.second: 3, proposed: 3},
        )

    def _hold_other(self):
        """Hold the orders of the other debtor; returns the notice that does."""
        notice = self.sent.filtered(lambda n: n.profile_id == self.other_file)
        self.other_file.sudo()._hold_orders(notice)
        return notice

    def test_what_one_file_says_stays_where_the_other_says_nothing(self):
        notice = self._hold_other()
        self.other_file.write(
            {
                "block_until": day(30),
                "block_reason": "He pays in July",
                "collector_id": self.env.user.id,
                "policy_id": self.policy.id,
                "note": "<p>Ask for Ann</p>",
                "dunning_contact_id": self._create_contact("Ann", self.other_debtor).id,
            }
        )
        self._merge(self.other_debtor, into=self.debtor)
        self.assertRecordValues(
            self.file,
            [
                {
                    "block_until": day(30),
                    "block_reason": "He pays in July",
                    "collector_id": self.env.user.id,
                    "policy_id": self.policy.id,
                    "order_hold": True,
                    "order_hold_notice_id": notice.id,
                    "order_hold_date": TODAY,
                }
            ],
        )
        self.assertEqual(self.file.dunning_contact_id.name, "Ann")
        self.assertIn("Ask for Ann", self.file.note)

    def test_the_file_that_stays_decides(self):
        self.file.write(
            {
                "block_until": day(3),
                "block_reason": "He called",
                "no_limit": False,
                "limit": 500,
                "tier_id": self.good.id,
            }
        )
        self.other_file.write(
            {
                "block_until": day(1),
                "block_reason": "Holidays",
                "no_limit": False,
                "limit": 9000,
                "tier_id": self.poor.id,
            }
        )
        self._merge(self.other_debtor, into=self.debtor)
        self.assertRecordValues(
            self.file,
            [
                {
                    "block_until": day(3),
                    "block_reason": "He called",
                    "limit": 500,
                    "tier_id": self.good.id,
                }
            ],
        )
        words = " ".join(self.file.message_ids.mapped("body"))
        self.assertIn("9,000.00", words)
        self.assertIn(self.poor.name, words)

    def test_into_a_customer_without_a_file(self):
        third = self._create_debtor("Third")
        self._merge(self.debtor, self.other_debtor, into=third)
        self.assertEqual(len(self._files(third)), 1)
        self.assertEqual(set(self.sent.exists().profile_id), set(self._files(third)))
        self.assertEqual(len(self.sent.exists()), 2)

    def test_in_every_company(self):
        other_company = self.setup_other_company()["company"]
        for partner in (self.debtor, self.other_debtor):
            self._create_overdue_invoice(10, partner=partner, company=other_company)
        self._dun(company=other_company)
        self._merge(self.other_debtor, into=self.debtor)
        files = self._files(self.debtor)
        self.assertEqual(files.company_id, self.company | other_company)
        self.assertEqual(len(files), 2)
        self.assertEqual(files.mapped("notice_count"), [2, 2])

    def test_by_somebody_without_rights_on_files(self):
        admin = self._create_user(
            "admin_only", "base.group_erp_manager,account.group_account_invoice"
        )
        self.env["base.partner.merge.automatic.wizard"].with_user(admin)._merge(
            (self.debtor | self.other_debtor).ids, self.debtor, extra_checks=False
        )
        self.assertEqual(self._files(self.debtor), self.file)
        self.assertEqual(self.sent.exists().profile_id, self.file)

    def test_moved_under_a_parent_that_has_a_file(self):
        """A contact, no longer a company of its own, shares the parent's file."""
        self._hold_other()
        self.other_debtor.write({"is_company": False, "parent_id": self.debtor.id})
        self.assertFalse(self.other_file.exists())
        self.assertEqual(self.sent.exists().profile_id, self.file)
        self.assertTrue(self.file.order_hold)
        self.assertEqual(self.file.open_amount, 150)
        self.assertEqual(
            self._get_proposed(self._propose(day(12))), {self.first: 3, self.second: 3}
        )

    def test_moved_under_a_parent_without_a_file(self):
        parent = self._create_debtor("Parent")
        self.file.write({"block_until": day(30), "block_reason": "He called"})
        self.debtor.parent_id = parent
        self.assertEqual(self.file.partner_id, self.debtor, "a company has its own")
        self.debtor.is_company = False
        self.assertEqual(self.file.partner_id, parent)
        self.assertEqual(self._files(parent), self.file)
        self.assertNotIn(self.first, self._get_proposed(self._propose(day(12))))
        self.assertEqual(self.debtor.credit_profile_id, self.file)

    def test_out_from_under_a_parent(self):
        """In Odoo's ledger the company goes on owing what was invoiced before."""
        contact = self._create_contact("Shop")
        before = self._create_overdue_invoice(10, 70, contact)
        self._dun()
        contact.write({"is_company": True, "parent_id": False})
        after = self._create_overdue_invoice(10, 40, contact)
        run = self._propose(day(12))
        levels = self._get_proposed(run)
        self.assertEqual((levels[before], levels[after]), (3, 2))
        self.assertEqual(before.line_ids.partner_id, self.debtor)
        lines = run.notice_ids.filtered(lambda n: n.partner_id == contact).line_ids
        self.assertEqual(lines.move_id, after)


@tagged("post_install", "-at_install")
class TestEveryCompany(EdgesCommon):
    """One scheduled action serves them all."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.setup_other_company()["company"]
        companies = cls.company | cls.other_company
        (cls.env["res.company"].search([]) - companies).credit_dunning_cron = False
        cls.here = cls._create_overdue_invoice(10, 100)
        cls.there = cls._create_overdue_invoice(10, 70, company=cls.other_company)

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("credit_control.cron_daily").method_direct_trigger()
        self.env.invalidate_all()
        companies = self.company | self.other_company
        runs = self.env["credit.run"].search([("company_id", "in", companies.ids)])
        return {run.company_id: self._get_proposed(run) for run in runs}

    def test_each_has_its_run(self):
        self.assertEqual(
            self._run_cron(),
            {self.company: {self.here: 2}, self.other_company: {self.there: 2}},
        )

    def test_an_archived_company_sends_nothing(self):
        self.other_company.active = False
        self.assertEqual(self._run_cron(), {self.company: {self.here: 2}})

    def test_a_company_without_accounts_is_passed_over(self):
        self.env["res.company"].create({"name": "Aaa, the first", "sequence": -1})
        self.assertEqual(len(self._run_cron()), 2)

    def test_a_company_without_a_policy_is_passed_over(self):
        self.env["credit.policy"].search([]).company_id = self.company
        self.assertEqual(self._run_cron(), {self.company: {self.here: 2}})


@tagged("post_install", "-at_install")
class TestOptions(EdgesCommon):
    """Each option of a policy, seen in a run."""

    def test_days_after_the_notice_before(self):
        self.level_3.write({"base": "notice", "days": 9})
        invoice = self._create_overdue_invoice(40)
        self._dun()
        self.assertFalse(self._propose(day(8)).notice_ids)
        self.assertIn("day 9 after the notice of", invoice.credit_why)
        self.assertEqual(self._get_proposed(self._propose(day(9))), {invoice: 3})

    def test_days_after_the_end_of_the_month(self):
        self.policy.level_ids.base = "month_end"
        invoice = self._create_overdue_invoice(16)  # due on 31 May
        young = self._create_overdue_invoice(15)  # due on 1 June
        self.assertEqual(self._get_proposed(self._propose()), {invoice: 2})
        self.assertEqual(self._get_proposed(self._propose(day(20))), {})
        self.assertEqual(self._get_proposed(self._propose(day(21))), {young: 2})

    def test_tolerance(self):
        self.policy.tolerance = 100
        invoice = self._create_overdue_invoice(10, 100)
        self.assertEqual(self._get_proposed(self._propose()), {})
        self.assertIn("Within the tolerance of $\xa0100.00 of", invoice.credit_why)
        self.policy.tolerance = 99.99
        self.assertEqual(self._get_proposed(self._propose()), {invoice: 2})

    def test_own_levels_or_the_highest_for_all(self):
        self.policy.skip_older = True
        self._create_overdue_invoice(40, 100)
        self._create_overdue_invoice(10, 50)
        for carry, amounts in ((False, [50, 100]), (True, [150])):
            with self.subTest(carry=carry):
                self.policy.carry = carry
                run = self._propose()
                self.assertEqual(sorted(run.notice_ids.mapped("amount_total")), amounts)
                run.action_cancel()

    def test_one_notice_for_all_addresses_or_one_each(self):
        for name in ("North", "South"):
            self._create_overdue_invoice(
                10, partner=self._create_contact(name, type="invoice")
            )
        for consolidate, expected in ((True, ["North"]), (False, ["North", "South"])):
            with self.subTest(consolidate=consolidate):
                self.policy.consolidate = consolidate
                run = self._propose()
                self.assertEqual(
                    sorted(run.notice_ids.recipient_id.mapped("name")), expected
                )
                run.action_cancel()

    def test_the_policy_of_a_debtor_and_why(self):
        def followed():
            self._profile().invalidate_recordset()
            return (
                self._profile().effective_policy_id.name,
                self._profile().policy_reason,
            )

        self._profile().tier_id = self.poor
        suits = "First in the list that suits him: "
        self.assertEqual(followed(), (self.policy.name, suits + "All debtors."))
        self._create_policy(name="For business", sequence=-2, kind="business")
        self.assertEqual(followed(), ("For business", suits + "Businesses."))
        self._create_policy(
            name="Of the company",
            sequence=-3,
            company_id=self.company.id,
            tier_ids=[Command.set(self.poor.ids)],
        )
        self.assertEqual(followed(), ("Of the company", suits + "Poor."))
        chosen = self._create_policy(name="Chosen", sequence=99)
        self._profile().policy_id = chosen
        self.assertEqual(followed(), ("Chosen", "Chosen for this debtor."))
        self._create_overdue_invoice(10)
        self.assertEqual(self._propose().notice_ids.policy_id, chosen)


@tagged("post_install", "-at_install")
class TestBadInput(EdgesCommon):
    """Refused in the user's words, before anything is written."""

    def _assert_refused(self, words, method, *args):
        runs = self.env["credit.run"].search_count([])
        with self.assertRaises(Exception) as caught, self.env.cr.savepoint():
            method(*args)
            self.env.flush_all()
        self.env.invalidate_all()
        error = caught.exception
        if isinstance(error, psycopg2.IntegrityError):
            # What Odoo shows when the database refuses.
            table = error.diag.table_name.replace("_", ".")
            message = self.env[table]._sql_error_to_message(error)
        else:
            self.assertIsInstance(error, UserError)
            message = str(error)
        self.assertIn(words, message)
        self.assertEqual(self.env["credit.run"].search_count([]), runs)

    @mute_logger("odoo.sql_db")
    def test_a_level(self):
        other = self.env["mail.template"].create(
            {"name": "Quotation", "model_id": self.env.ref("base.model_res_partner").id}
        )
        for words, values in (
            ("must come later than level 1", {"days": -5}),
            ("must come later than level 2", {"days": 18}),
            ("numbered from 1", {"number": 0}),
            ("a level of this number already", {"number": 3, "days": 19}),
            ("minimum amount can't be negative", {"min_amount": -1}),
            ("since the last notice can't be negative", {"min_days": -1}),
            ("between 0 and 100 %", {"min_share": -0.1}),
            ("between 0 and 100 %", {"min_share": 1.01}),
            ("ten years", {"days": 2**31 - 1, "base": "notice"}),
            ("ten years", {"min_days": 2**31 - 1}),
            ('"Quotation" of level "Reminder" is not made', {"template_id": other.id}),
        ):
            with self.subTest(values):
                self._assert_refused(words, self.level_2.write, values)

    @mute_logger("odoo.sql_db")
    def test_a_policy(self):
        for words, values in (
            ("tolerance can't be negative", {"tolerance": -0.01}),
            ("Days can't be negative", {"interval": -1}),
            ("Days can't be negative", {"letter_days": -1}),
            ("ten years", {"interval": 2**31 - 1}),
            ("ten years", {"letter_days": 2**31 - 1}),
        ):
            with self.subTest(values):
                self._assert_refused(words, self.policy.write, values)

    def test_a_policy_without_levels(self):
        words = "needs at least one level"
        policies = self.env["credit.policy"]
        self._assert_refused(words, policies.create, {"name": "Empty"})
        self._assert_refused(words, self.policy.write, {"level_ids": [Command.clear()]})
        never = policies.create({"name": "Never", "do_not_dun": True})
        self._assert_refused(words, never.write, {"do_not_dun": False})

    def test_a_date_far_away(self):
        for days in (-367, 367, 36500):
            run = self.env["credit.run"].create({"date": day(days)})
            self._assert_refused("look at the date", run.action_propose)
            self.assertEqual(run.state, "draft")
            run.unlink()

    def test_a_company_that_is_archived(self):
        other = self.setup_other_company()["company"]
        self._create_overdue_invoice(10, company=other)
        run = self.env["credit.run"].create({"company_id": other.id})
        proposed = self._propose(company=other)
        notices = proposed.notice_ids
        self.assertTrue(notices)
        other.active = False
        self._assert_refused("is archived", run.action_propose)
        self._assert_refused("is archived", proposed.action_send)
        self._assert_refused("is archived", notices.action_send)

    def test_a_company_without_accounts(self):
        empty = self.env["res.company"].create({"name": "Empty"})
        run = self.env["credit.run"].create({"company_id": empty.id})
        self._assert_refused("has no receivable account", run.action_propose)

    def test_a_file_stays_with_its_customer(self):
        officer = self._create_user("officer", "credit_control.group_officer")
        profile = self._profile().with_user(officer)
        self._assert_refused(
            "stays with its customer",
            profile.write,
            {"partner_id": self.other_debtor.id},
        )
        with self.assertRaises(ValidationError):
            profile.write({"block_until": day(3)})
