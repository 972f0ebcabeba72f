from odoo import fields, models


class CreditAboutItem(models.AbstractModel):
    """An open item that a promise, dispute, offer or plan is about, as it was then."""

    _name = "credit.about.item"
    _description = "Item of an Agreement"
    _rec_name = "name"

    currency_id = fields.Many2one("res.currency")
    item_id = fields.Many2one(
        "account.move.line", string="Journal item", index=True, ondelete="set null"
    )
    name = fields.Char(string="Document", readonly=True)
    due_date = fields.Date(string="Due date", readonly=True)
    amount = fields.Monetary(readonly=True)

    def _prepare_item(self, item) -> dict:
        return {
            "item_id": item.id,
            "name": item.move_name,
            "due_date": item.date_maturity or item.date,
            "amount": item.amount_residual_currency,
        }
