from datetime import timedelta

from dateutil.relativedelta import relativedelta
from psycopg2.errors import CheckViolation, UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.credit_control.tests.common import TODAY

from .cover_common import CoverCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDecisions(CoverCommon):
    """The insurer decides, again and again; what he decided stays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()
        cls.limit = cls._create_limit()

    def _amounts(self, *days):
        """The limit on each of ``days`` from today."""
        return [self.limit._get_period(TODAY + timedelta(day)).amount for day in days]

    def test_the_latest_decision_in_effect_counts(self):
        self._decide(self.limit, 1000)
        self._decide(self.limit, 400, 30, status="reduced")
        self.assertEqual(self._amounts(-101, -100, 29, 30), [0, 1000, 1000, 400])
        self.assertRecordValues(
            self.limit,
            [{"amount": 1000, "state": "in_force", "date_to": TODAY + timedelta(29)}],
        )

    def test_a_temporary_limit_comes_on_top(self):
        self._decide(self.limit, 1000)
        self._decide(
            self.limit, 500, -10, temporary=True, date_to=TODAY + timedelta(10)
        )
        self.assertEqual(self._amounts(-11, 0, 10, 11), [1000, 1500, 1500, 1000])

    def test_under_investigation_changes_nothing(self):
        self._decide(self.limit, 1000)
        self._decide(self.limit, 0, -10, status="investigation")
        self.assertEqual(self._amounts(0), [1000])

    def test_refused_covers_nothing_whatever_the_amount(self):
        self._decide(self.limit, 1000)
        self._decide(self.limit, 1000, 0, status="cancelled")
        self.assertEqual(self._amounts(-1, 0), [1000, 0])
        self.assertEqual(self.limit.state, "ended")

    def test_a_correction_replaces_the_wrong_line(self):
        wrong = self._decide(self.limit, 10000)
        right = self._decide(self.limit, 1000, corrects_id=wrong.id)
        self.assertEqual(self._amounts(0), [1000])
        self.assertRecordValues(
            wrong | right, [{"is_corrected": True}, {"is_corrected": False}]
        )
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self._decide(self.limit, 2000, corrects_id=wrong.id)

    def test_the_button_to_correct(self):
        wrong = self._decide(self.limit, 10000, reference="A")
        action = wrong.with_user(self.officer).action_correct()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.officer)
            .with_context(**action["context"])
        )
        with Form(wizard) as form:
            form.amount = 1000
        form.record.action_apply()
        self.assertEqual(self._amounts(0), [1000])
        self.assertEqual(self.limit.decision_ids.mapped("reference"), ["A", "A"])

    def test_the_window_begins_with_what_is_known(self):
        """From a debtor, and from a request: nothing has to be looked up."""
        self.limit.buyer_reference = "A-1"
        wizards = self.env["credit.insurance.decide"].with_user(self.officer)
        with Form(wizards.with_context(default_profile_id=self.profile.id)) as form:
            self.assertEqual(form.policy_id, self.insured_policy)
            self.assertEqual(form.kind, "full")
            form.amount = 10
        request = self.env["credit.insurance.request"].create(
            {"policy_id": self.insured_policy.id, "profile_id": self.profile.id}
        )
        context = request.action_decide()["context"]
        with Form(wizards.with_context(**context)) as form:
            self.assertEqual((form.kind, form.buyer_reference), ("full", "A-1"))
            form.amount = 20
        form.record.action_apply()
        self.assertEqual(self._amounts(0), [20])

    def test_nothing_typed_is_no_decision(self):
        wizards = self.env["credit.insurance.decide"].with_user(self.officer)
        wizard = wizards.create({"limit_id": self.limit.id})
        with self.assertRaisesRegex(UserError, "how much"):
            wizard.action_apply()
        wizard.status = "refused"
        wizard.action_apply()
        self.assertEqual(self.limit.state, "ended")

    def test_decisions_are_never_changed(self):
        decision = self._decide(self.limit, 1000)
        for user in (self.officer, self.manager, self.env.user):
            # Both are errors of the user; AccessError is one of them.
            with self.assertRaises(UserError):
                decision.with_user(user).amount = 1
            with self.assertRaises(UserError):
                decision.with_user(user).unlink()
        with self.assertRaisesRegex(UserError, "never changed"):
            decision.sudo().amount = 2
        with self.assertRaisesRegex(UserError, "kept"):
            self.limit.unlink()
        with self.assertRaisesRegex(UserError, "history"):
            self.profile.unlink()

    def test_who_entered_it_can_not_be_chosen(self):
        decision = self.env["credit.insurance.decision"].with_user(self.officer)
        decision = decision.create(
            {"limit_id": self.limit.id, "amount": 1, "user_id": self.manager.id}
        )
        self.assertEqual(decision.user_id, self.officer)

    def test_the_same_decision_twice(self):
        self._decide(self.limit, 1000, reference="LB-1")
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self._decide(self.limit, 1000, reference="LB-1")

    def test_nonsense_is_refused(self):
        for values in (
            {"amount": -1},
            {"percent": 101},
            {"date_to": TODAY - timedelta(200)},
            {"temporary": True},
        ):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                self._decide(self.limit, **{"amount": 1, **values})

    def test_a_percentage_of_its_own(self):
        self._create_overdue_invoice(10, 100)
        self._decide(self.limit, 1000, percent=70)
        self.assertEqual(self.profile.insured_amount, 70)

    def test_terms_of_the_country(self):
        self.debtor.country_id = self.env.ref("base.pl")
        self.insured_policy.terms_ids.create(
            {
                "policy_id": self.insured_policy.id,
                "country_ids": self.debtor.country_id.ids,
                "insured_percent": 60,
            }
        )
        self._create_overdue_invoice(10, 100)
        self._decide(self.limit, 1000)
        self.assertEqual(self.profile.insured_amount, 60)

    # -- deliveries before a cut -----------------------------------------------

    def test_what_was_delivered_before_a_cut_stays_covered(self):
        """Of 1000, cut to 400 ten days ago: 800 delivered before, 300 afterwards."""
        self._decide(self.limit, 1000)
        self._decide(self.limit, 400, -10, status="reduced")
        old = self._create_overdue_invoice(0, 800)
        self._create_overdue_invoice(-30, 300, invoice_date=TODAY)
        self.assertRecordValues(
            self.profile,
            [{"insured_limit": 400, "insured_amount": 720, "uncovered_amount": 380}],
        )
        self._pay(old, 600)
        self.env.invalidate_all()
        self.assertRecordValues(
            self.profile,
            [{"exposure": 500, "insured_amount": 360, "uncovered_amount": 140}],
        )

    def test_on_any_day(self):
        self._decide(self.limit, 1000)
        self._decide(self.limit, 400, -10, status="reduced")
        invoice = self._create_overdue_invoice(0, 800)
        self._pay(invoice)
        day = TODAY - timedelta(20)
        wizard = self.env["credit.insurance.cover.on"].with_user(self.viewer)
        wizard = wizard.create({"profile_ids": self.profile.ids, "day": day})
        self.assertRecordValues(
            wizard.line_ids,
            [
                {
                    "balance": 800,
                    "limit": 1000,
                    "insured": 720,
                    "uncovered": 80,
                    "secured": 0,
                }
            ],
        )
        wizard.day = TODAY + timedelta(100)
        self.assertRecordValues(
            wizard.line_ids, [{"balance": 0, "limit": 400, "insured": 0}]
        )
        self.assertEqual(self.profile._get_cover(1000, day).insured, 900)
        self.assertEqual(self.profile._get_cover(1000, TODAY).insured, 360)

    def test_stop_shipment(self):
        """What was delivered before the stop stays covered, new deliveries aren't."""
        self._decide(self.limit, 1000)
        self._create_overdue_invoice(0, 300)
        self._create_overdue_invoice(-30, 200, invoice_date=TODAY)
        self.env["credit.insurance.stop"].sudo().create(
            {
                "profile_id": self.profile.id,
                "reason": "extension",
                "date_from": TODAY - timedelta(5),
            }
        )
        self.env.invalidate_all()
        self.assertRecordValues(
            self.limit, [{"amount": 0, "state": "stopped", "date_to": False}]
        )
        self.assertRecordValues(
            self.profile,
            [{"insured_limit": 0, "insured_amount": 270, "uncovered_amount": 230}],
        )

    def test_the_day_of_the_loss_counts(self):
        """A policy that ended covers what was delivered in it, or nothing."""
        self._decide(self.limit, 1000)
        self._create_overdue_invoice(0, 100)
        self.insured_policy.date_to = TODAY - timedelta(1)
        self.env.invalidate_all()
        self.assertEqual(self.profile.insured_amount, 90)
        self.insured_policy.basis = "loss"
        self.env.invalidate_all()
        self.assertEqual(self.profile.insured_amount, 0)

    # -- own cover -------------------------------------------------------------

    def _give(self, user, amount=500, **values):
        """Cover the other debtor by oneself."""
        wizard = self.env["credit.insurance.decide"].with_user(user)
        wizard = wizard.create(
            {
                "policy_id": self.insured_policy.id,
                "profile_id": self._profile(self.other_debtor).id,
                "kind": "discretionary",
                "amount": amount,
                "evidence": "report",
                **values,
            }
        )
        wizard.action_apply()
        return self._profile(self.other_debtor).insurance_limit_ids

    def _report(self, day, agency="Creditsafe"):
        self.env["credit.bureau.report"].create(
            {
                "profile_id": self._profile(self.other_debtor).id,
                "agency": agency,
                "date": day,
                "points": 80,
            }
        )

    def test_on_a_credit_report(self):
        self._report(TODAY - relativedelta(months=2))
        limit = self._give(self.manager)
        self.assertRecordValues(limit, [{"amount": 500, "is_own": True}])
        self.assertEqual(
            limit.decision_ids.date_to,
            TODAY + relativedelta(months=10) - timedelta(1),
        )
        self.assertEqual(limit.decision_ids.report_id.agency, "Creditsafe")

    def test_an_old_report_or_another_agency_is_refused(self):
        self._report(TODAY - relativedelta(months=12))
        with self.assertRaisesRegex(UserError, "twelve months"):
            self._give(self.manager)
        self.insured_policy.agencies = "Graydon, Dun"
        self._report(TODAY)
        with self.assertRaisesRegex(UserError, "approved agency"):
            self._give(self.manager)
        self.insured_policy.agencies = "graydon, CREDITSAFE"
        self.assertEqual(self._give(self.manager).amount, 500)

    def test_on_how_he_paid(self):
        for _number in range(2):
            with self.assertRaisesRegex(UserError, "Two invoices"):
                self._give(self.manager, evidence="experience")
            self._pay(self._create_overdue_invoice(-1, 10, self.other_debtor))
        limit = self._give(self.manager, evidence="experience")
        self.assertEqual(
            limit.decision_ids.date_to, TODAY + relativedelta(years=1, days=-1)
        )
        self._create_overdue_invoice(3, 10, self.other_debtor)
        with self.assertRaisesRegex(UserError, "late"):
            self._give(self.manager, evidence="experience", date_from=TODAY)

    def test_only_within_the_policy_and_by_a_manager(self):
        self._report(TODAY)
        self.insured_policy.discretionary_limit = 400
        with self.assertRaisesRegex(UserError, "up to"):
            self._give(self.manager)
        with self.assertRaisesRegex(AccessError, "manager"):
            self._give(self.officer, 300)
        with self.assertRaises(AccessError):
            self._create_limit().with_user(self.officer).kind = "blind"
        self.assertEqual(self._give(self.manager, 400).amount, 400)

    def test_lapses_on_a_decision_of_the_insurer_also_a_zero(self):
        self._report(TODAY - timedelta(60))
        own = self._give(self.manager, date_from=TODAY - timedelta(50))
        profile = self._profile(self.other_debtor)
        self.assertEqual(profile.insured_limit, 500)
        theirs = self._create_limit(profile)
        self._decide(theirs, 0, -5, status="refused")
        self.assertEqual(own.amount, 0)
        self.assertEqual(own.period_ids.date_to, TODAY - timedelta(6))
        self.assertEqual(profile.insured_limit, 0)
        with self.assertRaisesRegex(UserError, "decided on this debtor already"):
            self._give(self.manager)

    def test_blind_cover_asks_that_nothing_adverse_is_known(self):
        self.insured_policy.terms_ids.create(
            {
                "policy_id": self.insured_policy.id,
                "kind": "blind",
                "insured_percent": 70,
            }
        )
        self._create_overdue_invoice(0, 100, self.other_debtor)
        profile = self._profile(self.other_debtor)
        signal = self.env["credit.signal"].create(
            {
                "profile_id": profile.id,
                "kind_id": self.env["credit.signal.kind"].search([], limit=1).id,
                "date": TODAY,
            }
        )
        with self.assertRaisesRegex(UserError, "bad signal"):
            self._give(self.manager, kind="blind", evidence=False)
        signal.unlink()
        self._give(self.manager, kind="blind", evidence=False)
        self.assertEqual(profile.insured_amount, 70)

    def test_own_cover_never_becomes_a_decision_of_the_insurer(self):
        own = self._give(self.manager, kind="blind", evidence=False, amount=500)
        wizard = self.env["credit.insurance.decide"].with_user(self.officer)
        wizard.create(
            {"limit_id": own.id, "kind": "full", "amount": 900, "reference": "A"}
        ).action_apply()
        self.assertRecordValues(own, [{"kind": "blind", "is_own": True}])
        self.assertEqual(own.decision_ids.mapped("amount"), [500])
        theirs = own.profile_id.insurance_limit_ids - own
        self.assertEqual(theirs.decision_ids.mapped("amount"), [900])
        self.assertFalse(own.amount, "it has lapsed")

    # -- daily, merged customers -----------------------------------------------

    def test_somebody_looks_at_a_limit_that_ends(self):
        self._decide(self.limit, 1000, date_to=TODAY + timedelta(20))
        other = self._insure(
            500, self._profile(self.other_debtor), date_to=TODAY + timedelta(60)
        )
        for _day in range(2):
            self.limit._remind_expiring(self.company, TODAY)
        self.assertEqual(
            self.limit.activity_ids.mapped("date_deadline"), [TODAY + timedelta(20)]
        )
        self.assertFalse(other.activity_ids)
        self.limit.activity_ids.action_feedback()
        self.limit._remind_expiring(self.company, TODAY)
        self.assertFalse(self.limit.activity_ids, "once for each end")

    def test_no_reminder_where_the_next_decision_is_known(self):
        self._decide(self.limit, 1000)
        self._decide(self.limit, 1200, 10)
        self.limit._remind_expiring(self.company, TODAY)
        self.assertFalse(self.limit.activity_ids)

    def test_merged_customers_keep_all_decisions(self):
        self._decide(self.limit, 1000, reference="A")
        other = self._profile(self.other_debtor)
        theirs = self._insure(700, other, days=-50, reference="B")
        self._decide(theirs, 600, reference="A")
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge((self.debtor | self.other_debtor).ids, self.debtor)
        self.env.invalidate_all()
        self.assertEqual(self.profile.insurance_limit_ids, self.limit)
        self.assertEqual(len(self.limit.decision_ids), 3)
        self.assertEqual(self.limit.decision_ids.profile_id, self.profile)
        self.assertEqual(self._amounts(0, -60), [700, 600])
