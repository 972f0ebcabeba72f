from datetime import date

from odoo import api, fields, models
from odoo.fields import Domain

from ..core.interest import half_year_end


class CreditRateSeries(models.Model):
    """A published interest rate and its values over time."""

    _name = "credit.rate.series"
    _description = "Interest Rate"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    below_zero = fields.Boolean(
        string="Can be below zero", help="Some reference rates have been negative."
    )
    source = fields.Char(
        string="Published by",
        translate=True,
        help="Where to look for the rate of the next half-year.",
    )
    rate_ids = fields.One2many("credit.rate", "series_id", string="Rates")
    current_rate = fields.Float(compute="_compute_current", digits=(6, 2))
    current_from = fields.Date(string="Since", compute="_compute_current")
    is_outdated = fields.Boolean(
        string="Rate missing", compute="_compute_warning", search="_search_is_outdated"
    )
    warning = fields.Char(compute="_compute_warning")

    @api.model
    def _search_display_name(self, operator, value):
        """Names are found in English too: files to import have them so."""
        domain = super()._search_display_name(operator, value)
        english = self.with_context(lang="en_US").search(domain)
        return Domain("id", "in", english.ids) | Domain(domain)

    @api.depends("rate_ids.rate", "rate_ids.date_from")
    def _compute_current(self):
        today = fields.Date.context_today(self)
        for series in self:
            rate = series._get_rate(today)
            series.current_rate = rate.rate
            series.current_from = rate.date_from

    @api.depends("rate_ids.date_from")
    @api.depends_context("lang")
    def _compute_warning(self):
        today = fields.Date.context_today(self)
        for series in self:
            series.warning = series._get_warning(today)
            series.is_outdated = bool(series.warning)

    @api.model
    def _search_is_outdated(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        start = today.replace(month=1 if today.month <= 6 else 7, day=1)
        known = Domain("rate_ids.date_from", ">=", start)
        return ~known if True in value else known

    def _get_rate(self, as_of: date):
        """The rate in force on ``as_of``; empty before the first one."""
        started = self.rate_ids.filtered(
            lambda rate: rate.date_from and rate.date_from <= as_of
        )
        return started.sorted("date_from")[-1:]

    def _get_known_until(self) -> date | None:
        """Last day for which the newest rate was published."""
        newest = max(filter(None, self.rate_ids.mapped("date_from")), default=None)
        return newest and half_year_end(newest)

    def _get_warning(self, as_of: date) -> str | bool:
        """What is missing on ``as_of``, in words."""
        known = self._get_known_until()
        if not known:
            return self.env._("No rate is recorded.")
        if as_of <= known:
            return False
        return self.env._(
            "No rate for the %(missing)s yet: that of the %(known)s is used.",
            known=self._word_half_year(known),
            missing=self._word_half_year(as_of),
        )

    @api.model
    def _word_half_year(self, day: date) -> str:
        if day.month <= 6:
            return self.env._("1st half of %s", day.year)
        return self.env._("2nd half of %s", day.year)
