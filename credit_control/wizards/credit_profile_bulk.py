from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ..models.credit_call import CAUSES, OUTCOMES, REACHED
from ..models.credit_profile_agreement import Wait
from ..rights import check_officer

USUAL_DAYS = timedelta(7)
PROMISE, CALL, COLLECTOR = "promise", "call", "collector"


class CreditProfileBulk(models.TransientModel):
    """One thing for several debtors: a promise of each, a call, a collector."""

    _name = "credit.profile.bulk"
    _description = "Several Debtors at Once"

    step = fields.Selection(
        [
            (PROMISE, "Promise to pay"),
            (CALL, "Log calls"),
            (COLLECTOR, "Give to a collector"),
        ],
        required=True,
        readonly=True,
    )
    profile_ids = fields.Many2many(
        "credit.profile", string="Debtors", required=True, readonly=True
    )
    item_ids = fields.Many2many("account.move.line", string="Chosen invoices")
    date = fields.Date(
        string="Will pay by",
        default=lambda self: fields.Date.context_today(self) + USUAL_DAYS,
    )
    note = fields.Text(string="What was said")
    outcome = fields.Selection(OUTCOMES, default="not_reached")
    cause = fields.Selection(CAUSES, string="Why not paid")
    agreement = fields.Text()
    follow_up_date = fields.Date(string="Follow up on")
    collector_id = fields.Many2one("res.users", domain=[("share", "=", False)])
    summary = fields.Char(compute="_compute_summary")
    left_out = fields.Char(compute="_compute_summary")
    warnings = fields.Text(compute="_compute_warnings")

    @api.depends("step", "profile_ids", "item_ids")
    def _compute_summary(self):
        for bulk in self:
            chosen = bulk._get_promised() if bulk.step == PROMISE else {}
            left = bulk.profile_ids.browse(
                profile.id for profile, items in chosen.items() if not items
            )
            bulk.summary = bulk._word_summary(chosen)
            bulk.left_out = bool(left) and bulk._word_left_out(left)

    @api.depends("step", "profile_ids", "item_ids", "date")
    def _compute_warnings(self):
        for bulk in self:
            waits = bulk._get_waits()
            found = self.env["credit.profile"]._find_wait_warnings(waits)
            bulk.warnings = "\n".join(
                f"{wait.profile.display_name}: {words}"
                for wait, warnings in zip(waits, found, strict=True)
                for words in warnings
            )

    def _get_waits(self) -> list[Wait]:
        """What each of these debtors would have until which day."""
        if self.step != PROMISE or not self.date:
            return []
        return [
            Wait(profile, items, self.date)
            for profile, items in self._get_promised().items()
            if items
        ]

    def _word_left_out(self, profiles) -> str:
        return self.env._(
            "Left out, since nothing is overdue that they haven't promised already: "
            "%s.",
            ", ".join(profiles.mapped("display_name")),
        )

    def _word_summary(self, chosen: dict) -> str:
        if self.step != PROMISE:
            return self.env._("Debtors: %s", len(self.profile_ids))
        amounts = defaultdict(float)
        for items in chosen.values():
            for item in items:
                amounts[item.currency_id] += item.amount_residual_currency
        return self.env._(
            "Debtors: %(debtors)s, invoices: %(count)s, %(amounts)s",
            debtors=sum(map(bool, chosen.values())),
            count=sum(map(len, chosen.values())),
            amounts=", ".join(
                format_amount(self.env, amount, currency)
                for currency, amount in amounts.items()
            ),
        )

    def _get_promised(self) -> dict:
        """{debtor: the items that he promises}: those chosen, else what is overdue."""
        chosen = self.item_ids._origin.grouped(
            lambda item: (item.partner_id.commercial_partner_id, item.company_id)
        )
        return {
            profile: chosen.get((profile.partner_id, profile.company_id), ())
            if chosen
            else profile._get_claims_to_promise()
            for profile in self.profile_ids._origin
        }

    # -- do --------------------------------------------------------------------

    def action_do(self):
        self.ensure_one()
        check_officer(self.env, self.env._("Only credit officers do that."))
        words = getattr(self, f"_do_{self.step}")()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": words,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _do_promise(self) -> str:
        if not self.date:
            raise UserError(self.env._("Say by which day they pay."))
        promised = {
            profile: items for profile, items in self._get_promised().items() if items
        }
        if not promised:
            raise UserError(
                self.env._("Nothing of these debtors is overdue and not promised yet.")
            )
        count = 0
        for profile, items in promised.items():
            for together in items.grouped("currency_id").values():
                profile._make_promise(
                    profile._get_whole(together),
                    self.date,
                    profile.company_id._credit_today(),
                    note=self.note or "",
                )
                count += 1
        return self.env._("Promises noted: %s.", count)

    def _do_call(self) -> str:
        if not self.outcome:
            raise UserError(self.env._("Say what came of the calls."))
        for profile in self.profile_ids:
            profile._log_call(
                profile.company_id._credit_today(),
                contact_id=profile._get_contact().id,
                outcome=self.outcome,
                cause=self.cause if self.outcome == REACHED else False,
                agreement=self.agreement,
                follow_up_date=self.follow_up_date,
            )
        return self.env._("Calls logged: %s.", len(self.profile_ids))

    def _do_collector(self) -> str:
        self._check_collector()
        self.profile_ids.write({"collector_id": self.collector_id.id})
        if not self.collector_id:
            return self.env._(
                "Debtors that follow the portfolios: %s.", len(self.profile_ids)
            )
        return self.env._(
            "Debtors now with %(collector)s: %(count)s.",
            count=len(self.profile_ids),
            collector=self.collector_id.name,
        )

    def _check_collector(self) -> None:
        """Whoever collects may work in the companies of the debtors."""
        strange = self.profile_ids.company_id - self.collector_id.sudo().company_ids
        if self.collector_id and strange:
            raise UserError(
                self.env._(
                    "%(user)s is no colleague in %(company)s.",
                    user=self.collector_id.name,
                    company=strange[0].name,
                )
            )
