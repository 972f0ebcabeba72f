from odoo import fields, models

from ..core.costs import Band
from ..core.money import to_decimal


class CreditRegimeBand(models.Model):
    """One band of a scale of costs."""

    _name = "credit.regime.band"
    _description = "Band of Recovery Costs"
    _order = "regime_id, above"
    _rec_name = "above"

    regime_id = fields.Many2one(
        "credit.regime", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="regime_id.currency_id")
    above = fields.Monetary(
        string="Claim above", help="A claim of exactly this belongs to the band before."
    )
    fixed = fields.Monetary(string="Amount")
    percent = fields.Float(string="Plus % of what is above", digits=(6, 2))

    _above_uniq = models.UniqueIndex(
        "(regime_id, above)", "Two bands of a scale start at the same amount."
    )
    _positive = models.Constraint(
        "CHECK (above >= 0 AND fixed >= 0 AND percent >= 0 AND percent <= 100)",
        "Amounts of a band can't be negative, nor its percentage more than 100.",
    )

    def _get_core_band(self, rate) -> Band:
        """The band with amounts times ``rate``, the rate of exchange."""
        return Band(
            to_decimal(self.above) * rate,
            to_decimal(self.fixed) * rate,
            to_decimal(self.percent),
        )
