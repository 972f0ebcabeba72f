from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import SQL

from ..core.score import DAYS_LATE
from .credit_exposure import Scope


class CreditPortfolioReport(models.Model):
    """All customers of a company at a glance: who buys, owes and pays how.

    One row per debtor file, under its id, in the currency of its company.
    """

    _name = "credit.portfolio.report"
    _description = "Portfolio Analysis"
    _auto = False
    _rec_name = "partner_id"
    _order = "turnover desc, id"
    _depends = {
        "account.move": ["amount_untaxed_signed", "invoice_date"],
        "credit.exposure": ["exposure", "overdue_amount"],
        "credit.score": ["content", "is_rated", "month", "profile_id"],
    }

    profile_id = fields.Many2one("credit.profile", string="Debtor file", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    tier_id = fields.Many2one("credit.risk.tier", string="Risk tier", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    industry_id = fields.Many2one("res.partner.industry", readonly=True)
    category_ids = fields.Many2many(
        related="partner_id.category_id", string="Tags", readonly=True
    )
    customer_count = fields.Integer(string="Customers", readonly=True)
    turnover = fields.Monetary(
        string="Turnover in 12 months",
        readonly=True,
        help="Invoices less credit notes of the last twelve months, without taxes.",
    )
    exposure = fields.Monetary(readonly=True)
    overdue_amount = fields.Monetary(string="Overdue", readonly=True)
    days_late = fields.Float(
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Of the invoices of the last twelve months by amount, as in the score of "
        "last night. Debtors who aren't rated don't count in the average.",
    )

    @property
    def _table_query(self) -> SQL:
        as_of = fields.Date.context_today(self)
        return SQL(
            """
            SELECT e.id, e.profile_id, e.partner_id, e.company_id, e.currency_id,
                   e.tier_id, e.country_id, e.industry_id, 1 AS customer_count,
                   COALESCE(t.amount, 0) AS turnover, e.exposure, e.overdue_amount,
                   s.days AS days_late
              FROM (%(exposure)s) e
         LEFT JOIN (%(turnover)s) t ON t.partner = e.partner_id
                                   AND t.company = e.company_id
         LEFT JOIN (%(scores)s) s ON s.profile_id = e.id
            """,
            exposure=self.env["credit.exposure"]._exposure_sql(Scope(as_of)),
            turnover=self._turnover_sql(as_of),
            scores=self._scores_sql(as_of),
        )

    def _turnover_sql(self, as_of) -> SQL:
        journals = self.env["account.journal"].sudo().with_context(active_test=False)
        return SQL(
            """
            SELECT m.commercial_partner_id AS partner, m.company_id AS company,
                   SUM(m.amount_untaxed_signed) AS amount
              FROM account_move m
             WHERE m.journal_id = ANY(%s) AND m.state = 'posted'
               AND m.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
               AND m.invoice_date > %s AND m.invoice_date <= %s
          GROUP BY m.commercial_partner_id, m.company_id
            """,
            journals.search([("type", "=", "sale")], order="id").ids,
            as_of - relativedelta(months=12),
            as_of,
        )

    def _scores_sql(self, as_of) -> SQL:
        """Days late as of each debtor's last score, where he is still rated."""
        return SQL(
            """
            SELECT DISTINCT ON (s.profile_id) s.profile_id,
                   CASE WHEN s.is_rated THEN (
                       SELECT (part ->> 1)::numeric
                         FROM jsonb_array_elements(s.content) part
                        WHERE part ->> 0 = %s) END AS days
              FROM credit_score s
             WHERE s.month <= %s
          ORDER BY s.profile_id, s.month DESC
            """,
            DAYS_LATE,
            as_of,
        )

    def action_open_profile(self):
        self.ensure_one()
        return self.env["credit.exposure"].browse(self.id).action_open_profile()
