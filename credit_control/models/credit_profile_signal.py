from collections import defaultdict
from datetime import date
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL


class CreditProfileSignal(models.Model):
    """Signals and credit reports count in the score."""

    _inherit = "credit.profile"

    signal_ids = fields.One2many("credit.signal", "profile_id", string="Risk signals")

    def _get_points_off(self, as_of: date) -> defaultdict[int, Decimal]:
        found = super()._get_points_off(as_of)
        for id_, points in self._fetch_signals(
            as_of, SQL("COALESCE(k.points, 0)::text")
        ):
            found[id_] += Decimal(points)
        return found

    @api.model
    def _get_poor_reasons(self, company, as_of: date) -> dict[int, str]:
        """Debtors with a signal that puts them into the last tier at once."""
        name = self.env["credit.signal.kind"]._field_to_sql("k", "name")
        return super()._get_poor_reasons(company, as_of) | dict(
            self._fetch_signals(as_of, name, SQL("k.is_poor"))
        )

    @api.model
    def _fetch_signals(self, as_of: date, column: SQL, where: SQL | None = None):
        """(debtor file id, ``column``) of each signal that holds on ``as_of``."""
        self.env["credit.signal"].flush_model()
        self.env["credit.signal.kind"].flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT s.profile_id, %s
                  FROM credit_signal s
                  JOIN credit_signal_kind k ON k.id = s.kind_id
                 WHERE s.date <= %s AND COALESCE(s.until, %s) >= %s AND %s
              ORDER BY s.id
                """,
                column,
                as_of,
                as_of,
                as_of,
                where or SQL("TRUE"),
            )
        )

    def _plan_review(self, summary: str, note, deadline: date) -> None:
        """Let the collector look at these debtors."""
        for profile in self.sudo():
            profile.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=deadline,
                summary=summary,
                note=note,
                user_id=(profile.collector_id or self.env.user).id,
            )

    def _raise_signal(self, xmlid: str, note: str) -> None:
        """Note on each of these files what changed, as of today."""
        kind = self.env.ref(xmlid, raise_if_not_found=False)
        if kind and kind.active:
            self.env["credit.signal"].sudo().create(
                [
                    {
                        "profile_id": profile.id,
                        "kind_id": kind.id,
                        "date": profile.company_id._credit_today(),
                        "source": self.env._("Customer record"),
                        "note": note,
                    }
                    for profile in self
                ]
            )
