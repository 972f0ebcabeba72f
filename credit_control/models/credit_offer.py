from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount, format_date

from ..core.money import to_decimal
from ..core.offers import discount_of
from ..rights import check_officer

WAIVER, DISCOUNT = "waiver", "discount"
KINDS = [
    (WAIVER, "Costs and interest are waived"),
    (DISCOUNT, "Discount on the invoices"),
]
# Banks report a payment some days after it was made.
GRACE = timedelta(3)


class CreditOffer(models.Model):
    """Who pays in time pays less: no costs and interest, or a part of the invoices.

    A notice or an officer makes it. It is taken up by itself when the payment has a
    date in time, and ends by itself when none came.
    """

    _name = "credit.offer"
    _description = "Offer"
    _inherit = ["credit.about.debtor"]
    _order = "date desc, id desc"

    notice_id = fields.Many2one(
        "credit.notice",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The notice that made the offer. Empty: made by hand.",
    )
    level_id = fields.Many2one(related="notice_id.level_id", store=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    kind = fields.Selection(KINDS, string="Offered", required=True, readonly=True)
    percent = fields.Float(string="Discount (%)", digits=(5, 2), readonly=True)
    date = fields.Date(string="Made on", required=True, readonly=True)
    until = fields.Date(
        string="Pay by",
        required=True,
        readonly=True,
        help="The last day to pay, by the date of the payment. The offer stays open "
        "three days longer: banks report payments late.",
    )
    line_ids = fields.One2many(
        "credit.offer.line", "offer_id", string="Items", readonly=True
    )
    charge_ids = fields.Many2many(
        "credit.charge", string="Costs and interest", readonly=True
    )
    credit_note_ids = fields.Many2many(
        "account.move", string="Credit notes", readonly=True, copy=False
    )
    amount_due = fields.Monetary(
        string="Owed when offered",
        readonly=True,
        help="What was open, with costs and interest.",
    )
    saving = fields.Monetary(
        readonly=True,
        help="What the debtor saves by the offer; once it is taken up, what he saved.",
    )
    amount_to_pay = fields.Monetary(string="To pay", readonly=True)
    collected = fields.Monetary(
        readonly=True, help="Paid for the invoices of an offer that was taken up."
    )
    state = fields.Selection(
        [
            ("open", "Open"),
            ("taken", "Taken up"),
            ("expired", "Expired"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        default="open",
        readonly=True,
        index=True,
    )
    closed_date = fields.Date(string="Ended on", readonly=True)

    _percent_part = models.Constraint(
        "CHECK (kind <> 'discount' OR percent > 0 AND percent < 100)",
        "A discount is more than 0 % and less than 100 %.",
    )
    _until_later = models.Constraint(
        "CHECK (until >= date)", "The last day to pay can't lie before the offer."
    )

    @api.depends("profile_id", "date")
    def _compute_display_name(self):
        for offer in self:
            offer.display_name = self.env._(
                "Offer to %(debtor)s of %(day)s",
                debtor=offer.profile_id.display_name,
                day=format_date(self.env, offer.date),
            )

    # -- make ------------------------------------------------------------------

    @api.model
    def _prepare_vals(
        self, currency, kind, amount_due, items_amount, percent=0.0, **vals
    ) -> dict:
        """Values of an offer.

        :param amount_due: what is open, with the costs and interest it is about
        :param items_amount: what of it is open of the invoices
        """
        saving = amount_due - items_amount
        if kind == DISCOUNT:
            saving = self._get_discount(items_amount, percent, currency)
        return {
            "currency_id": currency.id,
            "kind": kind,
            "percent": percent if kind == DISCOUNT else 0.0,
            "amount_due": amount_due,
            "saving": currency.round(saving),
            "amount_to_pay": currency.round(amount_due - saving),
            **vals,
        }

    @api.model
    def _get_discount(self, amount: float, percent: float, currency) -> float:
        quantum = to_decimal(currency.rounding)
        return float(discount_of(to_decimal(amount), to_decimal(percent), quantum))

    @api.model
    def _make(self, vals: dict, amounts: dict):
        """A new offer about ``amounts`` by item; it replaces those about the same."""
        earlier = self._find_open(self.env["account.move.line"].concat(*amounts))
        earlier._withdraw(self.env._("a new one was made"), vals["date"])
        earlier.line_ids.flush_recordset()  # their items are free before they are taken
        lines = [
            Command.create(
                {
                    "item_id": item.id,
                    "name": item.move_name,
                    "due_date": item.date_maturity or item.date,
                    "amount": amount,
                }
            )
            for item, amount in amounts.items()
        ]
        return self.create({**vals, "line_ids": lines})

    @api.model
    def _find_open(self, items):
        """Open offers about some of ``items``."""
        return self.search(
            [("state", "=", "open"), ("line_ids.item_id", "in", items.ids)]
        )

    @api.model
    def _offered_charges_sql(self) -> SQL:
        """Ids of the charges that open offers let go."""
        return SQL(
            """SELECT r.credit_charge_id
                 FROM credit_charge_credit_offer_rel r
                 JOIN credit_offer o ON o.id = r.credit_offer_id
                WHERE o.state = 'open'"""
        )

    # -- end -------------------------------------------------------------------

    def _as_officer(self):
        """These offers for an action that only officers take.

        Nobody may write on offers but through the actions.
        """
        check_officer(self.env, self.env._("Only credit officers handle offers."))
        self.check_access("read")
        return self.sudo()

    def action_withdraw(self):
        """End open offers before their day; what is paid later is not concerned."""
        offers = self._as_officer()
        if offers.filtered(lambda offer: offer.state != "open"):
            raise UserError(self.env._("Only open offers can be withdrawn."))
        for company, group in offers.grouped("company_id").items():
            group._withdraw(
                self.env._("by %s", self.env.user.name), company._credit_today()
            )
        return True

    def _withdraw(self, why: str, as_of: date) -> None:
        self._end("withdrawn", as_of)
        for offer in self:
            offer._log(
                self.env._(
                    "Offer of %(day)s withdrawn: %(why)s.",
                    day=format_date(self.env, offer.date),
                    why=why,
                )
            )

    def _end(self, state: str, as_of: date, **vals) -> None:
        self.write({"state": state, "closed_date": as_of, **vals})

    def _log(self, words: str) -> None:
        self.profile_id._message_log(body=words)

    @api.model
    def _close_all(self) -> None:
        """Take up or end the offers of every company, as of its own day."""
        for company, offers in (
            self.search([("state", "=", "open")]).grouped("company_id").items()
        ):
            offers._close(company._credit_today())

    def _close(self, as_of: date) -> None:
        """Take up what was paid in time; end what was not.

        An offer that another transaction closes is left to it.
        """
        offers = self.sudo().filtered(lambda offer: offer.state == "open")
        balances = offers._fetch_balances()
        for offer in offers.try_lock_for_update(allow_referencing=True):
            then, now = balances.get(offer.id, (None, None))
            if then is not None and offer._is_met(then):
                offer._take_up(now, as_of)
            elif as_of > offer.until + GRACE:
                offer._end("expired", as_of, collected=0)
                offer._log(
                    self.env._(
                        "Offer of %s expired: not paid in time.",
                        format_date(self.env, offer.date),
                    )
                )

    def _is_met(self, open_then: float) -> bool:
        """Whether no more was open on the last day than the offer lets go."""
        allowed = self.saving if self.kind == DISCOUNT else 0.0
        return self.currency_id.compare_amounts(open_then, allowed) <= 0

    def _fetch_balances(self) -> dict[int, tuple[float, float]]:
        """{offer id: what was open of its items on the last day to pay, and now}."""
        if not self:
            return {}
        self.env["credit.dunning"]._flush_sources()
        self.env["account.partial.reconcile"].flush_model()
        self.env["credit.offer.line"].flush_model()
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT o.id, SUM(l.amount_currency - COALESCE(m.amount, 0))::float8,
                       SUM(l.amount_residual_currency)::float8
                  FROM credit_offer o
                  JOIN credit_offer_line i ON i.offer_id = o.id
                  JOIN account_move_line l
                    ON l.id = i.item_id AND l.parent_state = 'posted'
             LEFT JOIN LATERAL (
                       SELECT SUM(m.amount) AS amount
                         FROM (%s) m
                        WHERE m.item_id = l.id AND m.max_date <= o.until) m ON TRUE
                 WHERE o.id = ANY(%s)
              GROUP BY o.id
                """,
                self.env["credit.dunning"]._matchings_sql(),
                self.ids,
            )
        )
        return {offer_id: (then, now) for offer_id, then, now in rows}

    def _take_up(self, open_now: float, as_of: date) -> None:
        """Give the debtor what was offered."""
        reason = self.env._("Offer of %s taken up", format_date(self.env, self.date))
        saved, collected = self._get_outcome(open_now)
        self._end("taken", as_of, saving=saved, collected=collected)
        words = format_amount(self.env, saved, self.currency_id)
        self._log(
            self.env._("%(reason)s: %(saved)s saved.", reason=reason, saved=words)
        )
        if self.currency_id.is_zero(saved):
            return
        if self.kind == DISCOUNT:
            self._credit(saved, as_of)
        else:
            self._get_open_charges()._waive(reason, saved)

    def _get_outcome(self, open_now: float) -> tuple[float, float]:
        """What the debtor saves in the end, and what he paid for the invoices."""
        paid = sum(self.line_ids.mapped("amount"))
        if self.kind == DISCOUNT:
            saved = max(0.0, min(open_now, self.saving))
            return saved, paid - saved
        return sum(self._get_open_charges().mapped("open_amount")), paid

    def _get_open_charges(self):
        return self.charge_ids.filtered("open_amount")

    def _renew(self, as_of: date) -> None:
        """Give the debtor his days anew: the notice with the offer didn't arrive."""
        for offer in self.filtered(lambda offer: offer.state in ("open", "expired")):
            if not self._find_open(offer.line_ids.item_id) - offer:
                until = as_of + timedelta(offer.level_id.offer_days)
                offer.write({"state": "open", "closed_date": False, "until": until})

    # -- actions ---------------------------------------------------------------

    def action_view_credit_notes(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Credit notes"),
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": [("id", "in", self.credit_note_ids.ids)],
            "context": {"create": False},
        }


class CreditOfferLine(models.Model):
    """An open item that an offer is about."""

    _name = "credit.offer.line"
    _description = "Offered Item"
    _inherit = ["credit.about.item"]
    _order = "offer_id, due_date, id"

    offer_id = fields.Many2one(
        "credit.offer", required=True, index=True, ondelete="cascade"
    )
    state = fields.Selection(related="offer_id.state", store=True)
    company_id = fields.Many2one(related="offer_id.company_id")
    currency_id = fields.Many2one(related="offer_id.currency_id")
    item_id = fields.Many2one(required=True, ondelete="cascade")
    amount = fields.Monetary(string="Open amount")

    # Nobody is offered two things for one item at once.
    _once_uniq = models.UniqueIndex(
        "(item_id) WHERE state = 'open'",
        "One of these items has just been offered something else. Try again.",
    )
