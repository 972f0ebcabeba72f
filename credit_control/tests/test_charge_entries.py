from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MockEmail

from .common import TODAY, CreditControlCommon


@tagged("post_install", "-at_install")
class TestChargeEntries(MockEmail, CreditControlCommon):
    """Costs of 10 and interest of 10 % a year on level 3, in the ledger."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.skip_older = True
        cls.level_3.write({"fee": 10, "rate": 10, "channel": "email"})
        cls._create_users()
        cls.other_currency = cls.setup_other_currency("EUR")
        revenue = cls.company_data["default_account_revenue"]
        cls.costs_account = revenue.copy({"tax_ids": False, "name": "Costs"})
        cls.interest_account = revenue.copy({"tax_ids": False, "name": "Interest"})

    def _configure(self, posting, company=None):
        (company or self.company).write(
            {
                "credit_charge_posting": posting,
                "credit_charge_journal_id": self.company_data["default_journal_misc"],
                "credit_costs_account_id": self.costs_account,
                "credit_interest_account_id": self.interest_account,
            }
        )

    def _send(self, days=20, amount=3650, **values):
        self._create_overdue_invoice(days, amount, **values)
        with self.mock_mail_gateway():
            notice = self._dun().notice_ids
        self.assertEqual(notice.state, "sent", notice.failure)
        return notice

    def _read_entry(self, move):
        return [
            (line.account_id, line.balance)
            for line in move.line_ids.sorted(lambda line: (line.balance, line.id))
        ]

    def _get_balance(self):
        self._profile().invalidate_recordset(["open_amount"])
        return self._profile().open_amount

    # -- post ------------------------------------------------------------------

    def test_a_company_that_claims_only_posts_nothing(self):
        charges = self._send().charge_ids
        self.assertFalse(charges.item_ids)
        self.assertRecordValues(
            charges.sorted("kind"),
            [
                {"is_posted": False, "open_amount": 10, "paid_amount": 0},
                {"is_posted": False, "open_amount": 20, "paid_amount": 0},
            ],
        )

    def test_posted_with_the_notice(self):
        self._configure("notice")
        charges = self._send().charge_ids
        [entry] = charges.item_ids.move_id
        receivable = self.company_data["default_account_receivable"]
        self.assertEqual(
            self._read_entry(entry),
            [
                (self.interest_account, -20),
                (self.costs_account, -10),
                (receivable, 10),
                (receivable, 20),
            ],
        )
        self.assertRecordValues(
            entry,
            [{"state": "posted", "date": TODAY, "move_type": "entry"}],
        )
        self.assertEqual(entry.line_ids.partner_id, self.debtor)
        self.assertEqual(set(charges.mapped("is_posted")), {True})
        self.assertEqual(sum(charges.mapped("open_amount")), 30)

    def test_posted_charges_get_no_reminders_of_their_own(self):
        self._configure("notice")
        notice = self._send()
        self._pay(notice.line_ids.move_id)
        run = self._propose(TODAY + timedelta(60))
        self.assertFalse(run.notice_ids)

    def test_posted_charges_are_claimed_once_with_the_next_notice(self):
        self._configure("notice")
        self._send()
        [notice] = self._propose(TODAY + timedelta(10)).notice_ids
        self.assertEqual(notice.amount_total, 3650)
        self.assertEqual(notice.amount_to_pay, 3680)

    def test_taxes_of_the_account_are_part_of_what_is_claimed(self):
        tax = self.company_data["default_tax_sale"].copy({"amount": 21, "name": "21 %"})
        self.costs_account.tax_ids = tax
        self._configure("notice")
        entry = self._send().charge_ids.item_ids.move_id
        balances = {
            (line.account_id, line.tax_line_id): line.balance for line in entry.line_ids
        }
        tax_account = tax.invoice_repartition_line_ids.account_id
        self.assertEqual(balances[self.costs_account, tax.browse()], -8.26)
        self.assertEqual(balances[tax_account, tax], -1.74)
        base = entry.line_ids.filtered(lambda line: line.tax_ids == tax)
        self.assertEqual(base.account_id, self.costs_account)
        self.assertEqual(sum(entry.line_ids.mapped("balance")), 0)

    def test_analytic_distribution_follows_its_rules(self):
        plan = self.env["account.analytic.plan"].create({"name": "Departments"})
        analytic = self.env["account.analytic.account"].create(
            {"name": "Collection", "plan_id": plan.id}
        )
        self.env["account.analytic.distribution.model"].create(
            {
                "account_prefix": self.costs_account.code,
                "analytic_distribution": {analytic.id: 100},
                "company_id": self.company.id,
            }
        )
        self._configure("notice")
        entry = self._send().charge_ids.item_ids.move_id
        costs = entry.line_ids.filtered(
            lambda line: line.account_id == self.costs_account
        )
        self.assertEqual(costs.analytic_distribution, {str(analytic.id): 100})

    def test_a_locked_day_moves_the_entry_to_the_first_open_one(self):
        charges = self._send().charge_ids
        self._configure("notice")
        self.company.fiscalyear_lock_date = date(2025, 6, 30)
        charges.action_post()
        entry = charges.item_ids.move_id
        self.assertEqual(entry.date, date(2025, 7, 1))

    def test_another_currency_is_posted_in_both(self):
        self._configure("notice")
        other = self.other_currency
        notice = self._send(currency_id=other.id)  # costs 20, interest 20
        entry = notice.charge_ids.item_ids.move_id
        self.assertEqual(entry.line_ids.currency_id, other)
        self.assertEqual(sum(notice.charge_ids.mapped("open_amount")), 40)
        self.assertEqual(sum(notice.charge_ids.item_ids.mapped("amount_currency")), 40)
        rate = other._get_conversion_rate(
            other, self.company.currency_id, self.company, TODAY
        )
        self.assertAlmostEqual(
            sum(notice.charge_ids.item_ids.mapped("balance")), 40 * rate, 2
        )

    def test_a_second_company_posts_in_its_own_books(self):
        data = self.setup_other_company()
        second = data["company"]
        account = data["default_account_revenue"]
        second.write(
            {
                "credit_charge_posting": "notice",
                "credit_charge_journal_id": data["default_journal_misc"].id,
                "credit_costs_account_id": account.id,
                "credit_interest_account_id": account.id,
            }
        )
        self._create_overdue_invoice(20, 3650, company=second)
        with self.mock_mail_gateway():
            notice = self._dun(company=second).notice_ids
        self.assertEqual(notice.charge_ids.item_ids.company_id, second)
        self.assertEqual(
            notice.charge_ids.item_ids.account_id, data["default_account_receivable"]
        )

    def test_without_accounts_nothing_is_posted(self):
        charges = self._send().charge_ids
        with self.assertRaisesRegex(ValidationError, "Fill in the journal"):
            charges.with_user(self.officer).action_post()
        with self.assertRaisesRegex(ValidationError, "Fill in the journal"):
            self.company.credit_charge_posting = "notice"

    def test_post_and_reverse_by_hand(self):
        charges = self._send().charge_ids
        self._configure("claim")
        charges.with_user(self.officer).action_post()
        [entry] = charges.item_ids.move_id
        with self.assertRaisesRegex(UserError, "Nothing of this is left to post"):
            charges.with_user(self.officer).action_post()
        charges.with_user(self.officer).action_unpost()
        self.assertFalse(charges.item_ids)
        self.assertEqual(sum(charges.mapped("open_amount")), 30)
        self.assertEqual(set(self._items(entry).mapped("reconciled")), {True})
        self.assertEqual(self._get_balance(), 3650)
        with self.assertRaisesRegex(UserError, "Nothing of this is posted"):
            charges.with_user(self.officer).action_unpost()
        charges.with_user(self.officer).action_post()
        self.assertEqual(self._get_balance(), 3680)

    def test_one_charge_of_an_entry_is_reversed_alone(self):
        self._configure("notice")
        charges = self._send().charge_ids
        costs = charges.filtered(lambda charge: charge.kind == "costs")
        costs.with_user(self.officer).action_unpost()
        self.assertFalse(costs.is_posted)
        self.assertTrue((charges - costs).is_posted)
        self.assertEqual(self._get_balance(), 3670)

    def test_only_officers_post(self):
        self._configure("notice")
        charges = self._send().charge_ids
        for user in (self.viewer, self.biller, self.salesperson):
            for action in ("action_post", "action_unpost"):
                with self.assertRaises(AccessError):
                    getattr(charges.with_user(user), action)()
        with self.assertRaises(AccessError):
            self._profile().with_user(self.viewer).action_allocate()

    def test_an_entry_reset_to_draft_leaves_the_charge_claimed(self):
        self._configure("notice")
        charges = self._send().charge_ids
        charges.item_ids.move_id.button_draft()
        self.assertEqual(set(charges.mapped("is_posted")), {False})
        self.assertEqual(sum(charges.mapped("open_amount")), 30)
        charges.item_ids.move_id.unlink()
        self.assertFalse(charges.item_ids)
        self.assertEqual(sum(charges.mapped("open_amount")), 30)

    def test_reversed_by_the_accountant_it_is_only_claimed(self):
        """With the ledger's own button, also what was waived since."""
        self._configure("notice")
        charges = self._send().charge_ids
        entry = charges.item_ids.move_id
        charges.with_user(self.officer)._waive("Goodwill", 25)
        entry._reverse_moves(cancel=True)
        self.assertEqual(self._get_balance(), 3650)
        self.assertEqual(set(charges.mapped("is_posted")), {False})
        self.assertEqual(sum(charges.mapped("open_amount")), 5)
        charges.filtered("open_amount").with_user(self.officer).action_post()
        self.assertEqual(self._get_balance(), 3655)

    # -- waive -----------------------------------------------------------------

    def test_what_is_waived_is_taken_back_in_the_ledger(self):
        self._configure("notice")
        charges = self._send().charge_ids.sorted("id")
        charges.with_user(self.officer)._waive("Goodwill", 25)
        self.assertRecordValues(
            charges,
            [
                {"kind": "costs", "waived_amount": 5, "open_amount": 5},
                {"kind": "interest", "waived_amount": 20, "open_amount": 0},
            ],
        )
        self.assertEqual(set(charges.mapped("paid_amount")), {0})
        self.assertEqual(self._get_balance(), 3655)
        charges.with_user(self.officer)._reinstate("He did not keep to it", 25)
        self.assertEqual(charges.mapped("open_amount"), [10, 20])
        self.assertEqual(self._get_balance(), 3680)
        charges.with_user(self.officer).action_unpost()
        self.assertEqual(self._get_balance(), 3650)
        self.assertEqual(sum(charges.mapped("open_amount")), 30)

    # -- payments --------------------------------------------------------------

    def _read_open(self, notice):
        """Costs, interest and invoice that are still open."""
        costs, interest = notice.charge_ids.sorted("kind")
        item = notice.line_ids.item_id
        return [costs.open_amount, interest.open_amount, item.amount_residual]

    def test_a_payment_goes_to_costs_then_interest_then_the_invoice(self):
        self._configure("notice")
        notice = self._send()
        money = self._pay_on_account(100)
        self._profile().with_user(self.officer).action_allocate()
        self.assertTrue(money.reconciled)
        self.assertEqual(self._read_open(notice), [0, 0, 3580])
        self.assertEqual(sum(notice.charge_ids.mapped("paid_amount")), 30)
        message = self._profile().message_ids[0].body
        for words in (
            "costs $&nbsp;10.00",
            "interest $&nbsp;20.00",
            "invoices $&nbsp;70.00",
        ):
            self.assertIn(words, message)

    def test_the_law_of_the_debtor_gives_the_order(self):
        self.env["credit.regime"].create(
            {
                "country_id": self.env.ref("base.us").id,
                "kind": "business",
                "date_from": date(2000, 1, 1),
                "allocation": "interest_principal_costs",
            }
        )
        self.debtor.country_id = self.env.ref("base.us")
        self._profile().debtor_kind = "business"
        self._configure("notice")
        notice = self._send()
        self._pay_on_account(100)
        self._profile().action_allocate()
        self.assertEqual(self._read_open(notice), [10, 0, 3570])

    def test_an_offer_that_waives_them_lets_the_invoice_go_first(self):
        self._configure("notice")
        notice = self._send()
        self._profile()._make_offer("waiver", TODAY, notice.line_ids.item_id, TODAY)
        self._pay_on_account(3650)
        self.env["credit.profile"]._allocate_all(self.company, TODAY)
        self.assertEqual(self._read_open(notice), [10, 20, 0])
        self.env["credit.offer"]._close_all()
        self.assertEqual(self._profile().offer_ids.state, "taken")
        self.assertEqual(self._read_open(notice), [0, 0, 0])
        self.assertEqual(self._get_balance(), 0)

    def test_what_is_not_due_waits(self):
        self._configure("notice")
        notice = self._send()
        later = self._create_overdue_invoice(-10, 500)
        self._pay_on_account(4000)
        self._profile().action_allocate()
        self.assertEqual(self._read_open(notice), [0, 0, 0])
        self.assertEqual(later.amount_residual, 500)
        with self.assertRaisesRegex(UserError, "no payment left"):
            self._profile().action_allocate()

    def test_posted_when_paid(self):
        self._configure("paid")
        notice = self._send()
        self.assertFalse(notice.charge_ids.item_ids)
        self._pay(notice.line_ids.move_id)
        money = self._pay_on_account(10)
        self.env["credit.profile"]._allocate_all(self.company, TODAY)
        self.assertTrue(money.reconciled)
        self.assertEqual(self._read_open(notice), [0, 20, 0])
        self.assertEqual(
            notice.charge_ids.filtered("is_posted").mapped("kind"), ["costs"]
        )

    def test_the_daily_action_matches_first(self):
        self._configure("notice")
        notice = self._send()
        self.debtor.country_id = False
        self._pay_on_account(3680)
        self.registry_enter_test_mode()
        self.env.ref("credit_control.cron_daily").method_direct_trigger()
        self.assertEqual(self._read_open(notice), [0, 0, 0])

    def test_debtors_without_charges_are_left_alone(self):
        self._configure("notice")
        self._send()
        self._create_overdue_invoice(20, 100, partner=self.other_debtor)
        money = self._pay_on_account(50, self.other_debtor)
        self.env["credit.profile"]._allocate_all(self.company, TODAY)
        self.assertFalse(money.matched_debit_ids)

    def test_a_company_that_claims_only_matches_nothing_by_itself(self):
        notice = self._send()
        self._pay_on_account(100)
        self.env["credit.profile"]._allocate_all(self.company, TODAY)
        self.assertEqual(self._read_open(notice), [10, 20, 3650])
        self._profile().action_allocate()
        self.assertEqual(self._read_open(notice), [10, 20, 3550])

    def test_money_in_another_currency_is_left_alone(self):
        self._configure("notice")
        notice = self._send(currency_id=self.other_currency.id)
        self._pay_on_account(100)
        self.env["credit.profile"]._allocate_all(self.company, TODAY)
        self.assertEqual(sum(notice.charge_ids.mapped("open_amount")), 40)

    def test_a_payment_taken_back_leaves_the_charge_open(self):
        self._configure("notice")
        notice = self._send()
        money = self._pay_on_account(100)
        self._profile().action_allocate()
        money.remove_move_reconcile()
        self.assertEqual(self._read_open(notice), [10, 20, 3650])

    def test_reversing_a_paid_charge_frees_the_payment(self):
        self._configure("notice")
        notice = self._send()
        money = self._pay_on_account(10)
        self._profile().action_allocate()
        notice.charge_ids.with_user(self.officer).action_unpost()
        self.assertEqual(money.amount_residual, -10)
        self.assertEqual(sum(notice.charge_ids.mapped("open_amount")), 30)
