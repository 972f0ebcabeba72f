from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.credit_control.tests.common import TODAY, CreditControlCommon

MONDAY = TODAY  # 16 June 2025


@freeze_time(TODAY)
@tagged("post_install", "-at_install")
class TestForecast(CreditControlCommon):
    """What is expected of whom, and when; Azure pays ten days late."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.forecast = cls.env["credit.forecast"].sudo()
        for number in range(30):
            cls._create_paid(number + 11, 10)
        cls._refresh()

    @classmethod
    def _create_paid(cls, days, late, amount=100.0, **values):
        """An invoice due ``days`` ago, paid ``late`` days after that."""
        invoice = cls._create_overdue_invoice(days, amount, **values)
        day = invoice.invoice_date_due + timedelta(late)
        cls._register_payment(invoice, payment_date=day)
        return invoice

    @classmethod
    def _refresh(cls, company=None):
        cls.forecast._refresh(company or cls.company, TODAY)

    def _weeks(self, company=None):
        return self.forecast.search(
            [("company_id", "=", (company or self.company).id)], order="date"
        )

    def _of(self, moves):
        """{number of the week, from 0: expected} of the items of ``moves``."""
        lines = self.env["credit.forecast.line"].search([("move_id", "in", moves.ids)])
        return {(line.date - MONDAY).days // 7: line.amount for line in lines}

    def _reasons(self, moves):
        lines = self.env["credit.forecast.line"].search([("move_id", "in", moves.ids)])
        return set(lines.mapped("reason"))

    def _assert_ties(self, company=None):
        """Weeks, items and ledger say the same."""
        company = company or self.company
        weeks = self._weeks(company)
        balance = self.env["credit.ageing"].sudo()._ledger_balances(company, TODAY)
        total = sum(weeks.mapped("expected_amount"))
        self.assertAlmostEqual(total, float(balance[company.id]))
        self.assertAlmostEqual(total, sum(weeks.mapped("due_amount")))
        lines = self.env["credit.forecast.line"].with_context(
            allowed_company_ids=company.ids
        )
        for week in weeks:
            found = lines.search(
                [("company_id", "=", company.id), ("date", "=", week.date)]
            )
            self.assertAlmostEqual(
                sum(found.mapped("amount")), week.expected_amount, msg=week.name
            )

    # -- behaviour -------------------------------------------------------------

    def test_nothing_open(self):
        weeks = self._weeks()
        self.assertEqual(len(weeks), 14)
        self.assertEqual(set(weeks.mapped("expected_amount")), {0.0})
        self.assertEqual(weeks[-1].name, "Later or not at all")

    def test_he_pays_ten_days_late(self):
        invoice = self._create_overdue_invoice(-2)  # due on Wednesday
        self._refresh()
        found = self._of(invoice)
        self.assertGreater(found[1], 80)
        self.assertEqual(max(found, key=found.get), 1)
        week = self._weeks()[0]
        self.assertEqual(week.due_amount, 100)
        self.assertEqual(week.name, "This week, until 06/22/2025")
        self.assertLess(week.expected_amount, 10)
        self._assert_ties()

    def test_later_than_ever(self):
        """Nobody knows much about an item three weeks later than he ever was."""
        invoice = self._create_overdue_invoice(31)
        self._refresh()
        self.assertLess(sum(v for week, v in self._of(invoice).items() if not week), 60)
        self._assert_ties()

    def test_new_debtors_pay_like_their_tier(self):
        invoice = self._create_overdue_invoice(-2, partner=self.other_debtor)
        self._profile().tier_id = self._profile(self.other_debtor).tier_id = self.poor
        self._refresh()
        near = self._of(invoice)
        self.assertGreater(near[1], 60)
        self._profile(self.other_debtor).tier_id = self.good
        self._profile().flush_recordset()
        third = self._create_debtor("Cobalt")
        for days in range(20):
            self._create_paid(60 + days, 40, partner=third)
        self._profile(third).tier_id = self.good
        self._refresh()
        self.assertLess(self._of(invoice)[1], near[1] / 2)

    def test_credit_notes_are_no_payments(self):
        invoice = self._create_overdue_invoice(20, partner=self.other_debtor)
        self._items(invoice + self._reverse_invoice(invoice)).reconcile()
        source = self.env["credit.forecast.source"].sudo()
        seen = source._fetch_payments(self.company, TODAY + timedelta(1))
        self.assertNotIn(self.other_debtor.id, seen)
        [(_tier, late, amount, count)] = seen[self.debtor.id]
        self.assertEqual((late, amount, count), (10, 3000, 30))

    def test_long_overdue_counts_as_not_paid(self):
        for number in range(10):
            self._create_overdue_invoice(100 + number, partner=self.other_debtor)
        invoice = self._create_overdue_invoice(-2, partner=self.other_debtor)
        self._refresh()
        self.assertLess(sum(v for w, v in self._of(invoice).items() if w < 13), 50)
        self._assert_ties()

    # -- agreements ------------------------------------------------------------

    def test_promise(self):
        invoice = self._create_overdue_invoice(5)
        self._profile()._make_promise(
            {self._items(invoice): 60.0}, TODAY + timedelta(17), TODAY
        )
        self._refresh()
        self.assertGreaterEqual(self._of(invoice)[2], 60)
        self.assertEqual(self._reasons(invoice), {"promise"})
        self._pay(invoice, amount=50)
        self._refresh()
        self.assertLess(self._of(invoice)[2], 40)
        self._assert_ties()

    def _break_promises(self, partner, count):
        """``count`` promises of ``partner`` that came to nothing."""
        for number in range(count):
            invoice = self._create_overdue_invoice(20 + number, partner=partner)
            promise = self._profile(partner)._make_promise(
                {self._items(invoice): 100.0}, TODAY, TODAY - timedelta(9)
            )
            promise.sudo()._end("broken", TODAY)
            self._pay(invoice)

    def test_a_promise_counts_as_far_as_his_were_kept(self):
        """Five of five broken: of his word a quarter is left, of a newcomer's half."""
        self._break_promises(self.debtor, 5)
        invoices = {}
        for partner in (self.debtor, self.other_debtor):
            invoice = self._create_overdue_invoice(-60, partner=partner)
            self._profile(partner)._make_promise(
                {self._items(invoice): 100.0}, TODAY + timedelta(17), TODAY
            )
            invoices[partner] = invoice
        self._refresh()
        # Of the company 0.5: five of five were broken, five more count as kept.
        self.assertEqual(self._of(invoices[self.debtor])[2], 25)
        self.assertEqual(self._of(invoices[self.other_debtor])[2], 50)
        self.assertEqual(self._reasons(invoices[self.debtor]), {"behaviour"})
        self.assertEqual(self._reasons(invoices[self.other_debtor]), {"promise"})
        self._assert_ties()

    def test_a_promise_kept_in_part(self):
        self._break_promises(self.debtor, 1)
        self.env["credit.promise"].sudo().search([]).write(
            {"state": "partly", "paid_amount": 40, "expected_amount": 100}
        )
        source = self.env["credit.forecast.source"].sudo()
        self.env.flush_all()
        self.assertEqual(
            source._fetch_kept(self.company, TODAY), {self.debtor.id: (0.4, 1)}
        )
        later = TODAY + timedelta(800)
        self.assertEqual(source._fetch_kept(self.company, later), {})

    def test_dispute(self):
        invoice = self._create_overdue_invoice(-4)
        category = self.env["credit.dispute.category"].search([], limit=1)
        self._profile()._open_dispute(
            {self._items(invoice): 70.0}, category, "Broken", TODAY
        )
        self._refresh()
        self.assertGreaterEqual(self._of(invoice)[13], 70)
        self.assertEqual(self._reasons(invoice), {"dispute"})
        self._assert_ties()

    def test_payment_blocked(self):
        invoice = self._create_overdue_invoice(-4)
        invoice.action_toggle_block_payment()
        self._refresh()
        self.assertEqual(self._of(invoice), {13: 100})

    def test_plan(self):
        invoices = self._create_overdue_invoice(20, 100) + self._create_overdue_invoice(
            15, 50
        )
        plan = self._profile()._propose_plan(
            self._items(invoices),
            "equal",
            3,
            "weekly",
            TODAY + timedelta(7),
            TODAY,
        )
        plan.sudo().write({"state": "active", "active_date": TODAY})
        self._refresh()
        self.assertEqual(self._of(invoices[0]), {1: 50, 2: 50})
        self.assertEqual(self._of(invoices[1]), {3: 50})
        self.assertEqual(self._reasons(invoices), {"plan"})
        self._assert_ties()

    # -- credits, currencies, companies ----------------------------------------

    def test_credits_pay_the_oldest(self):
        older = self._create_overdue_invoice(5, 100)
        newer = self._create_overdue_invoice(-4, 100)
        note = self._create_credit_note(amount=30)
        self._pay_on_account(90)
        self._refresh()
        self.assertEqual(self._of(older), {})
        self.assertAlmostEqual(sum(self._of(newer).values()), 80)
        self.assertEqual(self._of(note), {})
        self._assert_ties()

    def test_more_credit_than_debt(self):
        self._pay_on_account(90)
        self._refresh()
        self.assertEqual(self._weeks()[-1].expected_amount, -90)
        self._assert_ties()

    def test_foreign_currency(self):
        other = self.setup_other_currency("CHF", rates=[("2000-01-01", 2.0)])
        invoice = self._create_overdue_invoice(-4, currency_id=other.id)
        self._profile()._make_promise(
            {self._items(invoice): 40.0}, TODAY + timedelta(7), TODAY
        )
        self._refresh()
        self.assertAlmostEqual(sum(self._of(invoice).values()), 50)
        self.assertGreaterEqual(self._of(invoice)[1], 20)
        self._assert_ties()

    def test_companies_stand_apart(self):
        second = self.setup_other_company()["company"]
        self._create_overdue_invoice(5, 100)
        self._refresh()
        before = self._weeks().mapped("expected_amount")
        self._refresh(second)
        self.assertEqual(self._weeks().mapped("expected_amount"), before)
        self.assertEqual(set(self._weeks(second).mapped("expected_amount")), {0.0})
        viewer = self.env(user=self.viewer)
        seen = viewer["credit.forecast"].search([]).company_id
        self.assertEqual(seen, self.company.with_user(self.viewer))

    def test_replaced_not_piled_up(self):
        self._create_overdue_invoice(5, 100)
        for _again in range(2):
            self._refresh()
        self.assertEqual(len(self._weeks()), 14)
        self._assert_ties()

    # -- by risk tier and collector --------------------------------------------

    def test_the_cockpit_names_reasons_in_the_language_of_its_reader(self):
        self.env["res.lang"]._activate_lang("nl_BE")
        reason = self.env["ir.model.fields.selection"].search(
            [
                ("field_id.model", "=", "credit.forecast.line"),
                ("field_id.name", "=", "reason"),
                ("value", "=", "behaviour"),
            ]
        )
        reason.with_context(lang="nl_BE").name = "Betaalgedrag"
        parts = self.env["credit.forecast.part"].with_context(lang="nl_BE")
        labels = dict(parts.fields_get(["reason"])["reason"]["selection"])
        self.assertEqual(labels["behaviour"], "Betaalgedrag")

    def test_parts_are_the_weeks(self):
        """What the cockpit filters adds up to the weeks, by tier and collector."""
        mine = self._create_overdue_invoice(-4, 100)
        theirs = self._create_overdue_invoice(5, 70, partner=self.other_debtor)
        self._profile().write({"tier_id": self.poor.id, "tier_by_hand": True})
        other = self._profile(self.other_debtor)
        other.write({"tier_id": self.good.id, "tier_by_hand": True})
        other.collector_id = self.officer
        self._refresh()
        parts = self.env["credit.forecast.part"].sudo()
        own = [("company_id", "=", self.company.id)]
        for week in self._weeks():
            found = parts.search([*own, ("date", "=", week.date)])
            expected = 0 if week.is_beyond else week.expected_amount
            self.assertAlmostEqual(sum(found.mapped("amount")), expected)
            self.assertEqual(
                set(found.mapped("is_this_week")) - {week.date == MONDAY}, set()
            )
        for moves, domain in (
            (mine, [("tier_id", "=", self.poor.id)]),
            (theirs, [("collector_id", "=", self.officer.id)]),
        ):
            found = parts.search([*own, *domain])
            near = {week: v for week, v in self._of(moves).items() if week < 13}
            self.assertAlmostEqual(sum(found.mapped("amount")), sum(near.values()))
        count = parts.search_count(own)
        self._refresh()
        self.assertEqual(parts.search_count(own), count)

    # -- rights ----------------------------------------------------------------

    def test_who_may_what(self):
        self._create_overdue_invoice(5, 100)
        self._refresh()
        for user in (self.viewer, self.officer):
            env = self.env(user=user, su=False)
            self.assertEqual(len(env["credit.forecast"].search([])), 14)
            self.assertTrue(env["credit.forecast.line"].search([]))
            self.assertTrue(env["credit.forecast.curve"].search([]))
            self.assertTrue(env["credit.forecast.part"].search([]))
        self.forecast.with_user(self.officer).action_refresh()
        with self.assertRaises(AccessError):
            self.forecast.with_user(self.viewer).action_refresh()
        for model in (
            "credit.forecast",
            "credit.forecast.line",
            "credit.forecast.part",
        ):
            for user in (self.salesperson, self.portal):
                with (
                    self.subTest(model, user=user.login),
                    mute_logger("odoo.addons.base.models.ir_model"),
                    self.assertRaises(AccessError),
                ):
                    self.env(user=user, su=False)[model].search([]).mapped("date")

    def test_access_rules_hide_items(self):
        self._create_overdue_invoice(5, 100)
        mine = self._create_overdue_invoice(5, 100, partner=self.other_debtor)
        self._refresh()
        self.env["ir.rule"].create(
            {
                "name": "Only Brick",
                "model_id": self.env["ir.model"]._get_id("credit.profile"),
                "domain_force": [("partner_id", "=", self.other_debtor.id)],
                "groups": [
                    Command.link(self.env.ref("credit_control.group_viewer").id)
                ],
            }
        )
        lines = self.env(user=self.viewer, su=False)["credit.forecast.line"].search([])
        self.assertEqual(lines.move_id.ids, mine.ids)

    def test_nightly(self):
        self._create_overdue_invoice(5, 100)
        with self.enter_registry_test_mode():
            self.env.ref("credit_control_report.cron_forecast").method_direct_trigger()
        self.assertTrue(
            self._of(self.env["account.move"].search([("state", "=", "posted")]))
        )

    def test_drill_down(self):
        self._create_overdue_invoice(5, 100)
        self._refresh()
        action = self._weeks()[0].action_view_items()
        lines = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(lines.mapped("reason"), ["behaviour"])
        self.assertEqual(lines.action_view_move()["res_id"], lines.move_id.id)

    def test_queries_do_not_grow(self):
        def count():
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self._refresh()
            return self.env.cr.sql_log_count - before

        self._create_overdue_invoice(5, 100)
        count()
        few = count()
        for days in range(8):
            self._create_overdue_invoice(days, 100, partner=self.other_debtor)
        self.assertEqual(few, count())
