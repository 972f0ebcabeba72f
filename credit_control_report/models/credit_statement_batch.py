from calendar import monthrange
from collections import Counter, defaultdict
from datetime import date as Day
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from odoo.addons.credit_control.rights import check_officer

from .credit_profile_statement import MOVES, OPEN
from .credit_statement import KINDS

# Up to so many are sent while the user waits; more go in the background.
SEND_AT_ONCE = 10
# Days in which a monthly statement that was missed is made up for.
LATE_DAYS = 7
OVERDUE, OWING, EVERYBODY = "overdue", "owing", "all"
WHOM = [
    (OVERDUE, "Debtors with something overdue"),
    (OWING, "Debtors with a balance"),
    (EVERYBODY, "All that have anything to state"),
]


class CreditStatementBatch(models.Model):
    """Statements that are looked at and sent together."""

    _name = "credit.statement.batch"
    _description = "Statements"
    _order = "date desc, id desc"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(KINDS, required=True, readonly=True, default=OPEN)
    date = fields.Date(string="As of", required=True, readonly=True)
    since = fields.Date(string="From", readonly=True)
    automatic = fields.Boolean(
        string="Monthly", readonly=True, help="Made by the monthly action."
    )
    state = fields.Selection(
        [
            ("prepared", "To look at"),
            ("sending", "Sending"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="prepared",
        index=True,
    )
    statement_ids = fields.One2many("credit.statement", "batch_id", readonly=True)
    email_count = fields.Integer(string="By e-mail", compute="_compute_counts")
    letter_count = fields.Integer(string="By letter", compute="_compute_counts")
    none_count = fields.Integer(string="Without address", compute="_compute_counts")
    waiting_count = fields.Integer(string="To send", compute="_compute_counts")
    sent_count = fields.Integer(string="Sent", compute="_compute_counts")
    failed_count = fields.Integer(string="Failed", compute="_compute_counts")
    statement_count = fields.Integer(string="Statements", compute="_compute_counts")
    progress = fields.Float(compute="_compute_counts")
    balance = fields.Monetary(compute="_compute_counts")

    @api.depends("kind", "date")
    def _compute_display_name(self):
        for batch in self:
            batch.display_name = self.env._(
                "Statements as of %s", format_date(self.env, batch.date)
            )

    @api.depends("statement_ids.state", "statement_ids.channel")
    def _compute_counts(self):
        channels, states = defaultdict(Counter), defaultdict(Counter)
        balances = Counter()
        for batch, channel, state, count, balance in self.env[
            "credit.statement"
        ]._read_group(
            [("batch_id", "in", self.ids), ("state", "!=", "cancelled")],
            ["batch_id", "channel", "state"],
            ["__count", "balance:sum"],
        ):
            channels[batch.id][channel] += count
            states[batch.id][state] += count
            balances[batch.id] += balance
        for batch in self:
            by_channel, by_state = channels[batch.id], states[batch.id]
            batch.email_count = by_channel["email"]
            batch.letter_count = by_channel["letter"]
            batch.none_count = by_channel["none"]
            batch.waiting_count = by_state["waiting"]
            batch.sent_count = by_state["sent"]
            batch.failed_count = by_state["failed"]
            batch.statement_count = by_state.total()
            done = by_state.total() - by_state["waiting"]
            batch.progress = 100 * done / (by_state.total() or 1)
            batch.balance = balances[batch.id]

    # -- whom ------------------------------------------------------------------

    @api.model
    def _fetch_debtors(
        self, company, kind: str, as_of: Day, since: Day | None, profiles=None
    ) -> list[tuple[int, float, float]]:
        """(debtor file, balance, overdue) of every debtor that has anything to state,
        in company currency. One query.

        :param profiles: only these
        """
        ageing = self.env["credit.ageing"].sudo()
        ageing._flush_ageing()
        return self.env.execute_query(
            SQL(
                """
                SELECT p.id, COALESCE(i.balance, 0)::float8,
                       COALESCE(GREATEST(i.late + i.credits, 0), 0)::float8
                  FROM credit_profile p
                  JOIN res_partner r ON r.id = p.partner_id
             LEFT JOIN (SELECT item.partner_id, SUM(item.residual) AS balance,
                               COALESCE(SUM(item.residual) FILTER (
                                   WHERE item.residual > 0 AND item.maturity < %(day)s
                               ), 0) AS late,
                               COALESCE(SUM(item.residual) FILTER (
                                   WHERE item.residual < 0), 0) AS credits
                          FROM (%(items)s) item GROUP BY item.partner_id) i
                    ON i.partner_id = p.partner_id
                 WHERE p.company_id = %(company)s AND p.active AND %(which)s
                   AND (i.partner_id IS NOT NULL OR %(moved)s)
              ORDER BY r.complete_name, p.id
                """,
                day=as_of,
                items=ageing._items_query(company, as_of),
                company=company.id,
                which=SQL("p.id = ANY(%s)", profiles.ids)
                if profiles is not None
                else SQL("TRUE"),
                moved=self._moved_sql(company, as_of, since)
                if kind == MOVES
                else SQL("FALSE"),
            )
        )

    @api.model
    def _moved_sql(self, company, as_of: Day, since: Day) -> SQL:
        return SQL(
            """p.partner_id IN (
                SELECT c.commercial_partner_id
                  FROM account_move_line l JOIN res_partner c ON c.id = l.partner_id
                 WHERE l.account_id = ANY(%s) AND l.company_id = %s
                   AND l.parent_state = 'posted' AND l.date BETWEEN %s AND %s)""",
            self.env["credit.dunning"]._receivable_account_ids(company),
            company.id,
            since,
            as_of,
        )

    @api.model
    def _choose(
        self,
        company,
        kind: str,
        as_of: Day,
        since: Day | None,
        whom: str,
        minimum: float = 0.0,
        profiles=None,
    ) -> dict:
        """{debtor file: (balance, overdue)} of who gets a statement."""
        chosen = {}
        for profile, balance, overdue in self._fetch_debtors(
            company, kind, as_of, since, profiles
        ):
            if whom == OVERDUE and overdue <= 0:
                continue
            if whom != EVERYBODY and balance <= 0:
                continue
            if balance < minimum:
                continue
            chosen[profile] = balance, overdue
        found = self.env["credit.profile"].browse(chosen)
        return {profile: chosen[profile.id] for profile in found}

    # -- make ------------------------------------------------------------------

    @api.model
    def _make(
        self,
        company,
        chosen: dict,
        kind: str,
        as_of: Day,
        since: Day | None = None,
        with_group: bool = False,
        month: Day | None = None,
    ):
        """A batch of statements for ``chosen``, as :meth:`_choose` gives it."""
        asked = {"kind": kind, "date": as_of, "since": since if kind == MOVES else None}
        batch = self.sudo().create(
            {"company_id": company.id, "automatic": bool(month), **asked}
        )
        profiles = self.env["credit.profile"].concat(*chosen)
        statements = self.env["credit.statement"].sudo()
        vals = statements._prepare(
            profiles, **asked, batch_id=batch.id, with_group=with_group, month=month
        )
        for profile, values in zip(profiles, vals, strict=True):
            values["balance"], values["overdue_amount"] = chosen[profile]
        statements.create(vals)
        return batch.with_env(self.env)

    # -- send ------------------------------------------------------------------

    def _as_officer(self):
        check_officer(self.env, self.env._("Only credit officers send statements."))
        self.check_access("read")
        return self.sudo()

    def action_send(self):
        """Send what was looked at; many go in the background."""
        batch = self._as_officer()
        batch.ensure_one()
        if batch.state not in ("prepared", "sending"):
            raise UserError(self.env._("These statements are done."))
        waiting = batch._get_waiting()
        if len(waiting) <= SEND_AT_ONCE:
            waiting._send()
            batch._close_when_done()
        else:
            batch.state = "sending"
            self.env.ref("credit_control_report.cron_statement_send")._trigger()
        return True

    def action_retry(self):
        """Try the failed ones again."""
        batch = self._as_officer()
        batch.statement_ids.filtered(lambda one: one.state == "failed")._wait_again()
        batch.state = "prepared"
        return batch.with_env(self.env).action_send()

    def action_cancel(self):
        """Leave out all that isn't sent yet."""
        batch = self._as_officer()
        left = batch.statement_ids.filtered(
            lambda one: one.state in ("waiting", "failed")
        )
        left.write({"state": "cancelled"})
        batch.state = "done" if batch.sent_count else "cancelled"
        return True

    def action_refresh(self):
        """Show how far the sending has come."""
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_print_letters(self):
        """All letters as one PDF."""
        letters = self.statement_ids.filtered(
            lambda one: one.channel == "letter" and one.state in ("waiting", "sent")
        )
        if not letters:
            raise UserError(self.env._("There are no letters among them."))
        return self.env.ref(
            "credit_control_report.action_report_statement"
        ).report_action(letters, config=False)

    def action_view_statements(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "credit.statement",
            "view_mode": "list,form",
            "domain": [("batch_id", "=", self.id)],
        }

    def _get_waiting(self):
        return self.statement_ids.filtered(lambda one: one.state == "waiting")

    def _close_when_done(self) -> None:
        for batch in self.sudo():
            batch.invalidate_recordset()
            if batch.state in ("prepared", "sending") and not batch.waiting_count:
                batch.state = "done" if batch.statement_count else "cancelled"

    @api.model
    def _cron_send(self) -> None:
        """Send what is released, one statement a transaction."""
        batches = self.search([("state", "=", "sending")])
        waiting = batches._get_waiting()
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(waiting))
        for statement in waiting:
            statement._send()
            if not cron._commit_progress(1):
                break
        batches._close_when_done()

    # -- monthly ---------------------------------------------------------------

    @api.model
    def _cron_monthly(self) -> None:
        """Statements of the month that is over, on the day that a company chose."""
        cron = self.env["ir.cron"]
        companies = self.env["res.company"].search([("credit_statement_day", ">", 0)])
        cron._commit_progress(remaining=len(companies))
        for company in companies:
            if self._is_statement_day(company, company._credit_today()):
                self._send_monthly(company, company._credit_today())
            if not cron._commit_progress(1):
                break

    @api.model
    def _is_statement_day(self, company, today: Day) -> bool:
        last = monthrange(today.year, today.month)[1]
        day = today.replace(day=min(company.credit_statement_day, last))
        return day <= today < day + timedelta(LATE_DAYS)

    @api.model
    def _send_monthly(self, company, today: Day):
        """Prepare and release them, once a month for each debtor."""
        month = today + relativedelta(months=-1, day=1)
        as_of = month + relativedelta(day=31)
        self = self.with_company(company)
        profiles = self._get_monthly_debtors(company, month)
        chosen = self._choose(
            company,
            company.credit_statement_kind,
            as_of,
            month,
            company.credit_statement_whom,
            company.credit_statement_minimum,
            profiles,
        )
        if not chosen:
            return self.browse()
        batch = self._make(
            company, chosen, company.credit_statement_kind, as_of, month, month=month
        )
        batch.state = "sending"
        self.env.ref("credit_control_report.cron_statement_send")._trigger()
        return batch

    @api.model
    def _get_monthly_debtors(self, company, month: Day):
        """Who follows a policy with monthly statements and had none of ``month``."""
        profiles = self.env["credit.profile"]
        profiles._create_missing(company)
        policies = self.env["credit.policy"].search([("monthly_statement", "=", True)])
        had = self.env["credit.statement"].search(
            [("month", "=", month), ("company_id", "=", company.id)]
        )
        found = profiles.search([("company_id", "=", company.id)])
        followed = found._fetch_policies(company)
        return (found - had.profile_id).filtered(
            lambda profile: followed.get(profile.id) in policies.ids
        )
