from odoo import api, fields, models


class CreditProfileBulk(models.TransientModel):
    """Promises of several debtors, some beyond the extension period."""

    _inherit = "credit.profile.bulk"

    can_ask_insurer = fields.Boolean(compute="_compute_can_ask_insurer")

    @api.depends("step", "profile_ids", "item_ids", "date")
    def _compute_can_ask_insurer(self):
        for bulk in self:
            late = self.env["credit.profile"]._fetch_late(bulk._get_waits())
            bulk.can_ask_insurer = any(late)

    def action_ask_insurer(self):
        """Requests to the insurer for those whose cover would be lost."""
        self.ensure_one()
        return self.env["credit.profile"]._ask_for_times(
            self._get_waits(), self.note or ""
        )
