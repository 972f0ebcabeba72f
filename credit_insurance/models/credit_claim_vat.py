from odoo import fields, models
from odoo.tools import format_amount


class CreditClaimVat(models.Model):
    """An invoice of a claim that was written off, and the VAT in it.

    The wizard that reclaims it reads it like the line of a collection file.
    """

    _name = "credit.claim.vat"
    _description = "VAT of a Claim to Reclaim"
    _inherit = ["credit.lost.vat"]
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

    def _follow_entries(self) -> None:
        """Somebody is reminded of what can be reclaimed, and no more of what can't."""
        result = super()._follow_entries()
        for claim in self.claim_id:
            waiting = claim._get_lost_vat()
            amounts = waiting.grouped("currency_id").items()
            words = ", ".join(
                format_amount(self.env, sum(rows.mapped("lost_vat")), currency)
                for currency, rows in amounts
            )
            claim._follow_lost_vat(words, waiting._get_relief_day())
        return result
