from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount

from odoo.addons.credit_control.core import limits
from odoo.addons.credit_control.core.money import to_decimal
from odoo.addons.credit_control.rights import check_officer

from .credit_insurance_decision import UNDECIDED, WITHOUT_COVER

NEW, INCREASE, REDUCE, PROLONG, CANCEL = (
    "new",
    "increase",
    "reduce",
    "prolong",
    "cancel",
)
KINDS = [
    (NEW, "New limit"),
    (INCREASE, "Increase"),
    (REDUCE, "Reduce"),
    (PROLONG, "Prolong"),
    (CANCEL, "Cancel"),
]
OPEN = ("draft", "sent")
# What is written by the actions only.
BY_ACTIONS = {"state", "sent_date", "decision_id", "closed_date"}
ANSWER_DAYS = 14


class CreditInsuranceRequest(models.Model):
    """The insurer is asked for another limit on a debtor."""

    _name = "credit.insurance.request"
    _description = "Request to the Insurer"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"

    policy_id = fields.Many2one(
        "credit.insurance.policy",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self._get_default_policy(self.env.company),
    )
    profile_id = fields.Many2one(
        "credit.profile",
        string="Debtor",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="profile_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="policy_id.currency_id")
    limit_id = fields.Many2one(
        "credit.insurance.limit", string="Insured limit", compute="_compute_limit_id"
    )
    buyer_reference = fields.Char(string="Buyer number", compute="_compute_limit_id")
    limit_now = fields.Monetary(string="Limit today", compute="_compute_limit_id")
    kind = fields.Selection(
        KINDS, string="Asked for", required=True, default=NEW, tracking=True
    )
    advised_amount = fields.Monetary(
        string="Advised",
        compute="_compute_advised_amount",
        help="What is at risk now or may be by the credit limit, whichever is more, "
        "rounded up.",
    )
    amount = fields.Monetary(string="Limit asked", tracking=True)
    date_from = fields.Date(string="Wanted from")
    date_to = fields.Date(string="Wanted until", help="Empty: until further notice.")
    payment_days = fields.Integer(
        string="Payment term (days)", compute="_compute_payment_days"
    )
    reason = fields.Text(string="Why")
    user_id = fields.Many2one(
        "res.users",
        string="Followed by",
        required=True,
        default=lambda self: self.env.uid,
        tracking=True,
    )
    state = fields.Selection(
        [
            ("draft", "To send"),
            ("sent", "Sent"),
            ("decided", "Decided"),
            ("refused", "Refused"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    sent_date = fields.Date(string="Sent on", readonly=True, copy=False)
    closed_date = fields.Date(string="Answered on", readonly=True, copy=False)
    decision_id = fields.Many2one(
        "credit.insurance.decision",
        string="Decision",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )

    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "The insured limit can't be negative."
    )
    _dates_in_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_from IS NULL OR date_from <= date_to)",
        "The last day can't lie before the first.",
    )
    _one_open = models.UniqueIndex(
        "(policy_id, profile_id) WHERE state IN ('draft', 'sent')",
        "There is an open request for this debtor already.",
    )

    # -- computes --------------------------------------------------------------

    @api.model
    def _get_default_policy(self, company):
        """The policy in force that insures ``company``, the newest first."""
        today = company._credit_today()
        policies = self.env["credit.insurance.policy"].search(
            [
                "|",
                ("company_id", "=", company.id),
                ("co_insured_ids", "in", company.ids),
            ]
        )
        return policies.filtered(lambda one: one._is_in_force(today))[:1]

    @api.depends("kind", "amount", "profile_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for request in self:
            amount = format_amount(self.env, request.amount, request.currency_id)
            request.display_name = (
                f"{request.profile_id.display_name}: {labels.get(request.kind)}, "
                f"{amount}"
            )

    @api.depends("policy_id", "profile_id")
    def _compute_limit_id(self):
        found = {
            (limit.policy_id, limit.profile_id): limit
            for limit in self.env["credit.insurance.limit"].search(
                [
                    ("policy_id", "in", self.policy_id.ids),
                    ("profile_id", "in", self.profile_id.ids),
                    ("is_own", "=", False),
                ]
            )
        }
        for request in self:
            limit = found.get((request.policy_id, request.profile_id))
            request.limit_id = limit or False
            request.limit_now = limit.amount if limit else 0.0
            request.buyer_reference = limit.buyer_reference if limit else False

    @api.depends("policy_id", "profile_id")
    def _compute_advised_amount(self):
        for request in self:
            profile, policy = request.profile_id, request.policy_id
            if not profile or not policy:
                request.advised_amount = 0.0
                continue
            wanted = max(
                profile.exposure, profile.effective_limit * profile.has_limit, 0
            )
            company = profile.company_id
            amount = company.currency_id._convert(
                wanted, policy.currency_id, company, company._credit_today()
            )
            request.advised_amount = float(limits.leading_up(to_decimal(amount)))

    @api.depends("profile_id")
    def _compute_payment_days(self):
        for request in self:
            term = request.profile_id.partner_id.with_company(
                request.company_id
            ).property_payment_term_id
            request.payment_days = max(term.line_ids.mapped("nb_days"), default=0)

    @api.onchange("profile_id", "policy_id", "kind")
    def _onchange_asked(self):
        """Propose the amount; with a limit in force a new one makes no sense."""
        if self.profile_id and self.kind == NEW and self.limit_now:
            self.kind = INCREASE
        if self.profile_id and not self.amount:
            self.amount = self._get_proposed_amount()
        if self.kind == CANCEL:
            self.amount = 0.0

    def _get_proposed_amount(self) -> float:
        return self.limit_now if self.kind == PROLONG else self.advised_amount

    # -- bulk ------------------------------------------------------------------

    @api.model
    def _propose_for(self, profiles):
        """A draft for each of ``profiles`` that has no open request, and those that
        are open.
        """
        check_officer(self.env, self.env._("Only credit officers ask the insurer."))
        open_requests = self.search(
            [("profile_id", "in", profiles.ids), ("state", "in", OPEN)]
        )
        created = self.browse()
        for company, files in (
            (profiles - open_requests.profile_id).grouped("company_id").items()
        ):
            policy = self._get_default_policy(company)
            if not policy:
                raise UserError(
                    self.env._("%s has no credit insurance in force.", company.name)
                )
            created |= self.create(
                [{"policy_id": policy.id, "profile_id": file.id} for file in files]
            )
        for request in created:
            request._propose_amount()
        return open_requests | created

    def _propose_amount(self) -> None:
        kind = NEW
        if self.limit_now:
            kind = REDUCE if self.advised_amount < self.limit_now else INCREASE
        self.write({"kind": kind, "amount": self.advised_amount})

    @api.constrains("policy_id", "profile_id")
    def _check_insured_company(self):
        for request in self:
            request.policy_id._check_insures(request.profile_id)

    # -- rights ----------------------------------------------------------------

    def write(self, vals):
        if not self.env.su:
            if BY_ACTIONS & vals.keys():
                raise AccessError(
                    self.env._("Requests go on with the buttons, not by hand.")
                )
            content = {"policy_id", "profile_id", "kind", "amount"} & vals.keys()
            if content and self.filtered(lambda request: request.state != "draft"):
                raise UserError(self.env._("What was asked for can't be changed."))
        return super().write(vals)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(BY_ACTIONS & vals.keys() for vals in vals_list):
            raise AccessError(
                self.env._("Requests go on with the buttons, not by hand.")
            )
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts(self):
        if self.filtered(lambda request: request.state != "draft"):
            raise UserError(self.env._("Requests are kept as history: withdraw it."))

    # -- actions ---------------------------------------------------------------

    def action_send(self):
        """Write to the insurer, with the requests as a file."""
        drafts = self.filtered(lambda request: request.state == "draft")
        if not drafts:
            raise UserError(self.env._("These requests have been sent already."))
        if len(drafts.policy_id) > 1:
            raise UserError(self.env._("Send the requests of one policy at a time."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send to the insurer"),
            "res_model": "credit.insurance.send",
            "view_mode": "form",
            "target": "new",
            "context": {"default_request_ids": drafts.ids},
        }

    def action_mark_sent(self):
        """Asked for on the insurer's own site or by phone."""
        self._mark_sent()
        return True

    def action_withdraw(self):
        check_officer(self.env, self.env._("Only credit officers ask the insurer."))
        self.check_access("write")
        for request in self:
            if request.state not in OPEN:
                raise UserError(self.env._("It has been answered already."))
            request._close("withdrawn")
        return True

    def action_decide(self):
        """Enter the insurer's answer."""
        self.ensure_one()
        context = {
            "default_policy_id": self.policy_id.id,
            "default_profile_id": self.profile_id.id,
            "default_requested": self.amount,
            "default_amount": self.amount,
        }
        if self.limit_id:
            context["default_limit_id"] = self.limit_id.id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Enter a decision"),
            "res_model": "credit.insurance.decide",
            "view_mode": "form",
            "target": "new",
            "context": context,
        }

    # -- steps -----------------------------------------------------------------

    def _mark_sent(self) -> None:
        """Sent: whoever follows it looks when the answer is due."""
        check_officer(self.env, self.env._("Only credit officers ask the insurer."))
        self.check_access("write")
        for request in self.filtered(lambda one: one.state == "draft"):
            if request.kind != CANCEL and not request.amount:
                raise UserError(
                    self.env._(
                        "Say how much is asked for %s.",
                        request.profile_id.display_name,
                    )
                )
            today = request.company_id._credit_today()
            request.sudo().write({"state": "sent", "sent_date": today})
            request._plan_answer(today)

    def _plan_answer(self, as_of: date) -> None:
        self.activity_schedule(
            "credit_insurance.activity_request",
            as_of + timedelta(days=ANSWER_DAYS),
            summary=self.env._("Has the insurer answered?"),
            user_id=self.user_id.id,
        )

    def _close(self, state: str, decision=None) -> None:
        self.activity_unlink(["credit_insurance.activity_request"])
        self.sudo().write(
            {
                "state": state,
                "closed_date": self.company_id._credit_today(),
                "decision_id": decision.id if decision else False,
            }
        )

    @api.model
    def _answer(self, decisions) -> None:
        """Decisions of the insurer answer the requests that were sent to him; not those
        that he told of long before, which a list of his may hold. Who asks by telephone
        may note it later.
        """
        answering = decisions.filtered(
            lambda one: one.status != UNDECIDED
            and not one.limit_id.is_own
            and not one.corrects_id
        )
        waiting = self.search(
            [
                ("state", "=", "sent"),
                ("policy_id", "in", answering.policy_id.ids),
                ("profile_id", "in", answering.profile_id.ids),
            ]
        )
        for request in waiting:
            decision = answering.filtered(
                lambda one, asked=request: (one.policy_id, one.profile_id)
                == (asked.policy_id, asked.profile_id)
                and (one.notice_date or asked.sent_date)
                >= asked.sent_date - timedelta(days=ANSWER_DAYS)
            ).sorted(lambda one: (one.date_from, one.id))[-1:]
            if decision:
                request._close(request._get_answer(decision), decision)

    def _get_answer(self, decision) -> str:
        refused = decision.status in WITHOUT_COVER or not decision.amount
        return "refused" if refused and self.kind != CANCEL else "decided"

    @api.model
    def _remind_unanswered(self, company, as_of: date) -> None:
        """A request that was sent and has no activity left gets one again."""
        waiting = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "sent"),
                ("activity_ids", "=", False),
            ]
        )
        for request in waiting:
            request._plan_answer(as_of)
