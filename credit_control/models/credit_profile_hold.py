from datetime import date

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..rights import check_officer

# Written by notices and releases, never by hand.
HOLD_FIELDS = {
    "order_hold",
    "order_hold_date",
    "order_hold_notice_id",
    "order_release_date",
}


class CreditProfileHold(models.Model):
    """Whether new orders wait until the debtor has paid.

    A level that says so holds them when it is sent. The hold ends by itself once
    nothing is open any more that such a level claimed, or by hand.
    """

    _inherit = "credit.profile"

    order_hold = fields.Boolean(
        string="Orders on hold",
        readonly=True,
        copy=False,
        tracking=True,
        help="No new orders are released until the debtor has paid what was claimed.",
    )
    order_hold_notice_id = fields.Many2one(
        "credit.notice",
        string="Notice that holds orders",
        readonly=True,
        copy=False,
        tracking=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    order_hold_reason = fields.Char(
        string="Why orders are on hold", compute="_compute_order_hold_reason"
    )
    order_hold_date = fields.Date(
        string="Orders on hold since", readonly=True, copy=False
    )
    order_release_date = fields.Date(
        string="Orders released on",
        readonly=True,
        copy=False,
        help="By hand: reminders sent on that day hold no orders again.",
    )

    @api.depends("order_hold_notice_id")
    @api.depends_context("lang")
    def _compute_order_hold_reason(self):
        """In the words of whoever reads it: the morning's run speaks English."""
        for profile in self:
            notice = profile.order_hold_notice_id.sudo()
            profile.order_hold_reason = notice._get_hold_reason() if notice else False

    def _check_manager_fields(self, vals) -> None:
        if not self.env.su and HOLD_FIELDS & vals.keys():
            raise AccessError(
                self.env._(
                    "Reminders hold orders: release them on the debtor, with a reason."
                )
            )
        return super()._check_manager_fields(vals)

    def _hold_orders(self, notice) -> None:
        """Hold new orders, unless somebody has released them on the notice's day."""
        for profile in self.filtered(lambda p: p.order_release_date != notice.date):
            profile.write(
                {
                    "order_hold": True,
                    "order_hold_date": profile.order_hold_date or notice.date,
                    "order_hold_notice_id": notice.id,
                }
            )

    @api.model
    def _release_all_paid(self) -> None:
        """End the hold of every debtor who has paid."""
        debtors = self.with_context(active_test=False)
        debtors.search([("order_hold", "=", True)])._release_paid()

    def _release_paid(self) -> None:
        """End the hold where nothing is open that a holding level claimed."""
        held = self.filtered("order_hold")
        if not held:
            return
        if paid := held - held._filtered_claimed("order_hold"):
            paid._release(self.env._("Orders released: what held them is paid."))

    def _check_order_hold(self) -> None:
        """Refuse to go on with an order of a debtor whose orders are on hold.

        For whatever confirms orders or deliveries: call it with the debtor file of
        the customer in the order's company, whoever the user is. What was paid
        since this morning's run holds no longer.

        :raises UserError: with the day and the reason, of the first that is held
        """
        debtors = self.sudo()
        debtors._release_paid()
        for profile in debtors.filtered("order_hold"):
            raise UserError(
                self.env._(
                    "Orders of %(debtor)s are on hold since %(day)s: %(reason)s.",
                    debtor=profile.partner_id.display_name,
                    day=format_date(self.env, profile.order_hold_date),
                    reason=profile.order_hold_reason,
                )
            )

    def _release(self, message: str, **values) -> None:
        self._message_log_batch(bodies=dict.fromkeys(self.ids, message))
        self.sudo().write(
            {
                "order_hold": False,
                "order_hold_date": False,
                "order_hold_notice_id": False,
                **values,
            }
        )

    def _release_by_hand(self, reason: str, as_of: date) -> None:
        """End the hold before the debtor has paid: an officer says why."""
        check_officer(self.env, self.env._("Only credit officers release orders."))
        self.check_access("write")
        held = self.filtered("order_hold")
        if not held:
            raise UserError(self.env._("No orders of these debtors are on hold."))
        if not reason.strip():
            raise UserError(self.env._("Say why the orders are released."))
        held._release(
            self.env._("Orders released by hand: %s", reason),
            order_release_date=as_of,
        )

    def action_release_orders(self):
        """Ask why the orders of these debtors are released."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Release orders"),
            "res_model": "credit.order.release",
            "view_mode": "form",
            "target": "new",
            "context": {"default_profile_ids": self.ids},
        }
