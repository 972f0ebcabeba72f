from odoo import api, fields, models


class CreditPlanMake(models.TransientModel):
    """A plan beyond the extension period is made with a warning."""

    _inherit = "credit.plan.make"

    can_ask_insurer = fields.Boolean(compute="_compute_can_ask_insurer")

    @api.depends("line_ids.date", "item_ids")
    def _compute_can_ask_insurer(self):
        for make in self:
            last = max(filter(None, make.line_ids.mapped("date")), default=False)
            make.can_ask_insurer = last and bool(
                make.profile_id._get_extension_warnings(make._get_items(), last)
            )

    def action_ask_insurer(self):
        self.ensure_one()
        return self.profile_id._ask_for_time(
            self.item_ids,
            max(self.line_ids.mapped("date")),
            self.env._("The debtor pays in %s terms.", len(self.line_ids)),
        )
