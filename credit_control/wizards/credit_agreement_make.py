from odoo import api, fields, models
from odoo.exceptions import UserError


class CreditDebtorMake(models.AbstractModel):
    """Whom something is made for."""

    _name = "credit.debtor.make"
    _description = "Something to Make for a Debtor"

    profile_id = fields.Many2one(
        "credit.profile", string="Debtor", required=True, readonly=True
    )
    company_id = fields.Many2one(related="profile_id.company_id")
    partner_id = fields.Many2one(related="profile_id.partner_id")

    def _get_today(self):
        return self.company_id._credit_today()


class CreditAgreementMake(models.AbstractModel):
    """Which items of a debtor something is agreed on, and how much of each."""

    _name = "credit.agreement.make"
    _description = "Agreement in the Making"
    _inherit = ["credit.debtor.make"]

    contact_id = fields.Many2one(
        "res.partner",
        string="Contact",
        compute="_compute_contact_id",
        store=True,
        readonly=False,
        help="Who said so.",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_total")
    total = fields.Monetary(compute="_compute_total")

    @api.model
    def default_get(self, fields):
        """Begin with the items chosen."""
        values = super().default_get(fields)
        profile = self.env["credit.profile"].browse(values.get("profile_id"))
        if profile and "line_ids" in fields:
            values["line_ids"] = [
                (0, 0, {"item_id": item.id, "amount": item.amount_residual_currency})
                for item in self._get_first_items(profile)
            ]
        return values

    @api.model
    def _get_first_items(self, profile):
        ids = self.env.context.get("credit_item_ids", ())
        return self.env["account.move.line"].browse(ids)

    @api.depends("profile_id")
    def _compute_contact_id(self):
        for make in self:
            make.contact_id = (
                make.profile_id._get_contact() if make.profile_id else False
            )

    @api.depends("line_ids.amount", "line_ids.item_id")
    def _compute_total(self):
        for make in self:
            currencies = make.line_ids.item_id.currency_id
            make.currency_id = currencies[:1] or make.company_id.currency_id
            make.total = sum(make.line_ids.mapped("amount"))

    def _get_amounts(self) -> dict:
        """{item: amount}."""
        items = self.line_ids.mapped("item_id")
        if len(items) < len(self.line_ids):
            raise UserError(self.env._("An invoice is in the list twice."))
        return {line.item_id: line.amount for line in self.line_ids}


class CreditAgreementMakeLine(models.AbstractModel):
    """An item, and how much of it."""

    _name = "credit.agreement.make.line"
    _description = "Item of an Agreement in the Making"

    item_id = fields.Many2one("account.move.line", string="Document", required=True)
    currency_id = fields.Many2one(related="item_id.currency_id")
    due_date = fields.Date(related="item_id.date_maturity", string="Due date")
    open_amount = fields.Monetary(
        related="item_id.amount_residual_currency", string="Open"
    )
    amount = fields.Monetary(compute="_compute_amount", store=True, readonly=False)

    @api.depends("item_id")
    def _compute_amount(self):
        for line in self:
            line.amount = line.item_id.amount_residual_currency
