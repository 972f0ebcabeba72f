from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.credit_claim_received import Receipt


class CreditClaimReceive(models.TransientModel):
    """How much indemnity came in, and where."""

    _name = "credit.claim.receive"
    _description = "Indemnity Received"
    _check_company_auto = True

    claim_id = fields.Many2one("credit.claim", required=True, readonly=True)
    company_id = fields.Many2one(related="claim_id.company_id")
    currency_id = fields.Many2one(related="claim_id.currency_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    kept = fields.Monetary(
        string="Kept of recoveries",
        compute="_compute_kept",
        store=True,
        precompute=True,
        readonly=False,
        help="His share of recoveries that the insurer didn't pay out but set off.",
    )
    has_owed = fields.Boolean(related="claim_id.has_owed")
    amount = fields.Monetary(
        string="Received",
        compute="_compute_amount",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    paid_to = fields.Selection(
        [("company", "To us"), ("pledgee", "To the pledgee")],
        required=True,
        compute="_compute_paid_to",
        store=True,
        precompute=True,
        readonly=False,
    )
    pledgee_id = fields.Many2one(
        "res.partner", related="claim_id.policy_id.pledgee_id", string="Pledgee"
    )
    pledgee_account_id = fields.Many2one(
        "account.account",
        string="Account of what we owe him",
        check_company=True,
        help="The loan or credit line that the bank or factor takes the money off.",
    )
    journal_id = fields.Many2one(
        "account.journal",
        required=True,
        compute="_compute_journal_id",
        store=True,
        precompute=True,
        readonly=False,
        check_company=True,
        domain=[("type", "in", ("bank", "cash", "general"))],
        help="A bank journal: the money is on its way to the account. A miscellaneous "
        "one: the insurer owes it, and his payment is matched with that.",
    )
    excess = fields.Monetary(
        string="More than is open",
        compute="_compute_excess",
        currency_field="company_currency_id",
    )
    rest_account_id = fields.Many2one(
        "account.account",
        string="Account of what is more",
        check_company=True,
        help="Other income, or what you owe the insurer if he will take it back.",
    )

    @api.depends("claim_id")
    def _compute_kept(self):
        for receive in self:
            receive.kept = max(
                min(receive.claim_id.owed_amount, receive.claim_id.missing_amount), 0
            )

    @api.depends("claim_id", "kept")
    def _compute_amount(self):
        for receive in self:
            receive.amount = max(receive.claim_id.missing_amount - receive.kept, 0)

    @api.depends("claim_id")
    def _compute_paid_to(self):
        for receive in self:
            is_pledged = receive.claim_id.policy_id.pledgee_id
            receive.paid_to = "pledgee" if is_pledged else "company"

    @api.depends("claim_id", "paid_to")
    def _compute_journal_id(self):
        for receive in self:
            kind = "general" if receive.paid_to == "pledgee" else "bank"
            company = receive.claim_id.company_id
            receive.journal_id = company._get_first_journal(kind)

    @api.depends("claim_id", "amount", "kept", "date")
    def _compute_excess(self):
        for receive in self:
            claim = receive.claim_id.sudo()
            day = receive.date or fields.Date.context_today(receive)
            booked = claim._to_company(receive.amount + receive.kept, day)
            receive.excess = claim._split_over_items(booked, day)[1]

    def action_receive(self):
        self.ensure_one()
        is_pledged = self.paid_to == "pledgee"
        if is_pledged and not self.pledgee_account_id:
            raise UserError(
                self.env._("Choose the account of what you owe the pledgee.")
            )
        self.claim_id._receive(
            Receipt(
                self.amount,
                self.journal_id,
                self.date,
                self.pledgee_account_id if is_pledged else None,
                self.pledgee_id if is_pledged else None,
                self.kept,
                self.rest_account_id,
            )
        )
        return True
