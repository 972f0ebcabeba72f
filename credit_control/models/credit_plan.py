from collections import defaultdict
from decimal import Decimal
from textwrap import shorten

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_amount, format_date

from ..core import plans
from ..core.money import to_decimal
from ..rights import check_officer

EQUAL, ANNUITY, FREE = "equal", "annuity", "free"
KINDS = [
    (EQUAL, "Equal terms"),
    (ANNUITY, "Equal terms with interest"),
    (FREE, "Terms as agreed"),
]
PERIODS = [
    (plans.WEEKLY, "Every week"),
    (plans.TWO_WEEKLY, "Every two weeks"),
    (plans.MONTHLY, "Every month"),
]
INCLUDED, DEFERRED, WAIVED = "included", "deferred", "waived"
CHARGES = [
    (INCLUDED, "Paid with the plan"),
    (DEFERRED, "Still due after the plan"),
    (WAIVED, "Waived when the plan is kept"),
]
# Those that hold their items: nobody else may plan or remind them.
HOLDING = ("proposed", "active")
WAITING = ("draft", "requested")


class CreditPlan(models.Model):
    """Open items that a debtor pays in terms, as agreed in writing.

    A plan that was offered or signed pauses its items and no others. What is paid of
    them pays the terms in order; it is judged by itself, every day.
    """

    _name = "credit.plan"
    _description = "Instalment Plan"
    _inherit = ["portal.mixin", "credit.agreement"]
    _order = "date desc, id desc"

    partner_id = fields.Many2one(related="profile_id.partner_id", string="Customer")
    collector_id = fields.Many2one(related="profile_id.collector_id")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    by_debtor = fields.Boolean(string="Asked by the debtor", readonly=True)
    date = fields.Date(string="Made on", required=True, readonly=True)
    kind = fields.Selection(KINDS, string="Terms", required=True, readonly=True)
    period = fields.Selection(PERIODS, string="How often", required=True, readonly=True)
    rate = fields.Float(string="Interest a year (%)", digits=(5, 2), readonly=True)
    charges = fields.Selection(
        CHARGES, string="Costs and interest so far", required=True, readonly=True
    )
    charge_ids = fields.Many2many(
        "credit.charge", string="Costs and interest", readonly=True
    )
    line_ids = fields.One2many(
        "credit.plan.item", "plan_id", string="Items", readonly=True
    )
    term_ids = fields.One2many(
        "credit.plan.term", "plan_id", string="Terms of the plan", readonly=True
    )
    term_count = fields.Integer(string="Number of terms", readonly=True)
    amount_total = fields.Monetary(string="Planned", readonly=True)
    first_date = fields.Date(string="First term", readonly=True)
    last_date = fields.Date(string="Last term", readonly=True)

    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("requested", "Asked for"),
            ("proposed", "Offered"),
            ("active", "Active"),
            ("completed", "Completed"),
            ("breached", "Broken"),
            ("cancelled", "Cancelled"),
            ("refused", "Refused"),
        ],
        required=True,
        default="draft",
        readonly=True,
        index=True,
    )
    approved_by_id = fields.Many2one("res.users", string="Approved by", readonly=True)
    must_be_approved = fields.Boolean(compute="_compute_must_be_approved")
    proposed_date = fields.Date(string="Offered on", readonly=True)
    answer_by = fields.Date(
        string="Answer by",
        readonly=True,
        help="Until this day no reminders go out for the items of an offered plan.",
    )
    active_date = fields.Date(string="Accepted on", readonly=True)
    closed_date = fields.Date(string="Ended on", readonly=True)
    # Whoever has the key can sign: it isn't shown to who only reads.
    access_token = fields.Char(groups="credit_control.group_officer")
    signed_by = fields.Char(string="Signed by", readonly=True)
    signed_on = fields.Datetime(string="Signed on", readonly=True)
    signed_ip = fields.Char(string="Signed from", readonly=True)
    signature = fields.Binary(readonly=True, attachment=True)
    attachment_id = fields.Many2one(
        "ir.attachment", string="Signed agreement", readonly=True
    )

    # What it came to, kept when the plan ends.
    ended_paid = fields.Monetary(readonly=True)
    ended_credited = fields.Monetary(readonly=True)
    paid_amount = fields.Monetary(string="Paid", compute="_compute_progress")
    credited_amount = fields.Monetary(
        string="Credited",
        compute="_compute_progress",
        help="Credit notes on the items: they shorten the plan from its last term on.",
    )
    open_amount = fields.Monetary(string="Still to pay", compute="_compute_progress")
    late_amount = fields.Monetary(string="Late", compute="_compute_progress")
    next_date = fields.Date(string="Next term on", compute="_compute_progress")
    next_amount = fields.Monetary(string="Next term", compute="_compute_progress")
    warnings = fields.Text(compute="_compute_warnings")

    _rate_range = models.Constraint(
        "CHECK (rate >= 0 AND rate <= 100)", "Interest is 0 to 100 % a year."
    )

    @api.depends("profile_id", "date")
    def _compute_display_name(self):
        for plan in self:
            plan.display_name = self.env._(
                "Plan for %(debtor)s of %(day)s",
                debtor=plan.profile_id.display_name,
                day=format_date(self.env, plan.date),
            )

    def _get_report_base_filename(self) -> str:
        return self.display_name

    def _compute_access_url(self):
        for plan in self:
            plan.access_url = f"/my/credit/plan/{plan.id}"

    @api.depends("term_count", "approved_by_id", "company_id.credit_plan_terms")
    def _compute_must_be_approved(self):
        for plan in self:
            most = plan.company_id.credit_plan_terms
            plan.must_be_approved = plan.term_count > most and not plan.approved_by_id

    @api.depends(
        "state", "line_ids.item_id.amount_residual_currency", "term_ids.amount"
    )
    def _compute_progress(self):
        standings = self._get_standings()
        for plan in self:
            terms = standings[plan]
            due = [term for term in terms if term.rest]
            late = [t.rest for t in due if t.day < plan._get_day()]
            plan.paid_amount = sum(term.paid for term in terms)
            plan.credited_amount = plan.amount_total - float(
                sum(term.amount for term in terms)
            )
            plan.open_amount = sum(term.rest for term in due)
            plan.late_amount = sum(late)
            plan.next_date = due[0].day if due else False
            plan.next_amount = due[0].rest if due else 0

    def _get_day(self) -> date:
        return self.closed_date or self.company_id._credit_today()

    @api.depends("term_count", "last_date", "rate", "profile_id")
    def _compute_warnings(self):
        for plan in self:
            plan.warnings = "\n".join(plan._get_plan_warnings())

    def _get_plan_warnings(self) -> list[str]:
        """What whoever agrees to the plan should know, in sentences."""
        self.ensure_one()
        items = self.line_ids.item_id
        found = self.profile_id._get_wait_warnings(items, self.last_date)
        if self.must_be_approved:
            found.append(
                self.env._(
                    "More than %s terms: a manager has to approve the plan.",
                    self.company_id.credit_plan_terms,
                )
            )
        broken = self._get_broken_before()
        if broken:
            found.append(
                self.env._(
                    "The debtor has broken a plan before: that of %s.",
                    format_date(self.env, broken.date),
                )
            )
        if self.rate and self.profile_id.debtor_kind == "consumer":
            found.append(
                self.env._(
                    "Time to pay against interest can be consumer credit: mind the law."
                )
            )
        return found

    def _get_broken_before(self):
        domain = [
            ("profile_id", "=", self.profile_id.id),
            ("state", "=", "breached"),
            ("id", "!=", self._origin.id),
        ]
        return self.sudo().search(domain, limit=1)

    # -- figures ---------------------------------------------------------------

    def _get_standings(self) -> dict:
        """{plan: its terms as they stand, in order}; one query for all."""
        progress = self._fetch_progress()
        return {
            plan: plans.stand(
                [(t.date, to_decimal(t.amount)) for t in plan.term_ids.sorted("date")],
                *plan._get_progress(progress),
            )
            for plan in self
        }

    def _get_progress(self, progress) -> tuple[Decimal, Decimal]:
        """What of this plan is paid and what is credited."""
        if self.closed_date:
            return to_decimal(self.ended_paid), to_decimal(self.ended_credited)
        paid, credited = progress[self._origin.id]
        return max(Decimal(0), paid), max(Decimal(0), credited)

    def _fetch_progress(self) -> dict[int, tuple[Decimal, Decimal]]:
        """{plan id: what is paid, and what is credited, since it was made}.

        An item that is gone, or not posted any more, is as if credited.
        """
        found = defaultdict(lambda: (Decimal(0), Decimal(0)))
        if not self.ids:
            return found
        self.env["account.move.line"].flush_model()
        self.env["account.partial.reconcile"].flush_model()
        self.env["credit.plan.item"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT i.plan_id,
                       SUM(i.amount - i.credited - COALESCE(i.residual, 0))::text,
                       SUM(i.credited)::text
                  FROM (SELECT p.plan_id, p.amount,
                               l.amount_residual_currency AS residual,
                               CASE WHEN l.id IS NULL THEN p.amount
                                    ELSE COALESCE(n.amount, 0) - p.credited_before
                                    END AS credited
                          FROM credit_plan_item p
                     LEFT JOIN account_move_line l
                            ON l.id = p.item_id AND l.parent_state = 'posted'
                     LEFT JOIN LATERAL (%(notes)s) n ON TRUE
                         WHERE p.plan_id = ANY(%(plans)s)) i
              GROUP BY i.plan_id
                """,
                notes=self._credit_notes_sql(),
                plans=self.ids,
            )
        )
        found.update((id_, (Decimal(p), Decimal(c))) for id_, p, c in rows)
        return found

    @api.model
    def _credit_notes_sql(self) -> SQL:
        """What of an item ``l`` is matched with credit notes."""
        return SQL(
            """SELECT SUM(r.debit_amount_currency) AS amount
                 FROM account_partial_reconcile r
                 JOIN account_move_line c ON c.id = r.credit_move_id
                 JOIN account_move m ON m.id = c.move_id
                WHERE r.debit_move_id = l.id AND m.move_type = 'out_refund'"""
        )

    # -- rights ----------------------------------------------------------------

    def _as_officer(self):
        """These plans for an action that only officers take.

        Nobody may write on plans but through the actions.
        """
        check_officer(self.env, self.env._("Only credit officers handle plans."))
        self.check_access("read")
        return self.sudo()

    def _check_states(self, states, refusal: str) -> None:
        if any(plan.state not in states for plan in self):
            raise UserError(refusal)

    # -- agree -----------------------------------------------------------------

    def _start(self, user, as_of: date, offered: bool) -> None:
        """Offer a plan that was just made, unless somebody has to look at it.

        :param offered: False: it stays a draft
        """
        if user.has_group("credit_control.group_manager"):
            self.approved_by_id = self.must_be_approved and user
        if self.by_debtor and not self.profile_id._accepts_by_itself(self):
            self.state = "requested"
            self.line_ids.flush_recordset()
            self._log(self.env._("asked for by the debtor, %s", self._word_terms()))
        elif self.must_be_approved:
            self._log(self.env._("made, waits for approval, %s", self._word_terms()))
        elif not offered:
            self._log(self.env._("made, not offered yet, %s", self._word_terms()))
        else:
            self._offer(as_of)

    def action_approve(self):
        """Allow more terms than officers may agree to."""
        if not self.env.su and not self.env.user.has_group(
            "credit_control.group_manager"
        ):
            raise AccessError(self.env._("Only credit managers approve plans."))
        plans_ = self._as_officer()
        plans_._check_states(
            WAITING, self.env._("Only plans that are not offered yet are approved.")
        )
        plans_.write({"approved_by_id": self.env.uid})
        for plan in plans_:
            plan._log(self.env._("approved by %s", self.env.user.name))
        return True

    def action_propose(self):
        """Offer these plans to their debtors; by e-mail where there is an address."""
        for plan in self._as_officer():
            plan._check_proposable(self.env.user)
            plan._offer(plan.company_id._credit_today())
            if plan._get_recipient().email:
                plan._send_agreement()
        return True

    def _check_proposable(self, user) -> None:
        self._check_states(WAITING, self.env._("This plan has been offered before."))
        if self.must_be_approved and not user.has_group("credit_control.group_manager"):
            raise UserError(
                self.env._(
                    "More than %s terms: a manager has to approve the plan first.",
                    self.company_id.credit_plan_terms,
                )
            )
        if self.first_date < self.company_id._credit_today():
            raise UserError(
                self.env._("The first term has gone by: make the plan anew.")
            )
        if any(
            line.currency_id.compare_amounts(
                line.amount, line.item_id.amount_residual_currency
            )
            for line in self.line_ids
        ):
            raise UserError(
                self.env._(
                    "What is open of the items has changed since: make the plan anew."
                )
            )

    def _offer(self, as_of: date) -> None:
        days = self.company_id.credit_plan_answer_days
        self.write(
            {
                "state": "proposed",
                "proposed_date": as_of,
                "answer_by": min(
                    fields.Date.add(as_of, days=days), max(as_of, self.first_date)
                ),
            }
        )
        self.line_ids.flush_recordset()  # held before anything is sent
        self._log(self.env._("offered, %s", self._word_terms()))

    def action_refuse(self):
        """Say no to what a debtor asked for."""
        asked = self._as_officer()
        asked._check_states(
            ("requested",), self.env._("Only plans that were asked for are refused.")
        )
        asked._end_each("refused", self.env._("by %s", self.env.user.name))
        return True

    def _refuse_by_debtor(self, reason: str, as_of: date) -> None:
        """The debtor doesn't want the plan; the collector is told."""
        words = shorten(reason or self.env._("no reason given"), 300)
        self._end("refused", as_of, self.env._("by the debtor: %s", words))
        self._tell_collector(
            self.env._("Instalment plan refused by the debtor"), words, as_of
        )

    def _tell_collector(self, summary: str, note: str, as_of: date) -> None:
        profile = self.profile_id
        profile.activity_schedule(
            "credit_control.activity_call",
            date_deadline=as_of,
            summary=summary,
            note=note,
            user_id=(profile.collector_id or self._get_maker()).id,
        )

    def _get_maker(self):
        """Who made the plan, or sent the last notice if the debtor did."""
        maker = self.create_uid
        return maker if maker._is_internal() else self.profile_id._get_last_sender()

    def action_accept(self):
        """The debtor agreed on paper or by mail."""
        offered = self._as_officer()
        offered._check_states(
            ("proposed",), self.env._("Only plans that were offered are accepted.")
        )
        for plan in offered:
            plan._activate(plan.company_id._credit_today())
        return True

    def _is_answerable(self, as_of: date) -> bool:
        return self.state == "proposed" and self.answer_by >= as_of

    def _sign(self, name: str, signature: str, ip: str, as_of: date) -> None:
        """The debtor signs, once.

        :raises UserError: the plan is not, or no longer, there to be signed
        """
        self.lock_for_update(allow_referencing=True)
        self.invalidate_recordset(["state"])
        if not self._is_answerable(as_of):
            raise UserError(self.env._("This plan can't be signed any more."))
        self.write(
            {
                "signed_by": name,
                "signed_on": fields.Datetime.now(),
                "signed_ip": ip,
                "signature": signature,
            }
        )
        self._activate(as_of)
        self._keep_agreement()

    def _activate(self, as_of: date) -> None:
        self.write({"state": "active", "active_date": as_of})
        self._post_interest(as_of)
        self._log(
            self.env._("signed by %s", self.signed_by)
            if self.signed_by
            else self.env._("accepted, noted by %s", self.env.user.name)
        )

    # -- end -------------------------------------------------------------------

    def action_cancel(self):
        """End these plans: their items are reminded as before."""
        plans_ = self._as_officer()
        plans_._check_states(
            WAITING + HOLDING, self.env._("This plan has ended already.")
        )
        plans_._end_each("cancelled", self.env._("by %s", self.env.user.name))
        return True

    def _end_each(self, state: str, why: str) -> None:
        for plan in self:
            plan._end(state, plan.company_id._credit_today(), why)

    def _end(self, state: str, as_of: date, why: str = "") -> None:
        """End the plan; its items are free, where they stood."""
        was_active = self.state == "active"
        paid, credited = self._get_progress(self._fetch_progress())
        self.write(
            {
                "state": state,
                "closed_date": as_of,
                "ended_paid": float(paid),
                "ended_credited": float(credited),
            }
        )
        if was_active and state != "completed":
            self._take_interest_back(as_of)
        label = dict(self._fields["state"]._description_selection(self.env))[state]
        self._log(f"{label.lower()}, {why}" if why else label.lower())

    def _log(self, words: str) -> None:
        self._tell_file(
            self.env._(
                "Instalment plan of %(day)s: %(words)s.",
                day=format_date(self.env, self.date),
                words=words,
            )
        )

    def _word_standing(self) -> str:
        """How it stands, for whoever looks at one of its invoices."""
        if self.state == "proposed":
            return self.env._(
                "offered, the debtor may answer until %s",
                format_date(self.env, self.answer_by),
            )
        return self.env._(
            "%(paid)s of %(total)s paid, next term on %(day)s",
            paid=format_amount(self.env, self.paid_amount, self.currency_id),
            total=format_amount(self.env, self.amount_total, self.currency_id),
            day=format_date(self.env, self.next_date),
        )

    def _word_terms(self) -> str:
        return self.env._(
            "%(amount)s from %(first)s to %(last)s, terms: %(count)s",
            amount=format_amount(self.env, self.amount_total, self.currency_id),
            count=self.term_count,
            first=format_date(self.env, self.first_date),
            last=format_date(self.env, self.last_date),
        )

    # -- actions ---------------------------------------------------------------

    def action_view_portal(self):
        """See the page that the debtor sees."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": self._as_officer().get_portal_url(),
            "target": "new",
        }

    def action_view_items(self):
        """The invoices that are paid in terms."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Items of the plan"),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "views": [
                (self.env.ref("credit_control.view_move_line_open_list").id, "list"),
                (False, "form"),
            ],
            "domain": [("id", "in", self.line_ids.item_id.ids)],
            "context": {"create": False},
        }


class CreditPlanItem(models.Model):
    """An open item that is paid in terms."""

    _name = "credit.plan.item"
    _description = "Planned Item"
    _inherit = ["credit.about.item"]
    _order = "plan_id, due_date, id"

    plan_id = fields.Many2one(
        "credit.plan", required=True, index=True, ondelete="cascade"
    )
    state = fields.Selection(related="plan_id.state", store=True)
    company_id = fields.Many2one(related="plan_id.company_id")
    currency_id = fields.Many2one(related="plan_id.currency_id")
    kind = fields.Selection(
        [("invoice", "Invoice"), ("charge", "Costs and interest")],
        required=True,
        default="invoice",
    )
    amount = fields.Monetary(string="Planned amount")
    credited_before = fields.Monetary()
    residual = fields.Monetary(
        related="item_id.amount_residual_currency", string="Still open"
    )

    # A debtor owes an item by one plan only.
    _held_once = models.UniqueIndex(
        "(item_id) WHERE state IN ('proposed', 'active')",
        "One of these items is in another instalment plan. Look there first.",
    )
    _asked_once = models.UniqueIndex(
        "(item_id) WHERE state = 'requested'",
        "An instalment plan for one of these items has been asked for already.",
    )


class CreditPlanTerm(models.Model):
    """What is to be paid by a day."""

    _name = "credit.plan.term"
    _description = "Term of an Instalment Plan"
    _order = "plan_id, number"
    _rec_name = "number"

    plan_id = fields.Many2one(
        "credit.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id")
    currency_id = fields.Many2one(related="plan_id.currency_id")
    number = fields.Integer(string="Term", required=True)
    date = fields.Date(string="Pay by", required=True)
    principal = fields.Monetary(string="Invoices")
    interest = fields.Monetary()
    costs = fields.Monetary(string="Costs so far")
    amount = fields.Monetary(string="To pay")
    reminded_date = fields.Date(string="Reminded on", readonly=True)
    rest = fields.Monetary(string="Still open", compute="_compute_standing")
    paid = fields.Monetary(compute="_compute_standing")
    state = fields.Selection(
        [
            (plans.PAID, "Paid"),
            (plans.PARTLY, "Paid in part"),
            (plans.LATE, "Late"),
            (plans.OPEN, "To come"),
        ],
        compute="_compute_standing",
    )

    _number_uniq = models.UniqueIndex("(plan_id, number)")

    @api.depends("plan_id.paid_amount", "plan_id.credited_amount", "amount")
    def _compute_standing(self):
        standings = self.plan_id._get_standings()
        for plan in self.plan_id:
            terms = plan.term_ids.sorted("date")
            for term, stands in zip(terms, standings[plan], strict=True):
                term.paid, term.rest = stands.paid, stands.rest
                term.state = stands.state(plan._get_day())
