from datetime import date as Day
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.credit_control.core.ageing import BucketScheme
from odoo.addons.credit_control.rights import check_officer

# Months are compared with each other, companies too: these buckets stay.
SCHEME = BucketScheme((0, 30, 60, 90, 120))
BUCKETS = [
    ("0", "Not due"),
    ("1", "1–30 days"),
    ("2", "31–60 days"),
    ("3", "61–90 days"),
    ("4", "91–120 days"),
    ("5", "Over 120 days"),
]
HISTORY_MONTHS = 36
# Entries of a month are often posted when it is over.
LATE_MONTHS = 2


def month_end(day: Day) -> Day:
    """The last day of the month of ``day``."""
    return day + relativedelta(day=31)


def last_month_end(day: Day) -> Day:
    """The end of the last month that is over on ``day``, itself included."""
    return (
        month_end(day) if month_end(day) == day else day.replace(day=1) - timedelta(1)
    )


class CreditSnapshot(models.Model):
    """What each debtor owed at the end of a month, by how late it was.

    Made from the ledger as of that day, as often as one likes: the unique index keeps
    one row per debtor and bucket.
    """

    _name = "credit.snapshot"
    _description = "Ageing at Month-End"
    _order = "date desc, company_id, partner_id, bucket"
    # Thousands are written at once, by one statement.
    _log_access = False

    date = fields.Date(string="Month-end", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner",
        string="Debtor",
        index="btree_not_null",
        readonly=True,
        ondelete="cascade",
    )
    tier_id = fields.Many2one(
        "credit.risk.tier",
        string="Risk tier",
        index="btree_not_null",
        readonly=True,
        ondelete="set null",
        help="That of the debtor in this month.",
    )
    bucket = fields.Selection(BUCKETS, string="Days late", required=True, readonly=True)
    amount = fields.Monetary(string="Open", readonly=True, help="Credits taken off.")
    credit_amount = fields.Monetary(
        string="Of which credits",
        readonly=True,
        help="Credit notes and payments that weren't matched with an invoice.",
    )
    item_count = fields.Integer(string="Items", readonly=True)
    is_allowed = fields.Boolean(
        compute="_compute_is_allowed",
        search="_search_is_allowed",
        help="Access rules leave the user the debtor file.",
    )

    _debtor_bucket_uniq = models.UniqueIndex(
        "(company_id, date, COALESCE(partner_id, 0), bucket)"
    )

    # -- access ----------------------------------------------------------------

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_is_allowed(self):
        allowed = self.sudo().search(
            [("id", "in", self.ids), ("is_allowed", "=", True)]
        )
        for snapshot in self:
            snapshot.is_allowed = snapshot.id in allowed._ids

    @api.model
    def _search_is_allowed(self, operator, value):
        """Rules are asked as superuser: who looks is the user himself."""
        if operator != "in":
            return NotImplemented
        hidden = (
            self.env["credit.ageing"]
            .sudo(False)
            ._hidden_sql(SQL("s.partner_id"), SQL("s.company_id"))
        )
        if hidden is None:
            return Domain.TRUE if True in value else Domain.FALSE
        query = SQL("(SELECT s.id FROM credit_snapshot s WHERE %s)", hidden)
        return [("id", "not in" if True in value else "in", query)]

    # -- make ------------------------------------------------------------------

    def action_refresh(self) -> dict:
        """Make the month-ends and figures of the user's companies anew."""
        check_officer(
            self.env, self.env._("Only credit officers bring the figures up to date.")
        )
        for company in self.env.companies:
            self.sudo()._refresh(company, company._credit_today())
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    def _cron_monthly(self) -> None:
        """The month that is over, of every company, and what is missing before it."""
        for company in self.env["res.company"].search([("active", "=", True)]):
            as_of = company._credit_today()
            self._refresh(company, as_of, self._get_first_to_make(company, as_of))

    @api.model
    def _get_first_to_make(self, company, as_of: Day) -> Day | None:
        """The last months once more, from the last one there is."""
        latest = self._get_span(company)[1]
        if not latest:
            return None
        recent = last_month_end(as_of) - relativedelta(months=LATE_MONTHS)
        return month_end(min(latest, recent))

    @api.model
    def _refresh(self, company, as_of: Day, first: Day | None = None) -> None:
        """Month-ends from ``first``, or of all the history kept, up to ``as_of``."""
        months = self._get_months(company, as_of, first)
        for day in months:
            self._make(company, day)
        self.env["credit.kpi"]._make(company, months)

    @api.model
    def _get_months(self, company, as_of: Day, first: Day | None) -> list[Day]:
        last = last_month_end(as_of)
        first = first or self._get_first_month(company, last)
        months = []
        while first and first <= last:
            months.append(first)
            first = month_end(first + timedelta(1))
        return months

    @api.model
    def _get_first_month(self, company, last: Day) -> Day | None:
        """The end of the month of the oldest receivable that is kept."""
        self.env["account.move.line"].flush_model()
        [[oldest]] = self.env.execute_query(
            SQL(
                """SELECT MIN(date) FROM account_move_line
                    WHERE account_id = ANY(%s) AND company_id = %s
                      AND parent_state = 'posted'""",
                self.env["credit.dunning"]._receivable_account_ids(company),
                company.id,
            )
        )
        kept = month_end(last - relativedelta(months=HISTORY_MONTHS - 1))
        return oldest and max(month_end(oldest), kept)

    @api.model
    def _get_span(self, company) -> tuple[Day | None, Day | None]:
        """First and last month-end of ``company``."""
        [[first, last]] = self.sudo()._read_group(
            [("company_id", "=", company.id)], [], ["date:min", "date:max"]
        )
        return first, last

    @api.model
    def _make(self, company, day: Day) -> None:
        """What was open on ``day``, in one statement; replaces what is there."""
        self.env["credit.ageing"]._flush_ageing()
        self.env["credit.score"].flush_model()
        self.flush_model()
        self.env.execute_query(self._make_sql(company, day))
        self.invalidate_model()

    @api.model
    def _make_sql(self, company, day: Day) -> SQL:
        return SQL(
            """
            WITH aged AS (
                SELECT item.partner_id, %(bucket)s AS bucket,
                       SUM(item.residual) AS amount,
                       SUM(LEAST(item.residual, 0)) AS credit_amount,
                       COUNT(*) AS item_count
                  FROM (%(items)s) item
              GROUP BY 1, 2
            ), gone AS (
                DELETE FROM credit_snapshot old
                 WHERE old.company_id = %(company)s AND old.date = %(day)s
                   AND NOT EXISTS (
                       SELECT FROM aged
                        WHERE aged.bucket = old.bucket
                          AND aged.partner_id IS NOT DISTINCT FROM old.partner_id)
            )
            INSERT INTO credit_snapshot AS snapshot
                   (company_id, date, partner_id, tier_id, bucket, amount,
                    credit_amount, item_count)
            SELECT %(company)s, %(day)s, aged.partner_id, member.tier_id, aged.bucket,
                   aged.amount, aged.credit_amount, aged.item_count
              FROM aged
         LEFT JOIN (%(members)s) member ON member.partner_id = aged.partner_id
       ON CONFLICT (company_id, date, COALESCE(partner_id, 0), bucket)
         DO UPDATE SET amount = EXCLUDED.amount,
                       credit_amount = EXCLUDED.credit_amount,
                       item_count = EXCLUDED.item_count
             WHERE (snapshot.amount, snapshot.credit_amount, snapshot.item_count)
                   IS DISTINCT FROM (EXCLUDED.amount, EXCLUDED.credit_amount,
                                     EXCLUDED.item_count)
         RETURNING id
            """,
            bucket=self._bucket_sql(day),
            items=self.env["credit.ageing"]._items_query(company, day),
            members=self._members_sql(company, day),
            company=company.id,
            day=day,
        )

    @api.model
    def _bucket_sql(self, day: Day) -> SQL:
        late = SQL("(%s - item.due)", day)
        cases = (
            SQL("WHEN %s <= %s THEN %s", late, bound, str(index))
            for index, bound in enumerate(SCHEME.bounds)
        )
        return SQL("CASE %s ELSE %s END", SQL(" ").join(cases), str(SCHEME.size - 1))

    @api.model
    def _members_sql(self, company, day: Day) -> SQL:
        """Which tier each debtor of ``company`` was in on ``day``.

        As the month-end says; else by the last score of then; else that of today.
        """
        return SQL(
            """
            SELECT p.partner_id, COALESCE(kept.tier_id, scored.tier_id, p.tier_id)
                       AS tier_id
              FROM credit_profile p
         LEFT JOIN (SELECT partner_id, MAX(tier_id) AS tier_id
                      FROM credit_snapshot
                     WHERE company_id = %(company)s AND date = %(day)s
                  GROUP BY partner_id) kept ON kept.partner_id = p.partner_id
         LEFT JOIN (SELECT DISTINCT ON (profile_id) profile_id, tier_id
                      FROM credit_score
                     WHERE company_id = %(company)s AND date <= %(day)s
                  ORDER BY profile_id, date DESC) scored ON scored.profile_id = p.id
             WHERE p.company_id = %(company)s
            """,
            company=company.id,
            day=day,
        )

    # -- look ------------------------------------------------------------------

    def action_view_items(self) -> dict:
        """The journal items that were open then."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Items of %s", self.partner_id.display_name or ""),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "domain": [("id", "in", self._get_item_ids())],
            "context": {"create": False},
        }

    def _get_item_ids(self) -> list[int]:
        """Items that were open in this bucket."""
        ageing = self.env["credit.ageing"]
        ageing._check_ageing_access(self.company_id)
        ageing._flush_ageing()
        rows = self.env.execute_query(
            SQL(
                "SELECT item.id FROM (%s) item WHERE %s = %s "
                "AND item.partner_id IS NOT DISTINCT FROM %s",
                ageing._items_query(self.company_id, self.date),
                self._bucket_sql(self.date),
                self.bucket,
                self.partner_id.id or None,
            )
        )
        return [item_id for (item_id,) in rows]
