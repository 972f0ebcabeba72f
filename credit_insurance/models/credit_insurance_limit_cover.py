from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.credit_control.core.money import to_decimal
from odoo.addons.credit_control.database import flush
from odoo.addons.credit_control.models.credit_exposure import Scope

from ..core import cover

FLUSHED = {
    "account.move": ["delivery_date", "invoice_date"],
    "account.move.line": ["amount_residual", "date", "partner_id", "reconciled"],
    "account.partial.reconcile": None,
    "credit.insurance.decision": ["limit_id"],
    "credit.insurance.limit": None,
    "credit.insurance.period": None,
    "credit.insurance.policy": None,
    "credit.insurance.stop": None,
    "credit.profile": ["company_id", "partner_id"],
    "res.partner": ["commercial_partner_id", "country_id"],
}

# The order in which limits are used, as in ``core.cover.rank``.
USED = SQL("n.top_up, n.percent DESC, n.id")


class Terms(NamedTuple):
    """What policies cover: row by row of what company, country and kind, how much, and
    the rate of the company's currency.
    """

    policies: Sequence[int] = ()
    companies: Sequence[int] = ()
    countries: Sequence[int] = ()
    kinds: Sequence[str] = ()
    percents: Sequence[Decimal] = ()
    rates: Sequence[Decimal] = ()


class CreditInsuranceLimitCover(models.Model):
    """How much of what debtors owe their limits cover, for all of them at once.

    A limit counts with its amount of the day, or with what of earlier deliveries it
    still covers, where that is more: a cut leaves those alone. Limits of several
    policies lie on top of one another, as ``core.cover`` says.
    """

    _inherit = "credit.insurance.limit"

    @api.model
    def _layers_sql(self, scope: Scope) -> SQL:
        """One row per debtor file ``profile_id`` with a limit: arrays of the
        ``amounts`` covered, of their ``percents`` and of what lies ``befores`` each;
        ``stopped`` is what was delivered while deliveries were stopped, ``now`` the
        limit for new deliveries, ``decided`` whether the insurer has decided,
        ``digits`` those of the company's currency.
        """
        return SQL(
            """
            SELECT k.profile_id, MAX(k.digits) AS digits, SUM(k.now) AS now,
                   MAX(k.stopped) AS stopped, BOOL_OR(k.decided) AS decided,
                   array_agg(k.amount) AS amounts, array_agg(k.percent) AS percents,
                   array_agg(k.top_up) AS top_ups, array_agg(k.before) AS befores
              FROM (SELECT n.*, SUM(n.amount) OVER used - n.amount AS before
                      FROM (%s) n
                    WINDOW used AS (PARTITION BY n.profile_id ORDER BY %s)) k
          GROUP BY k.profile_id
            """,
            self._rows_sql(scope),
            USED,
        )

    @api.model
    def _rows_sql(self, scope: Scope) -> SQL:
        """One row per limit, in the company's currency, with what it covers of earlier
        deliveries, where that is more.
        """
        terms = self._fetch_terms(scope)
        kept, stopped = self._fetch_kept(scope, terms) if any(terms) else ({}, {})
        return SQL(
            """
            SELECT n.*, COALESCE(o.amount, 0) AS stopped,
                   GREATEST(n.now, k.amount) AS amount,
                   EXISTS (SELECT FROM credit_insurance_decision q
                            WHERE q.limit_id = n.id) AS decided
              FROM (%(now)s) n
         LEFT JOIN unnest(%(limits)s::int[], %(amounts)s::numeric[])
                   k(limit_id, amount) ON k.limit_id = n.id
         LEFT JOIN unnest(%(debtors)s::int[], %(stopped)s::numeric[])
                   o(profile_id, amount) ON o.profile_id = n.profile_id
            """,
            now=self._now_sql(scope, terms),
            limits=list(kept),
            amounts=list(kept.values()),
            debtors=list(stopped),
            stopped=list(stopped.values()),
        )

    @api.model
    def _now_sql(self, scope: Scope, terms) -> SQL:
        """One row per limit with what it covers ``now`` of new deliveries, and the
        ``rate`` of the company's currency for one of the policy.

        Nothing but the policy narrows the rows: the database guesses well how many
        there are, and joins them at once.
        """
        return SQL(
            """
            SELECT l.id, l.profile_id, y.decimal_places AS digits,
                   COALESCE(i.top_up, FALSE) AS top_up,
                   t.rate, COALESCE(NULLIF(d.percent, 0)::numeric, t.percent) AS percent,
                   COALESCE(ROUND(d.amount * t.rate, y.decimal_places), 0) AS now
              FROM credit_insurance_limit l
              JOIN credit_insurance_policy i ON i.id = l.policy_id AND i.active
              JOIN credit_profile p ON p.id = l.profile_id
         LEFT JOIN res_company c ON c.id = p.company_id
         LEFT JOIN res_currency y ON y.id = c.currency_id
         LEFT JOIN res_partner rp ON rp.id = p.partner_id
         LEFT JOIN unnest(%(policies)s::int[], %(companies)s::int[],
                          %(countries)s::int[], %(kinds)s::varchar[],
                          %(percents)s::numeric[], %(rates)s::numeric[])
                   t(policy, company, country, kind, percent, rate)
                ON t.policy = l.policy_id AND t.company = p.company_id
               AND t.country = COALESCE(rp.country_id, 0) AND t.kind = l.kind
         LEFT JOIN (%(stops)s) s ON s.profile_id = l.profile_id
         LEFT JOIN credit_insurance_period d ON d.limit_id = l.id
               AND s.profile_id IS NULL AND %(now)s
             WHERE %(whose)s
            """,
            **{name: list(values) for name, values in terms._asdict().items()},
            stops=self._stops_sql(scope.as_of),
            now=self._is_in_force_sql(scope.as_of),
            whose=self._whose_sql(scope),
        )

    @api.model
    def _whose_sql(self, scope: Scope) -> SQL:
        return scope.condition(SQL("p.partner_id"), SQL("p.company_id"))

    @api.model
    def _is_in_force_sql(self, as_of: date) -> SQL:
        """Whether the period ``d`` of a limit in policy ``i`` covers what is delivered
        on ``as_of``, unless deliveries are stopped.
        """
        return SQL(
            """(%(day)s BETWEEN d.date_from AND COALESCE(d.date_to, 'infinity')
                AND %(day)s BETWEEN i.date_from AND COALESCE(i.date_to, 'infinity'))""",
            day=as_of,
        )

    @api.model
    def _stops_sql(self, as_of: date) -> SQL:
        """Since when deliveries that are stopped on ``as_of`` aren't covered, by
        debtor.
        """
        return SQL(
            """SELECT s.profile_id, MIN(s.date_from) AS since
                 FROM credit_insurance_stop s
                WHERE %s BETWEEN s.date_from AND COALESCE(s.date_to, 'infinity')
             GROUP BY s.profile_id""",
            as_of,
        )

    # -- what the policies say -------------------------------------------------

    @api.model
    def _fetch_terms(self, scope: Scope) -> Terms:
        """What each policy covers with debtors of each company, country and kind."""
        self._flush_cover()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT l.policy_id, p.company_id, rp.country_id, l.kind
                  FROM credit_insurance_limit l
                  JOIN credit_profile p ON p.id = l.profile_id
                  JOIN res_partner rp ON rp.id = p.partner_id
                 WHERE %s
                """,
                self._whose_sql(scope),
            )
        )
        rates = self._get_policy_rates({row[:2] for row in rows}, scope.as_of)
        policies = self.env["credit.insurance.policy"].sudo()
        policies = policies.browse({row[0] for row in rows})
        countries = self.env["res.country"]
        found = []
        for policy_id, company_id, country_id, kind in rows:
            policy = policies.browse(policy_id).with_prefetch(policies._prefetch_ids)
            said = policy._get_terms(countries.browse(country_id or ()), kind)
            rate = rates[policy_id, company_id]
            found.append(
                (policy_id, company_id, country_id or 0, kind, said.percent, rate)
            )
        return Terms(*map(list, zip(*found, strict=True))) if found else Terms()

    @api.model
    def _get_policy_rates(self, pairs, as_of: date) -> dict:
        """{(policy id, company id): the company's currency for one of the policy}."""
        policies = self.env["credit.insurance.policy"].sudo()
        pairs = list(pairs)
        money = [
            (policies.browse(policy_id).currency_id.id, company_id)
            for policy_id, company_id in pairs
        ]
        rates = self.env["credit.profile"]._list_rates(money, as_of)
        return dict(zip(pairs, rates, strict=True))

    @api.model
    def _fetch_foreign_rates(self, as_of: date) -> dict:
        """Rates by (policy id, company id), of policies in another currency than that
        of a company they insure.
        """
        self._flush_cover()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT l.policy_id, l.company_id
                  FROM credit_insurance_limit l
                  JOIN credit_insurance_policy i ON i.id = l.policy_id
                  JOIN res_company c ON c.id = l.company_id
                 WHERE i.currency_id <> c.currency_id
                """
            )
        )
        return self._get_policy_rates(set(rows), as_of)

    # -- deliveries before a cut, and during a stop ----------------------------

    @api.model
    def _fetch_kept(self, scope: Scope, terms: Terms) -> tuple[dict, dict]:
        """What limits cover of deliveries before they were cut, by limit id, and what
        was delivered while deliveries were stopped, by debtor id; in the company's
        currency, of debtors to whom one of both happened.
        """
        items = self._fetch_old_items(scope, terms)
        amounts, stopped = {}, {}
        for profile_id, limits in self._fetch_histories(scope, terms, items).items():
            kept = _find_kept(limits.values(), items[profile_id], scope.as_of)
            amounts.update(zip(limits, kept.within, strict=True))
            stopped[profile_id] = kept.stopped
        return amounts, stopped

    @api.model
    def _fetch_old_items(
        self, scope: Scope, terms: Terms
    ) -> dict[int, list[cover.Delivery]]:
        """Open on the day, by debtor: of each day of delivery the amount."""
        found: dict[int, list] = {}
        for profile_id, day, amount, stopped in self.env.execute_query(
            self._old_items_sql(scope, terms)
        ):
            delivery = cover.Delivery(day, to_decimal(amount), stopped)
            found.setdefault(profile_id, []).append(delivery)
        return found

    @api.model
    def _fetch_histories(self, scope: Scope, terms: Terms, profile_ids) -> dict:
        """{debtor id: {limit id: the limit over time in the company's currency, within
        its policy}}, in the order in which limits are used.

        Where the day of the loss counts, nothing is covered after the policy.
        """
        if not profile_ids:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT n.profile_id, n.id, d.amount, n.rate, d.date_from, d.date_to,
                       i.date_from, LEAST(i.date_to, s.since - 1)
                  FROM (%(now)s) n
                  JOIN credit_insurance_limit l ON l.id = n.id
                  JOIN credit_insurance_policy i ON i.id = l.policy_id
                  JOIN credit_insurance_period d ON d.limit_id = n.id
             LEFT JOIN (%(stops)s) s ON s.profile_id = n.profile_id
                 WHERE n.profile_id = ANY(%(profiles)s)
                   AND (i.basis <> 'loss' OR %(as_of)s BETWEEN i.date_from
                                             AND COALESCE(i.date_to, 'infinity'))
              ORDER BY %(used)s, d.date_from
                """,
                now=self._now_sql(scope, terms),
                stops=self._stops_sql(scope.as_of),
                profiles=list(profile_ids),
                as_of=scope.as_of,
                used=USED,
            )
        )
        found: dict[int, dict[int, list]] = {id_: {} for id_ in profile_ids}
        for profile_id, limit_id, amount, rate, first, last, start, end in rows:
            period = cover.Period(
                to_decimal(amount) * to_decimal(rate), None, first, last
            )
            history = found[profile_id].setdefault(limit_id, [])
            history += cover.clip([period], start, end)
        return found

    @api.model
    def _old_items_sql(self, scope: Scope, terms: Terms) -> SQL:
        """Open on the day, by debtor, day of delivery, and whether it was delivered
        while that was stopped: (debtor, day, amount, stopped). Of entries that are no
        invoices the day isn't that of a delivery.
        """
        changed = [
            row[0] for row in self.env.execute_query(self._changed_sql(scope, terms))
        ]
        profiles = self.env["credit.profile"].browse(changed)
        return SQL(
            """
            SELECT o.profile_id, o.delivered, SUM(o.amount), o.stopped
              FROM (SELECT q.profile_id, q.delivered, q.amount,
                           q.move_type = 'out_invoice' AND EXISTS (
                               SELECT FROM credit_insurance_stop s
                                WHERE s.profile_id = q.profile_id
                                  AND s.date_from <= %(as_of)s
                                  AND q.delivered BETWEEN s.date_from
                                      AND COALESCE(s.date_to, 'infinity')) AS stopped
                      FROM (%(items)s) q) o
          GROUP BY o.profile_id, o.delivered, o.stopped
            """,
            items=profiles._open_of_sql(scope, profiles._these_sql()),
            as_of=scope.as_of,
        )

    @api.model
    def _changed_sql(self, scope: Scope, terms: Terms) -> SQL:
        """Debtors with a limit that was higher before than it is now, or to whom
        deliveries were stopped once.
        """
        return SQL(
            """
            SELECT n.profile_id
              FROM (%(now)s) n
         LEFT JOIN (SELECT d.limit_id, MAX(d.amount) AS highest
                      FROM credit_insurance_period d
                     WHERE d.date_from <= %(day)s
                  GROUP BY d.limit_id) before ON before.limit_id = n.id
         LEFT JOIN (SELECT DISTINCT o.profile_id FROM credit_insurance_stop o
                     WHERE o.date_from <= %(day)s) s ON s.profile_id = n.profile_id
             WHERE ROUND(before.highest * n.rate, n.digits) > n.now
                OR s.profile_id IS NOT NULL
          GROUP BY n.profile_id
            """,
            now=self._now_sql(scope, terms),
            day=scope.as_of,
        )

    @api.model
    def _flush_cover(self) -> None:
        flush(self.env, FLUSHED)

    # -- for some debtors ------------------------------------------------------

    @api.model
    def _fetch_layers(self, scope: Scope) -> dict:
        """{debtor id: (his limits as they count, as core limits; what was delivered
        while deliveries were stopped)}.
        """
        rows = self.env.execute_query_dict(self._layers_sql(scope))
        return {
            row["profile_id"]: (_read_limits(row, scope.as_of), row["stopped"])
            for row in rows
        }


def _find_kept(histories, items: list[cover.Delivery], as_of: date) -> cover.Kept:
    claims = [one for one in items if one.amount > 0]
    credits = -sum((one.amount for one in items if one.amount < 0), cover.ZERO)
    return cover.kept(list(histories), claims, credits, as_of)


def _read_limits(row: dict, as_of: date) -> list[cover.Limit]:
    return [
        cover.Limit(to_decimal(amount), to_decimal(percent), as_of, top_up=top_up)
        for amount, percent, top_up in zip(
            row["amounts"], row["percents"], row["top_ups"], strict=True
        )
    ]
