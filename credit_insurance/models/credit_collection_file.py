from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount, format_date

from odoo.addons.credit_control.rights import check_officer

from ..core import collection
from .credit_collection_agency import AMICABLE, PRE_COLLECTION, SERVICES

STATES = [
    (collection.DRAFT, "Proposed"),
    (collection.READY, "Approved"),
    (collection.SENT, "Sent"),
    (collection.ACCEPTED, "Accepted"),
    (collection.REJECTED, "Rejected"),
    (collection.PRE_COLLECTION, "Pre-collection"),
    (collection.AMICABLE, "Amicable"),
    (collection.PLAN, "Paying by plan"),
    (collection.DISPUTED, "Disputed"),
    (collection.LEGAL, "Legal"),
    (collection.ENFORCEMENT, "Enforcement"),
    (collection.CLOSED, "Closed"),
]
PAID, PARTLY, IRRECOVERABLE, WITHDRAWN = (
    "paid",
    "partly",
    "irrecoverable",
    "withdrawn",
)
OUTCOMES = [
    (PAID, "Paid"),
    (PARTLY, "Paid in part"),
    (IRRECOVERABLE, "Irrecoverable"),
    (WITHDRAWN, "Withdrawn"),
]
BASES = [
    ("law", "All that the law allows"),
    ("level", "What the reminders claimed"),
]
# What an officer changes in the form; all else is written by the buttons.
EDITABLE = {
    *("agency_id", "service", "basis", "agency_reference", "note", "handler_id"),
    *("is_of_business", "is_no_authority", "solvency_date"),
}
# Of these only while the file is with us.
PREPARED = {"agency_id", "service", "basis"}


class CreditCollectionFile(models.Model):
    """What one debtor owes, handed over to be collected by somebody else.

    It is prepared by officers, decided on and sent by managers. What is claimed is
    frozen when it is sent; from then on until it comes back its items, and no others,
    get no reminders.
    """

    _name = "credit.collection.file"
    _description = "Collection File"
    _inherit = ["mail.thread", "mail.activity.mixin", "credit.dossier"]
    _order = "id desc"
    _mail_post_access = "read"
    _check_company_auto = True

    name = fields.Char(
        string="File", required=True, readonly=True, copy=False, default="/"
    )
    profile_id = fields.Many2one(
        "credit.profile",
        string="Debtor",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(related="profile_id.partner_id", string="Customer")
    company_id = fields.Many2one(related="profile_id.company_id", store=True)
    collector_id = fields.Many2one(related="profile_id.collector_id")
    handler_id = fields.Many2one(
        "res.users",
        string="Followed by",
        domain=[("share", "=", False)],
        index="btree_not_null",
        tracking=True,
        help="Gets the activities of this file. Empty: the collector of the debtor.",
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    agency_id = fields.Many2one(
        "credit.collection.agency",
        tracking=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    service = fields.Selection(SERVICES, required=True, default=AMICABLE, tracking=True)
    basis = fields.Selection(
        BASES,
        string="Costs and interest",
        required=True,
        default="law",
        help="What is claimed beside the invoices: what the law allows until the day "
        "the file is sent, or no more than the reminders claimed.",
    )
    agency_reference = fields.Char(string="Number at the agency", tracking=True)
    by_policy = fields.Boolean(string="Proposed by the policy", readonly=True)
    note = fields.Html(string="Remarks for the agency")

    state = fields.Selection(
        STATES,
        required=True,
        default=collection.DRAFT,
        readonly=True,
        index=True,
        tracking=True,
        copy=False,
        group_expand="_order_states",
    )
    is_open = fields.Boolean(compute="_compute_standing", store=True)
    is_held = fields.Boolean(
        string="With the agency", compute="_compute_standing", store=True
    )
    outcome = fields.Selection(OUTCOMES, readonly=True, tracking=True, index=True)
    date = fields.Date(string="Made on", required=True, readonly=True)
    decided_by_id = fields.Many2one("res.users", string="Decided by", readonly=True)
    decided_date = fields.Date(string="Decided on", readonly=True)
    sent_date = fields.Date(string="Handed over on", readonly=True, index=True)
    closed_date = fields.Date(string="Ended on", readonly=True)
    close_reason = fields.Char(string="Why it ended", readonly=True)
    days = fields.Integer(
        compute="_compute_days",
        help="Since it was handed over, until it ended.",
    )

    line_ids = fields.One2many(
        "credit.collection.line", "file_id", string="Items", readonly=True
    )
    step_ids = fields.One2many(
        "credit.collection.step", "file_id", string="History", readonly=True
    )
    last_remark = fields.Char(related="step_ids.reason", string="Last remark")
    claimed_principal = fields.Monetary(
        string="Invoices", compute="_compute_claimed", store=True
    )
    claimed_interest = fields.Monetary(
        string="Interest", compute="_compute_claimed", store=True
    )
    claimed_costs = fields.Monetary(
        string="Costs", compute="_compute_claimed", store=True
    )
    claimed_amount = fields.Monetary(
        string="Claimed", compute="_compute_claimed", store=True
    )
    oldest_due = fields.Date(
        string="Oldest due date", compute="_compute_claimed", store=True
    )

    _agency_of_service = models.Constraint(
        "CHECK (agency_id IS NOT NULL OR state IN ('draft', 'ready', 'closed'))",
        "A file that is handed over names the agency.",
    )

    @api.model
    def _order_states(self, states, domain):
        """The columns of the kanban as a file goes, not by the alphabet."""
        return [code for code, _label in STATES if code in states]

    @api.depends("name", "profile_id")
    def _compute_display_name(self):
        for file in self:
            file.display_name = f"{file.name} – {file.profile_id.display_name}"

    @api.depends("state")
    def _compute_standing(self):
        for file in self:
            file.is_open = file.state in collection.OPEN
            file.is_held = file.state in collection.HELD

    @api.depends("line_ids.amount", "line_ids.interest", "line_ids.costs")
    def _compute_claimed(self):
        for file in self:
            lines = file.line_ids
            file.claimed_principal = sum(lines.mapped("amount"))
            file.claimed_interest = sum(lines.mapped("interest"))
            file.claimed_costs = sum(lines.mapped("costs"))
            file.claimed_amount = (
                file.claimed_principal + file.claimed_interest + file.claimed_costs
            )
            file.oldest_due = min(lines.mapped("due_date"), default=False)

    @api.depends("sent_date", "closed_date")
    def _compute_days(self):
        for file in self:
            end = file.closed_date or fields.Date.context_today(file)
            file.days = (end - file.sent_date).days if file.sent_date else 0

    # -- rights ----------------------------------------------------------------

    def write(self, vals):
        self._check_editable(vals)
        return super().write(vals)

    def _check_editable(self, vals) -> None:
        """What is claimed, and where the file stands, the buttons write."""
        if self.env.su:
            return
        if vals.keys() - EDITABLE:
            raise AccessError(
                self.env._("What is written of a file is changed by its buttons.")
            )
        with_us = (collection.DRAFT, collection.READY)
        if PREPARED & vals.keys() and any(file.state not in with_us for file in self):
            raise UserError(
                self.env._("The file is handed over: who collects it stays as it is.")
            )

    def _as_officer(self):
        """These files for an action that officers take."""
        check_officer(self.env, self.env._("Only credit officers handle files."))
        self.check_access("read")
        return self.sudo()

    def _as_manager(self):
        """These files for what managers decide, within their authority."""
        if not self.env.su and not self.env.user.has_group(
            "credit_control.group_manager"
        ):
            raise AccessError(
                self.env._("Only credit managers decide what is handed over.")
            )
        self.check_access("read")
        for file in self.sudo():
            file._check_authority(self.env.user)
        return self.sudo()

    def _check_authority(self, user) -> None:
        """Refuse who has no authority on so much."""
        if self.env.su and user._is_superuser():
            return
        company = self.company_id
        amount = self.currency_id._convert(
            self.claimed_amount,
            company.currency_id,
            company,
            self.date,
        )
        lines = self.env["credit.authority"]._get_for(company, self.profile_id.tier_id)
        if not lines._filtered_amount(amount)._filtered_user(user):
            raise AccessError(
                self.env._(
                    "%(file)s claims %(amount)s: that is above your authority.",
                    file=self.display_name,
                    amount=format_amount(self.env, amount, company.currency_id),
                )
            )

    def _mail_get_partner_fields(self, introspect_fields=False):
        return ["partner_id"]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        if self.filtered("sent_date"):
            raise UserError(self.env._("A file that was sent is kept as history."))

    # -- make ------------------------------------------------------------------

    @api.model
    def _make(self, profile, items, as_of: date, **values):
        """A new file about ``items``, receivable items of one debtor and currency."""
        return self._make_many([(profile, items, values)], as_of)

    @api.model
    def _make_many(self, wanted: list[tuple], as_of: date):
        """New files.

        :param wanted: for each its debtor, receivable items of him in one currency,
            and values; without an ``agency`` among them the first one that collects
            from him
        """
        items = self.env["account.move.line"].concat(*(own for _p, own, _v in wanted))
        read = self.env["credit.collection.line"]._prepare_file_lines(items)
        lines = {vals["item_id"]: Command.create(vals) for vals in read}
        # Read together, whoever they come from.
        profiles = self.env["credit.profile"].browse(p.id for p, _i, _v in wanted)
        agencies = self.env["credit.collection.agency"]._find_for_each(profiles, as_of)
        files = self.create(
            [
                {
                    "profile_id": profile.id,
                    "currency_id": own.currency_id.id,
                    "line_ids": [lines[item.id] for item in own],
                    **self._prepare_file(
                        profile, as_of, **{"agency": agencies[profile], **values}
                    ),
                }
                for profile, (_p, own, values) in zip(profiles, wanted, strict=True)
            ]
        )
        files._note_step(as_of, "")
        files._bring_up_to_date(as_of)
        return files

    @api.model
    def _prepare_file(self, profile, as_of: date, agency, **values) -> dict:
        return {
            "name": self.env["ir.sequence"]
            .with_company(profile.company_id)
            .next_by_code("credit.collection.file", sequence_date=as_of),
            "agency_id": agency.id,
            "service": self._get_first_service(agency),
            "basis": "level" if profile.debtor_kind == "consumer" else "law",
            "date": as_of,
            **values,
        }

    def _get_first_service(self, agency) -> str:
        services = agency._get_services() if agency else []
        amicable = [code for code in services if code != PRE_COLLECTION]
        return (amicable or services or [AMICABLE])[0]

    @api.onchange("agency_id")
    def _onchange_agency_id(self):
        services = self.agency_id._get_services() if self.agency_id else []
        if services and self.service not in services:
            self.service = self._get_first_service(self.agency_id)

    # -- states ----------------------------------------------------------------

    def _move(self, state: str, as_of: date, reason: str = "", **values) -> None:
        """Go on to ``state``: the history says when, by whom and why."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        for file in self:
            if not collection.may_move(file.state, state):
                raise UserError(
                    self.env._(
                        '%(file)s is "%(before)s": it can\'t become "%(after)s".',
                        file=file.display_name,
                        before=labels[file.state],
                        after=labels[state],
                    )
                )
            file.write({"state": state, **values})
            file._note_step(as_of, reason)

    def _note_step(self, as_of: date, reason: str) -> None:
        self.env["credit.collection.step"].create(
            [
                {
                    "file_id": file.id,
                    "date": as_of,
                    "state": file.state,
                    "agency_id": file.agency_id.id,
                    "user_id": self.env.uid,
                    "reason": reason,
                }
                for file in self
            ]
        )

    def action_approve(self):
        """A manager decides to hand these files over."""
        for file in self._as_manager():
            today = file.company_id._credit_today()
            file._bring_up_to_date(today)
            file._check_sendable(today)
            file._move(
                collection.READY,
                today,
                decided_by_id=self.env.uid,
                decided_date=today,
            )
        return True

    def action_back(self):
        """Take approved or rejected files back into preparation."""
        for file in self._as_officer():
            today = file.company_id._credit_today()
            file._move(collection.DRAFT, today, decided_by_id=False, decided_date=False)
            file._bring_up_to_date(today)
        return True

    def action_accept(self):
        """The agency takes the files on."""
        for file in self._as_officer():
            file._move(collection.ACCEPTED, file.company_id._credit_today())
        return True

    def action_start(self):
        """The agency begins its work on accepted files."""
        for file in self._as_officer():
            file._move(file.service, file.company_id._credit_today())
        return True

    def action_report(self):
        """Ask what the agency reports: a new state, or the end of the file."""
        return self._ask("report", self.env._("What the agency reports"))

    def action_withdraw(self):
        """Ask why a file is taken away from the agency."""
        return self._ask("withdraw", self.env._("Withdraw"))

    def action_close(self):
        """Ask how files ended; of proposals only why they are not handed over."""
        with_us = (collection.DRAFT, collection.READY)
        if all(file.state in with_us for file in self):
            return self._ask("drop", self.env._("Don't hand over"))
        return self._ask("close", self.env._("Close the file"))

    def _ask(self, question: str, name: str) -> dict:
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "credit.collection.move",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_file_ids": self.ids,
                "default_question": question,
            },
        }

    def _close(self, outcome: str, as_of: date, reason: str) -> None:
        """End these files; what is left of them is reminded again, or lost."""
        self._move(
            collection.CLOSED,
            as_of,
            reason,
            outcome=outcome,
            closed_date=as_of,
            close_reason=reason,
        )
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        for file in self:
            file.profile_id._message_log(
                body=self.env._(
                    "Collection file %(file)s ended: %(outcome)s. %(reason)s",
                    file=file.name,
                    outcome=labels[outcome],
                    reason=reason,
                )
            )
            file._after_close(as_of)

    def _after_close(self, as_of: date) -> None:
        """What follows when a file has ended. To be extended."""

    # -- words -----------------------------------------------------------------

    def _word_since(self) -> str:
        """With whom it is since when, e.g. for the invoice."""
        return self.env._(
            "With %(agency)s since %(day)s",
            agency=self.agency_id.name,
            day=format_date(self.env, self.sent_date),
        )

    def _get_handler(self):
        """Who is told what happens with the file."""
        return self.handler_id or self.profile_id._get_responsible(
            self.decided_by_id, self.create_uid
        )

    def _plan_activity(self, summary: str, note: str, as_of: date) -> None:
        self.activity_schedule(
            "credit_insurance.activity_collection",
            date_deadline=as_of,
            summary=summary,
            note=note,
            user_id=(self._get_handler() or self.env.user).id,
        )

    # -- actions ---------------------------------------------------------------

    def action_open_debtor(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "credit.profile",
            "res_id": self.profile_id.id,
            "view_mode": "form",
        }

    def _get_form_action(self) -> dict:
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_insurance.action_collection_file"
        )
        if len(self) != 1:
            return {**action, "domain": [("id", "in", self.ids)], "context": {}}
        return {
            **action,
            "views": [(False, "form")],
            "view_mode": "form",
            "res_id": self.id,
        }


class CreditCollectionStep(models.Model):
    """A file reached a state: who reported it, when and why."""

    _name = "credit.collection.step"
    _description = "Step of a Collection File"
    _order = "file_id, date desc, id desc"
    _rec_name = "state"

    file_id = fields.Many2one(
        "credit.collection.file", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="file_id.company_id")
    date = fields.Date(required=True)
    state = fields.Selection(STATES, required=True)
    agency_id = fields.Many2one("credit.collection.agency", ondelete="set null")
    user_id = fields.Many2one("res.users", string="By", ondelete="restrict")
    reason = fields.Char(string="Remark")
