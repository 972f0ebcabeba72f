from odoo import api, fields, models


class CreditProfileExposure(models.Model):
    """What is at risk with a debtor, as in the list of exposures: both come from the
    same query.
    """

    _inherit = "credit.profile"

    exposure = fields.Monetary(
        compute="_compute_exposure",
        search="_search_exposure",
        help="What would be lost if the debtor paid nothing any more.",
    )
    draft_amount = fields.Monetary(string="Draft invoices", compute="_compute_exposure")
    security_amount = fields.Monetary(
        string="Secured otherwise",
        compute="_compute_exposure",
        help="What is secured, whatever the debtor pays: it reduces the exposure.",
    )
    spare_security = fields.Monetary(
        string="Security left",
        compute="_compute_exposure",
        help="What securities still stand for if the debtor owes more.",
    )

    @api.model
    def _get_exposure_fields(self) -> dict[str, str]:
        """Field of the debtor file → column of his exposure. To be extended."""
        return {
            "exposure": "exposure",
            "draft_amount": "draft_amount",
            "security_amount": "security_amount",
            "spare_security": "spare_security",
        }

    @api.depends("open_amount", "company_id.credit_counts_drafts")
    def _compute_exposure(self):
        """What other addons read is added to the dependencies."""
        columns = self._get_exposure_fields()
        figures = self.env["credit.exposure"]._fetch_figures(
            self, fields.Date.context_today(self), columns.values()
        )
        for profile in self:
            row = figures.get(profile._origin.id, {})
            for name, column in columns.items():
                profile[name] = row.get(column) or 0.0

    @api.model
    def _search_exposure(self, operator, value):
        return self._search_in_exposure("exposure", operator, value)

    @api.model
    def _search_available(self, operator, value):
        return self._search_in_exposure("available", operator, value)

    @api.model
    def _search_use_percent(self, operator, value):
        return self._search_in_exposure("use_percent", operator, value)

    @api.model
    def _search_is_over_limit(self, operator, value):
        return self._search_in_exposure("is_over_limit", operator, value)

    @api.model
    def _search_in_exposure(self, name: str, operator: str, value):
        """Debtors whose row in the list of exposures says so; it has their ids."""
        rows = self.env["credit.exposure"].sudo()._search([(name, operator, value)])
        return [("id", "in", rows)]
