from collections import defaultdict
from datetime import date
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.credit_control.core.money import to_decimal
from odoo.addons.credit_control.database import flush


class CreditAgeingAgreement(models.AbstractModel):
    """What of the open items is disputed, promised or in an instalment plan."""

    _inherit = "credit.ageing"

    @api.model
    def _extra_debtor_columns(
        self, companies, as_of: date
    ) -> list[tuple[str, dict[int, Decimal]]]:
        """In the sheet of debtors as on the screen."""
        columns = [defaultdict(Decimal) for _kind in range(3)]
        for partner_id, *amounts in self._get_agreed_amounts(companies, as_of):
            for column, amount in zip(columns, amounts, strict=True):
                column[partner_id] += to_decimal(amount)
        labels = [
            self.env._("Disputed"),
            self.env._("Promised"),
            self.env._("In plans"),
        ]
        return [
            *super()._extra_debtor_columns(companies, as_of),
            *zip(labels, columns, strict=True),
        ]

    @api.model
    def _get_agreed_amounts(self, companies, as_of: date) -> list[tuple]:
        """(partner id, disputed, promised, in plans), in company currency."""
        self._flush_ageing()
        self._flush_agreements()
        return self.env.execute_query(
            SQL(
                """SELECT item.partner_id, SUM(%(disputed)s), SUM(%(promised)s),
                          SUM(%(planned)s)
                     FROM (%(items)s) item
                     JOIN (%(agreed)s) agreed ON agreed.item_id = item.id
                 GROUP BY item.partner_id""",
                items=self._items_query(companies, as_of),
                agreed=self._agreed_sql(as_of),
                **self._agreed_columns(),
            )
        )

    @api.model
    def _flush_agreements(self) -> None:
        flush(
            self.env,
            (
                "credit.dispute",
                "credit.dispute.line",
                "credit.plan",
                "credit.plan.item",
                "credit.promise",
                "credit.promise.line",
            ),
        )

    @api.model
    def _agreed_columns(self) -> dict[str, SQL]:
        """Of an ``item`` with what is ``agreed`` on it, in company currency, and never
        more than is open."""
        return {
            name: SQL(
                "COALESCE(ROUND(GREATEST(LEAST(COALESCE(%(agreed)s, 0),"
                " item.residual_currency), 0)"
                " * item.residual / NULLIF(item.residual_currency, 0), 2), 0)",
                agreed=SQL.identifier("agreed", name),
            )
            for name in ("disputed", "promised", "planned")
        }

    @api.model
    def _agreed_sql(self, as_of: date) -> SQL:
        """What stood agreed on ``as_of``, a row an item, in the item's currency."""
        return SQL(
            """
            SELECT item_id, SUM(disputed) AS disputed, SUM(promised) AS promised,
                   SUM(planned) AS planned
              FROM (SELECT q.item_id, q.amount AS disputed, 0 AS promised, 0 AS planned
                      FROM credit_dispute_line q
                      JOIN credit_dispute d ON d.id = q.dispute_id
                     WHERE d.opened_on <= %(as_of)s
                       AND (d.ended_on IS NULL OR d.ended_on > %(as_of)s)
                     UNION ALL
                    SELECT q.item_id, 0, q.amount, 0
                      FROM credit_promise_line q
                      JOIN credit_promise o ON o.id = q.promise_id
                     WHERE o.made_on <= %(as_of)s
                       AND (o.closed_date IS NULL OR o.closed_date > %(as_of)s)
                     UNION ALL
                    SELECT q.item_id, 0, 0, q.amount
                      FROM credit_plan_item q
                      JOIN credit_plan t ON t.id = q.plan_id
                     WHERE t.active_date <= %(as_of)s
                       AND (t.closed_date IS NULL OR t.closed_date > %(as_of)s)) found
             WHERE item_id IS NOT NULL
          GROUP BY item_id
            """,
            as_of=as_of,
        )
