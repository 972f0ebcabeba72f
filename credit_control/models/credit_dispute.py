from datetime import date

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_amount, format_date

from ..core import disputes
from ..core.money import ZERO
from ..rights import check_officer

NEW, ACCEPTED, DECLINED, RESOLVED = "new", "accepted", "declined", "resolved"
# While the disputed part gets no reminders.
PAUSING = (NEW, ACCEPTED)
UNFOUNDED = "unfounded"
RESOLUTIONS = [
    ("credit_note", "Credit note"),
    ("correction", "Invoice corrected"),
    ("paid", "Paid after all"),
    (UNFOUNDED, "Unfounded"),
]
CAUSES = [
    ("sales", "Order or agreement"),
    ("price", "Price list or discount"),
    ("warehouse", "Warehouse"),
    ("transport", "Transport"),
    ("product", "Product"),
    ("service", "Service"),
    ("invoicing", "Invoicing"),
    ("payment", "Payment not matched"),
    ("debtor", "The debtor himself"),
    ("other", "Other"),
]
# What an officer changes in a form; all else is written by the actions.
EDITABLE = {"user_id", "deadline", "category_id", "cause", "contact_id"}


class CreditDispute(models.Model):
    """A debtor says why he doesn't pay a part of what he owes.

    The disputed part gets no reminders until it is answered; the rest does.
    """

    _name = "credit.dispute"
    _description = "Dispute"
    _inherit = ["mail.thread", "mail.activity.mixin", "credit.agreement"]
    _order = "opened_on desc, id desc"
    # Whoever may read a dispute takes part in its conversation.
    _mail_post_access = "read"

    partner_id = fields.Many2one(related="profile_id.partner_id", string="Customer")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    line_ids = fields.One2many(
        "credit.dispute.line", "dispute_id", string="Items", readonly=True
    )
    amount = fields.Monetary(
        string="Disputed", compute="_compute_amount", store=True, readonly=True
    )
    category_id = fields.Many2one(
        "credit.dispute.category",
        string="What is disputed",
        required=True,
        index=True,
        tracking=True,
        ondelete="restrict",
    )
    description = fields.Text(string="What the debtor says", readonly=True)
    contact_id = fields.Many2one(
        "res.partner",
        string="Raised by",
        ondelete="set null",
        help="Gets the answers that you send from here.",
    )
    by_debtor = fields.Boolean(
        string="Online",
        readonly=True,
        help="The debtor opened the dispute himself in his portal.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Answered by",
        index=True,
        tracking=True,
        domain=[("share", "=", False)],
        ondelete="restrict",
        help="Any colleague, also outside finance: he reads and answers this dispute.",
    )
    opened_on = fields.Date(string="Opened on", required=True, readonly=True)
    deadline = fields.Date(string="Answer by", required=True, tracking=True)
    state = fields.Selection(
        [
            (NEW, "New"),
            (ACCEPTED, "Accepted"),
            (DECLINED, "Declined"),
            (RESOLVED, "Resolved"),
        ],
        required=True,
        default=NEW,
        readonly=True,
        index=True,
        tracking=True,
        group_expand=True,
    )
    resolution = fields.Selection(
        RESOLUTIONS, string="Resolved how", readonly=True, tracking=True
    )
    cause = fields.Selection(
        CAUSES,
        string="Root cause",
        tracking=True,
        help="Where it went wrong in the end, whatever the debtor said.",
    )
    answer = fields.Text(readonly=True)
    ended_on = fields.Date(
        string="Ended on",
        readonly=True,
        help="The day on which reminders for the disputed part went on.",
    )
    days = fields.Integer(
        string="Days to resolve",
        compute="_compute_days",
        store=True,
        aggregator="avg",
    )
    is_late = fields.Boolean(
        string="Answer overdue", compute="_compute_is_late", search="_search_is_late"
    )
    closing = fields.Selection(
        [
            (disputes.CREDITED, "The disputed items are credited, at least in part."),
            (disputes.PAID, "The disputed items are paid."),
        ],
        string="Can be closed",
        compute="_compute_closing",
    )
    closing_proposed = fields.Boolean(readonly=True)
    can_answer = fields.Boolean(compute="_compute_can_answer")

    @api.depends("line_ids.amount")
    def _compute_amount(self):
        for dispute in self:
            dispute.amount = sum(dispute.line_ids.mapped("amount"))

    @api.depends("ended_on", "opened_on")
    def _compute_days(self):
        for dispute in self:
            ended = dispute.ended_on
            dispute.days = (ended - dispute.opened_on).days if ended else 0

    @api.depends("state", "deadline")
    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        for dispute in self:
            dispute.is_late = dispute.state == NEW and dispute.deadline < today

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        late = fields.Domain("state", "=", NEW) & fields.Domain("deadline", "<", today)
        return late if True in value else ~late

    @api.depends("state", "line_ids.item_id")
    def _compute_closing(self):
        found = self.sudo()._find_closing()
        for dispute in self:
            dispute.closing = found.get(dispute.sudo(), False)

    @api.depends("user_id")
    @api.depends_context("uid")
    def _compute_can_answer(self):
        officer = self.env.user.has_group("credit_control.group_officer")
        for dispute in self:
            dispute.can_answer = officer or dispute.user_id == self.env.user

    @api.depends("category_id", "line_ids.name")
    def _compute_display_name(self):
        for dispute in self:
            names = list(filter(None, dispute.line_ids.mapped("name")))
            dispute.display_name = self.env._(
                "%(documents)s: %(category)s",
                documents=", ".join(names[:2]) + (" …" if names[2:] else ""),
                category=dispute.category_id.name,
            )

    @api.constrains("user_id", "company_id")
    def _check_user(self):
        for dispute in self:
            user = dispute.user_id.sudo()
            if user and (user.share or dispute.company_id not in user.company_ids):
                raise ValidationError(
                    self.env._(
                        "%(user)s is no colleague in %(company)s.",
                        user=user.name,
                        company=dispute.company_id.name,
                    )
                )

    # -- rights ----------------------------------------------------------------

    def write(self, vals):
        if not self.env.su and vals.keys() - EDITABLE:
            raise AccessError(
                self.env._("What is written of a dispute is changed by its buttons.")
            )
        result = super().write(vals)
        if "user_id" in vals or "deadline" in vals:
            self._hand_on()
        return result

    def _as_answerer(self):
        """These disputes for an action of who answers them, or of an officer."""
        self.check_access("read")
        if not self.env.su and self.filtered(lambda dispute: not dispute.can_answer):
            raise AccessError(
                self.env._("Only who answers a dispute or a credit officer does that.")
            )
        return self.sudo()

    def _mail_get_partner_fields(self, introspect_fields=False):
        return ["contact_id"]

    # -- make ------------------------------------------------------------------

    @api.model
    def _make(self, vals: dict, amounts: dict, attachments=()):
        """A new dispute about ``amounts`` by item, on the desk of who answers it."""
        lines = self.env["credit.dispute.line"]._prepare_lines(amounts)
        dispute = self.create({**vals, "line_ids": list(map(Command.create, lines))})
        dispute.message_post(
            body=dispute.description or dispute.category_id.name,
            subtype_xmlid="mail.mt_note",
            attachments=list(attachments),
        )
        dispute._ask_for_answer()
        return dispute

    @api.model
    def _find_pausing(self, items):
        """Disputes for which some of ``items`` get no or smaller reminders."""
        return self.search(
            [("state", "in", PAUSING), ("line_ids.item_id", "in", items.ids)]
        )

    def _ask_for_answer(self) -> None:
        self.sudo().activity_schedule(
            "credit_control.activity_dispute",
            date_deadline=self.deadline,
            summary=self.env._("Answer the dispute"),
            note=self.description,
            user_id=self.user_id.id,
        )

    def _hand_on(self) -> None:
        """What there is to do moves along with who answers and by when."""
        for dispute in self.sudo().filtered(lambda dispute: dispute.state in PAUSING):
            activities = dispute.activity_ids.filtered(
                lambda activity: (
                    activity.activity_type_id
                    == self.env.ref("credit_control.activity_dispute")
                )
            )
            activities.write(
                {"user_id": dispute.user_id.id, "date_deadline": dispute.deadline}
            )

    # -- answer ----------------------------------------------------------------

    def _accept(self, answer: str) -> None:
        """The debtor is right: the part stays paused until it is put right."""
        chosen = self._as_answerer()
        chosen._check_state((NEW,))
        chosen.write({"state": ACCEPTED, "answer": answer})
        chosen._say(answer)
        chosen._done(self.env._("Accepted"))

    def _decline(self, answer: str, as_of: date) -> None:
        """The debtor is wrong: the part is claimed again."""
        chosen = self._as_answerer()
        chosen._check_state(PAUSING)
        if not (answer or "").strip():
            raise UserError(self.env._("Say why the dispute is declined."))
        chosen.write({"state": DECLINED, "answer": answer, "ended_on": as_of})
        chosen._say(answer)
        chosen._done(self.env._("Declined"))

    def _resolve(self, resolution: str, as_of: date, answer="", cause=None) -> None:
        """It is settled: nothing is paused any more."""
        check_officer(self.env, self.env._("Only credit officers resolve disputes."))
        chosen = self._as_answerer()
        chosen._check_state((*PAUSING, DECLINED))
        if not resolution:
            raise UserError(self.env._("Say how the dispute is resolved."))
        for dispute in chosen:
            dispute.write(
                {
                    "state": RESOLVED,
                    "resolution": resolution,
                    "answer": answer or dispute.answer,
                    "cause": cause or dispute.cause,
                    "ended_on": dispute.ended_on or as_of,
                }
            )
        chosen._say(answer)
        chosen._done(self.env._("Resolved"))

    def _check_state(self, states) -> None:
        if self.filtered(lambda dispute: dispute.state not in states):
            raise UserError(self.env._("This dispute has been answered already."))

    def _say(self, answer: str) -> None:
        if answer:
            for dispute in self:
                dispute.message_post(body=answer, subtype_xmlid="mail.mt_note")

    def _done(self, feedback: str) -> None:
        self.activity_feedback(["credit_control.activity_dispute"], feedback=feedback)
        for dispute in self:
            dispute._tell_file(dispute._word_state())

    # -- close -----------------------------------------------------------------

    @api.model
    def _propose_closing_all(self) -> None:
        """Tell who answers disputes that can be closed, once."""
        waiting = self.sudo().search(
            [("state", "in", PAUSING), ("closing_proposed", "=", False)]
        )
        found = waiting._find_closing()
        for dispute in (
            waiting.browse().union(*found).try_lock_for_update(allow_referencing=True)
        ):
            dispute.closing_proposed = True
            dispute.activity_schedule(
                "credit_control.activity_dispute",
                date_deadline=dispute.company_id._credit_today(),
                summary=self.env._("Close the dispute?"),
                note=dict(self._fields["closing"]._description_selection(self.env))[
                    found[dispute]
                ],
                user_id=dispute.user_id.id,
            )

    def _find_closing(self) -> dict:
        """{dispute: why it could be closed}; a constant number of queries."""
        pausing = self.filtered(lambda d: d.state in PAUSING)
        settled = pausing.line_ids._fetch_settled()
        reasons = {}
        for dispute in pausing:
            lines = [settled[line] for line in dispute.line_ids]
            reasons[dispute] = disputes.closing(
                sum((still for still, _credited in lines), ZERO),
                sum((credited for _still, credited in lines), ZERO),
            )
        return {dispute: reason for dispute, reason in reasons.items() if reason}

    # -- words -----------------------------------------------------------------

    def _get_figures(self) -> dict[str, str]:
        return {
            "amount": format_amount(self.env, self.amount, self.currency_id),
            "category": self.category_id.name,
            "documents": ", ".join(filter(None, self.line_ids.mapped("name"))),
            "day": format_date(self.env, self.opened_on),
        }

    def _word_made(self) -> str:
        return self.env._(
            "Disputed: %(amount)s of %(documents)s (%(category)s).",
            **self._get_figures(),
        )

    def _word_state(self) -> str:
        state = dict(self._fields["state"]._description_selection(self.env))
        return self.env._(
            "Dispute of %(day)s on %(documents)s: %(state)s. %(answer)s",
            state=state[self.state],
            answer=self.answer or "",
            **self._get_figures(),
        )

    # -- actions ---------------------------------------------------------------

    def action_accept(self):
        return self._get_answer_action(ACCEPTED, self.env._("Accept the dispute"))

    def action_decline(self):
        return self._get_answer_action(DECLINED, self.env._("Decline the dispute"))

    def action_resolve(self):
        return self._get_answer_action(RESOLVED, self.env._("Resolve the dispute"))

    def _get_answer_action(self, step: str, name: str) -> dict:
        self._as_answerer()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "credit.dispute.answer",
            "view_mode": "form",
            "target": "new",
            "context": {"default_dispute_ids": self.ids, "default_step": step},
        }


class CreditDisputeLine(models.Model):
    """An open item of which a part is disputed, or all."""

    _name = "credit.dispute.line"
    _description = "Disputed Item"
    _inherit = ["credit.agreed.item"]
    _order = "dispute_id, due_date, id"

    dispute_id = fields.Many2one(
        "credit.dispute", required=True, index=True, ondelete="cascade"
    )
    state = fields.Selection(related="dispute_id.state", store=True)
    company_id = fields.Many2one(related="dispute_id.company_id")
    currency_id = fields.Many2one(related="dispute_id.currency_id")

    # What is disputed of an item is one amount.
    _once_uniq = models.UniqueIndex(
        "(item_id) WHERE state IN ('new', 'accepted')",
        "One of these items has just been disputed already. Try again.",
    )

    def _word(self) -> str:
        """What is disputed, for the invoice."""
        return self.env._(
            "%(amount)s is disputed since %(day)s: %(category)s.",
            amount=format_amount(self.env, self.amount, self.currency_id),
            day=format_date(self.env, self.dispute_id.opened_on),
            category=self.dispute_id.category_id.name,
        )
