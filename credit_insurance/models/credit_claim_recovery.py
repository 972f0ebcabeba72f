from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.credit_control.core.money import ZERO, to_decimal

from ..core import indemnity


class CreditClaimRecovery(models.Model):
    """Money that the debtor, or others for him, paid after the day of the loss.

    The insurer gets his share of it, after the costs of collection.
    """

    _name = "credit.claim.recovery"
    _description = "Recovery"
    _order = "date desc, id desc"

    claim_id = fields.Many2one(
        "credit.claim", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="claim_id.company_id", store=True)
    currency_id = fields.Many2one(related="claim_id.currency_id")
    date = fields.Date(required=True, default=fields.Date.context_today)
    name = fields.Char(
        string="What it is", required=True, help="E.g. dividend of the bankruptcy."
    )
    amount = fields.Monetary(string="Received")
    costs = fields.Monetary(
        string="Costs of collection", help="Lawyer, agency, court: taken off first."
    )
    is_before = fields.Boolean(
        string="Before the loss",
        compute="_compute_shares",
        store=True,
        help="Such money pays the oldest invoice and isn't shared.",
    )
    insurer_share = fields.Monetary(compute="_compute_shares", store=True)
    own_share = fields.Monetary(compute="_compute_shares", store=True)

    _amounts_positive = models.Constraint(
        "CHECK (amount >= 0 AND costs >= 0)", "Amounts can't be negative."
    )

    @api.depends(
        "amount",
        "costs",
        "date",
        "claim_id.loss_date",
        "claim_id.indemnity_amount",
        "claim_id.own_loss",
        "claim_id.line_ids.net",
    )
    def _compute_shares(self):
        for recovery in self:
            claim = recovery.claim_id
            recovery.is_before = bool(
                claim.loss_date and recovery.date and recovery.date < claim.loss_date
            )
            shares = indemnity.share(
                to_decimal(recovery.amount),
                ZERO if recovery.is_before else recovery._get_fraction(),
                to_decimal(recovery.currency_id.rounding or 0.01),
                to_decimal(recovery.costs),
            )
            recovery.insurer_share = float(shares.insurer)
            recovery.own_share = float(shares.insured)

    def _get_fraction(self) -> Decimal:
        """The insurer's part of the loss."""
        claim = self.claim_id
        paid = to_decimal(claim.indemnity_amount or claim.expected_amount)
        return indemnity.Indemnity(paid, ZERO, []).fraction_of(claim._get_loss())
