from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.credit_control.tests.common import TODAY

from .collection_common import CollectionCommon
from .common import CountingCommon


@tagged("post_install", "-at_install")
class TestCollectionProposal(CountingCommon, CollectionCommon):
    def _propose_files(self, as_of=TODAY, company=None):
        self.env.flush_all()
        files = self.env["credit.collection.file"]
        return files._propose_all(company or self.company, as_of)

    def test_two_weeks_after_the_last_level(self):
        self._remind()
        sent = self.invoice.invoice_date_due + timedelta(30)
        self.policy.handoff_earliest = 0
        self.assertFalse(self._propose_files(sent + timedelta(13)))
        file = self._propose_files(sent + timedelta(14))
        self.assertRecordValues(
            file,
            [
                {
                    "profile_id": self.profile.id,
                    "state": "draft",
                    "by_policy": True,
                    "agency_id": self.agency.id,
                    "claimed_principal": 1000,
                }
            ],
        )
        self.assertIn("14 days after the last level", file.reason)
        self.assertFalse(self._propose_files(sent + timedelta(15)), "once")

    def test_not_before_the_earliest_day(self):
        self._remind()
        due = self.invoice.invoice_date_due
        self.policy.handoff_earliest = 68
        self.assertFalse(self._propose_files(due + timedelta(67)))
        self.assertTrue(self._propose_files(due + timedelta(68)))

    def test_at_the_latest_also_without_the_last_level(self):
        self._dun(TODAY)
        self.policy.handoff_latest = 71
        self.assertFalse(self._propose_files(TODAY))
        file = self._propose_files(TODAY + timedelta(1))
        self.assertIn("71 days or more", file.reason)

    def test_what_is_held_or_too_little_or_switched_off(self):
        self._remind()
        item = self._items(self.invoice)
        self.policy.handoff_minimum = 1000.01
        self.assertFalse(self._propose_files())
        self.policy.write({"handoff_minimum": 100, "handoff_propose": False})
        self.assertFalse(self._propose_files())
        self.policy.handoff_propose = True
        promise = self.profile._make_promise(
            {item: 1000.0}, TODAY + timedelta(5), TODAY
        )
        self.assertFalse(self._propose_files())
        promise.sudo().state = "withdrawn"
        promise.sudo().line_ids.state = "withdrawn"
        self.assertTrue(self._propose_files())

    def test_without_an_agency_nothing_is_proposed(self):
        self._remind()
        self.agency.active = False
        self.assertFalse(self._propose_files())

    def test_a_file_for_each_currency(self):
        self._remind()
        pound = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        other = self._create_overdue_invoice(70, 300.0, currency_id=pound.id)
        self._remind(other)
        files = self._propose_files()
        self.assertEqual(
            {file.currency_id: file.claimed_principal for file in files},
            {self.company.currency_id: 1000, pound: 300},
        )

    def test_each_company_for_itself(self):
        data = self.setup_other_company()
        company = data["company"]
        self._remind()
        self.assertFalse(self._propose_files(company=company))
        self.assertTrue(self._propose_files())

    def test_the_morning_proposes_and_takes_back_what_is_paid(self):
        self._remind()
        file = self._propose_files()
        self._pay(self.invoice)
        self.env["credit.collection.file"]._discard_paid(self.company, TODAY)
        self.assertFalse(file.exists())

    def test_what_came_back_is_not_proposed_again(self):
        """Nor what somebody decided not to hand over; it can be by hand."""
        self._remind()
        for sent in (False, True):
            file = self._propose_files() or self._prepare()
            if sent:
                self._send(file)
            file.sudo()._close("irrecoverable", TODAY, "Nothing to seize")
            self.env.flush_all()
            self.assertFalse(self._propose_files())
        self.assertTrue(self._prepare())

    def test_consumers_wait_for_the_steps_of_the_law(self):
        """Costs are claimed of Belgian consumers after a first notice only."""
        person = self._create_debtor(
            "Person", is_company=False, country_id=self.env.ref("base.be").id
        )
        self.agency.does_consumers = True
        self._register(self.agency, "BE")
        self.level_4.fee = 10
        self.policy.handoff_latest = 60
        self._create_overdue_invoice(70, 500.0, partner=person)
        files = self._propose_files()
        self.assertEqual(files.partner_id, self.debtor)
        self._propose(profiles=self._profile(person))._send(TODAY)
        later = TODAY + timedelta(20)
        file = self._propose_files(later)
        self.assertFalse(file, "the first notice announces no costs")

    def test_finding_what_is_due_asks_as_often_for_many_as_for_few(self):
        counts = []
        for more in (3, 9):
            for number in range(more):
                partner = self._create_debtor(f"Q{more}{number}")
                self._create_overdue_invoice(200, 100.0, partner=partner)
            found = self._count_queries()  # fills what is cached for all
            found, count = self._count_queries()
            counts.append(count)
        self.assertGreaterEqual(len(found), 12)
        self.assertEqual(*counts)

    def _count_queries(self):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        found = self.env["credit.collection.file"]._find_due(self.company, TODAY)
        return found, self.cr.sql_log_count - before

    # -- many ------------------------------------------------------------------

    def _crowd(self, count):
        """Debtors with two invoices each that are late for long enough."""
        self.policy.handoff_latest = 80
        for _number in range(count):
            partner = self._create_debtor("Crowd")
            for days in (90, 95):
                self._create_overdue_invoice(days, partner=partner)

    def test_many_files_are_proposed_together(self):
        """But for the number that each gets: three queries of Odoo."""
        files = self.env["credit.collection.file"]

        def propose(count):
            self._crowd(count)
            return lambda: files._propose_all(self.company, TODAY)

        self._assert_same(propose, each=3)
        made = files.search([("by_policy", "=", True)])
        self.assertEqual(made.mapped(lambda one: len(one.line_ids)), [2] * 10)
        self.assertEqual(made.mapped(lambda one: len(one.step_ids)), [1] * 10)

    def test_many_proposals_are_brought_up_to_date_together(self):
        files = self.env["credit.collection.file"]

        def discard(count):
            self._crowd(count)
            files._propose_all(self.company, TODAY)
            return lambda: files._discard_paid(self.company, TODAY + timedelta(1))

        self._assert_same(discard)

    def test_together_each_claims_what_it_claims_alone(self):
        self._remind()
        self._crowd(3)
        made = self._propose_files()
        self.assertEqual(len(made), 4)
        together, alone = made._get_claims(TODAY), {}
        for file in made:
            alone |= file._get_claims(TODAY)
        self.assertEqual(together, alone)
        self.assertEqual(set(together), set(made.line_ids))
        self.assertTrue(all(claim["interest"] for claim in together.values()))

    def test_one_that_is_refused_holds_up_no_other(self):
        files = self.env["credit.collection.file"].sudo()
        self._crowd(3)
        bad = self.env["res.partner"].search([("name", "=", "Crowd")], limit=1)
        bad = self._profile(bad)
        create = type(files).create

        def refuse(self, vals_list):
            if bad.id in [vals["profile_id"] for vals in vals_list]:
                raise UserError("Refused.")
            return create(self, vals_list)

        with patch.object(type(files), "create", refuse):
            made = self._propose_files()
        self.assertEqual(len(made), 2)
        self.assertNotIn(bad, made.profile_id)
        self.assertIn("Refused.", bad.message_ids[0].body)
        self.assertEqual(self._propose_files().profile_id, bad)
