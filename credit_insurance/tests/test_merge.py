from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.credit_control.tests.common import TODAY

from .test_claim import ClaimCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMergedCustomers(ClaimCommon):
    """Two customers of a policy become one: nothing told to the insurer is lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._profile(cls.other_debtor)
        cls._insure(cls.other, 500)

    def _merge(self):
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge((self.debtor | self.other_debtor).ids, self.debtor)
        self.env.invalidate_all()

    def _propose_both(self):
        self._create_taxed(100)
        self._create_taxed(100, partner=self.other_debtor)
        mine = self._propose_claim()
        theirs = self.env["credit.claim"].search([("profile_id", "=", self.other.id)])
        return mine, theirs

    def test_of_two_drafts_one_stays_with_the_whole_balance(self):
        mine, theirs = self._propose_both()
        self._merge()
        self.assertTrue(mine.exists())
        self.assertFalse(theirs.exists())
        mine.sudo()._refresh(TODAY)
        self.assertEqual(sum(mine.line_ids.mapped("gross")), 242)

    def test_the_claim_that_was_reported_stays(self):
        mine, theirs = self._propose_both()
        theirs.with_user(self.officer).action_notify()
        self._merge()
        self.assertFalse(mine.exists())
        self.assertRecordValues(
            theirs, [{"state": "notified", "profile_id": self.profile.id}]
        )

    def test_two_that_were_reported_are_looked_at_first(self):
        claims = self.env["credit.claim"].concat(*self._propose_both())
        claims.with_user(self.officer).action_notify()
        with self.assertRaisesRegex(UserError, "close one of them"):
            self._merge()
        claims[1].with_user(self.manager).action_close()
        self._merge()
        self.assertEqual(set(claims.mapped("state")), {"notified", "closed"})
        self.assertEqual(claims.profile_id, self.profile)

    def test_requests_and_answers_are_kept(self):
        requests = self.env["credit.insurance.request"].create(
            [
                {"policy_id": self.insurance.id, "profile_id": one.id, "amount": 90000}
                for one in (self.profile, self.other)
            ]
        )
        requests[1].with_user(self.officer)._mark_sent()
        answered = requests[1]
        answered._close("decided")
        self.env.flush_all()
        sent = answered.copy()
        sent.with_user(self.officer)._mark_sent()
        self._merge()
        self.assertFalse(requests[0].exists(), "a draft beside what was sent")
        self.assertEqual(sent.state, "sent")
        self.assertEqual((sent | answered).profile_id, self.profile)

    def test_of_two_that_were_sent_one_waits(self):
        requests = self.env["credit.insurance.request"].create(
            [
                {"policy_id": self.insurance.id, "profile_id": one.id, "amount": 90000}
                for one in (self.profile, self.other)
            ]
        )
        requests.with_user(self.officer)._mark_sent()
        self._merge()
        self.assertEqual(requests.mapped("state"), ["sent", "withdrawn"])
        self.assertEqual(requests.profile_id, self.profile)

    def test_both_are_stopped(self):
        stops = (
            self.env["credit.insurance.stop"]
            .sudo()
            .create(
                [
                    {
                        "profile_id": one.id,
                        "reason": "withdrawn",
                        "date_from": TODAY - timedelta(days),
                        "date_to": end,
                    }
                    for one, days, end in (
                        (self.profile, 10, False),
                        (self.other, 40, False),
                        (self.other, 90, TODAY - timedelta(60)),
                    )
                ]
            )
        )
        self._merge()
        self.assertRecordValues(
            stops.exists(),
            [
                {"date_from": TODAY - timedelta(40), "date_to": False},
                {
                    "date_from": TODAY - timedelta(90),
                    "date_to": TODAY - timedelta(60),
                },
            ],
        )
        self.assertEqual(stops.exists().profile_id, self.profile)
