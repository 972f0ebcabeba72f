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
        self.env["credit.insurance.limit"].create(
            [
                vals
                for number, profile in enumerate(debtors, 1)
                for vals in self._prepare_limits(policy, profile, number, as_of)
            ]
        )

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

    def _prepare_limits(self, policy, profile, number: int, as_of: date) -> list:
        """Mostly near the credit limit; the last debtor's was cut last month."""
        amount = profile.limit * 0.8
        if number % 3 == 0:
            half = float_round(profile.open_amount / 2, precision_rounding=100)
            amount = max(half, 500.0)
        limit = {
            "policy_id": policy.id,
            "profile_id": profile.id,
            "amount": amount,
            "date_from": as_of - timedelta(days=480),
            "reference": f"LB-{4100 + number}",
        }
        if number < INSURED:
            return [limit]
        cut = as_of - timedelta(days=30)
        return [
            {**limit, "date_to": cut - timedelta(days=1)},
            {
                **limit,
                "amount": 500.0,
                "date_from": cut,
                "reference": f"{limit['reference']}/2",
            },
        ]
