from odoo import api, fields, models


class CreditClaimLine(models.Model):
    """An invoice in a claim, as it was open; amounts in the policy's currency."""

    _name = "credit.claim.line"
    _description = "Invoice in a Claim"
    _order = "first_due, id"

    claim_id = fields.Many2one(
        "credit.claim", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="claim_id.company_id", store=True)
    currency_id = fields.Many2one(related="claim_id.currency_id")
    item_id = fields.Many2one(
        "account.move.line", index="btree_not_null", ondelete="set null"
    )
    move_id = fields.Many2one(related="item_id.move_id", string="Invoice")
    delivered = fields.Date(string="Delivered on")
    first_due = fields.Date(string="Due at first")
    extended_to = fields.Date(string="More time until")
    gross = fields.Monetary(string="Open")
    net = fields.Monetary(string="Without VAT")
    uncovered = fields.Selection(
        lambda self: self.env["credit.insurance.clock"]
        ._fields["uncovered"]
        ._description_selection(self.env),
        string="Cover",
    )
    is_counted = fields.Boolean(
        string="Insured", compute="_compute_is_counted", store=True
    )

    @api.depends("uncovered")
    def _compute_is_counted(self):
        """A disputed invoice counts once the dispute is settled."""
        for line in self:
            line.is_counted = not line.uncovered

    def _get_row(self) -> dict:
        """The line as the clocks show an item, for one that they don't any more."""
        return {
            "id": self.item_id.id,
            "delivered": self.delivered,
            "first_due": self.first_due,
            "stop_date": self.extended_to or self.first_due,
            "uncovered": self.uncovered,
        }
