from odoo import api, fields, models


class CreditClaimBook(models.TransientModel):
    """What of recoveries the insurer gets, and where his part of the costs goes."""

    _name = "credit.claim.book"
    _description = "Insurer's Share of Recoveries"
    _check_company_auto = True

    claim_id = fields.Many2one("credit.claim", required=True, readonly=True)
    company_id = fields.Many2one(related="claim_id.company_id")
    currency_id = fields.Many2one(related="claim_id.currency_id")
    amount = fields.Monetary(
        string="Insurer's share", related="claim_id.to_book_amount"
    )
    has_costs = fields.Boolean(compute="_compute_has_costs")
    date = fields.Date(required=True, default=fields.Date.context_today)
    journal_id = fields.Many2one(
        "account.journal",
        required=True,
        check_company=True,
        domain=[("type", "=", "general")],
        compute="_compute_journal_id",
        store=True,
        precompute=True,
        readonly=False,
    )
    costs_account_id = fields.Many2one(
        "account.account",
        string="Account of the costs",
        check_company=True,
        help="Where the costs of collection were booked: the insurer's part of them is "
        "taken off there.",
    )

    @api.depends("claim_id")
    def _compute_has_costs(self):
        for book in self:
            book.has_costs = any(book.claim_id._get_to_book().mapped("costs"))

    @api.depends("claim_id")
    def _compute_journal_id(self):
        for book in self:
            book.journal_id = book.claim_id.company_id._get_first_journal("general")

    def action_book(self):
        self.ensure_one()
        self.claim_id._book_shares(self.journal_id, self.date, self.costs_account_id)
        return True
