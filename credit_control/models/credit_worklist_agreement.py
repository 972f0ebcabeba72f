from datetime import date, timedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..database import flush

# So long a broken word brings a debtor back onto the list.
FRESH = timedelta(days=30)


class CreditWorklistAgreement(models.Model):
    """What was agreed on and not kept, or not answered, brings a debtor back."""

    _inherit = "credit.worklist"

    @api.model
    def _flush_sources(self) -> None:
        flush(
            self.env,
            (
                "credit.dispute",
                "credit.plan",
                "credit.promise",
                "credit.request",
            ),
        )
        return super()._flush_sources()

    @api.model
    def _get_sources(self, as_of: date) -> dict[str, SQL]:
        return super()._get_sources(as_of) | {
            "promise_broken": self._ended_badly_sql("credit_promise", "broken", as_of),
            "promise_due": SQL(
                """SELECT profile_id AS profile, COUNT(*) AS figure, MIN(date) AS day
                     FROM credit_promise
                    WHERE state = 'open' AND date <= %s GROUP BY profile_id""",
                as_of,
            ),
            "dispute_late": SQL(
                """SELECT profile_id AS profile, COUNT(*) AS figure,
                          MIN(deadline) AS day
                     FROM credit_dispute
                    WHERE state IN ('new', 'accepted') AND deadline < %s
                 GROUP BY profile_id""",
                as_of,
            ),
            "plan_broken": self._ended_badly_sql("credit_plan", "breached", as_of),
            "plan_asked": SQL(
                """SELECT profile_id AS profile, COUNT(*) AS figure, MIN(date) AS day
                     FROM credit_plan WHERE state = 'requested' GROUP BY profile_id"""
            ),
            "asked": SQL(
                """SELECT profile_id AS profile, COUNT(*) AS figure,
                          MIN(create_date)::date AS day
                     FROM credit_request WHERE state = 'new' GROUP BY profile_id"""
            ),
        }

    @api.model
    def _get_more_totals(self, profile_ids) -> list[tuple[str, list[str]]]:
        """What is expected of their promises by today."""
        found = self.env["credit.promise"]._read_group(
            [
                ("state", "=", "open"),
                ("date", "<=", fields.Date.context_today(self)),
                ("profile_id", "in", profile_ids),
            ],
            ["currency_id"],
            ["amount:sum"],
        )
        promised = [self._word_total(*sums) for sums in found]
        return [
            *super()._get_more_totals(profile_ids),
            (self.env._("Promised by today"), promised),
        ]

    @api.model
    def _ended_badly_sql(self, table: str, state: str, as_of: date) -> SQL:
        """The latest that ended so, of debtors who still have something to pursue."""
        return SQL(
            """SELECT x.profile_id AS profile, COUNT(*) AS figure,
                      MAX(x.closed_date) AS day
                 FROM %s x
                WHERE x.state = %s AND x.closed_date >= %s
                  AND x.profile_id IN (SELECT profile FROM owed WHERE pursued > 0)
             GROUP BY x.profile_id""",
            SQL.identifier(table),
            state,
            as_of - FRESH,
        )

    def _word_promise_broken(self, figure, day) -> str:
        return self.env._("Promise broken on %s", format_date(self.env, day))

    def _word_promise_due(self, figure, day) -> str:
        return self.env._("Promised for %s", format_date(self.env, day))

    def _word_dispute_late(self, figure, day) -> str:
        return self.env._(
            "A dispute was to be answered by %s", format_date(self.env, day)
        )

    def _word_plan_broken(self, figure, day) -> str:
        return self.env._("Instalment plan broken on %s", format_date(self.env, day))

    def _word_plan_asked(self, figure, day) -> str:
        return self.env._("Asks for instalments since %s", format_date(self.env, day))

    def _word_asked(self, figure, day) -> str:
        return self.env._("Asked on his page on %s", format_date(self.env, day))
