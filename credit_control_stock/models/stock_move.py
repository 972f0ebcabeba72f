from odoo import models


class StockMove(models.Model):
    """Nothing is reserved for, or leaves with, a delivery that waits for credit."""

    _inherit = "stock.move"

    def _action_assign(self, force_qty=False):
        """Reservation goes through here, whether a button or the scheduler asks."""
        held = self.picking_id._filtered_credit_held()
        free = self.filtered(lambda move: move.picking_id not in held)
        return super(StockMove, free)._action_assign(force_qty=force_qty)

    def _action_done(self, cancel_backorder=False):
        """Whatever moves goods ends up here, also without the button of a delivery."""
        leaving = self.filtered(
            lambda move: (
                move.state not in ("done", "cancel")
                and move.location_dest_usage != "inventory"
                and move.quantity
            )
        )
        leaving.picking_id._check_credit()
        return super()._action_done(cancel_backorder=cancel_backorder)
