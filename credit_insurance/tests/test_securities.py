import base64
from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.credit_control.tests.common import TODAY

from .cover_common import CoverCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSecurities(CoverCommon):
    """What others answer for isn't at risk, as long as it holds."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_users()

    def _assert_split(self, **figures):
        self.assertRecordValues(self._exposure(), [figures])
        self.env.invalidate_all()
        self.assertRecordValues(
            self.profile,
            [
                {
                    name: amount
                    for name, amount in figures.items()
                    if name in self.profile._fields
                }
            ],
        )

    # -- how an exposure splits ------------------------------------------------

    def test_the_guarantee_first_then_the_insurance(self):
        """160,000; guarantee 25,000; limit 100,000 at 90 %."""
        self._create_overdue_invoice(10, 160000)
        self._secure(25000)
        self._insure(100000)
        self._assert_split(
            gross=160000,
            security_amount=25000,
            exposure=135000,
            insured_limit=100000,
            insured_amount=90000,
            uncovered_amount=45000,
        )

    def test_by_priority_each_beyond_the_one_before(self):
        self._create_overdue_invoice(10, 100)
        self._secure(60, priority=20)
        self._secure(80, priority=10, percent=50)
        self._assert_split(security_amount=60, exposure=40, spare_security=40)

    def test_what_is_left_is_for_more(self):
        self.profile.write({"no_limit": False, "limit": 30})
        self._create_overdue_invoice(10, 40)
        self._secure(100)
        self._assert_split(
            gross=40, security_amount=40, exposure=0, available=90, spare_security=60
        )

    def test_a_debtor_in_credit_uses_none(self):
        self._create_credit_note(10, 50)
        self._secure(100)
        self._insure(100)
        self._assert_split(
            gross=-50,
            security_amount=0,
            exposure=-50,
            insured_amount=0,
            uncovered_amount=0,
        )

    def test_in_another_currency(self):
        pounds = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        self._create_overdue_invoice(10, 100)
        security = self._secure(20, currency_id=pounds.id)
        self._assert_split(security_amount=40, exposure=60)
        self.assertEqual(security.counted_amount, 40)

    def test_the_own_reserve_secures_nothing(self):
        self._create_overdue_invoice(10, 100)
        reserve = self._secure(100, kind="reserve")
        self._assert_split(security_amount=0, exposure=100, uncovered_amount=100)
        self.assertIn("reserve", reserve.reason)

    # -- what counts -----------------------------------------------------------

    def test_it_outlives_the_latest_due_date_and_the_days_to_claim(self):
        self._create_overdue_invoice(-20, 100)
        security = self._secure(100, claim_days=30, valid_to=TODAY + timedelta(49))
        self.assertRecordValues(security, [{"counts": False, "counted_amount": 0}])
        self.assertIn("Too short", security.reason)
        self._assert_split(security_amount=0)
        security.valid_to = TODAY + timedelta(50)
        self._assert_split(security_amount=100)
        self.assertEqual(security.reason, "Counts.")

    def test_a_parent_that_is_a_poor_risk_or_has_a_cap(self):
        self._create_overdue_invoice(10, 100)
        parent = self._create_debtor("Parent")
        security = self._secure(
            100, kind="parent", guarantor_id=parent.id, guarantor_cap=60
        )
        self._assert_split(security_amount=60)
        self._profile(parent).tier_id = self.poor
        self.env.invalidate_all()
        self.assertEqual(security.guarantor_tier_id, self.poor)
        self._assert_split(security_amount=0)
        with self.assertRaisesRegex(ValidationError, "who guarantees"):
            self._secure(100, kind="parent")

    def test_factoring_bears_what_is_undisputed_within_its_limit(self):
        invoice = self._create_overdue_invoice(10, 100)
        security = self._secure(500, kind="factoring", factor_limit=90)
        self._assert_split(security_amount=90)
        self.profile._open_dispute(
            {self._items(invoice): 30.0},
            self.env["credit.dispute.category"].search([], limit=1),
            "Broken",
            TODAY,
        )
        self._assert_split(security_amount=70)
        security.with_recourse = True
        self._assert_split(security_amount=0)

    def test_a_guarantee_that_is_reduced(self):
        self._create_overdue_invoice(-20, 100)
        security = self._secure(80)
        security.reduction_ids.create(
            [
                {"security_id": security.id, "date": TODAY, "amount": 60},
                {
                    "security_id": security.id,
                    "date": TODAY + timedelta(20),
                    "amount": 35,
                },
                {
                    "security_id": security.id,
                    "date": TODAY + timedelta(21),
                    "amount": 0,
                },
            ]
        )
        self._assert_split(security_amount=35)

    def test_a_revocable_letter_of_credit(self):
        self._create_overdue_invoice(10, 100)
        letter = self._secure(100, kind="credit_letter", presentation_days=0)
        self._assert_split(security_amount=100)
        letter.irrevocable = False
        self._assert_split(security_amount=0)

    # -- from draft to ended ---------------------------------------------------

    def test_an_officer_enters_a_manager_confirms(self):
        self._create_overdue_invoice(10, 100)
        security = (
            self.env["credit.security"]
            .with_user(self.officer)
            .create(
                {
                    "profile_id": self.profile.id,
                    "amount": 100,
                    "currency_id": self.company.currency_id.id,
                    "valid_from": TODAY,
                }
            )
        )
        self._assert_split(security_amount=0)
        with self.assertRaisesRegex(AccessError, "manager"):
            security.action_confirm()
        with self.assertRaises(AccessError):
            security.state = "active"
        with self.assertRaisesRegex(UserError, "Attach the document"):
            security.with_user(self.manager).action_confirm()
        attachments = self.env["ir.attachment"].with_user(self.officer)
        security.attachment_ids = attachments.create(
            {"name": "deed.pdf", "datas": base64.b64encode(b"%PDF-1.4")}
        )
        self.assertEqual(
            security.with_user(self.viewer).attachment_ids.raw[:4], b"%PDF"
        )
        security.with_user(self.manager).action_confirm()
        self._assert_split(security_amount=100)
        self.assertTrue(security.is_fixed)
        self.assertFalse(security.with_user(self.manager).is_fixed)
        with self.assertRaisesRegex(AccessError, "manager"):
            security.amount = 200
        with self.assertRaisesRegex(AccessError, "manager"):
            security.reduction_ids.create(
                {"security_id": security.id, "date": TODAY, "amount": 1}
            )
        security.note = "Sent by courier."
        security.action_end()
        self._assert_split(security_amount=0)
        with self.assertRaisesRegex(UserError, "history"):
            security.unlink()

    def test_a_viewer_reads(self):
        security = self._secure(100).with_user(self.viewer)
        self.assertEqual(security.amount, 100)
        for act in (security.action_confirm, security.action_end):
            with self.assertRaises(AccessError):
                act()

    def test_nonsense_is_refused(self):
        for values in (
            {"amount": -1},
            {"percent": 0},
            {"percent": 101},
            {"haircut": 101},
            {"valid_to": TODAY - timedelta(101)},
            {"claim_days": -1},
        ):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                self._secure(**{"amount": 1, **values})

    def test_somebody_looks_before_it_has_to_be_called(self):
        security = self._secure(100, claim_days=30, valid_to=TODAY + timedelta(55))
        later = self._secure(100, claim_days=30, valid_to=TODAY + timedelta(61))
        for _day in range(2):
            security._remind_expiring(self.company, TODAY)
        self.assertRecordValues(
            security.activity_ids, [{"date_deadline": TODAY + timedelta(25)}]
        )
        self.assertFalse(later.activity_ids)

    def test_a_reduction_of_a_draft_isnt_put_under_a_confirmed_security(self):
        confirmed = self._secure(1000)
        draft = confirmed.copy()
        step = self.env["credit.security.reduction"].with_user(self.officer)
        step = step.create({"security_id": draft.id, "date": TODAY, "amount": 9000})
        with self.assertRaisesRegex(AccessError, "confirmed security"):
            step.security_id = confirmed
