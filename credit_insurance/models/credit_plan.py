from odoo import api, fields, models


class CreditPlan(models.Model):
    """Terms that the insurer doesn't wait for: he can be asked."""

    _inherit = "credit.plan"

    can_ask_insurer = fields.Boolean(compute="_compute_can_ask_insurer")

    @api.depends("state", "last_date", "line_ids.item_id")
    def _compute_can_ask_insurer(self):
        waiting = self.filtered(lambda p: p.state in ("draft", "requested", "proposed"))
        (self - waiting).can_ask_insurer = False
        for plan in waiting:
            late = plan.profile_id._get_late_rows(plan.line_ids.item_id, plan.last_date)
            plan.can_ask_insurer = bool(late)

    def action_ask_insurer(self):
        """A request to the insurer; the plan waits for his answer."""
        self.ensure_one()
        return self.profile_id._ask_for_time(
            self.line_ids.item_id, self.last_date, plan_id=self.id
        )
