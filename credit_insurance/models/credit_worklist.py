from datetime import date, timedelta

from odoo import api, models
from odoo.tools import SQL, format_date

# So long before a deadline the debtor comes onto the list.
AHEAD = timedelta(14)


class CreditWorklist(models.Model):
    """An insurer's deadline that comes near, or was missed, brings a debtor here."""

    _inherit = "credit.worklist"

    @api.model
    def _get_sources(self, as_of: date) -> dict[str, SQL]:
        """``insurance_deadline``: days since a fortnight before the deadline."""
        shown = self.env.context.get("credit_worklist_shown")
        profiles = self._get_files(shown) if shown else None
        until = as_of + AHEAD
        return super()._get_sources(as_of) | {
            "insurance_deadline": SQL(
                """SELECT c.profile_id AS profile,
                          %(until)s - MIN(c.next_date) AS figure,
                          MIN(c.next_date) AS day
                     FROM (%(clocks)s) c
                    WHERE c.next_date <= %(until)s
                      AND COALESCE(c.uncovered, 'disputed') = 'disputed'
                 GROUP BY c.profile_id""",
                clocks=self.env["credit.insurance.clock"]._clock_sql(
                    as_of, profiles, until
                ),
                until=until,
            )
        }

    def _word_insurance_deadline(self, figure, day) -> str:
        return self.env._("Insurer's deadline on %s", format_date(self.env, day))
