from datetime import date

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.credit_control.core.money import to_decimal


class CreditAgeingItem(models.Model):
    """What of each item is secured, insured and at your own risk.

    A debtor is covered as a whole: what covers his balance is spread over his items in
    proportion, to the cent, so that all of them add up to it.
    """

    _inherit = "credit.ageing.item"

    secured_amount = fields.Monetary(
        string="Secured otherwise",
        currency_field="company_currency_id",
        help="By guarantees, deposits and the like: the debtor's, spread over his items.",
    )
    insured_amount = fields.Monetary(
        string="Insured",
        currency_field="company_currency_id",
        help="What the insurer would pay: the debtor's, spread over his items.",
    )
    uncovered_amount = fields.Monetary(
        string="Uncovered",
        currency_field="company_currency_id",
        help="What is open, less what is secured and insured.",
    )

    @api.model
    def _get_more_columns(self, as_of: date) -> dict[str, SQL]:
        secured = SQL("COALESCE(cover.secured, 0)")
        insured = SQL("COALESCE(cover.insured, 0)")
        return super()._get_more_columns(as_of) | {
            "secured_amount": secured,
            "insured_amount": insured,
            "uncovered_amount": SQL("item.residual - %s - %s", secured, insured),
        }

    @api.model
    def _get_more_joins(self, items: SQL, as_of: date) -> list[SQL]:
        covered = self._fetch_covered(items, as_of)
        return [
            *super()._get_more_joins(items, as_of),
            SQL(
                "LEFT JOIN (%s) cover ON cover.item_id = item.id",
                self._spread_sql(items, covered) if covered else self._no_cover_sql(),
            ),
        ]

    @api.model
    def _fetch_covered(self, items: SQL, as_of: date) -> list[tuple]:
        """(company id, partner id, balance, secured, insured) of covered debtors."""
        rows = self.env.execute_query(
            SQL(
                """SELECT item.company_id, item.partner_id, SUM(item.residual)
                     FROM (%s) item WHERE item.partner_id IS NOT NULL
                 GROUP BY item.company_id, item.partner_id
                   HAVING SUM(item.residual) > 0""",
                items,
            )
        )
        balances = {
            (company_id, partner_id): to_decimal(balance)
            for company_id, partner_id, balance in rows
        }
        companies = self._get_question()["companies"]
        cover = self.env["credit.ageing"]._get_cover(companies, as_of, balances)
        return [
            (*key, balances[key], split.secured, split.insured)
            for key, split in cover.items()
            if split.secured or split.insured
        ]

    @api.model
    def _spread_sql(self, items: SQL, covered: list[tuple]) -> SQL:
        """Each item gets what its debtor's cover is of the items up to it, less what
        those before it got: no cent is lost in rounding."""
        up_to = SQL("SUM(s.residual) OVER debtor / s.balance")
        before = SQL("(SUM(s.residual) OVER debtor - s.residual) / s.balance")
        return SQL(
            """SELECT s.id AS item_id, %(secured)s AS secured, %(insured)s AS insured
                 FROM (SELECT item.id, item.company_id, item.partner_id,
                              item.residual, d.balance, d.secured, d.insured
                         FROM (%(items)s) item
                         JOIN (VALUES %(debtors)s)
                              AS d (company, partner, balance, secured, insured)
                           ON d.company = item.company_id
                          AND d.partner = item.partner_id) s
               WINDOW debtor AS (PARTITION BY s.company_id, s.partner_id
                                 ORDER BY s.id)""",
            secured=self._share_sql(SQL("s.secured"), up_to, before),
            insured=self._share_sql(SQL("s.insured"), up_to, before),
            items=items,
            debtors=SQL(", ").join(
                SQL("(%s, %s, %s::numeric, %s::numeric, %s::numeric)", *debtor)
                for debtor in covered
            ),
        )

    @api.model
    def _share_sql(self, amount: SQL, up_to: SQL, before: SQL) -> SQL:
        return SQL(
            "ROUND(%(amount)s * %(up_to)s, 2) - ROUND(%(amount)s * %(before)s, 2)",
            amount=amount,
            up_to=up_to,
            before=before,
        )

    @api.model
    def _no_cover_sql(self) -> SQL:
        return SQL(
            """SELECT NULL::int AS item_id, 0.0 AS secured, 0.0 AS insured
                WHERE FALSE"""
        )
