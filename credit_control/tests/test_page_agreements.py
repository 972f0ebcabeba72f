from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import TODAY
from .test_page import PageCase


@tagged("post_install", "-at_install")
class TestPageAgreements(PageCase):
    """What a debtor agrees on by himself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.item = cls._items(cls.invoice)
        cls.soon = TODAY + timedelta(7)

    # -- promise ---------------------------------------------------------------

    def test_promise_counts_at_once(self):
        page = self._ask("promise", self.item, promise_day=self.soon)
        self.assertIn("Thank you. We expect", page.text)
        self.assertIn("Promised for 06/23/2025", page.text)
        self.assertRecordValues(
            self.profile.promise_ids,
            [
                {
                    "date": self.soon,
                    "amount": 123.45,
                    "state": "open",
                    "by_debtor": True,
                }
            ],
        )
        self.assertRecordValues(self.requests, [{"kind": "promise", "state": "done"}])
        self.assertEqual(self.item._credit_explain(TODAY)[0]["code"], "promised")

    def test_late_promise_waits_for_the_collector(self):
        later = TODAY + timedelta(self.policy.portal_promise_days + 1)
        page = self._ask("promise", self.item, promise_day=later, promise="Holidays")
        self.assertIn("We will look at what you propose", page.text)
        self.assertFalse(self.profile.promise_ids)
        self.assertRecordValues(
            self.requests, [{"state": "new", "date": later, "text": "Holidays"}]
        )
        with self.assertRaises(AccessError):
            self.requests.with_user(self.viewer).action_accept()
        self.requests.with_user(self.officer).action_accept()
        self.assertEqual(self.profile.promise_ids.date, later)
        self.assertEqual(self.requests.state, "done")
        self.assertFalse(self.profile.activity_ids)

    def test_promise_of_who_broke_one(self):
        self.profile._make_promise({self.item: 123.45}, TODAY, TODAY)
        self.profile.promise_ids._judge(TODAY + timedelta(30))
        self.assertEqual(self.profile.promise_ids.state, "broken")
        self._ask("promise", self.item, promise_day=self.soon)
        self.assertEqual(len(self.profile.promise_ids), 1)
        self.assertEqual(self.requests.state, "new")

    def test_promise_without_a_day(self):
        for day in ("", "tomorrow", "2025-02-30"):
            with self.subTest(day):
                page = self._ask(
                    "promise", self.item, promise_day=day, promise="Word of mine"
                )
                self.assertIn("Please choose a day", page.text)
                self.assertIn("Word of mine", page.text)

    def test_promise_for_yesterday(self):
        page = self._ask("promise", self.item, promise_day=TODAY - timedelta(1))
        self.assertIn("has gone by", page.text)
        self.assertFalse(self.requests)

    def test_promise_twice(self):
        self._ask("promise", self.item, promise_day=self.soon)
        page = self._ask("promise", self.item, promise_day=self.soon)
        self.assertIn("is promised for", page.text)
        self.assertEqual(len(self.profile.promise_ids), 1)

    def test_promise_for_somebody_else(self):
        self._ask("promise", self._items(self.strange), promise_day=self.soon)
        self.assertFalse(self.env["credit.promise"].search([]))

    # -- dispute ---------------------------------------------------------------

    def _dispute(self, items=None, **values):
        category = self.env["credit.dispute.category"].search([], limit=1)
        return self._ask(
            "dispute",
            self.item if items is None else items,
            **{"dispute_category": category.id, "dispute": "Broken", **values},
        )

    def test_dispute_of_a_part(self):
        page = self._dispute(dispute_amount="23,45")
        self.assertIn("You get an answer until", page.text)
        self.assertIn("In dispute: $ 23.45", page.text.replace("\xa0", " "))
        self.assertRecordValues(
            self.profile.dispute_ids, [{"state": "new", "by_debtor": True}]
        )
        [reason] = self.item._credit_explain(TODAY)
        self.assertEqual(reason["amount"], 100.0)

    def test_dispute_that_says_too_little(self):
        for values, words in (
            ({"dispute": " "}, "Please tell us what is wrong"),
            ({"dispute_category": ""}, "Say what is disputed"),
            ({"dispute_category": "999999"}, "Say what is disputed"),
            ({"dispute_amount": "half"}, "is no amount"),
            ({"dispute_amount": "1000"}, "123.45"),
            ({"dispute_amount": "-5"}, "is no amount"),
            ({"dispute_amount": "nan"}, "is no amount"),
        ):
            with self.subTest(values):
                page = self._dispute(**values)
                self.assertEqual(page.status_code, 200)
                self.assertIn(words, page.text)
                self.assertFalse(self.profile.dispute_ids)

    def test_amount_is_about_one_invoice(self):
        items = self.item | self._items(self._create_overdue_invoice())
        page = self._dispute(items, dispute_amount="5")
        self.assertIn("please tick only that one", page.text)

    def test_dispute_with_a_photo(self):
        files = [("files", ("photo.txt", b"what I got", "text/plain"))]
        self._dispute(files=files)
        attachment = self.env["ir.attachment"].search(
            [
                ("res_model", "=", "credit.dispute"),
                ("res_id", "in", self.profile.dispute_ids.ids),
            ]
        )
        self.assertEqual(attachment.raw, b"what I got")

    def test_too_many_files(self):
        files = [("files", (f"{n}.txt", b"x", "text/plain")) for n in range(6)]
        self.assertIn("no more than 5 files", self._dispute(files=files).text)

    # -- plan ------------------------------------------------------------------

    def _plan(self, **values):
        asked = {"plan_count": 2, "plan_period": "monthly", "plan_day": self.soon}
        return self._ask("plan", self.item, **{**asked, **values})

    def test_plan_within_bounds_is_there_to_sign(self):
        page = self._plan()
        self.assertIn("please sign it", page.text)
        self.assertIn("Read and sign", page.text)
        plan = self.profile.plan_ids
        self.assertEqual(plan.state, "proposed")
        self.assertAlmostEqual(sum(plan.term_ids.mapped("amount")), 123.45)
        self.assertIn("In your instalment plan", self.url_open(self.page).text)

    def test_plan_speaks_the_language_of_the_debtor(self):
        self.env["res.lang"]._activate_lang("nl_BE")
        self.debtor.lang = "nl_BE"
        self._plan()
        page = self.url_open(self.profile.plan_ids.sudo().get_portal_url())
        self.assertIn("23/06/2025", page.text)

    def test_plan_beyond_bounds_waits(self):
        page = self._plan(plan_count=4)
        self.assertIn("We will look at what you propose", page.text)
        self.assertEqual(self.profile.plan_ids.state, "requested")

    def test_plan_of_nonsense(self):
        for values in (
            {"plan_count": "-1"},
            {"plan_count": "9999"},
            {"plan_period": "day"},
            {"plan_day": ""},
        ):
            with self.subTest(values):
                page = self._plan(**values)
                self.assertEqual(page.status_code, 200)
                self.assertIn("alert-danger", page.text)
                self.assertFalse(self.profile.plan_ids)
