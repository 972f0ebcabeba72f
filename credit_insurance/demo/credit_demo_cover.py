import base64
from datetime import date, timedelta

from odoo import models

from ..core import securities

LIST = """Buyer number;Reference;Status;Requested;Decided;From;To;Conditions
471004;LB-5204;Reduced;;{lower};{day};;Accounts of last year are asked for.
471005;LB-5205;Approved;12.000,00;12.000,00;{day};;
471099;LB-5299;Approved;4.000,00;4.000,00;{day};;
471007;LB-5207;Approved;9.000,00;nine thousand;{day};;
"""


class CreditDemo(models.AbstractModel):
    """Securities of every kind, a discretionary limit, and a list of decisions with
    rows that are refused.
    """

    _inherit = "credit.demo"

    def _insure(self, company, as_of: date) -> None:
        result = super()._insure(company, as_of)
        policy = self.env["credit.insurance.policy"].search(
            [("company_id", "=", company.id)], limit=1
        )
        self._show_cover(policy, as_of)
        return result

    def _show_cover(self, policy, as_of: date) -> None:
        debtors = policy.limit_ids.sorted("id").profile_id
        self._secure(debtors, as_of)
        self._cover_oneself(policy, debtors, as_of)
        self._list_decisions(policy, as_of)

    # -- securities ------------------------------------------------------------

    def _secure(self, debtors, as_of: date) -> None:
        bank, factor, parent = self.env["res.partner"].create(
            [
                {"name": name, "is_company": True}
                for name in (
                    "Kredietbank van de Leie",
                    "Factorbank Benelux NV",
                    "Holding Vermeulen NV",
                )
            ]
        )
        values = [
            {
                "kind": "guarantee",
                "name": "GAR-2291",
                "issuer_id": bank.id,
                "profile_id": debtors[0].id,
                "amount": 1500.0,
                "valid_to": as_of + timedelta(days=300),
                "claim_days": 30,
                "first_demand": True,
            },
            {
                "kind": "credit_letter",
                "name": "LC-88017",
                "issuer_id": bank.id,
                "profile_id": debtors[1].id,
                "amount": 6000.0,
                "tolerance": 5.0,
                "latest_shipment": as_of - timedelta(days=2),
                "valid_to": as_of + timedelta(days=19),
            },
            {
                "kind": "factoring",
                "name": "FC-310",
                "issuer_id": factor.id,
                "profile_id": debtors[2].id,
                "amount": debtors[2].open_amount + 2500,
                "factor_limit": debtors[2].open_amount * 0.8,
                "advance_percent": 85.0,
                "fee_percent": 0.75,
                "discount_rate": 5.4,
            },
            {
                "kind": "factoring",
                "name": "FC-311",
                "issuer_id": factor.id,
                "profile_id": debtors[9].id,
                "amount": 10000.0,
                "advance_percent": 80.0,
                "fee_percent": 0.5,
                "discount_rate": 5.4,
                "with_recourse": True,
                "recourse_days": 45,
            },
            {
                "kind": "parent",
                "name": "PG-17",
                "guarantor_id": parent.id,
                "profile_id": debtors[4].id,
                "amount": 5000.0,
                "guarantor_cap": 3000.0,
                "valid_to": as_of + timedelta(days=10),
                "claim_days": 30,
            },
            {
                "kind": "deposit",
                "name": "WB-2024-08",
                "profile_id": debtors[5].id,
                "amount": 800.0,
            },
            {
                "kind": "title",
                "name": "Art. 9 general terms",
                "profile_id": debtors[6].id,
                "amount": 1200.0,
                "haircut": 50.0,
                "priority": 20,
            },
            {
                "kind": "reserve",
                "profile_id": debtors[8].id,
                "amount": 500.0,
            },
            {
                "kind": "guarantee",
                "name": "GAR-2304",
                "issuer_id": bank.id,
                "profile_id": debtors[3].id,
                "amount": 1000.0,
                "valid_to": as_of + timedelta(days=400),
                "needs_document": True,
            },
        ]
        common = {
            "valid_from": as_of - timedelta(days=200),
            "currency_id": debtors[0].company_id.currency_id.id,
            "needs_document": False,
        }
        found = self.env["credit.security"].create([common | one for one in values])
        found[:-1].action_confirm()
        self._present(found[1], as_of)

    def _present(self, letter, as_of: date) -> None:
        """The documents of all invoices but the last one that was too old."""
        missed = [
            share.claim
            for share in letter._get_layers(as_of)[letter].shares
            if share.reason == securities.NOT_PRESENTED
            and self.env["account.move"].browse(share.claim.invoice).is_invoice()
        ]
        self.env["credit.security.presentation"].create(
            [
                {
                    "security_id": letter.id,
                    "move_id": move_id,
                    "date": delivered + timedelta(days=10),
                }
                for move_id, delivered in {
                    claim.invoice: claim.delivered for claim in missed[:-1]
                }.items()
            ]
        )

    # -- cover of one's own ----------------------------------------------------

    def _cover_oneself(self, policy, debtors, as_of: date) -> None:
        """A discretionary limit on who paid on time, where there is one."""
        others = self.env["credit.profile"].search(
            [
                ("company_id", "=", policy.company_id.id),
                ("id", "not in", debtors.ids),
                ("tier_id.code", "!=", "poor"),
            ],
            order="id",
        )
        for profile in others.sorted("open_amount", reverse=True)[:20]:
            found = profile._find_evidence("experience", policy, as_of)
            if found.until:
                self._give_discretionary(policy, profile, found, as_of)
                return

    def _give_discretionary(self, policy, profile, found, as_of: date) -> None:
        limit = self.env["credit.insurance.limit"].create(
            {
                "policy_id": policy.id,
                "profile_id": profile.id,
                "kind": "discretionary",
            }
        )
        self.env["credit.insurance.decision"].create(
            {
                "limit_id": limit.id,
                "amount": 3000.0,
                "date_from": as_of - timedelta(days=20),
                "date_to": found.until,
                "evidence": "experience",
                "evidence_note": found.words,
            }
        )

    # -- the insurer's list ----------------------------------------------------

    def _list_decisions(self, policy, as_of: date) -> None:
        """Two rows wait to be taken over, two are refused."""
        day = as_of + timedelta(days=30)
        text = LIST.format(day=day.strftime("%d/%m/%Y"), lower="2.000,00")
        imported = self.env["credit.insurance.import"].create(
            {
                "name": f"limieten-{as_of:%Y-%m}.csv",
                "policy_id": policy.id,
                "file": base64.b64encode(text.encode()),
            }
        )
        imported.action_read()
