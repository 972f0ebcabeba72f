from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL, format_amount, format_date

from .credit_risk_tier import RANK

ON_HOLD, OVER_LIMIT, OVERDUE = "on_hold", "over_limit", "overdue"


class OrderReason(NamedTuple):
    """Why an order can't simply be confirmed.

    ``amount`` is by how much the limit is exceeded, or what is overdue, in the
    company's currency. Other risks say themselves what they are about.
    """

    code: str
    rule: str
    amount: float = 0.0
    words: str = ""


class CreditProfile(models.Model):
    """What confirmed orders add to the exposure, and what stands in the way of more."""

    _inherit = "credit.profile"

    order_amount = fields.Monetary(
        string="Confirmed, not invoiced",
        compute="_compute_exposure",
        help="What is still to be invoiced of confirmed orders, taxes included.",
    )
    # What is overdue, of the query that an order asks anyway.
    late_in_exposure = fields.Monetary(compute="_compute_exposure")
    late_amount = fields.Monetary(
        string="Late beyond tolerance", compute="_compute_late_amount"
    )
    # Written where a limit is checked: of two orders at once the later one fails to
    # serialise and is repeated by Odoo. A lock alone would let it go on with figures
    # of before.
    order_check_date = fields.Datetime(
        string="Order last checked on", readonly=True, copy=False
    )

    # -- exposure --------------------------------------------------------------

    @api.model
    def _get_exposure_fields(self) -> dict[str, str]:
        own = {"order_amount": "order_amount", "late_in_exposure": "overdue_amount"}
        return {**super()._get_exposure_fields(), **own}

    def action_view_orders(self):
        """The confirmed orders that are still to be invoiced."""
        self.ensure_one()
        return self.env["credit.exposure"].browse(self.id).action_view_orders()

    # -- what stands in the way of an order ------------------------------------

    @api.depends("partner_id", "company_id", "tier_id.overdue_days")
    def _compute_late_amount(self):
        today = fields.Date.context_today(self)
        for days, profiles in self.grouped(
            lambda profile: profile.tier_id.overdue_days
        ).items():
            amounts = profiles._fetch_amounts(today - timedelta(days))
            for profile in profiles:
                row = amounts.get((profile.partner_id.id, profile.company_id.id), {})
                profile.late_amount = row.get("overdue", 0.0)

    def _lock_for_order(self) -> None:
        """From here on no other order counts on the same limits; figures are fresh.

        Members of a group count on one limit.
        """
        limited = SQL("p.id = ANY(%s) AND %s", self.ids, self._has_limit_sql())
        rows = self.env.execute_query(
            SQL(
                """
                WITH own AS (
                    UPDATE credit_profile p
                       SET order_check_date = now() AT TIME ZONE 'UTC'
                     WHERE %(limited)s RETURNING group_id)
                UPDATE credit_group
                   SET order_check_date = now() AT TIME ZONE 'UTC'
                 WHERE id IN (SELECT group_id FROM own) RETURNING id
                """,
                limited=limited,
            )
        )
        groups = self.env["credit.group"].browse(group_id for (group_id,) in rows)
        groups.invalidate_recordset()
        groups.member_ids.invalidate_recordset()
        # What is stored can't have changed since the transaction began.
        names = [name for name, field in self._fields.items() if not field.store]
        self.invalidate_recordset([*names, "order_check_date"])
        self._release_paid()

    def _get_order_reasons(self, amount: float) -> list[OrderReason]:
        """Why an order of ``amount`` more can't simply be confirmed.

        The strictest rule counts.
        """
        tier = self.tier_id
        rules = {OVER_LIMIT: tier.order_rule, OVERDUE: tier.overdue_rule}
        return self._find_reasons(amount, lambda code: rules.get(code, tier.risk_rule))

    def _find_reasons(self, amount: float, get_rule) -> list[OrderReason]:
        """What stands in the way of ``amount`` more, where ``get_rule`` of the
        reason's code asks for anything. Orders on hold wait whatever the tier says.
        """
        self.ensure_one()
        reasons = []
        if self.order_hold:
            reasons.append(OrderReason(ON_HOLD, "approval"))
        excess = self._get_excess(amount)
        if self.currency_id.compare_amounts(excess, 0) > 0:
            reasons.append(OrderReason(OVER_LIMIT, get_rule(OVER_LIMIT), excess))
        if self._is_too_late():
            reasons.append(OrderReason(OVERDUE, get_rule(OVERDUE), self.late_amount))
        for code, words, least in self._get_order_risks(amount):
            rule = max(get_rule(code), least, key=RANK.get)
            reasons.append(OrderReason(code, rule, words=words))
        return [reason for reason in reasons if RANK.get(reason.rule)]

    def _get_excess(self, amount: float) -> float:
        """By how much ``amount`` more would exceed the limit."""
        return amount - self.available if self.has_limit else 0.0

    def _get_claim(self, own: float, of_group: float) -> float:
        """What is taken of the available credit where the debtor orders ``own`` and
        his group ``of_group`` in all.
        """
        if not self.group_id.active:
            return own
        own_left = self.effective_limit - self.exposure - own
        return self.available - min(own_left, self.group_available - of_group)

    def _is_too_late(self) -> bool:
        """Whether more is late than the tier tolerates; asked only if it can be."""
        tolerated = self.tier_id.overdue_amount
        return self.late_in_exposure > tolerated and self.late_amount > tolerated

    def _word_order_reasons(self, reasons) -> str:
        return " ".join(map(self._word_order_reason, reasons))

    def _word_order_reason(self, reason: OrderReason) -> str:
        """The reason as a sentence for sales people."""
        if reason.words:
            return reason.words
        amount = format_amount(self.env, reason.amount, self.currency_id)
        if reason.code == ON_HOLD:
            return self.env._(
                "Orders are on hold since %(day)s: %(reason)s.",
                day=format_date(self.env, self.order_hold_date),
                reason=self.order_hold_reason,
            )
        if reason.code == OVERDUE:
            return self.env._("Late with payments: %s.", amount)
        return self._word_over_limit(reason.amount)
