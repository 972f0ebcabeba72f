from odoo import api, fields, models


class CreditRunRate(models.Model):
    """A run that claims interest says when its rate is not the newest."""

    _inherit = "credit.run"

    rate_warning = fields.Char(string="Rate missing", compute="_compute_rate_warning")

    @api.depends("state", "date")
    @api.depends_context("lang")
    def _compute_rate_warning(self):
        for run in self:
            run.rate_warning = run._get_rate_warning()

    def _get_rate_warning(self) -> str | bool:
        if (
            self.state not in ("proposed", "partly")
            or not self._claims_legal_interest()
        ):
            return False
        warnings = (
            self.env._("%(rate)s: %(missing)s", rate=series.name, missing=missing)
            for series in self._get_rate_series()
            if (missing := series._get_warning(self.date))
        )
        return " ".join(warnings) or False

    def _claims_legal_interest(self) -> bool:
        levels = self.env["credit.notice"]._read_group(
            [("run_id", "=", self.id), ("state", "in", ("proposed", "failed"))],
            ["level_id"],
        )
        return any(level.interest_basis == "law" for (level,) in levels)

    def _get_rate_series(self):
        """The rates by the law of our country."""
        regimes = self.env["credit.regime"].sudo()
        country = self.company_id.country_id
        own = regimes.search([("country_id", "=", country.id)])
        return (own or regimes.search([("country_id", "=", False)])).series_id
