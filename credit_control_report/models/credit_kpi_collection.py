from collections import defaultdict
from collections.abc import Iterator
from datetime import date as Day
from datetime import timedelta
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.credit_control.core.money import to_decimal
from odoo.addons.credit_control.database import flush

from ..core import kpi
from .credit_kpi import INVOICES, LEVELS


class CreditKpiCollection(models.Model):
    """How promises, disputes and dunning levels turned out in a month."""

    _inherit = "credit.kpi"

    @api.model
    def _get_figures(
        self, company, day: Day, first: Day
    ) -> Iterator[tuple[int, str, Decimal]]:
        yield from super()._get_figures(company, day, first)
        self._flush_collection()
        for figures in (
            self._get_promise_figures(company, day),
            self._get_dispute_figures(company, day),
            self._get_effect_figures(company, day),
            self._get_handed_figures(company, day),
        ):
            for tier, code, value in figures:
                if value is not None:
                    yield tier, code, value

    @api.model
    def _flush_collection(self) -> None:
        flush(
            self.env,
            (
                "credit.dispute",
                "credit.dispute.line",
                "credit.notice",
                "credit.notice.line",
                "credit.promise",
            ),
        )

    @api.model
    def _sum_rows(self, query: SQL, sums: int) -> dict[int, list[Decimal]]:
        """The sums of ``query`` by tier, and all together under ALL."""
        found = defaultdict(lambda: [Decimal(0)] * sums)
        for tier, *values in self._fetch_rows(query, 0, sums):
            found[tier] = [
                sum_ + to_decimal(value)
                for sum_, value in zip(found[tier], values, strict=True)
            ]
        return found

    # -- promises --------------------------------------------------------------

    @api.model
    def _get_promise_figures(self, company, day: Day) -> Iterator[tuple]:
        """Promises kept of those that ended in the month; withdrawn ones don't count."""
        query = SQL(
            """SELECT p.partner_id, (o.state = 'kept')::int, 1
                 FROM credit_promise o
                 JOIN credit_profile p ON p.id = o.profile_id
                WHERE o.company_id = %s AND o.closed_date BETWEEN %s AND %s
                  AND o.state IN ('kept', 'partly', 'broken')""",
            company.id,
            day.replace(day=1),
            day,
        )
        for tier, (kept, ended) in self._sum_rows(query, 2).items():
            yield tier, "promise_kept", kpi.percentage(kept, ended)

    # -- disputes --------------------------------------------------------------

    @api.model
    def _get_dispute_figures(self, company, day: Day) -> Iterator[tuple]:
        """Invoices disputed in the month by invoices of the month, and how long the
        disputes took that ended in it. Who notes no disputes gets no rate."""
        disputes = self.env["credit.dispute"].sudo()
        if not disputes.search_count([("company_id", "=", company.id)], limit=1):
            return
        for tier, (disputed, invoices) in self._sum_rows(
            self._dispute_rate_sql(company, day), 2
        ).items():
            yield tier, "dispute_rate", kpi.percentage(disputed, invoices)
        for tier, (days, ended) in self._sum_rows(
            self._dispute_days_sql(company, day), 2
        ).items():
            yield tier, "dispute_days", kpi.ratio(days, ended)

    @api.model
    def _dispute_rate_sql(self, company, day: Day) -> SQL:
        return SQL(
            """
            SELECT p.partner_id, COUNT(DISTINCT l.move_id), 0
              FROM credit_dispute d
              JOIN credit_profile p ON p.id = d.profile_id
              JOIN credit_dispute_line q ON q.dispute_id = d.id
              JOIN account_move_line l ON l.id = q.item_id
             WHERE d.company_id = %(company)s
               AND d.opened_on BETWEEN %(start)s AND %(day)s
          GROUP BY p.partner_id
             UNION ALL
            SELECT m.commercial_partner_id, 0, COUNT(*)
              FROM account_move m
             WHERE m.company_id = %(company)s AND m.state = 'posted'
               AND m.move_type IN %(invoices)s
               AND m.date BETWEEN %(start)s AND %(day)s
          GROUP BY m.commercial_partner_id
            """,
            company=company.id,
            invoices=INVOICES,
            start=day.replace(day=1),
            day=day,
        )

    @api.model
    def _dispute_days_sql(self, company, day: Day) -> SQL:
        return SQL(
            """SELECT p.partner_id, d.ended_on - d.opened_on, 1
                 FROM credit_dispute d
                 JOIN credit_profile p ON p.id = d.profile_id
                WHERE d.company_id = %s AND d.ended_on BETWEEN %s AND %s
                  AND d.state IN ('declined', 'resolved')""",
            company.id,
            day.replace(day=1),
            day,
        )

    # -- what a level brings ---------------------------------------------------

    @api.model
    def _get_effect_figures(self, company, day: Day) -> Iterator[tuple]:
        """What was paid within some days after a level, of what it claimed.

        Notices count in the month in which those days were over, so that the figure of
        a month doesn't change any more.
        """
        found = defaultdict(lambda: [Decimal(0)] * 2)
        query = self._effect_sql(company, day, company.credit_effect_days)
        for tier, level, paid, claimed in self._fetch_rows(query, 1, 2):
            sums = found[tier, level]
            found[tier, level] = [
                sums[0] + to_decimal(paid),
                sums[1] + to_decimal(claimed),
            ]
        for (tier, level), (paid, claimed) in found.items():
            yield tier, f"effect_{level}", kpi.percentage(paid, claimed)

    @api.model
    def _effect_sql(self, company, day: Day, days: int) -> SQL:
        """As ``core.kpi.collected_within``: no item is paid for more than was claimed."""
        return SQL(
            """
            SELECT p.partner_id, c.level_number,
                   LEAST(SUM(COALESCE(r.amount, 0)), MAX(c.company_amount)),
                   MAX(c.company_amount)
              FROM credit_notice_line c
              JOIN credit_notice n ON n.id = c.notice_id
              JOIN credit_profile p ON p.id = n.profile_id
         LEFT JOIN (SELECT part.debit_move_id AS item_id, part.max_date, part.amount
                      FROM account_partial_reconcile part
                      JOIN account_move_line paid ON paid.id = part.credit_move_id
                      JOIN account_move payment ON payment.id = paid.move_id
                     WHERE part.max_date BETWEEN %(start)s AND %(day)s
                       AND payment.move_type != 'out_refund') r
                ON r.item_id = c.item_id
               AND r.max_date BETWEEN n.date AND n.date + %(days)s
             WHERE n.company_id = %(company)s AND n.state = 'sent' AND c.state = 'sent'
               AND c.level_number BETWEEN 1 AND %(levels)s AND c.company_amount > 0
               AND n.date BETWEEN %(start)s AND %(end)s
          GROUP BY c.id, p.partner_id
            """,
            company=company.id,
            days=days,
            levels=LEVELS,
            start=day.replace(day=1) - timedelta(days),
            end=day - timedelta(days),
            day=day,
        )

    # -- handed over -----------------------------------------------------------

    @api.model
    def _get_handed_figures(self, company, day: Day) -> Iterator[tuple]:
        query = self._get_handed_over_sql(company, day.replace(day=1), day)
        if query is None:
            return
        for tier, (number, amount) in self._sum_rows(query, 2).items():
            yield tier, "handed_number", number
            yield tier, "handed_amount", amount

    @api.model
    def _get_handed_over_sql(self, company, start: Day, day: Day) -> SQL | None:
        """What went to a collection agency, lawyer or court from ``start`` to ``day``.

        To be overridden by the addon that hands over: a query with a row a file of
        debtor (id of the commercial partner), number and amount in the company's
        currency. None: nothing is known of it, and there is no figure.
        """
        return None
