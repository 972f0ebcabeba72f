from datetime import timedelta
from random import Random

from odoo import Command
from odoo.tests import freeze_time, tagged

from odoo.addons.credit_control.models.credit_exposure import Scope
from odoo.addons.credit_control.tests.common import TODAY

from .cover_common import CoverCommon

KINDS = ("guarantee", "parent", "deposit", "title", "reserve")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSecuritySlices(CoverCommon):
    """What the query over all securities says the core says, to the cent."""

    def _owe(self, partner, random):
        for _invoice in range(random.randint(0, 3)):
            self._create_overdue_invoice(
                random.randint(-40, 60), random.randint(1, 90_000) / 100, partner
            )
        if random.random() < 0.4:
            # Not matched with anything.
            self._pay(partner, random.randint(1, 60_000) / 100)

    def _pay(self, partner, amount):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": partner.id,
                "amount": amount,
                "date": TODAY,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()

    def _give(self, profile, guarantor, random):
        start = random.randint(-200, -1)
        values = {
            "kind": random.choice(KINDS),
            "guarantor_id": guarantor.id,
            "guarantor_cap": random.choice((0, 75.25)),
            "percent": random.choice((100, 80, 33.3)),
            "haircut": random.choice((0, 12.5)),
            "priority": random.randint(1, 3),
            "claim_days": random.choice((0, 30)),
            "valid_from": TODAY + timedelta(start),
        }
        if random.random() < 0.5:
            values["valid_to"] = TODAY + timedelta(random.randint(0, 90))
        if random.random() < 0.4:
            values["reduction_ids"] = [
                Command.create(
                    {
                        "date": TODAY + timedelta(random.randint(-50, 80)),
                        "amount": random.randint(0, 20_000) / 100,
                    }
                )
                for _step in range(2)
            ]
        security = self._secure(random.randint(1, 30_000) / 100, profile, **values)
        if random.random() < 0.2:
            security.action_end()

    def _by_core(self, profiles):
        found = {}
        for profile_id, *figures, _digits in profiles._get_claim_slices(TODAY):
            found.setdefault(profile_id, set()).add(
                tuple(round(float(figure), 6) for figure in figures)
            )
        return found

    def _by_query(self, profiles, ledger=None):
        scope = Scope(TODAY, profiles.partner_id.ids, self.company.ids, ledger)
        stacks = self.env["credit.security"]._fetch_stacks(scope)
        return {
            profile_id: {
                tuple(round(float(figure), 6) for figure in one) for one in stack
            }
            for profile_id, stack in stacks.items()
        }

    def test_the_query_says_what_the_core_says(self):
        random = Random(19)
        guarantors = [self._create_debtor(f"Parent {number}") for number in range(2)]
        poor = self.env["credit.risk.tier"].search([("code", "=", "poor")], limit=1)
        self._profile(guarantors[1]).tier_id = poor
        profiles = self.env["credit.profile"]
        for number in range(25):
            partner = self._create_debtor(f"Debtor {number}")
            profiles |= self._profile(partner)
            self._owe(partner, random)
            for _security in range(random.randint(0, 4)):
                self._give(profiles[-1], random.choice(guarantors), random)
        self.env.flush_all()
        self.env.invalidate_all()
        by_core = self._by_core(profiles)
        self.assertGreater(len(by_core), 10)
        self.assertEqual(self._by_query(profiles), by_core)
        # As of the day itself the same is open.
        self.assertEqual(self._by_query(profiles, TODAY), by_core)

    def test_beside_one_that_stands_for_single_invoices(self):
        """Who gave one of those is judged by the core, the others aren't."""
        other = self._profile(self._create_debtor("Other"))
        for profile in (self.profile, other):
            self._create_overdue_invoice(10, 100, profile.partner_id)
            self._secure(30, profile)
        self._secure(50, kind="factoring", priority=1)
        self.assertEqual(
            self._by_query(self.profile | other),
            {
                self.profile.id: {(50.0, 100.0, 0.0), (30.0, 100.0, 50.0)},
                other.id: {(30.0, 100.0, 0.0)},
            },
        )
