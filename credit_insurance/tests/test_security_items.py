from datetime import date, timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.credit_control.tests.common import TODAY

from .cover_common import CoverCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSecurityItems(CoverCommon):
    """Factoring and letters of credit stand for invoices one by one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()

    def _rows(self, security):
        self.env.flush_all()
        self.env.invalidate_all()
        return security.item_ids

    def _secured(self):
        return self._exposure().security_amount

    # -- factoring -------------------------------------------------------------

    def _factor(self, amount=100_000, **values):
        return self._secure(
            amount,
            kind="factoring",
            advance_percent=80,
            fee_percent=1,
            discount_rate=6,
            **values,
        )

    def test_what_the_factor_pays_and_keeps(self):
        """50,000 for 45 days at 80 %: 40,000, 10,000, 500, 300, 9,200."""
        self._create_overdue_invoice(
            -30, 50_000, invoice_date=TODAY - timedelta(days=15)
        )
        factoring = self._factor()
        self.assertRecordValues(
            self._rows(factoring),
            [
                {
                    "open_amount": 50_000,
                    "amount": 50_000,
                    "reason": "factored",
                    "days": 45,
                    "advance": 40_000,
                    "reserve": 10_000,
                    "fee": 500,
                    "discount": 300,
                    "final": 9_200,
                }
            ],
        )
        self.assertEqual(self._secured(), 50_000)

    def test_of_what_is_left_open_within_his_limit(self):
        first = self._create_overdue_invoice(10, 100)
        self._create_overdue_invoice(5, 100)
        self._create_overdue_invoice(5, 40, invoice_date=TODAY - timedelta(days=120))
        self._pay(first, 30)
        self._pay_on_account(20)
        factoring = self._factor(500, factor_limit=110)
        self.assertRecordValues(
            self._rows(factoring),
            [
                {"open_amount": 50, "amount": 50, "reason": "factored", "advance": 40},
                {"open_amount": 100, "amount": 60, "reason": "factored", "advance": 48},
                {"open_amount": 40, "amount": 0, "reason": "not_factored"}
                | {"advance": 0},
            ],
        )
        self.assertEqual(self._secured(), 110)

    def test_with_recourse_he_gives_back(self):
        self._create_overdue_invoice(31, 100)
        self._create_overdue_invoice(30, 50)
        factoring = self._factor(with_recourse=True, recourse_days=30)
        self.assertRecordValues(
            self._rows(factoring),
            [
                {"amount": 0, "reason": "given_back", "advance": 0},
                {"amount": 50, "reason": "factored", "advance": 40},
            ],
        )
        self.assertEqual(self._rows(factoring)[1].until, TODAY)
        self.assertEqual(self._secured(), 0, "he bears no loss")
        self.assertIn("recourse", factoring.reason)

    def test_in_the_currency_of_the_company(self):
        pounds = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        self._create_overdue_invoice(-20, 100, currency_id=pounds.id)
        factoring = self._factor(60, currency_id=pounds.id)
        [row] = self._rows(factoring)
        self.assertRecordValues(
            row, [{"open_amount": 200, "amount": 120, "advance": 96, "reserve": 24}]
        )
        self.assertEqual(row.currency_id, self.company.currency_id)

    def test_drafts_and_guarantees_have_no_rows(self):
        self._create_overdue_invoice(10, 100)
        draft = self.env["credit.security"].create(
            {
                "profile_id": self.profile.id,
                "kind": "factoring",
                "amount": 100,
                "valid_from": TODAY - timedelta(100),
            }
        )
        self.assertFalse(self._rows(draft | self._secure(100)))

    # -- letters of credit -----------------------------------------------------

    def _letter(self, amount=1000, **values):
        return self._secure(amount, kind="credit_letter", **values)

    def _deliver(self, days, amount):
        return self._create_overdue_invoice(
            days - 60, amount, invoice_date=TODAY - timedelta(days=days)
        )

    def test_within_the_tolerance(self):
        self._deliver(3, 1200)
        self._letter(tolerance=10)
        self.assertEqual(self._secured(), 1100)

    def test_what_was_shipped_too_late_is_not_secured(self):
        self._deliver(3, 100)
        late = self._deliver(1, 50)
        letter = self._letter(latest_shipment=TODAY - timedelta(days=2))
        self.assertEqual(self._secured(), 100)
        self.assertEqual(letter.counted_amount, 100)
        self.assertEqual(letter.reason, "Counts for 1 of 2 open invoices.")
        self.assertEqual(
            self._rows(letter).mapped("reason"), ["counts", "shipped_late"]
        )
        late.delivery_date = TODAY - timedelta(days=2)
        self.env.flush_all()
        self.assertEqual(self._secured(), 150)

    def test_orders_to_come_are_secured_until_the_latest_shipment(self):
        """What was shipped too late isn't secured by what is left of the letter."""
        if not hasattr(self.company, "credit_counts_drafts"):
            self.skipTest("no drafts")
        self.company.credit_counts_drafts = True
        self._deliver(40, 100)
        self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.debtor.id,
                "invoice_line_ids": [
                    (0, 0, {"name": "Goods", "price_unit": 70, "tax_ids": []})
                ],
            }
        )
        letter = self._letter(120, latest_shipment=TODAY)
        self.assertRecordValues(
            self._exposure(),
            [
                {
                    "gross": 170,
                    "security_amount": 70,
                    "exposure": 100,
                    "spare_security": 50,
                }
            ],
        )
        self.assertEqual(letter.counted_amount, 120)
        letter.latest_shipment = TODAY - timedelta(days=1)
        self.assertEqual(self._secured(), 0)
        self.assertIn("presented", letter.reason)

    def test_documents_are_presented_in_time(self):
        self._deliver(22, 100)
        self._deliver(21, 60)
        letter = self._letter(latest_shipment=TODAY - timedelta(days=20))
        self.assertRecordValues(
            self._rows(letter),
            [
                {"amount": 0, "reason": "not_presented", "presented_on": False},
                {"amount": 60, "reason": "counts", "presented_on": False},
            ],
        )
        self.assertEqual(self._rows(letter)[1].until, TODAY)
        self.assertEqual(self._secured(), 60)
        first, second = self._rows(letter)
        with self.assertRaises(AccessError):
            second.with_user(self.viewer).action_present()
        second.with_user(self.officer).action_present()
        self.assertEqual(self._rows(letter)[1].presented_on, TODAY)
        first.with_user(self.officer).action_present()
        self.assertEqual(self._secured(), 60, "it came too late")
        late = letter.presentation_ids.filtered(
            lambda one: one.move_id == first.move_id
        )
        late.with_user(self.officer).accepted = True
        self.assertEqual(self._secured(), 160)
        letter.presentation_ids.accepted = True
        letter.valid_to = TODAY - timedelta(days=1)
        self.assertEqual(self._secured(), 160, "paid also after it has expired")

    def test_once_and_of_this_debtor_under_a_letter_of_credit(self):
        invoice = self._deliver(3, 100)
        stranger = self._create_overdue_invoice(10, 100, self.other_debtor)
        letter, guarantee = self._letter(), self._secure(100)
        presented = self.env["credit.security.presentation"]
        presented.create({"security_id": letter.id, "move_id": invoice.id})
        for security, move, error in (
            (guarantee, invoice, "letter of credit"),
            (letter, stranger, "no invoice of"),
        ):
            with self.assertRaisesRegex(ValidationError, error):
                presented.create({"security_id": security.id, "move_id": move.id})
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            presented.create({"security_id": letter.id, "move_id": invoice.id})
        self.assertIn("once", str(caught.exception))

    def test_somebody_presents_them_within_a_week(self):
        invoice = self._deliver(14, 100)
        self._deliver(13, 100)
        letter = self._letter()
        for _morning in range(2):
            letter._remind_presentations(self.company, TODAY)
        self.assertRecordValues(
            letter.activity_ids, [{"date_deadline": TODAY + timedelta(7)}]
        )
        self.assertIn(invoice.name, letter.activity_ids.summary)
        self._rows(letter)[0].action_present()
        self.env.invalidate_all()
        self.assertFalse(letter.activity_ids)
        letter._remind_presentations(self.company, TODAY)
        self.assertFalse(letter.activity_ids, "it is done")

    def test_no_invoice_is_secured_by_two(self):
        self._deliver(3, 100)
        self._letter(60)
        second = self._letter(100, priority=20, latest_shipment=TODAY - timedelta(1))
        self.assertEqual(second.counted_amount, 40)
        self.assertEqual(self._secured(), 100)

    # -- a day gone by ---------------------------------------------------------

    def test_a_past_day_is_judged_by_what_was_open_then(self):
        """Due in 20 days and paid today: the guarantee was too short a week ago."""
        later = self._create_overdue_invoice(
            -20, 100, invoice_date=TODAY - timedelta(days=10)
        )
        self._create_overdue_invoice(30, 40)
        security = self._secure(500, valid_to=TODAY + timedelta(5))
        before = TODAY - timedelta(days=7)
        [line] = self.profile._get_cover_lines(before)
        self.assertEqual((line["balance"], line["secured"]), (140, 0))
        self._pay(later)
        [line] = self.profile._get_cover_lines(before)
        self.assertEqual((line["balance"], line["secured"]), (140, 0))
        [line] = self.profile._get_cover_lines(TODAY)
        self.assertEqual((line["balance"], line["secured"]), (40, 40))
        self.assertEqual(security._get_layers(before)[security].reason, "too_short")

    def test_a_dispute_of_then(self):
        invoice = self._create_overdue_invoice(10, 100)
        self._factor()
        self.profile._open_dispute(
            {self._items(invoice): 30.0},
            self.env["credit.dispute.category"].search([], limit=1),
            "Broken",
            TODAY - timedelta(days=3),
        )
        for days, secured in ((4, 100), (3, 70), (0, 70)):
            with self.subTest(days=days):
                day = TODAY - timedelta(days=days)
                [line] = self.profile._get_cover_lines(day)
                self.assertEqual(line["secured"], secured)

    def test_what_has_ended_counts_for_days_before(self):
        self._create_overdue_invoice(10, 100)
        security = self._secure(60)
        security.action_end()
        self.assertEqual(security.ended_on, TODAY)
        [line] = self.profile._get_cover_lines(TODAY - timedelta(days=1))
        self.assertEqual(line["secured"], 60)
        [line] = self.profile._get_cover_lines(TODAY)
        self.assertEqual(line["secured"], 0)

    # -- rights ----------------------------------------------------------------

    def test_who_sees_and_presents(self):
        invoice = self._deliver(3, 100)
        letter = self._letter()
        rows = self._rows(letter)
        self.assertEqual(rows.with_user(self.viewer).mapped("amount"), [100])
        values = {"security_id": letter.id, "move_id": invoice.id}
        presented = self.env["credit.security.presentation"]
        seller = self._create_user("sells", "base.group_user")
        portal = new_test_user(self.env, "portals", groups="base.group_portal")
        for user in (self.viewer, seller, portal):
            with self.assertRaises(AccessError):
                presented.with_user(user).create(values)
        for user in (seller, portal):
            with self.assertRaises(AccessError):
                rows.with_user(user).read(["amount"])
        presented.with_user(self.officer).create(values)

    def test_only_own_companies(self):
        invoice = self._deliver(3, 100)
        letter = self._letter()
        rows = self._rows(letter)
        other = self.setup_other_company()["company"]
        stranger = self._create_user("stranger", "credit_control.group_manager", other)
        given = self.env["credit.security.presentation"].create(
            {"security_id": letter.id, "move_id": invoice.id}
        )
        items = self.env["credit.security.item"].with_user(stranger)
        self.assertFalse(items.search([("id", "in", rows.ids)]))
        with self.assertRaises(AccessError):
            given.with_user(stranger).read(["date"])

    def test_what_a_manager_confirmed_an_officer_doesnt_change(self):
        letter = self._letter(latest_shipment=TODAY)
        for values in (
            {"latest_shipment": TODAY + timedelta(days=9)},
            {"tolerance": 10},
            {"presentation_days": 60},
        ):
            with self.assertRaisesRegex(AccessError, "manager"):
                letter.with_user(self.officer).write(values)

    def test_as_many_queries_for_many(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["credit.security.item"].search([]).mapped("amount")
            return self.cr.sql_log_count - before

        counts, number = [], 0
        for size in (2, 8):
            while number < size:
                number += 1
                partner = self._create_debtor(f"Shipper {number}")
                self._create_overdue_invoice(-10, 100, partner)
                self._secure(50, self._profile(partner), kind="factoring")
            count()
            counts.append(count())
        self.assertEqual(*counts)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestStackedLimits(CoverCommon):
    """Limits of several policies, and deliveries during a stop."""

    def _top_up(self, amount, percent=95, **values):
        policy = self._create_insurance(
            number="TOP-1", insured_percent=percent, top_up=True
        )
        limit = self._create_limit(policy=policy)
        self._decide(limit, amount, **values)
        return limit

    def _insured(self):
        self.env.flush_all()
        self.env.invalidate_all()
        row = self._exposure()
        split = self.profile._split_balances({self.profile: row.gross}, TODAY)
        self.assertAlmostEqual(row.insured_amount, float(split[self.profile].insured))
        return row.insured_amount

    def test_a_top_up_covers_what_lies_above(self):
        self._create_overdue_invoice(10, 150)
        self._insure(100)
        top_up = self._top_up(80)
        self.assertEqual(self._insured(), 100 * 0.9 + 50 * 0.95)
        self.assertEqual(self._exposure().insured_limit, 180)
        top_up.policy_id.top_up = False
        self.assertEqual(self._insured(), 80 * 0.95 + 70 * 0.9, "the best first")

    def test_nothing_is_covered_twice_after_both_were_cut(self):
        self._create_overdue_invoice(10, 100)
        first, second = self._insure(100), self._top_up(100)
        for limit in (first, second):
            self._decide(limit, 0, -20, status="cancelled", reference="zero")
        self._create_overdue_invoice(-20, 100, invoice_date=TODAY - timedelta(days=10))
        self.assertEqual(self._insured(), 90, "what was delivered before, once")

    def _stop(self, begin, end=None):
        return (
            self.env["credit.insurance.stop"]
            .sudo()
            .create(
                {
                    "profile_id": self.profile.id,
                    "reason": "extension",
                    "date_from": TODAY - timedelta(days=begin),
                    "date_to": end is not None and TODAY - timedelta(days=end),
                }
            )
        )

    def _deliver(self, days, amount):
        return self._create_overdue_invoice(
            -30, amount, invoice_date=TODAY - timedelta(days=days)
        )

    def test_what_was_delivered_during_a_stop_stays_uncovered(self):
        self._insure(1000)
        stop = self._stop(20)
        self._deliver(30, 10)
        during = self._deliver(15, 200)
        self.assertEqual(self._insured(), 9)
        stop.date_to = TODAY - timedelta(days=10)
        self._deliver(5, 40)
        self.assertEqual(self._insured(), 45, "the first and the last one")
        row = self._exposure()
        self.assertEqual((row.uncovered_amount, row.insured_limit), (205, 1000))
        clock = self.env["credit.insurance.clock"]
        uncovered = {
            one["move_id"]: one["uncovered"]
            for one in clock._fetch_rows(self.profile, TODAY)
        }
        self.assertEqual(
            [move for move, why in uncovered.items() if why == "stopped"], during.ids
        )
        self.assertEqual(self.profile._get_cover(250, TODAY).insured, 45)

    def test_a_deposit_stands_for_it_first(self):
        self._insure(1000)
        self._stop(20, 10)
        self._deliver(30, 100)
        self._deliver(15, 60)
        self._secure(60, kind="deposit")
        self.assertEqual(self._insured(), 90)

    def test_money_counts_for_the_oldest_first(self):
        self._insure(1000)
        self._stop(20, 10)
        self._deliver(15, 60)
        self._deliver(5, 100)
        self._pay_on_account(50)
        self.assertEqual(self._insured(), 90, "10 of the stop are left")

    def test_as_it_was_on_the_day(self):
        self._insure(1000)
        self._stop(20, 10)
        during = self._deliver(15, 60)
        self._deliver(12, 100)
        self._pay(during)
        [line] = self.profile._get_cover_lines(TODAY - timedelta(days=11))
        self.assertEqual((line["balance"], line["insured"]), (160, 0))
        [line] = self.profile._get_cover_lines(TODAY)
        self.assertEqual((line["balance"], line["insured"]), (100, 0))
        [line] = self.profile._get_cover_lines(date(2024, 1, 1))
        self.assertEqual(line["balance"], 0)

    def test_an_unused_security_is_for_its_debtor_alone(self):
        other = self._profile(self.other_debtor)
        group = self.env["credit.group"].create(
            {"name": "Owner", "limit": 100, "company_id": self.company.id}
        )
        (self.profile | other).write(
            {"group_id": group.id, "no_limit": False, "limit": 500}
        )
        self._create_overdue_invoice(10, 60)
        self._secure(90)
        self.env.invalidate_all()
        self.assertEqual(group.available, 100)
        for profile, available in ((self.profile, 130), (other, 100)):
            self.assertEqual(profile.available, available)
            self.assertEqual(self._exposure(profile).available, available)
