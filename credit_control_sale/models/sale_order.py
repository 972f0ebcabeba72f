from datetime import date

from odoo import api, fields, models

from .credit_profile import OVER_LIMIT

STAFF = "base.group_user"
LIGHTS = [("ok", "OK"), ("attention", "Attention"), ("hold", "Needs approval")]
SEEN = {"compute": "_compute_credit", "compute_sudo": True, "groups": STAFF}


class SaleOrder(models.Model):
    """What sales people see of a customer's credit: no ledger, only the outcome."""

    _inherit = "sale.order"

    credit_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    credit_light = fields.Selection(LIGHTS, string="Credit", **SEEN)
    credit_limited = fields.Boolean(string="Has a credit limit", **SEEN)
    credit_available = fields.Monetary(
        string="Available credit",
        currency_field="credit_currency_id",
        help="What the customer can still buy on credit, this quotation not counted.",
        **SEEN,
    )
    credit_excess = fields.Monetary(
        string="Over the limit by", currency_field="credit_currency_id", **SEEN
    )
    credit_hold_reason = fields.Char(string="Why", **SEEN)
    credit_term_warning = fields.Char(
        string="Payment term beyond the law",
        compute="_compute_credit_term_warning",
        compute_sudo=True,
        groups=STAFF,
    )

    # -- the debtor ------------------------------------------------------------

    def _get_credit_debtor(self):
        """Who owes what is ordered."""
        return self.partner_invoice_id.commercial_partner_id

    def _fetch_credit_profiles(self) -> dict:
        """The debtor file of each order, empty where there is none; in one query."""
        orders = self.sudo()
        debtors = orders.partner_invoice_id.commercial_partner_id
        profiles = self.env["credit.profile"].sudo().with_context(active_test=False)
        found = profiles.search_fetch(
            [
                ("partner_id", "in", debtors.ids),
                ("company_id", "in", orders.company_id.ids),
            ],
            order="id",
        )
        by_key = {(p.partner_id.id, p.company_id.id): p for p in found}
        return {
            order: by_key.get(
                (order._get_credit_debtor().id, order.company_id.id), profiles
            )
            for order in orders
        }

    def _get_credit_profiles(self) -> dict:
        """The debtor file of each order, made where missing: what is confirmed is part
        of somebody's exposure.
        """
        profiles = self._fetch_credit_profiles()
        newcomers = self.sudo().filtered(
            lambda order: not profiles[order] and order._get_credit_debtor()
        )
        for company, orders in newcomers.grouped("company_id").items():
            debtors = orders.partner_invoice_id
            self.env["credit.profile"].sudo()._get_or_create(debtors, company)
        return self._fetch_credit_profiles() if newcomers else profiles

    # -- the limit -------------------------------------------------------------

    def _get_credit_amount(self) -> float:
        """The order in the company's currency."""
        amount = self.amount_total / (self.currency_rate or 1.0)
        return self.company_id.currency_id.round(amount)

    def _get_credit_reasons(self, profile, others: float = 0.0) -> list:
        """Why the order can't simply be confirmed.

        :param others: amount of orders that are confirmed together with this one
        """
        if not profile or self.amount_total <= 0:
            return []
        # What is confirmed is part of the exposure already.
        own = 0.0 if self.state == "sale" else self._get_credit_amount()
        return profile._get_order_reasons(own + others)

    @api.depends(
        "amount_total",
        "company_id",
        "credit_hold_state",
        "credit_release_date",
        "currency_rate",
        "partner_invoice_id",
        "state",
    )
    @api.depends_context("lang")
    def _compute_credit(self):
        profiles = self._fetch_credit_profiles()
        for order in self:
            profile = profiles[order]
            is_open = order.state in ("draft", "sent")
            reasons = order._get_credit_reasons(profile) if is_open else []
            order.credit_light = order._get_credit_light(profile, reasons)
            order.credit_limited = profile.has_limit
            order.credit_available = profile.available
            order.credit_excess = max(
                (r.amount for r in reasons if r.code == OVER_LIMIT), default=0.0
            )
            order.credit_hold_reason = profile._word_order_reasons(reasons)

    def _get_credit_light(self, profile, reasons) -> str:
        if not reasons:
            return "ok"
        return "hold" if self._needs_release(profile, reasons) else "attention"

    # -- payment terms ---------------------------------------------------------

    @api.depends("company_id", "date_order", "partner_invoice_id", "payment_term_id")
    @api.depends_context("lang")
    def _compute_credit_term_warning(self):
        self.credit_term_warning = False
        with_term = self.filtered("payment_term_id")
        profiles = with_term._fetch_credit_profiles()
        for question, orders in with_term.grouped(
            lambda order: order._get_credit_law_question(profiles[order])
        ).items():
            regime = self.env["credit.regime"]._get_for(*question)
            for order in orders:
                order.credit_term_warning = regime._get_payment_term_warning(
                    order.payment_term_id, order._get_credit_date()
                )

    def _get_credit_law_question(self, profile) -> tuple:
        """Whose law limits the payment term, and of which day."""
        profile = profile or profile.new(
            {
                "partner_id": self._get_credit_debtor().id,
                "company_id": self.company_id.id,
            }
        )
        return profile._get_law_question(self._get_credit_date())

    def _get_credit_date(self) -> date:
        """The day of the order."""
        when = self.date_order or fields.Datetime.now()
        return fields.Datetime.context_timestamp(self, when).date()
