from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_amount, format_date

from odoo.addons.credit_control.core.money import to_decimal

from ..core import cover

# After EDIFACT code list 4507, credit cover response.
STATUSES = [
    ("preliminary", "Preliminary"),
    ("approved", "Approved"),
    ("refused", "Not approved"),
    ("conditional", "Conditional"),
    ("partly", "Partly approved"),
    ("investigation", "Under investigation"),
    ("cancelled", "Cancelled"),
    ("reduced", "Reduced"),
]
# These leave no cover, whatever the amount.
WITHOUT_COVER = ("refused", "cancelled")
# While the insurer looks into it what was decided before goes on.
UNDECIDED = "investigation"
EVIDENCE = [
    ("report", "Credit report"),
    ("experience", "Paid on time"),
]


def claim_documents(attachments, record) -> None:
    """Just uploaded ``attachments`` are for whoever may read ``record``."""
    fresh = attachments.sudo().filtered(lambda one: not one.res_id)
    fresh.write({"res_model": record._name, "res_id": record.id})


class CreditInsuranceDecision(models.Model):
    """What the insurer decided on a debtor: entered once, never changed.

    A wrong line is corrected by a new one that says so.
    """

    _name = "credit.insurance.decision"
    _description = "Decision of the Insurer"
    _order = "date_from desc, id desc"
    _rec_name = "reference"

    limit_id = fields.Many2one(
        "credit.insurance.limit",
        string="Insured limit",
        required=True,
        index=True,
        ondelete="restrict",
    )
    profile_id = fields.Many2one(
        related="limit_id.profile_id", store=True, string="Debtor", index=True
    )
    policy_id = fields.Many2one(related="limit_id.policy_id", store=True)
    company_id = fields.Many2one(related="limit_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="policy_id.currency_id")
    status = fields.Selection(STATUSES, required=True, default="approved")
    requested = fields.Monetary(help="What was asked for.")
    amount = fields.Monetary(
        string="Decided",
        help="What the insurer covers. Not approved and cancelled ones cover nothing.",
    )
    percent = fields.Float(
        string="Insured (%)",
        help="Insured percentage where the decision names one. 0: that of the policy.",
    )
    notice_date = fields.Date(
        string="Notice on", help="The day on which the insurer told."
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=fields.Date.context_today,
        help="The day it takes effect. What is delivered before stays covered as it "
        "was.",
    )
    date_to = fields.Date(
        string="To", help="Last day. Empty: until there is another decision."
    )
    temporary = fields.Boolean(
        help="Comes on top of the standing limit while it is valid.",
    )
    conditions = fields.Text(help="What the insurer asks for, e.g. a guarantee.")
    reference = fields.Char(
        string="Insurer's reference", help="The number of the insurer's decision."
    )
    evidence = fields.Selection(
        EVIDENCE, help="What a discretionary limit of your own rests on."
    )
    evidence_note = fields.Char(string="Evidence found")
    report_id = fields.Many2one(
        "credit.bureau.report",
        string="Credit report",
        ondelete="restrict",
        index="btree_not_null",
    )
    corrects_id = fields.Many2one(
        "credit.insurance.decision",
        string="Corrects",
        ondelete="restrict",
        index="btree_not_null",
        help="The wrong decision that this line replaces.",
    )
    corrected_by_ids = fields.One2many(
        "credit.insurance.decision", "corrects_id", string="Corrected by"
    )
    is_corrected = fields.Boolean(string="Corrected", compute="_compute_is_corrected")
    attachment_ids = fields.Many2many(
        "ir.attachment", string="Documents", help="The letter or e-mail of the insurer."
    )
    user_id = fields.Many2one(
        "res.users",
        string="Entered by",
        required=True,
        readonly=True,
        default=lambda self: self.env.uid,
    )

    _amounts_positive = models.Constraint(
        "CHECK (amount >= 0 AND requested >= 0)",
        "The insured limit can't be negative.",
    )
    _percent_range = models.Constraint(
        "CHECK (percent BETWEEN 0 AND 100)",
        "The insured percentage lies above 0 and at most at 100.",
    )
    _dates_in_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_from <= date_to)",
        "The decision ends before it begins: look at its dates.",
    )
    _temporary_ends = models.Constraint(
        "CHECK (temporary IS NOT TRUE OR date_to IS NOT NULL)",
        "A temporary limit has a last day.",
    )
    _once = models.UniqueIndex(
        "(limit_id, date_from, COALESCE(reference, ''), COALESCE(temporary, FALSE)) "
        "WHERE corrects_id IS NULL",
        "This decision is known already. If it is wrong, correct it by a new line.",
    )
    _corrected_once = models.UniqueIndex(
        "(corrects_id) WHERE corrects_id IS NOT NULL",
        "This decision has been corrected already.",
    )

    @api.depends("corrected_by_ids")
    def _compute_is_corrected(self):
        for decision in self:
            decision.is_corrected = bool(decision.corrected_by_ids)

    @api.depends("amount", "status", "date_from")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["status"]._description_selection(self.env))
        for decision in self:
            amount = format_amount(
                self.env, decision._get_amount(), decision.currency_id
            )
            day = format_date(self.env, decision.date_from)
            decision.display_name = f"{labels[decision.status]}: {amount}, {day}"

    @api.constrains("corrects_id", "limit_id")
    def _check_corrects(self):
        for decision in self.filtered("corrects_id"):
            if decision.corrects_id.limit_id != decision.limit_id:
                raise ValidationError(
                    self.env._("A line corrects a decision on the same debtor.")
                )

    # -- never changed ---------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                vals["user_id"] = self.env.uid
        decisions = super().create(vals_list)
        decisions.limit_id._check_own_cover()
        decisions._claim_attachments()
        decisions.limit_id._rebuild_periods()
        self.env["credit.insurance.request"].sudo()._answer(decisions)
        decisions._log_in_limits()
        return decisions

    def _log_in_limits(self) -> None:
        """One message a limit: a list of the insurer has thousands of them."""
        self.limit_id._message_log_batch(
            bodies={
                limit.id: Markup("<br/>").join(decisions.mapped("display_name"))
                for limit, decisions in self.grouped("limit_id").items()
            }
        )

    def write(self, vals):
        self._refuse_change()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _refuse_change(self):
        """Whoever asks: there is no right to change what the insurer decided."""
        if self:
            raise UserError(
                self.env._(
                    "Decisions of the insurer are never changed or deleted: correct a "
                    "wrong one by a new line."
                )
            )

    def _claim_attachments(self) -> None:
        """Documents are kept with the limit, for whoever may read that."""
        for decision in self:
            claim_documents(decision.attachment_ids, decision.limit_id)

    # -- what it means ---------------------------------------------------------

    def _filtered_deciding(self):
        return self.filtered(lambda decision: decision.status != UNDECIDED)

    def _get_amount(self) -> float:
        return 0.0 if self.status in WITHOUT_COVER else self.amount

    def _get_core(self) -> cover.Decision:
        return cover.Decision(
            number=self.id,
            amount=to_decimal(self._get_amount()),
            valid_from=self.date_from,
            valid_to=self.date_to or None,
            percent=to_decimal(self.percent) if self.percent else None,
            temporary=self.temporary,
        )

    def action_correct(self):
        """Replace this decision by a line that says what is right."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Correct a decision"),
            "res_model": "credit.insurance.decide",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_limit_id": self.limit_id.id,
                "default_corrects_id": self.id,
                "default_status": self.status,
                "default_requested": self.requested,
                "default_amount": self.amount,
                "default_percent": self.percent,
                "default_notice_date": self.notice_date,
                "default_date_from": self.date_from,
                "default_date_to": self.date_to,
                "default_temporary": self.temporary,
                "default_conditions": self.conditions,
                "default_reference": self.reference,
            },
        }
