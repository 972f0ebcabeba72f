from datetime import date, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import Command, models

from odoo.addons.credit_control.demo import story

from ..models.credit_claim_received import Receipt


class Lost(NamedTuple):
    """A debtor who failed: his unpaid invoice, and how far the claim has come."""

    name: str
    street: str
    zip: str
    city: str
    price: float
    days: int
    insolvent: int  # days ago; 0: he isn't
    state: str


LOST = (
    Lost("Brasserie Nord", "Noorderlaan 1012", "2030", "Antwerpen", 4180.0, 96, 0,
         "notified"),
    Lost("Restaurant 't Oude Veer", "Veerkaai 1003", "9000", "Gent", 6240.0, 118, 24,
         "submitted"),
    Lost("Traiteur Bosmans", "Grote Steenweg 1044", "2600", "Berchem", 7950.0, 150, 80,
         "accepted"),
    Lost("Hotel Minerva", "Stationsplein 1002", "8400", "Oostende", 9120.0, 175, 110,
         "paid"),
    Lost("Café De Zwaan", "Markt 1007", "3500", "Hasselt", 2860.0, 160, 95, "refused"),
)  # fmt: skip


class CreditDemoClaims(models.AbstractModel):
    """Claims in every state, and what was declared in both policy years."""

    _inherit = "credit.demo"

    # -- claims ----------------------------------------------------------------

    def _lose(self, policy, as_of: date) -> None:
        for number, lost in enumerate(LOST, 1):
            profile = self._create_lost(policy, lost, number, as_of)
            self._claim_lost(policy, profile, lost, as_of)

    def _create_lost(self, policy, lost: Lost, number: int, as_of: date):
        company = policy.company_id
        languages = dict(self.env["res.lang"].get_installed())
        box = self.env["ir.http"]._slugify(lost.name).replace("-", "")
        partner = self.env["res.partner"].create(
            {
                "name": lost.name,
                "street": lost.street,
                "zip": lost.zip,
                "city": lost.city,
                "country_id": self.env.ref("base.be").id,
                "vat": story.vat_number("BE", 900 + number),
                "email": f"boekhouding@{box}.example.com",
                "lang": self._get_lang("nl_BE", languages),
                "is_company": True,
                "company_id": company.id,
                "customer_rank": 1,
            }
        )
        profile = self.env["credit.profile"]._get_or_create(partner, company)
        profile.collector_id = self._get_accountant()
        limit = self.env["credit.insurance.limit"].create(
            {
                "policy_id": policy.id,
                "profile_id": profile.id,
                "buyer_reference": f"{472000 + number}",
            }
        )
        self.env["credit.insurance.decision"].create(
            {
                "limit_id": limit.id,
                "status": "approved",
                "requested": 10000.0,
                "amount": 8000.0,
                "notice_date": as_of - timedelta(days=485),
                "date_from": as_of - timedelta(days=480),
                "reference": f"LB-{4200 + number}",
                "user_id": self._get_accountant().id,
            }
        )
        for part, later in ((0.6, 0), (0.4, 12)):
            due = as_of - timedelta(days=lost.days - later)
            self._invoice(company, partner, due, round(lost.price * part, 2))
        return profile

    def _claim_lost(self, policy, profile, lost: Lost, as_of: date) -> None:
        if lost.insolvent:
            self._fail(profile, as_of - timedelta(days=lost.insolvent))
        claim = self.env["credit.claim"].create(
            {"profile_id": profile.id, "policy_id": policy.id}
        )
        claim._refresh(as_of)
        reported = as_of - timedelta(days=max(lost.insolvent - 4, 3))
        claim.write(
            {
                "state": "notified",
                "notified_date": reported,
                "cause": "Failliet verklaard; de curator is aangeschreven."
                if lost.insolvent
                else "Reageert niet meer op telefoon en e-mail.",
            }
        )
        if lost.state != "notified":
            claim._submit_on(reported + timedelta(days=12))
            claim.insurer_reference = f"SIN-{2300 + claim.id}"
        self._decide_claim(claim, lost, as_of)

    def _fail(self, profile, day: date) -> None:
        self.env["credit.signal"].create(
            {
                "profile_id": profile.id,
                "kind_id": self.env.ref("credit_control.signal_insolvency").id,
                "date": day,
            }
        )

    def _decide_claim(self, claim, lost: Lost, as_of: date) -> None:
        if lost.state == "refused":
            claim.refusal = "De achterstand is te laat gemeld."
            claim.action_refuse()
        if lost.state in ("accepted", "paid"):
            claim.action_accept()
            claim.decided_date = as_of - timedelta(days=18)
        if lost.state == "paid":
            bank = self._get_journal(claim.company_id, "bank")
            day = as_of - timedelta(days=9)
            claim._receive(Receipt(claim.indemnity_amount, bank, day))
        if lost.state in ("accepted", "paid"):
            self._recover(claim, as_of)

    def _recover(self, claim, as_of: date) -> None:
        """The receiver pays a part, matched with nothing."""
        company = claim.company_id
        bank = self._get_journal(company, "bank")
        partner = claim.partner_id.with_company(company)
        amount = 1250.0
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": bank.id,
                "date": as_of - timedelta(days=5),
                "ref": "Curator, eerste uitkering",
                "line_ids": [
                    Command.create(
                        {"account_id": bank.default_account_id.id, "debit": amount}
                    ),
                    Command.create(
                        {
                            "account_id": partner.property_account_receivable_id.id,
                            "partner_id": partner.id,
                            "credit": amount,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        claim._propose_recoveries(as_of)
        if claim.state == "paid":
            claim.recovery_ids.action_accept()
            claim.recovery_ids.costs = 150.0

    # -- declarations ----------------------------------------------------------

    def _declare(self, policy, as_of: date) -> None:
        """All months but the last are declared; the first year is to be settled, and
        the insurer has sent his bill.
        """
        declarations = self.env["credit.declaration"]
        first = as_of.replace(day=1)
        start = policy.date_from
        while start < first:
            end = start + relativedelta(months=1, days=-1)
            declaration = declarations.create(
                {"policy_id": policy.id, "date_from": start, "date_to": end}
            )
            start += relativedelta(months=1)
            if start < first:
                sent = end + timedelta(days=9)
                declaration.write({"state": "sent", "sent_date": sent})
        self._settle_year(policy, as_of)

    def _settle_year(self, policy, as_of: date) -> None:
        start, end = policy._get_year(policy.date_from)
        months = policy.declaration_ids.filtered(lambda one: one.date_to <= end)
        # An invoice of then came late.
        for line in months.line_ids.filtered("turnover").sorted("id")[:2]:
            line.turnover *= 0.5
        self.env["credit.declaration"].create(
            {
                "policy_id": policy.id,
                "kind": "year",
                "date_from": start,
                "date_to": end,
            }
        )
        self._bill_premium(policy, as_of)

    def _bill_premium(self, policy, as_of: date) -> None:
        journal = self._get_journal(policy.company_id, "purchase")
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "journal_id": journal.id,
                "partner_id": policy.insurer_id.id,
                "ref": "P-2024-0417/A",
                "invoice_date": as_of - timedelta(days=8),
                "date": as_of - timedelta(days=8),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Afrekening kredietverzekering",
                            "price_unit": price,
                            "account_id": journal.default_account_id.id,
                            "tax_ids": [Command.clear()],
                        }
                    )
                    for price in (1000.0, 92.5, 12.0)
                ],
            }
        )
        bill.action_post()
