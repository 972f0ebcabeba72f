from datetime import date

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_amount, format_date

from odoo.addons.credit_control.rights import check_officer
from odoo.addons.credit_control_sale.models.credit_risk_tier import RANK, RULES

OPEN = ("waiting", "released")


class CreditDeliveryHold(models.Model):
    """A delivery that waits for somebody who may decide on credit.

    A release lets it be reserved and delivered: until a day, up to an amount, for the
    debtor it was given for. What is left for a later delivery is asked for anew.
    """

    _name = "credit.delivery.hold"
    _description = "Delivery on Hold"
    _inherit = ["credit.about.debtor"]
    _rec_name = "picking_name"
    _order = "held_on, id"

    picking_id = fields.Many2one(
        "stock.picking", required=True, readonly=True, index=True, ondelete="cascade"
    )
    picking_name = fields.Char(related="picking_id.name", string="Delivery", store=True)
    picking_state = fields.Selection(
        related="picking_id.state", string="Transfer is", store=True
    )
    picking_type_id = fields.Many2one(
        related="picking_id.picking_type_id", string="From"
    )
    partner_id = fields.Many2one(
        related="profile_id.partner_id", string="Customer", store=True
    )
    currency_id = fields.Many2one(related="profile_id.currency_id")
    collector_id = fields.Many2one(related="profile_id.collector_id")
    order_ids = fields.Many2many(
        "sale.order", string="Orders", compute="_compute_order_ids", compute_sudo=True
    )
    amount = fields.Monetary(
        string="To deliver",
        compute="_compute_amount",
        compute_sudo=True,
        help="What the delivery is worth, taxes included.",
    )
    reason = fields.Char(string="Why", compute="_compute_reason", compute_sudo=True)
    held_on = fields.Date(string="Since", required=True, readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting for approval"),
            ("released", "Released"),
            ("ended", "Nothing in the way any more"),
        ],
        required=True,
        readonly=True,
        default="waiting",
        index=True,
    )
    is_open = fields.Boolean(compute="_compute_is_open")
    decision_reason = fields.Char(string="Reason given", readonly=True)
    decision_user_id = fields.Many2one(
        "res.users", string="Released by", readonly=True, ondelete="restrict"
    )
    release_date = fields.Date(
        string="Released until",
        readonly=True,
        help="The last day on which the delivery can leave.",
    )
    release_amount = fields.Monetary(string="Released up to", readonly=True)
    release_rule = fields.Selection(
        RULES,
        string="Rule released",
        readonly=True,
        help="The strictest rule that whoever released the delivery decides on.",
    )

    _one_open = models.UniqueIndex(
        "(picking_id) WHERE state IN ('waiting', 'released')",
        "This delivery is on hold already.",
    )

    @api.model
    def _get_open_domain(self) -> list:
        return [("state", "in", OPEN), ("picking_state", "not in", ("done", "cancel"))]

    @api.depends("state")
    def _compute_is_open(self):
        for hold in self:
            hold.is_open = hold.state in OPEN

    @api.depends("picking_id")
    def _compute_order_ids(self):
        for hold in self:
            hold.order_ids = hold.picking_id._get_credit_orders()

    @api.depends("picking_id.move_ids.product_uom_qty", "picking_id.move_ids.quantity")
    def _compute_amount(self):
        for hold in self:
            hold.amount = hold.picking_id._get_credit_amount()

    @api.depends("profile_id")
    @api.depends_context("lang")
    def _compute_reason(self):
        for hold in self:
            profile = hold.profile_id
            hold.reason = profile._word_order_reasons(profile._get_delivery_reasons())

    # -- into the queue and out of it ------------------------------------------

    @api.model
    def _hold(self, picking, profile) -> None:
        """Put the delivery into the queue and tell who has to know, once.

        Whoever does so at the same moment fails to serialise and is repeated by Odoo.
        """
        self.env.execute_query(
            SQL(
                "UPDATE stock_picking SET id = id WHERE id = %s RETURNING id",
                picking.id,
            )
        )
        hold = self.create(
            {
                "picking_id": picking.id,
                "profile_id": profile.id,
                "held_on": profile.company_id._credit_today(),
            }
        )
        hold._log(hold.env._("Waits for the credit team."))
        hold._tell_sales()

    def _wait_again(self) -> None:
        """A release ran out, or doesn't cover what is to be delivered now."""
        for hold in self.filtered(lambda hold: hold.state == "released"):
            hold.state = "waiting"
            hold._log(hold.env._("Waits for the credit team again."))

    def _end(self) -> None:
        for hold in self.filtered(lambda hold: hold.state == "waiting"):
            hold.state = "ended"
            hold._log(hold.env._("Nothing stands in the way of it any more."))

    @api.model
    def _recheck_all(self) -> None:
        """Let go what nothing stands in the way of any more."""
        domain = [*self._get_open_domain(), ("state", "=", "waiting")]
        self.sudo().search(domain).picking_id._filtered_credit_held()

    def _covers(self, profile, strictest: int) -> bool:
        """Whether a decision lets the delivery pass a rule of rank ``strictest``."""
        return any(
            hold.state == "released"
            and hold.profile_id == profile
            and hold.release_date >= hold.company_id._credit_today()
            and RANK[hold.release_rule] >= strictest
            and hold.currency_id.compare_amounts(hold.amount, hold.release_amount) <= 0
            for hold in self
        )

    # -- words -----------------------------------------------------------------

    def _log(self, body: str) -> None:
        """A note on the delivery: no reasons, the warehouse reads it."""
        author = self.env.user if self.env.user._is_internal() else SUPERUSER_ID
        self.picking_id.with_user(author).sudo()._message_log(body=body)

    def _tell_sales(self) -> None:
        """The salesperson and who decides read why, on the order."""
        for order in self.order_ids.sudo():
            told = self.collector_id or order._get_officers()
            order._log_credit(
                self.env._(
                    "%(delivery)s waits for approval. %(reasons)s",
                    delivery=self.picking_name,
                    reasons=self.reason,
                ),
                order.user_id | told,
            )

    # -- decision --------------------------------------------------------------

    def _release(self, reason: str, until: date) -> None:
        """Let the deliveries be reserved and leave; nothing leaves by itself.

        :param until: the last day on which they may leave
        """
        check_officer(self.env, self.env._("Only credit officers release deliveries."))
        self.check_access("read")
        self._check_release(reason, until)
        is_manager = self.env.su or self._is_manager()
        for hold in self.sudo():
            hold.write(
                {
                    "state": "released",
                    "decision_reason": reason,
                    "decision_user_id": self.env.uid,
                    "release_date": until,
                    "release_amount": hold.amount,
                    "release_rule": "block" if is_manager else "approval",
                }
            )
            hold._log_release()

    def _is_manager(self) -> bool:
        return self.env.user.has_group("credit_control.group_manager")

    def _check_release(self, reason: str, until: date) -> None:
        if not (reason or "").strip():
            raise UserError(self.env._("Say why."))
        for hold in self.sudo():
            if not hold.is_open or hold.picking_state in ("done", "cancel"):
                raise UserError(
                    self.env._("%s doesn't wait any more.", hold.picking_name)
                )
            if until < hold.company_id._credit_today():
                raise UserError(self.env._("Choose a day that is not over yet."))
            reasons = hold.profile_id._get_delivery_reasons()
            is_blocked = any(found.rule == "block" for found in reasons)
            if is_blocked and not self.env.su and not self._is_manager():
                raise AccessError(
                    self.env._("Only a credit manager releases %s.", hold.picking_name)
                )

    def _log_release(self) -> None:
        day = format_date(self.env, self.release_date)
        self._log(self.env._("Released by the credit team until %s.", day))
        self.profile_id._message_log(
            body=self.env._(
                "%(delivery)s released until %(day)s, up to %(amount)s: %(reason)s",
                delivery=self.picking_name,
                day=day,
                amount=format_amount(self.env, self.release_amount, self.currency_id),
                reason=self.decision_reason,
            )
        )

    # -- actions ---------------------------------------------------------------

    def action_release(self):
        """Ask why these deliveries may leave, and how long."""
        check_officer(self.env, self.env._("Only credit officers release deliveries."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Release deliveries"),
            "res_model": "credit.delivery.release",
            "view_mode": "form",
            "target": "new",
            "context": {"default_hold_ids": self.ids},
        }

    def action_view_orders(self):
        """The orders that are delivered."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Orders of %s", self.picking_name),
            "res_model": "sale.order",
            "view_mode": "list,form",
            "domain": [("id", "in", self.order_ids.ids)],
            "context": {"create": False},
        }
