from datetime import date, timedelta
from itertools import product

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from odoo.addons.credit_control.tests.common import TODAY

from ..core import clocks
from .common import InsuranceCommon

DUE = date(2025, 1, 31)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestClocks(InsuranceCommon):
    """Deadlines of every insured invoice."""

    def _invoice_due(self, due, amount=100.0, **values):
        return self._create_overdue_invoice((TODAY - due).days, amount, **values)

    # -- as the core says ------------------------------------------------------

    def test_the_vector_of_the_trade(self):
        self._invoice_due(DUE)
        [row] = self._clocks(as_of=date(2025, 3, 1))
        self.assertEqual(row["stop_date"], date(2025, 4, 1))
        self.assertEqual(row["notify_date"], date(2025, 5, 1))
        self.assertEqual(row["loss_date"], date(2025, 10, 28))
        self.assertEqual((row["next_kind"], row["days_left"]), ("stop", 31))
        self.assertFalse(row["is_stopped"])

    def test_the_query_says_what_the_core_says(self):
        """All settings of a policy, with and without consent, report and insolvency."""
        invoice = self._invoice_due(DUE)
        item = self._items(invoice)
        claim = self.env["credit.claim"].create(
            {"profile_id": self.profile.id, "policy_id": self.insurance.id}
        )
        table = product(
            ("extension", "due"),
            ("handover", "due"),
            (0, 30),
            (None, date(2025, 5, 15)),
            (None, date(2025, 4, 20)),
            (None, date(2025, 6, 1)),
        )
        for since, start, days, extended, handover, insolvent in table:
            with self.subTest(f"{since} {start} {days} {extended} {handover}"):
                self.insurance.write(
                    {
                        "notification_from": since,
                        "waiting_start": start,
                        "claim_days": days,
                    }
                )
                self._agree(item, extended)
                claim.sudo().write(
                    {
                        "state": "notified" if handover else "draft",
                        "notified_date": handover,
                        "insolvency_date": insolvent,
                    }
                )
                [row] = self._clocks()
                terms = self.insurance._get_terms(self.debtor.country_id)
                # Of a draft nobody knows yet.
                said = (handover, insolvent) if handover else (None, None)
                expected = clocks.deadlines(
                    DUE, self.insurance._get_core_rules(terms), extended, *said
                )
                self.assertEqual(
                    (
                        row["stop_date"],
                        row["notify_date"],
                        row["loss_date"],
                        row["claim_date"],
                    ),
                    expected,
                )
                coming = clocks.next_deadline(expected, TODAY, bool(handover))
                self.assertEqual((row["next_kind"], row["next_date"]), coming)

    def _agree(self, item, until):
        self.env["credit.insurance.extension"].sudo().search([]).write(
            {"state": "refused"}
        )
        if until:
            self.env["credit.insurance.extension"].sudo().create(
                {
                    "profile_id": self.profile.id,
                    "policy_id": self.insurance.id,
                    "item_ids": [Command.set(item.ids)],
                    "requested_until": until,
                    "agreed_until": until,
                    "state": "agreed",
                }
            )

    def test_lines_of_the_policy_count_by_country(self):
        france, belgium = self.env.ref("base.fr"), self.env.ref("base.be")
        self.insurance.terms_ids = [
            Command.create({"country_ids": [france.id], "extension_days": 30}),
            Command.create({"kind": "blind", "extension_days": 10}),
        ]
        self._invoice_due(DUE)
        for country, days in ((france, 30), (belgium, 60), (france.browse(), 60)):
            with self.subTest(country=country.code):
                self.debtor.country_id = country
                [row] = self._clocks()
                self.assertEqual(row["stop_date"], DUE + timedelta(days))
                terms = self.insurance._get_terms(country, "full")
                self.assertEqual(terms.extension_days, days)

    # -- what is open ----------------------------------------------------------

    def test_a_part_payment_leaves_the_rest(self):
        invoice = self._invoice_due(DUE)
        self._pay(invoice, 40)
        [row] = self._clocks()
        self.assertEqual(row["amount"], 60)
        self._pay(invoice)
        self.assertFalse(self._clocks())

    def test_unmatched_money_counts_for_the_oldest(self):
        self._invoice_due(DUE, 100)
        self._invoice_due(date(2025, 3, 1), 50)
        self._pay_on_account(120)
        [row] = self._clocks()
        self.assertEqual((row["first_due"], row["amount"]), (date(2025, 3, 1), 30))

    def test_a_credit_note_does_as_well(self):
        self._invoice_due(DUE, 100)
        self._create_credit_note(5, 30)
        [row] = self._clocks()
        self.assertEqual(row["amount"], 70)

    def test_who_is_not_insured_has_no_deadlines(self):
        self._create_overdue_invoice(30, partner=self.other_debtor)
        self.assertFalse(self._clocks(self._profile(self.other_debtor)))

    def test_a_policy_of_before_doesnt_count(self):
        self.insurance.date_to = date(2024, 12, 1)
        self._invoice_due(DUE)  # delivered on January 1st
        self.assertFalse(self._clocks())
        self.insurance.date_to = date(2025, 1, 1)
        self.assertTrue(self._clocks())

    def test_the_day_of_the_loss_counts(self):
        self.insurance.write({"basis": "loss", "date_to": TODAY - timedelta(1)})
        self._invoice_due(DUE)
        self.assertFalse(self._clocks())
        self.assertTrue(self._clocks(as_of=TODAY - timedelta(1)))

    def test_a_foreign_invoice_counts_in_the_companys_currency(self):
        gold = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        self._invoice_due(DUE, 100, currency_id=gold.id)
        [row] = self._clocks()
        self.assertEqual(row["amount"], 200)

    # -- the first due date ----------------------------------------------------

    def test_a_postponed_term_changes_nothing(self):
        invoice = self._invoice_due(DUE)
        self._items(invoice).date_maturity = date(2025, 7, 31)
        self._items(invoice).date_maturity = date(2025, 8, 31)
        [row] = self._clocks()
        self.assertEqual((row["first_due"], row["stop_date"]), (DUE, date(2025, 4, 1)))
        self.assertEqual(row["due_date"], date(2025, 8, 31))

    def test_postponing_beyond_the_extension_period_is_noted(self):
        invoice = self._invoice_due(DUE)
        self._items(invoice).date_maturity = date(2025, 7, 31)
        self.assertIn("ask the insurer first", self.profile.message_ids[0].body)

    def test_an_invoice_that_was_sent_keeps_its_day_when_made_anew(self):
        sent, corrected = self._invoice_due(DUE), self._invoice_due(DUE)
        sent.is_move_sent = True
        for invoice in (sent, corrected):
            invoice.button_draft()
            invoice.invoice_date_due = date(2025, 3, 31)
            invoice.action_post()
        rows = {row["move_id"]: row["first_due"] for row in self._clocks()}
        self.assertEqual(rows[sent.id], DUE)
        self.assertEqual(rows[corrected.id], date(2025, 3, 31))

    # -- opening balances ------------------------------------------------------

    def _take_over(self, due, amount=100.0, partner=None, **values):
        """An open invoice of earlier books, as a line of an entry of ``date``."""
        partner = partner or self.debtor
        day = values.pop("date", date(2025, 3, 1))
        company = values.pop("company", self.company)
        journal = self.env["account.journal"].search(
            [("type", "=", "general"), ("company_id", "=", company.id)], limit=1
        )
        partner = partner.with_company(company)
        income = self.env["account.account"].search(
            [("account_type", "=", "equity"), ("company_ids", "in", company.ids)],
            limit=1,
        )
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": values.pop("journal", journal).id,
                "date": day,
                "line_ids": [
                    Command.create(
                        {
                            "name": "2024/0815",
                            "partner_id": partner.id,
                            "account_id": partner.property_account_receivable_id.id,
                            "date_maturity": due,
                            "debit": amount,
                            **values,
                        }
                    ),
                    Command.create({"account_id": income.id, "credit": amount}),
                ],
            }
        )
        entry.action_post()
        return entry

    def test_what_was_taken_over_from_earlier_books_has_deadlines(self):
        for due, delivered in (
            (DUE, DUE),  # before the entry
            (date(2025, 4, 15), date(2025, 3, 1)),
        ):
            with self.subTest(due=due):
                entry = self._take_over(due)
                [row] = self._clocks()
                self.assertEqual(row["document"], "2024/0815")
                self.assertEqual(row["first_due"], due)
                self.assertEqual(row["delivered"], delivered)
                self.assertEqual(row["stop_date"], due + timedelta(60))
                self._pay(entry)

    def test_without_due_date_it_is_due_on_its_day(self):
        self._take_over(False)
        [row] = self._clocks()
        self.assertEqual(row["first_due"], date(2025, 3, 1))

    def test_it_stops_deliveries_and_is_reported(self):
        self._take_over(DUE)
        self.assertEqual(self._stop(), ("extension", date(2025, 4, 1)))
        self.env["credit.claim"].sudo()._propose_all(self.company, TODAY)
        claim = self.env["credit.claim"].search([("profile_id", "=", self.profile.id)])
        self.assertRecordValues(claim.line_ids, [{"gross": 100, "net": 100}])

    def test_what_was_taken_over_was_delivered_nobody_knows_when(self):
        """So it isn't said to be delivered after stop shipment."""
        self.env["credit.insurance.stop"].sudo().create(
            {
                "profile_id": self.profile.id,
                "reason": "extension",
                "date_from": date(2025, 2, 1),
            }
        )
        self._take_over(date(2025, 4, 15))
        [row] = self._clocks()
        self.assertFalse(row["uncovered"])

    def test_its_term_is_known_to_be_too_long_from_its_entry_on(self):
        self.insurance.payment_days = 40
        entry = self._take_over(date(2025, 4, 10))  # 40 days
        [row] = self._clocks()
        self.assertFalse(row["uncovered"])
        self._pay(entry)
        self._take_over(date(2025, 4, 11))
        [row] = self._clocks()
        self.assertEqual(row["uncovered"], "term")

    def test_money_paid_out_has_no_deadline(self):
        bank = self.company_data["default_journal_bank"]
        self._take_over(DUE, journal=bank)
        self.assertFalse(self._clocks())

    def test_costs_that_we_claimed_have_no_deadline(self):
        entry = self._take_over(DUE)
        notice = self.env["credit.notice"].sudo().search([], limit=1)
        if not notice:
            self._create_overdue_invoice(20, partner=self.other_debtor)
            notice = self._dun().notice_ids[:1]
        self.env["credit.charge"].sudo().create(
            {
                "notice_id": notice.id,
                "profile_id": self.profile.id,
                "currency_id": self.company.currency_id.id,
                "kind": "costs",
                "date": TODAY,
                "amount": 100,
                "item_ids": [Command.link(self._items(entry).id)],
            }
        )
        self.assertFalse(self._clocks())

    def test_money_and_credit_notes_count_for_what_is_oldest(self):
        self._take_over(DUE, 100)
        self._invoice_due(date(2025, 3, 1), 50)
        self._create_credit_note(5, 30)
        self._pay_on_account(90)
        [row] = self._clocks()
        self.assertEqual((row["first_due"], row["amount"]), (date(2025, 3, 1), 30))

    def test_it_is_paid_in_part(self):
        entry = self._take_over(DUE, 100)
        payment = self._pay_on_account(40)
        (self._items(entry) | payment).reconcile()
        [row] = self._clocks()
        self.assertEqual(row["amount"], 60)

    def test_each_company_has_its_own_deadlines_in_its_own_currency(self):
        other = self.setup_other_company()["company"]
        franc = self.setup_other_currency("CHF", rates=[])
        self.env["res.currency.rate"].create(
            {
                "name": "2020-01-01",
                "rate": 2.0,
                "currency_id": franc.id,
                "company_id": other.id,
            }
        )
        policy = self._create_insurance(
            number="KV-9", company_id=other.id, extension_days=30
        )
        profile = self._profile(company=other)
        limit = self.env["credit.insurance.limit"].create(
            {"policy_id": policy.id, "profile_id": profile.id}
        )
        self.env["credit.insurance.decision"].create(
            {"limit_id": limit.id, "amount": 100, "date_from": policy.date_from}
        )
        self._invoice_due(DUE, 70)
        self._invoice_due(DUE, 80, company=other, currency_id=franc.id)
        self._take_over(DUE, 5, company=other)
        [mine] = self._clocks()
        self.assertEqual((mine["amount"], mine["stop_date"]), (70, date(2025, 4, 1)))
        theirs = self._clocks(profile)
        self.assertEqual(
            [(row["amount"], row["stop_date"]) for row in theirs],
            [(40, date(2025, 3, 2)), (5, date(2025, 3, 2))],
        )
        self.assertEqual({row["policy_id"] for row in theirs}, {policy.id})

    # -- cover -----------------------------------------------------------------

    def test_cover_is_suspended_while_an_invoice_is_disputed(self):
        invoice = self._invoice_due(DUE)
        dispute = self._dispute(invoice)
        [row] = self._clocks()
        self.assertEqual(row["uncovered"], "disputed")
        self.assertEqual(self.profile.suspended_amount, 100)
        dispute.state = "resolved"
        [row] = self._clocks()
        self.assertFalse(row["uncovered"])

    def test_a_term_longer_than_the_policy_allows_is_not_insured(self):
        self.insurance.payment_days = 30
        invoice = self._invoice_due(DUE)  # invoiced 30 days before
        [row] = self._clocks()
        self.assertFalse(row["uncovered"])
        self.insurance.payment_days = 29
        [row] = self._clocks()
        self.assertEqual(row["uncovered"], "term")
        self.assertFalse(self._stop())
        invoice.invalidate_recordset()
        self.assertIn("payment term too long", invoice.credit_insurance_words)

    # -- shown -----------------------------------------------------------------

    def test_countdown_on_debtor_and_invoice(self):
        invoice = self._create_overdue_invoice(55)
        self.assertIn("Stop shipment in 5 days", self.profile.insurance_next_words)
        self.assertIn("Stop shipment in 5 days", invoice.credit_insurance_words)
        self.assertFalse(invoice.credit_insurance_late)
        facts = dict(self.profile._get_facts())
        self.assertIn("in 5 days", facts["Insurance"])

    def test_a_deadline_brings_the_debtor_onto_the_worklist(self):
        self._create_overdue_invoice(0)
        table = [(40, None), (47, 1), (53, 7), (95, 9), (120, 14)]
        for days, figure in table:
            with self.subTest(days=days):
                self.env["credit.insurance.due"].search([]).unlink()
                item = self._items(
                    self.env["account.move"].search(
                        [("partner_id", "=", self.debtor.id)]
                    )
                )
                self.env.cr.execute(
                    "UPDATE account_move_line SET date_maturity = %s WHERE id = %s",
                    (TODAY - timedelta(days), item.id),
                )
                self.env.invalidate_all()
                row = self.env["credit.worklist"].search(
                    [("profile_id", "=", self.profile.id)]
                )
                found = {code: fig for code, _p, fig, _d in row.reasons or ()}
                self.assertEqual(
                    found.get("insurance_deadline"),
                    figure if days < 95 else 14 - (90 - days),
                )

    def test_a_viewer_sees_the_deadlines_of_his_company_only(self):
        other = self.setup_other_company()["company"]
        self._create_overdue_invoice(55)
        stranger = self._create_user("stranger", "credit_control.group_viewer", other)
        clock = self.env["credit.insurance.clock"]
        self.env.flush_all()
        domain = [("profile_id", "=", self.profile.id)]
        self.assertTrue(clock.with_user(self.viewer).search(domain))
        self.assertFalse(clock.with_user(stranger).search(domain))
        with self.assertRaises(AccessError):
            clock.with_user(self.salesperson).search(domain)

    def test_deadlines_of_many_debtors_take_as_many_queries_as_of_two(self):
        profiles = self.profile.browse()
        for number in range(8):
            partner = self._create_debtor(f"Debtor {number}")
            profile = self._profile(partner)
            self._insure(profile)
            self._create_overdue_invoice(70, partner=partner)
            profiles |= profile
        self._count_queries(profiles[:2])  # fills the caches of the registry
        self.assertEqual(
            self._count_queries(profiles[:2]), self._count_queries(profiles)
        )

    def _count_queries(self, profiles):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        read = profiles.with_prefetch()
        read.mapped("insurance_next_words")
        read.mapped("insurance_stop_date")
        return self.cr.sql_log_count - before
