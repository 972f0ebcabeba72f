from odoo import api, fields, models


class CreditPlanMake(models.TransientModel):
    """A plan beyond the extension period is made with a warning."""

    _inherit = "credit.plan.make"

    can_ask_insurer = fields.Boolean(compute="_compute_can_ask_insurer")

    @api.depends("line_ids.date", "item_ids")
    def _compute_can_ask_insurer(self):
        for make in self:
            last = max(filter(None, make.line_ids.mapped("date")), default=False)
            late = make.profile_id._get_late_rows(make._get_items(), last)
            make.can_ask_insurer = bool(late)

    def action_ask_insurer(self):
        """The plan is kept as a draft until the insurer has answered."""
        return self._make_plan(offered=False).action_ask_insurer()
