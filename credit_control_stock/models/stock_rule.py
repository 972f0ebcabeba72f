from odoo import api, models


class StockRule(models.Model):
    """The scheduler first lets go what nothing stands in the way of any more."""

    _inherit = "stock.rule"

    @api.model
    def _run_scheduler_tasks(self, use_new_cursor=False, company_id=False):
        self.env["credit.delivery.hold"]._recheck_all()
        return super()._run_scheduler_tasks(use_new_cursor, company_id)
