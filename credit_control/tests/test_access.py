from odoo import Command
from odoo.exceptions import AccessError, UserError
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
class TestButtons(CreditControlCommon):
    """What somebody may not press he may not call either."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.level_2.channel = "letter"
        cls._create_overdue_invoice(10)
        cls.sent = cls._dun()
        lost = cls._create_debtor("Lost", city=False)
        cls._create_overdue_invoice(10, partner=lost)
        cls.failed = cls._dun()
        cls._create_overdue_invoice(10, partner=cls.other_debtor)
        cls.proposed = cls._propose()
        cls.draft = cls.env["credit.run"].create({})
        cls._profile().sudo()._hold_orders(cls.sent.notice_ids)

    def _get_calls(self, user):
        """What officers may do by ``user``, and what nobody may, by name."""
        draft, proposed, failed, waiting, lost, gone, lines, profile = (
            records.with_user(user)
            for records in (
                self.draft,
                self.proposed,
                self.failed,
                self.proposed.notice_ids,
                self.failed.notice_ids,
                self.sent.notice_ids,
                self.proposed.notice_ids.line_ids,
                self._profile(),
            )
        )
        env = draft.env
        return {
            "new run": lambda: env["credit.run"].create({}),
            "propose": draft.action_propose,
            "send the run": proposed.action_send,
            "try the run again": failed.action_retry,
            "cancel the run": proposed.action_cancel,
            "delete the run": draft.unlink,
            "send": waiting.action_send,
            "try again": lost.action_retry,
            "send once more": gone.action_resend,
            "take back": waiting.action_cancel,
            "review": lambda: (
                env["credit.notice.review"]
                .create(
                    {
                        "notice_ids": [Command.set(waiting.ids)],
                        "reason": "Because",
                    }
                )
                .action_apply()
            ),
            "write in the file": lambda: profile.write({"note": "Words"}),
            "propose for the debtor": profile.action_propose,
            "release orders": lambda: (
                env["credit.order.release"]
                .create(
                    {"profile_ids": [Command.set(profile.ids)], "reason": "Because"}
                )
                .action_release()
            ),
        }, {
            "change a notice": lambda: waiting.write({"amount_total": 1}),
            "delete a notice": waiting.unlink,
            "change an item": lambda: lines.write({"state": "cancelled"}),
            "delete an item": lines.unlink,
            "new notice": lambda: waiting.copy(),
        }

    def _assert_refused(self, user, calls, error=AccessError):
        for name, call in calls.items():
            with (
                self.subTest(user=user.login, call=name),
                mute_logger("odoo.addons.base.models.ir_model"),
                mute_logger("odoo.addons.base.models.ir_rule"),
                self.assertRaises(error),
            ):
                call()
                self.env.flush_all()

    def test_only_officers_press(self):
        for user in (self.viewer, self.salesperson, self.biller, self.portal):
            for calls in self._get_calls(user):
                self._assert_refused(user, calls)

    def test_officers_press(self):
        for user in (self.officer, self.manager):
            allowed, refused = self._get_calls(user)
            self._assert_refused(user, refused)
            for name, call in allowed.items():
                with (
                    self.subTest(user=user.login, call=name),
                    self.env.cr.savepoint() as savepoint,
                ):
                    try:
                        call()
                    except UserError as error:
                        # Refused for what it says, not for who asks.
                        self.assertNotIsInstance(error, AccessError)
                    self.env.flush_all()
                    savepoint.rollback()
                    self.env.invalidate_all()

    def test_what_a_run_says_is_written_by_its_buttons(self):
        for user in (self.officer, self.manager):
            runs = self.proposed.with_user(user)
            self._assert_refused(
                user,
                {
                    "state": lambda runs=runs: runs.write({"state": "draft"}),
                    "name": lambda runs=runs: runs.write({"name": "Another"}),
                    "day": lambda runs=runs: runs.write({"date": "2025-06-01"}),
                    "born sent": lambda runs=runs: runs.create({"state": "sent"}),
                    "not by hand": lambda runs=runs: runs.create({"automatic": True}),
                },
                UserError,
            )
        self.draft.with_user(self.officer).date = "2025-06-01"

    def test_policies_are_the_managers(self):
        calls = {
            "new": lambda policy: policy.copy({"name": "Another"}),
            "write": lambda policy: policy.write({"name": "Another"}),
            "delete": lambda policy: policy.unlink(),
            "level": lambda policy: policy.level_ids.write({"min_days": 1}),
            "version": lambda policy: policy.version_ids.write({"number": 9}),
        }
        for user in (self.officer, self.viewer, self.salesperson, self.portal):
            policy = self.policy.with_user(user)
            self._assert_refused(
                user,
                {name: lambda c=call, p=policy: c(p) for name, call in calls.items()},
            )
        versions = self.policy.with_user(self.manager).version_ids
        self.assertTrue(versions)
        self._assert_refused(
            self.manager,
            {
                "write": lambda: versions.write({"number": 9}),
                "delete": versions.unlink,
            },
        )

    def test_letters_are_printed_by_who_may_read_them(self):
        report = self.env["ir.actions.report"]
        notices = self.sent.notice_ids | self.proposed.notice_ids
        for user in (self.salesperson, self.biller, self.portal):
            for notice in notices:
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    self.env.invalidate_all()
                    report.with_user(user)._render_qweb_pdf(
                        "credit_control.action_report_notice", notice.ids
                    )

    def test_the_stored_letter_is_no_public_file(self):
        letter = self.sent.notice_ids.attachment_id
        self.assertTrue(letter.with_user(self.viewer).read(["datas"]))
        for user in (self.salesperson, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env.invalidate_all()
                letter.with_user(user).read(["datas"])

    def test_nothing_is_tried_without_rights(self):
        for user in (self.salesperson, self.biller, self.portal):
            simulations = self.env["credit.simulation"].with_user(user)
            self._assert_refused(user, {"try": lambda s=simulations: s.create({})})


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
