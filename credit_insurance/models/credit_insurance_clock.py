from datetime import date
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from odoo.addons.credit_control.database import find_page, flush, spare_compiling

KINDS = [
    ("stop", "Stop shipment"),
    ("notify", "Report the overdue"),
    ("loss", "Waiting period ends"),
    ("claim", "Submit the claim"),
]
UNCOVERED = [
    ("disputed", "Suspended: disputed"),
    ("term", "Not insured: payment term too long"),
    ("stopped", "Not insured: delivered after stop shipment"),
]

# When the item ``l`` of the entry ``m`` was delivered.
SHIPPED = SQL("COALESCE(m.delivery_date, m.invoice_date, l.date)")
# The policies that watch the debtor of the limit ``c``; what of them is reckoned with.
WATCHING = SQL(
    """credit_insurance_limit c
       JOIN credit_insurance_policy y
         ON y.id = c.policy_id AND y.active AND y.watch_deadlines
  LEFT JOIN credit_insurance_terms t ON t.policy_id = y.id"""
)
SHORTEST = SQL("MIN(LEAST(y.extension_days, t.extension_days))")
FIRST_DAY = SQL("MIN(CASE y.basis WHEN 'risk' THEN y.date_from ELSE '-infinity' END)")


class Asked(NamedTuple):
    """Which deadlines are asked for: as they are on ``as_of``, of the debtor files
    ``profiles`` (None: of all), as far as they matter up to ``until`` (None: always).
    """

    as_of: date
    profiles: object = None
    until: date | None = None


class CreditInsuranceClock(models.Model):
    """The deadlines of every insured invoice that isn't paid.

    A row is an open item; it has its id. What was taken over from earlier books counts
    as well: there the entry isn't an invoice, and of the delivery only its latest day
    is known. Costs and interest that we claimed have no deadlines. Money that is matched with nothing yet counts
    for the debtor's oldest items. The rules are those of ``core.clocks``, which a test
    holds against this query.
    """

    _name = "credit.insurance.clock"
    _description = "Deadline of an Insured Invoice"
    _auto = False
    _order = "next_date, id"
    _rec_name = "move_id"
    _depends = {
        "account.move": ["delivery_date", "invoice_date", "move_type", "state"],
        "account.move.line": [
            "account_id",
            "amount_residual",
            "company_id",
            "date_maturity",
            "name",
            "parent_state",
            "partner_id",
            "reconciled",
        ],
    }

    item_id = fields.Many2one("account.move.line", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    document = fields.Char(readonly=True)
    profile_id = fields.Many2one("credit.profile", string="Debtor", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    collector_id = fields.Many2one("res.users", readonly=True)
    policy_id = fields.Many2one("credit.insurance.policy", readonly=True)
    claim_id = fields.Many2one("credit.claim", readonly=True)
    delivered = fields.Date(
        string="Delivered on",
        readonly=True,
        help="Of what was taken over from earlier books: on that day at the latest.",
    )
    due_date = fields.Date(readonly=True)
    first_due = fields.Date(
        string="Due at first", readonly=True, help="The insurer counts from this day."
    )
    amount = fields.Monetary(
        string="Open",
        readonly=True,
        help="Less what came in and is matched with nothing yet, the oldest first.",
    )
    stop_date = fields.Date(string="Stop shipment", readonly=True)
    notify_date = fields.Date(string="Report by", readonly=True)
    loss_date = fields.Date(string="Day of the loss", readonly=True)
    claim_date = fields.Date(string="Claim by", readonly=True)
    next_kind = fields.Selection(KINDS, string="Next deadline", readonly=True)
    next_date = fields.Date(string="On", readonly=True)
    days_left = fields.Integer(
        string="Days left", readonly=True, aggregator="min", help="Negative: missed."
    )
    is_stopped = fields.Boolean(string="Past the extension period", readonly=True)
    uncovered = fields.Selection(UNCOVERED, string="Cover", readonly=True)

    # -- query -----------------------------------------------------------------

    @property
    def _table_query(self) -> SQL:
        spare_compiling(self.env.cr)
        profiles, shown = None, self.env.context.get("credit_clock_of")
        if shown is not None:
            files = self.env["credit.profile"].sudo().with_context(active_test=False)
            profiles = files.search([("partner_id", "in", shown)])
        return self._clock_sql(fields.Date.context_today(self), profiles)

    @api.model
    def _clock_sql(self, as_of: date, profiles=None, until: date | None = None) -> SQL:
        """One row for every insured item open on ``as_of``.

        :param profiles: of these debtors only
        :param until: what stops no delivery and has no next deadline until then may be
            left out
        """
        self._flush_sources()
        return SQL(
            """
            SELECT d.id, d.id AS item_id, d.move_id, d.document, d.profile_id,
                   d.partner_id,
                   d.company_id, d.currency_id, d.collector_id, d.policy_id,
                   d.claim_id, d.delivered, d.due_date, d.first_due, d.amount,
                   d.stop AS stop_date, d.notify AS notify_date, d.loss AS loss_date,
                   d.claim AS claim_date, d.next_kind, n.next_date,
                   n.next_date - %(as_of)s AS days_left,
                   d.stop <= %(as_of)s AS is_stopped, d.uncovered
              FROM (
                SELECT e.*, CASE
                       WHEN e.submitted THEN NULL
                       WHEN e.notified IS NULL THEN
                           CASE WHEN %(as_of)s < e.stop THEN 'stop' ELSE 'notify' END
                       WHEN %(as_of)s < e.loss OR e.claim IS NULL THEN 'loss'
                       ELSE 'claim' END AS next_kind
                  FROM (%(deadlines)s) e) d
        CROSS JOIN LATERAL (
                SELECT CASE d.next_kind WHEN 'stop' THEN d.stop
                            WHEN 'notify' THEN d.notify WHEN 'loss' THEN d.loss
                            WHEN 'claim' THEN d.claim END AS next_date) n
            """,
            as_of=as_of,
            deadlines=self._deadlines_sql(Asked(as_of, profiles, until)),
        )

    @api.model
    def _flush_sources(self) -> None:
        self.env["credit.dunning"]._flush_sources()
        flush(
            self.env,
            (
                "credit.claim",
                "credit.claim.line",
                "credit.dispute",
                "credit.dispute.line",
                "credit.insurance.due",
                "credit.insurance.extension",
                "credit.insurance.limit",
                "credit.insurance.period",
                "credit.insurance.policy",
                "credit.insurance.stop",
                "credit.insurance.terms",
                "credit.charge",
                "credit.plan",
                "credit.signal",
                "credit.signal.kind",
            ),
        )

    @api.model
    def _deadlines_sql(self, asked: Asked) -> SQL:
        """Each deadline out of the one before it, as in ``core.clocks``."""
        return SQL(
            """
            SELECT l.*, c.claim
              FROM (SELECT k.*, LEAST(
                           CASE WHEN k.waiting_start = 'due' THEN k.first_due
                                ELSE COALESCE(k.notified, k.notify) END
                           + k.waiting_days, k.insolvent) AS loss
                      FROM (SELECT s.*, GREATEST(s.stop,
                                   CASE WHEN s.notification_from = 'due'
                                        THEN s.first_due ELSE s.stop END
                                   + s.notification_days) AS notify
                              FROM (SELECT i.*, GREATEST(
                                           i.first_due + i.extension_days,
                                           i.extended_to) AS stop
                                      FROM (%(items)s) i) s) k) l
        CROSS JOIN LATERAL (
                SELECT CASE WHEN l.claim_days > 0 THEN l.loss + l.claim_days END
                       AS claim) c
            """,
            items=self._items_sql(asked),
        )

    @api.model
    def _items_sql(self, asked: Asked) -> SQL:
        """Insured items with what their deadlines follow from."""
        return SQL(
            """
            SELECT i.*, y.notification_days, y.notification_from,
                   y.waiting_days, y.waiting_start, y.claim_days, t.extension_days,
                   x.extended_to, f.claim_id, f.notified, f.submitted,
                   COALESCE(f.insolvent, g.insolvent) AS insolvent,
                   CASE WHEN EXISTS (
                            SELECT 1 FROM credit_dispute_line q
                              JOIN credit_dispute w ON w.id = q.dispute_id
                             WHERE q.item_id = i.id
                               AND w.state IN ('new', 'accepted')) THEN 'disputed'
                        WHEN t.payment_days > 0
                             AND i.first_due - i.issued > t.payment_days THEN 'term'
                        WHEN NOT i.is_taken_over AND EXISTS (
                            SELECT 1 FROM credit_insurance_stop o
                             WHERE o.profile_id = i.profile_id
                               AND i.delivered >= o.date_from
                               AND (o.date_to IS NULL OR i.delivered <= o.date_to))
                             THEN 'stopped'
                        END AS uncovered
              FROM (%(chosen)s) i
              JOIN credit_insurance_policy y ON y.id = i.policy_id
              JOIN res_partner cp ON cp.id = i.partner_id
        CROSS JOIN LATERAL (%(terms)s) t
        CROSS JOIN LATERAL (
                SELECT MAX(x.agreed_until) AS extended_to
                  FROM credit_insurance_extension x
                  JOIN account_move_line_credit_insurance_extension_rel xr
                    ON xr.credit_insurance_extension_id = x.id
                 WHERE xr.account_move_line_id = i.id AND x.state = 'agreed'
                   AND x.policy_id = y.id) x
         LEFT JOIN (
                SELECT DISTINCT ON (fl.item_id) fl.item_id, f.id AS claim_id,
                       f.notified_date AS notified, f.insolvency_date AS insolvent,
                       f.submitted_date IS NOT NULL AS submitted
                  FROM credit_claim_line fl
                  JOIN credit_claim f ON f.id = fl.claim_id
                 WHERE f.state NOT IN ('draft', 'closed') AND %(whose)s
              ORDER BY fl.item_id, f.id DESC) f ON f.item_id = i.id
         LEFT JOIN (%(insolvent)s) g ON g.profile_id = i.profile_id
            """,
            chosen=self._chosen_sql(asked),
            terms=self._terms_sql(),
            whose=SQL("TRUE")
            if asked.profiles is None
            else SQL("f.profile_id = ANY(%s)", asked.profiles.ids),
            insolvent=self._insolvent_sql(asked.as_of),
        )

    @api.model
    def _chosen_sql(self, asked: Asked) -> SQL:
        """Insured items, each with the latest policy that covers it and the kind of
        limit; joined at once, as there are as many items as there are. A policy on top
        of another has its deadlines only where the other doesn't cover.
        """
        return SQL(
            """
            SELECT DISTINCT ON (i.id) i.*, y.id AS policy_id, r.kind
              FROM (%(open)s) i
              JOIN (%(periods)s) r ON r.profile_id = i.profile_id AND r.amount > 0
               AND (i.delivered BETWEEN r.date_from AND COALESCE(r.date_to, 'infinity')
                    OR %(as_of)s BETWEEN r.date_from
                                     AND COALESCE(r.date_to, 'infinity'))
              JOIN credit_insurance_policy y
                ON y.id = r.policy_id AND y.active AND y.watch_deadlines
               AND CASE WHEN y.basis = 'risk' THEN i.delivered ELSE %(as_of)s END
                   BETWEEN y.date_from AND COALESCE(y.date_to, 'infinity')
             WHERE i.amount > 0 AND i.is_sale
          ORDER BY i.id, COALESCE(y.top_up, FALSE), y.date_from DESC, y.id DESC,
                   r.date_from DESC
            """,
            open=self._open_sql(asked),
            periods=self._periods_sql(),
            as_of=asked.as_of,
        )

    @api.model
    def _periods_sql(self) -> SQL:
        """What each debtor's limit was and is: ``profile_id``, ``policy_id``, ``kind``,
        ``amount`` in the policy's currency, ``percent`` (NULL: what the policy says),
        ``date_from``, ``date_to``.
        """
        return SQL(
            """SELECT l.profile_id, l.policy_id, l.kind, d.amount,
                      NULLIF(d.percent, 0) AS percent, d.date_from, d.date_to
                 FROM credit_insurance_limit l
                 JOIN credit_insurance_period d ON d.limit_id = l.id"""
        )

    @api.model
    def _open_sql(self, asked: Asked) -> SQL:
        """Open items of insured debtors, with what is left of them once unmatched
        money is laid against the oldest.

        What no policy covers, or is due too late, is left out at once, unless there is
        such money: then each item counts for those after it.
        """
        tables = SQL(
            """account_move_line l
                      JOIN res_partner rp ON rp.id = l.partner_id
                      JOIN credit_profile p ON p.partner_id = rp.commercial_partner_id
                                           AND p.company_id = l.company_id"""
        )
        is_open = self._is_open_sql(asked.profiles)
        unmatched = SQL(
            """SELECT p.id AS profile_id, -SUM(l.amount_residual) AS credit
                 FROM %s
                WHERE %s AND l.amount_residual < 0
             GROUP BY p.id""",
            tables,
            is_open,
        )
        return SQL(
            """
            SELECT o.*, LEAST(o.residual, SUM(o.residual) OVER (
                       PARTITION BY o.profile_id ORDER BY o.first_due, o.id)
                       - COALESCE(u.credit, 0)) AS amount,
                   -- Nobody delivers after the day on which he is to be paid.
                   CASE WHEN o.is_taken_over THEN LEAST(o.shipped, o.first_due)
                        ELSE o.shipped END AS delivered
              FROM (SELECT l.id, l.move_id, p.id AS profile_id, p.partner_id,
                           p.company_id, l.company_currency_id AS currency_id,
                           p.collector_id, l.amount_residual AS residual,
                           %(shipped)s AS shipped,
                           COALESCE(m.invoice_date, l.date) AS issued,
                           COALESCE(l.date_maturity, l.date) AS due_date,
                           %(first_due)s AS first_due,
                           m.move_type = 'entry' AS is_taken_over,
                           CASE m.move_type WHEN 'out_invoice' THEN TRUE
                                WHEN 'entry' THEN %(is_taken_over)s END AS is_sale,
                           COALESCE(CASE WHEN m.move_type = 'entry'
                                         THEN COALESCE(NULLIF(l.name, ''), l.ref) END,
                                    m.name) AS document
                      FROM %(tables)s
                      JOIN (%(shortest)s) w ON w.profile_id = p.id
                      JOIN account_move m ON m.id = l.move_id
                     WHERE %(is_open)s AND l.amount_residual > 0
                       AND %(matters)s) o
         LEFT JOIN (%(unmatched)s) u ON u.profile_id = o.profile_id
            """,
            unmatched=unmatched,
            matters=self._matters_sql(asked, unmatched),
            shipped=SHIPPED,
            first_due=self.env["credit.insurance.due"]._first_due_sql(),
            is_taken_over=self._is_taken_over_sql(),
            tables=tables,
            shortest=self._shortest_sql(asked.profiles),
            is_open=is_open,
        )

    @api.model
    def _matters_sql(self, asked: Asked, unmatched: SQL) -> SQL:
        """Whether the item ``l`` of the entry ``m`` can be covered by the policies
        ``w``, and can have a deadline in time: none is before the shortest extension
        period ends, unless the item is in a claim. Each said for itself, so that the
        database needn't have joined all to leave items out.
        """
        anyhow = SQL("p.id IN (SELECT u.profile_id FROM (%s) u)", unmatched)
        conditions = [SQL("%s >= w.start", SHIPPED)]
        if asked.until is not None:
            conditions.append(
                SQL(
                    """COALESCE(l.date_maturity, l.date) <= %s - w.days
                       OR l.move_id IN (SELECT move_id FROM credit_insurance_due)
                       OR l.id IN (SELECT item_id FROM credit_claim_line)""",
                    asked.until,
                )
            )
        return SQL(" AND ").join(SQL("(%s OR %s)", one, anyhow) for one in conditions)

    @api.model
    def _is_taken_over_sql(self) -> SQL:
        """Whether the item ``l`` of an entry ``m`` that is no invoice stands for one:
        neither money that was paid out, nor costs and interest of ours.
        """
        return SQL(
            """(NOT EXISTS (SELECT 1 FROM account_journal j
                             WHERE j.id = m.journal_id
                               AND j.type IN ('bank', 'cash', 'credit'))
                AND NOT EXISTS (SELECT 1 FROM credit_charge_item_rel c
                                 WHERE c.account_move_line_id = l.id)
                AND l.id NOT IN (SELECT interest_item_id FROM credit_plan
                                  WHERE interest_item_id IS NOT NULL))"""
        )

    @api.model
    def _is_open_sql(self, profiles) -> SQL:
        return SQL(
            """l.account_id = ANY(%s)
               AND l.reconciled IS NOT TRUE
               AND l.parent_state = 'posted'
               AND %s""",
            self._accounts_sql(profiles),
            SQL("TRUE")
            if profiles is None
            else SQL(
                """p.id = ANY(%s) AND l.partner_id IN (
                       SELECT id FROM res_partner WHERE commercial_partner_id = ANY(%s))
                """,
                profiles.ids,
                profiles.partner_id.ids,
            ),
        )

    @api.model
    def _terms_sql(self) -> SQL:
        """What the policy ``y`` says for the country of the debtor ``cp`` and the kind
        of limit of the item ``i``.
        """
        return SQL(
            """
            SELECT COALESCE(t.extension_days, y.extension_days) AS extension_days,
                   COALESCE(t.payment_days, y.payment_days) AS payment_days
              FROM (SELECT 1) one
         LEFT JOIN LATERAL (
                SELECT t.extension_days, t.payment_days
                  FROM credit_insurance_terms t
             LEFT JOIN credit_insurance_terms_res_country_rel tc
                    ON tc.credit_insurance_terms_id = t.id
                 WHERE t.policy_id = y.id
                   AND (t.kind IS NULL OR t.kind = i.kind)
                   AND (tc.res_country_id IS NULL OR tc.res_country_id = cp.country_id)
              ORDER BY tc.res_country_id IS NULL, t.kind IS NULL, t.sequence, t.id
                 LIMIT 1) t ON TRUE
            """
        )

    @api.model
    def _insolvent_sql(self, as_of: date) -> SQL:
        """Since when each debtor is insolvent, by the signals that hold."""
        return SQL(
            """
            SELECT s.profile_id, MIN(s.date) AS insolvent
              FROM credit_signal s
              JOIN credit_signal_kind k ON k.id = s.kind_id AND k.means_insolvency
             WHERE s.date <= %s AND (s.until IS NULL OR s.until >= %s)
          GROUP BY s.profile_id
            """,
            as_of,
            as_of,
        )

    @api.model
    def _may_be_passed_sql(self, profile, as_of: date) -> SQL:
        """Whether anything of ``profile`` is late for as long as the shortest extension
        period: nothing else can be past its own. To look that up takes the database far
        less than to plan for the deadlines.
        """
        watching = SQL("%s WHERE c.profile_id = %s", WATCHING, profile.id)
        return SQL(
            """
            EXISTS (
                SELECT FROM account_move_line l
                  JOIN account_move m ON m.id = l.move_id
                 WHERE l.partner_id IN (SELECT id FROM res_partner
                                         WHERE commercial_partner_id = %(partner)s)
                   AND l.company_id = %(company)s
                   AND l.account_id = ANY(%(accounts)s)
                   AND l.reconciled IS NOT TRUE
                   AND l.parent_state = 'posted'
                   AND l.amount_residual > 0
                   AND %(first_due)s <= %(as_of)s - (SELECT %(days)s FROM %(watching)s)
                   AND %(shipped)s >= (SELECT %(start)s FROM %(watching)s))
            """,
            partner=profile.partner_id.id,
            company=profile.company_id.id,
            accounts=self._accounts_sql(profile),
            first_due=self.env["credit.insurance.due"]._first_due_sql(),
            as_of=as_of,
            days=SHORTEST,
            watching=watching,
            shipped=SHIPPED,
            start=FIRST_DAY,
        )

    @api.model
    def _shortest_sql(self, profiles=None) -> SQL:
        """Of each debtor ``profile_id``, or of ``profiles``, that policies watch: the
        shortest extension period and the first day of delivery that any covers.
        """
        return SQL(
            """
            SELECT c.profile_id, %s AS days, %s AS start
              FROM %s
             WHERE %s
          GROUP BY c.profile_id
            """,
            SHORTEST,
            FIRST_DAY,
            WATCHING,
            SQL("TRUE")
            if profiles is None
            else SQL("c.profile_id = ANY(%s)", profiles.ids),
        )

    @api.model
    def _accounts_sql(self, profiles) -> SQL:
        """The receivable accounts; of some debtors in the same query, of all of them
        read before, so that the database knows how many items there are.
        """
        if profiles is None:
            return SQL("%s", self.env["credit.dunning"]._receivable_account_ids())
        return SQL(
            """ARRAY(SELECT id FROM account_account
                      WHERE account_type = 'asset_receivable')"""
        )

    # -- read ------------------------------------------------------------------

    @api.model
    @api.readonly
    def web_search_read(
        self, domain, specification, offset=0, limit=None, order=None, count_limit=None
    ):
        """The page and the number of all rows from one query; what is shown is read of
        the debtors on the page.
        """
        if not limit:
            return super().web_search_read(
                domain, specification, offset, limit, order, count_limit
            )
        ids, length = find_page(self, domain, offset, limit, order or self._order)
        items = self.env["account.move.line"].sudo().browse(ids)
        shown = self.with_context(
            credit_clock_of=items.partner_id.commercial_partner_id.ids
        )
        return {"length": length, "records": shown.browse(ids).web_read(specification)}

    @api.model
    def _fetch_rows(self, profiles, as_of: date) -> list[dict]:
        """The rows of ``profiles`` on ``as_of``, as dicts, what is next first."""
        if not profiles.ids:
            return []
        return self.env.execute_query_dict(
            SQL(
                "SELECT * FROM (%s) c ORDER BY c.next_date, c.id",
                self._clock_sql(as_of, profiles),
            )
        )

    @api.model
    def _fetch_periods(self, profile, policy) -> list[tuple[float, date, date]]:
        """(limit, first day, last day) of ``profile`` in ``policy``, in its currency."""
        if not profile or not policy:
            return []
        self.env["credit.insurance.limit"].flush_model()
        self.env["credit.insurance.period"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT amount::float8, date_from, COALESCE(date_to, '9999-12-31')
                     FROM (%s) r WHERE profile_id = %s AND policy_id = %s""",
                self._periods_sql(),
                profile._origin.id,
                policy._origin.id,
            )
        )
        return [(amount, start, end) for amount, start, end in rows]

    def _get_words(self) -> str:
        """The next deadline with its countdown, and whether it is covered."""
        words = []
        if self.next_date:
            row = self.read(["next_kind", "next_date", "days_left"])[0]
            words.append(self.profile_id._word_deadline(row))
        if self.first_due != self.due_date:
            words.append(
                self.env._("due at first on %s", format_date(self.env, self.first_due))
            )
        labels = dict(self._fields["uncovered"]._description_selection(self.env))
        if self.uncovered:
            words.append(labels[self.uncovered])
        return " · ".join(words)

    # -- actions ---------------------------------------------------------------

    def action_open_debtor(self):
        self.ensure_one()
        return self.profile_id.get_formview_action()
