from datetime import date

from odoo import api, models
from odoo.tools import SQL


class CreditWorklist(models.Model):
    """Orders that wait for a decision bring a debtor onto the worklist."""

    _inherit = "credit.worklist"

    @api.model
    def _flush_sources(self) -> None:
        self.env["sale.order"].flush_model()
        return super()._flush_sources()

    @api.model
    def _get_sources(self, as_of: date) -> dict[str, SQL]:
        return super()._get_sources(as_of) | {
            "orders_waiting": SQL(
                """
                SELECT p.id AS profile, COUNT(*) AS figure,
                       MIN(o.credit_hold_date) AS day
                  FROM sale_order o
                  JOIN res_partner rp ON rp.id = o.partner_invoice_id
                  JOIN credit_profile p ON p.partner_id = rp.commercial_partner_id
                                       AND p.company_id = o.company_id
                 WHERE o.credit_hold_state = 'waiting'
                   AND o.state IN ('draft', 'sent')
              GROUP BY p.id
                """
            )
        }

    def _word_orders_waiting(self, figure, day) -> str:
        return self.env._("Orders that wait for a decision: %s", int(figure))
