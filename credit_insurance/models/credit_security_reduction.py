from odoo import api, fields, models
from odoo.exceptions import AccessError


class CreditSecurityReduction(models.Model):
    """From a day on less of a guarantee is left."""

    _name = "credit.security.reduction"
    _description = "Reduction of a Security"
    _order = "date, id"

    security_id = fields.Many2one(
        "credit.security", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="security_id.company_id", store=True)
    currency_id = fields.Many2one(related="security_id.currency_id")
    date = fields.Date(string="From", required=True)
    amount = fields.Monetary(string="Amount left", required=True)

    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "Amounts and days of a security can't be negative."
    )

    @api.model_create_multi
    def create(self, vals_list):
        reductions = super().create(vals_list)
        reductions._check_may_change()
        return reductions

    def write(self, vals):
        self._check_may_change()
        result = super().write(vals)
        # It may have been put under another security.
        self._check_may_change()
        return result

    @api.ondelete(at_uninstall=False)
    def _check_may_change(self):
        """What a confirmed security is worth is a manager's decision."""
        confirmed = self.security_id.filtered(lambda one: one.state != "draft")
        if confirmed and not confirmed._may_decide():
            raise AccessError(
                self.env._("Only a credit manager changes a confirmed security.")
            )
