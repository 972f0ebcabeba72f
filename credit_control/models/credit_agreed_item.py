from odoo import api, fields, models
from odoo.tools import SQL

from ..core.money import to_decimal


class CreditAgreedItem(models.AbstractModel):
    """An open item as it was when something was agreed on it, and what became of it."""

    _name = "credit.agreed.item"
    _description = "Promised or Disputed Item"
    _inherit = ["credit.about.item"]

    open_amount = fields.Monetary(
        string="Open then",
        readonly=True,
        help="What was open of the item when this was agreed.",
    )
    last_matching = fields.Integer(
        readonly=True, help="The last matching that was there already."
    )

    _amount_positive = models.Constraint(
        "CHECK (amount > 0 AND amount <= open_amount)",
        "The amount of an item is more than nothing and not more than is open.",
    )

    @api.model
    def _prepare_lines(self, amounts: dict) -> list[dict]:
        """Values of the lines for ``amounts`` by item."""
        self.env["account.partial.reconcile"].flush_model()
        [(last,)] = self.env.execute_query(
            SQL("SELECT COALESCE(MAX(id), 0) FROM account_partial_reconcile")
        )
        return [
            {
                **self._prepare_item(item),
                "amount": amount,
                "open_amount": item.amount_residual_currency,
                "last_matching": last,
            }
            for item, amount in amounts.items()
        ]

    @api.model
    def _until_sql(self) -> SQL:
        """Expression for the last day that counts for the line ``i``."""
        return SQL("'infinity'::date")

    def _fetch_settled(self) -> dict:
        """{line: (open at the end of the last day that counts, settled since the
        agreement otherwise than with money)}, Decimals in the item's currency.

        Of an item that isn't posted any more nothing is owed and nothing was paid.
        """
        if not self:
            return {}
        self.env["credit.dunning"]._flush_sources()
        self.env["account.partial.reconcile"].flush_model()
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT i.id, (l.amount_residual_currency + COALESCE(m.later, 0))::text,
                       m.credited::text
                  FROM %(table)s i
             LEFT JOIN account_move_line l
                    ON l.id = i.item_id AND l.parent_state = 'posted'
            CROSS JOIN LATERAL (
                       SELECT SUM(r.debit_amount_currency)
                                  FILTER (WHERE r.max_date > %(until)s) AS later,
                              COALESCE(SUM(r.debit_amount_currency)
                                  FILTER (WHERE r.max_date <= %(until)s
                                            AND r.id > i.last_matching
                                            AND j.type NOT IN ('bank', 'cash', 'credit')
                                  ), 0) AS credited
                         FROM account_partial_reconcile r
                         JOIN account_move_line o ON o.id = r.credit_move_id
                         JOIN account_journal j ON j.id = o.journal_id
                        WHERE r.debit_move_id = l.id) m
                 WHERE i.id = ANY(%(ids)s)
                """,
                table=SQL.identifier(self._table),
                until=self._until_sql(),
                ids=self.ids,
            )
        )
        lines = {line.id: line for line in self}
        return {
            lines[id_]: lines[id_]._get_settled(still, credited)
            for id_, still, credited in rows
        }

    def _get_settled(self, still, credited) -> tuple:
        if still is None:
            return to_decimal(0.0), to_decimal(self.open_amount)
        return to_decimal(still), to_decimal(credited)
