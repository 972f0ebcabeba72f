from datetime import timedelta

from odoo import fields, models

from .credit_offer import WAIVER


class CreditNoticeOffer(models.Model):
    """What a notice offers to who pays in time, if its level says so."""

    _inherit = "credit.notice"

    offer_ids = fields.One2many("credit.offer", "notice_id", readonly=True)

    def _get_offer(self):
        """The offer of this notice; that of a proposal is not stored yet."""
        offers = self.env["credit.offer"]
        if self.state == "sent" or self.offer_ids:
            return self.offer_ids[:1]
        vals = self._prepare_offer_vals()
        return offers.new(vals) if vals else offers

    def _prepare_offer_vals(self) -> dict | None:
        """Values of the offer; None where there is nothing to let go."""
        level = self.level_id
        if not level.offer_kind:
            return None
        vals = self.env["credit.offer"]._prepare_vals(
            self.currency_id,
            level.offer_kind,
            self.amount_to_pay,
            self.amount_total,
            level.offer_percent,
            notice_id=self.id,
            profile_id=self.profile_id.id,
            date=self.date,
            until=self.date + timedelta(level.offer_days),
        )
        return vals if vals["saving"] > 0 else None

    def _make_offer(self) -> None:
        """Keep the offer that the notice makes, about all that it claims."""
        vals = self._prepare_offer_vals()
        if vals:
            if vals["kind"] == WAIVER:
                vals["charge_ids"] = self._get_offered_charges().ids
            amounts = {line.item_id: line.amount for line in self._get_claimed_lines()}
            self.env["credit.offer"]._make(vals, amounts)

    def _announce_again(self) -> None:
        for notice in self:
            notice.offer_ids._renew(notice.company_id._credit_today())
        return super()._announce_again()

    def _get_offered_charges(self):
        """The costs and interest that the notice claims, also those of earlier ones."""
        if not self.earlier_amount:
            return self.charge_ids
        earlier = self.env["credit.charge"].search(
            [
                ("profile_id", "=", self.profile_id.id),
                ("currency_id", "=", self.currency_id.id),
                ("open_amount", ">", 0),
                ("notice_id.run_id", "!=", self.run_id.id),
            ]
        )
        offered = self.profile_id.offer_ids.filtered(lambda o: o.state == "open")
        return self.charge_ids | (earlier - offered.charge_ids)

    def _get_offer_words(self) -> list[str]:
        """What is offered to the debtor, in the language of the environment."""
        return [offer._get_words() for offer in self._get_offer()]

    def _get_amount_asked(self) -> float:
        """What the debtor pays by the offer, else all that the notice claims."""
        return self._get_offer().amount_to_pay or self.amount_to_pay
