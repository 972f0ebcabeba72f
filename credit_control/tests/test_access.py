from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import CreditControlCommon

DOSSIER = ("credit.profile", "credit.run", "credit.notice", "credit.notice.line")
SETTINGS = ("credit.policy", "credit.policy.level", "credit.risk.tier")
# Written by the actions only: what was claimed stays as it was.
HISTORY = {"credit.notice": "r", "credit.notice.line": "r", None: "crud"}


@tagged("post_install", "-at_install")
class TestAccess(CreditControlCommon):
    """Viewers look, officers dun, managers decide, others see nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.invoice = cls._create_overdue_invoice(10)
        cls._create_overdue_invoice(10, partner=cls.other_debtor)
        cls.sent = cls._dun()
        cls._create_overdue_invoice(-3)
        cls.run_ = cls._propose()

    def _record(self, model):
        own = [("company_id", "in", (False, self.company.id))]
        domain = [] if model in ("credit.policy.level", "credit.risk.tier") else own
        return self.env[model].search(domain, limit=1)

    def _assert_rights(self, user, models, expected):
        for model in models:
            record = self._record(model).with_user(user)
            self.assertTrue(record)
            rights = "".join(
                letter
                for letter, operation in zip(
                    "crud", ("create", "read", "write", "unlink"), strict=True
                )
                if record.has_access(operation)
            )
            with self.subTest(user=user.login, model=model):
                self.assertEqual(rights, expected.get(model, expected[None]))

    def test_viewer(self):
        self._assert_rights(self.viewer, (*DOSSIER, *SETTINGS), {None: "r"})
        run, notice = self.run_.with_user(self.viewer), self.run_.notice_ids
        for refused in (
            run.action_send,
            run.action_cancel,
            run.unlink,
            notice.with_user(self.viewer).action_send,
            notice.with_user(self.viewer).action_cancel,
            self._profile().with_user(self.viewer).action_propose,
        ):
            with (
                self.subTest(refused.__name__),
                self.assertRaises(AccessError),
                mute_logger("odoo.addons.base.models.ir_model"),
            ):
                refused()
                self.env.flush_all()
        self.assertEqual(self.run_.state, "proposed")
        self.assertEqual(set(notice.mapped("state")), {"proposed"})

    def test_viewer_reads_everything_the_forms_show(self):
        for model in DOSSIER:
            with self.subTest(model):
                self.env.invalidate_all()
                record = self._record(model).with_user(self.viewer)
                self.assertTrue(record.read())
        invoice = self.invoice.with_user(self.viewer)
        self.assertEqual(invoice.credit_level_name, "Reminder")
        self.assertTrue(invoice.credit_why)
        self.assertEqual(invoice.credit_notice_count, 1)
        debtor = self.debtor.with_user(self.viewer)
        self.assertEqual(debtor.credit_open_amount, 200.0)

    def test_officer(self):
        self._assert_rights(self.officer, DOSSIER, {"credit.profile": "cru", **HISTORY})
        self._assert_rights(self.officer, SETTINGS, {None: "r"})

    def test_officer_duns(self):
        """The whole way: propose, look, drop one, send."""
        self.run_.with_user(self.officer).action_cancel()
        run = self.env["credit.run"].with_user(self.officer).create({})
        self.assertEqual(run.company_id, self.company)
        run.action_propose()
        self.assertRecordValues(run, [{"state": "proposed", "notice_count": 1}])
        notice = run.notice_ids
        self.assertTrue(notice.read())
        self.assertIn(notice.line_ids.name, notice.items_table)
        run.action_send()
        self.assertRecordValues(run, [{"state": "sent", "sent_count": 1}])
        self.assertRecordValues(notice, [{"state": "sent", "user_id": self.officer.id}])

    def test_officer_changes_no_settings(self):
        with self.assertRaises(AccessError):
            self.level_2.with_user(self.officer).days = 1
        with self.assertRaises(AccessError):
            self.policy.with_user(self.officer).tolerance = 1000
        with self.assertRaises(AccessError):
            self.fair.with_user(self.officer).name = "Great"

    def test_manager(self):
        self._assert_rights(self.manager, (*DOSSIER, *SETTINGS), HISTORY)
        policy = self.policy.with_user(self.manager)
        policy.tolerance = 12
        policy.level_ids[:1].text = "<p>Kind words</p>"
        policy.copy({"name": "Another"})

    def test_others_have_no_access(self):
        for user in (self.salesperson, self.biller, self.portal):
            self._assert_rights(user, (*DOSSIER, *SETTINGS), {None: ""})

    def test_a_salesperson_works_on_as_before(self):
        """Partners open, are searched and saved without the credit fields."""
        partner = self.debtor.with_user(self.salesperson)
        self.env.invalidate_all()
        with Form(partner) as form:
            form.city = "Bruges"
        self.assertEqual(self.debtor.city, "Bruges")
        arch = partner.get_view(view_type="form")["arch"]
        self.assertNotIn("credit_limit_amount", arch)
        with self.assertRaises(AccessError):
            partner.read(["credit_limit_amount"])
        with self.assertRaises(AccessError):
            partner.search([("credit_tier_id", "=", self.poor.id)])

    def test_billing_goes_on_without_any_group_of_ours(self):
        invoice = self._create_overdue_invoice(3, partner=self.other_debtor).copy()
        billed = invoice.with_user(self.biller)
        billed.action_post()
        self.assertEqual(billed.state, "posted")
        self.assertTrue(billed.read())
        self._pay(invoice)
        self.assertNotIn("credit_why", billed.get_view(view_type="form")["arch"])

    def test_nothing_of_the_dossier_reaches_the_portal(self):
        """Not even the debtor's own file, whose messages he received."""
        for model in DOSSIER:
            with self.subTest(model), self.assertRaises(AccessError):
                self.env[model].with_user(self.portal).search([]).read()
        with self.assertRaises(AccessError):
            self.debtor.with_user(self.portal).read(["credit_limit_amount"])


@tagged("post_install", "-at_install")
class TestCompanyRules(CreditControlCommon):
    """Nobody sees debtors of a company he doesn't work for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.other_company = cls.setup_other_company()["company"]
        cls.both = cls._create_user(
            "both", "credit_control.group_officer", cls.company | cls.other_company
        )
        for company in (cls.company, cls.other_company):
            cls._create_overdue_invoice(10, company=company)
            cls._create_overdue_invoice(3, company=company)
            cls._dun(company=company)

    def test_only_own_companies(self):
        for user, companies in (
            (self.viewer, self.company),
            (self.officer, self.company),
            (self.manager, self.company),
            (self.both, self.company | self.other_company),
        ):
            for model in (*DOSSIER, "credit.run.skip"):
                with self.subTest(user=user.login, model=model):
                    seen = (
                        self.env[model]
                        .with_user(user)
                        .with_context(allowed_company_ids=companies.ids)
                        .search([])
                    )
                    self.assertEqual(seen.company_id, companies)

    def test_the_other_companys_records_are_refused(self):
        for model in DOSSIER:
            record = self.env[model].search(
                [("company_id", "=", self.other_company.id)], limit=1
            )
            with self.subTest(model), self.assertRaises(AccessError):
                record.with_user(self.officer).read()

    def test_no_run_for_another_company(self):
        with self.assertRaises(AccessError):
            self.env["credit.run"].with_user(self.officer).create(
                {"company_id": self.other_company.id}
            ).action_propose()

    def test_policies_of_the_company_and_shared_ones(self):
        theirs = self._create_policy(name="Theirs", company_id=self.other_company.id)
        seen = self.env["credit.policy"].with_user(self.manager).search([])
        self.assertIn(self.policy, seen)
        self.assertNotIn(theirs, seen)
        with self.assertRaises(AccessError):
            theirs.level_ids.with_user(self.manager).read()
