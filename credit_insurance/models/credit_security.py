from datetime import date

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.credit_control.core.money import to_decimal
from odoo.addons.credit_control.rights import check_officer

from ..core import securities
from .credit_insurance_decision import claim_documents

KINDS = [
    (securities.FACTORING, "Factoring"),
    (securities.CREDIT_LETTER, "Letter of credit"),
    (securities.GUARANTEE, "Bank guarantee"),
    (securities.PARENT, "Parent guarantee"),
    (securities.DEPOSIT, "Deposit"),
    (securities.TITLE, "Retention of title"),
    (securities.RESERVE, "Own reserve"),
]
# What a security is worth is decided by a manager.
DECIDED = {
    "profile_id",
    "kind",
    "amount",
    "currency_id",
    "percent",
    "haircut",
    "valid_from",
    "valid_to",
    "claim_days",
    "guarantor_id",
    "guarantor_cap",
    "factor_limit",
    "with_recourse",
    "recourse_days",
    "irrevocable",
    "tolerance",
    "latest_shipment",
    "presentation_days",
    "reduction_ids",
}
NOTHING_OWED = securities.Situation()


class CreditSecurity(models.Model):
    """Somebody else answers for what a debtor owes, or something can be taken back."""

    _name = "credit.security"
    _description = "Security"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "profile_id, priority, id"
    _check_company_auto = True

    name = fields.Char(string="Number", help="The number of the document.")
    profile_id = fields.Many2one(
        "credit.profile",
        string="Debtor",
        required=True,
        index=True,
        ondelete="cascade",
        tracking=True,
    )
    company_id = fields.Many2one(
        related="profile_id.company_id", store=True, index=True
    )
    partner_id = fields.Many2one(related="profile_id.partner_id")
    kind = fields.Selection(
        KINDS, required=True, default=securities.GUARANTEE, tracking=True
    )
    state = fields.Selection(
        [
            ("draft", "To confirm"),
            ("active", "Confirmed"),
            ("ended", "Ended"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
    )
    issuer_id = fields.Many2one(
        "res.partner", string="Given by", help="Bank, factor or whoever answers."
    )
    amount = fields.Monetary(required=True, tracking=True)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        tracking=True,
    )
    percent = fields.Float(
        string="Covers (%)",
        default=100.0,
        required=True,
        tracking=True,
        help="Percentage of the loss within the amount.",
    )
    haircut = fields.Float(
        string="Haircut (%)",
        tracking=True,
        help="Percentage of the amount that you don't count on.",
    )
    priority = fields.Integer(
        default=10, help="The security with the lowest number is used first."
    )
    valid_from = fields.Date(
        string="From",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
    )
    valid_to = fields.Date(
        string="To", tracking=True, help="Last day. Empty: without end."
    )
    claim_days = fields.Integer(
        string="Days to claim",
        tracking=True,
        help="Days after the due date within which it has to be called. It counts if "
        "it outlives the latest due date and these days.",
    )
    needs_document = fields.Boolean(
        string="Needs a document",
        default=True,
        help="It is confirmed only when the document is attached.",
    )
    attachment_ids = fields.Many2many(
        "ir.attachment", string="Documents", help="The deed, letter or contract."
    )
    note = fields.Text(string="Conditions")
    end_reason = fields.Char(string="Why it ended", readonly=True, copy=False)
    ended_on = fields.Date(
        string="Ended on",
        readonly=True,
        copy=False,
        help="It counts for days before this one, as far as it was valid.",
    )

    # -- what it is worth today ------------------------------------------------

    counted_amount = fields.Monetary(
        string="Counts for",
        compute="_compute_counted",
        currency_field="company_currency_id",
        help="What it stands for today, in the company's currency.",
    )
    company_currency_id = fields.Many2one(
        string="Company currency", related="company_id.currency_id"
    )
    counts = fields.Boolean(compute="_compute_counted")
    is_fixed = fields.Boolean(compute="_compute_is_fixed")
    item_ids = fields.One2many(
        "credit.security.item", "security_id", string="Invoices", readonly=True
    )
    reason = fields.Char(string="Does it count?", compute="_compute_counted")

    # -- letter of credit ------------------------------------------------------

    confirmer_id = fields.Many2one("res.partner", string="Confirmed by")
    tolerance = fields.Float(
        string="Tolerance (± %)",
        tracking=True,
        help="By how much the amount drawn may differ: it counts for that much more.",
    )
    latest_shipment = fields.Date(
        string="Latest shipment",
        tracking=True,
        help="Last day to ship the goods. What is delivered later isn't secured.",
    )
    presentation_days = fields.Integer(
        string="Days to present",
        default=21,
        tracking=True,
        help="Days after the shipment to present the documents, before the letter of "
        "credit expires. An invoice whose documents weren't presented in time isn't "
        "secured. 0: until it expires.",
    )
    presentation_ids = fields.One2many(
        "credit.security.presentation", "security_id", string="Documents presented"
    )
    irrevocable = fields.Boolean(default=True, help="A revocable one doesn't count.")

    # -- guarantees ------------------------------------------------------------

    first_demand = fields.Boolean(
        string="On first demand", help="The bank pays without looking at disputes."
    )
    reduction_ids = fields.One2many(
        "credit.security.reduction", "security_id", string="Reduced over time"
    )
    guarantor_id = fields.Many2one(
        "res.partner", help="The parent company that answers."
    )
    guarantor_tier_id = fields.Many2one(
        "credit.risk.tier",
        string="Guarantor's tier",
        compute="_compute_guarantor_tier_id",
    )
    guarantor_cap = fields.Monetary(
        string="Cap", help="The guarantor never pays more. 0: the amount."
    )

    # -- factoring -------------------------------------------------------------

    factor_limit = fields.Monetary(
        string="Factor's limit",
        help="What the factor takes over of this debtor. 0: the amount.",
    )
    advance_percent = fields.Float(string="Advance (%)", default=80.0)
    reserve_percent = fields.Float(
        string="Reserve (%)", compute="_compute_reserve_percent"
    )
    fee_percent = fields.Float(string="Service fee (%)", digits=(6, 3))
    discount_rate = fields.Float(
        string="Discount rate (%)", digits=(6, 3), help="A year of 360 days."
    )
    with_recourse = fields.Boolean(
        string="With recourse",
        help="The factor gives unpaid invoices back to you: he pays, but bears no loss, "
        "so that nothing is secured.",
    )
    recourse_days = fields.Integer(
        string="Recourse days",
        help="Days after the due date: then he gives an unpaid invoice back, and takes "
        "back what he paid on it.",
    )

    _amounts_positive = models.Constraint(
        "CHECK (amount >= 0 AND guarantor_cap >= 0 AND factor_limit >= 0 "
        "AND claim_days >= 0 AND tolerance >= 0 AND presentation_days >= 0 "
        "AND recourse_days >= 0)",
        "Amounts and days of a security can't be negative.",
    )
    _percents = models.Constraint(
        "CHECK (percent > 0 AND percent <= 100 AND haircut BETWEEN 0 AND 100 "
        "AND advance_percent BETWEEN 0 AND 100)",
        "Percentages lie between 0 and 100.",
    )
    _dates_in_order = models.Constraint(
        "CHECK (valid_to IS NULL OR valid_from <= valid_to)",
        "The security ends before it begins: look at its dates.",
    )

    # -- computes --------------------------------------------------------------

    @api.depends("kind", "name", "issuer_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for security in self:
            words = (labels.get(security.kind), security.name, security.issuer_id.name)
            security.display_name = " – ".join(filter(None, words))

    @api.depends("advance_percent")
    def _compute_reserve_percent(self):
        for security in self:
            security.reserve_percent = 100 - security.advance_percent

    @api.depends("guarantor_id", "company_id")
    def _compute_guarantor_tier_id(self):
        found = self._find_guarantors()
        for security in self:
            key = security.guarantor_id.commercial_partner_id, security.company_id
            security.guarantor_tier_id = found.get(key, False)

    def _find_guarantors(self) -> dict:
        """{(guarantor, company): his risk tier}."""
        profiles = self.env["credit.profile"].sudo().with_context(active_test=False)
        files = profiles.search(
            [("partner_id", "in", self.guarantor_id.commercial_partner_id.ids)]
        )
        return {(file.partner_id, file.company_id): file.tier_id for file in files}

    @api.depends(
        "state",
        "amount",
        "percent",
        "haircut",
        "valid_from",
        "valid_to",
        "claim_days",
        "kind",
        "currency_id",
        "profile_id.open_amount",
        "guarantor_tier_id",
        "guarantor_cap",
        "factor_limit",
        "with_recourse",
        "irrevocable",
        "tolerance",
        "latest_shipment",
        "presentation_days",
        "presentation_ids.accepted",
        "presentation_ids.date",
        "presentation_ids.move_id",
        "reduction_ids.amount",
        "reduction_ids.date",
    )
    @api.depends_context("lang")
    def _compute_counted(self):
        today = fields.Date.context_today(self)
        situations = self.profile_id._get_situations(today)
        layers = self._get_layers(today, situations)
        for security in self:
            layer = layers[security]
            security.counts = layer.reason == securities.COUNTS
            counted = (layer.amount + layer.ahead) * layer.percent / 100
            security.counted_amount = float(counted) if security.counts else 0.0
            owed = security._get_owed(situations)
            security.reason = security._word_reason(layer, owed, today)

    def _word_reason(self, layer: securities.Layer, owed, as_of: date) -> str:
        reason = layer.reason
        if self.state != "active":
            return {
                "draft": self.env._("Not confirmed yet."),
                "ended": self.end_reason or self.env._("Ended."),
            }[self.state]
        words = {
            securities.COUNTS: self.env._("Counts."),
            securities.NOT_YET: self.env._("Not valid yet."),
            securities.EXPIRED: self.env._("Expired."),
            securities.OWN: self.env._("Your own reserve secures nothing."),
            securities.RECOURSE: self.env._("The factor takes recourse."),
            securities.REVOCABLE: self.env._("The letter of credit is revocable."),
            securities.POOR_GUARANTOR: self.env._("The guarantor is a poor risk."),
            securities.DISPUTED: self.env._("Nothing undisputed is open."),
            securities.NOTHING: self.env._("Nothing is left of it."),
            securities.SHIPPED_LATE: self.env._(
                "Nothing was delivered before the latest shipment date."
            ),
            securities.NOT_PRESENTED: self.env._(
                "The documents weren't presented in time."
            ),
            securities.NOT_FACTORED: self.env._(
                "No open invoice was made while it is valid."
            ),
        }
        if reason == securities.TOO_SHORT:
            day = securities.last_claim_day(self._get_core(as_of), owed, as_of)
            return self.env._(
                "Too short: claims may arise until %s.", format_date(self.env, day)
            )
        open_shares = [share for share in layer.shares if share.claim.amount]
        counting = [share for share in open_shares if share.amount]
        if reason == securities.COUNTS and len(counting) < len(open_shares):
            return self.env._(
                "Counts for %(counting)s of %(number)s open invoices.",
                counting=len(counting),
                number=len(open_shares),
            )
        return words[reason]

    # -- the rule --------------------------------------------------------------

    @api.model
    def _valid_domain(self, as_of: date) -> Domain:
        """Securities that were confirmed and had begun on ``as_of``, and not been ended
        yet.
        """
        ended_later = Domain("state", "=", "ended") & Domain("ended_on", ">", as_of)
        return Domain("valid_from", "<=", as_of) & (
            Domain("state", "=", "active") | ended_later
        )

    def _is_confirmed_on(self, as_of: date) -> bool:
        return self.state == "active" or bool(
            self.state == "ended" and self.ended_on and self.ended_on > as_of
        )

    def _get_layers(self, as_of: date, situations: dict | None = None) -> dict:
        """{security: what it stands for on ``as_of``, in the company's currency}, beside
        the other ones of its debtor.
        """
        if situations is None:
            situations = self.profile_id._get_situations(as_of)
        others = self.sudo().search(
            self._valid_domain(as_of)
            & Domain("profile_id", "in", self.profile_id.ids)
            & Domain("id", "not in", self.ids)
        )
        mine = self.filtered(lambda security: security._is_confirmed_on(as_of))
        found = (others | mine)._judge(situations, as_of)
        nothing = securities.Layer(securities.ZERO, securities.HUNDRED, "")
        return {security: found.get(security, nothing) for security in self}

    def _judge(self, situations: dict, as_of: date) -> dict:
        """The layers of all that the debtors of these securities gave."""
        found: dict = {}
        for profile, own in self.grouped(lambda one: one.profile_id._origin).items():
            ordered = own._sorted_by_use()
            cores = [security._get_core(as_of) for security in ordered]
            owed = situations.get(profile.id, NOTHING_OWED)
            layers = securities.layers(cores, owed, as_of)
            found.update(zip(ordered, layers, strict=True))
        return found

    def _sorted_by_use(self):
        return self.sorted(lambda one: (one.priority, one._origin.id or 0))

    def _get_owed(self, situations: dict) -> securities.Situation:
        return situations.get(self.profile_id._origin.id, NOTHING_OWED)

    def _get_core(self, as_of: date) -> securities.Security:
        cap = self.guarantor_cap if self.kind == securities.PARENT else 0
        cap = self.factor_limit if self.kind == securities.FACTORING else cap
        core = securities.Security(
            kind=self.kind,
            amount=self._convert(self.amount, as_of),
            valid_from=self.valid_from or as_of,
            valid_to=self.valid_to or None,
            percent=to_decimal(self.percent),
            haircut=to_decimal(self.haircut),
            priority=self.priority,
            claim_days=self.claim_days,
            cap=self._convert(cap, as_of) if cap else None,
            reductions=tuple(
                (step.date, self._convert(step.amount, as_of))
                for step in self.reduction_ids
            ),
            recourse=self.with_recourse,
            recourse_days=self.recourse_days,
            irrevocable=self.irrevocable,
            poor_guarantor=self.guarantor_tier_id.code == "poor",
        )
        if self.kind != securities.CREDIT_LETTER:
            return core
        presented = self.presentation_ids.filtered(lambda one: one.date <= as_of)
        return core._replace(
            tolerance=to_decimal(self.tolerance),
            latest_shipment=self.latest_shipment or None,
            presentation_days=self.presentation_days,
            presented=tuple(
                (one.move_id.id, None if one.accepted else one.date)
                for one in presented
            ),
        )

    def _convert(self, amount: float, as_of: date):
        company = self.company_id or self.env.company
        return to_decimal(
            self.currency_id._convert(amount, company.currency_id, company, as_of)
        )

    # -- rights ----------------------------------------------------------------

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_is_fixed(self):
        """Whether the user finds the terms as they are, as ``write`` will tell him."""
        may_decide = self._may_decide()
        for security in self:
            security.is_fixed = security.state != "draft" and not may_decide

    @api.constrains("kind", "guarantor_id")
    def _check_guarantor(self):
        for security in self:
            if security.kind == securities.PARENT and not security.guarantor_id:
                raise ValidationError(self.env._("Say who guarantees."))

    def write(self, vals):
        if DECIDED & vals.keys() and not self._may_decide():
            if self.filtered(lambda security: security.state != "draft"):
                raise AccessError(
                    self.env._("Only a credit manager changes a confirmed security.")
                )
        if not self.env.su and "state" in vals:
            raise AccessError(self.env._("Securities are confirmed with the buttons."))
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._claim_attachments()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(
            vals.get("state", "draft") != "draft" for vals in vals_list
        ):
            raise AccessError(self.env._("Securities are confirmed with the buttons."))
        found = super().create(vals_list)
        found._claim_attachments()
        return found

    def _claim_attachments(self) -> None:
        """Documents are for whoever may read the security."""
        for security in self:
            claim_documents(security.attachment_ids, security)

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts(self):
        if self.filtered(lambda security: security.state != "draft"):
            raise UserError(self.env._("Securities are kept as history: end it."))

    def _may_decide(self) -> bool:
        return self.env.su or self.env.user.has_group("credit_control.group_manager")

    # -- actions ---------------------------------------------------------------

    def action_confirm(self):
        """From here on it counts; a credit manager says so."""
        self.check_access("write")
        if not self._may_decide():
            raise AccessError(self.env._("Only a credit manager confirms securities."))
        for security in self.filtered(lambda one: one.state == "draft"):
            if security.needs_document and not security.attachment_ids:
                raise UserError(
                    self.env._(
                        "Attach the document of %s first.", security.display_name
                    )
                )
            security._step("active")
        return True

    def action_end(self):
        """Released or called: it counts no more."""
        check_officer(self.env, self.env._("Only credit officers end securities."))
        self.check_access("write")
        for security in self.filtered(lambda one: one.state != "ended"):
            today = security.company_id._credit_today()
            reason = self.env._(
                "Ended by %(user)s on %(day)s.",
                user=self.env.user.name,
                day=format_date(self.env, today),
            )
            security._step("ended", end_reason=reason, ended_on=today)
        return True

    def _step(self, state: str, **values) -> None:
        self.sudo().write({"state": state, **values})
        self.profile_id.invalidate_recordset()
