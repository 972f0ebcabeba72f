from datetime import date

from odoo import Command, fields, models

from .credit_charge import INTEREST
from .credit_plan import INCLUDED


class CreditPlanEntry(models.Model):
    """Interest and costs that a plan includes, in the ledger.

    They are posted when the plan is accepted, so that payments reach them, and become
    items of the plan. Of a plan that ends early the interest of the time to come is
    taken back.
    """

    _inherit = "credit.plan"

    interest_item_id = fields.Many2one(
        "account.move.line", string="Interest in the ledger", readonly=True
    )

    def _post_interest(self, as_of: date) -> None:
        """Post what the plan includes beside its invoices."""
        items = self.env["account.move.line"]
        if self.charges == INCLUDED:
            self.charge_ids.filtered(lambda c: not c.item_ids and c.open_amount)._post(
                as_of
            )
            items |= self.charge_ids._get_posted_items()
        interest = sum(self.term_ids.mapped("interest"))
        if not self.currency_id.is_zero(interest):
            self.interest_item_id = self._post_amount(interest, as_of)
            items |= self.interest_item_id
        self.line_ids = [
            Command.create(
                {**self.profile_id._prepare_planned_item(item), "kind": "charge"}
            )
            for item in items.filtered(lambda item: not item.reconciled)
        ]

    def _take_interest_back(self, as_of: date) -> None:
        to_come = self.term_ids.filtered(lambda term: term.date > as_of)
        item = self.interest_item_id
        amount = min(
            sum(to_come.mapped("interest")), item.amount_residual_currency or 0
        )
        if self.currency_id.compare_amounts(amount, 0) > 0:
            (item + self._post_amount(-amount, as_of)).reconcile()

    def _post_amount(self, amount: float, as_of: date):
        """The receivable item of an entry over interest; negative: take back."""
        charge = self.env["credit.charge"].new(
            {
                "profile_id": self.profile_id.id,
                "currency_id": self.currency_id.id,
                "kind": INTEREST,
                "date": self.last_date,
                "amount": amount,
            }
        )
        entry = charge._create_entry(self.company_id, {charge: amount}, as_of)
        entry.ref = self.display_name
        return entry._get_credit_items()
