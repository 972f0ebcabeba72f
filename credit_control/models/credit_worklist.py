from datetime import date

from odoo import api, fields, models
from odoo.tools import SQL, format_amount, format_date

from ..database import find_page, flush, spare_compiling

LAST_ID = 2**31 - 1


class CreditWorklist(models.Model):
    """Who needs something today, those with most points first.

    A row is a debtor; it has the id of his file. Who needs nothing has no row.

    An addon that knows of one more thing to do adds it to :meth:`_get_sources`, a
    ``_word_<code>`` that says it, and a record of ``credit.worklist.rule`` with what
    it is worth.
    """

    _name = "credit.worklist"
    _description = "Worklist"
    _auto = False
    _order = "points desc, overdue_amount desc, id"
    _rec_name = "partner_id"

    profile_id = fields.Many2one("credit.profile", string="Debtor", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    collector_id = fields.Many2one("res.users", readonly=True)
    portfolio_id = fields.Many2one("credit.portfolio", readonly=True)
    tier_id = fields.Many2one("credit.risk.tier", string="Risk tier", readonly=True)
    points = fields.Integer(readonly=True)
    rule_id = fields.Many2one(
        "credit.worklist.rule",
        string="Main reason",
        readonly=True,
        help="What gives most of the points.",
    )
    reasons = fields.Json(readonly=True)
    why = fields.Char(
        compute="_compute_why",
        help="What brings the debtor here, and the points it gives.",
    )
    open_amount = fields.Monetary(string="Open", readonly=True)
    overdue_amount = fields.Monetary(string="Overdue", readonly=True)
    oldest_due = fields.Date(string="Oldest due", readonly=True)
    put_off_until = fields.Date(readonly=True)
    put_off_reason = fields.Char(related="profile_id.put_off_reason")
    is_put_off = fields.Boolean(string="Put off", readonly=True)
    is_mine = fields.Boolean(
        compute="_compute_is_mine",
        search="_search_is_mine",
        help="Mine, or of somebody I stand in for today.",
    )
    phone = fields.Char(related="partner_id.phone")
    last_call_date = fields.Datetime(related="profile_id.last_call_date")

    # -- query -----------------------------------------------------------------

    @property
    def _table_query(self) -> SQL:
        as_of = fields.Date.context_today(self)
        shown = self.env.context.get("credit_worklist_shown")
        return self._worklist_sql(as_of, self._get_files(shown) if shown else None)

    @api.model
    @api.readonly
    def web_search_read(
        self,
        domain,
        specification,
        offset=0,
        limit=None,
        order=None,
        count_limit=None,
    ):
        """Rank all, then read what is shown of those on the page: one query of the
        whole ledger instead of one for the page and one to count.
        """
        shown, length = find_page(self, domain, offset, limit, order or self._order)
        rows = self.with_context(credit_worklist_shown=shown).browse(shown)
        return {"length": length, "records": rows.web_read(specification)}

    @api.model
    def _get_files(self, ids):
        """The debtor files of the rows ``ids``: they have the same id."""
        return self.env["credit.profile"].sudo().browse(ids)

    @api.model
    def _worklist_sql(self, as_of: date, profiles=None) -> SQL:
        """One row for every debtor with points on ``as_of``.

        :param profiles: spares reading what others owe; what they have to do besides
            can be among the rows
        """
        self._flush_sources()
        return SQL(
            """
              WITH owed AS MATERIALIZED (%(owed)s),
                   ranked AS (
                   SELECT profile, SUM(points)::int AS points,
                          -- most points, then the first rule; nothing to sort
                          %(last)s - MAX((points::bigint << 32) + %(last)s - rule)
                              FILTER (WHERE points > 0) %% (1::bigint << 32)
                              AS rule_id,
                          JSONB_AGG(JSONB_BUILD_ARRAY(code, points, figure, day)
                                    ORDER BY points DESC, rule)
                          FILTER (WHERE points > 0) AS reasons,
                          COALESCE(SUM(open), 0) AS open,
                          COALESCE(SUM(overdue), 0) AS overdue,
                          MIN(oldest) AS oldest
                     FROM (%(found)s
                           UNION ALL
                           SELECT profile, NULL, NULL, NULL, NULL, 0,
                                  open, overdue, oldest FROM owed) f
                 GROUP BY profile
                   HAVING SUM(points) > 0)
            SELECT p.id, p.id AS profile_id, p.partner_id, p.company_id,
                   k.currency_id, p.collector_id, p.portfolio_id, p.tier_id,
                   r.points, r.rule_id, r.reasons,
                   r.open AS open_amount, r.overdue AS overdue_amount,
                   r.oldest AS oldest_due, p.put_off_until,
                   COALESCE(p.put_off_until > %(as_of)s, FALSE) AS is_put_off
              FROM ranked r
              JOIN credit_profile p ON p.id = r.profile AND p.active
              JOIN res_company k ON k.id = p.company_id
            """,
            owed=self._owed_sql(as_of, profiles),
            found=self._found_sql(as_of),
            as_of=as_of,
            last=LAST_ID,
        )

    @api.model
    def _flush_sources(self) -> None:
        """What the sources read. To be extended with what an override reads."""
        spare_compiling(self.env.cr)
        self.env["credit.dunning"]._flush_sources()
        flush(self.env, ("credit.call", "credit.worklist.rule", "mail.activity"))

    @api.model
    def _owed_sql(self, as_of: date, profiles=None) -> SQL:
        """Per debtor what is open, what is overdue, and what of that is pursued.

        What is blocked, disputed or otherwise left alone for now is not pursued. All
        that counts of an entry is whether its payment is blocked: who joined all
        entries would read them all. Adding up is what takes the time: what is open
        is overdue or not.
        """
        return SQL(
            """
            SELECT profile, COALESCE(SUM(residual) FILTER (WHERE late), 0)
                   + COALESCE(SUM(residual) FILTER (WHERE NOT late), 0) AS open,
                   SUM(residual) FILTER (WHERE late) AS overdue,
                   MIN(due) FILTER (WHERE residual > 0) AS oldest,
                   SUM(residual) FILTER (WHERE pursued) AS pursued,
                   MIN(due) FILTER (WHERE pursued) AS since
              FROM (SELECT p.id AS profile, l.amount_residual AS residual, d.due,
                           l.amount_residual > 0 AND d.due < %(as_of)s AS late,
                           l.amount_residual > 0 AND d.due < %(as_of)s
                           AND (%(block)s) IS NULL AS pursued
                      FROM account_move_line l
                 LEFT JOIN account_move m
                        ON m.id = l.move_id AND m.payment_state = 'blocked'
                      JOIN res_partner rp ON rp.id = l.partner_id
                 LEFT JOIN res_partner c ON c.id = rp.commercial_partner_id
                      JOIN credit_profile p
                        ON p.partner_id = rp.commercial_partner_id
                       AND p.company_id = l.company_id
                CROSS JOIN LATERAL (SELECT COALESCE(l.date_maturity, l.date) AS due) d
                     WHERE l.account_id = ANY(%(accounts)s)
                       AND l.reconciled IS NOT TRUE
                       AND l.parent_state = 'posted'
                       AND %(whose)s) i
          GROUP BY profile
            """,
            whose=SQL("TRUE")
            if profiles is None
            else SQL(
                "p.id = ANY(%s) AND rp.commercial_partner_id = ANY(%s)",
                profiles.ids,
                profiles.partner_id.ids,
            ),
            as_of=as_of,
            block=self.env["credit.dunning"]._block_sql(as_of),
            accounts=self.env["credit.dunning"]._receivable_account_ids(),
        )

    @api.model
    def _found_sql(self, as_of: date) -> SQL:
        """Every (debtor, rule) with its figure and the points it gives.

        The last columns are those of :meth:`_owed_sql`, to be added up with them: a
        join of two queries without an index takes a time that grows by the square.
        """
        sources = self._get_sources(as_of)
        rules = self.env["credit.worklist.rule"].sudo().search([("points", ">", 0)])
        parts = [
            SQL(
                """SELECT s.profile, %s AS rule, %s AS code, s.figure, s.day,
                          %s AS points, NULL::numeric AS open,
                          NULL::numeric AS overdue, NULL::date AS oldest
                     FROM (SELECT profile, figure::numeric AS figure, day
                             FROM (%s) f) s""",
                rule.id,
                rule.code,
                rule._points_sql(SQL("s.figure")),
                sources[rule.code],
            )
            for rule in rules
            if rule.code in sources
        ]
        return SQL(" UNION ALL ").join(parts) if parts else self._nothing_sql()

    @api.model
    def _nothing_sql(self) -> SQL:
        return SQL(
            """SELECT 0 AS profile, 0 AS rule, '' AS code, 0.0 AS figure,
                      NULL::date AS day, 0 AS points, NULL::numeric AS open,
                      NULL::numeric AS overdue, NULL::date AS oldest WHERE FALSE"""
        )

    # -- sources ---------------------------------------------------------------

    @api.model
    def _get_sources(self, as_of: date) -> dict[str, SQL]:
        """{code of the rule: query of what gives points}.

        To be extended. A query gives at most one row a debtor with the columns
        ``profile`` (id of the debtor file), ``figure`` (amount in the company's
        currency, days or a number) and ``day`` (a date, or NULL). It may read
        ``owed``, see :meth:`_owed_sql`.
        """
        return {
            "overdue_amount": SQL(
                "SELECT profile, pursued AS figure, since AS day FROM owed"
            ),
            "overdue_days": SQL(
                "SELECT profile, %s - since AS figure, since AS day FROM owed", as_of
            ),
            "over_limit": self._over_limit_sql(),
            "poor": self._poor_sql(),
            "no_answer": self._no_answer_sql(),
            "bounced": self._bounced_sql(),
            "activity": self._activity_sql(as_of),
            "follow_up": self._follow_up_sql(as_of),
        }

    @api.model
    def _over_limit_sql(self) -> SQL:
        return SQL(
            """SELECT o.profile, o.open - (%s) AS figure, NULL::date AS day
                 FROM owed o JOIN credit_profile p ON p.id = o.profile""",
            self.env["credit.profile"]._limit_sql(),
        )

    @api.model
    def _poor_sql(self) -> SQL:
        """Of the lowest tier, with something to pursue."""
        return SQL(
            """SELECT o.profile, 1 AS figure, o.since AS day
                 FROM owed o
                 JOIN credit_profile p ON p.id = o.profile
                 JOIN credit_risk_tier t ON t.id = p.tier_id
                WHERE t.code = 'poor' AND o.pursued > 0"""
        )

    @api.model
    def _no_answer_sql(self) -> SQL:
        """Notices since the debtor last paid or was spoken to, if he still owes.

        When that was is asked only of who got enough notices to count at all: it takes
        a look at all that he ever paid.
        """
        rule = self.env["credit.worklist.rule"].sudo()
        rule = rule.search([("code", "=", "no_answer")], limit=1)
        return SQL(
            """
            SELECT p.id AS profile, n.figure, n.day
              FROM (SELECT n.profile_id
                      FROM credit_notice n
                     WHERE n.state = 'sent'
                       AND n.profile_id IN (SELECT profile FROM owed WHERE pursued > 0)
                  GROUP BY n.profile_id
                    HAVING COUNT(*) >= %s) o
              JOIN credit_profile p ON p.id = o.profile_id
        CROSS JOIN LATERAL (
                   SELECT GREATEST((%s), (
                          SELECT MAX(k.date)::date
                            FROM credit_call k
                           WHERE k.profile_id = p.id AND k.outcome = 'reached'),
                          '1900-01-01') AS day
                   OFFSET 0) e  -- once a debtor, not once a notice
        CROSS JOIN LATERAL (
                   SELECT COUNT(*) AS figure, MAX(n.date) AS day
                     FROM credit_notice n
                    WHERE n.profile_id = p.id AND n.state = 'sent'
                      AND n.date > e.day) n
             WHERE n.figure > 0
            """,
            rule.threshold,
            self._last_payment_sql(),
        )

    @api.model
    def _last_payment_sql(self) -> SQL:
        """The day on which the debtor ``p`` last paid."""
        return SQL(
            """
            SELECT MAX(l.date)
              FROM res_partner rp
              JOIN account_move_line l ON l.partner_id = rp.id
              JOIN account_journal j ON j.id = l.journal_id
             WHERE rp.commercial_partner_id = p.partner_id
               AND l.company_id = p.company_id
               AND l.account_id = ANY(%s)
               AND l.parent_state = 'posted'
               AND l.balance < 0
               AND j.type IN ('bank', 'cash', 'credit')
            """,
            self.env["credit.dunning"]._receivable_account_ids(),
        )

    @api.model
    def _bounced_sql(self) -> SQL:
        """The debtor's latest notice, where it came back."""
        return SQL(
            """
            SELECT n.profile_id AS profile, 1 AS figure, n.date AS day
              FROM (SELECT DISTINCT ON (n.profile_id)
                           n.profile_id, n.date, n.message_id, n.recipient_id
                      FROM credit_notice n
                     WHERE n.state = 'sent'
                  ORDER BY n.profile_id, n.date DESC, n.id DESC) n
             WHERE EXISTS (
                   SELECT 1 FROM mail_notification f
                    WHERE f.mail_message_id = n.message_id
                      AND f.res_partner_id = n.recipient_id
                      AND f.notification_status IN ('bounce', 'exception'))
            """
        )

    @api.model
    def _activity_sql(self, as_of: date) -> SQL:
        """Activities due, but for those that follow up a call."""
        return SQL(
            """
            SELECT a.res_id AS profile, COUNT(*) AS figure,
                   MIN(a.date_deadline) AS day
              FROM mail_activity a
             WHERE a.res_model = 'credit.profile' AND a.active
               AND a.date_deadline <= %s
               AND NOT EXISTS (SELECT 1 FROM credit_call k
                                WHERE k.follow_up_activity_id = a.id)
          GROUP BY a.res_id
            """,
            as_of,
        )

    @api.model
    def _follow_up_sql(self, as_of: date) -> SQL:
        return SQL(
            """
            SELECT k.profile_id AS profile, 1 AS figure,
                   MIN(a.date_deadline) AS day
              FROM credit_call k
              JOIN mail_activity a ON a.id = k.follow_up_activity_id
             WHERE a.active AND a.date_deadline <= %s
          GROUP BY k.profile_id
            """,
            as_of,
        )

    # -- words -----------------------------------------------------------------

    # All that the words are made of is read with the page, not by a query of its own.
    @api.depends("reasons", "currency_id", "tier_id")
    def _compute_why(self):
        for row in self:
            row.why = "; ".join(
                self.env._("%(reason)s (%(points)s)", reason=words, points=points)
                for words, points in row._get_reasons()
            )

    @api.model
    def _get_rows(self, profiles, as_of: date):
        """The rows of ``profiles`` alone, by the id of the debtor file."""
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT id, currency_id, tier_id, points, reasons
                     FROM (%s) w WHERE id = ANY(%s)""",
                self._worklist_sql(as_of, profiles),
                profiles.ids,
            )
        )
        return {row.pop("id"): self.new(row) for row in rows}

    def _get_reasons(self) -> list[tuple[str, int]]:
        """(what brings the debtor here in words, points), most points first."""
        return [
            (self._word_reason(code, figure, day), points)
            for code, points, figure, day in self.reasons or ()
        ]

    def _word_reason(self, code: str, figure: float, day: str | None) -> str:
        return getattr(self, f"_word_{code}")(figure, fields.Date.to_date(day))

    def _money(self, figure: float) -> str:
        return format_amount(self.env, figure, self.currency_id)

    def _word_overdue_amount(self, figure, day) -> str:
        return self.env._("Overdue %s", self._money(figure))

    def _word_overdue_days(self, figure, day) -> str:
        if figure == 1:
            return self.env._("1 day late")
        return self.env._("%s days late", int(figure))

    def _word_over_limit(self, figure, day) -> str:
        return self.env._("Over limit by %s", self._money(figure))

    def _word_poor(self, figure, day) -> str:
        return self.tier_id.name

    def _word_no_answer(self, figure, day) -> str:
        if figure == 1:
            return self.env._("1 notice without answer")
        return self.env._("%s notices without answer", int(figure))

    def _word_bounced(self, figure, day) -> str:
        return self.env._("The notice of %s came back", format_date(self.env, day))

    def _word_activity(self, figure, day) -> str:
        return self.env._("Planned for %s", format_date(self.env, day))

    def _word_follow_up(self, figure, day) -> str:
        return self.env._("Follow up the call by %s", format_date(self.env, day))

    # -- whose -----------------------------------------------------------------

    @api.depends_context("uid")
    def _compute_is_mine(self):
        mine = self.env["credit.profile"].search(
            [("id", "in", self.ids), ("is_mine", "=", True)]
        )
        for row in self:
            row.is_mine = row.profile_id in mine

    @api.model
    def _search_is_mine(self, operator, value):
        return [("profile_id.is_mine", operator, value)]

    # -- totals ----------------------------------------------------------------

    @api.model
    def get_totals(self, domain) -> dict:
        """What stands above the list that ``domain`` gives: the number of debtors, and
        what they owe, by currency.
        """
        found = self._read_group(
            domain,
            ["currency_id"],
            ["__count", "overdue_amount:sum", "open_amount:sum", "id:array_agg"],
        )
        by_currency = [(currency, *sums) for currency, *sums, _ids in found]
        return {
            "count": sum(count for _currency, count, *_sums in by_currency),
            "figures": [
                (
                    self.env._("Overdue"),
                    [self._word_total(c, late) for c, _n, late, _open in by_currency],
                ),
                (
                    self.env._("Open"),
                    [self._word_total(c, owed) for c, _n, _late, owed in by_currency],
                ),
                *self._get_more_totals([id_ for *_sums, ids in found for id_ in ids]),
            ],
        }

    @api.model
    def _get_more_totals(self, profile_ids) -> list[tuple[str, list[str]]]:
        """(what, amounts by currency) of these debtors besides. To be extended."""
        return []

    @api.model
    def _word_total(self, currency, amount: float) -> str:
        return format_amount(self.env, amount, currency)

    # -- actions ---------------------------------------------------------------

    def _get_debtors(self):
        """The debtor files, whose rights hold for what follows; no need to rank all."""
        return self.env["credit.profile"].browse(self.ids)

    def action_open(self):
        return self._get_debtors().action_view_phone()

    def action_call(self):
        return self._get_debtors().action_call()

    def action_call_all(self):
        return self._get_debtors().action_call_all()

    def action_promise_all(self):
        return self._get_debtors().action_promise_all()

    def action_give_to_collector(self):
        return self._get_debtors().action_give_to_collector()

    def action_put_off(self):
        """Ask until when these debtors can wait, and why."""
        return self._get_debtors().action_put_off()

    def action_done_today(self):
        return self._get_debtors().action_done_today()

    def action_propose(self):
        """Propose what is due for these debtors."""
        return self._get_debtors().action_propose()
