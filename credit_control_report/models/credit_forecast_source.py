from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.tools import SQL, groupby

from odoo.addons.credit_control.core.money import ZERO, to_decimal

from ..core.forecast import FAR, Assumed, Behaviour, Observation, Payer, kept_share

# Months of payments that show how a debtor pays.
HISTORY = 24
# Days late beyond which a payment is as late as any.
FARTHEST = 730


class OpenItem(NamedTuple):
    """An open item of a debtor, in company currency; credits are negative."""

    id: int
    debtor: int
    tier: int
    due: date
    amount: Decimal
    disputed: Decimal
    agreed: tuple[tuple[date, Decimal], ...]
    agreed_as: str  # promise or plan
    chance: float  # that what was agreed comes on its day

    @property
    def reason(self) -> str:
        """What most of the forecast of the item follows from."""
        agreed = sum((amount for _day, amount in self.agreed), ZERO)
        if self.disputed * 2 > self.amount:
            return "dispute"
        if float(agreed) * self.chance * 2 < self.amount or not agreed:
            return "behaviour"
        return self.agreed_as


class History:
    """Payments by debtor, (tier, days late, amount, number), and what they tell.

    A debtor's behaviour is made when it is asked for: thousands of them are large.
    """

    def __init__(self, seen: dict[int, list[tuple]]) -> None:
        self._seen = seen
        by_tier = defaultdict(list)
        for rows in seen.values():
            for row in rows:
                by_tier[row[0]].append(row)
        everybody = chain.from_iterable(by_tier.values())
        self._company = self._make(everybody, Assumed())
        self._tiers = {
            tier: self._make(rows, self._company) for tier, rows in by_tier.items()
        }

    def get_behaviour(self, debtor: int, tier: int) -> Behaviour:
        wider = self._tiers.get(tier, self._company)
        return self._make(self._seen.get(debtor, ()), wider)

    def _make(self, rows: Iterable[tuple], wider: Payer) -> Behaviour:
        sums, number = defaultdict(lambda: ZERO), 0
        for _tier, late, amount, count in rows:
            sums[late] += amount
            number += count
        observations = [Observation(late, amount) for late, amount in sums.items()]
        return Behaviour(observations, wider, number)


class KeptPromises:
    """Which share of their promises the company's debtors kept.

    :param record: {debtor: (sum of the shares paid in time, number of promises)}
    """

    def __init__(self, record: dict[int, tuple[float, int]]) -> None:
        self._record = record
        kept = sum(kept for kept, _count in record.values())
        count = sum(count for _kept, count in record.values())
        # Whoever gave his word to nobody yet is taken at it.
        self._company = kept_share(kept, count, 1.0)

    def get_share(self, debtor: int) -> float:
        return kept_share(*self._record.get(debtor, (0.0, 0)), self._company)


class CreditForecastSource(models.AbstractModel):
    """Reads what the cash forecast is made of; the caller has superuser rights."""

    _name = "credit.forecast.source"
    _description = "Source of the Cash Forecast"

    # -- open items ------------------------------------------------------------

    @api.model
    def _fetch_items(self, company, as_of: date) -> dict[int, list[OpenItem]]:
        """{debtor (0: nobody): his open items, the oldest first}. Three queries
        and those of the plans."""
        self.env["credit.dunning"]._flush_sources()
        planned = self._get_planned(company)
        kept = KeptPromises(self._fetch_kept(company, as_of))
        rows = self.env.execute_query(self._items_sql(company, as_of))
        items = [self._make_item(planned, kept, *row) for row in rows]
        return dict(groupby(items, key=lambda one: one.debtor))

    @api.model
    def _make_item(
        self, planned, kept, item, debtor, tier, due, amount, disputed, day, promised
    ) -> OpenItem:
        money = Decimal(amount), Decimal(disputed)
        if terms := planned.get(item):
            agreement = tuple(terms), "plan", 1.0
        elif day:
            share = kept.get_share(debtor)
            agreement = ((day, Decimal(promised)),), "promise", share
        else:
            agreement = (), "", 1.0
        return OpenItem(item, debtor, tier, due, *money, *agreement)

    @api.model
    def _items_sql(self, company, as_of: date) -> SQL:
        dunning = self.env["credit.dunning"]
        return SQL(
            """
            SELECT l.id, COALESCE(rp.commercial_partner_id, 0) AS debtor,
                   COALESCE(p.tier_id, 0), COALESCE(l.date_maturity, l.date) AS due,
                   l.amount_residual::text, %(disputed_part)s::text, o.date,
                   %(promised_part)s::text
              FROM account_move_line l
              JOIN account_move m ON m.id = l.move_id
         LEFT JOIN res_partner rp ON rp.id = l.partner_id
         LEFT JOIN credit_profile p ON p.partner_id = rp.commercial_partner_id
                                   AND p.company_id = l.company_id
         LEFT JOIN (%(disputed)s) disputed ON disputed.item_id = l.id
         LEFT JOIN credit_promise_line q ON q.item_id = l.id AND q.state = 'open'
         LEFT JOIN credit_promise o ON o.id = q.promise_id
             WHERE l.account_id = ANY(%(accounts)s)
               AND l.company_id = %(company)s
               AND l.parent_state = 'posted'
               AND l.reconciled IS NOT TRUE
               AND l.amount_residual <> 0
          ORDER BY debtor, due, l.id
            """,
            disputed_part=SQL(
                """CASE WHEN m.payment_state = 'blocked' THEN GREATEST(l.amount_residual, 0)
                        ELSE %s END""",
                self._part_sql(company, SQL("disputed.amount")),
            ),
            promised_part=self._part_sql(
                company,
                SQL(
                    "GREATEST(q.amount - q.open_amount + l.amount_residual_currency, 0)"
                ),
            ),
            disputed=dunning._disputed_sql(as_of),
            accounts=dunning._receivable_account_ids(company),
            company=company.id,
        )

    @api.model
    def _part_sql(self, company, amount: SQL) -> SQL:
        """``amount`` of the item's open amount, in company currency."""
        return SQL(
            """ROUND(l.amount_residual * LEAST(COALESCE(
                   %s / NULLIF(l.amount_residual_currency, 0), 0), 1), %s)""",
            amount,
            company.currency_id.decimal_places,
        )

    @api.model
    def _fetch_kept(self, company, as_of: date) -> dict[int, tuple[float, int]]:
        """{debtor: (sum of the shares paid in time, number)} of promises that ended.

        Each promise counts once, whatever it was about.
        """
        return {
            debtor: (kept, count)
            for debtor, kept, count in self.env.execute_query(
                SQL(
                    """
                    SELECT p.partner_id, SUM(
                               CASE o.state WHEN 'kept' THEN 1 WHEN 'broken' THEN 0
                                    ELSE LEAST(COALESCE(o.paid_amount
                                             / NULLIF(o.expected_amount, 0), 0), 1)
                                     END)::float8, COUNT(*)
                      FROM credit_promise o
                      JOIN credit_profile p ON p.id = o.profile_id
                     WHERE o.company_id = %s
                       AND o.state IN ('kept', 'partly', 'broken')
                       AND o.closed_date >= %s
                  GROUP BY p.partner_id
                    """,
                    company.id,
                    as_of - relativedelta(months=HISTORY),
                )
            )
        }

    @api.model
    def _get_planned(self, company) -> dict[int, list[tuple[date, Decimal]]]:
        """{item id: (day, amount in company currency) that running plans say}."""
        plans = self.env["credit.plan"].search(
            [("company_id", "=", company.id), ("state", "=", "active")]
        )
        standings = plans._get_standings()
        planned = {}
        for plan in plans:
            planned |= self._plan_items(plan, standings[plan])
        return planned

    @api.model
    def _plan_items(self, plan, standings) -> dict:
        """The rest of each term pays the plan's items in their order."""
        terms = [[one.day, one.rest] for one in standings if one.rest > 0]
        planned = defaultdict(list)
        for item in plan.line_ids.sorted("due_date").item_id:
            left = to_decimal(item.amount_residual_currency)
            rate = to_decimal(item.amount_residual) / left if left else ZERO
            for term in terms:
                part = min(left, term[1])
                if part > 0:
                    left -= part
                    term[1] -= part
                    amount = plan.company_id.currency_id.round(float(part * rate))
                    planned[item.id].append((term[0], to_decimal(amount)))
        return planned

    # -- behaviour -------------------------------------------------------------

    @api.model
    def _get_history(self, company, as_of: date, items) -> "History":
        """How the company's debtors paid; what is long overdue counts as not paid."""
        seen = self._fetch_payments(company, as_of)
        for debtor, found in items.items():
            for one in found:
                if one.amount > 0 and (as_of - one.due).days > FAR:
                    seen[debtor].append((one.tier, None, one.amount, 1))
        return History(seen)

    @api.model
    def _fetch_payments(self, company, as_of: date) -> dict[int, list[tuple]]:
        """{debtor: (tier, days late, amount, number of payments)}: what money paid
        of invoices before ``as_of``. Credit notes are no payments."""
        self.env["account.partial.reconcile"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT rp.commercial_partner_id, COALESCE(p.tier_id, 0),
                       LEAST(m.max_date - COALESCE(l.date_maturity, l.date), %(far)s),
                       SUM(m.amount)::text, COUNT(*)
                  FROM account_partial_reconcile m
                  JOIN account_move_line l ON l.id = m.debit_move_id
                  JOIN account_move v ON v.id = l.move_id
                  JOIN account_move_line c ON c.id = m.credit_move_id
                  JOIN account_journal j ON j.id = c.journal_id
                  JOIN res_partner rp ON rp.id = l.partner_id
             LEFT JOIN credit_profile p ON p.partner_id = rp.commercial_partner_id
                                       AND p.company_id = l.company_id
                 WHERE l.account_id = ANY(%(accounts)s)
                   AND l.company_id = %(company)s
                   AND v.move_type IN ('out_invoice', 'out_receipt')
                   AND m.max_date BETWEEN %(since)s AND %(until)s
                   AND m.amount > 0
                   AND (j.type IN ('bank', 'cash', 'credit')
                        OR c.payment_id IS NOT NULL)
              GROUP BY 1, 2, 3
                """,
                far=FARTHEST,
                accounts=self.env["credit.dunning"]._receivable_account_ids(company),
                company=company.id,
                since=as_of - relativedelta(months=HISTORY),
                until=as_of - timedelta(1),
            )
        )
        seen = defaultdict(list)
        for debtor, tier, late, amount, count in rows:
            seen[debtor].append((tier, late, Decimal(amount), count))
        return seen
