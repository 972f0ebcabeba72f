from odoo import api, fields, models


class CreditPromiseMake(models.TransientModel):
    """A promise beyond the extension period is noted with a warning."""

    _inherit = "credit.promise.make"

    can_ask_insurer = fields.Boolean(compute="_compute_can_ask_insurer")

    @api.depends("date", "line_ids.item_id")
    def _compute_can_ask_insurer(self):
        for make in self:
            items = make.line_ids.item_id
            late = make.profile_id._get_late_rows(items, make.date)
            make.can_ask_insurer = bool(late)

    def action_ask_insurer(self):
        self.ensure_one()
        return self.profile_id._ask_for_time(
            self.line_ids.item_id,
            self.date,
            self.note or "",
            request_id=self.request_id.id,
        )
