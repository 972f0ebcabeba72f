from datetime import date

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..rights import check_officer
from .credit_offer import DISCOUNT, WAIVER


class CreditProfileOffer(models.Model):
    """Offers that an officer makes to a debtor."""

    _inherit = "credit.profile"

    offer_ids = fields.One2many("credit.offer", "profile_id", readonly=True)
    offer_count = fields.Integer(string="Offers", compute="_compute_offer_count")

    def _compute_offer_count(self):
        counts = self._count("credit.offer")
        for profile in self:
            profile.offer_count = counts.get(profile, 0)

    def _make_offer(
        self, kind: str, until: date, items, as_of: date, percent: float = 0.0
    ):
        """Offer the debtor to pay less for ``items`` if he pays by ``until``.

        :raises UserError: the offer says nothing, or nothing that can be kept
        """
        self.ensure_one()
        self._check_may_offer()
        self._check_offered_items(items)
        if until < as_of:
            raise UserError(
                self.env._(
                    "%s has gone by: choose a day to come.",
                    format_date(self.env, until),
                )
            )
        vals = self._prepare_offer(kind, until, items, as_of, percent)
        self._check_saving(vals)
        amounts = {item: item.amount_residual_currency for item in items}
        offer = self.env["credit.offer"].sudo()._make(vals, amounts)
        offer._log(offer._get_words())
        return offer.sudo(False)

    def _prepare_offer(self, kind, until, items, as_of, percent=0.0) -> dict:
        """Values of an offer for ``items``, all of one currency."""
        amount = sum(items.mapped("amount_residual_currency"))
        charges = self.env["credit.charge"]
        if kind == WAIVER:
            charges = self._get_charges_on(items)
        return self.env["credit.offer"]._prepare_vals(
            items.currency_id,
            kind,
            amount + sum(charges.mapped("open_amount")),
            amount,
            percent,
            profile_id=self.id,
            date=as_of,
            until=until,
            charge_ids=charges.ids,
        )

    def _check_may_offer(self) -> None:
        check_officer(self.env, self.env._("Only credit officers make offers."))
        self.check_access("write")

    def _check_offered_items(self, items) -> None:
        """Only what this debtor owes, in one currency, can be offered."""
        if not items:
            raise UserError(self.env._("Choose the invoices that the offer is about."))
        if len(items.currency_id) > 1:
            raise UserError(
                self.env._("Make an offer for invoices of one currency at a time.")
            )
        self._check_owed(items)

    def _check_saving(self, vals: dict) -> None:
        if vals["kind"] == DISCOUNT and not 0 < vals["percent"] < 100:
            raise UserError(
                self.env._("A discount is more than 0 % and less than 100 %.")
            )
        if vals["saving"] <= 0:
            raise UserError(
                self.env._(
                    "No costs or interest are claimed for these invoices: there is "
                    "nothing to waive."
                )
                if vals["kind"] == WAIVER
                else self.env._("This discount is less than the smallest coin.")
            )

    def _get_charges_on(self, items):
        """Costs and interest still claimed for ``items``.

        Costs in one sum count for every item of their notice.
        """
        return (
            self.env["credit.charge"]
            .sudo()
            .search(
                [
                    ("profile_id", "=", self.id),
                    ("currency_id", "=", items.currency_id.id),
                    ("open_amount", ">", 0),
                    "|",
                    ("line_id.item_id", "in", items.ids),
                    "&",
                    ("line_id", "=", False),
                    (
                        "notice_id.line_ids",
                        "any",
                        [("item_id", "in", items.ids), ("state", "=", "sent")],
                    ),
                ]
            )
        )

    def _get_overdue_claims(self):
        """The overdue items in the currency of the oldest one, without credits."""
        items = self.env["account.move.line"].search(
            [
                ("partner_id.commercial_partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("amount_residual_currency", ">", 0),
                ("no_followup", "=", False),
                ("date_maturity", "<", self.company_id._credit_today()),
            ],
            order="date_maturity, id",
        )
        return items.filtered(lambda item: item.currency_id == items[0].currency_id)

    def action_make_offer(self):
        """Ask what is offered for which invoices, and until when."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Make an offer"),
            "res_model": "credit.offer.make",
            "view_mode": "form",
            "target": "new",
            "context": {"default_profile_id": self.id},
        }

    def action_view_offers(self):
        name = self.env._("Offers to %s", self.partner_id.display_name)
        return self._get_records_action("credit.offer", name)
