from collections import Counter, defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date
from odoo.tools.gc import disabling_gc

from ..core import escalation
from .credit_notice import LETTERS

# Up to so many notices are sent while the user waits; more go in the background.
SEND_AT_ONCE = 20
# Decisions that put an item onto a notice.
CLAIMED = (escalation.DUE, escalation.NETTED)
# What a run is proposed for: it stays so.
ASKED = {"company_id", "date", "profile_ids"}
# What its actions write, and nobody else.
STEPS = {"automatic", "name", "state"}
# A date further away than this is a typing mistake.
MAX_DAYS_AWAY = 366


def _array(numbers) -> str:
    """An array literal: the driver takes a second for a hundred thousand ints."""
    return f"{{{','.join('NULL' if n is None else str(n) for n in numbers)}}}"


class CreditRun(models.Model):
    """One dunning run of a company: proposed, looked at, sent."""

    _name = "credit.run"
    _description = "Dunning Run"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"

    name = fields.Char(
        default=lambda self: self.env._("New"), readonly=True, copy=False
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(string="As of", required=True, default=fields.Date.context_today)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("proposed", "Proposed"),
            ("sending", "Sending"),
            ("partly", "Partly sent"),
            ("sent", "Sent"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        tracking=True,
        copy=False,
    )
    automatic = fields.Boolean(
        readonly=True, copy=False, help="Made by the daily scheduled action."
    )
    profile_ids = fields.Many2many(
        "credit.profile", string="Only these debtors", help="Empty: all debtors."
    )
    notice_ids = fields.One2many("credit.notice", "run_id")
    skip_ids = fields.One2many("credit.run.skip", "run_id")
    notice_count = fields.Integer(compute="_compute_totals")
    waiting_count = fields.Integer(compute="_compute_totals")
    sent_count = fields.Integer(compute="_compute_totals")
    failed_count = fields.Integer(compute="_compute_totals")
    lost_count = fields.Integer(compute="_compute_lost_count")
    progress = fields.Float(compute="_compute_totals")
    amount_total = fields.Monetary(compute="_compute_totals")

    @api.depends("notice_ids.state", "notice_ids.company_amount_total")
    def _compute_totals(self):
        counts = defaultdict(Counter)
        totals = Counter()
        for run, state, count, amount in self.env["credit.notice"]._read_group(
            [("run_id", "in", self.ids)],
            ["run_id", "state"],
            ["__count", "company_amount_total:sum"],
        ):
            counts[run.id][state] = count
            if state in ("proposed", "sent", "failed"):
                totals[run.id] += amount
        for run in self:
            count = counts[run.id]
            run.notice_count = count.total() - count["cancelled"]
            run.waiting_count = count["proposed"]
            run.sent_count = count["sent"]
            run.failed_count = count["failed"]
            done = run.notice_count - run.waiting_count
            run.progress = 100 * done / (run.notice_count or 1)
            run.amount_total = totals[run.id]

    @api.depends("notice_ids.delivery")
    def _compute_lost_count(self):
        lost = self.env["credit.notice"]._read_group(
            [("run_id", "in", self.ids), ("delivery", "in", ("bounced", "failed"))],
            ["run_id"],
            ["__count"],
        )
        counts = {run.id: count for run, count in lost}
        for run in self:
            run.lost_count = counts.get(run.id, 0)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("state", "draft") != "draft" or vals.get("automatic"):
                self._refuse_by_hand()
        return super().create(vals_list)

    def write(self, vals):
        begun = self.filtered(lambda run: run.state != "draft")
        if STEPS & vals.keys() or (begun and ASKED & vals.keys()):
            self._refuse_by_hand()
        return super().write(vals)

    def _refuse_by_hand(self) -> None:
        if not self.env.su:
            raise UserError(
                self.env._(
                    "A run is proposed, sent and cancelled by its buttons, not by "
                    "changing what it says."
                )
            )

    def _step(self, **values) -> None:
        """Write what only the actions of a run do."""
        self.check_access("write")
        self.sudo().write(values)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        if self.notice_ids.filtered(lambda notice: notice.state == "sent"):
            raise UserError(
                self.env._("Notices of this run were sent: it is kept as history.")
            )

    # -- propose ---------------------------------------------------------------

    @api.model
    def _propose(self, company, as_of: date, profiles=None, automatic=False):
        """Make a run of ``company`` that holds every notice due on ``as_of``."""
        run = self.create(
            {
                "company_id": company.id,
                "date": as_of,
                "automatic": automatic,
                "profile_ids": [fields.Command.set(profiles.ids if profiles else [])],
            }
        )
        run._fill()
        return run

    def action_propose(self):
        """Fill a draft run with the notices that are due on its date."""
        for run in self:
            run._check_date(fields.Date.context_today(run))
            run._fill()
            if not run.notice_ids:
                # Made by hand: it is kept, to say that nothing is due.
                run._draw_number()
        return True

    def _draw_number(self) -> None:
        sequence = self.env["ir.sequence"].with_company(self.company_id)
        self._step(name=sequence.next_by_code("credit.run", sequence_date=self.date))

    def _fill(self) -> None:
        self._check_proposable()
        # A hundred thousand small objects, none of them in a cycle.
        with disabling_gc():
            self._apply(*self._decide())
        self._step(state="proposed")

    def _check_date(self, today: date) -> None:
        if abs((self.date - today).days) > MAX_DAYS_AWAY:
            raise UserError(
                self.env._(
                    "A run more than a year from today can't be right: look at the "
                    "date."
                )
            )

    def _check_proposable(self) -> None:
        if self.state != "draft":
            raise UserError(self.env._("%s has been proposed already.", self.name))
        if refusal := self._word_refusal(self.company_id):
            raise UserError(refusal)

    @api.model
    def _word_refusal(self, company) -> str | None:
        """Why no run can be made for ``company``; None when it can."""
        if not company.active:
            return self._word_archived(company)
        if not self.env["credit.dunning"]._receivable_account_ids(company):
            return self.env._(
                "%s has no receivable account yet: it needs a chart of accounts first.",
                company.name,
            )
        if not self.env["credit.policy"]._get_candidates(company):
            return self.env._(
                "%s has no dunning policy yet. Make one under Credit Control > "
                "Configuration > Policies.",
                company.name,
            )
        return None

    def _word_archived(self, company) -> str:
        return self.env._("%s is archived: nothing is sent in its name.", company.name)

    def _decide(self):
        dunning = self.env["credit.dunning"].sudo()
        self.env["credit.profile"]._create_missing(self.company_id)
        return dunning._decide_run(self.company_id, self.date, self.profile_ids or None)

    def _apply(self, decisions: list[escalation.Decision], left) -> None:
        """Store what is claimed, and count what is left alone."""
        claimed = [d for d in decisions if d.code in CLAIMED]
        if claimed:
            self._draw_number()
            self._insert_notices(claimed)
        for decision in decisions:
            if decision.code not in CLAIMED:
                count, amount = left[decision.code]
                left[decision.code] = count + 1, amount + decision.item.company_residual
        self._insert_skips(left)

    def _insert_notices(self, claimed: list[escalation.Decision]) -> None:
        """Store notices and lines set by set; the ORM would take minutes.

        What is written here is never joined: the database has no statistics of
        rows that are seconds old, and plans for none.
        """
        self.env["credit.notice"].flush_model()
        self.flush_recordset()
        groups = defaultdict(list)
        for decision in claimed:
            groups[decision.group].append(decision)
        notice_ids = self._reserve_notice_ids(len(groups))
        self.env.cr.execute(self._notices_sql(notice_ids, groups))
        self.env.cr.execute(self._lines_sql(notice_ids, groups))
        self.env["credit.notice"].invalidate_model()
        self.env["credit.notice.line"].invalidate_model()
        self.invalidate_recordset()

    def _reserve_notice_ids(self, count: int) -> list[int]:
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval('credit_notice_id_seq') FROM generate_series(1, %s)",
                count,
            )
        )
        return [notice_id for (notice_id,) in rows]

    def _notices_sql(self, notice_ids, groups) -> SQL:
        """One notice per group of items.

        It goes to the address the items belong to where each has its own, else to
        the debtor's contact.
        """
        debtors, currencies, addresses, level_ids = zip(*groups, strict=True)
        return SQL(
            """
            INSERT INTO credit_notice (id, run_id, profile_id, partner_id, company_id,
                   currency_id, level_id, version_id, level_number, channel, date,
                   state, amount_total, company_amount_total, recipient_id)
            SELECT n.id, %(run)s, p.id, p.partner_id, p.company_id, n.currency, v.id,
                   s.version, v.number,
                   %(channel)s,
                   %(date)s, 'proposed', n.amount, n.company_amount, r.id
              FROM unnest(%(ids)s::int[], %(debtors)s::int[], %(currencies)s::int[],
                          %(addresses)s::int[], %(levels)s::int[],
                          %(amounts)s::numeric[], %(company_amounts)s::numeric[])
                AS n (id, debtor, currency, address, level, amount, company_amount)
              JOIN credit_profile p ON p.id = n.debtor
              JOIN credit_policy_level v ON v.id = n.level
              JOIN credit_policy y ON y.id = v.policy_id
              JOIN unnest(%(policies)s, %(versions)s) AS s (policy, version)
                ON s.policy = y.id
              JOIN res_partner r
                ON r.id = COALESCE(NULLIF(n.address, 0), %(contact)s)
            """,
            contact=self.env["credit.profile"]._contact_sql(),
            run=self.id,
            channel=self.env["credit.notice"]._channel_sql(),
            date=self.date,
            ids=_array(notice_ids),
            debtors=_array(debtors),
            currencies=_array(currencies),
            addresses=_array(addresses),
            levels=_array(level_ids),
            amounts=_array(
                sum(d.item.residual for d in group) for group in groups.values()
            ),
            company_amounts=_array(
                sum(d.item.company_residual for d in group) for group in groups.values()
            ),
            **self._get_version_ids(set(level_ids)),
        )

    def _get_version_ids(self, level_ids) -> dict[str, list[int]]:
        policies = self.env["credit.policy.level"].sudo().browse(level_ids).policy_id
        return {
            "policies": policies.ids,
            "versions": [policy._ensure_version().id for policy in policies],
        }

    def _lines_sql(self, notice_ids, groups) -> SQL:
        rows = [
            (
                decision.item.id,
                notice_id,
                decision.carrier and decision.level and decision.level.id,
                decision.level and decision.level.number,
                (decision.carrier or decision.level).id,
            )
            for notice_id, group in zip(notice_ids, groups.values(), strict=True)
            for decision in group
        ]
        items, notices, levels, numbers, carriers = zip(*rows, strict=True)
        dunning = self.env["credit.dunning"]
        residual = SQL("l.amount_residual_currency")
        return SQL(
            """
            INSERT INTO credit_notice_line (notice_id, item_id, name, due_date,
                   days_late, original_amount, amount, company_amount, own_level_id,
                   level_number, channel, date, state)
            SELECT n.notice, l.id, l.move_name,
                   COALESCE(l.date_maturity, l.date),
                   %(date)s - COALESCE(l.date_maturity, l.date),
                   l.amount_currency, %(claimed)s, %(company_claimed)s,
                   n.level, n.number, v.channel, %(date)s, 'proposed'
              FROM unnest(%(items)s::int[], %(notices)s::int[], %(levels)s::int[],
                          %(numbers)s::int[], %(carriers)s::int[])
                AS n (item, notice, level, number, carrier)
              JOIN account_move_line l ON l.id = n.item
              JOIN credit_policy_level v ON v.id = n.carrier
         LEFT JOIN (%(disputed)s) disputed ON disputed.item_id = l.id
            """,
            date=self.date,
            claimed=dunning._claimed_sql(residual),
            company_claimed=dunning._company_claimed_sql(
                self.company_id, residual, SQL("l.amount_residual")
            ),
            disputed=dunning._disputed_sql(self.date),
            items=_array(items),
            notices=_array(notices),
            levels=_array(levels),
            numbers=_array(numbers),
            carriers=_array(carriers),
        )

    def _insert_skips(self, left) -> None:
        self.env["credit.run.skip"].sudo().create(
            [
                {
                    "run_id": self.id,
                    "code": code,
                    "item_count": count,
                    "amount": float(amount),
                }
                for code, (count, amount) in left.items()
            ]
        )

    # -- send ------------------------------------------------------------------

    def action_send(self):
        """Send all proposed notices; a large run goes on in the background."""
        self.check_access("write")
        for run in self:
            if run.state not in ("proposed", "sending", "partly"):
                raise UserError(
                    self.env._("%s is not a proposal: nothing to send.", run.name)
                )
            run._check_sendable()
            waiting = run.notice_ids.filtered(lambda n: n.state == "proposed")
            if len(waiting) <= SEND_AT_ONCE:
                run._send(fields.Date.context_today(run))
            else:
                run._send_in_background()
        return True

    def _send_in_background(self) -> None:
        self._step(state="sending")
        self.env.ref("credit_control.cron_send")._trigger()

    def _check_sendable(self) -> None:
        """A proposal for a day to come waits for that day: nothing is due before."""
        for run in self:
            if not run.company_id.active:
                raise UserError(self._word_archived(run.company_id))
            if run.date > run.company_id._credit_today():
                raise UserError(
                    self.env._(
                        "%(run)s is a proposal for %(day)s: it can be sent from that "
                        "day on.",
                        run=run.name,
                        day=format_date(self.env, run.date),
                    )
                )

    def action_retry(self):
        """Try every failed notice of the run again, many of them in the background."""
        self.ensure_one()
        failed = self.notice_ids.filtered(lambda notice: notice.state == "failed")
        if len(failed) <= SEND_AT_ONCE or self.waiting_count:
            # What else waits has not been released.
            return failed.action_retry()
        failed._wait_again()
        self._send_in_background()
        return True

    def action_refresh(self):
        """Show how far the sending has come."""
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _send(self, as_of: date, automatic_only=False) -> None:
        """Send the proposed notices of these runs in this transaction."""
        for run in self:
            notices = run._get_waiting(automatic_only)
            notices.with_company(run.company_id)._send(as_of)
            run._close_when_done()

    def _get_waiting(self, automatic_only=False):
        return self.notice_ids.filtered(
            lambda notice: notice.state == "proposed"
            and (not automatic_only or notice.level_id.automatic)
        )

    def _close_when_done(self) -> None:
        """Say how much of the run is sent, once something has become of a notice."""
        self.invalidate_recordset()
        if self.state in ("draft", "cancelled"):
            return
        if self.state == "sending" and self.waiting_count:
            return
        if self.waiting_count or self.failed_count:
            state = "partly" if self.sent_count else "proposed"
        else:
            state = "sent" if self.notice_count else "cancelled"
        if state != self.state:  # else somebody who sends at the same time would fail
            self._step(state=state)

    @api.model
    def _cron_send(self):
        """Send what is waiting of released runs, one notice a transaction."""
        runs = self.search([("state", "=", "sending")])
        self._send_in_steps(runs.notice_ids.filtered(lambda n: n.state == "proposed"))
        for run in runs:
            run._close_when_done()

    @api.model
    def _send_in_steps(self, notices) -> None:
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(notices))
        for notice in notices:
            today = notice.company_id._credit_today()
            notice.with_company(notice.company_id)._send(today)
            if not cron._commit_progress(1):
                break

    # -- daily -----------------------------------------------------------------

    @api.model
    def _cron_daily(self):
        """Propose today's run of every company and send what may go by itself."""
        companies = self.env["res.company"].search([("active", "=", True)])
        for company in companies:
            today = company._credit_today()
            self.env["credit.exposure"]._create_missing_files(company, today)
            self.env["credit.profile"]._rate_all(company, today)
            self.env["credit.payer.trait"]._find(company, today)
            self.env["credit.plan"]._update_all(company, today)
            self.env["credit.profile"]._allocate_all(company, today)
        self.env["credit.offer"]._close_all()
        self.env["credit.promise"]._judge_all()
        self.env["credit.promise"]._remind_all()
        self.env["credit.dispute"]._propose_closing_all()
        self.env["credit.profile"]._release_all_paid()
        for company in companies.filtered("credit_dunning_cron"):
            run = self.with_company(company)._propose_daily(company)
            if run:
                self._send_in_steps(run._get_waiting(automatic_only=True))
                run._close_when_done()

    @api.model
    def _propose_daily(self, company):
        """Today's proposal in place of earlier ones nobody has looked at."""
        self.search(
            [
                ("company_id", "=", company.id),
                ("automatic", "=", True),
                ("state", "in", ("proposed", "partly")),
            ]
        )._discard()
        if self._word_refusal(company):
            return self.browse()
        run = self._propose(company, company._credit_today(), automatic=True)
        if not run.notice_ids:
            run.unlink()
            return self.browse()
        return run

    def _discard(self) -> None:
        """Take back what was proposed and not sent; keep runs with history."""
        waiting = self.notice_ids.filtered(lambda notice: notice.state == "proposed")
        waiting.unlink()
        empty = self.filtered(lambda run: not run.notice_ids)
        for run in self - empty:
            run._close_when_done()
        empty.unlink()

    # -- other actions ---------------------------------------------------------

    def action_cancel(self):
        """Take back all that is not sent yet."""
        for run in self:
            if run.state == "sent":
                raise UserError(
                    self.env._("%s has been sent: it can't be cancelled.", run.name)
                )
            run.notice_ids.filtered(
                lambda notice: notice.state in ("proposed", "failed")
            ).action_cancel()
            run._step(state="sent" if run.sent_count else "cancelled")
        return True

    def action_view_notices(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Notices of %s", self.name),
            "res_model": "credit.notice",
            "view_mode": "list,form",
            "domain": [("run_id", "=", self.id)],
            "context": {"create": False},
        }

    def action_view_lost(self):
        """What was sent and didn't arrive: it can be tried again from the list."""
        action = self.action_view_notices()
        return action | {"context": {"create": False, "search_default_lost": 1}}

    def action_view_lines(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Items of %s", self.name),
            "res_model": "credit.notice.line",
            "view_mode": "list,pivot",
            "domain": [("run_id", "=", self.id)],
            "context": {"create": False},
        }

    def action_print_letters(self):
        """All letters of the run as one PDF."""
        letters = self.notice_ids.filtered(
            lambda notice: notice.state in ("proposed", "sent")
            and notice.channel in LETTERS
        )
        if not letters:
            raise UserError(self.env._("This run has no letters."))
        # Without asking for a layout of documents: the letter has its own.
        return self.env.ref("credit_control.action_report_notice").report_action(
            letters, config=False
        )

    def _get_form_action(self) -> dict:
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "credit.run",
            "res_id": self.id,
            "view_mode": "form",
        }


class CreditRunSkip(models.Model):
    """How many items a run left alone for one reason, and their amount."""

    _name = "credit.run.skip"
    _description = "Skipped Items"
    _order = "item_count desc, id"

    run_id = fields.Many2one(
        "credit.run", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    code = fields.Selection(
        selection=lambda self: self.env["credit.dunning"]._get_reason_labels(),
        string="Reason",
        required=True,
    )
    item_count = fields.Integer(string="Items")
    amount = fields.Monetary(string="Open amount")

    def action_view_items(self):
        """The items that were left alone for this reason, also those closed since.

        Where money could cover them, the debtors' credits stand beside them.
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._(
                "%(run)s, left alone: %(reason)s",
                run=self.run_id.name,
                reason=self._get_label(),
            ),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "views": [
                (self.env.ref("credit_control.view_move_line_left_list").id, "list"),
                (False, "form"),
            ],
            "search_view_id": (
                self.env.ref("credit_control.view_move_line_open_search").id,
                "search",
            ),
            "domain": [("id", "in", self._find_item_ids())],
            "context": {"create": False, "search_default_open": 1},
        }

    def _find_item_ids(self) -> list[int]:
        """Decided once more as on the run's day: only their number was kept."""
        run = self.run_id
        engine = self.env["credit.dunning.past"].sudo()
        profiles = run.profile_ids or None
        items = engine._fetch_items(
            run.company_id, run.date, profiles=profiles, ignore_run=run.id
        )
        decisions = engine._decide(items, run.date)
        found = [d.item for d in decisions if d.code == self.code]
        if self.code == escalation.UNMATCHED:
            debtors = {item.debtor for item in found}
            found += [
                d.item
                for d in decisions
                if d.code == escalation.CREDIT and d.item.debtor in debtors
            ]
        return [item.id for item in found]

    def _get_label(self) -> str:
        return dict(self._fields["code"]._description_selection(self.env))[self.code]

    def _word(self) -> str:
        return self.env._(
            "%(reason)s (%(count)s)", reason=self._get_label(), count=self.item_count
        )
