from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount


class CreditChargeWaive(models.TransientModel):
    """How much of costs and interest is not claimed any more, or again, and why."""

    _name = "credit.charge.waive"
    _description = "Waive Costs and Interest"

    charge_ids = fields.Many2many(
        "credit.charge", string="Costs and interest", required=True, readonly=True
    )
    again = fields.Boolean(string="Claim again", readonly=True)
    currency_id = fields.Many2one("res.currency", compute="_compute_open_amount")
    open_amount = fields.Monetary(
        string="Still claimed", compute="_compute_open_amount"
    )
    waived_amount = fields.Monetary(string="Waived", compute="_compute_open_amount")
    amount = fields.Monetary(
        compute="_compute_amount", store=True, readonly=False, required=True
    )
    reason = fields.Char(required=True)

    @api.depends("charge_ids.open_amount", "charge_ids.waived_amount")
    def _compute_open_amount(self):
        for waive in self:
            waive.currency_id = waive.charge_ids.currency_id[:1]
            waive.open_amount = sum(waive.charge_ids.mapped("open_amount"))
            waive.waived_amount = sum(waive.charge_ids.mapped("waived_amount"))

    @api.depends("charge_ids", "again")
    def _compute_amount(self):
        for waive in self:
            waive.amount = waive._get_most()

    def _get_most(self) -> float:
        return self.waived_amount if self.again else self.open_amount

    def action_waive(self):
        self.ensure_one()
        self._check_reason()
        self._check_amount()
        if self.again:
            self.charge_ids._reinstate(self.reason, self.amount)
        else:
            self.charge_ids._waive(self.reason, self.amount)
        return True

    def _check_reason(self) -> None:
        if not self.reason.strip():
            raise UserError(self.env._("Say why: the reason stays in the file."))

    def _check_amount(self) -> None:
        if len(self.charge_ids.currency_id) > 1:
            raise UserError(self.env._("Waive charges of one currency at a time."))
        if not 0 < self.currency_id.round(self.amount) <= self._get_most():
            raise UserError(
                self.env._(
                    "Choose more than nothing and at most %s.",
                    format_amount(self.env, self._get_most(), self.currency_id),
                )
            )
