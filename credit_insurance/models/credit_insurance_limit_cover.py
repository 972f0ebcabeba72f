from datetime import date
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.credit_control.core.money import to_decimal
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
        ``amounts`` covered, of their ``percents`` and of what lies ``befores`` each, in
        the order in which they are used; ``stopped`` is what was delivered while
        deliveries were stopped, ``now`` the limit for new deliveries, ``decided``
        whether the insurer has decided, ``digits`` those of the company's currency.
        """
        return SQL(
            """
            SELECT k.profile_id, MAX(k.digits) AS digits, SUM(k.now) AS now,
                   MAX(k.stopped) AS stopped, BOOL_OR(k.decided) AS decided,
                   array_agg(k.amount ORDER BY k.place) AS amounts,
                   array_agg(k.percent ORDER BY k.place) AS percents,
                   array_agg(k.top_up ORDER BY k.place) AS top_ups,
                   array_agg(k.before ORDER BY k.place) AS befores
              FROM (SELECT r.*, SUM(r.amount) OVER used - r.amount AS before,
                           ROW_NUMBER() OVER used AS place
                      FROM (%s) r
                    WINDOW used AS (PARTITION BY r.profile_id
                               ORDER BY r.top_up, r.percent DESC, r.id)) k
          GROUP BY k.profile_id
            """,
            self._rows_sql(scope),
        )

    @api.model
    def _rows_sql(self, scope: Scope) -> SQL:
        """One row per limit, in the company's currency."""
        terms = self._fetch_terms(scope)
        kept, stopped = self._fetch_kept(scope) if terms["policies"] else ({}, {})
        return SQL(
            """
            SELECT l.id, l.profile_id, y.decimal_places AS digits,
                   EXISTS (SELECT FROM credit_insurance_decision q
                            WHERE q.limit_id = l.id) AS decided,
                   COALESCE(i.top_up, FALSE) AS top_up,
                   COALESCE(o.amount, 0) AS stopped,
                   COALESCE(NULLIF(d.percent, 0)::numeric, t.percent) AS percent,
                   COALESCE(ROUND(d.amount * t.rate, y.decimal_places), 0) AS now,
                   GREATEST(ROUND(d.amount * t.rate, y.decimal_places), k.amount, 0)
                       AS amount
              FROM credit_insurance_limit l
              JOIN credit_insurance_policy i ON i.id = l.policy_id AND i.active
              JOIN credit_profile p ON p.id = l.profile_id
              JOIN res_company c ON c.id = p.company_id
              JOIN res_currency y ON y.id = c.currency_id
              JOIN res_partner rp ON rp.id = p.partner_id
              JOIN unnest(%(policies)s::int[], %(companies)s::int[],
                          %(countries)s::int[], %(kinds)s::varchar[],
                          %(percents)s::numeric[], %(rates)s::numeric[])
                   t(policy, company, country, kind, percent, rate)
                ON t.policy = l.policy_id AND t.company = p.company_id
               AND t.country = COALESCE(rp.country_id, 0) AND t.kind = l.kind
         LEFT JOIN credit_insurance_period d ON d.limit_id = l.id AND %(now)s
         LEFT JOIN unnest(%(limits)s::int[], %(amounts)s::numeric[])
                   k(limit_id, amount) ON k.limit_id = l.id
         LEFT JOIN unnest(%(debtors)s::int[], %(stopped)s::numeric[])
                   o(profile_id, amount) ON o.profile_id = l.profile_id
             WHERE %(whose)s
            """,
            **terms,
            limits=list(kept),
            amounts=list(kept.values()),
            debtors=list(stopped),
            stopped=list(stopped.values()),
            now=self._is_now_sql(scope.as_of),
            whose=self._whose_sql(scope),
        )

    @api.model
    def _whose_sql(self, scope: Scope) -> SQL:
        return scope.condition(SQL("p.partner_id"), SQL("p.company_id"))

    @api.model
    def _is_now_sql(self, as_of: date) -> SQL:
        """Whether the period ``d`` of the limit ``l`` in policy ``i`` covers what is
        delivered on ``as_of``.
        """
        return SQL(
            """(%(day)s BETWEEN d.date_from AND COALESCE(d.date_to, 'infinity')
                AND %(day)s BETWEEN i.date_from AND COALESCE(i.date_to, 'infinity')
                AND %(day)s < COALESCE(%(stop)s, 'infinity'))""",
            day=as_of,
            stop=self._stop_sql(as_of),
        )

    @api.model
    def _stop_sql(self, as_of: date) -> SQL:
        """The first day on which deliveries under the limit ``l`` aren't covered, if
        they are stopped on ``as_of``.
        """
        return SQL(
            """(SELECT MIN(s.date_from) FROM credit_insurance_stop s
                 WHERE s.profile_id = l.profile_id
                   AND %s BETWEEN s.date_from AND COALESCE(s.date_to, 'infinity'))""",
            as_of,
        )

    # -- what the policies say -------------------------------------------------

    @api.model
    def _fetch_terms(self, scope: Scope) -> dict[str, list]:
        """Percentage and rate of exchange of each policy, company, country, kind."""
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
        names = ("policies", "companies", "countries", "kinds", "percents", "rates")
        found: dict[str, list] = {name: [] for name in names}
        rates = self._get_policy_rates({row[:2] for row in rows}, scope.as_of)
        policies = self.env["credit.insurance.policy"].sudo()
        policies = policies.browse({row[0] for row in rows})
        countries = self.env["res.country"]
        for policy_id, company_id, country_id, kind in rows:
            policy = policies.browse(policy_id).with_prefetch(policies._prefetch_ids)
            terms = policy._get_terms(countries.browse(country_id or ()), kind)
            rate = rates[policy_id, company_id]
            values = (policy_id, company_id, country_id or 0, kind, terms.percent, rate)
            for name, value in zip(names, values, strict=True):
                found[name].append(value)
        return found

    @api.model
    def _get_policy_rates(self, pairs, as_of: date) -> dict:
        """{(policy id, company id): the company's currency for one of the policy}."""
        policies = self.env["credit.insurance.policy"].sudo()
        companies = self.env["res.company"].sudo()
        currencies = {
            (policy_id, company_id): (
                companies.browse(company_id),
                policies.browse(policy_id).currency_id,
            )
            for policy_id, company_id in pairs
        }
        rates = (
            self.env["credit.profile"]
            .sudo()
            ._get_rates(set(currencies.values()), as_of)
        )
        return {
            pair: to_decimal(rates.get(found, 1)) for pair, found in currencies.items()
        }

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
    def _fetch_kept(self, scope: Scope) -> tuple[dict, dict]:
        """What limits cover of deliveries before they were cut, by limit id, and what
        was delivered while deliveries were stopped, by debtor id; in the company's
        currency, of debtors to whom one of both happened.
        """
        items = self._fetch_old_items(scope)
        found = self.sudo().search(
            [("profile_id", "in", list(items)), ("policy_id.active", "=", True)]
        )
        rates = self._get_policy_rates(
            {(limit.policy_id.id, limit.company_id.id) for limit in found}, scope.as_of
        )
        stops = found._get_stops(scope.as_of)
        amounts, stopped = {}, {}
        for profile, limits in found.grouped("profile_id").items():
            limits = limits._sorted_by_use(scope.as_of)
            kept = self._find_kept(
                [
                    limit._get_history(
                        rates[limit.policy_id.id, limit.company_id.id],
                        stops.get(limit),
                        scope.as_of,
                    )
                    for limit in limits
                ],
                items[profile.id],
                scope.as_of,
            )
            amounts.update(zip(limits.ids, kept.within, strict=True))
            stopped[profile.id] = kept.stopped
        return amounts, stopped

    @api.model
    def _fetch_old_items(self, scope: Scope) -> dict[int, list[cover.Delivery]]:
        """Open on the day, by debtor: of each day of delivery the amount."""
        found: dict[int, list] = {}
        for profile_id, day, amount, stopped in self.env.execute_query(
            self._old_items_sql(scope)
        ):
            delivery = cover.Delivery(day, to_decimal(amount), stopped)
            found.setdefault(profile_id, []).append(delivery)
        return found

    def _sorted_by_use(self, as_of: date):
        """In the order in which they are used, as :meth:`_layers_sql` has it."""

        def get_key(limit) -> tuple:
            period = limit._get_period(as_of)
            country = limit.profile_id.partner_id.country_id
            terms = limit.policy_id._get_terms(country, limit.kind)
            percent = to_decimal(period.percent) if period.percent else terms.percent
            return *cover.rank(limit.policy_id.top_up, percent), limit.id

        return self.sorted(get_key)

    @api.model
    def _find_kept(self, histories, items, as_of: date) -> cover.Kept:
        claims = [one for one in items if one.amount > 0]
        credits = -sum((one.amount for one in items if one.amount < 0), cover.ZERO)
        return cover.kept(histories, claims, credits, as_of)

    def _get_history(self, rate: Decimal, stop, as_of: date) -> list[cover.Period]:
        """The limit over time in the company's currency, within its policy.

        Where the day of the loss counts, nothing is covered after the policy.
        """
        policy = self.policy_id
        if policy.basis == "loss" and not policy._is_in_force(as_of):
            return []
        ends = [day for day in (policy.date_to, stop and stop - cover.ONE_DAY) if day]
        return [
            period._replace(amount=period.amount * rate)
            for period in cover.clip(
                [one._get_core() for one in self.period_ids],
                policy.date_from,
                min(ends, default=None),
            )
        ]

    @api.model
    def _old_items_sql(self, scope: Scope) -> SQL:
        """Open on the day, by debtor, day of delivery, and whether it was delivered
        while that was stopped: (debtor, day, amount, stopped). Of entries that are no
        invoices the day isn't that of a delivery.
        """
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
            items=self.env["credit.profile"]._open_on_sql(
                scope.as_of, self._changed_sql(scope)
            ),
            as_of=scope.as_of,
        )

    @api.model
    def _changed_sql(self, scope: Scope) -> SQL:
        """Debtors with a limit that was higher before than it is now, or to whom
        deliveries were stopped once.
        """
        return SQL(
            """
            SELECT p.id, p.partner_id, p.company_id
              FROM credit_insurance_limit l
              JOIN credit_insurance_policy i ON i.id = l.policy_id AND i.active
              JOIN credit_profile p ON p.id = l.profile_id
              JOIN credit_insurance_period d ON d.limit_id = l.id
             WHERE d.date_from <= %(day)s AND %(whose)s
          GROUP BY l.id, p.id
            HAVING MAX(d.amount) > COALESCE(MAX(d.amount) FILTER (WHERE %(now)s), 0)
             UNION
            SELECT p.id, p.partner_id, p.company_id
              FROM credit_insurance_stop s
              JOIN credit_profile p ON p.id = s.profile_id
             WHERE s.date_from <= %(day)s AND %(whose)s
            """,
            day=scope.as_of,
            now=self._is_now_sql(scope.as_of),
            whose=self._whose_sql(scope),
        )

    @api.model
    def _flush_cover(self) -> None:
        for model, names in FLUSHED.items():
            self.env[model].flush_model(names)

    # -- for some debtors ------------------------------------------------------

    @api.model
    def _fetch_layers(self, profiles, as_of: date) -> dict:
        """{debtor id: (his limits as they count, as core limits; what was delivered
        while deliveries were stopped)}.
        """
        if not profiles.ids:
            return {}
        scope = Scope(as_of, profiles.partner_id.ids, profiles.company_id.ids)
        rows = self.env.execute_query_dict(self._layers_sql(scope))
        return {
            row["profile_id"]: (self._read_limits(row, as_of), row["stopped"])
            for row in rows
        }

    @api.model
    def _read_limits(self, row: dict, as_of: date) -> list[cover.Limit]:
        return [
            cover.Limit(to_decimal(amount), to_decimal(percent), as_of, top_up=top_up)
            for amount, percent, top_up in zip(
                row["amounts"], row["percents"], row["top_ups"], strict=True
            )
        ]
