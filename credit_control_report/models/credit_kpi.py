from collections import defaultdict
from collections.abc import Iterator
from datetime import date as Day
from decimal import Decimal
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL, Query

from odoo.addons.credit_control.core.money import ZERO, to_decimal

from ..core import kpi
from ..core.kpi import MonthlySales, Payment
from .credit_snapshot import SCHEME, month_end

DAYS, PERCENT, TIMES = "days", "percent", "times"
AMOUNT, NUMBER = "amount", "number"
LEVELS = 6  # so many levels of a policy have a figure of their own
EFFECTS = [
    ("effect_1", "Paid after level 1"),
    ("effect_2", "Paid after level 2"),
    ("effect_3", "Paid after level 3"),
    ("effect_4", "Paid after level 4"),
    ("effect_5", "Paid after level 5"),
    ("effect_6", "Paid after level 6"),
]
# Not into the last bucket: what is in it stays there, it isn't what rolled in.
ROLLS = [
    ("roll_0", "Roll rate: not due to 1–30 days"),
    ("roll_1", "Roll rate: 1–30 to 31–60 days"),
    ("roll_2", "Roll rate: 31–60 to 61–90 days"),
    ("roll_3", "Roll rate: 61–90 to 91–120 days"),
]
INDICATORS = [
    ("dso", "DSO"),
    ("count_back", "DSO by count-back"),
    ("best_possible", "Best possible DSO"),
    ("delinquent", "Average days delinquent"),
    ("effectiveness", "Collection effectiveness (CEI)"),
    ("turnover", "Turnover of receivables"),
    ("turnover_days", "Days of turnover"),
    ("days_to_pay", "Average days to pay"),
    ("days_late", "Average days late"),
    ("bad_debt", "Bad-debt ratio"),
    ("irrecoverable", "Irrecoverable debts booked"),
    ("promise_kept", "Promises kept"),
    ("dispute_rate", "Invoices disputed"),
    ("dispute_days", "Days to answer a dispute"),
    ("handed_number", "Handed to collection: number"),
    ("handed_amount", "Handed to collection: amount"),
    *EFFECTS,
    *ROLLS,
]
UNITS = defaultdict(
    lambda: DAYS,
    effectiveness=PERCENT,
    turnover=TIMES,
    bad_debt=PERCENT,
    irrecoverable=AMOUNT,
    promise_kept=PERCENT,
    dispute_rate=PERCENT,
    handed_number=NUMBER,
    handed_amount=AMOUNT,
    **{code: PERCENT for code, _label in (*EFFECTS, *ROLLS)},
)
QUARTER, YEAR, SALES_MONTHS = 3, 12, 24
YEARLY = ("turnover", "turnover_days", "bad_debt")
ALL = 0  # in place of a tier id
INVOICES = ("out_invoice", "out_receipt")
SALES = (*INVOICES, "out_refund")


class Receivables(NamedTuple):
    """What the figures of one month are made of; of one tier, or of all.

    ``balances``, ``claims`` – without credits – and ``sales`` go by month-end; a month
    without is zero. ``first`` is the first month-end that is recorded.
    """

    day: Day
    first: Day
    balances: dict[Day, list[Decimal]]
    claims: dict[Day, list[Decimal]]
    sales: dict[Day, Decimal]
    payments: list[Payment]
    losses: dict[Day, Decimal] | None

    def months(self, count: int) -> list[Day]:
        """The last ``count`` month-ends, newest first."""
        return [self.before(back) for back in range(count)]

    def before(self, back: int) -> Day:
        """The month-end ``back`` months ago."""
        return month_end(self.day - relativedelta(months=back))

    def total(self, back: int = 0) -> Decimal:
        return sum(self.balances[self.before(back)], ZERO)

    def sold(self, count: int) -> Decimal:
        return sum((self.sales.get(day, ZERO) for day in self.months(count)), ZERO)

    def is_known(self, back: int) -> bool:
        """Whether the month-end ``back`` months ago is recorded."""
        return self.before(back) >= self.first

    def figures(self) -> dict[str, Decimal | None]:
        """By indicator; None, or left out, where there is no figure."""
        found = {
            "days_to_pay": kpi.average_days_to_pay(self.payments),
            "days_late": kpi.average_days_late(self.payments),
            "count_back": kpi.count_back(
                self.total(),
                [
                    MonthlySales(self.sales.get(day, ZERO), day.day)
                    for day in self.months(SALES_MONTHS)
                ],
            ),
        }
        if self.losses is not None:
            found["irrecoverable"] = self.losses.get(self.day, ZERO)
        if self.is_known(1):
            found.update(self._rolls())
        if self.is_known(QUARTER):
            found.update(self._quarterly())
        if self.is_known(YEAR):
            found.update(self._yearly())
        return found

    def _rolls(self) -> dict[str, Decimal | None]:
        rates = kpi.roll_rates(self.claims[self.before(1)], self.claims[self.day])
        return dict(zip((code for code, _label in ROLLS), rates, strict=False))

    def _quarterly(self) -> dict[str, Decimal | None]:
        end, current = self.total(), self.balances[self.day][0]
        sales, days = self.sold(QUARTER), sum(day.day for day in self.months(QUARTER))
        return {
            "dso": kpi.dso(end, sales, days),
            "best_possible": kpi.best_possible_dso(current, sales, days),
            "delinquent": kpi.average_days_delinquent(end, current, sales, days),
            "effectiveness": kpi.collection_effectiveness(
                self.total(QUARTER), sales, end, current
            ),
        }

    def _yearly(self) -> dict[str, Decimal | None]:
        sales = self.sold(YEAR)
        balances = [self.total(back) for back in range(YEAR + 1)]
        days = sum(day.day for day in self.months(YEAR))
        found = {
            "turnover": kpi.turnover(sales, balances),
            "turnover_days": kpi.turnover_days(sales, balances, days),
        }
        if self.losses is not None:
            lost = sum((self.losses.get(day, ZERO) for day in self.months(YEAR)), ZERO)
            found["bad_debt"] = kpi.bad_debt_ratio(lost, sales)
        return found


class CreditKpi(models.Model):
    """A key figure of a company, or of one of its risk tiers, at a month-end.

    DSO and its kin are of three months, turnover and bad debts of twelve, payments of
    the month. Where there is no figure there is no record.
    """

    _name = "credit.kpi"
    _description = "Key Figure"
    _order = "date desc, company_id, tier_id, sequence"
    _log_access = False

    date = fields.Date(string="Month-end", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    tier_id = fields.Many2one(
        "credit.risk.tier",
        string="Risk tier",
        index="btree_not_null",
        readonly=True,
        ondelete="cascade",
        help="Empty: all debtors of the company.",
    )
    indicator = fields.Selection(
        INDICATORS, string="Figure", required=True, readonly=True
    )
    sequence = fields.Integer(readonly=True)
    value = fields.Float(digits=(16, 2), readonly=True, aggregator="avg")
    unit = fields.Selection(
        [
            (DAYS, "days"),
            (PERCENT, "%"),
            (TIMES, "times a year"),
            (AMOUNT, "company currency"),
            (NUMBER, "files"),
        ],
        readonly=True,
    )

    _figure_uniq = models.UniqueIndex(
        "(company_id, date, COALESCE(tier_id, 0), indicator)"
    )

    @api.depends("indicator", "date")
    def _compute_display_name(self):
        labels = dict(self._fields["indicator"]._description_selection(self.env))
        for figure in self:
            figure.display_name = f"{labels.get(figure.indicator)} – {figure.date}"

    @api.model
    def _read_group_select(self, aggregate_spec: str, query: Query) -> SQL:
        """There is no average of different figures, nor of amounts in the currencies of
        different companies: totals of them stay empty."""
        average = super()._read_group_select(aggregate_spec, query)
        if aggregate_spec != "value:avg":
            return average
        return SQL(
            """CASE WHEN MIN(%(indicator)s) = MAX(%(indicator)s)
                     AND (MIN(%(unit)s) != %(amount)s
                          OR MIN(%(company)s) = MAX(%(company)s))
                    THEN %(average)s END""",
            indicator=self._field_to_sql(self._table, "indicator", query),
            unit=self._field_to_sql(self._table, "unit", query),
            company=self._field_to_sql(self._table, "company_id", query),
            amount=AMOUNT,
            average=average,
        )

    # -- make ------------------------------------------------------------------

    @api.model
    def _make(self, company, days: list[Day]) -> None:
        """The figures of ``company`` for the months that end on ``days``.

        Needs the month-ends before them; replaces what is there.
        """
        first, _last = self.env["credit.snapshot"]._get_span(company)
        if not (first and days):
            return
        self._stage_flows(company, min(days), max(days))
        for day in days:
            self._stage_members(company, day)
            self._store(company, day, list(self._get_figures(company, day, first)))

    @api.model
    def _get_figures(
        self, company, day: Day, first: Day
    ) -> Iterator[tuple[int, str, Decimal]]:
        """(tier id or ALL, indicator, value), where there is a figure."""
        for tier, receivables in self._fetch(company, day, first).items():
            for code, value in receivables.figures().items():
                if value is not None:
                    yield tier, code, value

    @api.model
    def _store(self, company, day: Day, figures: list) -> None:
        order = [code for code, _label in INDICATORS]
        self.flush_model()
        self.env.execute_query(
            SQL(
                """
                WITH made AS (
                    SELECT NULLIF(tier, 0) AS tier_id, indicator, value, unit, sequence
                      FROM unnest(%(tiers)s::int[], %(codes)s::varchar[],
                                  %(values)s::numeric[], %(units)s::varchar[],
                                  %(sequences)s::int[])
                        AS made (tier, indicator, value, unit, sequence)
                ), gone AS (
                    DELETE FROM credit_kpi old
                     WHERE old.company_id = %(company)s AND old.date = %(day)s
                       AND NOT EXISTS (
                           SELECT FROM made
                            WHERE made.indicator = old.indicator
                              AND made.tier_id IS NOT DISTINCT FROM old.tier_id)
                )
                INSERT INTO credit_kpi
                       (company_id, date, tier_id, indicator, value, unit, sequence)
                SELECT %(company)s, %(day)s, tier_id, indicator, value, unit, sequence
                  FROM made
           ON CONFLICT (company_id, date, COALESCE(tier_id, 0), indicator)
             DO UPDATE SET value = EXCLUDED.value
             RETURNING id
                """,
                tiers=[tier for tier, _code, _value in figures],
                codes=[code for _tier, code, _value in figures],
                values=[round(value, 2) for _tier, _code, value in figures],
                units=[UNITS[code] for _tier, code, _value in figures],
                sequences=[order.index(code) for _tier, code, _value in figures],
                company=company.id,
                day=day,
            )
        )
        self.invalidate_model()

    # -- fetch -----------------------------------------------------------------

    @api.model
    def _stage_flows(self, company, first: Day, last: Day) -> None:
        """What the months from ``first`` to ``last`` are measured by, in a temporary
        table: the ledger is read once, however many months are made."""
        self.env["credit.ageing"]._flush_ageing()
        self.env["credit.score"].flush_model()
        self.env["credit.snapshot"].flush_model()
        self._stage(
            "credit_kpi_flow",
            SQL(
                """SELECT kind, debtor, (date_trunc('month', date)
                                         + INTERVAL '1 month - 1 day')::date AS month,
                          days, late, SUM(amount) AS amount
                     FROM (%s) flow GROUP BY 1, 2, 3, 4, 5""",
                SQL(" UNION ALL ").join(self._get_flows(company, first, last)),
            ),
        )
        # Rows that are seconds old have no statistics: they would be joined one by one.
        self.env.cr.execute("ANALYZE credit_snapshot")

    @api.model
    def _stage_members(self, company, day: Day) -> None:
        """Which tier each debtor was in on ``day``, once for all figures."""
        self._stage(
            "credit_kpi_member",
            self.env["credit.snapshot"]._members_sql(company, day),
        )

    @api.model
    def _stage(self, table: str, query: SQL) -> None:
        """A temporary table of what ``query`` gives."""
        name = SQL.identifier(table)
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS %s", name))
        self.env.cr.execute(
            SQL("CREATE TEMP TABLE %s ON COMMIT DROP AS %s", name, query)
        )
        self.env.cr.execute(SQL("ANALYZE %s", name))

    @api.model
    def _get_flows(self, company, first: Day, last: Day) -> list[SQL]:
        """Queries with the columns kind, debtor, date, days, late and amount."""
        start = first.replace(day=1)
        year = month_end(first - relativedelta(months=YEAR))
        sold = month_end(first - relativedelta(months=SALES_MONTHS))
        return [
            self._sales_sql(company, sold, last),
            self._payments_sql(company, start, last),
            self._losses_sql(company, year, last),
        ]

    @api.model
    def _sales_sql(self, company, since: Day, last: Day) -> SQL:
        """Invoices less credit notes, of receivable accounts."""
        return SQL(
            """
            SELECT 'sale' AS kind, partner.commercial_partner_id AS debtor, line.date,
                   NULL::int AS days, NULL::int AS late, line.balance AS amount
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
         LEFT JOIN res_partner partner ON partner.id = line.partner_id
             WHERE line.account_id = ANY(%(accounts)s)
               AND line.company_id = %(company)s
               AND line.parent_state = 'posted'
               AND move.move_type IN %(sales)s
               AND line.date > %(since)s AND line.date <= %(last)s
            """,
            accounts=self._get_account_ids(company),
            company=company.id,
            sales=SALES,
            since=since,
            last=last,
        )

    @api.model
    def _payments_sql(
        self, company, start: Day, last: Day, partner_ids: list[int] | None = None
    ) -> SQL:
        """Part payments, days since the invoice and days late; what a credit note
        settled was not paid.

        :param partner_ids: of these debtors alone
        """
        return SQL(
            """
            SELECT 'payment' AS kind, partner.commercial_partner_id AS debtor,
                   part.max_date AS date,
                   part.max_date - COALESCE(move.invoice_date, line.date) AS days,
                   part.max_date - COALESCE(line.date_maturity, line.date) AS late,
                   part.amount
              FROM account_partial_reconcile part
              JOIN account_move_line line ON line.id = part.debit_move_id
              JOIN account_move move ON move.id = line.move_id
              JOIN account_move_line paid ON paid.id = part.credit_move_id
              JOIN account_move payment ON payment.id = paid.move_id
         LEFT JOIN res_partner partner ON partner.id = line.partner_id
             WHERE line.account_id = ANY(%(accounts)s)
               AND line.company_id = %(company)s
               AND line.parent_state = 'posted'
               AND move.move_type IN %(invoices)s
               AND payment.move_type != 'out_refund'
               AND part.max_date BETWEEN %(start)s AND %(last)s
               AND %(whose)s
            """,
            accounts=self._get_account_ids(company),
            company=company.id,
            invoices=INVOICES,
            start=start,
            last=last,
            whose=SQL("TRUE")
            if partner_ids is None
            else SQL("partner.commercial_partner_id = ANY(%s)", partner_ids),
        )

    @api.model
    def _losses_sql(self, company, since: Day, last: Day) -> SQL:
        """Irrecoverable debts that were booked."""
        return SQL(
            """
            SELECT 'loss' AS kind, partner.commercial_partner_id AS debtor, line.date,
                   NULL::int AS days, NULL::int AS late, line.balance AS amount
              FROM account_move_line line
         LEFT JOIN res_partner partner ON partner.id = line.partner_id
             WHERE line.account_id = ANY(%(accounts)s)
               AND line.company_id = %(company)s
               AND line.parent_state = 'posted'
               AND line.date > %(since)s AND line.date <= %(last)s
            """,
            accounts=company.credit_bad_debt_account_ids.ids,
            company=company.id,
            since=since,
            last=last,
        )

    @api.model
    def _fetch(self, company, day: Day, first: Day) -> dict[int, Receivables]:
        """What the figures are made of, by tier id; all together under ALL.

        Debtors count in every month with the tier that they have on ``day``.
        """
        balances, claims = (
            defaultdict(lambda: defaultdict(lambda: [ZERO] * SCHEME.size))
            for _kind in range(2)
        )
        for tier, month, bucket, amount, credit in self._fetch_balances(company, day):
            balances[tier][month][int(bucket)] += to_decimal(amount)
            claims[tier][month][int(bucket)] += to_decimal(amount) - to_decimal(credit)
        sales = defaultdict(lambda: defaultdict(Decimal))
        payments = defaultdict(list)
        losses = defaultdict(lambda: defaultdict(Decimal))
        for tier, kind, month, days, late, amount in self._fetch_flows(day):
            if kind == "sale":
                sales[tier][month] += to_decimal(amount)
            elif kind == "loss":
                losses[tier][month] += to_decimal(amount)
            else:
                payments[tier].append(Payment(to_decimal(amount), days, late))
        known = bool(company.credit_bad_debt_account_ids)
        return {
            tier: Receivables(
                day,
                first,
                balances[tier],
                claims[tier],
                sales[tier],
                payments[tier],
                losses[tier] if known else None,
            )
            for tier in {ALL, *balances, *sales, *payments, *losses}
        }

    @api.model
    def _fetch_rows(self, query: SQL, keys: int, sums: int) -> Iterator[tuple]:
        """The rows of ``query`` – a debtor, ``keys`` columns to group by and ``sums``
        to add up – by tier: for the debtors' tier and once more for all."""
        key_names = [SQL.identifier(f"key{number}") for number in range(keys)]
        sum_names = [SQL.identifier(f"sum{number}") for number in range(sums)]
        rows = self.env.execute_query(
            SQL(
                """SELECT member.tier_id, %(columns)s
                     FROM (%(query)s) found (debtor, %(names)s)
                LEFT JOIN credit_kpi_member member
                       ON member.partner_id = found.debtor
                 GROUP BY member.tier_id %(keys)s""",
                columns=SQL(", ").join(
                    [*key_names, *(SQL("SUM(%s)", name) for name in sum_names)]
                ),
                names=SQL(", ").join(key_names + sum_names),
                keys=SQL("").join(SQL(", %s", name) for name in key_names),
                query=query,
            )
        )
        for tier, *values in rows:
            yield ALL, *values
            if tier:
                yield tier, *values

    @api.model
    def _fetch_balances(self, company, day: Day) -> Iterator[tuple]:
        """(tier, month-end, bucket, open amount, of which credits)"""
        query = SQL(
            """SELECT partner_id AS debtor, date, bucket, amount, credit_amount
                 FROM credit_snapshot
                WHERE company_id = %s AND date BETWEEN %s AND %s""",
            company.id,
            month_end(day - relativedelta(months=YEAR)),
            day,
        )
        return self._fetch_rows(query, 2, 2)

    @api.model
    def _fetch_flows(self, day: Day) -> Iterator[tuple]:
        """(tier, kind, month-end, days, days late, amount): sales of the months that
        are counted back, irrecoverable debts of a year, payments of the month."""
        query = SQL(
            """SELECT debtor, kind, month, days, late, amount FROM credit_kpi_flow
                WHERE month <= %(day)s
                  AND (kind = 'sale' AND month > %(sold)s
                       OR kind = 'loss' AND month > %(year)s
                       OR kind = 'payment' AND month = %(day)s)""",
            day=day,
            sold=month_end(day - relativedelta(months=SALES_MONTHS)),
            year=month_end(day - relativedelta(months=YEAR)),
        )
        return self._fetch_rows(query, 4, 1)

    @api.model
    def _get_account_ids(self, company) -> list[int]:
        return self.env["credit.dunning"]._receivable_account_ids(company)

    # -- look ------------------------------------------------------------------

    def action_view_debtors(self) -> dict:
        """What the debtors of the figure owed at that month-end."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "credit_control_report.action_credit_snapshot"
        )
        domain = [("date", "=", self.date), ("company_id", "=", self.company_id.id)]
        if self.tier_id:
            domain.append(("tier_id", "=", self.tier_id.id))
        return {**action, "domain": domain, "context": {}}

    def action_view_sales(self) -> dict:
        """The invoices and credit notes that the figure is measured against."""
        self.ensure_one()
        months = YEAR if self.indicator in YEARLY else QUARTER
        domain = [
            ("company_id", "=", self.company_id.id),
            ("move_type", "in", SALES),
            ("state", "=", "posted"),
            ("date", ">", month_end(self.date - relativedelta(months=months))),
            ("date", "<=", self.date),
        ]
        if self.tier_id:
            domain.append(("commercial_partner_id", "in", self._get_partner_ids()))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Invoices and credit notes of %s months", months),
            "res_model": "account.move",
            "view_mode": "list,pivot,graph,form",
            "domain": domain,
            "context": {"create": False},
        }

    def _get_partner_ids(self) -> list[int]:
        """Who was in the tier of the figure then."""
        self.check_access("read")
        members = self.env["credit.snapshot"]._members_sql(self.company_id, self.date)
        rows = self.env.execute_query(
            SQL(
                "SELECT partner_id FROM (%s) member WHERE tier_id = %s",
                members,
                self.tier_id.id,
            )
        )
        return [partner_id for (partner_id,) in rows]
