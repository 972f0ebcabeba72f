from collections import defaultdict
from contextlib import contextmanager
from datetime import date
from functools import wraps

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount, format_date

from .credit_risk_tier import RANK, RULES
from .sale_order import STAFF

OFFICERS = "credit_control.group_officer"
MANAGERS = "credit_control.group_manager"
# Written by the check and by who decides, never by hand.
HOLD_FIELDS = {
    "credit_asked_date",
    "credit_hold_state",
    "credit_hold_date",
    "credit_decision_reason",
    "credit_decision_user_id",
    "credit_release_amount",
    "credit_release_date",
    "credit_release_rule",
    "credit_release_profile_id",
}
# A change of these can make a confirmed order cost more credit.
CREDIT_FIELDS = {"order_line", "partner_id", "partner_invoice_id", "state"}


def ask_credit_first(confirm):
    """Let ``confirm`` see only the orders that pass; the others wait."""

    @wraps(confirm)
    def action_confirm(orders):
        passed = orders._filtered_credit_passed()
        if orders and not passed:
            return True
        with passed._without_credit_guard():
            return confirm(passed)

    action_confirm.origin = confirm
    return action_confirm


class SaleOrder(models.Model):
    """Orders that wait for somebody who may decide on credit.

    An order that waits stays a quotation. A release lets it pass when it is
    confirmed again: until a day, up to an amount, for the debtor it was given for.
    """

    _inherit = "sale.order"

    credit_hold_state = fields.Selection(
        [
            ("waiting", "Waiting for approval"),
            ("released", "Released"),
            ("refused", "Refused"),
        ],
        string="Credit decision",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups=STAFF,
    )
    credit_hold_date = fields.Date(
        string="Waiting since", readonly=True, copy=False, groups=STAFF
    )
    credit_decision_reason = fields.Char(
        string="Reason given", readonly=True, copy=False, groups=STAFF
    )
    credit_decision_user_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, copy=False, groups=STAFF
    )
    credit_release_amount = fields.Monetary(
        string="Released up to",
        readonly=True,
        copy=False,
        currency_field="credit_currency_id",
        groups=STAFF,
    )
    credit_release_date = fields.Date(
        string="Released until",
        readonly=True,
        copy=False,
        groups=STAFF,
        help="The last day on which the order can be confirmed.",
    )
    credit_release_rule = fields.Selection(
        RULES,
        string="Rule released",
        readonly=True,
        copy=False,
        groups=OFFICERS,
        help="The strictest rule that whoever released the order decides on.",
    )
    credit_release_profile_id = fields.Many2one(
        "credit.profile",
        string="Released for",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups=OFFICERS,
    )

    # -- nobody writes a decision by hand --------------------------------------

    @api.model
    def default_get(self, field_names):
        return super().default_get(
            [name for name in field_names if name not in HOLD_FIELDS]
        )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_hold_fields(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_hold_fields(vals)
        if not CREDIT_FIELDS & vals.keys():
            return super().write(vals)
        with self._guarding_credit():
            return super().write(vals)

    def _check_hold_fields(self, vals) -> None:
        if not self.env.su and HOLD_FIELDS & vals.keys():
            raise AccessError(
                self.env._("Orders are released or refused with a reason, not by hand.")
            )

    # -- confirmation ----------------------------------------------------------

    def _register_hook(self):
        """Ask before any addon begins to confirm: some book or send something on
        their own before or after what they extend, whether it confirmed or not.
        """
        super()._register_hook()
        orders = self.env.registry["sale.order"]
        if "action_confirm" not in vars(orders):
            orders.action_confirm = ask_credit_first(orders.action_confirm)

    def _filtered_credit_passed(self):
        """The orders that may be confirmed now; the others are put on hold."""
        self.check_access("write")
        profiles = self._get_credit_profiles()
        self._lock_credit(profiles)
        passed, confirmed = self.browse(), defaultdict(float)
        for order in self:
            profile = profiles[order]
            group = profile.group_id
            others = profile._get_claim(confirmed[profile], confirmed[group])
            if order._passes_credit(profile, others):
                passed |= order
                amount = order._get_credit_amount()
                confirmed[profile] += amount
                confirmed[group] += amount
        return passed

    @api.model
    def _lock_credit(self, profiles: dict) -> None:
        self.env["credit.profile"].sudo().union(*profiles.values())._lock_for_order()

    def _passes_credit(self, profile, others: float) -> bool:
        if self._confirmation_error_message():
            return True  # Odoo says what is wrong with it
        reasons = self.sudo()._get_credit_reasons(profile, others)
        # A paid checkout goes on, whatever is known of the customer.
        if self._needs_release(profile, reasons) and not self._is_credit_paid():
            self._wait_for_credit(profile, reasons)
            return False
        if reasons:
            self._log_credit(
                self.env._("Confirmed though: %s", profile._word_order_reasons(reasons))
            )
        self._end_credit_hold()
        return True

    def _needs_release(self, profile, reasons) -> bool:
        strictest = max((RANK[reason.rule] for reason in reasons), default=0)
        return strictest >= RANK["approval"] and not self._is_credit_released(
            profile, strictest
        )

    def _is_credit_paid(self) -> bool:
        """Whether as much has been paid online as the quotation asks for."""
        order = self.sudo()
        return order.amount_paid > 0 and order._is_confirmation_amount_reached()

    def _is_credit_released(self, profile, strictest: int) -> bool:
        """Whether a decision lets the order pass a rule of rank ``strictest``."""
        order = self.sudo()
        return (
            order.credit_hold_state == "released"
            and order.credit_release_profile_id == profile
            and order.credit_release_date >= order.company_id._credit_today()
            and RANK[order.credit_release_rule] >= strictest
            and order.credit_currency_id.compare_amounts(
                order._get_credit_amount(), order.credit_release_amount
            )
            <= 0
        )

    # -- confirmed orders that grow --------------------------------------------

    @contextmanager
    def _without_credit_guard(self):
        """What happens to these orders meanwhile has been looked at, or will be."""
        guarded = self.env.cr.precommit.data.setdefault("credit_guarded", set())
        added = set(self.ids) - guarded
        guarded |= added
        try:
            yield self.browse(added)
        finally:
            guarded -= added

    @contextmanager
    def _guarding_credit(self):
        """Refuse what a user does to confirmed orders that costs too much credit."""
        orders = self.browse() if self.env.su else self
        with orders._without_credit_guard() as orders:
            before = {order: order._get_credit_claim() for order in orders.sudo()}
            yield
            orders._check_credit_growth(before)

    def _get_credit_claim(self) -> tuple:
        """Who owes how much by the order once it is confirmed."""
        if self.state != "sale":
            return self._get_credit_debtor(), 0.0
        return self._get_credit_debtor(), self._get_credit_amount()

    def _check_credit_growth(self, before: dict) -> None:
        grown = self.sudo().browse()
        for order, (debtor, amount) in before.items():
            new_debtor, new_amount = order._get_credit_claim()
            if new_amount > (amount if new_debtor == debtor else 0.0):
                grown |= order
        if not grown:
            return
        profiles = grown._fetch_credit_profiles()
        self._lock_credit(profiles)
        for order, profile in profiles.items():
            reasons = order._get_credit_reasons(profile)
            if order._needs_release(profile, reasons):
                raise UserError(order._word_credit_growth(profile, reasons))

    def _word_credit_growth(self, profile, reasons) -> str:
        return self.env._(
            "%(order)s can't become %(amount)s: %(reasons)s\n\nAsk the credit team to "
            "release the order up to that amount.",
            order=self.name,
            amount=format_amount(self.env, self.amount_total, self.currency_id),
            reasons=profile._word_order_reasons(reasons),
        )

    # -- waiting ---------------------------------------------------------------

    def _wait_for_credit(self, profile, reasons) -> None:
        """Put the quotation into the queue and tell who has to know, once."""
        is_new = self.credit_hold_state != "waiting"
        values = {"credit_hold_state": "waiting"}
        if is_new:
            values["credit_hold_date"] = self.company_id._credit_today()
        self.sudo().write(values)
        if is_new:
            self._ask_for_credit(profile, reasons)

    def _end_credit_hold(self) -> None:
        """Nothing has to be decided any more; a release stays, should it grow."""
        waiting = self.sudo().filtered(
            lambda order: order.credit_hold_state in ("waiting", "refused")
        )
        waiting.credit_hold_state = False
        waiting._close_credit_activities()

    def _close_credit_activities(self) -> None:
        self.activity_unlink(["credit_control_sale.activity_order_hold"])

    def _action_cancel(self):
        self._end_credit_hold()
        return super()._action_cancel()

    # -- words -----------------------------------------------------------------

    def _as_credit_author(self):
        """Customers sign and pay, but don't write to our team."""
        order = self.sudo()
        if self.env.user._is_internal():
            return order
        lang = order.user_id.lang or order.company_id.partner_id.lang
        return order.with_user(SUPERUSER_ID).with_context(lang=lang)

    def _log_credit(self, body: str, users=()) -> None:
        """A note on the order that only our own people read."""
        told = self.env["res.users"].union(*users) - self.env.user
        self._as_credit_author().message_post(
            body=body,
            partner_ids=told.sudo().partner_id.ids,
            subtype_xmlid="mail.mt_note",
        )

    def _ask_for_credit(self, profile, reasons) -> None:
        order = self._as_credit_author()
        note = order.env._(
            "Waits for approval. %s",
            profile.with_env(order.env)._word_order_reasons(reasons),
        )
        if profile.collector_id:
            order.activity_schedule(
                "credit_control_sale.activity_order_hold",
                note=note,
                user_id=profile.collector_id.id,
            )
            order._log_credit(note, order.user_id)
        else:
            order._log_credit(note, order.user_id | order._get_officers())

    def _get_officers(self):
        """Who decides on credit in the order's company."""
        officers = self.env.ref(OFFICERS).sudo().all_user_ids
        return officers.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )

    # -- decisions -------------------------------------------------------------

    def _release_credit(self, reason: str, until: date, amount: float) -> None:
        """Let the order pass when it is confirmed again.

        :param until: the last day on which it passes
        :param amount: up to which it passes, in the company's currency
        """
        self.ensure_one()
        self._check_credit_decision(reason)
        is_manager = self.env.su or self.env.user.has_group(MANAGERS)
        profile = self._fetch_credit_profiles()[self]
        self._decide_credit(
            "released",
            reason,
            credit_release_amount=amount,
            credit_release_date=until,
            credit_release_rule="block" if is_manager else "approval",
            credit_release_profile_id=profile.id,
        )
        self._log_credit(
            self.env._(
                "Released until %(day)s, up to %(amount)s: %(reason)s",
                day=format_date(self.env, until),
                amount=format_amount(self.env, amount, self.credit_currency_id),
                reason=reason,
            ),
            self.user_id,
        )

    def _refuse_credit(self, reason: str) -> None:
        self.ensure_one()
        self._check_credit_decision(reason, refuse=True)
        self._decide_credit("refused", reason)
        self._log_credit(self.env._("Refused: %s", reason), self.user_id)

    def _decide_credit(self, state: str, reason: str, **values) -> None:
        self.sudo().write(
            {
                "credit_hold_state": state,
                "credit_decision_reason": reason,
                "credit_decision_user_id": self.env.uid,
                **values,
            }
        )
        self.sudo()._close_credit_activities()

    def _check_credit_decision(self, reason: str, refuse=False) -> None:
        """Officers decide, but what is blocked only managers release."""
        self.check_access("write")
        reasons = self.sudo()._get_credit_reasons(self._fetch_credit_profiles()[self])
        is_blocked = any(found.rule == "block" for found in reasons)
        group = MANAGERS if is_blocked and not refuse else OFFICERS
        if not self.env.su and not self.env.user.has_group(group):
            raise AccessError(
                self.env._("Only a credit manager releases this order.")
                if group == MANAGERS
                else self.env._("Only credit officers decide on orders on hold.")
            )
        if not reason.strip():
            raise UserError(self.env._("Say why."))

    def action_decide_credit(self):
        """Release or refuse these orders: the wizard asks why."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decide on Credit"),
            "res_model": "credit.order.decision",
            "view_mode": "form",
            "target": "new",
            "context": {"default_order_ids": self.ids},
        }
