from odoo import api, fields, models
from odoo.tools import SQL


class CreditInsuranceDue(models.Model):
    """The due date that an invoice had at first.

    Insurers count from it. Odoo keeps the present one only, so that the first is kept
    here when it changes; items without a row never changed.
    """

    _name = "credit.insurance.due"
    _description = "First Due Date"
    _order = "date, id"
    _rec_name = "date"

    item_id = fields.Many2one(
        "account.move.line",
        index="btree_not_null",
        ondelete="set null",
        help="Empty: the item was made anew; the entry's earliest date counts.",
    )
    move_id = fields.Many2one(
        "account.move", required=True, index=True, ondelete="cascade"
    )
    date = fields.Date(string="Due at first", required=True)

    _item_uniq = models.UniqueIndex(
        "(item_id) WHERE item_id IS NOT NULL", "The first due date is kept already."
    )

    @api.model
    def _keep(self, items) -> None:
        """Remember the due dates of posted receivable ``items``, if not done yet."""
        known = self.search([("item_id", "in", items.ids)]).item_id
        self.create(
            [
                {
                    "item_id": item.id,
                    "move_id": item.move_id.id,
                    "date": item.date_maturity,
                }
                for item in items - known
            ]
        )

    @api.model
    def _first_due_sql(self) -> SQL:
        """Expression for the first due date of the item ``l``."""
        return SQL(
            """COALESCE(
                (SELECT d.date FROM credit_insurance_due d WHERE d.item_id = l.id),
                (SELECT MIN(d.date) FROM credit_insurance_due d
                  WHERE d.move_id = l.move_id AND d.item_id IS NULL),
                l.date_maturity, l.date)"""
        )
