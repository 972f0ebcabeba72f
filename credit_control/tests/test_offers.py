import re
from datetime import date, timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, freeze_time, tagged

from odoo.addons.mail.tests.common import MockEmail

from ..models.credit_offer import GRACE
from .common import TODAY, CreditControlCommon

UNTIL = TODAY + timedelta(14)
ONE_DAY = timedelta(1)


def _unspace(text):
    """``text`` with plain spaces between currencies and amounts."""
    return text.replace("&nbsp;", " ").replace("\xa0", " ")


class OffersCommon(MockEmail, CreditControlCommon):
    """Level 3 costs 10 and 10 % interest a year."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.skip_older = True
        cls.level_3.write({"fee": 10, "rate": 10, "channel": "email"})
        cls.level_4.channel = "email"
        cls._create_users()
        cls.profile = cls._profile()
        cls.env["res.partner.bank"].create(
            {
                "partner_id": cls.company.partner_id.id,
                "acc_number": "BE71 0961 2345 6769",
            }
        )

    def _send_on(self, days=0):
        with self.mock_mail_gateway():
            return self._dun(TODAY + timedelta(days)).notice_ids

    def _offer(self, kind, invoices, until=UNTIL, user=None, **values):
        profile = self.profile.with_user(user or self.officer)
        items = self._items(invoices).with_env(profile.env)
        return profile._make_offer(kind, until, items, TODAY, **values).sudo()

    def _pay_on(self, day, invoices, amount=None):
        values = {} if amount is None else {"amount": amount}
        return self._register_payment(invoices, payment_date=day, **values)

    def _close(self, day=TODAY):
        offers = self.env["credit.offer"].search([("state", "=", "open")])
        offers._close(day)
        self.env.invalidate_all()

    def _get_mail(self):
        """The words of the last mail."""
        return _unspace(self._new_mails[-1].body_html)

    def _get_logged(self):
        return self.profile.message_ids.mapped("body")


@tagged("post_install", "-at_install")
class TestWaiverOffer(OffersCommon):
    """Costs of 10 and interest of 20 on an invoice of 3650."""

    def setUp(self):
        super().setUp()
        self.invoice = self._create_overdue_invoice(20, 3650)
        self.notice = self._send_on()
        self.offer = self._offer("waiver", self.invoice)

    def test_made_by_hand(self):
        self.assertRecordValues(
            self.offer,
            [
                {
                    "kind": "waiver",
                    "amount_due": 3680,
                    "saving": 30,
                    "amount_to_pay": 3650,
                    "date": TODAY,
                    "until": UNTIL,
                    "state": "open",
                    "notice_id": False,
                    "company_id": self.company.id,
                }
            ],
        )
        words = self.offer._get_words()
        for part in ("3,650.00", "06/30/2025", "30.00 are waived"):
            self.assertIn(part, words)
        self.assertIn("3,650.00", self._get_logged()[0])

    def test_paid_in_time(self):
        self._pay_on(UNTIL, self.invoice)
        self._close(UNTIL + GRACE)
        self.assertRecordValues(
            self.offer,
            [{"state": "taken", "saving": 30, "collected": 3650}],
        )
        charges = self.notice.charge_ids
        self.assertEqual(charges.mapped("open_amount"), [0, 0])
        reason = "Offer of 06/16/2025 taken up"
        self.assertEqual(charges.mapped("waive_reason"), [reason] * 2)
        self.assertTrue(any(reason in body for body in self._get_logged()))

    def test_paid_late(self):
        self._pay_on(UNTIL + ONE_DAY, self.invoice)
        self._close(UNTIL + GRACE)
        self.assertEqual(self.offer.state, "open", "the bank may report more")
        self._close(UNTIL + GRACE + ONE_DAY)
        self.assertRecordValues(
            self.offer,
            [{"state": "expired", "collected": 0, "closed_date": date(2025, 7, 4)}],
        )
        self.assertEqual(sum(self.notice.charge_ids.mapped("open_amount")), 30)

    def test_paid_in_part(self):
        self._pay_on(TODAY, self.invoice, 3649.99)
        self._close(UNTIL + GRACE)
        self.assertEqual(self.offer.state, "open")
        self._close(UNTIL + GRACE + ONE_DAY)
        self.assertEqual(self.offer.state, "expired")

    def test_every_invoice_has_to_be_paid(self):
        other = self._create_overdue_invoice(20, 100)
        self._offer("waiver", self.invoice | other)
        self.assertEqual(self.offer.state, "withdrawn", "the later one replaces it")
        self._pay_on(TODAY, self.invoice)
        self._close()
        self.assertEqual(self.profile.offer_ids[:1].state, "open")
        self._pay_on(TODAY, other)
        self._close()
        self.assertEqual(self.profile.offer_ids[:1].state, "taken")

    def test_twice_a_day_is_as_once(self):
        self._pay_on(TODAY, self.invoice)
        self._close()
        logged = len(self._get_logged())
        self.offer._close(TODAY)
        self.offer._close(UNTIL + GRACE + ONE_DAY)
        self._close()
        self.assertEqual(len(self._get_logged()), logged)
        self.assertEqual(self.offer.saving, 30)

    def test_what_was_claimed_later_is_not_waived(self):
        self.level_3.rate = 0
        self._create_overdue_invoice(8, 100)
        later = self._send_on(12)
        self._pay_on(UNTIL, self.invoice)
        self._close(UNTIL)
        self.assertEqual(self.offer.state, "taken")
        self.assertEqual(sum(self.notice.charge_ids.mapped("open_amount")), 0)
        self.assertEqual(sum(later.charge_ids.mapped("open_amount")), 10)

    def test_sending_looks_first(self):
        self._pay_on(TODAY, self.invoice)
        self._create_overdue_invoice(20, 100)
        self._send_on()
        self.assertEqual(self.offer.state, "taken")

    def test_the_daily_action_closes(self):
        companies = self.env["res.company"].search([])
        companies.credit_dunning_cron = False
        self._pay_on(TODAY, self.invoice)
        with self.enter_registry_test_mode():
            self.env.ref("credit_control.cron_daily").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.offer.state, "taken")

    def test_withdrawn(self):
        self.offer.with_user(self.officer).action_withdraw()
        self._pay_on(TODAY, self.invoice)
        self._close()
        self.assertEqual(self.offer.state, "withdrawn")
        self.assertEqual(sum(self.notice.charge_ids.mapped("open_amount")), 30)
        with self.assertRaisesRegex(UserError, "Only open offers"):
            self.offer.with_user(self.officer).action_withdraw()

    def test_no_reminder_while_it_stands(self):
        for days, waits in ((12, True), (17, True), (18, False)):
            run = self._propose(TODAY + timedelta(days))
            self.assertEqual(not run.notice_ids, waits, days)

    def test_another_currency(self):
        currency = self.setup_other_currency("HRK", rates=[("2017-01-01", 2.0)])
        foreign = self._create_overdue_invoice(20, 3650, currency_id=currency.id)
        notice = self._send_on(0)
        offer = self._offer("waiver", foreign)
        # 10 in the company's currency are 20 in that of the invoice.
        self.assertRecordValues(
            offer,
            [{"currency_id": currency.id, "saving": 40, "amount_to_pay": 3650}],
        )
        self._pay_on(TODAY, foreign)
        self._close()
        self.assertEqual(offer.state, "taken")
        self.assertEqual(sum(notice.charge_ids.mapped("open_amount")), 0)
        self.assertEqual(self.offer.state, "open", "the other one is not paid")


@tagged("post_install", "-at_install")
class TestDiscountOffer(OffersCommon):
    """2 % off; the VAT of what is credited is corrected to the cent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax_21, cls.tax_6 = (cls._create_tax(rate) for rate in (21, 6))
        accounts = cls.env["account.account"].search(
            [
                ("account_type", "=", "income"),
                ("company_ids", "in", cls.company.ids),
            ],
            limit=2,
        )
        cls.income, cls.other_income = (
            accounts[0],
            accounts[1:] or accounts[0].copy({"code": "700999"}),
        )

    @classmethod
    def _create_tax(cls, rate, **values):
        return cls.env["account.tax"].create(
            {"name": f"{rate} %", "amount": rate, "amount_type": "percent", **values}
        )

    def _create_invoice(self, lines=None, **values):
        """Lines of (amount, taxes, account)."""
        lines = lines or [
            (100.03, self.tax_21, self.income),
            (33.33, self.tax_21, self.other_income),
            (57.77, self.tax_6, self.income),
            (12.34, self.tax_6.browse(), self.income),
        ]
        return self._create_overdue_invoice(
            20,
            invoice_line_ids=[
                Command.create(
                    {
                        "name": "Goods",
                        "price_unit": amount,
                        "tax_ids": taxes.ids,
                        "account_id": account.id,
                    }
                )
                for amount, taxes, account in lines
            ],
            **values,
        )

    def _get_taxes(self, move):
        """{tax: amount} of ``move``."""
        lines = move.line_ids.filtered("tax_line_id")
        return {
            tax: sum(part.mapped("amount_currency"))
            for tax, part in lines.grouped("tax_line_id").items()
        }

    def test_taken_up(self):
        invoice = self._create_invoice()
        # 133.36 × 1.21 + 57.77 × 1.06 + 12.34
        self.assertEqual(invoice.amount_total, 234.95)
        offer = self._offer("discount", invoice, percent=2)
        self.assertRecordValues(
            offer, [{"amount_due": 234.95, "saving": 4.70, "amount_to_pay": 230.25}]
        )
        self._pay_on(UNTIL, invoice, 230.25)
        self._close(UNTIL)
        self.assertRecordValues(
            offer, [{"state": "taken", "saving": 4.70, "collected": 230.25}]
        )
        note = offer.credit_note_ids
        self.assertRecordValues(
            note,
            [
                {
                    "move_type": "out_refund",
                    "state": "posted",
                    "amount_total": 4.70,
                    "reversed_entry_id": invoice.id,
                    "invoice_date": UNTIL,
                    "payment_state": "paid",
                }
            ],
        )
        self.assertTrue(self._items(invoice).reconciled)
        self.assertEqual(self._get_taxes(note), {self.tax_21: 0.56, self.tax_6: 0.07})
        base = {
            account: sum(lines.mapped("price_subtotal"))
            for account, lines in note.invoice_line_ids.grouped("account_id").items()
        }
        self.assertAlmostEqual(sum(base.values()), 4.07)
        self.assertEqual(set(base), {self.income, self.other_income})

    def test_exact_to_the_cent_whatever_the_amounts(self):
        for cents in range(7):
            with self.subTest(cents=cents):
                invoice = self._create_invoice(
                    [
                        (99.91 + cents / 100, self.tax_21, self.income),
                        (7.77 * (cents + 1), self.tax_6, self.income),
                    ]
                )
                offer = self._offer("discount", invoice, percent=3.33)
                self._pay_on(TODAY, invoice, offer.amount_to_pay)
                self._close()
                self.assertEqual(offer.state, "taken")
                self.assertEqual(offer.credit_note_ids.amount_total, offer.saving)
                self.assertTrue(self._items(invoice).reconciled)

    def test_one_cent_short(self):
        invoice = self._create_invoice()
        offer = self._offer("discount", invoice, percent=2)
        self._pay_on(TODAY, invoice, 230.24)
        self._close(UNTIL + GRACE + ONE_DAY)
        self.assertEqual(offer.state, "expired")
        self.assertFalse(offer.credit_note_ids)
        self.assertEqual(invoice.amount_residual, 4.71)

    def test_paid_late(self):
        invoice = self._create_invoice()
        offer = self._offer("discount", invoice, percent=2)
        self._pay_on(UNTIL + ONE_DAY, invoice, 230.25)
        self._close(UNTIL + GRACE)
        self._close(UNTIL + GRACE + ONE_DAY)
        self.assertEqual(offer.state, "expired")

    def test_paid_in_full(self):
        invoice = self._create_invoice()
        offer = self._offer("discount", invoice, percent=2)
        self._pay_on(TODAY, invoice)
        self._close()
        self.assertRecordValues(
            offer, [{"state": "taken", "saving": 0, "collected": 234.95}]
        )
        self.assertFalse(offer.credit_note_ids)

    def test_twice_a_day_is_as_once(self):
        invoice = self._create_invoice()
        offer = self._offer("discount", invoice, percent=2)
        self._pay_on(TODAY, invoice, 230.25)
        self._close()
        offer._close(TODAY)
        self._close()
        self.assertEqual(len(offer.credit_note_ids), 1)
        self.assertEqual(len(invoice.reversal_move_ids), 1)

    def test_the_rest_of_several_invoices(self):
        first = self._create_invoice([(100, self.tax_21, self.income)])
        second = self._create_invoice([(200, self.tax_6, self.income)])
        offer = self._offer("discount", first | second, percent=10)
        self.assertEqual(offer.saving, 33.3)
        self._pay_on(TODAY, first, 108.9)
        self._pay_on(TODAY, second, 190.8)
        self._close()
        self.assertEqual(
            {
                note.reversed_entry_id: note.amount_total
                for note in offer.credit_note_ids
            },
            {first: 12.1, second: 21.2},
        )

    def test_a_locked_period(self):
        invoice = self._create_invoice()
        offer = self._offer("discount", invoice, percent=2)
        self._pay_on(TODAY, invoice, 230.25)
        self.company.sale_lock_date = date(2025, 6, 30)
        self._close()
        self.assertRecordValues(
            offer.credit_note_ids,
            [{"state": "posted", "date": date(2025, 7, 1), "amount_total": 4.70}],
        )
        self.assertTrue(self._items(invoice).reconciled)

    def test_what_is_no_invoice_is_left_to_an_officer(self):
        entry = self.env["account.move"].create(
            {
                "date": TODAY - timedelta(40),
                "line_ids": [
                    Command.create(
                        {
                            "account_id": self.debtor.property_account_receivable_id.id,
                            "partner_id": self.debtor.id,
                            "debit": 100,
                        }
                    ),
                    Command.create({"account_id": self.income.id, "credit": 100}),
                ],
            }
        )
        entry.action_post()
        offer = self._offer("discount", entry, percent=2)
        payment = self._pay_on_account(98)
        (payment | self._items(entry)).reconcile()
        self._close()
        self.assertEqual(offer.state, "taken")
        self.assertFalse(offer.credit_note_ids)
        [activity] = self.profile.activity_ids
        self.assertIn("2.00", activity.summary)
        self.assertIn(entry.name, activity.summary)

    def test_another_currency(self):
        currency = self.setup_other_currency(
            "HRK", rates=[("2017-01-01", 2.0), ("2025-06-10", 3.0)]
        )
        invoice = self._create_invoice(currency_id=currency.id)
        offer = self._offer("discount", invoice, percent=2)
        self._pay_on(TODAY, invoice, 230.25)
        self._close()
        self.assertEqual(offer.credit_note_ids.amount_total, 4.70)
        self.assertEqual(offer.credit_note_ids.currency_id, currency)
        self.assertTrue(self._items(invoice).reconciled)

    def test_prices_with_tax_included(self):
        tax = self._create_tax(21, name="incl.", price_include_override="tax_included")
        invoice = self._create_invoice([(121.01, tax, self.income)])
        offer = self._offer("discount", invoice, percent=2)
        self._pay_on(TODAY, invoice, offer.amount_to_pay)
        self._close()
        self.assertEqual(offer.credit_note_ids.amount_total, 2.42)
        self.assertEqual(self._get_taxes(offer.credit_note_ids), {tax: 0.42})

    def test_an_instalment(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Two instalments",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (10, 20)
                ],
            }
        )
        invoice = self._create_invoice(
            [(100, self.tax_21, self.income)], invoice_payment_term_id=term.id
        )
        first, second = self._items(invoice).sorted("date_maturity")
        profile = self.profile.with_user(self.officer)
        offer = profile._make_offer("discount", UNTIL, second, TODAY, percent=10).sudo()
        (self._pay_on_account(offer.amount_to_pay) | second).reconcile()
        self._close()
        self.assertEqual(offer.credit_note_ids.amount_total, 6.05)
        self.assertTrue(second.reconciled)
        self.assertEqual(first.amount_residual, 60.5)


@tagged("post_install", "-at_install")
class TestLevelOffer(OffersCommon):
    """What the notices of a level offer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level_3.write({"offer_kind": "waiver", "offer_days": 10})

    def test_shown_before_and_kept_when_sent(self):
        invoice = self._create_overdue_invoice(20, 3650)
        notice = self._propose().notice_ids
        words = (
            "pay $ 3,650.00 by 06/26/2025, and costs and interest of $ 30.00 are waived"
        )
        self.assertIn(words, _unspace(notice.items_table))
        self.assertFalse(notice.offer_ids)
        with self.mock_mail_gateway():
            notice.action_send()
        self.assertRecordValues(
            notice.offer_ids,
            [
                {
                    "amount_due": 3680,
                    "saving": 30,
                    "until": date(2025, 6, 26),
                    "level_id": self.level_3.id,
                }
            ],
        )
        self.assertEqual(notice.offer_ids.charge_ids, notice.charge_ids)
        mail = self._get_mail()
        self.assertIn(words, mail)
        self.assertIn("After that", mail)
        self._pay_on(date(2025, 6, 26), invoice)
        self._close()
        self.assertEqual(notice.offer_ids.state, "taken")
        self.assertEqual(notice.amount_to_pay, 3650)

    def test_the_debtor_reads_it_in_his_language(self):
        self.env["res.lang"]._activate_lang("nl_BE")
        self.env.ref("base.module_credit_control")._update_translations(["nl_BE"])
        self.debtor.lang = "nl_BE"
        self._create_overdue_invoice(20, 3650)
        self._send_on()
        mail = self._get_mail()
        self.assertIn("3.650,00", mail)
        self.assertIn("26-06-2025", mail.replace("/", "-"))
        self.assertIn("kwijtgescholden", mail)
        self.assertNotIn("Our offer", mail)

    def test_earlier_costs_are_part_of_it(self):
        self.level_3.offer_kind = False
        self.level_4.write({"fee": 5, "offer_kind": "waiver"})
        self._create_overdue_invoice(20, 3650)
        self._send_on()
        notice = self._send_on(10)
        self.assertEqual(notice.amount_to_pay, 3685)
        self.assertRecordValues(
            notice.offer_ids,
            [{"amount_due": 3685, "saving": 35, "amount_to_pay": 3650}],
        )
        self.assertEqual(sum(notice.offer_ids.charge_ids.mapped("open_amount")), 35)

    def test_one_made_by_hand_replaces_it(self):
        invoice = self._create_overdue_invoice(20, 3650)
        first = self._send_on().offer_ids
        second = self._offer("discount", invoice, percent=2)
        self.assertEqual((first.state, second.state), ("withdrawn", "open"))

    def test_the_next_level_waits_until_it_has_ended(self):
        self.level_4.write({"fee": 5, "offer_kind": "waiver"})
        invoice = self._create_overdue_invoice(20, 3650)
        first = self._send_on().offer_ids
        last = first.until + GRACE
        self.assertFalse(self._propose(last).notice_ids)
        self.assertEqual(self._get_skipped(self._propose(last)), {"offered": (1, 3650)})
        item = self._items(invoice)
        self.assertEqual(
            _unspace(item.credit_why),
            "The debtor was offered to pay $ 3,650.00 by 06/26/2025: the next level "
            "waits until the offer has ended.",
        )
        second = self._send_on((last - TODAY).days + 1)
        self.assertEqual(second.level_id, self.level_4)
        self.assertEqual((first.state, second.offer_ids.state), ("expired", "open"))

    def test_a_proposal_of_before_drops_out(self):
        self.level_3.offer_kind = False
        self._create_overdue_invoice(20, 3650)
        self._send_on()
        run = self._propose(TODAY + timedelta(10))
        items = run.notice_ids.line_ids.item_id
        self.profile.with_user(self.officer)._make_offer("waiver", UNTIL, items, TODAY)
        self.assertTrue(run.notice_ids.is_changed)
        run._send(TODAY + timedelta(10))
        self.assertEqual(run.notice_ids.state, "dropped")
        self.assertIn("was offered to pay", run.notice_ids.line_ids.drop_reason)

    def test_withdrawn_it_holds_nothing_back(self):
        self._create_overdue_invoice(20, 3650)
        self._send_on().offer_ids.with_user(self.officer).action_withdraw()
        self.assertEqual(self._send_on(10).level_id, self.level_4)

    def test_other_invoices_are_reminded_without_what_is_offered(self):
        self._create_overdue_invoice(20, 3650)
        self._send_on()
        other = self._create_overdue_invoice(8, 365)
        notice = self._send_on(10)
        self.assertEqual(notice.line_ids.move_id, other)
        self.assertEqual(notice.earlier_amount, 0)
        self.assertEqual(notice.offer_ids.charge_ids, notice.charge_ids)

    def test_looking_back_remembers_it(self):
        invoice = self._create_overdue_invoice(20, 3650)
        offer = self._send_on().offer_ids
        self._close(offer.until + GRACE + ONE_DAY)
        past = self.env["credit.dunning.past"]
        items = self._items(invoice).ids
        for days, code in ((10, "offered"), (14, "due")):
            day = TODAY + timedelta(days)
            fetched = past._fetch_items(self.company, day, item_ids=items)
            decision = past._decide(fetched, day)[0]
            self.assertEqual(decision.code, code, day)
        self.assertTrue(past._get_reason_texts([decision]))

    def test_a_discount(self):
        self.level_1.write(
            {"offer_kind": "discount", "offer_days": 4, "offer_percent": 2.5}
        )
        invoice = self._create_overdue_invoice(-5, 1000)
        notice = self._send_on()
        self.assertIn("(2.50 % off", self._get_mail())
        self._pay_on(TODAY, invoice, 975)
        self._close()
        self.assertEqual(notice.offer_ids.state, "taken")
        self.assertEqual(invoice.amount_residual, 0)

    def test_credits_that_the_notice_deducts_count(self):
        self.policy.credits = "net"
        invoice = self._create_overdue_invoice(20, 3650)
        credit = self._create_credit_note(20, 650)
        notice = self._send_on()
        self.assertEqual(notice.offer_ids.amount_to_pay, 3000)
        self._pay_on(TODAY, invoice, 3000)
        self._close()
        self.assertEqual(notice.offer_ids.state, "taken")
        self.assertFalse(self._items(credit).reconciled)

    def test_a_notice_that_did_not_arrive_gives_the_days_anew(self):
        self._create_overdue_invoice(20, 3650)
        notice = self._send_on()
        self._close(UNTIL + GRACE)
        self.assertEqual(notice.offer_ids.state, "expired")
        notification = notice.message_id.sudo().notification_ids
        notification.notification_status = "bounce"
        with self.mock_mail_gateway(), freeze_time(TODAY + timedelta(20)):
            notice.action_retry()
        self.assertRecordValues(
            notice.offer_ids,
            [{"state": "open", "until": TODAY + timedelta(30), "closed_date": False}],
        )
        self.assertIn("07/16/2025", self._get_mail())

    def test_nothing_to_waive_is_no_offer(self):
        self.level_3.write({"fee": 0, "rate": 0})
        self._create_overdue_invoice(20, 3650)
        notice = self._send_on()
        self.assertEqual(notice.state, "sent")
        self.assertFalse(notice.offer_ids)
        self.assertNotIn("Our offer", self._get_mail())

    def test_the_letter_asks_for_what_is_offered(self):
        self.level_3.channel = "letter"
        self._create_overdue_invoice(20, 3650)
        notice = self._send_on()
        html = self.env["ir.actions.report"]._render_qweb_html(
            "credit_control.action_report_notice", notice.ids
        )[0]
        for words in (b"Our offer", b"Until", b"After that"):
            self.assertIn(words, html)
        self.assertEqual(notice._get_amount_asked(), 3650)

    def test_the_version_of_the_policy_remembers_it(self):
        self._create_overdue_invoice(20, 3650)
        notice = self._send_on()
        self.level_3.offer_days = 20
        content = notice.version_id._get_level_content(self.level_3.id)
        self.assertEqual((content["offer_kind"], content["offer_days"]), ("waiver", 10))
        self.assertTrue(self.policy._has_changed())

    def test_a_level_says_what_it_offers(self):
        for values, words in (
            ({"offer_kind": "discount", "offer_percent": 0}, "offer_percent"),
            ({"offer_kind": "discount", "offer_percent": 100}, "offer_percent"),
            ({"offer_days": 0}, "offer_days"),
            ({"first_notice": True, "fee": 0}, "offer_announced"),
        ):
            with self.subTest(**values), self.assertRaises(Exception) as raised:
                self.level_3.write(values)
                self.level_3.flush_recordset()
            self.assertIn(words, str(raised.exception))


@tagged("post_install", "-at_install")
class TestMakingOffers(OffersCommon):
    """By the wizard, by whom, and what is refused."""

    def setUp(self):
        super().setUp()
        self.invoice = self._create_overdue_invoice(20, 3650)
        self._send_on()

    def _make(self, user=None, **values):
        wizard = Form(
            self.env["credit.offer.make"]
            .with_user(user or self.officer)
            .with_context(default_profile_id=self.profile.id)
        )
        for field, value in values.items():
            setattr(wizard, field, value)
        with self.mock_mail_gateway():
            wizard.save().action_make()
        return self.profile.offer_ids[:1]

    def test_by_hand_and_by_mail(self):
        not_due = self._create_overdue_invoice(-10)
        offer = self._make()
        self.assertRecordValues(
            offer, [{"kind": "waiver", "until": UNTIL, "saving": 30}]
        )
        self.assertEqual(offer.line_ids.item_id, self._items(self.invoice))
        self.assertNotIn(self._items(not_due), offer.line_ids.item_id)
        self.assertEqual(self._new_mails[-1].recipient_ids, self.debtor)
        for part in (
            "Dear ",
            "Our offer: pay $ 3,650.00 by 06/30/2025",
            self.invoice.name,
            "BE71 0961 2345 6769",
        ):
            self.assertIn(part, self._get_mail())

    def test_without_costs_a_discount_comes_first(self):
        self.profile.notice_ids.charge_ids._waive("Goodwill", 30)
        self.assertRecordValues(self._make(), [{"kind": "discount", "percent": 2}])

    def test_without_an_address(self):
        self.debtor.email = False
        self._make()
        self.assertFalse(self._new_mails)

    def test_the_wizard_shows_the_words_and_what_it_replaces(self):
        self._make()
        wizard = Form(
            self.env["credit.offer.make"]
            .with_user(self.officer)
            .with_context(default_profile_id=self.profile.id)
        )
        self.assertIn("3,650.00", wizard.words)
        self.assertIn("the offer of 06/16/2025 to pay", wizard.replaced)
        wizard.kind, wizard.percent = "discount", 10
        self.assertIn("3,285.00", wizard.words)

    def test_bad_input(self):
        other = self._create_overdue_invoice(20, 100, self.other_debtor)
        paid = self._create_overdue_invoice(20, 100)
        self._pay(paid)
        unclaimed = self._create_overdue_invoice(1, 100)
        currency = self.setup_other_currency("HRK", rates=[("2017-01-01", 2.0)])
        foreign = self._create_overdue_invoice(20, currency_id=currency.id)
        name = re.escape(self.debtor.display_name)
        moves = self.invoice.browse()
        mine = self.invoice
        for kind, invoices, until, percent, words in (
            ("waiver", mine, TODAY - ONE_DAY, 0, "has gone by"),
            ("waiver", moves, UNTIL, 0, "Choose the invoices"),
            ("waiver", mine | foreign, UNTIL, 0, "one currency"),
            ("waiver", mine | other, UNTIL, 0, f"not open on the account of {name}"),
            ("waiver", paid, UNTIL, 0, "not open on the account"),
            ("waiver", unclaimed, UNTIL, 0, "nothing to waive"),
            ("discount", mine, UNTIL, 0, "more than 0 %"),
            ("discount", mine, UNTIL, -1, "more than 0 %"),
            ("discount", mine, UNTIL, 100, "less than 100 %"),
            ("discount", unclaimed, UNTIL, 0.001, "smallest coin"),
        ):
            with (
                self.subTest(words=words, percent=percent),
                self.assertRaisesRegex(UserError, words),
            ):
                self._offer(kind, invoices, until, percent=percent)
        self.assertFalse(self.profile.offer_ids)

    def test_today_is_a_day_to_pay(self):
        offer = self._offer("waiver", self.invoice, TODAY)
        self._pay_on(TODAY, self.invoice)
        self._close()
        self.assertEqual(offer.state, "taken")

    def test_who_may_offer(self):
        offer = self._offer("waiver", self.invoice)
        for user in (self.viewer, self.salesperson, self.biller, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._offer("discount", self.invoice, user=user, percent=2)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                offer.with_user(user).action_withdraw()
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._make(user)
        for user in (self.officer, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                offer.with_user(user).write({"state": "taken"})
        self.assertEqual(offer.with_user(self.viewer).saving, 30)
        self._make(self.manager)
        self.assertEqual(offer.state, "withdrawn")

    def test_a_second_company(self):
        company = self._create_company(name="Second company")
        theirs = self._create_overdue_invoice(20, 3650, company=company)
        with self.mock_mail_gateway():
            self._dun(company=company)
        with self.assertRaisesRegex(UserError, "not open on the account"):
            self._offer("discount", theirs, percent=2)
        offer = self._profile(company=company)._make_offer(
            "discount", UNTIL, self._items(theirs), TODAY, percent=2
        )
        self.assertEqual(offer.company_id, company)
        self.assertFalse(self.env["credit.offer"].with_user(self.officer).search([]))
        self._register_payment(theirs, payment_date=TODAY, amount=offer.amount_to_pay)
        self._close()
        self.assertEqual(offer.state, "taken")
        self.assertEqual(offer.credit_note_ids.company_id, company)

    def test_queries_do_not_grow_with_what_is_not_paid(self):
        counts, made = [], 0
        for number in (1, 2, 20):
            while made < number:
                partner = self._create_debtor(f"Debtor {made}")
                invoice = self._create_overdue_invoice(20, 100, partner)
                self._profile(partner)._make_offer(
                    "discount", UNTIL, self._items(invoice), TODAY, percent=2
                )
                made += 1
            self.env.flush_all()
            self.env.invalidate_all()
            offers = self.env["credit.offer"].search([("state", "=", "open")])
            self.assertEqual(len(offers), number)
            before = self.cr.sql_log_count
            offers._close(TODAY)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts[1:])


@tagged("post_install", "-at_install")
class TestOfferOnPortal(OffersCommon, HttpCase):
    """The customer sees on his invoice what he is offered, and nothing of others."""

    def _open(self, invoice):
        response = self.url_open(invoice.get_portal_url())
        self.assertEqual(response.status_code, 200)
        return _unspace(response.text)

    def test_an_offer_stands_on_its_invoice_until_its_day(self):
        mine = self._create_overdue_invoice(30, 1000)
        other = self._create_overdue_invoice(30, 1000, partner=self.other_debtor)
        offer = self._offer("discount", mine, percent=2)
        words = "Our offer: pay $ 980.00 instead of $ 1,000.00 by 06/30/2025"
        self.assertIn(words, self._open(mine))
        self.assertNotIn("Our offer", self._open(other))
        with freeze_time(UNTIL + ONE_DAY):
            self.assertNotIn("Our offer", self._open(mine))
        offer.with_user(self.officer).action_withdraw()
        self.assertNotIn("Our offer", self._open(mine))
