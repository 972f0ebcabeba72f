from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import SQL

from .credit_kpi import YEAR


class CreditProfile(models.Model):
    """How long the debtor takes to pay."""

    _inherit = "credit.profile"

    days_to_pay = fields.Float(
        string="Days to pay",
        digits=(16, 1),
        compute="_compute_payment_days",
        help="From invoice to payment, by amount, of what was paid in twelve months. "
        "What a credit note settled wasn't paid.",
    )
    days_late = fields.Float(
        string="Days late",
        digits=(16, 1),
        compute="_compute_payment_days",
        help="From due date to payment, by amount, of what was paid in twelve months; "
        "early payment is no days late.",
    )
    has_paid = fields.Boolean(
        string="Paid in twelve months", compute="_compute_payment_days"
    )

    def _compute_payment_days(self):
        found = self._fetch_payment_days(fields.Date.context_today(self))
        for profile in self:
            days = found.get((profile.partner_id.id, profile.company_id.id))
            profile.has_paid = bool(days)
            profile.days_to_pay, profile.days_late = days or (0.0, 0.0)

    def _fetch_payment_days(self, as_of) -> dict[tuple[int, int], tuple]:
        """{(partner id, company id): (days to pay, days late)}, by amount, of who paid
        something in the twelve months up to ``as_of``; one query a company."""
        found = {}
        self.env["credit.ageing"]._flush_ageing()
        for company, profiles in self.grouped("company_id").items():
            rows = self.env.execute_query(
                SQL(
                    """SELECT debtor, SUM(amount * days) / NULLIF(SUM(amount), 0),
                              SUM(amount * GREATEST(late, 0)) / NULLIF(SUM(amount), 0)
                         FROM (%s) payment GROUP BY debtor""",
                    self.env["credit.kpi"]._payments_sql(
                        company,
                        as_of - relativedelta(months=YEAR),
                        as_of,
                        profiles.partner_id.ids,
                    ),
                )
            )
            for partner_id, days, late in rows:
                if days is not None:
                    found[partner_id, company.id] = float(days), float(late)
        return found
