from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.credit_control_sale.models.credit_risk_tier import RANK


class StockPicking(models.Model):
    """Deliveries to whoever gets no credit wait for the credit team.

    Receipts, returns and transfers in the house never do. The warehouse reads that a
    delivery waits, not why: that is for the credit team and sales.
    """

    _inherit = "stock.picking"

    credit_hold_ids = fields.One2many(
        "credit.delivery.hold",
        "picking_id",
        readonly=True,
        groups="credit_control.group_viewer",
    )
    credit_waits = fields.Boolean(
        string="Waits for the credit team",
        compute="_compute_credit_waits",
        search="_search_credit_waits",
        compute_sudo=True,
        groups="base.group_user",
    )

    @api.depends("credit_hold_ids.state", "state")
    def _compute_credit_waits(self):
        for picking in self:
            picking.credit_waits = picking.state not in ("done", "cancel") and (
                "waiting" in picking.credit_hold_ids.mapped("state")
            )

    @api.model
    def _search_credit_waits(self, operator, value):
        if operator != "in":
            return NotImplemented
        holds = self.env["credit.delivery.hold"].sudo()
        waiting = holds.search([*holds._get_open_domain(), ("state", "=", "waiting")])
        operator = "in" if True in value else "not in"
        return [("id", operator, waiting.picking_id.ids)]

    # -- whose credit ----------------------------------------------------------

    def _get_credit_orders(self):
        """The orders that are delivered here."""
        return self.move_ids.sale_line_id.order_id or self.sale_id

    def _fetch_credit_profiles(self) -> dict:
        """The debtor files of who pays for each delivery. Who takes away the order
        from a delivery that waits doesn't set it free.
        """
        by_order = self.move_ids.sale_line_id.order_id | self.sale_id
        by_order = by_order._fetch_credit_profiles()
        found = {}
        for picking in self:
            orders = picking._get_credit_orders()
            found[picking] = (
                self.env["credit.profile"].union(*map(by_order.get, orders))
                or picking.credit_hold_ids.profile_id
            )
        return found

    def _get_credit_amount(self) -> float:
        """What is to be delivered, in the company's currency, taxes included."""
        return sum(map(self._get_credit_line_amount, self.move_ids.sale_line_id))

    def _get_credit_line_amount(self, line) -> float:
        moves = self.move_ids.filtered(
            lambda move: move.sale_line_id == line and move.state != "cancel"
        )
        ordered = line.product_uom_qty
        if moves.product_id == line.product_id:
            quantity = sum(
                move.product_uom._compute_quantity(
                    max(move.product_uom_qty, move.quantity), line.product_uom_id
                )
                for move in moves
            )
        else:  # a kit is delivered in parts
            quantity = max(ordered - line.qty_delivered, 0.0)
        share = quantity / ordered if ordered else 1.0
        order = line.order_id
        return order.company_id.currency_id.round(
            line.price_total * share / (order.currency_rate or 1.0)
        )

    # -- check -----------------------------------------------------------------

    def _filtered_credit_held(self):
        """The deliveries that may not leave now: they stand in the queue from now on,
        and those that nothing stands in the way of any more don't.
        """
        deliveries = self.sudo()._filtered_for_credit()
        if not deliveries:
            return self.browse()
        return self & deliveries._update_credit_holds(deliveries._find_credit_reasons())

    def _filtered_for_credit(self):
        return self.filtered_domain(self._get_credit_domain())

    @api.model
    def _get_credit_domain(self) -> Domain:
        """Whatever still goes to a customer: from the warehouse, or straight from a
        supplier. What comes back doesn't.
        """
        return Domain("state", "not in", ("done", "cancel")) & (
            Domain("picking_type_code", "=", "outgoing")
            | Domain("location_dest_id.usage", "=", "customer")
            & Domain("location_id.usage", "!=", "customer")
        )

    def _find_credit_reasons(self) -> dict:
        """{delivery: [(debtor file, reason)]} of those that something stops, with the
        figures of this moment; in a constant number of queries.
        """
        profiles = self._fetch_credit_profiles()
        debtors = self.env["credit.profile"].union(*profiles.values())
        debtors.filtered("order_hold")._release_paid()
        debtors.invalidate_recordset()
        reasons = {
            profile: [
                (profile, reason)
                for reason in profile._get_delivery_reasons()
                if RANK[reason.rule] >= RANK["approval"]
            ]
            for profile in debtors
        }
        found = {
            picking: [reason for profile in files for reason in reasons[profile]]
            for picking, files in profiles.items()
            if not picking._is_credit_paid()
        }
        return {picking: why for picking, why in found.items() if why}

    def _is_credit_paid(self) -> bool:
        """Whether all of it was paid online."""
        orders = self._get_credit_orders()
        return bool(orders) and all(order._is_paid() for order in orders)

    def _update_credit_holds(self, found: dict):
        """The deliveries of ``found`` that no release covers."""
        (self - self.browse().union(*found)).credit_hold_ids._end()
        held = self.browse()
        for picking, reasons in found.items():
            holds = picking.credit_hold_ids.filtered("is_open")
            profile = reasons[0][0]
            strictest = max(RANK[reason.rule] for _profile, reason in reasons)
            if holds._covers(profile, strictest):
                continue
            held |= picking
            if holds:
                holds._wait_again()
            else:
                self.env["credit.delivery.hold"].sudo()._hold(picking, profile)
        return held

    def _check_credit(self) -> None:
        """Refuse to go on with deliveries that wait.

        :raises UserError: in words that the warehouse may read
        """
        if held := self._filtered_credit_held():
            raise UserError(held._word_credit_hold())

    def _word_credit_hold(self) -> str:
        return self.env._(
            "%s can't leave yet: the credit team has to release it first.",
            ", ".join(self.mapped("name")),
        )

    # -- validation ------------------------------------------------------------

    def button_validate(self):
        """Stop here without an error, so that what was found stands in the queue, and
        before Odoo complains that nothing is reserved.
        """
        if held := self._filtered_credit_held():
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "warning",
                    "title": self.env._("Waits for the credit team"),
                    "message": held._word_credit_hold(),
                    "next": {"type": "ir.actions.client", "tag": "soft_reload"},
                },
            }
        return super().button_validate()

    def _action_done(self):
        self._log_credit_warnings()
        return super()._action_done()

    def _log_credit_warnings(self) -> None:
        """What only warns is written down where the credit team reads it."""
        deliveries = self.sudo()._filtered_for_credit()
        for picking, profiles in deliveries._fetch_credit_profiles().items():
            for profile in profiles:
                if reasons := profile._get_delivery_reasons():
                    profile._message_log(
                        body=self.env._(
                            "%(delivery)s was delivered though: %(reasons)s",
                            delivery=picking.name,
                            reasons=profile._word_order_reasons(reasons),
                        )
                    )
