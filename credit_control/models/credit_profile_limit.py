from datetime import date
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL, format_amount, format_date

from ..core import limits
from ..core.money import to_decimal

STANDING = {"no_limit", "limit", "limit_currency_id"}
TEMPORARY = {"temp_limit", "temp_from", "temp_until"}
# What a change of the limit in force can come from.
LIMIT_FIELDS = STANDING | TEMPORARY | {"group_id", "tier_id"}


class CreditProfileLimit(models.Model):
    """The limit in force: the standing or a temporary one, or that of the group.

    Limits may be agreed in another currency. They count in the company's, at the rate
    of the day.
    """

    _inherit = "credit.profile"

    limit = fields.Monetary(currency_field="agreed_currency_id")
    limit_currency_id = fields.Many2one(
        "res.currency",
        string="Limit agreed in",
        tracking=True,
        copy=False,
        index="btree_not_null",
        help="Empty: the company's currency. A limit in another one counts at the rate "
        "of the day.",
    )
    agreed_currency_id = fields.Many2one(
        "res.currency", compute="_compute_agreed_currency_id"
    )
    temp_limit = fields.Monetary(
        string="Temporary limit",
        currency_field="agreed_currency_id",
        tracking=True,
        copy=False,
        help="Replaces the credit limit from its first day to its last, higher or "
        "lower, and ends by itself.",
    )
    temp_from = fields.Date(
        string="Temporary limit from", tracking=True, copy=False, help="First day."
    )
    temp_until = fields.Date(
        string="Temporary limit until", tracking=True, copy=False, help="Last day."
    )
    group_id = fields.Many2one(
        "credit.group",
        string="Debtor group",
        tracking=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
        help="Debtors that share a limit, e.g. the companies of one owner.",
    )
    has_limit = fields.Boolean(compute="_compute_effective_limit")
    effective_limit = fields.Monetary(
        string="Limit in force",
        compute="_compute_effective_limit",
        help="In the company's currency: the credit limit, the temporary one while it "
        "runs, or that of the group where it is smaller.",
    )
    limit_reason = fields.Char(string="Why this limit", compute="_compute_limit_reason")
    group_available = fields.Monetary(
        string="Left to the group", compute="_compute_available"
    )
    available = fields.Monetary(
        string="Available credit",
        compute="_compute_available",
        search="_search_available",
    )
    use_percent = fields.Float(
        string="Limit used", compute="_compute_available", search="_search_use_percent"
    )
    is_over_limit = fields.Boolean(
        string="Over the limit",
        compute="_compute_available",
        search="_search_is_over_limit",
    )
    change_ids = fields.One2many(
        "credit.limit.change", "profile_id", string="History of the limit"
    )

    _temp_limit_positive = models.Constraint(
        "CHECK (temp_limit >= 0)", "The temporary limit can't be negative."
    )
    _temp_limit_days = models.Constraint(
        "CHECK (num_nulls(temp_from, temp_until) IN (0, 2) "
        "AND (temp_until IS NULL OR temp_until >= temp_from))",
        "A temporary limit has a first day and a last one, which can't lie before it.",
    )

    # -- the limit in force ----------------------------------------------------

    @api.depends("limit_currency_id", "company_id")
    def _compute_agreed_currency_id(self):
        for profile in self:
            profile.agreed_currency_id = (
                profile.limit_currency_id or profile.currency_id
            )

    @api.depends(
        "no_limit",
        "limit",
        "limit_currency_id",
        "temp_limit",
        "temp_from",
        "temp_until",
        "group_id.limit",
        "group_id.active",
    )
    def _compute_effective_limit(self):
        today = fields.Date.context_today(self)
        for profile, found in self._get_limits(today).items():
            profile.has_limit = found is not None
            profile.effective_limit = float(found.amount) if found else 0.0

    def _get_limits(self, as_of: date) -> dict:
        """{debtor: his limit in force on ``as_of``, None where there is none}.

        In the company's currency. What :meth:`_limit_sql` says, for records.
        """
        rates = self._get_rates(self._get_limit_currencies(self), as_of)
        return {profile: profile._get_limit(rates, as_of) for profile in self}

    def _get_limit(self, rates: dict, as_of: date) -> limits.Limit | None:
        group = self.group_id.sudo()
        temporary = None
        if self.temp_from and self.temp_until:
            temporary = limits.Temporary(
                self._convert_limit(self.temp_limit, rates),
                self.temp_from,
                self.temp_until,
            )
        return limits.in_force(
            None if self.no_limit else self._convert_limit(self.limit, rates),
            temporary,
            to_decimal(group.limit) if group.active else None,
            as_of,
        )

    def _convert_limit(self, amount: float, rates: dict) -> Decimal:
        rate = rates.get((self.company_id, self.limit_currency_id))
        if rate is None:
            return to_decimal(amount)
        quantum = to_decimal(self.company_id.currency_id.rounding)
        return limits.convert(to_decimal(amount), to_decimal(rate), quantum)

    @api.model
    def _get_rates(self, pairs, as_of: date) -> dict:
        """{(company, currency): the company's currency for one unit}."""
        return {
            (company, currency): self.env["res.currency"]._get_conversion_rate(
                currency, company.currency_id, company, as_of
            )
            for company, currency in pairs
            if currency != company.currency_id
        }

    @api.model
    def _limit_sql(self, as_of: date | None = None, profiles=None) -> SQL:
        """Expression for the limit in force of the debtor file ``p``, in the company's
        currency; NULL where there is none.

        :param as_of: today where it is left out
        :param profiles: asked of no others
        """
        as_of = as_of or fields.Date.context_today(self)
        self.flush_model(LIMIT_FIELDS)
        self.env["credit.group"].flush_model(["limit", "active"])
        own = SQL(
            """CASE WHEN %(day)s BETWEEN p.temp_from AND p.temp_until THEN p.temp_limit
                    WHEN p.no_limit IS NOT TRUE THEN p."limit" END""",
            day=as_of,
        )
        return SQL(
            """LEAST(%s, (SELECT g."limit" FROM credit_group g
                           WHERE g.id = p.group_id AND g.active))""",
            self._convert_limit_sql(own, as_of, profiles),
        )

    @api.model
    def _has_limit_sql(self, as_of: date | None = None) -> SQL:
        """Condition: the debtor file ``p`` has a limit, whatever its amount."""
        self.flush_model(LIMIT_FIELDS)
        self.env["credit.group"].flush_model(["active"])
        return SQL(
            """(p.no_limit IS NOT TRUE
                OR COALESCE(%s BETWEEN p.temp_from AND p.temp_until, FALSE)
                OR p.group_id IN (SELECT g.id FROM credit_group g WHERE g.active))""",
            as_of or fields.Date.context_today(self),
        )

    @api.model
    def _convert_limit_sql(self, amount: SQL, as_of: date, profiles=None) -> SQL:
        """``amount`` of the debtor file ``p`` in the company's currency."""
        foreign = self._get_limit_currencies(profiles)
        rates = self.sudo()._get_rates(foreign, as_of)
        for (company, currency), rate in rates.items():
            amount = SQL(
                """CASE WHEN (p.company_id, p.limit_currency_id) = (%(company)s, %(money)s)
                        THEN ROUND(%(amount)s * %(rate)s / %(quantum)s) * %(quantum)s
                        ELSE %(amount)s END""",
                company=company.id,
                money=currency.id,
                amount=amount,
                rate=to_decimal(rate),
                quantum=to_decimal(company.sudo().currency_id.rounding),
            )
        return amount

    @api.model
    def _get_limit_currencies(self, profiles=None) -> set:
        """(company, currency) of limits that are agreed in a currency of their own."""
        if profiles is not None:
            return {
                (profile.company_id, profile.limit_currency_id)
                for profile in profiles.sudo()
                if profile.limit_currency_id
            }
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT company_id, limit_currency_id FROM credit_profile
                    WHERE limit_currency_id IS NOT NULL"""
            )
        )
        companies, currencies = self.env["res.company"], self.env["res.currency"]
        return {(companies.browse(c), currencies.browse(m)) for c, m in rows}

    # -- what is left of it ----------------------------------------------------

    @api.depends(
        "exposure",
        "spare_security",
        "effective_limit",
        "has_limit",
        "group_id.available",
    )
    def _compute_available(self):
        for profile in self:
            group = profile.group_id.sudo()
            spare = profile.spare_security
            own = profile.effective_limit + spare - profile.exposure
            # What secures one debtor is for him alone, not for the others.
            profile.group_available = group.available + spare if group.active else 0.0
            profile.available = (
                min(own, profile.group_available) if group.active else own
            ) * profile.has_limit
            left = profile.available
            profile.is_over_limit = profile.currency_id.compare_amounts(left, 0) < 0
            profile.use_percent = (
                profile.exposure / profile.effective_limit
                if profile.effective_limit
                else 0.0
            )

    # -- words -----------------------------------------------------------------

    @api.depends(
        "effective_limit",
        "has_limit",
        "group_id.available",
        "group_id.name",
        "limit_currency_id",
        "available",
    )
    @api.depends_context("lang")
    def _compute_limit_reason(self):
        today = fields.Date.context_today(self)
        for profile, found in self._get_limits(today).items():
            profile.limit_reason = profile._word_limit_reason(found)

    def _word_limit_reason(self, found: limits.Limit | None) -> str | bool:
        """Why the limit in force is another amount than the one agreed."""
        if found is None:
            return False
        if found.source == limits.GROUP:
            return self.env._("Limit of the group %s.", self.group_id.sudo().name)
        if found.source == limits.TEMPORARY:
            day = format_date(self.env, self.temp_until)
            if not self.limit_currency_id:
                return self.env._("Temporary until %s.", day)
            return self.env._(
                "Temporary until %(day)s: %(amount)s.",
                day=day,
                amount=self._word_agreed(self.temp_limit),
            )
        if self.limit_currency_id:
            return self.env._("Agreed: %s.", self._word_agreed(self.limit))
        return False

    def _word_effective_limit(self) -> str:
        if not self.has_limit:
            return self.env._("No limit")
        return format_amount(self.env, self.effective_limit, self.currency_id)

    def _word_agreed(self, amount: float) -> str:
        return format_amount(self.env, amount, self.agreed_currency_id)

    def _word_over_limit(self, excess: float) -> str:
        """By how much which limit is exceeded, for sales people."""
        found = self._get_limits(fields.Date.context_today(self))[self]
        words = {
            "amount": format_amount(self.env, excess, self.currency_id),
            "limit": format_amount(
                self.env, float(found.amount) if found else 0.0, self.currency_id
            ),
        }
        group = self.group_id.sudo()
        if group.active and self.available == self.group_available:
            words["limit"] = format_amount(self.env, group.limit, self.currency_id)
            return self.env._(
                "Over the credit limit of %(limit)s of the group %(group)s by "
                "%(amount)s.",
                group=group.name,
                **words,
            )
        if found and found.source == limits.TEMPORARY:
            return self.env._(
                "Over the temporary credit limit of %(limit)s (until %(day)s) by "
                "%(amount)s.",
                day=format_date(self.env, self.temp_until),
                **words,
            )
        return self.env._("Over the credit limit of %(limit)s by %(amount)s.", **words)

    # -- history ---------------------------------------------------------------

    def write(self, vals):
        if not LIMIT_FIELDS & vals.keys():
            return super().write(vals)
        before = {profile: profile._word_limits() for profile in self}
        result = super().write(vals)
        self._log_limit_changes(before, vals.get("tier_reason"))
        self._tell_core()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        profiles = super().create(vals_list)
        nothing = self.new({"company_id": self.env.company.id})._word_limits()
        profiles._log_limit_changes(dict.fromkeys(profiles, nothing))
        profiles._tell_core()
        return profiles

    def _word_limits(self) -> dict[str, str]:
        """What the history says of these things, by kind of change."""
        temporary = "–"
        if self.temp_until:
            temporary = self.env._(
                "%(amount)s from %(first)s to %(last)s",
                amount=self._word_agreed(self.temp_limit),
                first=format_date(self.env, self.temp_from),
                last=format_date(self.env, self.temp_until),
            )
        return {
            "limit": self.env._("No limit")
            if self.no_limit
            else self._word_agreed(self.limit),
            "temporary": temporary,
            "group": self.group_id.sudo().name or "–",
            "tier": self.tier_id.name or "–",
        }

    def _log_limit_changes(self, before: dict, reason: str | bool = False) -> None:
        self.env["credit.limit.change"]._log(
            [
                {"profile_id": profile.id, "kind": kind, "old": old[kind], "new": new}
                for profile, old in before.items()
                for kind, new in profile._word_limits().items()
                if old[kind] != new
            ],
            reason,
        )

    # -- Odoo's own limit ------------------------------------------------------

    def _tell_core(self) -> None:
        """Put limit and tier into Odoo's own fields of the customer, for the company.

        Odoo takes 0 for no limit: who gets no credit has the smallest amount there is.
        One statement, whatever the number of debtors; it writes what differs only.
        """
        if not self:
            return
        partners = self.env["res.partner"]
        partners.flush_model(["credit_limit", "trust"])
        self.env["credit.risk.tier"].flush_model(["code"])
        self.flush_recordset(["partner_id", "company_id"])
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE res_partner rp
                   SET credit_limit = COALESCE(rp.credit_limit, '{}') || f.credit_limit,
                       trust = COALESCE(rp.trust, '{}') || f.trust
                  FROM (SELECT p.partner_id, jsonb_object_agg(p.company_id, COALESCE(
                                   %(limit)s + CASE WHEN %(limit)s = 0
                                   THEN m.rounding ELSE 0 END, 0)::float8
                               ) AS credit_limit,
                               jsonb_object_agg(p.company_id, CASE t.code
                                   WHEN 'good' THEN 'good' WHEN 'poor' THEN 'bad'
                                   ELSE 'normal' END) AS trust
                          FROM credit_profile p
                          JOIN res_company c ON c.id = p.company_id
                          JOIN res_currency m ON m.id = c.currency_id
                     LEFT JOIN credit_risk_tier t ON t.id = p.tier_id
                         WHERE p.id = ANY(%(ids)s)
                      GROUP BY p.partner_id) f
                 WHERE rp.id = f.partner_id
                   AND NOT (COALESCE(rp.credit_limit, '{}') @> f.credit_limit
                            AND COALESCE(rp.trust, '{}') @> f.trust)
             RETURNING rp.id
                """,
                limit=self._limit_sql(profiles=self),
                ids=self.ids,
            )
        )
        partners.browse(rows_id for (rows_id,) in rows).invalidate_recordset(
            ["credit_limit", "trust", "use_partner_credit_limit"]
        )

    @api.model
    def _tell_core_all(self, company) -> None:
        """Every night: temporary limits begin and end, rates change."""
        profiles = self.with_context(active_test=False)
        profiles.search([("company_id", "=", company.id)])._tell_core()
