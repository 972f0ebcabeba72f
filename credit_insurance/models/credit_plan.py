from odoo import models


class CreditPlan(models.Model):
    """Terms that the insurer doesn't wait for."""

    _inherit = "credit.plan"

    def _get_plan_warnings(self) -> list[str]:
        items = self.line_ids.item_id
        return [
            *super()._get_plan_warnings(),
            *self.profile_id._get_extension_warnings(items, self.last_date),
        ]
