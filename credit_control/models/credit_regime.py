from collections.abc import Container, Sequence
from datetime import date, timedelta
from decimal import Decimal

import holidays

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_amount, format_date

from ..core import costs, interest, terms
from ..core.money import ZERO, to_decimal
from .credit_rate import MARKS

FREE_REMINDER = "free_reminder"
FOURTEEN_DAY_LETTER = "fourteen_day_letter"

# How a notice travels, by channel. What goes both ways counts as received when
# the slower one arrives: the careful reading.
WAYS = {
    "email": ("electronic",),
    "letter": ("post",),
    "email_letter": ("electronic", "post"),
}
# The Dutch act on terms counts 5 May as a public holiday in every year.
HOLIDAY_CATEGORIES = {"NL": ("public", "optional")}


class CreditRegime(models.Model):
    """What a country's law lets claim from late debtors, from a day on."""

    _name = "credit.regime"
    _description = "Legal Regime"
    _inherit = ["mail.thread"]
    _order = "country_id, kind, date_from desc, id"
    _rec_names_search = ["country_id"]

    active = fields.Boolean(default=True)
    country_id = fields.Many2one(
        "res.country",
        tracking=True,
        help="Empty: countries of the European Union without rules of their own.",
    )
    country_name = fields.Char(
        string="Country or area", compute="_compute_display_name"
    )
    kind = fields.Selection(
        [("business", "Businesses"), ("consumer", "Consumers")],
        string="Debtors",
        required=True,
        default="business",
    )
    date_from = fields.Date(
        string="In force from",
        required=True,
        tracking=True,
        help="A later one of the same country and kind of debtor takes its place.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.ref("base.EUR", raise_if_not_found=False)
        or self.env.company.currency_id,
        help="Of the amounts below. Claims in another currency are converted.",
    )

    series_id = fields.Many2one(
        "credit.rate.series",
        string="Interest rate",
        tracking=True,
        ondelete="restrict",
        help="Empty: no interest by law.",
    )
    margin = fields.Float(
        string="Plus points", digits=(6, 2), tracking=True, help="Percentage points."
    )
    rate_step = fields.Float(
        string="Rounded up to",
        digits=(6, 2),
        tracking=True,
        help="0.5: up to the next half point. 0: not rounded.",
    )
    compounding = fields.Boolean(
        string="Interest on interest",
        tracking=True,
        help="After each full year of default, its interest bears interest too.",
    )
    interest_needs_agreement = fields.Boolean(
        string="Interest only if agreed",
        tracking=True,
        help="Only what the contract or the general terms provide.",
    )
    interest_capped = fields.Boolean(
        string="Interest at most this rate",
        tracking=True,
        help="A contract can't agree on a higher rate.",
    )
    current_rate = fields.Float(
        string="Rate today", compute="_compute_current_rate", digits=(6, 2)
    )
    rate_warning = fields.Char(string="Rate missing", compute="_compute_current_rate")
    interest_rule = fields.Char(string="Interest", compute="_compute_rules")
    costs_rule = fields.Char(string="Costs", compute="_compute_rules")
    disclaimer = fields.Char(compute="_compute_rules")

    cost_rule = fields.Selection(
        [
            (costs.NONE, "None"),
            (costs.FIXED, "An amount for every late invoice"),
            (costs.SCALE, "A scale"),
        ],
        string="Recovery costs",
        required=True,
        default=costs.NONE,
        tracking=True,
    )
    cost_fixed = fields.Monetary(string="Amount per invoice", tracking=True)
    cost_scope = fields.Selection(
        [("sum", "The sum of the claims"), ("each", "Each claim")],
        string="Scale on",
        required=True,
        default="sum",
        tracking=True,
    )
    band_ids = fields.One2many("credit.regime.band", "regime_id", copy=True)
    cost_min = fields.Monetary(string="At least", tracking=True)
    cost_max = fields.Monetary(string="At most", tracking=True, help="0: no maximum.")
    cost_vat = fields.Float(
        string="VAT on costs (%)",
        digits=(6, 2),
        tracking=True,
        help="Added where the creditor can't deduct VAT. 0: never.",
    )
    costs_need_agreement = fields.Boolean(
        string="Costs only if agreed",
        tracking=True,
        help="Only what the contract or the general terms provide.",
    )
    costs_capped = fields.Boolean(
        string="Costs at most these",
        tracking=True,
        help="A contract can't agree on more.",
    )

    first_notice = fields.Selection(
        [
            ("none", "Nothing"),
            (FREE_REMINDER, "A free first reminder"),
            (FOURTEEN_DAY_LETTER, "A letter that states the costs to come"),
        ],
        string="Needed before costs",
        required=True,
        default="none",
        tracking=True,
    )
    first_notice_days = fields.Integer(
        string="Days to pay", default=14, tracking=True, help="Calendar days."
    )
    post_days = fields.Integer(
        string="By post after",
        default=3,
        tracking=True,
        help="A letter counts as received on this working day after sending.",
    )
    saturday_counts = fields.Boolean(string="Saturday is a working day", tracking=True)
    monday_counts = fields.Boolean(
        string="Monday is a working day", default=True, tracking=True
    )
    electronic_days = fields.Integer(
        string="Electronically after",
        tracking=True,
        help="A message counts as received on this calendar day after sending.",
    )
    starts_day_after = fields.Boolean(
        string="Days count from the day after",
        default=True,
        tracking=True,
        help="The first of the days to pay is the day after receipt, else that of "
        "receipt itself.",
    )
    holiday_note = fields.Char(
        string="Public holidays", compute="_compute_holiday_note"
    )

    term_days = fields.Integer(
        string="Payment term if nothing is agreed", default=30, tracking=True
    )
    term_max_days = fields.Integer(
        string="Longest payment term",
        tracking=True,
        help="Most days that can be agreed on. 0: no maximum.",
    )
    term_month_end_days = fields.Integer(
        string="Or to the end of the month",
        tracking=True,
        help="Days of a term to the end of a month, where the law allows that too. "
        "0: it doesn't.",
    )
    allocation = fields.Selection(
        [
            ("costs_interest_principal", "Costs, interest, principal"),
            ("interest_principal_costs", "Interest, principal, costs"),
            ("principal_interest_costs", "Principal, interest, costs"),
        ],
        string="A payment goes to",
        required=True,
        default="costs_interest_principal",
        tracking=True,
    )
    source = fields.Text(translate=True, help="Where the rules come from.")
    mark = fields.Selection(
        MARKS,
        string="How known",
        required=True,
        default="practice",
        help="Of the rule that is known least well.",
    )

    _country_kind_date_uniq = models.UniqueIndex(
        "(COALESCE(country_id, 0), kind, date_from)",
        "This country has rules for these debtors from this date on already.",
    )
    _not_negative = models.Constraint(
        "CHECK (margin >= 0 AND rate_step >= 0 AND cost_fixed >= 0 AND cost_min >= 0"
        " AND cost_max >= 0 AND cost_vat >= 0 AND first_notice_days >= 0"
        " AND post_days >= 0 AND electronic_days >= 0 AND term_days >= 0"
        " AND term_max_days >= 0 AND term_month_end_days >= 0)",
        "Amounts, points and days can't be negative.",
    )

    # -- computes --------------------------------------------------------------

    @api.depends("country_id", "kind", "date_from")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for regime in self:
            regime.country_name = regime._get_country_name()
            regime.display_name = self.env._(
                "%(country)s, %(kind)s (from %(day)s)",
                country=regime.country_name,
                kind=kinds.get(regime.kind, "").lower(),
                day=format_date(self.env, regime.date_from),
            )

    def _get_country_name(self) -> str:
        return self.country_id.name or self.env._("European Union")

    @api.depends("series_id", "margin", "rate_step")
    @api.depends_context("lang")
    def _compute_current_rate(self):
        today = fields.Date.context_today(self)
        for regime in self:
            rates = regime._get_core_rates(today, today)
            regime.current_rate = float(rates[-1].rate) if rates else 0.0
            regime.rate_warning = regime.series_id.warning

    @api.depends("series_id", "margin", "rate_step", "cost_rule", "cost_fixed")
    @api.depends_context("lang")
    def _compute_rules(self):
        for regime in self:
            regime.interest_rule = regime._word_rate()
            regime.costs_rule = regime._word_costs()
            regime.disclaimer = regime._get_disclaimer()

    @api.depends("country_id")
    @api.depends_context("lang")
    def _compute_holiday_note(self):
        for regime in self:
            regime.holiday_note = regime._get_holiday_note()

    def _get_holiday_note(self) -> str:
        country = self.country_id
        if not country:
            return self.env._("Those of the debtor's country, where known.")
        if self._knows_holidays(country):
            return self.env._(
                "Those of %s are known, but not those of its regions alone.",
                country.name,
            )
        return self.env._(
            "Those of %s are not known: only weekends don't count.", country.name
        )

    # -- constraints -----------------------------------------------------------

    @api.constrains("cost_rule", "band_ids", "cost_min", "cost_max")
    def _check_scale(self):
        for regime in self:
            if regime.cost_rule != costs.SCALE:
                continue
            if 0 not in regime.band_ids.mapped("above"):
                raise ValidationError(
                    self.env._("A scale needs a band for claims above 0.")
                )
            if regime.cost_max and regime.cost_max < regime.cost_min:
                raise ValidationError(
                    self.env._("The costs at most are less than the costs at least.")
                )

    # -- which one -------------------------------------------------------------

    @api.model
    def _get_for(self, country, kind: str, as_of: date):
        """The regime of ``country`` for ``kind`` of debtor on ``as_of``.

        A country of the European Union without rules of its own follows the
        European default; another country has none. A day before the oldest
        rules recorded follows those.
        """
        regimes = self.sudo().search([("kind", "=", kind)])
        own = regimes.filtered(lambda regime: regime.country_id == country)
        if not own and country in self.env.ref("base.europe").sudo().country_ids:
            own = regimes.filtered(lambda regime: not regime.country_id)
        own = own.sorted("date_from") if country else own.browse()
        started = own.filtered(lambda regime: regime.date_from <= as_of)
        return self.browse((started[-1:] or own[:1]).ids)

    @api.model
    def _first_notice_sql(self, company, as_of: date) -> SQL:
        """The id of the rules that ask for a notice before costs are claimed of the
        debtor file ``p``, its customer ``c``; else NULL.
        """
        profiles = self.env["credit.profile"]
        country, kind = profiles._law_country_sql(company), profiles._debtor_kind_sql()
        asking = [
            SQL(
                "WHEN %s = ANY(%s) AND %s = %s AND %s THEN %s",
                country,
                regime._get_countries().ids,
                kind,
                regime.kind,
                regime._in_force_sql(as_of),
                regime.id,
            )
            for regime in self.sudo()._get_asking()
        ]
        return SQL("(CASE %s END)", SQL(" ").join(asking)) if asking else SQL("NULL")

    @api.model
    def _get_asking(self):
        """The rules that ask for a notice before costs."""
        return self.search([("first_notice", "!=", "none")])

    def _get_countries(self):
        """Where these rules hold."""
        if self.country_id:
            return self.country_id
        own = self.search([("kind", "=", self.kind)]).country_id
        return self.env.ref("base.europe").sudo().country_ids - own

    def _in_force_sql(self, as_of: date) -> SQL:
        """Whether these rules are the ones of the contract's day; the oldest rules
        hold for days before them, too.
        """
        rules = self.search(
            [("country_id", "=", self.country_id.id), ("kind", "=", self.kind)]
        ).sorted("date_from")
        later = rules.filtered(lambda regime: regime.date_from > self.date_from)[:1]
        return SQL(
            "COALESCE(p.contract_date, %s) >= %s AND COALESCE(p.contract_date, %s) < %s",
            as_of,
            date.min if self == rules[:1] else self.date_from,
            as_of,
            later.date_from or date.max,
        )

    # -- interest --------------------------------------------------------------

    def _get_core_rates(self, first: date, last: date) -> list[interest.RatePeriod]:
        """The statutory rates that are in force from ``first`` to ``last``."""
        margin, step = to_decimal(self.margin), to_decimal(self.rate_step)
        rates = self.series_id.rate_ids.filtered(
            lambda rate: rate.date_from and rate.date_from <= last
        ).sorted("date_from")
        before = rates.filtered(lambda rate: rate.date_from <= first)[:-1]
        return [
            interest.RatePeriod(
                rate.date_from,
                interest.statutory_rate(to_decimal(rate.rate), margin, step),
            )
            for rate in rates - before
        ]

    def _get_charged_rates(
        self, first: date, last: date, agreed: Decimal | None
    ) -> list[interest.RatePeriod]:
        """The rates that may be charged where the contract agreed on ``agreed``."""
        if not self or self._is_fixed_by_contract(agreed):
            # Where no law is recorded there is only the contract.
            agreed = agreed if agreed != costs.LEGAL_MAXIMUM else ZERO
            return [interest.RatePeriod(first, agreed)]
        return [
            period._replace(
                rate=costs.claimable(
                    period.rate,
                    agreed,
                    needs_agreement=self.interest_needs_agreement,
                    capped=self.interest_capped,
                )
            )
            for period in self._get_core_rates(first, last)
        ]

    def _is_fixed_by_contract(self, agreed: Decimal | None) -> bool:
        """Whether the statutory rate plays no part in what is charged."""
        return agreed not in (None, costs.LEGAL_MAXIMUM) and not self.interest_capped

    def _get_known_until(self, agreed: Decimal | None) -> date | None:
        """Last day for which the rate that is charged was published."""
        if self._is_fixed_by_contract(agreed):
            return None
        return self.series_id._get_known_until()

    # -- costs -----------------------------------------------------------------

    def _get_core_cost_rule(self, rate: Decimal = Decimal(1)) -> costs.CostRule:
        """The rule with its amounts times ``rate``, the rate of exchange."""
        self.ensure_one()
        return costs.CostRule(
            self.cost_rule,
            to_decimal(self.cost_fixed) * rate,
            tuple(band._get_core_band(rate) for band in self.band_ids.sorted("above")),
            to_decimal(self.cost_min) * rate,
            to_decimal(self.cost_max) * rate if self.cost_max else None,
            on_sum=self.cost_scope == "sum",
            capped=self.costs_capped,
            vat_percent=to_decimal(self.cost_vat),
        )

    def _limits_costs(self) -> bool:
        """Whether a contract can't agree on more costs than the law allows, or not
        before a notice.
        """
        return self.costs_capped or self._asks_first_notice()

    def _asks_first_notice(self) -> bool:
        """Whether costs have to be announced before they are claimed."""
        return self.first_notice not in (False, "none")

    def _next_costs(
        self,
        claims: Sequence[costs.Claim],
        company,
        currency,
        as_of: date,
        agreed: Decimal = costs.LEGAL_MAXIMUM,
    ) -> list[Decimal]:
        """Costs to claim now for each of ``claims`` of one debtor, in ``currency``.

        :param as_of: day of the rate of exchange, where the currencies differ
        :param agreed: see :func:`core.costs.next_costs`
        """
        rate = self.currency_id._get_conversion_rate(
            self.currency_id, currency, company, as_of
        )
        return costs.next_costs(
            claims,
            self._get_core_cost_rule(to_decimal(rate)),
            agreed=agreed,
            deducts_vat=company.credit_deducts_vat,
            quantum=to_decimal(currency.rounding),
        )

    def _get_vat_part(self, amount: Decimal, agreed: Decimal, company, currency):
        """The VAT in costs that the law sets or limits, of who can't deduct it."""
        if company.credit_deducts_vat or not (
            agreed == costs.LEGAL_MAXIMUM or self.costs_capped
        ):
            return ZERO
        quantum = to_decimal(currency.rounding)
        return costs.vat_part(amount, to_decimal(self.cost_vat), quantum)

    # -- terms -----------------------------------------------------------------

    def _get_delivery_rule(self, way: str) -> terms.DeliveryRule:
        """When what goes by ``way`` (post or electronic) counts as received."""
        if way == "electronic":
            return terms.DeliveryRule(
                self.electronic_days, day_after=self.starts_day_after
            )
        uncounted = {terms.SUNDAY}
        if not self.saturday_counts:
            uncounted.add(terms.SATURDAY)
        if not self.monday_counts:
            uncounted.add(terms.MONDAY)
        return terms.DeliveryRule(
            self.post_days,
            frozenset(uncounted),
            skips_holidays=True,
            day_after=self.starts_day_after,
        )

    def _first_chargeable_day(self, sent: date, channel: str, country=None) -> date:
        """First day on which costs may be claimed after the first notice.

        :param sent: day on which the notice went out; where no notice is needed
            costs may be claimed on that day
        :param channel: email, letter or email_letter; what isn't written is none
        :param country: whose public holidays count, where the regime has none
        :raises KeyError: ``channel`` is not a written one
        """
        self.ensure_one()
        notice = self._get_core_first_notice(channel, country)
        return notice.costs_from(sent) if self._asks_first_notice() else sent

    def _get_core_first_notice(self, channel: str, country=None) -> terms.FirstNotice:
        """The notice that these rules ask for before costs, sent by ``channel``."""
        return terms.FirstNotice(
            self.first_notice_days,
            tuple(self._get_delivery_rule(way) for way in WAYS[channel]),
            self._get_public_holidays(self.country_id or country),
        )

    @api.model
    def _knows_holidays(self, country) -> bool:
        return country.code in holidays.list_supported_countries()

    @api.model
    def _get_public_holidays(self, country) -> Container[date]:
        """The days off of the whole country; none where they aren't known."""
        if not country or not self._knows_holidays(country):
            return terms.NO_HOLIDAYS
        categories = HOLIDAY_CATEGORIES.get(country.code)
        return holidays.country_holidays(country.code, categories=categories)

    # -- payment terms ---------------------------------------------------------

    def _get_term_warning(self, issued: date, due: date) -> str | bool:
        """Why an invoice of ``issued`` can't be due as late as ``due``."""
        if not self.term_max_days or due <= terms.longest_due(
            issued, self.term_max_days, self.term_month_end_days
        ):
            return False
        words = {
            "days": (due - issued).days,
            "most": self.term_max_days,
            "month_end": self.term_month_end_days,
            "country": self._get_country_name(),
        }
        if self.term_month_end_days:
            return self.env._(
                "%(days)s days is more than the legal maximum of %(most)s days, or "
                "%(month_end)s days and the end of the month, in %(country)s.",
                **words,
            )
        return self.env._(
            "%(days)s days is more than the legal maximum of %(most)s days in "
            "%(country)s.",
            **words,
        )

    def _get_payment_term_warning(self, payment_term, as_of: date) -> str | bool:
        """Whether ``payment_term`` is too long on some day of the next month.

        Terms to the end of a month differ from day to day.
        """
        for offset in range(31):
            issued = as_of + timedelta(offset)
            dues = (line._get_due_date(issued) for line in payment_term.line_ids)
            warning = self._get_term_warning(issued, max(dues, default=issued))
            if warning:
                return warning
        return False

    # -- words -----------------------------------------------------------------

    @api.model
    def _get_disclaimer(self) -> str:
        """To be shown wherever an amount is proposed."""
        return self.env._("Calculated by the rule shown; this is not legal advice.")

    def _word_rate(self) -> str:
        """The rule of interest in words."""
        if not self.series_id:
            return self.env._("No interest by law")
        words = {"series": self.series_id.name, "margin": f"{self.margin:g}"}
        if self.rate_step:
            return self.env._(
                "%(series)s + %(margin)s points, rounded up to %(step)s",
                step=f"{self.rate_step:g}",
                **words,
            )
        if self.margin:
            return self.env._("%(series)s + %(margin)s points", **words)
        return self.series_id.name

    def _word_costs(self) -> str:
        """The rule of costs in words."""
        if self.cost_rule == costs.FIXED:
            return self.env._(
                "%s for every late invoice",
                format_amount(self.env, self.cost_fixed, self.currency_id),
            )
        if self.cost_rule == costs.SCALE:
            return self.env._("A scale")
        return self.env._("No costs")
