from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL


class RiskReason(NamedTuple):
    """A risk that speaks against giving a debtor more credit.

    ``words`` is a sentence that sales people may read: no figures of the ledger.
    ``rule`` is what happens to orders and deliveries at least, whatever the tier says.
    """

    code: str
    words: str
    rule: str = "nothing"


class CreditProfileRisk(models.Model):
    """Risks beside limit and late payments, for whoever decides on orders."""

    _inherit = "credit.profile"

    def _get_risk_reasons(self) -> list[RiskReason]:
        """What speaks against more credit to this debtor.

        To be extended: what is read of a profile is prefetched for all of them.
        """
        self.ensure_one()
        return []

    def _get_order_risks(self, amount: float) -> list[RiskReason]:
        """What speaks against ``amount`` more, in the company's currency.

        To be extended where that depends on the amount.
        """
        return self._get_risk_reasons()

    def _tell_risk_changed(self) -> None:
        """A risk of these debtors came or went. To be extended by what waits for it."""

    @api.model
    def _get_risk_columns(self) -> dict[str, SQL]:
        """Field that the reasons read → expression of the debtor file ``p``.

        To be extended, after flushing what the expression reads: an order asks once
        for all of them.
        """
        return {}

    def _compute_risks(self):
        columns = self._get_risk_columns()
        rows = self._fetch_risks(columns)
        for profile in self:
            row = rows.get(profile._origin.id, {})
            for name in columns:
                profile[name] = row.get(name)

    def _fetch_risks(self, columns: dict[str, SQL]) -> dict[int, dict]:
        if not self._origin.ids:
            return {}
        rows = self.env.execute_query_dict(
            SQL(
                "SELECT p.id, %s FROM credit_profile p WHERE p.id = ANY(%s)",
                SQL(", ").join(
                    SQL("%s AS %s", expression, SQL.identifier(name))
                    for name, expression in columns.items()
                ),
                self._origin.ids,
            )
        )
        return {row["id"]: row for row in rows}
