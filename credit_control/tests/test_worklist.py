from datetime import timedelta
from decimal import Decimal

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from odoo.addons.credit_control.core.worklist import points_for

from .common import TODAY, CreditControlCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestWorklist(CreditControlCommon):
    """Who needs something today, and why."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.profile = cls._profile()

    def _rows(self, partner=None, user=None):
        rows = self.env["credit.worklist"].with_user(user or self.env.user)
        self.env.flush_all()
        rows.invalidate_model()
        return rows.search(
            [
                ("partner_id", "=", (partner or self.debtor).id),
                ("company_id", "=", self.company.id),
            ]
        )

    def _codes(self, partner=None):
        row = self._rows(partner)
        return {
            code: (points, figure) for code, points, figure, _d in row.reasons or ()
        }

    def test_who_owes_nothing_is_off(self):
        self.assertFalse(self._rows())

    def test_who_is_not_late_is_off(self):
        self._create_overdue_invoice(-5, 50_000)
        self.assertFalse(self._rows())

    def test_a_small_amount_a_few_days_late_is_off(self):
        self._create_overdue_invoice(3, 100)
        self.assertFalse(self._rows())

    def test_overdue(self):
        self._create_overdue_invoice(45, 5000)
        self._create_overdue_invoice(-10, 700)
        row = self._rows()
        self.assertRecordValues(
            row,
            [
                {
                    "id": self.profile.id,
                    "profile_id": self.profile.id,
                    "points": 35,
                    "overdue_amount": 5000,
                    "open_amount": 5700,
                    "oldest_due": TODAY - timedelta(45),
                    "rule_id": self.env.ref(
                        "credit_control.worklist_overdue_amount"
                    ).id,
                }
            ],
        )
        self.assertRegex(
            row.why, r"^Overdue .*5,000\.00.* \(20\); 45 days late \(15\)$"
        )

    def test_the_amounts_are_those_of_the_debtor_file(self):
        self._create_overdue_invoice(45, 5000)
        self._create_overdue_invoice(-10, 700)
        self._create_credit_note(20, 300)
        self._pay_on_account(123)
        self.assertRecordValues(
            self._rows(),
            [
                {
                    "open_amount": self.profile.open_amount,
                    "overdue_amount": self.profile.overdue_amount,
                    "oldest_due": self.profile.oldest_due,
                }
            ],
        )

    def test_a_page_shows_what_a_search_finds(self):
        """Of those on a page only their own items are read: the same figures."""
        partners = self.debtor
        for number, amount in enumerate((900, 5000, 3000, 7000)):
            partner = self._create_debtor(f"D{number}")
            self._create_overdue_invoice(60, amount, partner)
            self._create_overdue_invoice(-9, 50, partner)
            partners |= partner
        worklist = self.env["credit.worklist"].with_user(self.officer)
        names = ["points", "overdue_amount", "open_amount", "why", "oldest_due"]
        domain = [("partner_id", "in", partners.ids)]
        found = worklist.search(domain).read(names)
        page = worklist.web_search_read(
            domain, {name: {} for name in names}, offset=1, limit=2
        )
        self.assertEqual(page["length"], 4)
        for shown, expected in zip(page["records"], found[1:3], strict=True):
            shown["oldest_due"] = expected["oldest_due"].__class__.fromisoformat(
                str(shown["oldest_due"])
            )
            self.assertEqual(shown, expected)
        overdue = worklist.web_search_read(
            domain, {"overdue_amount": {}}, order="overdue_amount", limit=1
        )
        self.assertEqual(overdue["records"][0]["overdue_amount"], 900)
        nobody = worklist.web_search_read([("id", "=", 0)], {"points": {}}, limit=80)
        self.assertEqual(nobody, {"length": 0, "records": []})

    def test_what_is_paid_is_off(self):
        invoice = self._create_overdue_invoice(45, 5000)
        self._pay(invoice)
        self.assertFalse(self._rows())

    def test_what_is_blocked_is_not_pursued(self):
        invoice = self._create_overdue_invoice(45, 5000)
        self.env.flush_all()
        invoice.action_toggle_block_payment()
        self.assertFalse(self._rows())
        self._create_overdue_invoice(45, 1000)
        self.assertEqual(self._codes()["overdue_amount"], (4, 1000))

    def test_a_blocked_payment_is_not_pursued(self):
        invoice = self._create_overdue_invoice(60, 4000)
        invoice.action_toggle_block_payment()
        self.assertFalse(self._rows())

    def test_who_gets_no_reminders_is_left_alone(self):
        self._create_overdue_invoice(45, 5000)
        self.profile.write({"block_until": TODAY, "block_reason": "Agreed"})
        self.assertFalse(self._rows())
        self.profile.block_until = TODAY - timedelta(1)
        self.assertTrue(self._rows())

    def test_over_limit(self):
        self.profile.write({"no_limit": False, "limit": 400})
        self._create_overdue_invoice(-5, 400)
        self.assertFalse(self._rows())
        self._create_overdue_invoice(-5, 100)
        self.assertEqual(self._codes(), {"over_limit": (20, 100)})
        self.profile.no_limit = True
        self.assertFalse(self._rows())

    def test_poor_only_counts_with_something_overdue(self):
        self.profile._overrule_tier(self.poor, "Known", False)
        self.assertFalse(self._rows())
        self._create_overdue_invoice(1, 10)
        self.assertEqual(self._codes(), {"poor": (10, 1)})

    def test_two_notices_without_an_answer(self):
        self._create_overdue_invoice(30, 100)
        self._dun(TODAY - timedelta(20))
        self.assertNotIn("no_answer", self._codes())
        self._dun(TODAY - timedelta(8))
        self.assertEqual(self._codes()["no_answer"], (20, 2))
        self._pay_on_account(10)
        self.assertNotIn("no_answer", self._codes())

    def test_a_call_is_an_answer(self):
        self._create_overdue_invoice(30, 100)
        self._dun(TODAY - timedelta(20))
        self._dun(TODAY - timedelta(8))
        self.profile._log_call(TODAY, outcome="not_reached")
        self.assertIn("no_answer", self._codes())
        self.profile._log_call(TODAY, outcome="reached")
        self.assertNotIn("no_answer", self._codes())

    def test_activity_and_follow_up(self):
        self.profile.activity_schedule(
            "mail.mail_activity_data_todo", date_deadline=TODAY + timedelta(1)
        )
        self.assertFalse(self._rows())
        self.profile.activity_schedule(
            "mail.mail_activity_data_todo", date_deadline=TODAY
        )
        self.assertEqual(self._codes(), {"activity": (30, 1)})
        self.profile.activity_ids.action_feedback()
        self.profile._log_call(
            TODAY - timedelta(3), outcome="reached", follow_up_date=TODAY
        )
        self.assertEqual(self._codes(), {"follow_up": (40, 1)})
        self.profile.activity_ids.action_feedback()
        self.assertFalse(self._rows())

    def test_a_notice_that_came_back(self):
        self._create_overdue_invoice(10, 100)
        run = self._dun()
        run.sudo().notice_ids.message_id.notification_ids.notification_status = "bounce"
        self.assertEqual(self._codes(), {"bounced": (25, 1)})

    def test_rules_are_settings(self):
        self._create_overdue_invoice(45, 5000)
        rule = self.env.ref("credit_control.worklist_overdue_amount")
        rule.write({"points": 100, "full_mark": 5000})
        self.assertEqual(self._codes()["overdue_amount"], (100, 5000))
        rule.active = False
        self.assertNotIn("overdue_amount", self._codes())
        self.env["credit.worklist.rule"].search([]).active = False
        self.assertFalse(self._rows())

    def test_the_database_counts_as_the_core_does(self):
        rules = self.env["credit.worklist.rule"]
        for points, threshold, full in ((40, 250, 10_000), (30, 15, 90), (20, 2, 0)):
            rule = rules.new(
                {"points": points, "threshold": threshold, "full_mark": full}
            )
            for figure in ("-1", "0", "0.5", "2", "15", "16.5", "45", "375", "9999.99"):
                [[found]] = self.env.execute_query(
                    SQL("SELECT %s", rule._points_sql(SQL("%s::numeric", figure)))
                )
                expected = points_for(rule._get_core_rule(), Decimal(figure))
                self.assertEqual(int(found), expected, (points, figure))

    # -- put off ---------------------------------------------------------------

    def test_done_for_today(self):
        self._create_overdue_invoice(45, 5000)
        self._rows().with_user(self.officer).action_done_today()
        self.assertRecordValues(
            self._rows(),
            [{"is_put_off": True, "put_off_until": TODAY + timedelta(1)}],
        )
        with freeze_time(TODAY + timedelta(1)):
            self.env.invalidate_all()
            self.assertFalse(self._rows().is_put_off)

    def test_put_off_with_a_reason(self):
        self._create_overdue_invoice(45, 5000)
        wizard = self.env["credit.worklist.put.off"].with_user(self.officer)
        for until, reason in ((TODAY, "Later"), (TODAY + timedelta(7), " ")):
            with self.assertRaises(UserError):
                wizard.create(
                    {
                        "profile_ids": self.profile.ids,
                        "until": until,
                        "reason": reason,
                    }
                ).action_put_off()
        wizard.create(
            {
                "profile_ids": self.profile.ids,
                "until": TODAY + timedelta(7),
                "reason": "Pays on Friday",
            }
        ).action_put_off()
        self.assertTrue(self._rows().is_put_off)
        self.assertIn("Pays on Friday", self.profile.message_ids[0].body)
        self.profile.with_user(self.officer).action_back_on_worklist()
        self.assertFalse(self._rows().is_put_off)

    def test_rights(self):
        self._create_overdue_invoice(45, 5000)
        self.assertTrue(self._rows(user=self.viewer).why)
        for user in (self.salesperson, self.portal, self.biller):
            with self.assertRaises(AccessError), self.cr.savepoint():
                self._rows(user=user).read(["points"])
        profile = self.profile.with_user(self.viewer)
        for act in (
            profile.action_done_today,
            profile.action_back_on_worklist,
            profile.action_call,
            lambda: profile._log_call(TODAY, outcome="reached"),
        ):
            with self.assertRaises(AccessError):
                act()
        with self.assertRaises(AccessError):
            self.profile.with_user(self.manager).put_off_until = TODAY

    def test_companies(self):
        other = self.setup_other_company()["company"]
        self._create_overdue_invoice(45, 5000)
        profile = self._profile(company=other)
        self.assertNotIn(profile.id, self._rows().ids)
        user = self._create_user("other", "credit_control.group_manager", other)
        self.assertFalse(self._rows(user=user))

    # -- portfolios ------------------------------------------------------------

    def _create_portfolio(self, collector, **values):
        return self.env["credit.portfolio"].create(
            {
                "name": collector.name,
                "company_id": self.company.id,
                "collector_id": collector.id,
                **values,
            }
        )

    def _assign(self):
        self.env["credit.portfolio"]._assign(self.company)

    def test_portfolios_by_rule(self):
        belgium, france = self.env.ref("base.be"), self.env.ref("base.fr")
        other = self._profile(self.other_debtor)
        self.debtor.country_id = belgium
        self._create_overdue_invoice(1, 5000)
        rules = [
            ({"tier_ids": [Command.set(self.poor.ids)]}, ()),
            ({"tier_ids": [Command.set((self.poor | self.fair).ids)]}, "AB"),
            ({"country_ids": [Command.set(france.ids)]}, ()),
            ({"country_ids": [Command.set(belgium.ids)]}, "A"),
            ({"letter_from": "b"}, "B"),
            ({"letter_to": "a"}, "A"),
            ({"letter_from": "Az", "letter_to": "Az"}, "A"),
            ({"amount_from": 5000}, "A"),
            ({"amount_to": 5000}, "B"),
            ({}, "AB"),
        ]
        for values, expected in rules:
            with self.subTest(values):
                portfolio = self._create_portfolio(self.officer, **values)
                self._assign()
                found = {"A": self.profile, "B": other}
                for name, profile in found.items():
                    mine = name in expected
                    self.assertEqual(
                        (profile.collector_id, profile.portfolio_id),
                        (self.officer, portfolio)
                        if mine
                        else (self.env["res.users"], portfolio.browse()),
                        (values, name),
                    )
                portfolio.unlink()
                (self.profile | other).collector_id = False

    def test_the_first_portfolio_counts(self):
        self._create_portfolio(self.officer, sequence=20)
        first = self._create_portfolio(self.manager, sequence=10)
        self._assign()
        self.assertEqual(self.profile.portfolio_id, first)
        first.active = False
        self._assign()
        self.assertEqual(self.profile.collector_id, self.officer)

    def test_who_was_chosen_by_hand_stays(self):
        self._create_portfolio(self.officer)
        self.profile.collector_id = self.manager
        self._assign()
        self.assertEqual(self.profile.collector_id, self.manager)
        self.profile.collector_id = False
        self._assign()
        self.assertEqual(self.profile.collector_id, self.officer)
        self.profile.with_user(self.officer).collector_id = self.viewer
        self.assertFalse(self.profile.portfolio_id)
        self._assign()
        self.assertEqual(self.profile.collector_id, self.viewer)

    def test_stand_in(self):
        self._create_overdue_invoice(45, 5000)
        portfolio = self._create_portfolio(
            self.officer,
            stand_in_id=self.manager.id,
            absent_from=TODAY + timedelta(1),
            absent_to=TODAY + timedelta(2),
        )
        self._assign()

        def mine(user):
            self.env.invalidate_all()
            rows = self.env["credit.worklist"].with_user(user)
            found = rows.search([("is_mine", "=", True)])
            self.assertEqual(found.profile_id.mapped("is_mine"), [True] * len(found))
            return bool(found)

        self.assertEqual((mine(self.officer), mine(self.manager)), (True, False))
        portfolio.absent_from = TODAY
        self.assertEqual((mine(self.officer), mine(self.manager)), (True, True))
        self.profile.collector_id = self.officer  # by hand
        self.assertTrue(mine(self.manager))
        portfolio.write({"absent_from": False, "absent_to": TODAY - timedelta(1)})
        self.assertFalse(mine(self.manager))

    def test_only_a_manager_assigns(self):
        portfolio = self._create_portfolio(self.officer)
        with self.assertRaises(AccessError):
            portfolio.with_user(self.officer).action_assign()
        portfolio.with_user(self.manager).action_assign()
        self.assertEqual(self.profile.collector_id, self.officer)
