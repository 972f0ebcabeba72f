from datetime import date
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.credit_control.tests import common
from odoo.addons.credit_control.tests.browser_common import BrowserCase

from .collection_common import CollectionCommon


@tagged("post_install", "-at_install")
class TestCollectionInBrowser(CollectionCommon, BrowserCase):
    """A manager hands over what the policy proposes. Today is the real one: no browser
    is frozen.
    """

    freeze_time = None
    addon = "credit_insurance"

    @classmethod
    def setUpClass(cls):
        cls.today = date.today()
        cls.startClassPatcher(patch.object(common, "TODAY", cls.today))
        super().setUpClass()
        cls._make_assets()
        cls.policy.write({"handoff_earliest": 0, "handoff_days": 0})
        cls._remind()
        cls._owe(cls.other_debtor)

    @classmethod
    def _owe(cls, partner, **values):
        """``partner`` owes for as long, and was reminded as often, as Azure."""
        partner.write(
            {
                "street": "Kaai 2",
                "zip": "9000",
                "country_id": cls.env.ref("base.be").id,
                "company_registry": "0403019261",
                **values,
            }
        )
        cls._remind(cls._create_overdue_invoice(70, 500.0, partner=partner))

    def _play(self, tour, user=None):
        with self.mock_mail_gateway():
            super()._play(tour, user or self.manager)

    def _propose_files(self):
        self.env.flush_all()
        files = self.env["credit.collection.file"]
        return files._propose_all(self.company, self.today)

    def test_from_the_proposal_to_the_withdrawal(self):
        files = self._propose_files()
        file = files.filtered(lambda f: f.partner_id == self.debtor)
        self._play("hand_over")
        self.assertRecordValues(
            file,
            [
                {
                    "state": "closed",
                    "outcome": "withdrawn",
                    "sent_date": self.today,
                    "decided_by_id": self.manager.id,
                    "agency_reference": "A-77",
                    "is_no_authority": True,
                    "solvency_date": self.today,
                }
            ],
        )
        self.assertEqual(
            file.step_ids.sorted("id").mapped("state"),
            ["draft", "ready", "sent", "accepted", "amicable", "closed"],
        )
        self.assertEqual((files - file).state, "draft")
        self.assertFalse(file.link_token)

    def test_many_at_once_and_one_that_lacks_something(self):
        self._owe(self._create_debtor("Crane"), street=False)
        files = self._propose_files()
        self._play("hand_over_many")
        states = {file.partner_id.name: file.state for file in files}
        self.assertEqual(states, {"Azure": "sent", "Brick": "sent", "Crane": "draft"})

    def test_the_bill_for_letters_in_the_agencys_name(self):
        self.policy.company_id = self.company
        self.level_4.write(
            {
                "pre_collection": "agency",
                "pre_collection_agency_id": self.agency.id,
            }
        )
        self.agency.fee_ids = [
            (0, 0, {"service": "pre_collection", "flat": 9, "no_cure_no_pay": False})
        ]
        self._remind(self._create_overdue_invoice(60, 300.0))
        self._play("letters", self.officer)
        letter = self.env["credit.collection.letter"].search(
            [("agency_id", "=", self.agency.id)]
        )
        self.assertEqual(letter.bill_id.amount_untaxed, 9)
