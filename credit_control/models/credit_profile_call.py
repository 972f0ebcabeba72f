from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..rights import check_officer
from .credit_call import REACHED


class NextStep(NamedTuple):
    """What can follow a call in one step: the action of the debtor that opens it."""

    action: str
    label: str
    is_possible: bool = True


class CreditProfileCall(models.Model):
    """Calls to a debtor."""

    _inherit = "credit.profile"

    call_ids = fields.One2many("credit.call", "profile_id", readonly=True)
    call_count = fields.Integer(string="Calls", compute="_compute_call_count")
    last_call_date = fields.Datetime(
        string="Last call", compute="_compute_last_call_date"
    )
    causes = fields.Char(
        string="Causes so far",
        compute="_compute_causes",
        help="Why he said that he didn't pay, the most frequent first.",
    )

    def _compute_call_count(self):
        counts = self._count("credit.call")
        for profile in self:
            profile.call_count = counts.get(profile, 0)

    @api.depends("call_ids.date")
    def _compute_last_call_date(self):
        latest = dict(
            self.env["credit.call"]._read_group(
                [("profile_id", "in", self.ids)], ["profile_id"], ["date:max"]
            )
        )
        for profile in self:
            profile.last_call_date = latest.get(profile._origin, False)

    @api.depends("call_ids.cause")
    @api.depends_context("lang")
    def _compute_causes(self):
        calls = self.env["credit.call"]
        labels = dict(calls._fields["cause"]._description_selection(self.env))
        words = {}
        for profile, cause, count in calls._read_group(
            [("profile_id", "in", self.ids), ("cause", "!=", False)],
            ["profile_id", "cause"],
            ["__count"],
            order="__count desc",
        ):
            words.setdefault(profile, []).append(f"{labels[cause]} {count}×")
        for profile in self:
            profile.causes = ", ".join(words.get(profile._origin, ()))

    # -- call ------------------------------------------------------------------

    def action_call(self):
        """Prepare a call to this debtor."""
        self.ensure_one()
        check_officer(self.env, self.env._("Only credit officers log calls."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Call %s", self.partner_id.display_name),
            "res_model": "credit.call.log",
            "view_mode": "form",
            "target": "new",
            "context": {"default_profile_id": self.id, "dialog_size": "extra-large"},
        }

    def _log_call(self, as_of: date, confirm=False, **vals):
        """Keep what came of a call, and plan what follows.

        :param confirm: whether the agreement is mailed to the contact
        :raises UserError: what is to be mailed or followed up can't be
        """
        self.ensure_one()
        check_officer(self.env, self.env._("Only credit officers log calls."))
        self.check_access("write")
        self._check_call(vals, as_of, confirm)
        call = self.env["credit.call"].sudo().create({"profile_id": self.id, **vals})
        call._close_activities(as_of)
        call._plan_follow_up()
        self._put_off(
            call.follow_up_date or as_of + timedelta(1),
            self.env._("Called") if call.follow_up_date else False,
        )
        call._log()
        if confirm:
            call._confirm()
        return call.sudo(False)

    def _check_call(self, vals: dict, as_of: date, confirm: bool) -> None:
        contact = self.env["res.partner"].browse(vals.get("contact_id"))
        if contact and contact.commercial_partner_id != self.partner_id:
            raise UserError(
                self.env._("%s is no contact of this debtor.", contact.display_name)
            )
        follow_up = vals.get("follow_up_date")
        if follow_up and follow_up <= as_of:
            raise UserError(self.env._("Follow up on a day to come."))
        if confirm:
            self._check_confirmation(vals, contact)

    def _check_confirmation(self, vals: dict, contact) -> None:
        if vals["outcome"] != REACHED or not (vals.get("agreement") or "").strip():
            raise UserError(
                self.env._("Write down what was agreed before it is confirmed.")
            )
        if not contact.email:
            raise UserError(self.env._("Nobody with an e-mail address was spoken to."))

    # -- what follows ----------------------------------------------------------

    def _get_next_steps(self) -> Iterable[NextStep]:
        """What can follow a call. To be extended: each step names an action of
        the debtor file, and whether it is possible for this debtor now. Without a
        debtor all steps that there are.
        """
        return [
            NextStep(
                "action_resend_invoices",
                self.env._("Send invoices again"),
                bool(self.overdue_amount),
            ),
            NextStep(
                "action_make_offer", self.env._("Make an offer"), bool(self.open_count)
            ),
            NextStep(
                "action_release_orders", self.env._("Release orders"), self.order_hold
            ),
        ]

    def _take_step(self, action: str):
        """Go on with one of the steps that are possible after a call."""
        possible = {s.action for s in self._get_next_steps() if s.is_possible}
        if action not in possible:
            raise UserError(self.env._("This can't be done for this debtor now."))
        return getattr(self, action)()

    def action_resend_invoices(self):
        """Send the overdue invoices once more, as Odoo sends invoices."""
        self.ensure_one()
        items = self._get_overdue_claims() if self.overdue_amount else False
        invoices = items and items.move_id.filtered(lambda m: m.is_sale_document())
        if not invoices:
            raise UserError(self.env._("No invoice of this debtor is overdue."))
        return invoices.action_send_and_print()

    def action_view_calls(self):
        name = self.env._("Calls to %s", self.partner_id.display_name)
        return self._get_records_action("credit.call", name, "list,pivot,form")
