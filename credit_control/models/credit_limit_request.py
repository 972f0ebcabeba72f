from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_amount, format_date

VIEWERS = "credit_control.group_viewer"
# What whoever decides sees of the debtor.
NOW = {"compute": "_compute_now", "compute_sudo": True, "groups": VIEWERS}
LIMIT, TEMPORARY, TERMS = "limit", "temporary", "terms"
# What whoever asks fills in.
CONTENT = {
    "partner_id",
    "company_id",
    "kind",
    "no_limit",
    "amount",
    "currency_id",
    "date_from",
    "date_to",
    "payment_term_id",
    "reason",
}


class CreditLimitRequest(models.Model):
    """Somebody asks for a limit or for payment terms; who has the authority decides.

    What is approved is applied in the same transaction. Only the actions move a
    request on; what was asked for stays as it was.
    """

    _name = "credit.limit.request"
    _description = "Limit Request"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    profile_id = fields.Many2one(
        "credit.profile",
        string="Debtor",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="cascade",
        groups=VIEWERS,
    )
    tier_id = fields.Many2one("credit.risk.tier", string="Risk tier", **NOW)
    limit_now = fields.Char(string="Limit in force", **NOW)
    exposure = fields.Monetary(currency_field="company_currency_id", **NOW)
    overdue_amount = fields.Monetary(
        string="Overdue", currency_field="company_currency_id", **NOW
    )
    advised_limit = fields.Monetary(
        string="Advised limit", currency_field="company_currency_id", **NOW
    )
    advised_reason = fields.Char(string="Why advised", **NOW)
    kind = fields.Selection(
        [
            (LIMIT, "Credit limit"),
            (TEMPORARY, "Temporary limit"),
            (TERMS, "Payment terms"),
        ],
        string="Asked for",
        required=True,
        default=LIMIT,
    )
    no_limit = fields.Boolean(string="No limit")
    amount = fields.Monetary(
        string="Limit",
        help="What the customer may owe altogether. 0 means no credit at all.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    company_amount = fields.Monetary(
        string="In company currency",
        compute="_compute_company_amount",
        currency_field="company_currency_id",
        compute_sudo=True,
        help="At today's rate.",
    )
    date_from = fields.Date(string="From", help="First day of the temporary limit.")
    date_to = fields.Date(string="To", help="Last day of the temporary limit.")
    payment_term_id = fields.Many2one(
        "account.payment.term", string="Payment terms", check_company=True
    )
    term_warning = fields.Char(
        string="Payment term beyond the law",
        compute="_compute_term_warning",
        compute_sudo=True,
    )
    missing = fields.Char(
        string="Missing for credit",
        compute="_compute_missing",
        compute_sudo=True,
        groups=VIEWERS,
    )
    reason = fields.Text(string="Why", required=True)
    asked = fields.Char(string="What is asked", compute="_compute_asked")
    requester_id = fields.Many2one(
        "res.users",
        string="Asked by",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        default=lambda self: self.env.uid,
    )
    request_date = fields.Date(string="Asked on", readonly=True, copy=False)
    until = fields.Date(
        string="Decide until",
        readonly=True,
        copy=False,
        help="The last day. Then the request ends by itself.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "To decide"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("expired", "Expired"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    decision_user_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, copy=False
    )
    decision_date = fields.Date(string="Decided on", readonly=True, copy=False)
    decision_reason = fields.Char(string="Reason given", readonly=True, copy=False)
    can_decide = fields.Boolean(
        string="To decide by me",
        compute="_compute_can_decide",
        search="_search_can_decide",
    )
    is_open = fields.Boolean(compute="_compute_is_open")

    _dates_in_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_from IS NULL OR date_to >= date_from)",
        "The last day of a temporary limit can't lie before the first.",
    )
    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "A credit limit can't be negative."
    )

    # -- computes --------------------------------------------------------------

    @api.depends(
        "kind",
        "no_limit",
        "amount",
        "currency_id",
        "date_from",
        "date_to",
        "payment_term_id",
    )
    @api.depends_context("lang")
    def _compute_asked(self):
        for request in self:
            request.asked = request._word_asked()

    def _word_asked(self) -> str:
        if self.kind == TERMS:
            return self.env._("Payment terms: %s", self.payment_term_id.name or "–")
        amount = format_amount(self.env, self.amount, self.currency_id)
        if self.kind == TEMPORARY:
            return self.env._(
                "%(amount)s from %(first)s to %(last)s",
                amount=amount,
                first=format_date(self.env, self.date_from) or "–",
                last=format_date(self.env, self.date_to) or "–",
            )
        return self.env._("No limit") if self.no_limit else amount

    @api.depends("partner_id", "asked")
    def _compute_display_name(self):
        for request in self:
            request.display_name = (
                f"{request.partner_id.sudo().name or ''}: {request.asked}"
            )

    @api.depends("amount", "currency_id", "company_id")
    def _compute_company_amount(self):
        for company, requests in self.grouped("company_id").items():
            today = company and company._credit_today()
            for request in requests:
                request.company_amount = request.currency_id and (
                    request.currency_id._convert(
                        request.amount, company.currency_id, company, today
                    )
                )

    @api.depends("payment_term_id", "partner_id", "company_id")
    @api.depends_context("lang")
    def _compute_term_warning(self):
        for request in self:
            term, partner = request.payment_term_id, request.partner_id
            request.term_warning = bool(term) and partner.with_company(
                request.company_id
            )._get_credit_term_warning(term, request.company_id._credit_today())

    @api.depends("partner_id", "company_id")
    @api.depends_context("lang")
    def _compute_now(self):
        """What whoever decides wants to see of the debtor."""
        for request in self:
            profile = request._get_debtor()
            request.tier_id = profile.tier_id
            request.limit_now = profile._word_effective_limit()
            for name in ("exposure", "overdue_amount", "advised_limit"):
                request[name] = profile[name]
            request.advised_reason = profile.advised_reason

    @api.depends("partner_id", "company_id", "kind")
    def _compute_missing(self):
        for request in self:
            checks = request.partner_id and request._get_missing_checks()
            request.missing = request.kind != TERMS and (
                ", ".join(checks.mapped("name")) if checks else False
            )

    @api.depends("state")
    def _compute_is_open(self):
        for request in self:
            request.is_open = request.state in ("draft", "submitted")

    # -- who decides -----------------------------------------------------------

    @api.depends(
        "state",
        "kind",
        "no_limit",
        "company_amount",
        "requester_id",
        "partner_id",
    )
    @api.depends_context("uid")
    def _compute_can_decide(self):
        for request in self:
            request.can_decide = request.is_open and request._may_decide(self.env.user)

    @api.model
    def _search_can_decide(self, operator, value):
        if operator != "in":
            return NotImplemented
        waiting = self.search([("state", "=", "submitted")])
        found = waiting.filtered("can_decide").ids
        return Domain("id", "in" if True in value else "not in", found)

    def _get_debtor(self):
        """The debtor file; a draft while there is none."""
        return self.sudo().profile_id or self.env["credit.profile"].sudo()._get_or_new(
            self.sudo().partner_id, self.company_id
        )

    def _get_authorities(self):
        """The authorities that reach as far as this request."""
        lines = self.env["credit.authority"]._get_for(
            self.company_id, self._get_debtor().tier_id
        )
        if self.kind == TERMS:
            return lines.filtered("may_terms")
        endless = self.kind == LIMIT and self.no_limit
        return lines._filtered_amount(None if endless else self.company_amount)

    def _get_authorities_of(self, user):
        """Those of ``user``: on his own request only what he decides on alone."""
        lines = self._get_authorities()._filtered_user(user)
        if user == self.requester_id:
            return lines._filtered_alone(self.company_id)
        return lines

    def _may_decide(self, user) -> bool:
        return user.has_group(VIEWERS) and bool(self._get_authorities_of(user))

    def _get_deciders(self):
        users = self._get_authorities()._get_users(self.company_id)
        return users.filtered(lambda user: self._may_decide(user))

    # -- rights ----------------------------------------------------------------

    @api.model
    def default_get(self, field_names):
        """What a caller gives along as a default is for what is asked for only."""
        own = {"state": "draft", "requester_id": self.env.uid}
        asked = [name for name in field_names if name in CONTENT]
        return super().default_get(asked) | {
            name: own[name] for name in own.keys() & set(field_names)
        }

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_content(vals)
        requests = super().create(vals_list)
        for request in requests:
            request._check_may_request()
            partner = request.sudo().partner_id.commercial_partner_id
            request.sudo().write(
                {
                    "partner_id": partner.id,
                    "profile_id": self.env["credit.profile"]
                    ._get_or_create(partner, request.company_id)
                    .id,
                }
            )
        return requests

    def write(self, vals):
        if not self.env.su and self._check_content(vals):
            if self.filtered(lambda request: request.state != "draft"):
                raise UserError(self.env._("What was asked for can't be changed."))
            if {"partner_id", "company_id"} & vals.keys():
                raise UserError(self.env._("Make a new request for that customer."))
        return super().write(vals)

    def _check_content(self, vals) -> bool:
        """Whether ``vals`` change what is asked for; decisions are not written."""
        own = set(self._fields) - CONTENT - set(self.env["mail.thread"]._fields)
        own -= set(self.env["mail.activity.mixin"]._fields)
        if not self.env.su and own & vals.keys():
            raise AccessError(
                self.env._("Requests are decided on with the buttons, not by hand.")
            )
        return bool(CONTENT & vals.keys())

    def _check_may_request(self) -> None:
        if not self.env.su and not self._may_request():
            raise AccessError(
                self.env._("Only credit officers ask for limits of this customer.")
            )

    def _may_request(self) -> bool:
        """Whether the user may ask for this customer. To be extended."""
        return self.env.user.has_group("credit_control.group_officer")

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts(self):
        if self.filtered(lambda request: request.state != "draft"):
            raise UserError(self.env._("Requests are kept as history: cancel it."))

    # -- actions ---------------------------------------------------------------

    def action_submit(self):
        """Ask those who may decide."""
        for request in self:
            request._submit()
            request._tell_deciders()
        return {"type": "ir.actions.act_window_close"}

    def action_apply(self):
        """Decide at once on what one asks for oneself."""
        for request in self:
            request._check_decider()
            if request.state == "draft":
                request._submit()
            request._approve("")
        return {"type": "ir.actions.act_window_close"}

    def action_decide(self):
        self.ensure_one()
        self._check_decider()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decide: %s", self.display_name),
            "res_model": "credit.limit.decision",
            "view_mode": "form",
            "target": "new",
            "context": {"default_request_id": self.id},
        }

    def action_cancel(self):
        for request in self:
            request._check_may_request()
            if not request.is_open:
                raise UserError(self.env._("It has been decided on already."))
            request._close("cancelled", "")
        return True

    # -- ask -------------------------------------------------------------------

    def _submit(self) -> None:
        self._check_may_request()
        if self.state != "draft":
            raise UserError(self.env._("It has been asked for already."))
        self._check_complete()
        today = self.company_id._credit_today()
        days = timedelta(self.company_id.sudo().credit_request_days)
        self.sudo().write(
            {"state": "submitted", "request_date": today, "until": today + days}
        )

    def _check_complete(self) -> None:
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why."))
        if self.kind == TERMS and not self.payment_term_id:
            raise UserError(self.env._("Choose the payment terms."))
        if self.kind == TEMPORARY:
            if not self.date_from or not self.date_to:
                raise UserError(
                    self.env._("Give the first and the last day of the limit.")
                )
            if self.date_to < self.company_id._credit_today():
                raise UserError(self.env._("The last day has gone by already."))

    def _tell_deciders(self) -> None:
        """An activity for everybody who may decide; Odoo mails it."""
        deciders = self._get_deciders()
        if not deciders:
            raise UserError(
                self.env._(
                    "Nobody has the authority to decide on this. Ask a credit manager "
                    "to add one under Configuration > Authorities."
                )
            )
        for user in deciders:
            self.sudo().activity_schedule(
                "credit_control.activity_limit_request",
                date_deadline=self.request_date,
                summary=self.display_name,
                note=self.reason,
                user_id=user.id,
            )

    # -- decide ----------------------------------------------------------------

    def _check_decider(self) -> None:
        if not self.env.su and not self._may_decide(self.env.user):
            raise AccessError(
                self.env._("You don't have the authority to decide on this request.")
            )

    def _lock_open(self) -> None:
        """From here on nobody else decides on this request.

        :raises UserError: somebody has, or is just about to
        """
        if not self.try_lock_for_update(allow_referencing=True):
            raise UserError(self.env._("Somebody else is just deciding on it."))
        self.invalidate_recordset(["state"])
        if self.state != "submitted":
            raise UserError(self.env._("This request isn't waiting for a decision."))

    def _approve(self, reason: str) -> None:
        self.ensure_one()
        self.check_access("read")
        self._lock_open()
        self._check_decider()
        self._check_complete()
        self._check_checks(reason)
        self.sudo()._apply()
        self._close("approved", reason)

    def _refuse(self, reason: str) -> None:
        self.ensure_one()
        self.check_access("read")
        self._lock_open()
        self._check_decider()
        if not reason.strip():
            raise UserError(self.env._("Say why it is refused."))
        self._close("refused", reason)

    def _check_checks(self, reason: str) -> None:
        """Refuse credit while something is missing that it depends on."""
        if self.kind == TERMS or not (self.amount or self.no_limit):
            return
        missing = self._get_missing_checks()
        if not missing:
            return
        names = ", ".join(missing.mapped("name"))
        lines = self._get_authorities_of(self.env.user).filtered("may_deviate")
        if not self.env.su and not lines:
            raise UserError(
                self.env._("No credit before this has been checked: %s.", names)
            )
        own = self.requester_id == self.env.user and self.reason
        if not (reason or own or "").strip():
            raise UserError(
                self.env._(
                    "Say why credit is granted though this is missing: %s.", names
                )
            )

    def _get_missing_checks(self):
        return self._get_debtor().open_check_ids.filtered("mandatory")

    def _apply(self) -> None:
        profile = self.profile_id.with_context(
            credit_limit_reason=self.reason, credit_limit_request=self.id
        )
        if self.kind == TERMS:
            profile._set_payment_term(self.payment_term_id)
        else:
            profile.write(self._prepare_limit_vals())

    def _prepare_limit_vals(self) -> dict:
        profile = self.profile_id
        if self.kind == TEMPORARY:
            return {
                "temp_limit": self._convert(self.amount, profile.agreed_currency_id),
                "temp_from": self.date_from,
                "temp_until": self.date_to,
            }
        own = self.currency_id == self.company_currency_id
        vals = {
            "no_limit": self.no_limit,
            "limit": self.amount,
            "limit_currency_id": False if own else self.currency_id.id,
        }
        if profile.temp_until and profile.agreed_currency_id != self.currency_id:
            # Both limits are in one currency: the temporary one keeps its worth.
            vals["temp_limit"] = profile.agreed_currency_id._convert(
                profile.temp_limit,
                self.currency_id,
                self.company_id,
                self.company_id._credit_today(),
            )
        return vals

    def _convert(self, amount: float, currency) -> float:
        """``amount`` of the request in ``currency``, at today's rate."""
        return self.currency_id._convert(
            amount, currency, self.company_id, self.company_id._credit_today()
        )

    def _close(self, state: str, reason: str) -> None:
        self.sudo().write(
            {
                "state": state,
                "decision_reason": reason,
                "decision_user_id": self.env.uid,
                "decision_date": self.company_id._credit_today(),
            }
        )
        self.sudo().activity_ids.unlink()
        self._tell_requester()

    def _tell_requester(self) -> None:
        requester = self.sudo().requester_id
        if requester == self.env.user:
            return
        states = dict(self._fields["state"]._description_selection(self.env))
        self.sudo().message_post(
            body=self.env._(
                "%(request)s: %(state)s. %(reason)s",
                request=self.display_name,
                state=states[self.state],
                reason=self.decision_reason or "",
            ),
            partner_ids=requester.partner_id.ids,
            author_id=self.env.user.partner_id.id,
        )

    @api.model
    def _expire_all(self) -> None:
        """Every night: what nobody decided on in time ends."""
        waiting = self.sudo().search([("state", "=", "submitted")])
        for company, requests in waiting.grouped("company_id").items():
            today = company._credit_today()
            for request in requests.filtered_domain([("until", "<", today)]):
                request._close("expired", "")
