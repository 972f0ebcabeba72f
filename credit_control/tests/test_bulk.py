from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import TODAY
from .test_promises import DAY, AgreementCommon


@tagged("post_install", "-at_install")
class TestBulk(AgreementCommon):
    """What is done for several debtors at once."""

    def setUp(self):
        super().setUp()
        self.invoice = self._create_overdue_invoice(10, 1000)
        self.second = self._create_overdue_invoice(40, 250)
        self.other_invoice = self._create_overdue_invoice(40, 60, self.other_debtor)
        self.other = self._profile(self.other_debtor)
        self.both = self.profile | self.other

    def _bulk(self, action, user=None, **values):
        context = action["context"]
        form = Form(
            self.env[action["res_model"]]
            .with_user(user or self.officer)
            .with_context(context)
        )
        for name, value in values.items():
            form[name] = value
        return form.save()

    def _as_officer(self):
        return self.both.with_user(self.officer)

    def test_a_promise_of_each(self):
        bulk = self._bulk(
            self._as_officer().action_promise_all(), date=DAY, note="Group"
        )
        self.assertRegex(bulk.summary, r"^Debtors: 2, invoices: 3, .*1,310\.00")
        self.assertFalse(bulk.left_out)
        self.assertIn("Promises noted: 2", bulk.action_do()["params"]["message"])
        self.assertRecordValues(
            self.both.promise_ids.sorted("amount"),
            [
                {"amount": 60, "date": DAY, "note": "Group", "state": "open"},
                {"amount": 1250, "date": DAY, "note": "Group", "state": "open"},
            ],
        )

    def test_who_promised_already_is_left_out(self):
        self._promise(self.invoice)
        self._promise(self.second)
        bulk = self._bulk(self._as_officer().action_promise_all(), date=DAY)
        self.assertIn("Azure", bulk.left_out)
        bulk.action_do()
        self.assertEqual(len(self.both.promise_ids), 3)
        again = self._bulk(self._as_officer().action_promise_all(), date=DAY)
        with self.assertRaises(UserError):
            again.action_do()

    def test_one_promise_a_currency(self):
        dollar = self.setup_other_currency("HRK")
        self._create_overdue_invoice(10, 70, currency_id=dollar.id)
        items = self._items(self.profile.open_item_ids.move_id | self.other_invoice)
        action = items.with_user(self.officer).action_credit_promise()
        bulk = self._bulk(action, date=DAY)
        self.assertIn("Debtors: 2, invoices: 4", bulk.summary)
        bulk.action_do()
        self.assertEqual(len(self.profile.promise_ids), 2)
        self.assertEqual(len(self.other.promise_ids), 1)

    def test_chosen_items_only(self):
        items = self._items(self.second | self.other_invoice)
        self._bulk(
            items.with_user(self.officer).action_credit_promise(), date=DAY
        ).action_do()
        self.assertEqual(self.profile.promise_ids.amount, 250)

    def test_a_day_gone_by(self):
        bulk = self._bulk(
            self._as_officer().action_promise_all(), date=TODAY - timedelta(1)
        )
        with self.assertRaises(UserError):
            bulk.action_do()

    def test_one_debtor_has_his_own_page(self):
        one = self.profile.with_user(self.officer)
        self.assertEqual(one.action_promise_all()["res_model"], "credit.promise.make")
        self.assertEqual(one.action_call_all()["res_model"], "credit.call.log")

    def test_calls(self):
        row = self.env["credit.worklist"].with_user(self.officer)
        rows = row.search([("profile_id", "in", self.both.ids)])
        self._bulk(rows.action_call_all(), outcome="voicemail").action_do()
        self.assertEqual(self.both.call_ids.mapped("outcome"), ["voicemail"] * 2)
        self.assertEqual(self.both.mapped("put_off_until"), [TODAY + timedelta(1)] * 2)

    def test_a_collector(self):
        self._bulk(
            self._as_officer().action_give_to_collector(), collector_id=self.manager
        ).action_do()
        self.assertEqual(self.both.collector_id, self.manager)
        self.assertFalse(self.both.portfolio_id)

    def test_a_collector_of_another_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._create_user("stranger", "base.group_user", company)
        bulk = self._bulk(
            self._as_officer().action_give_to_collector(), collector_id=stranger
        )
        with self.assertRaises(UserError):
            bulk.action_do()

    def test_viewers_do_nothing(self):
        viewed = self.both.with_user(self.viewer)
        for action in ("promise_all", "call_all", "give_to_collector"):
            with self.assertRaises(AccessError):
                getattr(viewed, f"action_{action}")()
        with self.assertRaises(AccessError):
            self._items(self.second | self.other_invoice).with_user(
                self.viewer
            ).action_credit_promise()
        with self.assertRaises(AccessError):
            self.env["credit.profile.bulk"].with_user(self.viewer).create(
                {"step": "call", "profile_ids": self.both.ids}
            )

    def test_accept_several_requests(self):
        later = TODAY + timedelta(40)
        for profile, invoice in (
            (self.profile, self.invoice),
            (self.other, self.other_invoice),
        ):
            profile.sudo()._ask_promise(self._items(invoice), later, "", TODAY)
        requests = self.both.request_ids
        self.assertEqual(requests.mapped("state"), ["new", "new"])
        with self.mock_mail_gateway():
            requests.with_user(self.officer).action_accept()
        self.assertEqual(self.both.promise_ids.mapped("date"), [later, later])


@tagged("post_install", "-at_install")
class TestReleaseForPromise(AgreementCommon):
    """Orders go on against a promise, in the same step."""

    def setUp(self):
        super().setUp()
        self.level_4.write({"order_hold": True, "channel": "email"})
        self.policy.skip_older = True
        self._create_overdue_invoice(40, 1000)
        with self.mock_mail_gateway():
            self._dun(TODAY - timedelta(8))

    def _promise_with(self, **values):
        action = self.profile.with_user(self.officer).action_make_promise()
        wizard = self.env[action["res_model"]].with_user(self.officer)
        with Form(wizard.with_context(**action["context"])) as form:
            for name, value in values.items():
                form[name] = value
        form.record.action_make()

    def test_released_with_the_promise(self):
        self.assertTrue(self.profile.order_hold)
        self._promise_with(release_orders=True)
        self.assertFalse(self.profile.order_hold)
        self.assertEqual(self.profile.promise_ids.state, "open")
        said = " ".join(self.profile.message_ids.mapped("body"))
        self.assertIn("Orders released by hand: Promised:", said)

    def test_held_all_the_same(self):
        self._promise_with()
        self.assertTrue(self.profile.order_hold)

    def test_said_again_after_a_broken_word(self):
        self._promise_with(date=DAY)
        self.profile.promise_ids._judge(DAY + timedelta(30))
        wizard = self.env["credit.promise.make"].with_context(
            default_profile_id=self.profile.id
        )
        self.assertIn("number 2", Form(wizard).warning)


@tagged("post_install", "-at_install")
class TestTotals(AgreementCommon):
    """What stands above the worklist."""

    def _totals(self, domain=(), user=None):
        worklist = self.env["credit.worklist"].with_user(user or self.officer)
        return worklist.get_totals(list(domain))

    def _figures(self, totals):
        return {
            label: [amount.replace("\xa0", " ") for amount in amounts]
            for label, amounts in totals["figures"]
        }

    def test_of_what_is_listed(self):
        for partner in (self.debtor, self.other_debtor):
            self._create_overdue_invoice(60, 3000, partner)
            self._create_overdue_invoice(-5, 200, partner)
        totals = self._totals()
        self.assertEqual(totals["count"], 2)
        figures = self._figures(totals)
        self.assertEqual(figures["Overdue"], ["$ 6,000.00"])
        self.assertEqual(figures["Open"], ["$ 6,400.00"])
        self.assertEqual(figures["Promised by today"], [])
        mine = [("partner_id", "=", self.debtor.id)]
        self.assertEqual(self._totals(mine)["count"], 1)
        self.assertEqual(self._figures(self._totals(mine))["Overdue"], ["$ 3,000.00"])

    def test_promised_by_today(self):
        invoice = self._create_overdue_invoice(60, 3000)
        self._create_overdue_invoice(60, 500)
        self._promise(invoice, 1000, TODAY)
        figures = self._figures(self._totals())
        self.assertEqual(figures["Promised by today"], ["$ 1,000.00"])

    def test_companies_are_not_mixed(self):
        other = self.setup_other_company(name="Second")["company"]
        other.currency_id = self.setup_other_currency("HRK")
        officer = self._create_user(
            "both", "credit_control.group_officer", self.company | other
        )
        self._create_overdue_invoice(60, 3000)
        self._create_overdue_invoice(60, 700, company=other)
        companies = [self.company.id, other.id]
        worklist = (
            self.env["credit.worklist"]
            .with_user(officer)
            .with_context(allowed_company_ids=companies)
        )
        overdue = self._figures(worklist.get_totals([]))["Overdue"]
        self.assertEqual(len(overdue), 2, overdue)
        self.assertEqual(self._totals()["count"], 1, "not theirs")

    def test_nobody(self):
        self.assertEqual(self._totals([("id", "=", 0)])["count"], 0)

    def test_rights(self):
        with self.assertRaises(AccessError):
            self._totals(user=self.salesperson)
