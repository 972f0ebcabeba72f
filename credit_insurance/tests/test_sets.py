import base64
from datetime import date, timedelta
from unittest.mock import patch

from odoo.tests import freeze_time, tagged

from odoo.addons.credit_control.tests.common import TODAY

from .common import FEW, MANY, CountingCommon, InsuranceCommon

COVER = ["was_insured", "insured_limit", "insured_amount", "uncovered_amount"]


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSets(CountingCommon, InsuranceCommon):
    """Many debtors take as many queries as a few."""

    def _crowd(self, count, days=90):
        """Debtors with a limit and an invoice that is late for so many days."""
        partners = self.env["res.partner"]
        for _number in range(count):
            partners |= self._create_debtor(
                "Crowd", company_registry=f"R{len(partners)}{days}{count}"
            )
        profiles = self.env["credit.profile"].concat(*map(self._profile, partners))
        for profile in profiles:
            self._create_overdue_invoice(days, partner=profile.partner_id)
        return profiles

    def _with_limits(self, count, **values):
        profiles = self._crowd(count)
        for profile in profiles:
            self._insure(profile, **values)
        return profiles

    def test_stops_begin_and_end_together(self):
        stops = self.env["credit.insurance.stop"].sudo()

        def begin(count):
            found = {one: ("extension", TODAY) for one in self._crowd(count)}
            return lambda: stops._begin(found)

        self._assert_same(begin)

        def lift(count):
            profiles = self._crowd(count)
            day = TODAY - timedelta(3)
            stops._begin({one: ("extension", day) for one in profiles})
            return stops.search([("profile_id", "in", profiles.ids)])._lift_today

        with patch.object(
            type(stops), "_lift_today", lambda self: self._lift(TODAY), create=True
        ):
            self._assert_same(lift)

    def test_a_stop_begins_after_the_one_before(self):
        stops = self.env["credit.insurance.stop"].sudo()
        [profile] = self._crowd(1)
        stops.create(
            {
                "profile_id": profile.id,
                "reason": "claim",
                "date_from": TODAY - timedelta(9),
                "date_to": TODAY - timedelta(4),
            }
        )
        stops._begin({profile: ("extension", TODAY - timedelta(20))})
        last = stops.search([("profile_id", "=", profile.id)], limit=1)
        self.assertEqual(last.date_from, TODAY - timedelta(3))
        self.assertIn("Stop shipment", profile.message_ids[0].body)

    def test_limits_that_end_are_looked_at_once(self):
        """Odoo tells each person of each new activity; the next morning nothing is
        new, and one query knows.
        """
        limits = self.env["credit.insurance.limit"]

        def remind(count):
            self._with_limits(count, end=TODAY + timedelta(10))
            limits._remind_expiring(self.company, TODAY)
            return lambda: limits._remind_expiring(self.company, TODAY)

        self._assert_same(remind)
        ending = limits.search([("period_ids.date_to", "=", TODAY + timedelta(10))])
        self.assertEqual(len(ending), 1 + FEW + MANY)
        self.assertEqual(ending.mapped(lambda one: len(one.activity_ids)), [1] * 10)

    def test_activities_of_the_morning_are_made_together(self):
        limits = self.env["credit.insurance.limit"]
        securities = self.env["credit.security"]

        def remind_of_limits(count):
            made = self._with_limits(count, end=TODAY + timedelta(10))
            made.collector_id = self.env.user
            return lambda: limits._remind_expiring(self.company, TODAY)

        def remind_of_securities(count):
            profiles = self._crowd(count)
            profiles.collector_id = self.env.user
            securities.create(
                [
                    {
                        "profile_id": profile.id,
                        "kind": "guarantee",
                        "amount": 50,
                        "needs_document": False,
                        "valid_from": TODAY,
                        "valid_to": TODAY + timedelta(10),
                    }
                    for profile in profiles
                ]
            ).action_confirm()
            return lambda: securities._remind_expiring(self.company, TODAY)

        self._assert_same(remind_of_limits)
        self._assert_same(remind_of_securities)
        made = securities.search([("valid_to", "=", TODAY + timedelta(10))])
        self.assertEqual(made.mapped(lambda one: len(one.activity_ids)), [1] * 10)

    def _claim_all(self, as_of):
        """Claims on debtors that are late, and then the work of ``as_of`` on all."""
        claims = self.env["credit.claim"].sudo()

        def propose(count):
            self._with_limits(count).collector_id = self.env.user
            claims._propose_all(self.company, TODAY)
            return lambda: claims._propose_all(self.company, as_of)

        return propose

    def test_claims_are_followed_together(self):
        """Also those whose day of the loss is over, and of which nothing is left."""
        claims = self.env["credit.claim"].sudo()
        self._assert_same(self._claim_all(TODAY + timedelta(1)))
        found = claims.search([("company_id", "=", self.company.id)])
        self.assertEqual(found.mapped(lambda one: len(one.line_ids)), [1] * 10)
        found[:4].write({"state": "waiting", "notified_date": TODAY})
        lost = found[0].loss_date
        for claim in found[2:6]:
            self._pay(claim.line_ids.move_id)
        before = claims.search_read(
            [("id", "in", found[:2].ids)], ["gross_amount", "line_ids"]
        )
        claims._propose_all(self.company, TODAY + timedelta(2))
        self.assertFalse(found[4:6].exists())
        self.assertEqual(found[:4].mapped("state"), ["waiting"] * 2 + ["closed"] * 2)
        self._assert_same(self._claim_all(lost))
        after = claims.search_read(
            [("id", "in", found[:2].ids)], ["gross_amount", "line_ids"]
        )
        self.assertEqual(before, after)

    def test_claims_are_proposed_together(self):
        """But for the number that each gets: three queries of Odoo."""
        claims = self.env["credit.claim"].sudo()

        def propose(count):
            self._with_limits(count).collector_id = self.env.user
            return lambda: claims._propose_all(self.company, TODAY)

        self._assert_same(propose, each=3)

    def test_a_declaration_of_many_debtors(self):
        declarations = self.env["credit.declaration"].sudo()

        def declare(count):
            self._with_limits(count)
            draft = declarations.create(
                {
                    "policy_id": self.insurance.id,
                    "date_from": TODAY - timedelta(count),
                    "date_to": TODAY - timedelta(count),
                }
            )
            return draft._fill

        self._assert_same(declare)
        last = declarations.search([], order="date_to", limit=1)
        self.assertEqual(len(last.line_ids), 1 + FEW + MANY)
        self.assertEqual(last.overdue, 100 * (1 + FEW + MANY))

    def test_decisions_are_entered_together(self):
        limits = self.env["credit.insurance.limit"]

        def decide(count):
            made = limits.create(
                [
                    {"policy_id": self.insurance.id, "profile_id": one.id}
                    for one in self._crowd(count, -10)
                ]
            )
            vals = [
                {"limit_id": limit.id, "amount": 500, "date_from": TODAY}
                for limit in made
            ]
            return lambda: self.env["credit.insurance.decision"].create(vals)

        self._assert_same(decide)

    def test_each_decision_stands_in_the_history_of_its_limit(self):
        limit = self._insure(self._crowd(1))
        decisions = self.env["credit.insurance.decision"].create(
            [
                {"limit_id": limit.id, "amount": 700, "date_from": TODAY},
                {
                    "limit_id": limit.id,
                    "amount": 300,
                    "temporary": True,
                    "date_from": TODAY,
                    "date_to": TODAY + timedelta(5),
                },
            ]
        )
        body = str(limit.message_ids[0].body).replace("&nbsp;", "\N{NO-BREAK SPACE}")
        for decision in decisions:
            self.assertIn(decision.display_name, body)

    def test_the_insurers_list(self):
        lists = self.env["credit.insurance.import"]

        def take_over(count):
            rows = ["Registration number;Decided;From"] + [
                f"{one.partner_id.company_registry};500;01/01/2025"
                for one in self._crowd(count, -10)
            ]
            found = lists.create(
                {
                    "name": "list.csv",
                    "policy_id": self.insurance.id,
                    "file": base64.b64encode("\n".join(rows).encode()),
                }
            )
            found.action_read()
            self.assertEqual(found.ready_count, count)
            return found.action_import

        self._assert_same(take_over)

    def test_who_is_on_time_is_not_looked_at_twice(self):
        clocks = type(self.env["credit.insurance.clock"])
        stops = self.env["credit.insurance.stop"]
        self._create_overdue_invoice(59)
        self.env.flush_all()
        with patch.object(clocks, "_clock_sql", side_effect=AssertionError):
            self.assertFalse(stops._fetch_stops(TODAY, self.profile))
            with self.assertRaises(AssertionError):
                stops._fetch_stops(TODAY + timedelta(1), self.profile)

    def test_a_country_with_less_time_is_not_missed(self):
        self.env["credit.insurance.terms"].create(
            {
                "policy_id": self.insurance.id,
                "extension_days": 10,
                "country_ids": self.profile.partner_id.country_id.ids,
            }
        )
        self._create_overdue_invoice(20)
        self.assertEqual(self._stop()[0], "extension")

    def test_an_invoice_has_one_deadline_whatever_limits_there_are(self):
        """Of two policies the latest one counts that isn't on top of another, of two
        periods the latest one.
        """
        later = self._create_insurance(number="KV-2", date_from=date(2025, 1, 1))
        limit = self.env["credit.insurance.limit"].create(
            {"policy_id": later.id, "profile_id": self.profile.id}
        )
        self.env["credit.insurance.decision"].create(
            [
                {"limit_id": limit.id, "amount": 900, "date_from": date(2025, 1, 1)},
                {"limit_id": limit.id, "amount": 800, "date_from": TODAY},
            ]
        )
        invoices = self._create_overdue_invoice(20) | self._create_overdue_invoice(5)
        rows = self._clocks()
        self.assertEqual([row["id"] for row in rows], self._items(invoices).ids)
        self.assertEqual({row["policy_id"] for row in rows}, {later.id})
        later.top_up = True
        below = {row["policy_id"] for row in self._clocks()}
        self.assertEqual(below, {self.insurance.id})

    def test_the_page_of_exposures_says_what_the_whole_list_says(self):
        exposures = self.env["credit.exposure"]
        self._with_limits(3, amount=60.0)
        self._crowd(2)
        self.env.flush_all()
        self.env.invalidate_all()
        spec = {name: {} for name in ["exposure", "available", *COVER]}
        ours = [("company_id", "=", self.company.id)]
        whole = {one["id"]: one for one in exposures.search_read(ours, list(spec))}
        for order in ("exposure desc", "uncovered_amount desc, id"):
            self.env.invalidate_all()
            page = exposures.web_search_read(
                ours, spec, offset=1, limit=3, order=order, count_limit=100
            )
            self.assertEqual(page["length"], len(whole))
            self.assertEqual(
                page["records"], [whole[one["id"]] for one in page["records"]]
            )
        amounts = [one["uncovered_amount"] for one in page["records"]]
        self.assertEqual(amounts, sorted(amounts, reverse=True))
        self.assertTrue(any(one["insured_amount"] for one in whole.values()))
        found = exposures.web_search_read(
            [*ours, ("insured_amount", ">", 0)], spec, limit=80
        )
        insured = [one for one in whole.values() if one["insured_amount"] > 0]
        self.assertEqual(found["length"], len(insured))
