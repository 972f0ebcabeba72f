from datetime import date, timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount, format_date

from odoo.addons.credit_control.rights import check_officer

# Written by the actions.
GUARDED = {"state", "sent_date", "decided_date"}
OPEN = ("draft", "sent")
ANSWER_DAYS = timedelta(7)
ACTIVITY = "credit_insurance.activity_extension"


class CreditInsuranceExtension(models.Model):
    """The insurer is asked whether a debtor may take longer than the policy allows."""

    _name = "credit.insurance.extension"
    _description = "Request for More Time"
    _inherit = ["mail.thread", "mail.activity.mixin", "credit.insurer.mail"]
    _order = "id desc"
    _check_company_auto = True

    profile_id = fields.Many2one(
        "credit.profile",
        string="Debtor",
        required=True,
        index=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(related="profile_id.partner_id", string="Customer")
    company_id = fields.Many2one(related="profile_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    policy_id = fields.Many2one(
        "credit.insurance.policy", required=True, index=True, ondelete="restrict"
    )
    item_ids = fields.Many2many(
        "account.move.line",
        string="Invoices",
        domain="[('partner_id', 'child_of', partner_id), "
        "('company_id', '=', company_id), ('account_type', '=', 'asset_receivable'), "
        "('parent_state', '=', 'posted'), ('amount_residual', '>', 0)]",
    )
    amount = fields.Monetary(compute="_compute_amount")
    stop_date = fields.Date(
        string="Extension period ends",
        compute="_compute_stop_date",
        help="Until then you may wait without asking.",
    )
    requested_until = fields.Date(string="Wait until", required=True, tracking=True)
    reason = fields.Text(help="What the insurer should know: promise, plan, cause.")
    plan_id = fields.Many2one(
        "credit.plan",
        string="Instalment plan",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="It waits for the insurer's answer.",
    )
    request_id = fields.Many2one(
        "credit.request",
        string="Asked by the debtor",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="What he proposed on his page.",
    )
    refused_id = fields.Many2one(
        "credit.insurance.extension",
        string="Refused before",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("sent", "Sent"),
            ("agreed", "Agreed"),
            ("refused", "Refused"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    sent_date = fields.Date(string="Sent on", readonly=True, copy=False)
    agreed_until = fields.Date(
        string="Agreed until",
        copy=False,
        tracking=True,
        help="Empty: what was asked for.",
    )
    decided_date = fields.Date(string="Answered on", readonly=True, copy=False)
    insurer_reference = fields.Char(string="Insurer's reference", copy=False)

    @api.depends("item_ids.amount_residual")
    def _compute_amount(self):
        for request in self:
            request.amount = sum(request.item_ids.mapped("amount_residual"))

    @api.depends("item_ids")
    def _compute_stop_date(self):
        for request in self:
            stops = request.profile_id._get_extension_ends(request.item_ids._origin)
            request.stop_date = min(stops.values(), default=False)

    @api.depends("profile_id", "requested_until")
    def _compute_display_name(self):
        for request in self:
            request.display_name = self.env._(
                "%(debtor)s until %(day)s",
                debtor=request.profile_id.display_name or "",
                day=format_date(self.env, request.requested_until),
            )

    @api.constrains("policy_id", "profile_id")
    def _check_insured_company(self):
        for request in self:
            request.policy_id._check_insures(request.profile_id)

    # -- rights ----------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(GUARDED & vals.keys() for vals in vals_list):
            raise AccessError(self.env._("A request begins as a draft."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if GUARDED & vals.keys():
                raise AccessError(self.env._("Use the buttons of the request."))
            asked = {"policy_id", "profile_id", "item_ids", "requested_until"}
            if asked & vals.keys() and self.filtered(lambda one: one.state != "draft"):
                raise UserError(
                    self.env._("What was asked for can't be changed: make a new one.")
                )
            if "agreed_until" in vals and any(one.state not in OPEN for one in self):
                raise UserError(self.env._("The request has gone on: load it again."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts_only(self):
        if any(request.state != "draft" for request in self):
            raise UserError(self.env._("Only drafts can be deleted."))

    def _as_officer(self, *states):
        check_officer(self.env, self.env._("Only credit officers ask the insurer."))
        self.check_access("write")
        if any(request.state not in states for request in self):
            raise UserError(self.env._("The request has gone on: load it again."))
        return self.sudo()

    # -- ask -------------------------------------------------------------------

    @api.model
    def _ask(self, profile_id, policy_id, item_ids, until, reason, about):
        """A request about these items: the one that is open already, or a draft."""
        vals = {"requested_until": until, "reason": reason, **about}
        for asked in self._find_open(profile_id, policy_id, item_ids):
            if asked.state == "draft" and asked.requested_until == until:
                asked.write({**vals, "reason": reason or asked.reason})
                return asked
            if asked.state == "sent" and asked.requested_until >= until:
                return asked
        request = self.create(
            {
                "profile_id": profile_id,
                "policy_id": policy_id,
                "item_ids": [Command.set(item_ids)],
                **vals,
            }
        )
        request.reason = reason or request._word_reason()
        return request

    @api.model
    def _find_open(self, profile_id, policy_id, item_ids):
        """Requests about all these items that aren't answered yet."""
        requests = self.search(
            [
                ("profile_id", "=", profile_id),
                ("policy_id", "=", policy_id),
                ("state", "in", OPEN),
            ]
        )
        return requests.filtered(lambda one: set(item_ids) <= set(one.item_ids.ids))

    def _word_reason(self) -> str:
        """What there is to say if nobody said more, in the insurer's language."""
        said = self.with_context(lang=self._get_insurer_lang())
        if said.plan_id:
            return said.env._(
                "The debtor pays in instalments: %s.", said.plan_id._word_terms()
            )
        return said.env._("The debtor promises to pay by then.")

    def _get_view_action(self) -> dict:
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Requests for More Time"),
            "res_model": self._name,
        }
        if len(self) == 1:
            return {**action, "res_id": self.id, "view_mode": "form"}
        return {**action, "view_mode": "list,form", "domain": [("id", "in", self.ids)]}

    # -- actions ---------------------------------------------------------------

    def action_send(self):
        """Ask the insurer by e-mail."""
        requests = self._as_officer("draft")
        if any(not request.item_ids for request in requests):
            raise UserError(self.env._("Choose the invoices that this is about."))
        requests._check_insurer_email()
        for request in requests:
            request._mail_insurer("credit_insurance.mail_template_extension")
            request._mark_sent()
        return True

    def action_mark_sent(self):
        """The insurer was asked otherwise: on his site, or by telephone."""
        self._as_officer("draft")._mark_sent()
        return True

    def _mark_sent(self) -> None:
        """It waits for an answer, which somebody asks for in time."""
        for request in self:
            today = request.company_id._credit_today()
            request.write({"state": "sent", "sent_date": today})
            days = (today + ANSWER_DAYS, request.stop_date or today + ANSWER_DAYS)
            request.activity_schedule(
                ACTIVITY,
                max(today, min(days)),
                summary=self.env._("Has the insurer answered?"),
                user_id=self.env.uid,
            )

    def action_agree(self):
        """The insurer agreed: the deadlines of these invoices move."""
        for request in self._as_officer("draft", "sent"):
            until = request.agreed_until or request.requested_until
            request._decide("agreed", agreed_until=until)
            request._log_answer(
                request.env._(
                    "The insurer agreed to wait until %s.",
                    format_date(request.env, until),
                )
            )
        return True

    def action_refuse(self):
        for request in self._as_officer("draft", "sent"):
            request._decide("refused")
            request._log_answer(request.env._("The insurer refused more time."))
        return True

    def action_ask_again(self):
        """A new draft about what is still open; what was refused stays as it was."""
        self.ensure_one()
        self._as_officer("refused")
        again = self.search(
            [("refused_id", "=", self.id), ("state", "in", OPEN)], limit=1
        )
        return (again or self.create(self._prepare_again()))._get_view_action()

    def _prepare_again(self) -> dict:
        items = self.item_ids.filtered(
            lambda item: item.parent_state == "posted" and item.amount_residual > 0
        )
        if not items:
            raise UserError(self.env._("Nothing of it is open any more."))
        return {
            "refused_id": self.id,
            "profile_id": self.profile_id.id,
            "policy_id": self.policy_id.id,
            "item_ids": [Command.set(items.ids)],
            "requested_until": self._get_shorter_wait(),
            "reason": self.reason,
            "plan_id": self.plan_id.id,
            "request_id": self._get_debtors_request().id,
        }

    def _get_shorter_wait(self) -> date:
        """Half as long as was refused, from the day up to which nobody need be asked;
        a week, where what was refused is over.
        """
        today = self.company_id._credit_today()
        start = max(today, self.stop_date or today)
        refused = (self.requested_until - start).days
        return start + (timedelta((refused + 1) // 2) if refused > 0 else ANSWER_DAYS)

    def _decide(self, state: str, **vals) -> None:
        today = self.company_id._credit_today()
        self.write({"state": state, "decided_date": today, **vals})
        self.activity_unlink([ACTIVITY])
        self.profile_id._update_insurance_stops()

    def action_make_promise(self):
        """Note the promise that the insurer agreed to wait for."""
        self.ensure_one()
        return {
            **self.profile_id.action_make_promise(),
            "context": {
                "default_profile_id": self.profile_id.id,
                "default_date": min(self.agreed_until, self.requested_until),
                "default_note": self.reason,
                "default_request_id": self._get_debtors_request().id,
                "credit_item_ids": self.item_ids.filtered(
                    lambda item: item.amount_residual_currency > 0
                ).ids,
            },
        }

    def _get_debtors_request(self):
        """What the debtor proposed, while it isn't answered."""
        return self.request_id.filtered(lambda request: request.state == "new")

    def action_open_plan(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "credit.plan",
            "res_id": self.plan_id.id,
            "view_mode": "form",
        }

    def _log_answer(self, words: str) -> None:
        self.profile_id._message_log(body=words)

    def _word_items(self) -> list[tuple[str, str, str]]:
        """(document, due at first, open amount) for the e-mail."""
        first = self.profile_id._get_first_dues(self.item_ids)
        return [
            (
                item._get_insured_document(),
                format_date(self.env, first[item]),
                format_amount(self.env, item.amount_residual, self.currency_id),
            )
            for item in self.item_ids
        ]
