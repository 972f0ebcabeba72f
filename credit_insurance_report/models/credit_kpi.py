from datetime import date

from odoo import api, models
from odoo.tools import SQL


class CreditKpi(models.Model):
    """What goes to a collection agency, lawyer or court is told by its files."""

    _inherit = "credit.kpi"

    @api.model
    def _get_handed_over_sql(self, company, start: date, day: date) -> SQL:
        """Each file once, on the day it was last sent; without interest and costs, at
        the rates at which its invoices were booked."""
        self.env["credit.collection.file"].flush_model()
        self.env["credit.collection.line"].flush_model()
        return SQL(
            """SELECT p.partner_id, 1, COALESCE(ROUND(SUM(q.amount * COALESCE(
                          i.balance / NULLIF(i.amount_currency, 0), 1)), 2), 0)
                 FROM credit_collection_file f
                 JOIN credit_profile p ON p.id = f.profile_id
            LEFT JOIN credit_collection_line q ON q.file_id = f.id
            LEFT JOIN account_move_line i ON i.id = q.item_id
                WHERE f.company_id = %s AND f.sent_date BETWEEN %s AND %s
             GROUP BY f.id, p.partner_id""",
            company.id,
            start,
            day,
        )
