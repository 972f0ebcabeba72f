from odoo import models
from odoo.tools import SQL, format_amount

from odoo.addons.credit_control.models.credit_profile_phone import Event


class CreditProfileTimeline(models.Model):
    """Orders that were put on hold belong to what happened with a debtor."""

    _inherit = "credit.profile"

    def _get_event_sources(self) -> dict[str, tuple[str, SQL]]:
        return super()._get_event_sources() | {
            "order": (
                "sale.order",
                SQL(
                    """SELECT o.id, o.credit_hold_date AS moment
                         FROM sale_order o
                         JOIN res_partner rp ON rp.id = o.partner_invoice_id
                        WHERE rp.commercial_partner_id = %s AND o.company_id = %s
                          AND o.credit_hold_date IS NOT NULL""",
                    self.partner_id.id,
                    self.company_id.id,
                ),
            )
        }

    def _make_order_event(self, order, day) -> Event:
        states = dict(
            order._fields["credit_hold_state"]._description_selection(self.env)
        )
        return Event(
            day,
            "fa-shopping-cart",
            self.env._("Order %s on hold", order.name),
            states.get(order.credit_hold_state, ""),
            format_amount(self.env, order.amount_total, order.currency_id),
            order.user_id.name or "",
        )
