from datetime import date, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import Command, models

# What the demo's policy says, as insurers of the Benelux usually do.
TERMS = {
    "basis": "risk",
    "extension_days": 60,
    "notification_days": 30,
    "waiting_days": 180,
    "claim_days": 60,
    "payment_days": 90,
    "discretionary_limit": 5000.0,
    "claims_threshold": 500.0,
    "first_loss": 250.0,
    "aggregate_first_loss": 2500.0,
    "liability_kind": "premium",
    "liability_multiple": 30.0,
    "premium_rate": 0.25,
    "minimum_premium": 6000.0,
    "premium_advance": 5000.0,
    "premium_tax": 9.25,
    "renews": True,
    "notice_months": 3,
}


class Overdue(NamedTuple):
    """An invoice of an insured debtor that is late by so many days."""

    debtor: int
    days: int
    price: float


NEAR_STOP = Overdue(7, 54, 1480.0)
TO_REPORT = Overdue(8, 87, 2260.0)
CLAIMED = Overdue(6, 215, 3950.0)


class CreditDemo(models.AbstractModel):
    """Deadlines of the insurer: one debtor near stop shipment, one to be reported, a
    claim.
    """

    _inherit = "credit.demo"

    def _insure(self, company, as_of: date) -> None:
        result = super()._insure(company, as_of)
        policy = self.env["credit.insurance.policy"].search(
            [("company_id", "=", company.id)], limit=1
        )
        self._write_terms(policy, as_of)
        debtors = policy.limit_ids.sorted("id").profile_id
        self._be_late(company, debtors[NEAR_STOP.debtor], NEAR_STOP, as_of)
        self._be_late(company, debtors[TO_REPORT.debtor], TO_REPORT, as_of)
        self._be_late(company, debtors[CLAIMED.debtor], CLAIMED, as_of)
        self._claim(policy, debtors[CLAIMED.debtor], as_of)
        self._ask_for_more_time(policy, debtors[NEAR_STOP.debtor], as_of)
        self._lose(policy, as_of)
        self._declare(policy, as_of)
        self.env["credit.insurance.stop"]._update_stops(company, as_of)
        self.env["credit.claim"]._propose_all(company, as_of)
        return result

    def _write_terms(self, policy, as_of: date) -> None:
        broker = self.env["res.partner"].create(
            {
                "name": "Makelaar Van Damme & Zn.",
                "email": "polissen@vandamme.example.com",
                "is_company": True,
            }
        )
        start = policy.date_from.replace(day=1)
        policy.write(
            {
                **TERMS,
                "broker_id": broker.id,
                "date_from": start,
                "date_to": start + relativedelta(years=2, days=-1),
                "terms_ids": [
                    Command.create(
                        {
                            "country_ids": [Command.set(self.env.ref("base.nl").ids)],
                            "insured_percent": 85.0,
                            "extension_days": 60,
                            "payment_days": 90,
                            "discretionary_limit": 3000.0,
                        }
                    ),
                    Command.create(
                        {
                            "kind": "blind",
                            "insured_percent": 75.0,
                            "extension_days": 30,
                            "payment_days": 60,
                        }
                    ),
                ],
            }
        )

    def _be_late(self, company, profile, overdue: Overdue, as_of: date) -> None:
        due = as_of - timedelta(days=overdue.days)
        partner = profile.partner_id
        self._invoice(company, partner, due, overdue.price)

    def _invoice(self, company, partner, due: date, price: float):
        taxes = self._get_taxes(company, partner)[partner]
        journal = self._get_journal(company, "sale")
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "journal_id": journal.id,
                "partner_id": self._get_invoiced(partner).id,
                "invoice_date": due - timedelta(days=30),
                "invoice_payment_term_id": False,
                "invoice_date_due": due,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Koelcel, op maat",
                            "price_unit": price,
                            "account_id": journal.default_account_id.id,
                            "tax_ids": [Command.set(taxes.ids)],
                        }
                    )
                ],
            }
        )
        invoice.action_post()
        return invoice

    def _claim(self, policy, profile, as_of: date) -> None:
        claim = self.env["credit.claim"].create(
            {"profile_id": profile.id, "policy_id": policy.id}
        )
        claim._refresh(as_of)
        claim.write(
            {
                "state": "waiting",
                "notified_date": as_of - timedelta(days=130),
                "insurer_reference": "SIN-2291-04",
                "cause": "Verbouwing gefinancierd met leverancierskrediet; de bank "
                "verlengde het krediet niet.",
            }
        )

    def _ask_for_more_time(self, policy, profile, as_of: date) -> None:
        rows = self.env["credit.insurance.clock"]._fetch_rows(profile, as_of)
        self.env["credit.insurance.extension"].create(
            {
                "profile_id": profile.id,
                "policy_id": policy.id,
                "item_ids": [Command.set([rows[0]["id"]])] if rows else [],
                "requested_until": as_of + timedelta(days=40),
                "reason": "Betaalt in drie maandelijkse termijnen, de eerste volgende "
                "week.",
            }
        )
