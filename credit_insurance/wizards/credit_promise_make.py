from odoo import api, fields, models


class CreditPromiseMake(models.TransientModel):
    """A promise beyond the extension period is noted with a warning."""

    _inherit = "credit.promise.make"

    can_ask_insurer = fields.Boolean(compute="_compute_can_ask_insurer")

    def _get_promise_warnings(self) -> list[str]:
        return [*super()._get_promise_warnings(), *self._get_extension_warnings()]

    def _get_extension_warnings(self) -> list[str]:
        items = self.line_ids.item_id._origin
        return self.profile_id._get_extension_warnings(items, self.date)

    @api.depends("date", "line_ids.item_id")
    def _compute_can_ask_insurer(self):
        for make in self:
            make.can_ask_insurer = make.date and bool(make._get_extension_warnings())

    def action_ask_insurer(self):
        self.ensure_one()
        return self.profile_id._ask_for_time(
            self.line_ids.item_id,
            self.date,
            self.note or self.env._("The debtor promises to pay by then."),
        )
