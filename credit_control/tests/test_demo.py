from datetime import date, timedelta

from odoo.tests import TransactionCase, tagged
from odoo.tools import file_open

from odoo.addons.credit_control.demo import story

AS_OF = date(2025, 6, 16)


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    """The demo wholesaler shows every situation, and its ledger ties.

    Built here with fewer invoices; where a database has it already, that one.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with file_open("credit_control/demo/customers.csv") as file:
            cls.customers = story.read_customers(file)
        cls.company = cls.env["credit.demo"]._build(AS_OF, count=150)
        cls.env = cls.env(
            context=dict(cls.env.context, allowed_company_ids=cls.company.ids)
        )
        cls.company = cls.company.with_env(cls.env)
        cls.moves = cls.env["account.move"].search(
            [("company_id", "=", cls.company.id), ("state", "=", "posted")]
        )
        cls.invoices = cls.moves.filtered(lambda m: m.move_type == "out_invoice")
        cls.lines = cls.moves.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        cls.profiles = cls.env["credit.profile"].search(
            [("company_id", "=", cls.company.id)]
        )

    def test_company(self):
        self.assertEqual(self.company.currency_id.name, "EUR")
        self.assertEqual(self.company.country_id.code, "BE")
        self.assertTrue(self.company.vat and self.company.email)
        self.assertTrue(self.invoices[0].partner_bank_id)

    def test_customers(self):
        # Other addons bring debtors of their own.
        self.assertGreaterEqual(len(self.profiles), 60)
        self.assertEqual(
            set(self.profiles.tier_id.mapped("code")), {"good", "fair", "poor"}
        )
        self.assertEqual(
            set(self.profiles.partner_id.country_id.mapped("code")), {"BE", "NL"}
        )
        self.assertTrue(self.profiles.filtered("no_limit"))
        self.assertTrue(
            self.profiles.filtered(lambda p: not p.no_limit and not p.limit)
        )
        self.assertTrue(self.profiles.filtered("block_until"))
        self.assertEqual(self.invoices.commercial_partner_id, self.profiles.partner_id)

    def test_instalment_plans(self):
        self.assertEqual(
            set(self.profiles.plan_ids.mapped("state")), {"active", "proposed"}
        )

    def test_limits(self):
        [group] = self.env["credit.group"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(group.member_count, 2)
        self.assertTrue(self.profiles.filtered("temp_until"))
        self.assertTrue(0 < len(self.profiles.filtered("terms_id")) < 60)
        [request] = self.env["credit.limit.request"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(request.state, "submitted")
        self.assertTrue(self.profiles.change_ids)

    def test_promises_and_disputes(self):
        self.assertEqual(
            set(self.profiles.promise_ids.mapped("state")), {"kept", "broken", "open"}
        )
        [dispute] = self.profiles.dispute_ids
        self.assertEqual(dispute.state, "new")
        self.assertLess(dispute.amount, dispute.line_ids.open_amount)
        requests = self.profiles.request_ids
        self.assertEqual(set(requests.mapped("state")), {"new", "done"})

    def test_signals_and_reports(self):
        self.assertTrue(self.profiles.signal_ids)
        reports = self.env["credit.bureau.report"].search(
            [("company_id", "=", self.company.id)]
        )
        newest = max(reports.mapped("date"))
        late = reports.filtered(lambda report: report.until < newest + timedelta(25))
        self.assertTrue(0 < len(late) < len(reports), "some have expired")

    def test_payment_habits(self):
        days = {
            (max(line.matched_credit_ids.mapped("max_date")) - line.date_maturity).days
            for line in self.lines.filtered("reconciled")
            if line.matched_credit_ids and line.move_id in self.invoices
        }
        self.assertTrue(any(day < -3 for day in days), "early")
        self.assertTrue(any(-2 <= day <= 2 for day in days), "on time")
        self.assertTrue(any(day > 30 for day in days), "late")

    def test_situations_of_invoices(self):
        states = set(self.invoices.mapped("payment_state"))
        self.assertLessEqual({"paid", "not_paid", "partial", "blocked"}, states)
        currencies = set(self.invoices.currency_id.mapped("name"))
        self.assertLessEqual({"EUR", "USD", "GBP", "CHF"}, currencies)
        terms = [len(invoice.line_ids & self.lines) for invoice in self.invoices]
        self.assertEqual(set(terms), {1, 2}, "instalments")
        self.assertTrue(self.invoices.filtered("no_followup"))
        self.assertTrue(
            self.invoices.filtered(lambda m: m.partner_id.type == "invoice")
        )

    def test_belgian_vat(self):
        if self.company.chart_template != "be_comp":
            self.skipTest("the generic chart has no Belgian taxes")
        self.assertTrue(self.invoices.filtered("amount_tax"))

    def test_situations_of_debtors(self):
        partners = self.profiles.partner_id
        self.assertTrue(partners.filtered(lambda p: not p.is_company and not p.vat))
        self.assertTrue(partners.filtered(lambda p: not p.email))
        credits = self.lines.filtered(lambda line: line.amount_residual < 0).move_id
        self.assertTrue(credits.filtered(lambda m: m.move_type == "out_refund"))
        self.assertTrue(credits.filtered(lambda m: m.journal_id.type == "bank"))
        opening = self.lines.filtered(lambda line: line.journal_id.type == "general")
        opening -= opening.filtered("reconciled")
        self.assertEqual(set(opening.mapped("no_followup")), {True, False})
        unpaid = self.invoices.filtered(lambda m: m.payment_state == "not_paid")
        oldest, newest = min(unpaid.mapped("date")), max(unpaid.mapped("date"))
        self.assertGreater(newest - oldest, timedelta(days=300), "old bad debts")

    def test_receivables_tie(self):
        balance = sum(self.lines.mapped("balance"))
        self.assertAlmostEqual(balance, sum(self.lines.mapped("amount_residual")), 2)
        self.assertAlmostEqual(balance, sum(self.profiles.mapped("open_amount")), 2)
        self.assertGreater(balance, 0)

    def test_users_work_in_the_company(self):
        for login, group in (("accountant", "officer"), ("manager", "manager")):
            user = self.env["res.users"].search([("login", "=", login)])
            self.assertTrue(user.has_group(f"credit_control.group_{group}"))
            self.assertEqual(user.company_id, self.company)
        self.assertEqual(self.env.ref("base.user_admin").company_id, self.company)

    def test_building_again_changes_nothing(self):
        self.assertEqual(self.env["credit.demo"]._build(AS_OF), self.company)
        count = self.env["account.move"].search_count(
            [("company_id", "=", self.company.id), ("state", "=", "posted")]
        )
        self.assertEqual(count, len(self.moves))

    def test_the_story_is_the_same_every_time(self):
        sales = story.tell(self.customers, AS_OF)
        self.assertEqual(sales, story.tell(self.customers, AS_OF))
        self.assertEqual(len(sales), story.INVOICES)
        self.assertEqual({sale.customer for sale in sales}, set(range(60)))
        for sale in sales:
            self.assertLessEqual(sale.day, AS_OF)
            for payment in sale.payments:
                self.assertTrue(sale.day <= payment.day <= AS_OF)

    def test_invented_vat_numbers_have_the_right_check_digits(self):
        for index in range(60):
            number = story.vat_number("BE", index)[2:]
            self.assertEqual(97 - int(number[:8]) % 97, int(number[8:]))
            digits = [int(digit) for digit in story.vat_number("NL", index)[2:11]]
            total = sum(d * w for d, w in zip(digits, range(9, 1, -1), strict=False))
            self.assertEqual(total % 11, digits[8])
