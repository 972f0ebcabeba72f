from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from ..models.credit_offer import DISCOUNT, KINDS, WAIVER

DAYS_TO_PAY = 14


class CreditOfferMake(models.TransientModel):
    """What a debtor is offered for which invoices, and until when."""

    _name = "credit.offer.make"
    _description = "Make an Offer"
    _inherit = ["credit.items.make"]

    kind = fields.Selection(
        KINDS,
        string="Offer",
        compute="_compute_kind",
        store=True,
        readonly=False,
        required=True,
    )
    percent = fields.Float(string="Discount (%)", digits=(5, 2), default=2.0)
    until = fields.Date(
        string="Pay by",
        required=True,
        default=lambda self: fields.Date.context_today(self) + timedelta(DAYS_TO_PAY),
    )
    words = fields.Char(string="The debtor reads", compute="_compute_words")
    replaced = fields.Char(compute="_compute_replaced")

    @api.depends("profile_id")
    def _compute_kind(self):
        """Costs and interest where there are any to waive."""
        for offer in self:
            claimed = offer.profile_id._get_charges_on(offer.item_ids._origin)
            offer.kind = WAIVER if claimed else DISCOUNT

    @api.depends("kind", "percent", "until", "item_ids")
    def _compute_words(self):
        for offer in self:
            items = offer.item_ids._origin
            complete = offer.until and len(items.currency_id) == 1
            offer.words = offer._word(items) if complete else False

    def _word(self, items) -> str | bool:
        vals = self.profile_id._prepare_offer(
            self.kind, self.until, items, self._get_today(), self.percent
        )
        if vals["saving"] <= 0:
            return False
        return self.env["credit.offer"].new(vals)._get_words()

    @api.depends("item_ids")
    def _compute_replaced(self):
        for offer in self:
            earlier = self.env["credit.offer"]._find_open(offer.item_ids._origin)
            offer.replaced = " ".join(map(self._word_replaced, earlier))

    def _word_replaced(self, earlier) -> str:
        return self.env._(
            "It replaces the offer of %(day)s to pay %(amount)s by %(until)s.",
            day=format_date(self.env, earlier.date),
            amount=format_amount(self.env, earlier.amount_to_pay, earlier.currency_id),
            until=format_date(self.env, earlier.until),
        )

    def action_make(self):
        self.ensure_one()
        offer = self.profile_id._make_offer(
            self.kind, self.until, self.item_ids, self._get_today(), self.percent
        )
        if self.send_email:
            offer._as_officer()._send_email()
        return True
