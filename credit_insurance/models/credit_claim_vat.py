from odoo import fields, models


class CreditClaimVat(models.Model):
    """VAT written off with an invoice of a claim, as far as it is still to be reclaimed.

    The wizard that reclaims it reads it like the line of a collection file.
    """

    _name = "credit.claim.vat"
    _description = "VAT of a Claim to Reclaim"
    _order = "due_date, id"

    claim_id = fields.Many2one(
        "credit.claim", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="claim_id.company_id", store=True)
    item_id = fields.Many2one("account.move.line", required=True, ondelete="cascade")
    move_id = fields.Many2one(related="item_id.move_id", string="Invoice")
    name = fields.Char(related="item_id.move_name", string="Document")
    currency_id = fields.Many2one(related="item_id.currency_id")
    due_date = fields.Date(string="Due date", required=True)
    lost_vat = fields.Monetary(string="VAT to reclaim")
