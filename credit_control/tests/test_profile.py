from datetime import timedelta

import psycopg2

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import TODAY, CreditControlCommon


def day(days):
    return TODAY + timedelta(days=days)


@tagged("post_install", "-at_install")
class TestOnDemand(CreditControlCommon):
    """A debtor file is there when it is needed, once per company."""

    def _find(self, partner):
        return self.env["credit.profile"].search([("partner_id", "=", partner.id)])

    def test_a_new_partner_has_none(self):
        self.assertFalse(self._find(self.debtor))
        self.assertFalse(self.debtor.credit_profile_id)

    def test_posting_an_invoice_makes_one(self):
        self._create_overdue_invoice()
        self.assertRecordValues(
            self._find(self.debtor),
            [
                {
                    "partner_id": self.debtor.id,
                    "company_id": self.company.id,
                    "tier_id": self.fair.id,
                    "no_limit": True,
                    "limit": 0.0,
                    "active": True,
                }
            ],
        )

    def test_a_run_makes_those_that_are_missing(self):
        self._create_overdue_invoice()
        self._find(self.debtor).unlink()
        self._propose()
        self.assertEqual(len(self._find(self.debtor)), 1)

    def test_asking_twice_gives_the_same(self):
        partners = self.debtor | self.other_debtor
        first = self.env["credit.profile"]._get_or_create(self.debtor, self.company)
        both = self.env["credit.profile"]._get_or_create(partners, self.company)
        self.assertEqual(both.partner_id, partners)
        self.assertEqual(both & first, first)
        self.assertEqual(both, self._find(self.debtor) | self._find(self.other_debtor))

    def test_an_archived_one_is_found_again(self):
        profile = self._profile()
        profile.active = False
        self.assertEqual(self._profile(), profile)

    def test_a_contact_shares_that_of_its_company(self):
        contact = self._create_debtor("Contact", parent_id=self.debtor.id)
        contact.is_company = False
        self.assertEqual(self._profile(contact), self._profile())
        self.assertEqual(contact.credit_profile_id, self._profile())
        with self.assertRaises(ValidationError):
            self.env["credit.profile"].create(
                {"partner_id": contact.id, "company_id": self.company.id}
            )

    def test_each_company_has_its_own(self):
        other = self.setup_other_company()["company"]
        here, there = self._profile(), self._profile(company=other)
        self.assertNotEqual(here, there)
        self.assertEqual(self.debtor.credit_profile_id, here)
        self.assertEqual(self.debtor.with_company(other).credit_profile_id, there)

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_a_second_one(self):
        self._profile()
        with self.assertRaises(psycopg2.errors.UniqueViolation):
            self.env["credit.profile"].create(
                {"partner_id": self.debtor.id, "company_id": self.company.id}
            )

    @mute_logger("odoo.sql_db")
    def test_a_limit_is_not_negative(self):
        with self.assertRaises(psycopg2.errors.CheckViolation):
            self._profile().limit = -1
            self.env.flush_all()


@tagged("post_install", "-at_install")
class TestPartnerFields(CreditControlCommon):
    """The partner form shows and edits the file of the current company."""

    def test_reading_makes_no_file(self):
        self.assertRecordValues(
            self.debtor,
            [
                {
                    "credit_tier_id": self.fair.id,
                    "credit_no_limit": True,
                    "credit_limit_amount": 0.0,
                    "credit_open_amount": 0.0,
                    "credit_currency_id": self.company.currency_id.id,
                    "credit_next_action": False,
                }
            ],
        )
        self.assertFalse(self.debtor.credit_profile_id)

    def test_writing_makes_and_fills_the_file(self):
        self.debtor.write(
            {
                "credit_tier_id": self.poor.id,
                "credit_no_limit": False,
                "credit_limit_amount": 500,
            }
        )
        self.assertRecordValues(
            self.debtor.credit_profile_id,
            [{"tier_id": self.poor.id, "no_limit": False, "limit": 500.0}],
        )

    def test_writing_one_field_keeps_the_others(self):
        self._profile().write({"tier_id": self.good.id, "limit": 300})
        self.debtor.credit_no_limit = False
        self.assertRecordValues(
            self.debtor,
            [
                {
                    "credit_tier_id": self.good.id,
                    "credit_no_limit": False,
                    "credit_limit_amount": 300.0,
                }
            ],
        )

    def test_a_partner_is_created_with_its_limit(self):
        partner = self._create_debtor(
            "Newcomer", credit_no_limit=False, credit_limit_amount=250
        )
        self.assertRecordValues(
            partner.credit_profile_id,
            [{"tier_id": self.fair.id, "no_limit": False, "limit": 250.0}],
        )

    def test_a_limit_belongs_to_one_company(self):
        other = self.setup_other_company()["company"]
        self.debtor.credit_limit_amount = 500
        self.debtor.with_company(other).credit_limit_amount = 900
        self.assertEqual(self.debtor.credit_limit_amount, 500)
        self.assertEqual(self._profile(company=other).limit, 900)

    def test_search_by_tier(self):
        self._profile().tier_id = self.poor
        self._profile(self.other_debtor).tier_id = self.good
        both = [("id", "in", (self.debtor | self.other_debtor).ids)]
        search = self.env["res.partner"].search
        self.assertEqual(
            search([*both, ("credit_tier_id", "=", self.poor.id)]), self.debtor
        )
        self.assertEqual(
            search([*both, ("credit_tier_id", "!=", self.poor.id)]), self.other_debtor
        )

    def test_search_by_file(self):
        profile = self._profile()
        both = [("id", "in", (self.debtor | self.other_debtor).ids)]
        search = self.env["res.partner"].search
        for domain, expected in (
            (("credit_profile_id", "=", profile.id), self.debtor),
            (("credit_profile_id", "!=", False), self.debtor),
            (("credit_profile_id", "=", False), self.other_debtor),
            (("credit_profile_id.limit", "=", 0), self.debtor),
        ):
            with self.subTest(domain):
                self.assertEqual(search([*both, domain]), expected)

    def test_the_button_opens_the_file(self):
        action = self.debtor.action_open_credit_profile()
        self.assertEqual(action["res_model"], "credit.profile")
        self.assertEqual(action["res_id"], self._profile().id)


@tagged("post_install", "-at_install")
class TestAmounts(CreditControlCommon):
    """What a debtor owes, to the cent, credits shown and never dropped."""

    def test_amounts(self):
        self._create_overdue_invoice(10, 100)
        self._create_overdue_invoice(1, 20)
        self._create_overdue_invoice(0, 7)  # due today is not overdue
        self._create_overdue_invoice(-10, 3)
        self._create_credit_note(10, 30)
        self._pay_on_account(5)
        self._create_overdue_invoice(10, 999, self.other_debtor)
        self.assertRecordValues(
            self._profile(),
            [
                {
                    "open_amount": 95.0,
                    "overdue_amount": 120.0,
                    "not_due_amount": 10.0,
                    "credit_amount": -35.0,
                    "open_count": 6,
                    "oldest_due": day(-10),
                    "exposure": 95.0,
                }
            ],
        )

    def test_a_foreign_currency_counts_in_the_companys(self):
        pound = self.setup_other_currency("GBP", rates=[("2000-01-01", 0.5)])
        self._create_overdue_invoice(10, 30, currency_id=pound.id)
        self.assertEqual(self._profile().open_amount, 60.0)

    def test_a_part_payment_makes_it_less(self):
        self._pay(self._create_overdue_invoice(10, 100), 30)
        self.assertEqual(self._profile().open_amount, 70.0)

    def test_the_amounts_dont_depend_on_the_company_switcher(self):
        other = self.setup_other_company()["company"]
        self._create_overdue_invoice(10, 100)
        self._create_overdue_invoice(10, 70, company=other)
        profiles = (self._profile() | self._profile(company=other)).sudo()
        for companies in (self.company, other, self.company | other):
            with self.subTest(companies.mapped("name")):
                seen = profiles.with_context(allowed_company_ids=companies.ids)
                seen.invalidate_recordset()
                self.assertEqual(seen.mapped("open_amount"), [100.0, 70.0])

    def test_limit(self):
        self._create_overdue_invoice(10, 100)
        profile = self._profile()
        for limit, no_limit, available, use in (
            (400, False, 300.0, 0.25),
            (50, False, -50.0, 2.0),
            (0, False, -100.0, 0.0),
            (400, True, 0.0, 0.0),
        ):
            with self.subTest(limit=limit, no_limit=no_limit):
                profile.write({"limit": limit, "no_limit": no_limit})
                self.assertRecordValues(
                    profile, [{"available": available, "use_percent": use}]
                )

    def test_a_constant_number_of_queries(self):
        names = ("open_amount", "exposure", "next_action", "effective_policy_id")

        def count(number):
            partners = self.env["res.partner"].create(
                [{"name": f"{number}/{index}"} for index in range(number)]
            )
            for partner in partners:
                self._create_overdue_invoice(10, partner=partner)
            profiles = self._profile(partners)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            for name in names:
                profiles.mapped(name)
            return self.env.cr.sql_log_count - before

        count(1)  # fills the caches of the registry
        self.assertEqual(count(2), count(12))


@tagged("post_install", "-at_install")
class TestNextAction(CreditControlCommon):
    def test_what_comes_next(self):
        profile = self._profile()
        self.assertRecordValues(
            profile, [{"next_action": False, "next_action_date": False}]
        )
        self._create_overdue_invoice(3)
        profile.invalidate_recordset()
        self.assertRecordValues(
            profile, [{"next_action": "Reminder", "next_action_date": day(4)}]
        )

    def test_it_moves_on_when_a_notice_is_sent(self):
        self._create_overdue_invoice(10)
        self._dun()
        self.assertRecordValues(
            self._profile(),
            [{"next_action": "Second reminder", "next_action_date": day(8)}],
        )

    def test_a_block_needs_a_reason(self):
        with self.assertRaises(ValidationError):
            self._profile().block_until = TODAY
        self._profile().write({"block_until": TODAY, "block_reason": "He called"})
        self.assertTrue(self._profile().is_blocked)

    def test_a_past_block_is_no_block(self):
        self._profile().write({"block_until": day(-1), "block_reason": "He called"})
        self.assertFalse(self._profile().is_blocked)


@tagged("post_install", "-at_install")
class TestWhoDecides(CreditControlCommon):
    """Tier and limit are the credit manager's, wherever they are written."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.seller = new_test_user(
            cls.env,
            "officer_seller",
            groups="credit_control.group_officer,base.group_partner_manager",
            company_id=cls.company.id,
        )
        cls.profile = cls._profile()

    def test_an_officer_keeps_the_file_but_doesnt_decide(self):
        profile = self.profile.with_user(self.officer)
        profile.write(
            {
                "block_until": TODAY,
                "block_reason": "He called",
                "collector_id": self.officer.id,
                "note": "Ask for Els",
            }
        )
        for values in (
            {"tier_id": self.good.id},
            {"limit": 1_000_000},
            {"no_limit": False},
            {"note": "Harmless", "limit": 1},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                profile.write(values)
        for name in ("credit_tier_id", "credit_limit_amount", "credit_no_limit"):
            partner = self.debtor.with_user(self.seller)
            value = {"credit_tier_id": self.good.id}.get(name, not partner[name])
            with self.subTest(name), self.assertRaises(AccessError):
                partner.write({name: value})

    def test_an_officer_makes_no_file_with_a_limit(self):
        create = self.env["credit.profile"].with_user(self.officer).create
        values = {"partner_id": self.other_debtor.id, "company_id": self.company.id}
        with self.assertRaises(AccessError):
            create({**values, "no_limit": False, "limit": 10})
        self.assertEqual(create(values).tier_id, self.fair)

    def test_an_officer_makes_no_partner_with_a_limit(self):
        with self.assertRaises(AccessError):
            self.env["res.partner"].with_user(self.seller).create(
                {"name": "Friend", "credit_limit_amount": 1_000_000}
            )

    def test_an_officer_saves_a_partner_without_touching_the_limit(self):
        partner = (
            self.env["res.partner"]
            .with_user(self.seller)
            .create({"name": "Friend", "city": "Ghent"})
        )
        partner.city = "Bruges"
        self.assertFalse(partner.credit_profile_id.limit)

    def test_a_manager_decides(self):
        self.profile.with_user(self.manager).write(
            {"tier_id": self.good.id, "no_limit": False, "limit": 100}
        )
        self.assertRecordValues(
            self.debtor,
            [{"credit_tier_id": self.good.id, "credit_limit_amount": 100.0}],
        )

    def test_a_viewer_changes_nothing(self):
        for values in ({"note": "x"}, {"block_reason": "x"}, {"limit": 1}):
            with self.subTest(values), self.assertRaises(AccessError):
                self.profile.with_user(self.viewer).write(values)

    def test_the_decision_is_in_the_dossier(self):
        profile = self.profile.with_context(
            tracking_disable=False, mail_notrack=False
        ).with_user(self.manager)
        profile.write({"tier_id": self.poor.id, "no_limit": False, "limit": 100})
        self.env.flush_all()
        self.env.cr.precommit.run()
        tracked = self.profile.message_ids.sudo().tracking_value_ids.field_id
        self.assertLessEqual(
            {"tier_id", "no_limit", "limit"}, set(tracked.mapped("name"))
        )
