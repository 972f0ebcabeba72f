from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount, format_date

from odoo.addons.credit_control.rights import check_officer

from ..models.credit_insurance_decision import (
    EVIDENCE,
    STATUSES,
    UNDECIDED,
    WITHOUT_COVER,
)
from ..models.credit_insurance_terms import KINDS

ENTERED = (
    "status",
    "requested",
    "amount",
    "percent",
    "notice_date",
    "date_from",
    "date_to",
    "temporary",
    "conditions",
    "reference",
)


class CreditInsuranceDecide(models.TransientModel):
    """Enter what the insurer decided, or cover a debtor within the policy oneself."""

    _name = "credit.insurance.decide"
    _description = "Enter a Decision"

    limit_id = fields.Many2one("credit.insurance.limit", string="Insured limit")
    policy_id = fields.Many2one(
        "credit.insurance.policy",
        compute="_compute_policy_id",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    profile_id = fields.Many2one(
        "credit.profile",
        string="Debtor",
        compute="_compute_profile_id",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    company_id = fields.Many2one(related="profile_id.company_id")
    currency_id = fields.Many2one(related="policy_id.currency_id")
    kind = fields.Selection(
        KINDS,
        compute="_compute_kind",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    is_own = fields.Boolean(compute="_compute_is_own")
    buyer_reference = fields.Char(
        string="Buyer number",
        compute="_compute_buyer_reference",
        store=True,
        readonly=False,
    )
    corrects_id = fields.Many2one(
        "credit.insurance.decision", string="Corrects", readonly=True
    )
    status = fields.Selection(STATUSES, required=True, default="approved")
    requested = fields.Monetary()
    amount = fields.Monetary(string="Decided")
    percent = fields.Float(string="Insured (%)")
    notice_date = fields.Date(string="Notice on", default=fields.Date.context_today)
    date_from = fields.Date(
        string="From", required=True, default=fields.Date.context_today
    )
    date_to = fields.Date(string="To")
    temporary = fields.Boolean()
    conditions = fields.Text()
    reference = fields.Char(string="Insurer's reference")
    attachment_ids = fields.Many2many("ir.attachment", string="Documents")
    evidence = fields.Selection(EVIDENCE)
    evidence_found = fields.Char(
        string="Evidence found", compute="_compute_evidence_found"
    )
    own_limit = fields.Monetary(
        string="You may decide up to", compute="_compute_own_limit"
    )

    # One method for each: a value that the window is opened with keeps the method of
    # its field from being called.

    @api.depends("limit_id")
    def _compute_profile_id(self):
        for wizard in self:
            wizard.profile_id = wizard.limit_id.profile_id or wizard.profile_id

    @api.depends("limit_id")
    def _compute_kind(self):
        for wizard in self:
            wizard.kind = wizard.limit_id.kind or wizard.kind or "full"

    @api.depends("limit_id")
    def _compute_buyer_reference(self):
        for wizard in self:
            known = wizard.limit_id.buyer_reference
            wizard.buyer_reference = known or wizard.buyer_reference

    @api.depends("limit_id", "profile_id")
    def _compute_policy_id(self):
        """That of the limit, or the one in force."""
        requests = self.env["credit.insurance.request"]
        for wizard in self:
            company = wizard.profile_id.company_id or self.env.company
            wizard.policy_id = (
                wizard.limit_id.policy_id
                or wizard.policy_id
                or requests._get_default_policy(company)
            )

    @api.depends("kind")
    def _compute_is_own(self):
        for wizard in self:
            wizard.is_own = wizard.kind in ("discretionary", "blind")

    @api.depends("kind", "policy_id", "profile_id")
    def _compute_own_limit(self):
        for wizard in self:
            terms = wizard.policy_id and wizard.policy_id._get_terms(
                wizard.profile_id.partner_id.country_id, wizard.kind
            )
            wizard.own_limit = float(terms.discretionary) if terms else 0.0

    @api.depends("evidence", "profile_id", "date_from")
    @api.depends_context("lang")
    def _compute_evidence_found(self):
        for wizard in self:
            wizard.evidence_found = False
            if wizard.evidence and wizard.profile_id and wizard.date_from:
                found = wizard.profile_id._find_evidence(
                    wizard.evidence, wizard.policy_id, wizard.date_from
                )
                wizard.evidence_found = found.words

    # -- apply -----------------------------------------------------------------

    def action_apply(self):
        self.ensure_one()
        check_officer(self.env, self.env._("Only credit officers enter decisions."))
        self._check_amount()
        evidence = self._check_own() if self.is_own else {}
        limit = self.limit_id
        if limit.is_own != self.is_own or not limit:
            # What one decided oneself never becomes the insurer's, nor the reverse.
            limit = self._find_limit()
        limit.check_access("write")
        if self.buyer_reference and self.buyer_reference != limit.buyer_reference:
            limit.buyer_reference = self.buyer_reference
        if self.kind != limit.kind:
            limit.kind = self.kind
        decisions = self.env["credit.insurance.decision"]
        decisions.create({**self._prepare_decision_vals(limit), **evidence})
        return {"type": "ir.actions.act_window_close"}

    def _check_amount(self) -> None:
        """Nothing typed is not a limit of nothing."""
        if not self.amount and self.status not in (*WITHOUT_COVER, UNDECIDED):
            raise UserError(
                self.env._(
                    "Say how much is covered. If nothing is, choose Not approved or "
                    "Cancelled."
                )
            )

    def _prepare_decision_vals(self, limit) -> dict:
        return {
            **{name: self[name] for name in ENTERED},
            "limit_id": limit.id,
            "corrects_id": self.corrects_id.id,
            "attachment_ids": [(6, 0, self.attachment_ids.ids)],
        }

    def _find_limit(self):
        """The limit of this debtor in the policy, made where there is none."""
        limits = self.env["credit.insurance.limit"]
        found = limits.search(
            [
                ("policy_id", "=", self.policy_id.id),
                ("profile_id", "=", self.profile_id.id),
                ("is_own", "=", self.is_own),
            ]
        )
        return found or limits.create(
            {
                "policy_id": self.policy_id.id,
                "profile_id": self.profile_id.id,
                "kind": self.kind,
                "buyer_reference": self.buyer_reference,
            }
        )

    def _check_own(self) -> dict:
        """Own cover is a manager's, within the policy, on evidence that is valid.

        Returns what the decision keeps of the evidence.
        """
        if not self.env.su and not self.env.user.has_group(
            "credit_control.group_manager"
        ):
            raise AccessError(
                self.env._("Only a credit manager gives discretionary or blind cover.")
            )
        if self.own_limit and self.amount > self.own_limit:
            raise UserError(
                self.env._(
                    "The policy lets you decide up to %s.",
                    format_amount(self.env, self.own_limit, self.currency_id),
                )
            )
        self._check_not_decided()
        if self.kind == "blind":
            return self._check_blind()
        return self._check_discretionary()

    def _check_not_decided(self) -> None:
        """Own cover has lapsed where the insurer has decided, also a zero."""
        theirs = self.env["credit.insurance.decision"].search(
            [
                ("policy_id", "=", self.policy_id.id),
                ("profile_id", "=", self.profile_id.id),
                ("limit_id.is_own", "=", False),
                ("date_from", "<=", self.date_from),
            ]
        )
        deciding = theirs._filtered_deciding().filtered(
            lambda one: not one.is_corrected
        )
        if deciding:
            raise UserError(
                self.env._(
                    "The insurer has decided on this debtor already (%s): you can't "
                    "cover him yourself.",
                    deciding[0].display_name,
                )
            )

    def _check_discretionary(self) -> dict:
        if not self.evidence:
            raise UserError(self.env._("Say what the discretionary limit rests on."))
        found = self.profile_id._find_evidence(
            self.evidence, self.policy_id, self.date_from
        )
        if not found.until:
            raise UserError(found.words)
        if not self.date_to or self.date_to > found.until:
            self.date_to = found.until
        return {
            "evidence": self.evidence,
            "evidence_note": found.words,
            "report_id": found.report.id,
            "date_to": self.date_to,
        }

    def _check_blind(self) -> dict:
        """Blind cover asks that nothing adverse is known."""
        adverse = self.profile_id._find_adverse(self.date_from)
        if adverse:
            raise UserError(adverse)
        if not self.date_to:
            self.date_to = self.date_from + relativedelta(months=12, days=-1)
        day = format_date(self.env, self.date_from)
        return {
            "evidence_note": self.env._("Nothing adverse was known on %s.", day),
            "date_to": self.date_to,
        }
