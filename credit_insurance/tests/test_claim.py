import io
import zipfile
from datetime import date, timedelta

from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.credit_control.tests.common import TODAY

from ..models.credit_claim_received import Receipt
from .common import InsuranceCommon


@freeze_time(TODAY)
class ClaimCommon(InsuranceCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls.env["account.tax"].create(
            {
                "name": "21 %",
                "amount": 21,
                "type_tax_use": "sale",
                "company_id": cls.company.id,
            }
        )
        cls.insurance.write(
            {
                "first_loss": 5000,
                "aggregate_first_loss": 20000,
                "liability_kind": "amount",
                "liability_amount": 700000,
            }
        )

    @classmethod
    def _create_taxed(cls, net, days=100, partner=None, **values):
        return cls._create_overdue_invoice(
            days,
            partner=partner,
            invoice_line_ids=[
                Command.create(
                    {
                        "name": "Goods",
                        "price_unit": net,
                        "tax_ids": [Command.set(cls.tax.ids)],
                    }
                )
            ],
            **values,
        )

    def _propose_claim(self, as_of=TODAY):
        self.env["credit.claim"].sudo()._propose_all(self.company, as_of)
        return self.env["credit.claim"].search([("profile_id", "=", self.profile.id)])

    def _report(self, user=None):
        claim = self._propose_claim().with_user(user or self.officer)
        claim.action_notify()
        return claim

    def _submit(self):
        """The debtor is insolvent: the claim can be submitted at once."""
        claim = self._report()
        claim.insolvency_date = TODAY
        claim.action_confirm()
        claim = claim.with_user(self.manager)
        claim.action_submit()
        return claim


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestClaim(ClaimCommon):
    """From the overdue that is to be reported to the money of the insurer."""

    # -- propose ---------------------------------------------------------------

    def test_proposed_a_week_before_the_whole_balance(self):
        self._create_overdue_invoice(60 + 30 - 8, 100)
        self.assertFalse(self._propose_claim())
        self._create_overdue_invoice(5, 50)
        claim = self._propose_claim(TODAY + timedelta(1))
        self.assertRecordValues(
            claim,
            [{"state": "draft", "automatic": True, "notify_by": date(2025, 6, 24)}],
        )
        self.assertEqual(sum(claim.line_ids.mapped("gross")), 150)
        self.assertEqual(claim.activity_ids.date_deadline, date(2025, 6, 24))
        self.assertEqual(self._propose_claim(TODAY + timedelta(2)), claim)

    def test_what_is_paid_is_not_proposed_any_more(self):
        invoice = self._create_overdue_invoice(100, 100)
        claim = self._propose_claim()
        self._pay(invoice, 40)
        self._propose_claim()
        self.assertEqual(claim.line_ids.gross, 60)
        self._pay(invoice)
        self.assertFalse(self._propose_claim())

    def test_a_credit_note_lowers_it(self):
        self._create_overdue_invoice(100, 100)
        self._create_credit_note(1, 30)
        self.assertEqual(self._propose_claim().line_ids.gross, 70)

    def test_each_company_reports_its_own(self):
        other = self.setup_other_company()["company"]
        self._create_overdue_invoice(100)
        self.env["credit.claim"].sudo()._propose_all(other, TODAY)
        claims = self.env["credit.claim"].search([("partner_id", "=", self.debtor.id)])
        self.assertFalse(claims)
        claim = self._propose_claim()
        stranger = self._create_user("stranger", "credit_control.group_manager", other)
        with self.assertRaises(AccessError):
            claim.with_user(stranger).read(["name"])

    def test_amounts_are_in_the_policys_currency(self):
        pound = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        self.insurance.sudo().currency_id = pound
        self._create_taxed(1000)
        claim = self._propose_claim()
        self.assertRecordValues(
            claim.line_ids, [{"gross": 605, "net": 500, "currency_id": pound.id}]
        )

    # -- report ----------------------------------------------------------------

    def test_an_invoice_in_the_policys_currency_is_claimed_in_it(self):
        pound = self.setup_other_currency(
            "GBP", rates=[("2020-01-01", 0.5), ("2025-06-01", 0.8)]
        )
        self.insurance.sudo().currency_id = pound
        invoice = self._create_taxed(1000, currency_id=pound.id)
        self._register_payment(
            invoice, amount=210, payment_date=TODAY, currency_id=pound.id
        )
        claim = self._propose_claim()
        self.assertRecordValues(
            claim.line_ids,
            [{"gross": 1000, "net": claim.currency_id.round(1000 / 1.21)}],
        )

    def test_an_officer_reports_it_with_the_file(self):
        self._create_overdue_invoice(100)
        claim = self._report()
        self.assertRecordValues(
            claim,
            [
                {
                    "state": "notified",
                    "notified_date": TODAY,
                    "loss_date": TODAY + timedelta(180),
                    "claim_by": TODAY + timedelta(210),
                }
            ],
        )
        message = claim.message_ids.filtered("partner_ids")
        self.assertEqual(message.partner_ids, self.insurer)
        self.assertIn("KV-1", message.subject)
        kinds = {file.name.rpartition(".")[2] for file in message.attachment_ids}
        self.assertEqual(kinds, {"pdf", "zip"})
        self.assertFalse(claim.activity_ids)
        self.assertEqual(self._stop(), ("claim", date(2025, 5, 7)))

    def test_a_viewer_reports_nothing(self):
        self._create_overdue_invoice(100)
        with self.assertRaises(AccessError):
            self._report(self.viewer)

    def test_buttons_cant_be_passed_by(self):
        self._create_overdue_invoice(100)
        claim = self._report()
        for vals in ({"state": "paid"}, {"received_amount": 5}, {"name": "X"}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                claim.with_user(self.manager).write(vals)
        with self.assertRaisesRegex(UserError, "has gone on"):
            claim.action_notify()
        with self.assertRaisesRegex(UserError, "stays"):
            claim.with_user(self.manager).unlink()

    def test_what_the_insurer_decided_stays(self):
        """As in the form: what it doesn't let anybody change nobody can write."""
        self._create_taxed(100000)
        claim = self._submit().with_user(self.officer)
        other = self._profile(self.other_debtor)
        for vals in (
            {"profile_id": other.id},
            {"limit_amount": 1000000},
            {"insured_percent": 100},
            {"insolvency_date": TODAY - timedelta(400)},
        ):
            with self.subTest(vals), self.assertRaisesRegex(UserError, "gone on"):
                claim.write(vals)
        claim.indemnity_amount = 50000
        claim.with_user(self.manager).action_accept()
        claim.indemnity_amount = 40000
        claim.with_user(self.manager)._receive(
            Receipt(40000, self.company_data["default_journal_bank"], TODAY)
        )
        for name in ("indemnity_amount", "own_loss"):
            with self.subTest(name), self.assertRaisesRegex(UserError, "gone on"):
                claim[name] = 1

    def test_ends_by_itself_when_the_debtor_pays(self):
        invoice = self._create_overdue_invoice(100)
        claim = self._report()
        self._pay(invoice)
        self._propose_claim()
        self.assertEqual(claim.state, "closed")
        self.assertFalse(self._stop())

    def test_goes_on_when_its_policy_is_archived_or_not_watched(self):
        invoice = self._create_taxed(100000)
        claim = self._report()
        for name in ("active", "watch_deadlines"):
            with self.subTest(name):
                self.insurance[name] = False
                self._propose_claim(TODAY + timedelta(1))
                self.assertRecordValues(
                    claim, [{"state": "notified", "gross_amount": 121000}]
                )
        self._pay(invoice, 21000)
        self._propose_claim(TODAY + timedelta(2))
        self.assertEqual(claim.gross_amount, 100000)
        self._pay(invoice)
        self._propose_claim(TODAY + timedelta(3))
        self.assertEqual(claim.state, "closed")

    def test_waits_while_an_invoice_is_corrected(self):
        invoice = self._create_taxed(100000)
        claim = self._report()
        invoice.button_draft()
        self._propose_claim(TODAY + timedelta(1))
        self.assertEqual(claim.state, "notified")
        invoice.action_post()
        self._propose_claim(TODAY + timedelta(2))
        self.assertRecordValues(claim, [{"state": "notified", "gross_amount": 121000}])

    def test_a_second_open_claim_is_refused(self):
        self._create_overdue_invoice(100)
        self._propose_claim()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.env["credit.claim"].create(
                {"profile_id": self.profile.id, "policy_id": self.insurance.id}
            )
            self.env.flush_all()

    # -- claim -----------------------------------------------------------------

    def test_not_before_the_day_of_the_loss(self):
        self._create_overdue_invoice(100)
        claim = self._report()
        claim.action_confirm()
        claim = claim.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "waiting period ends on 12/13/2025"):
            claim.action_submit()
        with freeze_time(TODAY + timedelta(180)):
            claim.action_submit()
        self.assertEqual(claim.state, "submitted")
        [row] = self._clocks()
        self.assertFalse(row["next_kind"])

    def test_insolvency_is_the_day_of_the_loss(self):
        self._create_overdue_invoice(100)
        self.env["credit.signal"].create(
            {
                "profile_id": self.profile.id,
                "kind_id": self.env.ref("credit_control.signal_insolvency").id,
                "date": TODAY - timedelta(3),
            }
        )
        claim = self._report()
        self.assertEqual(claim.loss_date, TODAY - timedelta(3))

    def test_only_managers_submit(self):
        self._create_overdue_invoice(100)
        claim = self._report()
        with self.assertRaises(AccessError):
            claim.action_submit()

    def test_a_disputed_invoice_counts_when_it_is_settled(self):
        self._create_overdue_invoice(100, 1000)
        invoice = self._create_overdue_invoice(90, 500)
        dispute = self._dispute(invoice)
        claim = self._propose_claim()
        self.assertRecordValues(
            claim, [{"gross_amount": 1000, "suspended_amount": 500}]
        )
        dispute.state = "resolved"
        self._propose_claim()
        self.assertRecordValues(claim, [{"gross_amount": 1500, "suspended_amount": 0}])

    # -- indemnity -------------------------------------------------------------

    def test_the_vector_of_the_trade_from_the_ledger(self):
        """12,000 of the year's first loss are used up, 50,000 are paid."""
        self.env["credit.claim"].sudo().with_context(credit_claim_filled=True).create(
            {
                "profile_id": self._profile(self.other_debtor).id,
                "policy_id": self.insurance.id,
                "state": "paid",
                "decided_date": TODAY,
                "insolvency_date": TODAY,
                "aggregate_used": 12000,
                "indemnity_amount": 50000,
                "line_ids": [Command.create({"first_due": TODAY})],
            }
        )
        self._create_taxed(100000)
        claim = self._submit()
        self.assertRecordValues(
            claim,
            [
                {
                    "gross_amount": 121000,
                    "net_amount": 100000,
                    "limit_amount": 80000,
                    "insured_percent": 90,
                    "aggregate_left": 8000,
                    "liability_left": 650000,
                    "expected_amount": 59000,
                }
            ],
        )
        steps = claim.expected_steps
        for words in ("VAT is not insured", "59,000.00", "first loss of the year"):
            self.assertIn(words.lower(), steps.lower())
        claim.action_accept()
        self.assertEqual(claim.aggregate_used, 8000)
        self.assertEqual(claim.indemnity_amount, 59000)

    def test_first_losses_of_a_year_are_borne_once(self):
        self._create_taxed(20000)
        claim = self._submit()
        self.assertEqual(claim.expected_amount, 0)  # 18,000 - 5,000 - 13,000
        claim.action_accept()
        self.assertEqual(claim.aggregate_used, 13000)
        self._insure(self._profile(self.other_debtor), 80000)
        self._create_taxed(50000, partner=self.other_debtor)
        self._propose_claim()
        other = self.env["credit.claim"].search(
            [("profile_id", "=", self._profile(self.other_debtor).id)]
        )
        self.assertEqual(other.aggregate_left, 7000)
        self.assertEqual(other.expected_amount, 50000 * 0.9 - 5000 - 7000)

    def test_the_next_year_begins_anew(self):
        self._create_taxed(20000)
        claim = self._submit()
        claim.action_accept()
        start, end = self.insurance._get_year(TODAY)
        self.assertEqual((start, end), (date(2025, 1, 1), date(2025, 12, 31)))
        other = self.env["credit.claim"].new(
            {"policy_id": self.insurance.id, "loss_date": date(2026, 2, 1)}
        )
        self.assertEqual(other._get_used_before(), (0, 0))

    def test_maximum_liability_as_a_multiple_of_the_premium(self):
        self.insurance.write(
            {
                "liability_kind": "premium",
                "liability_multiple": 2,
                "minimum_premium": 15000,
            }
        )
        self._create_taxed(100000)
        claim = self._propose_claim()
        self.assertEqual(claim.liability_left, 30000)
        self.assertEqual(claim.expected_amount, 30000)

    def test_a_cut_leaves_earlier_deliveries_alone(self):
        self._insure(self.profile, 1000, TODAY - timedelta(19))
        self._create_taxed(100000)
        self.assertEqual(self._propose_claim().limit_amount, 80000)

    def test_the_percentage_of_the_decision_goes_before_that_of_the_policy(self):
        self._create_taxed(1000)
        self._insure(self.profile, 80000, date(2024, 2, 1), percent=75)
        self.assertEqual(self._propose_claim().insured_percent, 75)

    def test_the_percentage_of_the_kind_of_cover(self):
        self.insurance.terms_ids = [
            Command.create({"kind": "check", "insured_percent": 80})
        ]
        self.profile.insurance_limit_ids.kind = "check"
        self._create_taxed(1000)
        self.assertEqual(self._propose_claim().insured_percent, 80)

    def test_the_insurer_approves_less(self):
        self._create_taxed(100000)
        claim = self._submit()
        claim.own_loss = 60000
        self.assertEqual(claim.expected_amount, 60000 * 0.9 - 5000 - 20000)

    def test_refused_with_a_reason(self):
        self._create_taxed(1000)
        claim = self._submit()
        with self.assertRaisesRegex(UserError, "why the insurer refused"):
            claim.action_refuse()
        claim.refusal = "Reported too late"
        claim.action_refuse()
        self.assertEqual(claim.state, "refused")
        self.assertEqual(claim._get_used_before(), (0, 0))

    # -- received --------------------------------------------------------------

    def _accepted(self):
        self._create_taxed(60000, days=120)
        self._create_taxed(40000, days=100)
        claim = self._submit()
        claim.action_accept()
        return claim

    def test_the_indemnity_is_booked_and_matched_in_one_step(self):
        claim = self._accepted()
        self.assertEqual(claim.indemnity_amount, 72000 - 5000 - 20000)
        action = claim.action_receive()
        wizard = claim.env[action["res_model"]].with_context(**action["context"])
        wizard = wizard.create({})
        self.assertEqual(wizard.amount, 47000)
        wizard.action_receive()
        self.assertRecordValues(claim, [{"state": "paid", "received_amount": 47000}])
        [move] = claim.move_ids
        self.assertEqual(move.state, "posted")
        self.assertEqual(sum(move.line_ids.mapped("debit")), 47000)
        lines = claim.line_ids.sorted("first_due")
        self.assertEqual(
            lines.item_id.mapped("amount_residual"), [72600 - 47000, 48400]
        )
        credit = move.line_ids.filtered("credit")
        self.assertTrue(credit.reconciled)

    def test_over_two_invoices_the_oldest_first(self):
        claim = self._accepted()
        general = self.company_data["default_journal_misc"]
        claim._receive(Receipt(80000, general, TODAY))
        lines = claim.line_ids.sorted("first_due")
        self.assertEqual(lines.item_id.mapped("amount_residual"), [0, 41000])
        owed = claim.move_ids.line_ids.filtered("debit")
        self.assertEqual(owed.partner_id, self.insurer)
        self.assertEqual(owed.account_id.account_type, "asset_receivable")

    def test_more_than_is_open_is_refused(self):
        claim = self._accepted()
        journal = self.company_data["default_journal_bank"]
        for amount in (0, -5, 121001):
            with self.subTest(amount=amount), self.assertRaises(UserError):
                claim._receive(Receipt(amount, journal, TODAY))
        self.assertFalse(claim.move_ids)

    def test_foreign_invoice_and_policy(self):
        """Invoice in pounds, policy and company in the company's currency."""
        pound = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        invoice = self._create_taxed(10000, currency_id=pound.id)
        claim = self._submit()
        self.assertEqual(claim.gross_amount, 24200)
        claim.indemnity_amount = 12100
        claim.action_accept()
        claim._receive(Receipt(12100, self.company_data["default_journal_bank"], TODAY))
        item = self._items(invoice)
        self.assertEqual(
            (item.amount_residual, item.amount_residual_currency), (12100, 6050)
        )

    def test_only_managers_book(self):
        claim = self._accepted()
        with self.assertRaises(AccessError):
            claim.with_user(self.officer)._receive(
                Receipt(1, self.company_data["default_journal_bank"], TODAY)
            )

    # -- recoveries ------------------------------------------------------------

    def test_later_money_is_shared_as_the_loss_is(self):
        self._create_taxed(100000)
        claim = self._submit()
        claim.indemnity_amount = 59000
        claim.action_accept()
        recovery = self.env["credit.claim.recovery"].with_user(self.officer)
        table = [
            (TODAY, 20000, 0, 11800, 8200),
            (TODAY, 20000, 2000, 10620, 7380),
            (TODAY - timedelta(1), 15000, 0, 0, 15000),
        ]
        for day, amount, costs, insurer, own in table:
            with self.subTest(day=day, amount=amount, costs=costs):
                found = recovery.create(
                    {
                        "claim_id": claim.id,
                        "name": "Dividend",
                        "date": day,
                        "amount": amount,
                        "costs": costs,
                    }
                )
                self.assertRecordValues(
                    found, [{"insurer_share": insurer, "own_share": own}]
                )
                self.assertEqual(found.is_before, day < TODAY)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDossier(ClaimCommon, HttpCase):
    """The complete file."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._create_overdue_invoice(100)
        cls._dun()
        cls.profile._make_promise({cls._items(cls.invoice): 100}, TODAY, TODAY)
        cls.env["credit.call"].sudo().create(
            {"profile_id": cls.profile.id, "outcome": "reached", "agreement": "Pays"}
        )
        cls.claim = (
            cls.env["credit.claim"]
            .sudo()
            .create({"profile_id": cls.profile.id, "policy_id": cls.insurance.id})
        )
        cls.insurance.document_ids = cls.env["ir.attachment"].create(
            {"name": "policy/2025.pdf", "raw": b"%PDF-not really"}
        )

    def _zip(self):
        _pdf, archive = self.claim._keep_dossier(TODAY)
        return zipfile.ZipFile(io.BytesIO(archive.raw))

    def test_the_zip_holds_it_all(self):
        archive = self._zip()
        names = archive.namelist()
        self.assertEqual(len(names), len(set(names)))
        self.assertIn("Overview.pdf", names)
        for part in (
            f"Invoices/{self.invoice.name.replace('/', '-')}.pdf",
            "Reminders sent/2025-06-16",
            "Limit decisions/policy-2025.pdf",
        ):
            self.assertTrue(any(part in name for name in names), (part, names))
        index = archive.read("index.csv").decode("utf-8-sig").splitlines()
        self.assertEqual(len(index) - 1, len(names) - 1)

    def test_reminders_prove_that_they_were_sent(self):
        sections = {s.title: s for s in self.claim._get_dossier_sections(TODAY)}
        [row] = sections["Reminders sent"].rows
        notice = self.profile.notice_ids
        self.assertIn(notice.recipient_email, row)
        self.assertIn(notice.message_id.message_id, row[4])
        self.assertEqual(len(sections["Promises to pay"].rows), 1)
        self.assertEqual(len(sections["Calls"].rows), 1)
        self.assertEqual(sections["Limit decisions"].rows[0][2][-9:], "80,000.00")
        [mail] = [d for d in sections["Reminders sent"].documents if "html" in d.name]
        self.assertIn(b"Message-ID", mail.load())

    def test_who_may_read_the_claim_gets_it(self):
        self.authenticate("viewer", "viewer")
        url = f"/credit_insurance/dossier/credit.claim/{self.claim.id}.zip"
        answer = self.url_open(url)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Content-Type"], "application/zip")
        self.assertTrue(zipfile.ZipFile(io.BytesIO(answer.content)).namelist())

    def test_nobody_else_does(self):
        self.authenticate("seller", "seller")
        url = f"/credit_insurance/dossier/credit.claim/{self.claim.id}.zip"
        self.assertEqual(self.url_open(url).status_code, 403)
        self.authenticate("viewer", "viewer")
        for path in (
            f"credit.claim/{self.claim.id}.exe",
            "credit.claim/99999999.zip",
            f"res.partner/{self.debtor.id}.zip",
            f"credit.profile/{self.profile.id}.pdf",
        ):
            with self.subTest(path=path):
                answer = self.url_open(f"/credit_insurance/dossier/{path}")
                self.assertEqual(answer.status_code, 404)
