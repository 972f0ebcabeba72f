from odoo import api, fields, models


class CreditForecastPart(models.Model):
    """The weeks of the forecast once more, by what the cockpit is filtered by.

    Stored with the forecast: adding up its items takes seconds. Bands don't add up, so
    that there are none. Like the weeks it doesn't depend on who looks at it.
    """

    _name = "credit.forecast.part"
    _description = "Expected by Risk Tier and Collector"
    _order = "company_id, date, id"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(string="Week of", required=True, readonly=True)
    is_this_week = fields.Boolean(
        string="This week", readonly=True, help="The week in which it was made."
    )
    tier_id = fields.Many2one(
        "credit.risk.tier", string="Risk tier", readonly=True, ondelete="cascade"
    )
    collector_id = fields.Many2one("res.users", readonly=True, ondelete="cascade")
    reason = fields.Selection(
        lambda self: self.env["credit.forecast.line"]
        ._fields["reason"]
        ._description_selection(self.env),
        string="Why then",
        readonly=True,
    )
    amount = fields.Monetary(string="Expected", readonly=True)

    @api.model
    def _replace(self, company) -> None:
        """Add up the company's forecast as it stands, beyond the last week not."""
        weeks = self.env["credit.forecast"].search(
            [("company_id", "=", company.id), ("is_beyond", "=", False)]
        )
        self.search([("company_id", "=", company.id)]).unlink()
        groups = (
            self.env["credit.forecast.line"]
            .with_company(company)
            ._read_group(
                [
                    ("company_id", "=", company.id),
                    ("date", "in", weeks.mapped("date")),
                ],
                ["date:day", "tier_id", "collector_id", "reason"],
                ["amount:sum"],
            )
        )
        self.create(
            [
                {
                    "company_id": company.id,
                    "date": day,
                    "is_this_week": day == weeks[0].date,
                    "tier_id": tier.id,
                    "collector_id": collector.id,
                    "reason": reason,
                    "amount": amount,
                }
                for day, tier, collector, reason, amount in groups
            ]
        )
