from odoo import api, fields, models


class CreditClaimReceive(models.TransientModel):
    """How much indemnity came in, and where."""

    _name = "credit.claim.receive"
    _description = "Indemnity Received"
    _check_company_auto = True

    claim_id = fields.Many2one("credit.claim", required=True, readonly=True)
    company_id = fields.Many2one(related="claim_id.company_id")
    currency_id = fields.Many2one(related="claim_id.currency_id")
    date = fields.Date(required=True, default=fields.Date.context_today)
    amount = fields.Monetary(
        string="Received",
        compute="_compute_amount",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
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

    @api.depends("claim_id")
    def _compute_amount(self):
        for receive in self:
            claim = receive.claim_id
            receive.amount = max(claim.indemnity_amount - claim.received_amount, 0)

    @api.depends("claim_id")
    def _compute_journal_id(self):
        for receive in self:
            receive.journal_id = self.env["account.journal"].search(
                [
                    *self.env["account.journal"]._check_company_domain(
                        receive.claim_id.company_id
                    ),
                    ("type", "=", "bank"),
                ],
                limit=1,
            )

    def action_receive(self):
        self.ensure_one()
        self.claim_id._receive(self.amount, self.journal_id, self.date)
        return True
