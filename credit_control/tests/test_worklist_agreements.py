from datetime import timedelta

from odoo.modules.migration import load_script
from odoo.tests import tagged
from odoo.tools import file_path

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

    # -- agreements of before an update -----------------------------------------

    def _update(self):
        self.env.flush_all()
        script = file_path("credit_control/migrations/19.0.1.5.0/post-timeline.py")
        load_script(script, "timeline").migrate(self.cr, "19.0.1.4.0")
        self.env.invalidate_all()

    def _date(self, moment, records):
        """As if ``records`` had been made in one transaction."""
        self.env.flush_all()
        for record in records:
            self.cr.execute(
                f"UPDATE {record._table} SET create_date = %s WHERE id = %s",
                [moment, record.id],
            )

    def test_an_update_finds_the_entry_of_an_agreement(self):
        promise = self._promise(TODAY + timedelta(2)).sudo()
        entry = promise.log_message_id
        promise._withdraw("Paid another way", TODAY)
        end = self.profile.message_ids[0]
        self.assertNotEqual(end, entry)
        self._date("2025-06-01 10:00:00.123", [promise, entry])
        self._date("2025-06-02 10:00:00.456", [end])
        shown = self._told()
        for wrong in (self.env["mail.message"], end):
            promise.log_message_id = wrong
            self.assertNotEqual(self._told(), shown)
            self._update()
            self.assertEqual(promise.log_message_id, entry)
            self.assertEqual(self._told(), shown)

    def _told(self):
        return [event for _kind, event in self.profile._fetch_events(50)]

    def test_an_update_guesses_nothing(self):
        """Two promises in one transaction, and one whose entry was deleted."""
        other = self._items(self._create_overdue_invoice(3, amount=50.0))
        promises = self._promise(TODAY + timedelta(2)).sudo()
        promises |= self.profile._make_promise({other: 50.0}, TODAY, TODAY).sudo()
        self._date("2025-06-01 10:00:00.123", [*promises, *promises.log_message_id])
        third = self._items(self._create_overdue_invoice(4, amount=20.0))
        lonely = self.profile._make_promise({third: 20.0}, TODAY, TODAY).sudo()
        lonely.log_message_id.unlink()
        self._date("2025-06-03 10:00:00.123", lonely)
        promises.log_message_id = False
        self._update()
        self.assertFalse((promises | lonely).log_message_id)
