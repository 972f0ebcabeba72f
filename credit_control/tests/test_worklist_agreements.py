from datetime import timedelta

from odoo.tests import tagged

from .common import TODAY, CreditControlCommon


@tagged("post_install", "-at_install")
class TestWorklistAgreements(CreditControlCommon):
    """What was agreed on and not kept stands on the worklist, with its reason."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.item = cls._items(cls._create_overdue_invoice(1, amount=100.0))
        cls.profile = cls._profile()

    def _get_codes(self, as_of=TODAY):
        rows = self.env["credit.worklist"]._get_rows(self.profile, as_of)
        row = rows.get(self.profile.id)
        return {reason[0] for reason in row.reasons} if row else set()

    def _promise(self, day):
        return self.profile._make_promise({self.item: 100.0}, day, TODAY)

    def test_nothing_to_do(self):
        self.assertEqual(self._get_codes(), set())

    def test_promise_on_its_day_and_broken(self):
        self._promise(TODAY + timedelta(2))
        self.assertEqual(self._get_codes(), set())
        self.assertIn("promise_due", self._get_codes(TODAY + timedelta(2)))
        later = TODAY + timedelta(20)
        self.profile.promise_ids._judge(later)
        self.assertEqual(self.profile.promise_ids.state, "broken")
        self.assertIn("promise_broken", self._get_codes(later))
        self.assertNotIn("promise_broken", self._get_codes(later + timedelta(60)))

    def test_broken_promise_of_who_paid(self):
        self._promise(TODAY)
        later = TODAY + timedelta(20)
        self.profile.promise_ids._judge(later)
        self._pay(self.item.move_id)
        self.assertNotIn("promise_broken", self._get_codes(later))

    def test_dispute_without_an_answer(self):
        category = self.env["credit.dispute.category"].search([], limit=1)
        dispute = self.profile._open_dispute(
            {self.item: 100.0}, category, "Broken", TODAY
        )
        self.assertNotIn("dispute_late", self._get_codes(dispute.deadline))
        late = dispute.deadline + timedelta(1)
        self.assertIn("dispute_late", self._get_codes(late))

    def test_asked_on_his_page(self):
        self.profile.sudo()._ask("contact", text="Ann does that")
        self.assertIn("asked", self._get_codes())
        self.profile.request_ids.action_done()
        self.assertNotIn("asked", self._get_codes())

    def test_every_reason_has_words(self):
        worklist = self.env["credit.worklist"]
        for code in worklist._get_sources(TODAY):
            with self.subTest(code):
                row = worklist.new(
                    {
                        "currency_id": self.company.currency_id.id,
                        "tier_id": self.poor.id,
                        "reasons": [[code, 5, 3, str(TODAY)]],
                    }
                )
                self.assertTrue(row.why)

    def test_at_the_phone(self):
        self._promise(TODAY + timedelta(2))
        self.assertIn("Promises", dict(self.profile._get_facts()))
        kinds = {kind for kind, _event in self.profile._fetch_events(50)}
        self.assertIn("promise", kinds)
        steps = {step.action for step in self.profile._get_next_steps()}
        self.assertLess({"action_make_promise", "action_open_dispute"}, steps)
