from contextlib import suppress
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, tagged

from odoo.addons.credit_control.tests.common import TODAY, CreditControlCommon

from ..models.credit_profile_statement import MOVES, OPEN
from ..models.credit_statement import CreditStatement

MAIL_SUBJECT = "Statement of account as of 06/16/2025"


class StatementCommon(CreditControlCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.batches = cls.env["credit.statement.batch"]

    def _statement(self, kind=OPEN, as_of=TODAY, since=None, partner=None, **asked):
        return self._profile(partner)._get_statement(kind, as_of, since, **asked)

    def _amounts(self, statement):
        """{currency: [(document, amount, balance)]}."""
        return {
            section.currency.name: [
                (line.document, line.amount, line.balance) for line in section.lines
            ]
            for section in statement.sections
        }

    def _make(self, partners=None, kind=OPEN, whom="owing", since=None, **asked):
        """A batch for these debtors (all), made by the officer."""
        profiles = self.env["credit.profile"]
        for partner in partners or self.debtor | self.other_debtor:
            profiles |= self._profile(partner)
        batches = self.batches.with_user(self.officer)
        chosen = batches._choose(
            self.company, kind, TODAY, since, whom, profiles=profiles
        )
        return batches._make(self.company, chosen, kind, TODAY, since, **asked)


@freeze_time(TODAY)
@tagged("post_install", "-at_install")
class TestStatement(StatementCommon):
    """What a statement says."""

    # -- open items ------------------------------------------------------------

    def test_open_items(self):
        """Partly paid, not due, a credit note, money on account: all of it, in order."""
        older = self._create_overdue_invoice(40, 100)
        newer = self._create_overdue_invoice(-5, 50)
        self._pay(older, amount=30)
        note = self._create_credit_note(10, 20)
        money = self._pay_on_account(15)
        self._create_overdue_invoice(1, 999, partner=self.other_debtor)
        statement = self._statement()
        self.assertEqual(
            self._amounts(statement),
            {
                "USD": [
                    (older.name, 70, 70),
                    (note.name, -20, 50),
                    (money.move_name, -15, 35),
                    (newer.name, 50, 85),
                ]
            },
        )
        [section] = statement.sections
        self.assertEqual(section.lines[0].original, 100)
        self.assertEqual([line.days_late for line in section.lines], [40, 0, 0, 0])
        kinds = [line.kind for line in section.lines]
        self.assertEqual(kinds, ["Invoice", "Credit note", "Payment", "Invoice"])
        self.assertEqual(section.closing, 85)
        self.assertEqual((statement.balance, statement.overdue), (85, 35))
        ageing = [amount for _label, amount in section.ageing]
        # Not due holds what was paid on account today, too.
        self.assertEqual(ageing, [35, -20, 70, 0, 0, 0])

    def test_as_of_a_past_day(self):
        invoice = self._create_overdue_invoice(40, 100)
        self._pay(invoice)
        self.assertFalse(self._statement().sections)
        past = self._statement(as_of=TODAY - timedelta(1))
        self.assertEqual(self._amounts(past), {"USD": [(invoice.name, 100, 100)]})
        self.assertEqual(past.sections[0].lines[0].days_late, 39)

    def test_two_currencies(self):
        other = self.setup_other_currency("CHF", rates=[("2000-01-01", 2.0)])
        here = self._create_overdue_invoice(10, 100)
        there = self._create_overdue_invoice(5, 60, currency_id=other.id)
        statement = self._statement()
        self.assertEqual(
            self._amounts(statement),
            {"USD": [(here.name, 100, 100)], "CHF": [(there.name, 60, 60)]},
        )
        self.assertEqual(statement.balance, 130)

    def test_two_companies(self):
        second = self.setup_other_company()["company"]
        here = self._create_overdue_invoice(10, 100)
        self.assertEqual(list(self._amounts(self._statement())), ["USD"])
        there = self._profile(company=second)._get_statement(OPEN, TODAY)
        self.assertFalse(there.sections)
        self.assertEqual(self._amounts(self._statement())["USD"][0][0], here.name)

    def test_children_with_their_parent(self):
        contact = self._create_debtor(
            "Shop", parent_id=self.debtor.id, type="delivery", is_company=False
        )
        own = self._create_overdue_invoice(10, 100)
        shop = self._create_overdue_invoice(5, 50, partner=contact)
        [section] = self._statement().sections
        whose = {line.document: line.whose for line in section.lines}
        self.assertEqual(whose, {own.name: "", shop.name: "Shop"})
        self.assertTrue(section.has_owners)

    def test_whole_group(self):
        self._create_overdue_invoice(10, 100)
        other = self._create_overdue_invoice(5, 50, partner=self.other_debtor)
        group = self.env["credit.group"].create(
            {"name": "Both", "company_id": self.company.id}
        )
        profiles = self._profile() + self._profile(self.other_debtor)
        profiles.group_id = group
        [section] = self._statement().sections
        self.assertEqual(section.closing, 100)
        [section] = self._statement(with_group=True).sections
        self.assertEqual(section.closing, 150)
        self.assertEqual(
            [line.whose for line in section.lines if line.document == other.name],
            ["Brick"],
        )

    def test_agreements_are_marked(self):
        promised = self._create_overdue_invoice(10, 100)
        disputed = self._create_overdue_invoice(5, 50)
        self._profile()._make_promise(
            {self._items(promised): 100.0}, TODAY + timedelta(5), TODAY
        )
        category = self.env["credit.dispute.category"].search([], limit=1)
        self._profile()._open_dispute(
            {self._items(disputed): 20.0}, category, "Broken", TODAY
        )
        notes = {
            line.document: line.note for line in self._statement().sections[0].lines
        }
        self.assertEqual(notes[promised.name], "Promised for 06/21/2025")
        self.assertIn("In dispute", notes[disputed.name])

    # -- movements -------------------------------------------------------------

    def test_movements(self):
        before = self._create_overdue_invoice(60, 100)  # of 90 days ago
        invoice = self._create_overdue_invoice(-10, 40)
        self._pay(before, amount=70)
        since = TODAY - timedelta(30)
        statement = self._statement(MOVES, since=since)
        [section] = statement.sections
        self.assertEqual(section.opening, 100)
        self.assertEqual(
            [(line.kind, line.amount, line.balance) for line in section.lines],
            [("Invoice", 40, 140), ("Payment", -70, 70)],
        )
        self.assertEqual(section.lines[0].document, invoice.name)
        self.assertEqual(section.closing, statement.balance)

    def test_movements_end_with_what_was_open(self):
        """For every period, whatever was matched with what."""
        first = self._create_overdue_invoice(60, 100)
        self._create_overdue_invoice(20, 30)
        self._create_credit_note(15, 10)
        self._pay_on_account(25)
        self._pay(first, amount=60)
        for since, as_of in ((200, 0), (60, 30), (45, 1), (1, 0), (0, 0)):
            since, as_of = (TODAY - timedelta(days) for days in (since, as_of))
            with self.subTest(since=since, as_of=as_of):
                moves = self._statement(MOVES, as_of, since)
                items = self._statement(OPEN, as_of)
                self.assertEqual(
                    [section.closing for section in moves.sections],
                    [section.closing for section in items.sections],
                )
                self.assertEqual(moves.balance, items.balance)
                for section in moves.sections:
                    self.assertAlmostEqual(
                        section.opening + sum(line.amount for line in section.lines),
                        section.closing,
                    )

    def test_matched_across_currencies(self):
        """Paid in another currency: both end at nothing, and say why."""
        other = self.setup_other_currency("CHF", rates=[("2000-01-01", 2.0)])
        invoice = self._create_overdue_invoice(10, 200, currency_id=other.id)
        self._items(invoice) + self._pay_on_account(100)
        money = self.env["account.move.line"].search(
            [("partner_id", "=", self.debtor.id), ("amount_residual", "=", -100)]
        )
        (self._items(invoice) + money).reconcile()
        since = TODAY - timedelta(60)
        self.assertFalse(self._statement().sections)
        statement = self._statement(MOVES, since=since)
        self.assertEqual({s.closing for s in statement.sections}, {0.0})
        kinds = {line.kind for s in statement.sections for line in s.lines}
        self.assertIn("Matched in another currency", kinds)

    # -- proof -----------------------------------------------------------------

    def test_refused_when_it_does_not_add_up(self):
        invoice = self._create_overdue_invoice(10, 100)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move_line SET amount_residual = 90 WHERE id = %s",
            [self._items(invoice).id],
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "doesn't add up"):
            self._statement()
        batch = self._make(self.debtor)
        batch.action_send()
        self.assertEqual(batch.statement_ids.state, "failed")
        self.assertIn("add up", batch.statement_ids.failure)

    # -- words -----------------------------------------------------------------

    def test_document(self):
        self.company.credit_statement_text = "Ours is right."
        invoice = self._create_overdue_invoice(10, 1234.5)
        name, page = self._profile()._render_statement(OPEN, TODAY)
        page = page.decode()
        self.assertTrue(name.startswith("Statement Azure 2025-06-16"))
        for words in (invoice.name, "1,234.50", "Ours is right.", "1–30 days", "Ghent"):
            self.assertIn(words, page)

    def test_pages(self):
        """Nothing is lost between pages; long rows make fewer of them on one."""
        for days in range(40):
            self._create_overdue_invoice(
                days, 10, ref="Order" if days % 2 else "O" * 30
            )
        [section] = self._statement().sections
        pages = section.pages()
        self.assertEqual([len(page) for page in pages], [23, 17])
        self.assertEqual([line for page in pages for line in page], section.lines)
        self.assertEqual(section._replace(lines=[]).pages(), [[]])

    def test_language_of_the_debtor(self):
        self.env["res.lang"]._activate_lang("nl_BE")
        self.debtor.lang = "nl_BE"
        self._create_overdue_invoice(10, 1234.5)
        page = self._profile()._render_statement(OPEN, TODAY)[1].decode()
        self.assertIn("1.234,50", page)

    # -- rights ----------------------------------------------------------------

    def test_who_may_what(self):
        self._create_overdue_invoice(10, 100)
        profile = self._profile()
        for user in (self.viewer, self.officer):
            self.assertTrue(
                profile.with_user(user)._get_statement(OPEN, TODAY).sections
            )
        for user in (self.salesperson, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                profile.with_user(user)._get_statement(OPEN, TODAY)
        batch = self._make(self.debtor)
        for call in ("action_send", "action_cancel", "action_retry"):
            with self.subTest(call), self.assertRaises(AccessError):
                getattr(batch.with_user(self.viewer), call)()
        with self.assertRaises(AccessError):
            batch.statement_ids.with_user(self.officer).write({"balance": 1})
        with self.assertRaises(AccessError):
            self.env["credit.statement"].with_user(self.manager).create({})
        make = self.env["credit.statement.make"].with_user(self.viewer)
        wizard = make.create({"profile_ids": profile.ids})
        with self.assertRaises(AccessError):
            wizard.action_send()

    def test_queries_do_not_grow_with_items(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._statement()
            return self.env.cr.sql_log_count - before

        self._create_overdue_invoice(10, 100)
        count()
        few = count()
        for days in range(8):
            self._create_overdue_invoice(days, 100)
        count()
        self.assertEqual(count(), few)


@freeze_time(TODAY)
@tagged("post_install", "-at_install")
class TestStatementBatch(StatementCommon):
    """Who gets one, and how it goes out."""

    def test_channels_and_counts(self):
        mailed = self._create_overdue_invoice(10, 100).partner_id
        letter = self._create_debtor("Cobalt", email=False)
        nobody = self._create_debtor("Dew", email=False, city=False)
        early = self._create_debtor("Elm")
        for partner in (letter, nobody):
            self._create_overdue_invoice(10, 50, partner=partner)
        self._create_overdue_invoice(-10, 50, partner=early)
        everybody = mailed | letter | nobody | early | self.other_debtor
        wizard = self.env["credit.statement.make"].create(
            {"profile_ids": [self._profile(one).id for one in everybody]}
        )
        counts = ("email_count", "letter_count", "none_count", "left_count")
        self.assertEqual([wizard[name] for name in counts], [2, 1, 1, 1])
        self.assertEqual(wizard.balance, 250)
        wizard.whom = "overdue"
        self.assertEqual([wizard[name] for name in counts], [1, 1, 1, 2])
        wizard.minimum = 60
        self.assertEqual([wizard[name] for name in counts], [1, 0, 0, 4])
        wizard.write({"whom": "owing", "minimum": 0})
        action = wizard.action_prepare()
        batch = self.batches.browse(action["res_id"])
        self.assertEqual(set(batch.statement_ids.mapped("state")), {"waiting"})
        self.assertFalse(self._profile().message_ids.filtered("attachment_ids"))
        batch.action_send()
        self.assertEqual(
            {one.partner_id: one.state for one in batch.statement_ids},
            {mailed: "sent", letter: "sent", early: "sent", nobody: "failed"},
        )
        self.assertEqual((batch.state, batch.failed_count), ("done", 1))
        nobody.email = "dew@debtor.example"
        batch.action_retry()
        self.assertEqual((batch.sent_count, batch.failed_count), (4, 0))

    def test_all_debtors_of_the_company(self):
        self._create_overdue_invoice(10, 100)
        wizard = self.env["credit.statement.make"].create({})
        self.assertEqual(wizard.email_count, 1)

    def test_from_the_customers(self):
        shop = self._create_debtor("Shop", parent_id=self.debtor.id, is_company=False)
        partners = shop | self.other_debtor
        action = partners.with_user(self.viewer).action_credit_statement()
        [(_set, _zero, ids)] = action["context"]["default_profile_ids"]
        profiles = self.env["credit.profile"].browse(ids)
        self.assertEqual(profiles.partner_id, self.debtor | self.other_debtor)
        with self.assertRaises(AccessError):
            partners.with_user(self.salesperson).action_credit_statement()

    def test_queries_do_not_grow_with_debtors(self):
        def count(profiles):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            chosen = self.batches._choose(
                self.company, OPEN, TODAY, None, "owing", profiles=profiles
            )
            self.batches._make(self.company, chosen, OPEN, TODAY)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        profiles = self.env["credit.profile"].concat(
            *map(self._profile, self._create_many(9))
        )
        count(profiles[:3])
        self.assertEqual(count(profiles[:3]), count(profiles))

    def test_letters_together(self):
        letter = self._create_debtor("Cobalt", email=False)
        self._create_overdue_invoice(10, 50, partner=letter)
        self._create_overdue_invoice(10, 50)
        batch = self._make(letter | self.debtor)
        action = batch.action_print_letters()
        chosen = action["context"]["active_ids"]
        self.assertEqual(self.env["credit.statement"].browse(chosen).partner_id, letter)
        batch.action_send()
        kept = batch.statement_ids.filtered(lambda one: one.partner_id == letter)
        self.assertEqual(kept.delivery, "letter")
        self.assertTrue(kept.attachment_id)
        with self.assertRaises(UserError):
            self._make(self.debtor).action_print_letters()

    def test_sent_stays_as_it_was(self):
        invoice = self._create_overdue_invoice(10, 100)
        batch = self._make(self.debtor)
        batch.action_send()
        statement = batch.statement_ids
        before = statement.attachment_id.raw
        self._pay(invoice)
        self.assertEqual(statement._get_kept_letter().raw, before)
        self.assertEqual(statement.balance, 100)
        with self.assertRaises(UserError):
            statement.sudo().unlink()
        with self.assertRaises(UserError):
            statement.action_send()

    def test_true_when_sent(self):
        """Paid between looking and sending: nothing to say any more."""
        invoice = self._create_overdue_invoice(10, 100)
        batch = self._make(self.debtor)
        self._pay(invoice)
        batch.action_send()
        self.assertEqual(batch.statement_ids.state, "dropped")

    def test_left_out(self):
        self._create_overdue_invoice(10, 100)
        self._create_overdue_invoice(10, 100, partner=self.other_debtor)
        batch = self._make()
        batch.statement_ids[0].with_user(self.officer).action_cancel()
        batch.action_send()
        self.assertEqual(
            sorted(batch.statement_ids.mapped("state")), ["cancelled", "sent"]
        )
        self.assertEqual(batch.state, "done")

    def test_bad_days(self):
        self._create_overdue_invoice(10, 100)
        make = self.env["credit.statement.make"]
        profiles = self._profile().ids
        tomorrow = TODAY + timedelta(1)
        wizard = make.create({"profile_ids": profiles, "date": tomorrow})
        with self.assertRaisesRegex(UserError, "has come"):
            wizard.action_send()
        wizard = make.create(
            {"profile_ids": profiles, "kind": MOVES, "since": tomorrow, "date": TODAY}
        )
        with self.assertRaisesRegex(UserError, "before they begin"):
            wizard.action_send()
        nobody = make.create({"profile_ids": self._profile(self.other_debtor).ids})
        with self.assertRaisesRegex(UserError, "anything to state"):
            nobody.action_send()

    # -- mail ------------------------------------------------------------------

    def test_mail_is_the_entry_in_the_debtor_file(self):
        self.company.credit_statement_excel = True
        self._create_overdue_invoice(10, 1234.5)
        batch = self._make(self.debtor)
        batch.action_send()
        message = batch.statement_ids.message_id
        self.assertEqual(message.model, "credit.profile")
        self.assertEqual(message.res_id, self._profile().id)
        self.assertEqual(message.subject.split(" – ")[0], MAIL_SUBJECT)
        self.assertIn("1,234.50", message.body)
        self.assertIn(self._profile().access_token, message.body)
        names = message.attachment_ids.sorted("id").mapped("name")
        self.assertEqual(Path(names[-1]).suffix, ".xlsx")
        self.assertEqual(len(names), 2)
        self.assertEqual(message.notified_partner_ids, self.debtor)

    # -- background ------------------------------------------------------------

    def _create_many(self, count=12):
        partners = self.env["res.partner"]
        for number in range(count):
            partners |= self._create_debtor(f"Many{number}")
            self._create_overdue_invoice(10, 10, partner=partners[-1])
        return partners

    def test_many_go_in_the_background(self):
        batch = self._make(self._create_many())
        batch.action_send()
        self.assertEqual((batch.state, batch.sent_count), ("sending", 0))
        with self.enter_registry_test_mode():
            self.env.ref(
                "credit_control_report.cron_statement_send"
            ).method_direct_trigger()
        self.assertEqual((batch.state, batch.sent_count), ("done", 12))

    def test_killed_half_way_goes_on(self):
        batch = self._make(self._create_many())
        batch.action_send()
        deliver, calls = CreditStatement._deliver, []

        def dies(statement):
            calls.append(statement.id)
            if len(calls) == 5:
                raise KeyboardInterrupt
            deliver(statement)

        cron = self.env.ref("credit_control_report.cron_statement_send")
        with (
            self.enter_registry_test_mode(),
            patch.object(CreditStatement, "_deliver", dies),
            # Not assertRaises: Odoo's takes back all that was done before.
            suppress(KeyboardInterrupt),
        ):
            cron.method_direct_trigger()
        self.env.invalidate_all()
        sent = set(calls[:4])
        self.assertEqual(batch.state, "sending")
        self.assertEqual(
            set(batch.statement_ids.filtered(lambda s: s.state == "sent").ids), sent
        )
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((batch.state, batch.sent_count), ("done", 12))
        for profile in batch.statement_ids.profile_id:
            posted = profile.message_ids.filtered("attachment_ids")
            self.assertEqual(len(posted), 1)

    # -- monthly ---------------------------------------------------------------

    def test_monthly(self):
        self.company.write({"credit_statement_day": 16})
        self.policy.monthly_statement = True
        invoice = self._create_overdue_invoice(40, 100)
        self._pay(invoice)  # in June: open at the end of May
        cron = self.env.ref("credit_control_report.cron_statement_monthly")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        batch = self.batches.search([("company_id", "=", self.company.id)])
        self.assertEqual(batch.date, date(2025, 5, 31))
        self.assertEqual(batch.statement_ids.profile_id, self._profile())
        self.assertEqual(batch.statement_ids.balance, 100)
        self.assertEqual(batch.state, "sending")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(len(self.batches.search([])), 1)
        with self.assertRaises(Exception), self.env.cr.savepoint():  # noqa: B017
            batch.statement_ids.sudo().copy({"month": date(2025, 5, 1)})

    def test_monthly_only_by_policy_and_setting(self):
        self._create_overdue_invoice(40, 100)
        self._create_overdue_invoice(-50, 70, partner=self.other_debtor)
        monthly = self.batches.sudo()._send_monthly
        self.assertFalse(monthly(self.company, TODAY))
        self.policy.monthly_statement = True
        self.company.credit_statement_minimum = 101
        self.assertFalse(monthly(self.company, TODAY))
        self.company.write(
            {"credit_statement_minimum": 0, "credit_statement_whom": "overdue"}
        )
        batch = monthly(self.company, TODAY)
        self.assertEqual(batch.statement_ids.partner_id, self.debtor)

    def test_day_of_the_month(self):
        self.company.credit_statement_day = 31
        due = self.batches._is_statement_day
        self.assertFalse(due(self.company, date(2025, 6, 29)))
        self.assertTrue(due(self.company, date(2025, 6, 30)))
        self.company.credit_statement_day = 3
        days = [day for day in range(1, 31) if due(self.company, date(2025, 6, day))]
        self.assertEqual(days, [3, 4, 5, 6, 7, 8, 9])


@freeze_time(TODAY)
@tagged("post_install", "-at_install")
class TestStatementDownload(StatementCommon, HttpCase):
    """In the portal by key, inside by rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._create_overdue_invoice(10, amount=123.45)
        cls.strange = cls._create_overdue_invoice(10, 77.0, partner=cls.other_debtor)
        cls.profile = cls._profile()
        cls.other = cls._profile(cls.other_debtor)
        cls.token = cls.profile._portal_ensure_token()
        cls.other._portal_ensure_token()

    def _get(self, what, token=None, profile=None):
        url = f"{(profile or self.profile).access_url}/statement.{what}"
        return self.url_open(url + (f"?access_token={token}" if token else ""))

    def test_page_has_the_downloads(self):
        page = self.url_open(f"{self.profile.access_url}?access_token={self.token}")
        self.assertIn(f"/statement.pdf?access_token={self.token}", page.text)

    def test_with_the_key(self):
        page = self._get("pdf", self.token)
        self.assertEqual(page.status_code, 200)
        book = self._get("xlsx", self.token)
        sheet = load_workbook(BytesIO(book.content))["Statement of account"]
        cells = {cell.value for row in sheet.iter_rows() for cell in row}
        self.assertIn(self.invoice.name, cells)
        self.assertNotIn(self.strange.name, cells)
        self.assertEqual(book.headers["Cache-Control"], "private, no-store")

    def test_without_it(self):
        for what, token, profile in (
            ("pdf", None, None),
            ("pdf", "wrong", None),
            ("xlsx", self.other.access_token, None),
            ("pdf", self.token, self.other),
            ("exe", self.token, None),
        ):
            with self.subTest(what=what, token=token):
                self.assertEqual(self._get(what, token, profile).status_code, 404)
        self.company.credit_portal = False
        self.assertEqual(self._get("pdf", self.token).status_code, 404)

    def test_portal_user_gets_his_own(self):
        self.authenticate("portal", "portal")
        self.assertEqual(self._get("xlsx").status_code, 200)
        self.assertEqual(self._get("xlsx", profile=self.other).status_code, 404)

    def test_inside_by_rights(self):
        url = f"/credit_control_report/statement/{self.profile.id}"
        for login, status in (("viewer", 200), ("seller", 404), ("portal", 404)):
            with self.subTest(login):
                self.authenticate(login, login)
                got = self.url_open(f"{url}.xlsx?as_of={TODAY}")
                self.assertEqual(got.status_code, status)
        self.authenticate("viewer", "viewer")
        for asked in ("as_of=soon", "kind=moves", "kind=all"):
            with self.subTest(asked):
                self.assertEqual(self.url_open(f"{url}.xlsx?{asked}").status_code, 400)
        got = self.url_open(f"{url}.xlsx?kind=moves&since=2025-01-01")
        self.assertEqual(got.status_code, 200)
        self.assertEqual(self.url_open(f"{url}.exe").status_code, 404)
