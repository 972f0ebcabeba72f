from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY, CreditControlCommon


@tagged("post_install", "-at_install")
class TestNumber(CreditControlCommon):
    """Runs are numbered without a gap: one that finds nothing takes no number."""

    def _get_new_number(self):
        self._create_overdue_invoice(10, partner=self._create_debtor("Clover"))
        return int(self._propose().name.split("/")[-1])

    def test_an_automatic_run_that_finds_nothing(self):
        # Other companies of the database stay out of it.
        companies = self.env["res.company"].search([])
        (companies - self.company).credit_dunning_cron = False
        runs = self.env["credit.run"].search([])
        with self.enter_registry_test_mode():
            self.env.ref("credit_control.cron_daily").method_direct_trigger()
        self.assertEqual(self.env["credit.run"].search([]), runs)
        number = self._get_new_number()
        with self.enter_registry_test_mode():
            self.env.ref("credit_control.cron_daily").method_direct_trigger()
        self.assertEqual(self._get_new_number(), number + 1)

    def test_nothing_due_for_the_debtors_asked_for(self):
        number = self._get_new_number()
        with self.assertRaisesRegex(UserError, "Nothing is due today"):
            self._profile().action_propose()
        self.assertEqual(self._get_new_number(), number + 1)

    def test_an_empty_run_made_by_hand_is_kept(self):
        run = self.env["credit.run"].create({"company_id": self.company.id})
        run.action_propose()
        self.assertRecordValues(run, [{"state": "proposed", "notice_count": 0}])
        self.assertIn("/2025/", run.name)


@tagged("post_install", "-at_install")
class TestLeftAlone(CreditControlCommon):
    """Every reason that a run counts opens the items behind it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.policy.credits = "hold"
        cls.covered = cls._create_overdue_invoice(20, 100)
        cls.claimed = cls._create_overdue_invoice(10, 400)
        cls.money = cls._pay_on_account(150)
        cls.early = cls._create_overdue_invoice(3, 70, cls.other_debtor)
        cls.tiny = cls._create_overdue_invoice(10, 4, cls.other_debtor)
        cls.blocked = cls._create_overdue_invoice(10, 30, cls._create_debtor("Clay"))
        cls._profile(cls.blocked.partner_id).write(
            {"block_until": TODAY, "block_reason": "Holidays"}
        )
        cls.held = cls._create_overdue_invoice(10, 60, cls._create_debtor("Dune"))
        cls._propose(profiles=cls._profile(cls.held.partner_id))
        cls.run_ = cls._propose()

    def _block(self, partner, until):
        """As a user does, so that the change is tracked."""
        profile = self._profile(partner).with_context(
            tracking_disable=False, mail_notrack=False
        )
        profile.write({"block_until": until, "block_reason": "He called"})
        self.env.cr.precommit.run()

    def _get_found(self):
        """{reason: items that its button lists}"""
        skips = self.run_.with_user(self.viewer).skip_ids
        return {
            skip.code: self.env["account.move.line"].search(
                skip.action_view_items()["domain"]
            )
            for skip in skips
        }

    def _assert_found(self):
        self.assertEqual(
            self._get_found(),
            {
                "unmatched": self._items(self.covered) | self.money,
                "credit": self.money,
                "not_yet": self._items(self.early),
                "tolerance": self._items(self.tiny),
                "manual_block": self._items(self.blocked),
                "proposed_elsewhere": self._items(self.held),
            },
        )

    def test_right_after_the_proposal(self):
        self._assert_found()
        for skip in self.run_.skip_ids.filtered(lambda s: s.code != "unmatched"):
            with self.subTest(skip.code):
                self.assertEqual(skip.item_count, len(self._get_found()[skip.code]))

    def test_after_sending(self):
        """What the run itself sent meanwhile counts for nothing."""
        self.run_._send(TODAY)
        self._assert_found()

    def test_days_later(self):
        """What was paid, sent and blocked since doesn't change what was so then."""
        self.run_._send(TODAY)
        later = TODAY + timedelta(days=9)
        self._dun(later)
        with freeze_time(later):
            self._block(self.other_debtor, later)
            self._register_payment(self.early, payment_date=later)
        self._assert_found()

    def test_reconciling_frees_the_claim(self):
        action = self.run_.skip_ids.filtered(
            lambda skip: skip.code == "unmatched"
        ).action_view_items()
        items = self.env["account.move.line"].search(action["domain"])
        items.with_user(self.officer).action_credit_reconcile()
        self.assertTrue(self._items(self.covered).reconciled)
        self.assertEqual(self.money.amount_residual, -50.0)

    def test_what_doesnt_belong_together_isnt_reconciled(self):
        mine, other = self._items(self.covered), self._items(self.early)
        for wrong in (mine, self.money, other | self.money, mine | other):
            with self.assertRaisesRegex(UserError, "claims and credits of one debtor"):
                wrong.action_credit_reconcile()
        with self.assertRaises(AccessError):
            (mine | self.money).with_user(self.viewer).action_credit_reconcile()

    def test_all_open_items_of_the_debtor(self):
        item = self._items(self.covered).with_user(self.viewer)
        action = item.action_credit_open_items()
        self.assertEqual(
            self.env["account.move.line"].search(action["domain"]),
            self._items(self.covered | self.claimed) | self.money,
        )

    def test_no_item_of_another_company(self):
        company = self.setup_other_company()["company"]
        self._create_overdue_invoice(3, company=company)
        self.assertEqual(self._get_found()["not_yet"], self._items(self.early))
