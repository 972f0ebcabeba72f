from odoo import api, models
from odoo.tools import SQL

from odoo.addons.credit_control.core.money import to_decimal
from odoo.addons.credit_control.database import flush
from odoo.addons.credit_control.models.credit_exposure import Scope

from ..core import securities
from .credit_exposure import SECURITIES


class CreditSecuritySlice(models.Model):
    """What securities stand for, of all debtors at once.

    The rules are those of ``core.securities``, which a test holds against the query.
    Of who gave a security that stands for single invoices the core itself says it.
    """

    _inherit = "credit.security"

    @api.model
    def _slices_sql(self, scope: Scope) -> SQL | None:
        """One row per security that counts: debtor ``id``, ``amount``, ``percent``,
        what of the exposure lies ``before`` it, ``digits`` of the currency; in the
        company's currency. None: nobody gave any.
        """
        if SECURITIES in scope.absent:
            return None
        self._flush_slices()
        pairs = self._fetch_pairs(scope)
        if not pairs:
            return None
        by_claim = sorted({owner for *_pair, owners in pairs for owner in owners or ()})
        profiles = self.env["credit.profile"].sudo().browse(by_claim)
        rows = profiles._get_claim_slices(scope.as_of) if by_claim else []
        columns = [list(column) for column in zip(*rows, strict=True)] or [[]] * 5
        return SQL(
            """SELECT k.id, k.amount, k.percent, k.before, k.digits
                 FROM (SELECT j.*, SUM(j.amount) OVER (PARTITION BY j.id
                                   ORDER BY j.priority, j.security_id)
                                   - j.amount AS before
                         FROM (%s) j) k
                WHERE k.amount > 0
                UNION ALL
               SELECT * FROM unnest(%s::int[], %s::numeric[], %s::numeric[],
                                    %s::numeric[], %s::int[])""",
            self._counting_sql(scope, by_claim, [row[:2] for row in pairs]),
            *columns,
        )

    @api.model
    def _fetch_pairs(self, scope: Scope) -> list[tuple]:
        """(currency id, company id, ids of debtors who gave one that stands for single
        invoices) of securities that were confirmed and have begun.
        """
        return self.env.execute_query(
            SQL(
                """
                SELECT s.currency_id, s.company_id,
                       array_agg(s.profile_id) FILTER (WHERE s.kind = ANY(%s))
                  FROM credit_security s
                  JOIN credit_profile p ON p.id = s.profile_id
                 WHERE %s
              GROUP BY s.currency_id, s.company_id
                """,
                list(securities.BY_CLAIM),
                self._begun_sql(scope),
            )
        )

    @api.model
    def _begun_sql(self, scope: Scope) -> SQL:
        """What :meth:`_valid_domain` says, of ``s`` and its debtor ``p``."""
        return SQL(
            """s.valid_from <= %(day)s
               AND (s.state = 'active' OR s.state = 'ended' AND s.ended_on > %(day)s)
               AND %(whose)s""",
            day=scope.as_of,
            whose=scope.condition(SQL("p.partner_id"), SQL("p.company_id")),
        )

    @api.model
    def _counting_sql(self, scope: Scope, by_claim: list[int], pairs) -> SQL:
        """What each security stands for: what is left of it on the last day on which
        it may have to be called, if it lives that long.
        """
        return SQL(
            """
            SELECT s.profile_id AS id, s.id AS security_id, s.priority,
                   s.percent::numeric AS percent, y.decimal_places AS digits,
                   LEAST(ROUND(s.amount * r.rate, y.decimal_places),
                         ROUND(step.amount * r.rate, y.decimal_places),
                         ROUND(NULLIF(CASE s.kind WHEN %(parent)s
                                           THEN s.guarantor_cap END, 0)
                               * r.rate, y.decimal_places))
                       * (100 - COALESCE(s.haircut, 0)::numeric) / 100 AS amount
              FROM credit_security s
              JOIN credit_profile p ON p.id = s.profile_id
              JOIN res_company c ON c.id = s.company_id
              JOIN res_currency y ON y.id = c.currency_id
              JOIN unnest(%(currencies)s::int[], %(companies)s::int[],
                          %(rates)s::numeric[]) r(currency, company, rate)
                ON r.currency = s.currency_id AND r.company = s.company_id
        CROSS JOIN LATERAL (%(last_day)s) last
         LEFT JOIN LATERAL (
                SELECT q.amount FROM credit_security_reduction q
                 WHERE q.security_id = s.id AND q.date <= last.day
              ORDER BY q.date DESC, q.amount DESC LIMIT 1) step ON TRUE
             WHERE %(begun)s
               AND s.kind <> ALL(%(others)s)
               AND s.profile_id <> ALL(%(by_claim)s)
               AND (s.valid_to IS NULL OR s.valid_to >= last.day)
               AND NOT (s.kind = %(parent)s AND %(is_poor)s)
            """,
            parent=securities.PARENT,
            currencies=[currency for currency, _company in pairs],
            companies=[company for _currency, company in pairs],
            rates=self.env["credit.profile"]._list_rates(pairs, scope.as_of),
            last_day=self._last_day_sql(scope),
            begun=self._begun_sql(scope),
            others=[*securities.BY_CLAIM, securities.RESERVE],
            by_claim=by_claim,
            is_poor=self._is_poor_sql(),
        )

    @api.model
    def _last_day_sql(self, scope: Scope) -> SQL:
        """The latest due date, today at the earliest, and the days to call the security
        ``s``; the items are looked at only where the answer matters.

        Money that is matched with nothing counts for the oldest items: it leaves the
        latest one alone unless it pays for all.
        """
        mine = SQL("SELECT p.id, p.partner_id, p.company_id")
        return SQL(
            """
            SELECT GREATEST(%(as_of)s, CASE WHEN SUM(o.amount) > 0
                       THEN MAX(o.due) FILTER (WHERE o.amount > 0) END)
                   + COALESCE(s.claim_days, 0) AS day
              FROM (%(is_open)s) o
             WHERE s.valid_to IS NOT NULL
                OR EXISTS (SELECT FROM credit_security_reduction q
                            WHERE q.security_id = s.id)
            """,
            as_of=scope.as_of,
            is_open=self.env["credit.profile"]._open_of_sql(scope, mine),
        )

    @api.model
    def _is_poor_sql(self) -> SQL:
        """Whether the guarantor of ``s`` is a poor risk of the same company."""
        return SQL(
            """EXISTS (
                SELECT FROM credit_profile g
                  JOIN credit_risk_tier t ON t.id = g.tier_id AND t.code = 'poor'
                  JOIN res_partner w ON w.commercial_partner_id = g.partner_id
                 WHERE w.id = s.guarantor_id AND g.company_id = s.company_id)"""
        )

    @api.model
    def _flush_slices(self) -> None:
        self.env["credit.profile"]._flush_ledger()
        flush(
            self.env,
            (
                "credit.security",
                "credit.security.reduction",
                "credit.profile",
                "credit.risk.tier",
            ),
        )

    @api.model
    def _fetch_stacks(self, scope: Scope) -> dict[int, list[securities.Slice]]:
        """{debtor id: slices of his exposure that are secured}."""
        stacks: dict[int, list[securities.Slice]] = {}
        query = self._slices_sql(scope)
        rows = self.env.execute_query(query) if query else []
        for profile_id, *figures, _digits in rows:
            one = securities.Slice(*map(to_decimal, figures))
            stacks.setdefault(profile_id, []).append(one)
        return stacks
