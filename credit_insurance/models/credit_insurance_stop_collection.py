from datetime import date

from odoo import api, models
from odoo.tools import SQL


class CreditInsuranceStopCollection(models.Model):
    """What is handed over for collection ends the cover of later deliveries."""

    _inherit = "credit.insurance.stop"

    @api.model
    def _get_stop_signs(self, as_of: date, profile) -> list[SQL]:
        held = SQL(
            """EXISTS (SELECT FROM credit_collection_file f
                        WHERE f.is_held AND f.profile_id = %s)""",
            profile.id,
        )
        return [*super()._get_stop_signs(as_of, profile), held]

    @api.model
    def _get_stop_queries(self, as_of: date, profiles) -> list[SQL]:
        queries = super()._get_stop_queries(as_of, profiles)
        self.env["credit.collection.file"].flush_model()
        mine = SQL("TRUE")
        if profiles is not None:
            mine = SQL("f.profile_id = ANY(%s)", profiles.ids)
        return [
            *queries,
            SQL(
                """SELECT f.profile_id, 'collection', MIN(f.sent_date)
                     FROM credit_collection_file f
                    WHERE f.is_held AND f.sent_date <= %s AND %s
                      AND f.profile_id IN (SELECT profile_id FROM (%s) r)
                 GROUP BY f.profile_id""",
                as_of,
                mine,
                self.env["credit.insurance.clock"]._periods_sql(),
            ),
        ]
