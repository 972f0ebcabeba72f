from datetime import date
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL, ormcache

from odoo.addons.credit_control.core import limits
from odoo.addons.credit_control.models.credit_profile_risk import RiskReason

COVER = "cover"


class CreditProfileCoverLimit(models.Model):
    """Where the company or the risk tier says so, the limit is never above what is
    insured; and who is beyond his cover had better not order more.
    """

    _inherit = "credit.profile"

    @api.depends(
        "company_id.credit_limit_by_cover",
        "tier_id.limit_by_cover",
        "insurance_limit_ids.period_ids",
        "insurance_limit_ids.policy_id.active",
    )
    def _compute_effective_limit(self):
        return super()._compute_effective_limit()

    def _get_limits(self, as_of: date) -> dict:
        found = super()._get_limits(as_of)
        for profile, amount in self._fetch_cover_limits(as_of).items():
            limit = found[profile]
            if limit is None or amount < limit.amount:
                found[profile] = limits.Limit(amount, COVER)
        return found

    def _fetch_cover_limits(self, as_of: date) -> dict:
        """{debtor: what is insured}, of those whose limit is never above that."""
        ruled = self.filtered(
            lambda profile: profile.company_id.credit_limit_by_cover
            or profile.tier_id.limit_by_cover
        )
        if not ruled:
            return {}
        insured = ruled._origin._fetch_insured(as_of)
        return {
            profile: insured.get(profile._origin, (Decimal(0), False))[0]
            for profile in ruled
        }

    @api.model
    def _limit_sql(self, as_of: date | None = None, profiles=None) -> SQL:
        limit = super()._limit_sql(as_of, profiles)
        if not self._has_cover_rule():
            return limit
        return SQL(
            "LEAST(%s, CASE WHEN %s THEN %s END)",
            limit,
            self._is_ruled_sql(),
            self._insured_sql(as_of or fields.Date.context_today(self)),
        )

    @api.model
    def _has_limit_sql(self, as_of: date | None = None) -> SQL:
        found = super()._has_limit_sql(as_of)
        if not self._has_cover_rule():
            return found
        return SQL("(%s OR %s)", found, self._is_ruled_sql())

    @api.model
    @ormcache()
    def _has_cover_rule(self) -> bool:
        """Whether any company or tier has its limits from the cover; whoever writes
        that clears the cache.
        """
        self.env["res.company"].flush_model(["credit_limit_by_cover"])
        self.env["credit.risk.tier"].flush_model(["limit_by_cover"])
        rows = self.env.execute_query(
            SQL(
                """SELECT EXISTS (SELECT FROM res_company WHERE credit_limit_by_cover)
                       OR EXISTS (SELECT FROM credit_risk_tier WHERE limit_by_cover)"""
            )
        )
        return rows[0][0]

    @api.model
    def _is_ruled_sql(self) -> SQL:
        return SQL(
            """(COALESCE((SELECT o.credit_limit_by_cover FROM res_company o
                           WHERE o.id = p.company_id), FALSE)
                OR COALESCE((SELECT t.limit_by_cover FROM credit_risk_tier t
                              WHERE t.id = p.tier_id), FALSE))"""
        )

    @api.model
    def _insured_sql(self, as_of: date) -> SQL:
        """Expression for the insured limit of the debtor file ``p``, in the company's
        currency, for what is delivered on ``as_of``.
        """
        layers = self.env["credit.insurance.limit"]
        rates = layers._fetch_foreign_rates(as_of)
        return SQL(
            """COALESCE((
                SELECT SUM(ROUND(d.amount * COALESCE(f.rate, 1), y.decimal_places))
                  FROM credit_insurance_limit l
                  JOIN credit_insurance_policy i ON i.id = l.policy_id AND i.active
                  JOIN credit_insurance_period d ON d.limit_id = l.id AND %(now)s
                  JOIN res_company o ON o.id = p.company_id
                  JOIN res_currency y ON y.id = o.currency_id
             LEFT JOIN unnest(%(policies)s::int[], %(companies)s::int[],
                              %(rates)s::numeric[]) f(policy, company, rate)
                    ON f.policy = l.policy_id AND f.company = p.company_id
                 WHERE l.profile_id = p.id
                   AND NOT EXISTS (SELECT FROM (%(stops)s) s
                                    WHERE s.profile_id = p.id)), 0)""",
            now=layers._is_in_force_sql(as_of),
            stops=layers._stops_sql(as_of),
            policies=[policy for policy, _company in rates],
            companies=[company for _policy, company in rates],
            rates=list(rates.values()),
        )

    # -- words -----------------------------------------------------------------

    def _word_limit_reason(self, found) -> str | bool:
        if found is not None and found.source == COVER:
            return self.env._("Never above what is insured.")
        return super()._word_limit_reason(found)

    # -- orders ----------------------------------------------------------------

    def _get_risk_reasons(self) -> list[RiskReason]:
        reasons = super()._get_risk_reasons()
        if self.is_over_insured_limit:
            reasons.append(RiskReason(COVER, self._word_beyond_cover()))
        return reasons

    def _get_order_risks(self, amount: float) -> list[RiskReason]:
        reasons = super()._get_order_risks(amount)
        if (
            COVER not in {reason.code for reason in reasons}
            and self.was_insured
            and self._get_beyond_cover(amount) > 0
        ):
            reasons.append(RiskReason(COVER, self._word_beyond_cover()))
        return reasons

    def _word_beyond_cover(self) -> str:
        return self.env._("Beyond what is insured or secured.")
