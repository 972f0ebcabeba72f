from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.credit_control.core.money import ZERO, to_decimal
from odoo.addons.credit_control.rights import check_officer

from ..core import indemnity

KINDS = [
    ("payment", "Payment"),
    ("credit", "Credit note"),
    ("remittance", "Remittance of an agency"),
    ("offset", "Set off against what we owe"),
    ("other", "Entered by hand"),
]
# Written by the actions.
GUARDED = {
    "state",
    "kind",
    "item_id",
    "ledger_amount",
    "entry_id",
    "owed_item_id",
}
# What stays once it is booked.
FROZEN = {"date", "amount", "costs", "claim_id"}


class CreditClaimRecovery(models.Model):
    """Money that the debtor, or others for him, paid after the day of the loss.

    What the ledger shows is proposed, and an officer says whether it belongs to the
    claim. The insurer gets his share of it, after the costs of collection.
    """

    _name = "credit.claim.recovery"
    _description = "Recovery"
    _order = "date desc, id desc"

    claim_id = fields.Many2one(
        "credit.claim", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="claim_id.company_id", store=True)
    currency_id = fields.Many2one(related="claim_id.currency_id")
    state = fields.Selection(
        [
            ("proposed", "To look at"),
            ("accepted", "Counted"),
            ("refused", "Not for this claim"),
        ],
        required=True,
        default="accepted",
        readonly=True,
        copy=False,
    )
    kind = fields.Selection(KINDS, required=True, default="other", readonly=True)
    date = fields.Date(required=True, default=fields.Date.context_today)
    name = fields.Char(
        string="What it is", required=True, help="E.g. dividend of the bankruptcy."
    )
    amount = fields.Monetary(string="Received")
    costs = fields.Monetary(
        string="Costs of collection",
        help="Lawyer, agency, court: taken off first. Of an agency's remittance its "
        "fee, less the costs that the debtor paid.",
    )
    item_id = fields.Many2one(
        "account.move.line",
        string="In the ledger",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    move_id = fields.Many2one(related="item_id.move_id", string="Entry")
    ledger_amount = fields.Monetary(
        readonly=True,
        copy=False,
        help="What of it pays invoices of the claim, or nothing yet.",
    )
    is_short = fields.Boolean(
        string="More than came in",
        compute="_compute_is_short",
        help="The money was taken back, or pays other invoices now.",
    )
    is_before = fields.Boolean(
        string="Before the loss",
        compute="_compute_is_before",
        store=True,
        help="Such money pays the oldest invoice and isn't shared.",
    )
    insurer_share = fields.Monetary(
        string="Insurer's share", compute="_compute_shares", store=True
    )
    own_share = fields.Monetary(
        string="Own share", compute="_compute_shares", store=True
    )
    entry_id = fields.Many2one(
        "account.move",
        string="Share booked with",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    owed_item_id = fields.Many2one(
        "account.move.line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    settlement = fields.Selection(
        [("to_book", "To book"), ("owed", "Owed"), ("settled", "Settled")],
        string="Insurer's share is",
        compute="_compute_settlement",
    )

    _amounts_positive = models.Constraint(
        "CHECK (amount >= 0 AND costs >= 0)", "Amounts can't be negative."
    )
    # Whatever is repeated or raced: money counts once in a claim.
    _item_uniq = models.UniqueIndex(
        "(claim_id, item_id) WHERE item_id IS NOT NULL",
        "This money stands in the claim already.",
    )

    @api.depends("date", "claim_id.loss_date")
    def _compute_is_before(self):
        for recovery in self:
            loss = recovery.claim_id.loss_date
            recovery.is_before = bool(loss and recovery.date and recovery.date < loss)

    @api.depends("state", "item_id", "amount", "ledger_amount")
    def _compute_is_short(self):
        for recovery in self:
            recovery.is_short = bool(
                recovery.kind != "other"
                and recovery.state == "accepted"
                and recovery.currency_id.compare_amounts(
                    recovery.amount, recovery.ledger_amount
                )
                > 0
            )

    @api.depends(
        "amount",
        "costs",
        "state",
        "is_before",
        "claim_id.state",
        "claim_id.indemnity_amount",
        "claim_id.own_loss",
        "claim_id.line_ids.net",
    )
    def _compute_shares(self):
        for recovery in self:
            # What was booked stays as it was booked.
            if recovery.entry_id:
                continue
            shares = indemnity.Shares(ZERO, ZERO)
            if recovery.state == "accepted":
                shares = indemnity.share(**recovery._get_shared())
            recovery.insurer_share = float(shares.insurer)
            recovery.own_share = float(shares.insured)

    def _get_shared(self) -> dict:
        """What :func:`indemnity.share` and :func:`indemnity.book` ask for."""
        return {
            "received": to_decimal(self.amount),
            "fraction": self._get_fraction(),
            "quantum": to_decimal(self.currency_id.rounding or 0.01),
            "costs": to_decimal(self.costs),
        }

    def _get_fraction(self) -> Decimal:
        """The insurer's part of the loss, and so of what came in since: none where he
        refused it, or where the claim was closed before he accepted it.
        """
        claim = self.claim_id
        if self.is_before or claim.state == "refused":
            return ZERO
        expected = 0.0 if claim.state == "closed" else claim.expected_amount
        paid = to_decimal(claim.indemnity_amount or expected)
        return indemnity.Indemnity(paid, ZERO, []).fraction_of(claim._get_loss())

    @api.depends(
        "state", "insurer_share", "costs", "entry_id.state", "owed_item_id.reconciled"
    )
    def _compute_settlement(self):
        for recovery in self.sudo():
            owed = recovery.owed_item_id
            if recovery.entry_id:
                is_settled = not owed or owed.reconciled
                recovery.settlement = "settled" if is_settled else "owed"
            else:
                recovery.settlement = "to_book" if recovery._is_to_book() else False

    def _is_to_book(self) -> bool:
        return (
            self.state == "accepted"
            and not self.is_before
            and not self.entry_id
            and not self.currency_id.is_zero(self.insurer_share)
        )

    # -- rights ----------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(GUARDED & vals.keys() for vals in vals_list):
            raise AccessError(self.env._("Money in the ledger is proposed by itself."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and GUARDED & vals.keys():
            raise AccessError(self.env._("Use the buttons of the recovery."))
        if FROZEN & vals.keys() and any(self.mapped("entry_id")):
            raise UserError(
                self.env._("The insurer's share is booked: undo the booking first.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_known(self):
        if any(self.mapped("entry_id")):
            raise UserError(
                self.env._("The insurer's share is booked: undo the booking first.")
            )
        if not self.env.su and any(recovery.item_id for recovery in self):
            raise UserError(
                self.env._("It came in: say that it is not for this claim instead.")
            )

    def _as_officer(self, *states):
        check_officer(self.env, self.env._("Only credit officers look at recoveries."))
        self.check_access("write")
        if any(recovery.state not in states for recovery in self):
            raise UserError(self.env._("This has been looked at: load it again."))
        return self.sudo()

    # -- actions ---------------------------------------------------------------

    def action_accept(self):
        """It belongs to the claim, and is shared."""
        self._as_officer("proposed", "refused")._decide("accepted")
        return True

    def action_refuse(self):
        """It pays something else; it is not proposed again."""
        if any(self.mapped("entry_id")):
            raise UserError(
                self.env._("The insurer's share is booked: undo the booking first.")
            )
        self._as_officer("proposed", "accepted")._decide("refused")
        return True

    def _decide(self, state: str) -> None:
        self.write({"state": state})
        for claim in self.claim_id.filtered(lambda one: not one.proposed_count):
            claim.activity_feedback(["credit_insurance.activity_recovery"])
