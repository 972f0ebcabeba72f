from datetime import date, timedelta

from odoo import api, models
from odoo.tools import float_round

from odoo.addons.credit_control.demo import story

INSURED = 10


class CreditDemo(models.AbstractModel):
    """The demo wholesaler has insured the ten good debtors who owe most."""

    _inherit = "credit.demo"

    @api.model
    def _build(self, as_of: date, count: int = story.INVOICES):
        company = super()._build(as_of, count)
        policies = self.env["credit.insurance.policy"].with_context(active_test=False)
        if not policies.search([("company_id", "=", company.id)], limit=1):
            self._insure(company, as_of)
        return company

    def _insure(self, company, as_of: date) -> None:
        policy = self.env["credit.insurance.policy"].create(
            {
                "number": "KV-2024-0417",
                "insurer_id": self._create_insurer(company).id,
                "company_id": company.id,
                "currency_id": company.currency_id.id,
                "date_from": as_of - timedelta(days=500),
                "insured_percent": 90.0,
            }
        )
        debtors = self.env["credit.profile"].search(
            [
                ("company_id", "=", company.id),
                ("no_limit", "=", False),
                ("limit", ">", 0),
                ("tier_id.code", "!=", "poor"),
            ],
            order="id",
        )
        debtors = debtors.sorted("open_amount", reverse=True)[:INSURED]
        for number, profile in enumerate(debtors, 1):
            self._decide(policy, profile, number, as_of)
        self._ask_insurer(policy, debtors, as_of)

    def _create_insurer(self, company):
        return self.env["res.partner"].create(
            {
                "name": "Benelux Kredietverzekering NV",
                "street": "Verzekeringslaan 1001",
                "zip": "1000",
                "city": "Brussel",
                "country_id": self.env.ref("base.be").id,
                "email": "limieten@kredietverzekering.example.com",
                "is_company": True,
                "company_id": company.id,
            }
        )

    def _decide(self, policy, profile, number: int, as_of: date) -> None:
        """Mostly near the credit limit; the last debtor's was cut last month, and one
        has more for the season.
        """
        amount = profile.limit * 0.8
        if number % 3 == 0:
            half = float_round(profile.open_amount / 2, precision_rounding=100)
            amount = max(half, 500.0)
        limit = self.env["credit.insurance.limit"].create(
            {
                "policy_id": policy.id,
                "profile_id": profile.id,
                "buyer_reference": f"{471000 + number}",
            }
        )
        decision = {
            "limit_id": limit.id,
            "status": "approved",
            "requested": amount,
            "amount": amount,
            "notice_date": as_of - timedelta(days=485),
            "date_from": as_of - timedelta(days=480),
            "reference": f"LB-{4100 + number}",
            "user_id": self._get_accountant().id,
        }
        decisions = [decision]
        if number == INSURED:
            decisions.append(self._prepare_cut(decision, as_of))
        if number == 1:
            decisions.append(self._prepare_season(decision, as_of))
        self.env["credit.insurance.decision"].create(decisions)

    def _get_accountant(self):
        users = self.env["res.users"]
        return users.search([("login", "=", "accountant")], limit=1) or self.env.user

    def _prepare_cut(self, decision: dict, as_of: date) -> dict:
        return {
            **decision,
            "status": "reduced",
            "requested": 0.0,
            "amount": 500.0,
            "notice_date": as_of - timedelta(days=60),
            "date_from": as_of - timedelta(days=30),
            "reference": f"{decision['reference']}/2",
            "conditions": "Accounts of last year are asked for.",
        }

    def _prepare_season(self, decision: dict, as_of: date) -> dict:
        return {
            **decision,
            "requested": 10000.0,
            "amount": 5000.0,
            "temporary": True,
            "notice_date": as_of - timedelta(days=35),
            "date_from": as_of - timedelta(days=30),
            "date_to": as_of + timedelta(days=25),
            "reference": f"{decision['reference']}/T",
        }

    def _ask_insurer(self, policy, debtors, as_of: date) -> None:
        """One request waits for an answer, one is to be sent."""
        requests = self.env["credit.insurance.request"]._propose_for(debtors[1:3])
        requests.user_id = self._get_accountant()
        requests[:1].reason = "New framework contract from next quarter on."
        requests[:1]._mark_sent()
