from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount, format_date

from ..core import promises
from ..core.money import ZERO, to_decimal
from ..core.promises import Promised, Verdict
from ..rights import check_officer


class CreditPromise(models.Model):
    """A debtor says what he will pay for which items by which day.

    Its items get no reminders until that day and the days of tolerance are over. It is
    judged by itself on what was paid.
    """

    _name = "credit.promise"
    _description = "Promise to Pay"
    _inherit = ["credit.agreement"]
    _order = "date desc, id desc"

    collector_id = fields.Many2one(related="profile_id.collector_id")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    line_ids = fields.One2many(
        "credit.promise.line", "promise_id", string="Items", readonly=True
    )
    amount = fields.Monetary(
        string="Promised", compute="_compute_amount", store=True, readonly=True
    )
    date = fields.Date(string="Promised for", required=True, readonly=True, index=True)
    tolerance_days = fields.Integer(
        readonly=True,
        help="Banks report payments late: it is judged so many days after the day "
        "promised.",
    )
    deadline = fields.Date(
        string="Judged after",
        required=True,
        readonly=True,
        help="The last day on which a payment counts: the day promised and the "
        "tolerance.",
    )
    pause_until = fields.Date(
        string="No reminders until",
        required=True,
        readonly=True,
        help="The last day on which the items get no reminder.",
    )
    is_waiting = fields.Boolean(
        string="Waits for matching",
        readonly=True,
        help="The day is over, but unmatched money of the debtor could still keep the "
        "promise: match it.",
    )
    made_on = fields.Date(string="Made on", required=True, readonly=True)
    contact_id = fields.Many2one(
        "res.partner", string="Promised by", readonly=True, ondelete="set null"
    )
    by_debtor = fields.Boolean(
        string="Online",
        readonly=True,
        help="The debtor made the promise himself in his portal.",
    )
    note = fields.Text(string="What was said", readonly=True)
    number = fields.Integer(
        string="Which time",
        default=1,
        readonly=True,
        help="2 and more: earlier promises on these items were not kept.",
    )
    reminded_on = fields.Date(string="Reminded on", readonly=True)
    expected_amount = fields.Monetary(
        string="Expected",
        readonly=True,
        help="What was promised, less what was credited since.",
    )
    paid_amount = fields.Monetary(string="Paid", readonly=True)
    state = fields.Selection(
        [
            (promises.OPEN, "Open"),
            (promises.KEPT, "Kept"),
            (promises.PARTLY, "Partly kept"),
            (promises.BROKEN, "Broken"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        default=promises.OPEN,
        readonly=True,
        index=True,
    )
    closed_date = fields.Date(string="Ended on", readonly=True)
    close_reason = fields.Char(string="Why it ended", readonly=True)

    _day_to_come = models.Constraint(
        'CHECK ("date" >= made_on)', "A promise is for a day to come."
    )
    _tolerance_positive = models.Constraint(
        "CHECK (tolerance_days >= 0)", "The days of tolerance can't be negative."
    )

    @api.depends("line_ids.amount")
    def _compute_amount(self):
        for promise in self:
            promise.amount = sum(promise.line_ids.mapped("amount"))

    @api.depends("profile_id", "date")
    def _compute_display_name(self):
        for promise in self:
            promise.display_name = self.env._(
                "%(debtor)s promised for %(day)s",
                debtor=promise.profile_id.display_name,
                day=format_date(self.env, promise.date),
            )

    # -- make ------------------------------------------------------------------

    @api.model
    def _make(self, vals: dict, amounts: dict):
        """A new promise about ``amounts`` by item."""
        lines = self.env["credit.promise.line"]._prepare_lines(amounts)
        deadline = vals["date"] + timedelta(vals["tolerance_days"])
        items = self.env["account.move.line"].concat(*amounts)
        return self.create(
            {
                "deadline": deadline,
                "pause_until": deadline,
                "number": self._get_next_number(items),
                "line_ids": list(map(Command.create, lines)),
                **vals,
            }
        )

    @api.model
    def _find_open(self, items):
        """Open promises about some of ``items``."""
        return self.search(
            [("state", "=", promises.OPEN), ("line_ids.item_id", "in", items.ids)]
        )

    @api.model
    def _get_next_number(self, items) -> int:
        """Which promise in a row this is, on items promised and not paid before."""
        earlier = self.search(
            [
                ("state", "in", (promises.PARTLY, promises.BROKEN)),
                ("line_ids.item_id", "in", items.ids),
            ]
        )
        return 1 + max(earlier.mapped("number"), default=0)

    # -- end -------------------------------------------------------------------

    def _as_officer(self):
        """These promises for an action that only officers take."""
        check_officer(self.env, self.env._("Only credit officers handle promises."))
        self.check_access("read")
        return self.sudo()

    def _withdraw(self, reason: str, as_of: date) -> None:
        """End open promises: their items are reminded of again."""
        chosen = self._as_officer()
        if chosen.filtered(lambda promise: promise.state != promises.OPEN):
            raise UserError(self.env._("Only open promises can be withdrawn."))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the promise is withdrawn."))
        chosen._end("withdrawn", as_of, close_reason=reason)

    def _end(self, state: str, as_of: date, **vals) -> None:
        self.write({"state": state, "closed_date": as_of, "is_waiting": False, **vals})
        for promise in self:
            promise._tell_file(promise._word_end())

    # -- judge -----------------------------------------------------------------

    @api.model
    def _judge_all(self) -> None:
        """Judge the open promises of every company, as of its own day."""
        for company, found in (
            self.search([("state", "=", promises.OPEN)]).grouped("company_id").items()
        ):
            found._judge(company._credit_today())

    def _judge(self, as_of: date) -> None:
        """Say what became of these promises, where that is certain.

        A promise that another transaction ends is left to it.
        """
        chosen = self.sudo().filtered(lambda promise: promise.state == promises.OPEN)
        verdicts = chosen._get_verdicts(as_of)
        for promise in chosen.try_lock_for_update(allow_referencing=True):
            promise._apply(verdicts[promise], as_of)

    def _get_verdicts(self, as_of: date) -> dict:
        """{promise: verdict}; a constant number of queries."""
        settled = self.line_ids._fetch_settled()
        unmatched = self._fetch_unmatched()
        return {
            promise: promises.judge(
                [
                    Promised(
                        to_decimal(line.amount),
                        to_decimal(line.open_amount),
                        *settled[line],
                    )
                    for line in promise.line_ids
                ],
                unmatched.get(promise.id, ZERO),
                promise.deadline,
                as_of,
            )
            for promise in self
        }

    def _fetch_unmatched(self) -> dict:
        """{promise id: money of the debtor that is matched with nothing}."""
        if not self:
            return {}
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT o.id, (-SUM(l.amount_residual_currency))::float8
                  FROM credit_promise o
                  JOIN credit_profile p ON p.id = o.profile_id
                  JOIN res_partner r ON r.commercial_partner_id = p.partner_id
                  JOIN account_move_line l
                    ON l.partner_id = r.id AND l.company_id = p.company_id
                   AND l.currency_id = o.currency_id AND l.date <= o.deadline
                  JOIN account_journal j ON j.id = l.journal_id
                 WHERE o.id = ANY(%s)
                   AND l.account_id = ANY(%s)
                   AND l.parent_state = 'posted'
                   AND l.reconciled IS NOT TRUE
                   AND l.amount_residual_currency < 0
                   AND j.type IN ('bank', 'cash', 'credit')
              GROUP BY o.id
                """,
                self.ids,
                self.env["credit.dunning"]._receivable_account_ids(self.company_id),
            )
        )
        return {id_: to_decimal(amount) for id_, amount in rows}

    def _apply(self, verdict: Verdict, as_of: date) -> None:
        amounts = {
            "expected_amount": float(verdict.expected),
            "paid_amount": float(verdict.paid),
        }
        if verdict.state == promises.VOID:
            reason = self.env._("Nothing is left to pay of these items.")
            self._end("withdrawn", as_of, close_reason=reason, **amounts)
        elif verdict.state != promises.OPEN:
            self._end(verdict.state, as_of, **amounts)
            if verdict.state != promises.KEPT:
                self._tell_collector(as_of)
        elif verdict.waits and not self.is_waiting:
            until = promises.last_day(self.deadline)
            self.write({"is_waiting": True, "pause_until": until, **amounts})
        elif (self.expected_amount, self.paid_amount) != tuple(amounts.values()):
            self.write(amounts)

    def _tell_collector(self, as_of: date) -> None:
        profile = self.profile_id
        profile.activity_schedule(
            "credit_control.activity_call",
            date_deadline=as_of,
            summary=self.env._(
                "Promise for %s not kept: call", format_date(self.env, self.date)
            ),
            note=self._word_end(),
            user_id=(
                profile.collector_id or profile._get_responsible(self.create_uid)
            ).id,
        )

    # -- words -----------------------------------------------------------------

    def _get_figures(self) -> dict[str, str]:
        def money(amount):
            return format_amount(self.env, amount, self.currency_id)

        return {
            "amount": money(self.amount),
            "paid": money(self.paid_amount),
            "expected": money(self.expected_amount),
            "day": format_date(self.env, self.date),
            "until": format_date(self.env, self.pause_until),
            "reason": self.close_reason or "",
        }

    def _word_made(self) -> str:
        return self.env._(
            "Promised: %(amount)s by %(day)s, for %(documents)s. No reminders for "
            "that until %(until)s.",
            documents=", ".join(filter(None, self.line_ids.mapped("name"))),
            **self._get_figures(),
        )

    def _word_end(self) -> str:
        figures = self._get_figures()
        words = {
            promises.KEPT: self.env._(
                "Promise for %(day)s kept: %(paid)s paid.", **figures
            ),
            promises.PARTLY: self.env._(
                "Promise for %(day)s kept in part: %(paid)s of %(expected)s paid.",
                **figures,
            ),
            promises.BROKEN: self.env._(
                "Promise for %(day)s broken: nothing of %(expected)s was paid.",
                **figures,
            ),
            "withdrawn": self.env._(
                "Promise for %(day)s withdrawn: %(reason)s", **figures
            ),
        }
        return words[self.state]

    def _word_pause(self) -> str:
        """Why the items get no reminder."""
        if self.is_waiting:
            return self.env._(
                "Promised for %(day)s; unmatched money could have paid it: no reminder "
                "until %(until)s. Match the payment.",
                **self._get_figures(),
            )
        return self.env._(
            "Promised for %(day)s: no reminder until %(until)s.", **self._get_figures()
        )

    # -- actions ---------------------------------------------------------------

    def action_withdraw(self):
        """Ask why these promises end."""
        self._as_officer()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Withdraw"),
            "res_model": "credit.promise.withdraw",
            "view_mode": "form",
            "target": "new",
            "context": {"default_promise_ids": self.ids},
        }


class CreditPromiseLine(models.Model):
    """An open item that is promised to be paid, wholly or in part."""

    _name = "credit.promise.line"
    _description = "Promised Item"
    _inherit = ["credit.agreed.item"]
    _order = "promise_id, due_date, id"

    promise_id = fields.Many2one(
        "credit.promise", required=True, index=True, ondelete="cascade"
    )
    state = fields.Selection(related="promise_id.state", store=True)
    company_id = fields.Many2one(related="promise_id.company_id")
    currency_id = fields.Many2one(related="promise_id.currency_id")

    # Nobody promises one item twice at once.
    _once_uniq = models.UniqueIndex(
        "(item_id) WHERE state = 'open'",
        "One of these items has just been promised already. Try again.",
    )

    @api.model
    def _until_sql(self) -> SQL:
        return SQL("(SELECT deadline FROM credit_promise WHERE id = i.promise_id)")

    def _fetch_settled(self) -> dict:
        self.promise_id.flush_model(["deadline"])
        return super()._fetch_settled()
