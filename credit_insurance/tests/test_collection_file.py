from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.credit_control.tests.common import TODAY

from .collection_common import CollectionCommon


@tagged("post_install", "-at_install")
class TestCollectionAgency(CollectionCommon):
    def test_who_collects_from_consumers_is_registered(self):
        self.assertFalse(self.agency.registration_warning)
        self.agency.does_consumers = True
        self.assertIn("not registered", self.agency.registration_warning)
        own = self._register(self.agency, "BE")
        self.assertFalse(self.agency.registration_warning)
        own.date_to = TODAY - timedelta(1)
        self.assertIn("ended on", self.agency.registration_warning)
        self.agency.kind = "bailiff"
        self.assertFalse(self.agency.registration_warning)

    def test_each_country_has_its_register(self):
        """A Belgian registration is none for who lives in the Netherlands."""
        self.agency.does_consumers = True
        self._register(self.agency, "BE")
        refusal = {}
        for name, values in {
            "belgian": {"country_id": self.env.ref("base.be").id},
            "dutch": {"country_id": self.env.ref("base.nl").id},
            "french": {"country_id": self.env.ref("base.fr").id},
            "trader": {
                "country_id": self.env.ref("base.nl").id,
                "company_registry": "12345678",
            },
        }.items():
            person = self._create_debtor(name, is_company=False, **values)
            refusal[name] = self.agency._find_refusal(self._profile(person), TODAY)
        self.assertFalse(refusal["belgian"])
        self.assertIn("consumers in Netherlands (Wki)", refusal["dutch"])
        self.assertFalse(refusal["french"])
        self.assertIn("sole traders in Netherlands (Wki)", refusal["trader"])
        self._register(self.agency, "NL", date_to=TODAY)
        for name in ("dutch", "trader"):
            person = self.env["res.partner"].search([("name", "=", name)])
            self.assertFalse(self.agency._find_refusal(self._profile(person), TODAY))

    def test_a_file_on_a_consumer_waits_for_the_registration(self):
        person = self._create_debtor(
            "Person",
            is_company=False,
            street="Street 1",
            zip="9000",
            country_id=self.env.ref("base.be").id,
        )
        invoice = self._create_overdue_invoice(70, 500.0, partner=person)
        self._remind(invoice)
        self.agency.does_consumers = True
        file = self._prepare(invoice, self._profile(person), agency=self.agency)
        self.assertIn("Agency", file.missing)
        self.assertIn("FPS Economy", file.readiness)
        with self.assertRaisesRegex(UserError, "not registered to collect"):
            file.with_user(self.manager).action_approve()
        self._register(self.agency, "BE")
        self.env.invalidate_all()
        self.assertNotIn("Agency", file.missing)

    def test_the_first_agency_that_suits_the_debtor(self):
        self.assertEqual(self._find(self.profile), self.agency)
        self.agency.country_ids = self.env.ref("base.nl")
        self.assertFalse(self._find(self.profile))
        other = self._create_agency(name="Bailiff")
        self.assertEqual(self._find(self.profile), other)

    def _find(self, profile):
        return self.agency._find_for_each(profile, TODAY)[profile]

    def test_consumers_go_to_who_takes_them(self):
        person = self._create_debtor("Person", is_company=False)
        profile = self._profile(person)
        self.assertFalse(self._find(profile))
        self.agency.does_consumers = True
        self._register(self.agency, "BE")
        self.assertEqual(self._find(profile), self.agency)

    def test_an_agency_does_something(self):
        with self.assertRaisesRegex(ValidationError, "Say what"):
            self.agency.write(
                {
                    "does_pre_collection": False,
                    "does_amicable": False,
                    "does_legal": False,
                }
            )

    def test_own_prices_of_a_service_come_before_those_of_all(self):
        self.agency.fee_ids = [
            Command.create({"service": "legal", "percent": 25}),
            Command.create({"percent": 12, "from_amount": 500}),
        ]
        percent = {
            (service, claimed): self.agency._get_fee_line(service, 10, claimed).percent
            for service in ("amicable", "legal")
            for claimed in (100, 900)
        }
        self.assertEqual(
            percent,
            {
                ("amicable", 100): 15,
                ("amicable", 900): 12,
                ("legal", 100): 25,
                ("legal", 900): 25,
            },
        )

    def test_the_price_list_has_a_line_once(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.agency.fee_ids = [Command.create({"percent": 20})]


@tagged("post_install", "-at_install")
class TestCollectionFile(CollectionCommon):
    def setUp(self):
        super().setUp()
        self._remind()

    def test_what_is_claimed_is_counted_to_the_day(self):
        file = self._prepare()
        rate = self.profile._get_regime(TODAY).current_rate
        interest = round(1000 * rate * 70 / 36500, 2)
        self.assertRecordValues(
            file,
            [
                {
                    "state": "draft",
                    "agency_id": self.agency.id,
                    "service": "amicable",
                    "claimed_principal": 1000,
                    "claimed_costs": 40,
                    "claimed_interest": interest,
                    "company_id": self.company.id,
                }
            ],
        )
        self.assertGreater(interest, 0)

    def test_what_nobody_collects_says_nothing(self):
        self.assertFalse(self.profile.collection_words)
        self.assertFalse(self.profile.insurance_next_words)
        self.assertFalse(self.invoice.credit_collection_words)
        self.assertFalse(self.invoice.credit_insurance_words)
        self.assertFalse(self.invoice.credit_plan_words)

    def test_what_the_reminders_claimed_is_claimed_once(self):
        self.policy.level_ids.filtered(lambda v: v.number == 4).write(
            {"fee": 25.0, "rate": 6}
        )
        other = self._create_overdue_invoice(70, 500.0)
        self._remind(other)
        items = self._items(other)
        charges = self.env["credit.charge"].search(
            [("profile_id", "=", self.profile.id)]
        )
        costs = charges.filtered(lambda c: c.kind == "costs")
        self.assertEqual(costs.amount, 25)
        file = self._prepare(other)
        self.assertEqual(file.claimed_costs, 40, "25 were claimed, 15 more are due")
        file.with_user(self.officer).basis = "level"
        file.with_user(self.officer).action_refresh()
        self.assertEqual(file.claimed_costs, 25)
        interest = charges.filtered(
            lambda c: c.kind == "interest" and c.line_id.item_id == items
        )
        self.assertEqual(file.claimed_interest, sum(interest.mapped("open_amount")))

    def test_sending_freezes_and_tells_everybody(self):
        file = self._sent()
        self.assertRecordValues(
            file,
            [
                {
                    "state": "sent",
                    "is_held": True,
                    "sent_date": TODAY,
                    "decided_by_id": self.manager.id,
                    "failure": False,
                }
            ],
        )
        self.assertTrue(file.dossier_id)
        self.assertIn("With Incasso NV since", self.invoice.credit_collection_words)
        self.assertIn("With Incasso NV", self.profile.collection_words)
        self.assertIn("handed over to Incasso NV", self.profile.message_ids[0].body)
        self.assertEqual(file.message_id.partner_ids, self.agency.partner_id)
        self.assertEqual(
            file.step_ids.sorted("id").mapped("state"), ["draft", "ready", "sent"]
        )
        interest = file.claimed_interest
        file.action_refresh()
        self.assertEqual(file.claimed_interest, interest)

    def test_reminders_stop_for_its_items_and_no_others(self):
        other = self._create_overdue_invoice(10, 200.0)
        self._sent()
        self.assertEqual(self._why(self.invoice), "collection")
        self.assertNotEqual(self._why(other), "collection")
        [reason] = self._items(self.invoice)._credit_explain(TODAY)
        self.assertIn("With Incasso NV since", reason["text"])
        self.assertEqual(self._get_proposed(self._propose()), {other: 2})

    def test_orders_of_the_debtor_hold(self):
        self.assertFalse(self.profile._get_risk_reasons())
        file = self._sent()
        [reason] = self.profile._get_risk_reasons()
        self.assertIn("in collection since", reason.words)
        file._close("irrecoverable", TODAY, "Nothing to seize")
        self.env.invalidate_all()
        [reason] = self.profile._get_risk_reasons()
        self.assertIn("without payment", reason.words)

    def test_ready_for_handoff_until_it_is_in_a_file(self):
        self.assertTrue(self.profile.is_ready_for_handoff)
        self._prepare()
        self.env.invalidate_all()
        self.assertFalse(self.profile.is_ready_for_handoff)

    def test_an_item_is_in_one_open_file(self):
        file = self._prepare()
        with self.assertRaisesRegex(UserError, "in the collection file"):
            self._prepare()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.env["credit.collection.file"].sudo()._make(
                self.profile, self._items(self.invoice), TODAY
            )
        file._close("withdrawn", TODAY, "Not yet")
        self.assertTrue(self._prepare())

    def test_withdrawn_items_are_reminded_again(self):
        file = self._sent()
        wizard = self.env["credit.collection.move"].with_user(self.manager)
        wizard = wizard.create(
            {
                "file_ids": file.ids,
                "question": "withdraw",
                "date": TODAY,
                "reason": "He paid",
            }
        )
        with self.mock_mail_gateway():
            wizard.action_apply()
        self.env.invalidate_all()
        self.assertRecordValues(
            file,
            [{"state": "closed", "outcome": "withdrawn", "close_reason": "He paid"}],
        )
        self.assertNotEqual(self._why(self.invoice), "collection")
        self.assertFalse(self.profile.collection_file_id)
        self.assertIn("We take back", file.message_ids.sorted("id")[-1].body)

    def test_what_the_agency_answers_lands_in_the_file(self):
        file = self._sent()
        sent = file.message_id
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process(
                False,
                "From: dossiers@incasso.example\n"
                "To: catchall@seller.example\n"
                "Subject: Re: new file\n"
                f"In-Reply-To: {sent.message_id}\n"
                "Message-ID: <answer@incasso.example>\n\n"
                "Accepted, our number is A-77.",
            )
        answer = file.message_ids.sorted("id")[-1]
        self.assertIn("A-77", answer.body)
        self.assertEqual(answer.author_id, self.agency.partner_id)

    def test_insured_debts_go_to_the_insurers_collector_and_end_the_cover(self):
        insurer = self._create_agency(name="Insurer", kind="insurer", sequence=99)
        policy = self.env["credit.insurance.policy"].create(
            {
                "number": "P-1",
                "insurer_id": insurer.partner_id.id,
                "company_id": self.company.id,
                "currency_id": self.company.currency_id.id,
                "date_from": TODAY - timedelta(400),
                "collection_agency_id": insurer.id,
                "extension_days": 365,
            }
        )
        limits = self.env["credit.insurance.limit"].sudo()
        limit = limits.create({"policy_id": policy.id, "profile_id": self.profile.id})
        file = self._prepare()
        self.assertEqual(file.agency_id, insurer)
        stops = self.env["credit.insurance.stop"].sudo()
        self._insure(limit)
        self.assertNotIn(self.profile.id, stops._fetch_stops(TODAY, self.profile))
        self._send(file)
        self.env.flush_all()
        found = stops._fetch_stops(TODAY, self.profile)
        self.assertEqual(found[self.profile.id], ("collection", TODAY))

    def _insure(self, limit):
        """A decision of the insurer on ``limit``."""
        self.env["credit.insurance.decision"].sudo().create(
            {
                "limit_id": limit.id,
                "status": "approved",
                "amount": 5000,
                "notice_date": TODAY - timedelta(300),
                "date_from": TODAY - timedelta(300),
            }
        )
        self.env.flush_all()

    def test_a_step_back_is_refused(self):
        file = self._sent()
        file.with_user(self.officer).action_accept()
        file.with_user(self.officer).action_start()
        self.assertEqual(file.state, "amicable")
        with self.assertRaisesRegex(UserError, "can't become"):
            file.with_user(self.officer).action_accept()

    def test_a_rejected_file_goes_to_another_agency(self):
        file = self._sent()
        self._report(file, "rejected", "Outside our region")
        self.assertNotEqual(self._why(self.invoice), "collection")
        file.with_user(self.officer).action_back()
        other = self._create_agency(name="Other")
        file.with_user(self.officer).agency_id = other
        self._send(file)
        self.assertEqual((file.state, file.agency_id), ("sent", other))

    def _report(self, file, state, reason=""):
        self.env["credit.collection.move"].with_user(self.officer).create(
            {"file_ids": file.ids, "state": state, "date": TODAY, "reason": reason}
        ).action_apply()

    def test_what_is_paid_before_it_is_sent_goes(self):
        other = self._create_overdue_invoice(70, 300.0)
        self._remind(other)
        file = self._prepare(self.invoice | other)
        self._pay(self.invoice)
        self._pay(other, 100)
        self._send(file)
        self.assertEqual(file.claimed_principal, 200)
        self.assertEqual(file.line_ids.item_id, self._items(other))

    def test_a_credit_note_lowers_what_is_open(self):
        file = self._sent()
        note = self._create_credit_note(0, 400.0)
        self._items(self.invoice | note).reconcile()
        self.env.invalidate_all()
        self.assertRecordValues(
            file,
            [{"credited_amount": 400, "direct_amount": 0, "open_principal": 600}],
        )

    def test_the_agency_is_told_once_of_what_is_paid_directly(self):
        file = self._sent()
        self._pay(self.invoice, 250)
        for _time in range(2):
            with self.mock_mail_gateway():
                file._follow(TODAY)
        told = file.message_ids.filtered(lambda m: "to us directly" in m.body)
        self.assertEqual(len(told), 1)
        self.assertIn("250.00", told.body)
        self.env.invalidate_all()
        self.assertEqual((file.direct_amount, file.open_principal), (250, 750))

    def test_costs_left_are_a_question_for_the_handler(self):
        file = self._sent()
        self._pay(self.invoice)
        with self.mock_mail_gateway():
            file._follow(TODAY)
            file._follow(TODAY)
        self.assertEqual(len(file.activity_ids), 1)
        self.assertTrue(file.is_held)

    def test_what_comes_back_unpaid_is_on_the_list(self):
        file = self._sent()
        self.env["credit.collection.move"].with_user(self.officer).create(
            {
                "file_ids": file.ids,
                "question": "close",
                "outcome": "irrecoverable",
                "date": TODAY,
                "reason": "Nothing to seize",
            }
        ).action_apply()
        self.assertEqual(file.aftermath, "todo")
        self.assertIn("VAT: reclaim it on the judgment", file.activity_ids.note)

    # -- readiness -------------------------------------------------------------

    def _get_red(self, file):
        [checks] = file._get_checks(TODAY).values()
        return {check.code for check in checks if check.ok is False}

    def test_a_complete_file_is_green(self):
        file = self._prepare()
        self.assertEqual(self._get_red(file), set())
        self.assertTrue(file.is_ready)

    def test_what_is_missing_is_said_with_how_to_get_it(self):
        file = self._prepare()
        self.debtor.write({"company_registry": False, "street": False})
        self.assertEqual(self._get_red(file), {"identity", "address"})
        with self.assertRaisesRegex(UserError, "Enter the registration number"):
            file.with_user(self.manager).action_approve()
        self.assertEqual(file.state, "draft")

    def test_disputes_promises_and_corrections_are_red(self):
        file = self._prepare()
        item = self._items(self.invoice)
        self.profile._open_dispute(
            {item: 100.0},
            self.env.ref("credit_control.dispute_category_price"),
            "Too much",
            TODAY,
        )
        self.assertEqual(self._get_red(file), {"undisputed"})
        self.invoice._reverse_moves()
        self.assertIn("invoices", self._get_red(file))

    def test_a_promise_holds_it_back(self):
        file = self._prepare()
        self.profile._make_promise(
            {self._items(self.invoice): 1000.0}, TODAY + timedelta(5), TODAY
        )
        self.assertEqual(self._get_red(file), {"free"})

    def test_never_reminded(self):
        fresh = self._create_overdue_invoice(70, 90.0)
        self.assertEqual(self._get_red(self._prepare(fresh)), {"notices"})

    def test_an_agency_that_does_it(self):
        file = self._prepare()
        self.agency.does_amicable = False
        self.assertEqual(self._get_red(file), {"agency"})

    # -- rights ----------------------------------------------------------------

    def test_viewers_read_officers_prepare_managers_decide(self):
        file = self._prepare()
        self.assertEqual(file.with_user(self.viewer).claimed_principal, 1000)
        with self.assertRaises(AccessError):
            file.with_user(self.viewer).write({"service": "legal"})
        with self.assertRaises(AccessError):
            self.profile.with_user(self.viewer).action_prepare_collection()
        file.with_user(self.officer).service = "legal"
        for name in ("action_approve", "action_send"):
            with self.assertRaises(AccessError):
                getattr(file.with_user(self.officer), name)()
        for values in ({"state": "sent"}, {"line_ids": []}, {"link_until": TODAY}):
            with self.assertRaises(AccessError):
                file.with_user(self.manager).write(values)
        for user in (self.salesperson, self.portal):
            with self.assertRaises(AccessError):
                file.with_user(user).read(["name"])

    def test_amounts_above_the_authority(self):
        authority = self.env.ref("credit_control.authority_manager")
        authority.write({"unlimited": False, "limit": 900})
        file = self._prepare()
        with self.assertRaisesRegex(AccessError, "above your authority"):
            file.with_user(self.manager).action_approve()
        authority.limit = 5000
        file.with_user(self.manager).action_approve()
        self.assertEqual(file.state, "ready")

    def test_what_was_handed_over_stays(self):
        file = self._sent()
        with self.assertRaisesRegex(UserError, "who collects it stays"):
            file.with_user(self.officer).service = "legal"
        with self.assertRaisesRegex(UserError, "kept as history"):
            file.with_user(self.manager).unlink()
        file.with_user(self.officer).agency_reference = "A-77"
        self.assertEqual(file.agency_reference, "A-77")

    def test_files_of_other_companies_are_not_seen(self):
        other = self.setup_other_company()["company"]
        agency = self._create_agency(other)
        stranger = self._create_user("stranger", "credit_control.group_manager", other)
        file = self._prepare()
        files = self.env["credit.collection.file"].with_user(stranger)
        self.assertFalse(files.search([]))
        with self.assertRaises(AccessError):
            file.with_user(stranger).read(["name"])
        with self.assertRaises(UserError):
            file.agency_id = agency
            file.flush_recordset()

    # -- bulk ------------------------------------------------------------------

    def test_many_files_go_in_the_background_and_one_that_fails_says_why(self):
        partners = self.env["res.partner"].browse()
        files = self._prepare()
        for number in range(4):
            partners |= self._create_debtor(
                f"Many{number}",
                company_registry=f"04{number}",
                street="Street 1",
                zip="1000",
                country_id=self.env.ref("base.be").id,
            )
        for partner in partners:
            invoice = self._create_overdue_invoice(70, 100.0, partner=partner)
            self._remind(invoice)
            files |= self._prepare(invoice, self._profile(partner))
        files.with_user(self.manager).action_send()
        self.assertEqual(set(files.mapped("state")), {"ready"})
        self.assertTrue(all(files.mapped("is_queued")))
        partners[0].street = False
        cron = self.env.ref("credit_insurance.cron_collection_send")
        self.env.flush_all()
        with self.mock_mail_gateway(), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        failed = files.filtered("failure")
        self.assertEqual(failed.partner_id, partners[0])
        self.assertIn("Missing: street", failed.failure)
        self.assertEqual(set((files - failed).mapped("state")), {"sent"})
        self.assertFalse(any(files.mapped("is_queued")))
