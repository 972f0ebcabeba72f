from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from odoo import fields, models
from odoo.tools import SQL

from ..core import score


class CreditProfileBureau(models.Model):
    _inherit = "credit.profile"

    bureau_report_ids = fields.One2many(
        "credit.bureau.report", "profile_id", string="Credit reports"
    )

    def _get_score_figures(self, as_of: date) -> dict[int, Mapping[str, Decimal]]:
        """The score of the newest report that is valid on ``as_of``."""
        found = super()._get_score_figures(as_of)
        self.env["credit.bureau.report"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (profile_id) profile_id, points::text
                  FROM credit_bureau_report
                 WHERE date <= %s AND COALESCE(until, %s) >= %s
              ORDER BY profile_id, date DESC, id DESC
                """,
                as_of,
                as_of,
                as_of,
            )
        )
        for id_, points in rows:
            found[id_] = {**found.get(id_, {}), score.EXTERNAL: Decimal(points)}
        return found
