from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.credit_control.models.credit_exposure import (
    DRAFTS,
    IN_FULL,
    Scope,
    Source,
)

NOTHING_DRAFTED = SQL(
    """SELECT NULL::int AS order_id, NULL::int AS partner, 0::numeric AS amount
        WHERE FALSE"""
)


class CreditExposure(models.Model):
    """Confirmed orders count until they are invoiced."""

    _inherit = "credit.exposure"
    _depends = {
        "account.move.line": ["balance", "move_id"],
        "sale.order": [
            "amount_total",
            "amount_untaxed",
            "company_id",
            "currency_rate",
            "invoice_status",
            "partner_invoice_id",
            "state",
        ],
        "sale.order.line": ["order_id", "invoice_lines", "untaxed_amount_invoiced"],
    }

    order_amount = fields.Monetary(
        string="Confirmed, not invoiced",
        readonly=True,
        help="What is still to be invoiced of confirmed orders, taxes included.",
    )

    @api.model
    def _get_sources(self, scope: Scope) -> dict[str, Source]:
        columns = self._get_order_columns()
        sums = SQL(", ").join(
            SQL("SUM(%s) AS %s", amount, SQL.identifier(column))
            for column, amount in columns.items()
        )
        query = SQL(
            "SELECT o.partner, o.company, %s FROM (%s) o GROUP BY o.partner, o.company",
            sums,
            self._open_orders_sql(scope),
        )
        orders = Source(dict.fromkeys(columns, IN_FULL), query)
        return {**super()._get_sources(scope), "orders": orders}

    @api.model
    def _get_order_columns(self) -> dict[str, SQL]:
        """Amount of the open order ``o`` that each column adds up. To be extended."""
        return {"order_amount": SQL("o.amount")}

    @api.model
    def _open_orders_sql(self, scope: Scope) -> SQL:
        """Confirmed orders with their total and the amount that is left to invoice, in
        the company's currency.

        An order that is invoiced for less than was ordered has nothing left. What is
        in a draft invoice is left unless the company counts drafts by themselves.
        """
        return SQL(
            """
            SELECT t.id, t.partner, t.company, t.digits, t.total,
                   ROUND(t.total * GREATEST(
                       1 - (t.invoiced + t.drafted * t.rate) / NULLIF(t.untaxed, 0), 0
                   ), t.digits) AS amount
              FROM (SELECT o.id, rp.commercial_partner_id AS partner,
                           o.company_id AS company, y.decimal_places AS digits,
                           o.amount_untaxed AS untaxed, r.rate,
                           ROUND(o.amount_total / r.rate, y.decimal_places) AS total,
                           (SELECT COALESCE(SUM(l.untaxed_amount_invoiced), 0)
                              FROM sale_order_line l
                             WHERE l.order_id = o.id) AS invoiced,
                           COALESCE(d.amount, 0) * c.credit_counts_drafts::int
                               AS drafted
                      FROM sale_order o
                      JOIN res_partner rp ON rp.id = o.partner_invoice_id
                      JOIN res_company c ON c.id = o.company_id
                      JOIN res_currency y ON y.id = c.currency_id
                 LEFT JOIN (%(drafted)s) d ON d.order_id = o.id
                           AND d.partner = rp.commercial_partner_id
                CROSS JOIN LATERAL (SELECT COALESCE(NULLIF(o.currency_rate, 0), 1)
                                           ::numeric AS rate) r
                     WHERE o.state = 'sale'
                       AND o.amount_total > 0
                       AND %(whose)s
                       AND (o.invoice_status NOT IN ('invoiced', 'upselling')
                            OR d.order_id IS NOT NULL)) t
            """,
            drafted=self._drafted_orders_sql(scope),
            whose=scope.condition(SQL("rp.commercial_partner_id"), SQL("o.company_id")),
        )

    @api.model
    def _drafted_orders_sql(self, scope: Scope) -> SQL:
        """What of each order is in draft invoices of whoever owes it."""
        if DRAFTS in scope.absent:
            return NOTHING_DRAFTED
        return SQL(
            """
            SELECT l.order_id, m.commercial_partner_id AS partner,
                   SUM(-i.balance) AS amount
              FROM account_move m
              JOIN account_move_line i ON i.move_id = m.id
              JOIN sale_order_line_invoice_rel v ON v.invoice_line_id = i.id
              JOIN sale_order_line l ON l.id = v.order_line_id
             WHERE %s AND %s
          GROUP BY l.order_id, m.commercial_partner_id
            """,
            self._is_draft_sql(),
            scope.condition(SQL("m.commercial_partner_id"), SQL("m.company_id")),
        )

    # -- what stands behind a figure -------------------------------------------

    def action_view_orders(self):
        self.ensure_one()
        return self._view_orders(
            self.env._("Orders of %s", self.partner_id.display_name),
            SQL("o.amount > 0"),
        )

    def _view_orders(self, name: str, condition: SQL) -> dict:
        """The open orders ``o`` of this debtor that meet ``condition``."""
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "sale.order",
            "view_mode": "list,form",
            "domain": [("id", "in", self._fetch_order_ids(condition))],
            "context": {"create": False},
        }

    def _fetch_order_ids(self, condition: SQL) -> list[int]:
        self.check_access("read")
        profile = self.profile_id
        scope = Scope(
            fields.Date.context_today(self),
            profile.partner_id.ids,
            profile.company_id.ids,
        )
        self._flush_sources()
        rows = self.env.execute_query(
            SQL(
                "SELECT o.id FROM (%s) o WHERE %s",
                self._open_orders_sql(scope),
                condition,
            )
        )
        return [order_id for (order_id,) in rows]
