from datetime import date, timedelta

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from odoo.addons.credit_control.tests.common import TODAY

from .common import InsuranceCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestStopShipment(InsuranceCommon):
    """What stops deliveries, and what lets them go on."""

    def _update(self, as_of=TODAY):
        self.env["credit.insurance.stop"].sudo()._update_stops(self.company, as_of)
        self.env.flush_all()

    def _signal(self, xmlid="signal_insolvency", **values):
        return self.env["credit.signal"].create(
            {
                "profile_id": self.profile.id,
                "kind_id": self.env.ref(f"credit_control.{xmlid}").id,
                "date": TODAY,
                **values,
            }
        )

    def test_the_oldest_invoice_passes_the_extension_period(self):
        invoice = self._create_overdue_invoice(59)
        self.assertFalse(self._stop())
        self.assertEqual(
            self._stop(as_of=TODAY + timedelta(1)),
            ("extension", TODAY + timedelta(1)),
        )
        self._pay(invoice)
        self.assertFalse(self._stop(as_of=TODAY + timedelta(1)))

    def test_a_policy_whose_deadlines_nobody_watches_stops_nothing(self):
        self._create_overdue_invoice(90)
        self.assertTrue(self._stop())
        self.insurance.watch_deadlines = False
        self.assertFalse(self._stop())
        clocks = self.env["credit.insurance.clock"]
        self.assertFalse(clocks._fetch_rows(self.profile, TODAY))

    def test_the_insurers_consent_lets_deliveries_go_on(self):
        invoice = self._create_overdue_invoice(70)
        self.assertTrue(self._stop())
        self.env["credit.insurance.extension"].sudo().create(
            {
                "profile_id": self.profile.id,
                "policy_id": self.insurance.id,
                "item_ids": [(6, 0, self._items(invoice).ids)],
                "requested_until": TODAY + timedelta(10),
                "agreed_until": TODAY + timedelta(10),
                "state": "agreed",
            }
        )
        self.assertFalse(self._stop())
        self.assertTrue(self._stop(as_of=TODAY + timedelta(10)))

    def test_insolvency_stops_deliveries_to_who_owes_nothing(self):
        signal = self._signal()
        self.assertEqual(self._stop(), ("insolvency", TODAY))
        signal.until = TODAY
        self.assertFalse(self._stop(as_of=TODAY + timedelta(1)))

    def test_other_signals_dont(self):
        self._signal("signal_rumour")
        self.assertFalse(self._stop())

    def test_which_signals_mean_insolvency_is_said_by_their_kind(self):
        self.assertTrue(
            self.env.ref("credit_control.signal_moratorium").means_insolvency
        )
        signal = self._signal("signal_rumour")
        signal.kind_id.means_insolvency = True
        self.assertEqual(self._stop(), ("insolvency", TODAY))
        signal.kind_id.means_insolvency = False
        self.assertFalse(self._stop())

    def test_a_withdrawn_limit(self):
        self._insure(self.profile, 0, TODAY)
        self.assertEqual(self._stop(), ("withdrawn", TODAY))
        self._insure(self.profile, 100, TODAY, reference="2")
        self.assertFalse(self._stop())

    def test_a_policy_that_ended_stops_nothing(self):
        self._insure(self.profile, 0, TODAY)
        self.insurance.date_to = TODAY - timedelta(1)
        self.assertFalse(self._stop())

    def test_who_was_never_insured_is_not_stopped(self):
        self._create_overdue_invoice(90, partner=self.other_debtor)
        self.assertFalse(self._stop(self._profile(self.other_debtor)))

    def test_the_gravest_reason_since_the_earliest_day(self):
        self._create_overdue_invoice(70)
        self._signal()
        self.assertEqual(self._stop(), ("insolvency", TODAY - timedelta(10)))

    # -- orders and deliveries -------------------------------------------------

    def test_orders_wait_whatever_the_tier_says(self):
        self._create_overdue_invoice(70)
        reasons = {one.code: one for one in self.profile._get_risk_reasons()}
        self.assertEqual(reasons["stop_shipment"].rule, "approval")
        self.assertIn("06/06/2025", reasons["stop_shipment"].words)

    def test_the_file_says_since_when_and_why(self):
        self.assertFalse(self.profile.is_insurance_stopped)
        invoice = self._create_overdue_invoice(70)
        self.profile.invalidate_recordset()
        self.assertRecordValues(
            self.profile,
            [
                {
                    "is_insurance_stopped": True,
                    "insurance_stop_date": TODAY - timedelta(10),
                    "insurance_stop_reason": "extension",
                }
            ],
        )
        found = self.profile.search([("is_insurance_stopped", "=", True)])
        self.assertIn(self.profile, found)
        self._pay(invoice)
        found = self.profile.search([("is_insurance_stopped", "=", True)])
        self.assertNotIn(self.profile, found)

    # -- history ---------------------------------------------------------------

    def test_what_was_delivered_meanwhile_stays_uncovered(self):
        old = self._create_overdue_invoice(70)
        self._update()
        self._update()  # twice a day is as once
        stop = self.env["credit.insurance.stop"].search(
            [("profile_id", "=", self.profile.id)]
        )
        self.assertRecordValues(
            stop,
            [
                {
                    "date_from": TODAY - timedelta(10),
                    "date_to": False,
                    "reason": "extension",
                }
            ],
        )
        self._pay(old)
        self._update()
        self.assertEqual(stop.date_to, TODAY - timedelta(1))
        self.assertIn("has ended", self.profile.message_ids[0].body)
        for days, uncovered in ((11, None), (10, "stopped"), (1, "stopped"), (0, None)):
            with self.subTest(days=days):
                invoice = self._create_overdue_invoice(
                    -30, invoice_date=TODAY - timedelta(days)
                )
                rows = {row["move_id"]: row["uncovered"] for row in self._clocks()}
                self.assertEqual(rows[invoice.id], uncovered)

    def test_a_second_stop_begins_after_the_first(self):
        invoice = self._create_overdue_invoice(70)
        self._update()
        self._pay(invoice)
        self._update()
        self._create_overdue_invoice(80)
        self._update()
        stops = self.env["credit.insurance.stop"].search(
            [("profile_id", "=", self.profile.id)], order="date_from"
        )
        self.assertEqual(stops[1].date_from, TODAY)
        self.assertFalse(stops[1].date_to)

    def test_each_company_has_its_own(self):
        other = self.setup_other_company()["company"]
        self._create_overdue_invoice(70)
        stranger = self._profile(company=other)
        self.assertFalse(self._stop(stranger))
        self.env["credit.insurance.stop"].sudo()._update_stops(other, TODAY)
        self.assertFalse(
            self.env["credit.insurance.stop"].search(
                [("profile_id.partner_id", "=", self.debtor.id)]
            )
        )

    # -- the same day ----------------------------------------------------------

    def _get_stops(self):
        return self.env["credit.insurance.stop"].search(
            [("profile_id", "=", self.profile.id)]
        )

    def test_a_limit_that_is_withdrawn_stops_the_same_day(self):
        self._insure(self.profile, 0, TODAY)
        self.assertRecordValues(
            self._get_stops(),
            [{"reason": "withdrawn", "date_from": TODAY, "date_to": False}],
        )
        self._insure(self.profile, 100, TODAY, reference="2")
        self.assertFalse(self._get_stops())
        self.assertIn("has ended", self.profile.message_ids[0].body)

    def test_a_decision_that_takes_effect_later_stops_nothing_yet(self):
        self._insure(self.profile, 0, TODAY + timedelta(1))
        self.assertFalse(self._get_stops())
        self._update(TODAY + timedelta(1))
        self.assertEqual(self._get_stops().date_from, TODAY + timedelta(1))

    def test_insolvency_stops_from_its_day_on(self):
        signal = self._signal(date=TODAY - timedelta(4))
        stop = self._get_stops()
        self.assertRecordValues(
            stop, [{"reason": "insolvency", "date_from": TODAY - timedelta(4)}]
        )
        signal.with_user(self.officer).action_end()
        self.assertEqual(stop.date_to, TODAY - timedelta(1))

    def test_a_reported_overdue_stops_the_same_day(self):
        self._create_overdue_invoice(55)
        claim = self.env["credit.claim"].create(
            {"profile_id": self.profile.id, "policy_id": self.insurance.id}
        )
        self.assertFalse(self._get_stops())
        claim.with_user(self.officer).action_notify()
        self.assertRecordValues(
            self._get_stops(), [{"reason": "claim", "date_from": TODAY}]
        )
        claim.action_close()
        self.assertFalse(self._get_stops())

    def test_money_lets_deliveries_go_on_the_same_day(self):
        """Matched or not; what is delivered after it is covered."""
        for matched in (True, False):
            with self.subTest(matched=matched):
                invoice = self._create_overdue_invoice(70)
                self._update()
                stop = self._get_stops().filtered(lambda one: not one.date_to)
                self.assertTrue(stop)
                if matched:
                    self._pay(invoice, 40)
                    self.assertFalse(stop.date_to)
                    self._pay(invoice)
                else:
                    self._pay_on_account(99)
                    self.assertFalse(stop.date_to)
                    self._pay_on_account(1)
                self.assertFalse(
                    self._get_stops().filtered(lambda one: not one.date_to)
                )
                delivered = self._create_overdue_invoice(-30, invoice_date=TODAY)
                rows = {row["move_id"]: row["uncovered"] for row in self._clocks()}
                self.assertFalse(rows[delivered.id])

    def test_so_does_a_credit_note(self):
        self._create_overdue_invoice(70)
        self._update()
        self._create_credit_note(0, 100)
        self.assertEqual(self._get_stops().date_to, TODAY - timedelta(1))

    def test_consent_lets_deliveries_go_on_the_same_day(self):
        invoice = self._create_overdue_invoice(70)
        self._update()
        request = (
            self.env["credit.insurance.extension"]
            .with_user(self.officer)
            .create(
                {
                    "profile_id": self.profile.id,
                    "policy_id": self.insurance.id,
                    "item_ids": [(6, 0, self._items(invoice).ids)],
                    "requested_until": TODAY + timedelta(10),
                }
            )
        )
        request.action_send()
        request.action_agree()
        self.assertEqual(self._get_stops().date_to, TODAY - timedelta(1))

    # -- policies that nobody watches ------------------------------------------

    def test_a_manager_hears_of_a_policy_that_nobody_watches_once(self):
        policies = self.env["credit.insurance.policy"]
        self.assertFalse(policies.get_unwatched_words())
        self.insurance.watch_deadlines = False
        self.assertIn("KV-1", policies.with_user(self.viewer).get_unwatched_words())
        policies._remind_unwatched(self.company, TODAY)
        policies._remind_unwatched(self.company, TODAY)
        kind = self.env.ref("credit_insurance.activity_deadlines")
        told = self.insurance.activity_ids.filtered(
            lambda one: one.activity_type_id == kind
        )
        self.assertEqual(len(told), 1)
        self.assertTrue(told.user_id.has_group("credit_control.group_manager"))
        self.insurance.with_user(self.manager).action_watch_deadlines()
        self.assertFalse(self.insurance.activity_ids & told)
        with self.assertRaises(AccessError):
            self.insurance.with_user(self.officer).action_watch_deadlines()

    def test_the_morning_does_it_all(self):
        self._create_overdue_invoice(100)
        with self.enter_registry_test_mode():
            self.env.ref("credit_control.cron_daily").method_direct_trigger()
        self.assertTrue(
            self.env["credit.insurance.stop"].search(
                [("profile_id", "=", self.profile.id)]
            )
        )
        claim = self.env["credit.claim"].search([("profile_id", "=", self.profile.id)])
        self.assertEqual(claim.state, "draft")
        self.assertEqual(claim.notify_by, date(2025, 6, 6))
