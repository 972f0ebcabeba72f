from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.credit_control.core.money import to_decimal


class CreditDeclarationLine(models.Model):
    """Turnover and overdues of one debtor; amounts in the policy's currency."""

    _name = "credit.declaration.line"
    _description = "Declared Debtor"
    _order = "declaration_id, country_id, id"

    declaration_id = fields.Many2one(
        "credit.declaration", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="declaration_id.company_id", store=True)
    currency_id = fields.Many2one(related="declaration_id.currency_id")
    profile_id = fields.Many2one(
        "credit.profile",
        string="Debtor",
        required=True,
        index=True,
        ondelete="restrict",
    )
    country_id = fields.Many2one("res.country")
    turnover = fields.Monetary()
    overdue = fields.Monetary()
    beyond = fields.Monetary(string="Past the extension period")
    oldest_due = fields.Date(string="Oldest due date")
    declared = fields.Monetary(
        string="Declared in the year", readonly=True, help="By the month."
    )
    ledger = fields.Monetary(string="Ledger says now", readonly=True)
    correction = fields.Monetary(
        compute="_compute_correction",
        store=True,
        help="What is settled beyond what was declared.",
    )
    unsettled = fields.Monetary(
        string="Difference",
        compute="_compute_correction",
        store=True,
        help="What the ledger says beyond what is settled.",
    )

    @api.depends("turnover", "declared", "ledger", "declaration_id.kind")
    def _compute_correction(self):
        for line in self:
            is_year = line.declaration_id.kind == "year"
            line.correction = is_year and line.turnover - line.declared
            line.unsettled = is_year and line.ledger - line.turnover

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.declaration_id._check_not_told()
        return lines

    def write(self, vals):
        self.declaration_id._check_not_told()
        result = super().write(vals)
        self.declaration_id._check_not_told()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_untold(self):
        self.declaration_id._check_not_told()

    def _get_cells(self, number) -> list:
        """The cells of the files, amounts as ``number``."""
        declaration, partner = self.declaration_id, self.profile_id.sudo().partner_id
        amounts = [
            number(to_decimal(amount).quantize(Decimal("0.01")))
            for amount in (self.turnover, self.overdue, self.beyond)
        ]
        return [
            declaration.policy_id.sudo().number,
            declaration.date_from,
            declaration.date_to,
            self.country_id.code or "",
            partner.name,
            partner.vat or "",
            self._get_buyer_number(),
            *amounts,
            self.oldest_due or None,
            self.currency_id.name,
        ]

    def _get_buyer_number(self) -> str:
        """The number that the insurer knows the debtor by."""
        limits = self.profile_id.sudo().insurance_limit_ids.filtered(
            lambda limit: limit.policy_id == self.declaration_id.policy_id
        )
        return limits[:1].buyer_reference or ""
