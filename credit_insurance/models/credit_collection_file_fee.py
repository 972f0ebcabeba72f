from datetime import date
from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.credit_control.core.money import to_decimal


class CreditCollectionFileFee(models.Model):
    """The fee for a file, and the charges that are collected with it."""

    _inherit = "credit.collection.file"

    def _get_fee_line(self):
        """The line of the price list for this file, in its currency."""
        company, day = self.company_id, self.sent_date or self.date
        claimed = self.currency_id._convert(
            self.claimed_amount, company.currency_id, company, day
        )
        days = (day - self.oldest_due).days if self.oldest_due else 0
        line = self.agency_id._get_fee_line(self.service, days, to_decimal(claimed))
        if not line or self.currency_id == company.currency_id:
            return line
        return line._replace(
            flat=self._to_own_currency(line.flat, day),
            minimum=self._to_own_currency(line.minimum, day),
        )

    def _get_direct_with_fee(self) -> Decimal:
        """Direct payments that the agency knows of and gets a fee for."""
        if not self.agency_id.fee_on_direct:
            return Decimal(0)
        return sum(map(to_decimal, self.line_ids.mapped("told_amount")), Decimal(0))

    def _to_own_currency(self, amount: Decimal, day: date) -> Decimal:
        company = self.company_id
        return to_decimal(
            company.currency_id._convert(float(amount), self.currency_id, company, day)
        )

    def _collect_charges(self, kind: str, amount: float) -> None:
        """Note ``amount`` on charges that reminders claimed and nobody posted."""
        charges = self._get_charges().filtered(
            lambda c: c.kind == kind and not c.item_ids
        )
        for charge in charges:
            most = charge.net_amount if amount > 0 else 0.0
            part = min(max(charge.collected_amount + amount, 0.0), most)
            amount -= part - charge.collected_amount
            charge.collected_amount = part


class CreditChargeCollected(models.Model):
    """Costs and interest that an agency collected, though they were never posted."""

    _inherit = "credit.charge"

    collected_amount = fields.Monetary(string="Collected by an agency", readonly=True)

    @api.depends("collected_amount")
    def _compute_open_amount(self):
        result = super()._compute_open_amount()
        for charge in self.filtered(lambda c: not c.is_posted and c.collected_amount):
            charge.open_amount = charge.net_amount - charge.collected_amount
            charge.paid_amount = charge.collected_amount
        return result
