from odoo import api, fields, models


class CreditBureauReport(models.Model):
    """What a credit agency thinks of a debtor."""

    _name = "credit.bureau.report"
    _description = "Credit Report"
    _order = "date desc, id desc"
    _rec_name = "agency"

    profile_id = fields.Many2one(
        "credit.profile",
        string="Debtor",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="profile_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    agency = fields.Char(required=True)
    date = fields.Date(required=True, default=fields.Date.context_today)
    until = fields.Date(
        string="Valid until", help="Last day. Empty: until there is a newer report."
    )
    points = fields.Float(
        string="Score",
        digits=(5, 2),
        required=True,
        aggregator="avg",
        help="From 0 (worst) to 100 (best), whatever the agency's own scale is.",
    )
    rating = fields.Char(help="As the agency writes it, e.g. A+.")
    limit = fields.Monetary(string="Advised limit")
    document = fields.Binary(string="Report", attachment=True)
    document_name = fields.Char()

    _points_range = models.Constraint(
        "CHECK (points BETWEEN 0 AND 100)", "A score is between 0 and 100 points."
    )
    _until_after_date = models.Constraint(
        'CHECK ("until" IS NULL OR "until" >= "date")',
        "A report can't end before it begins.",
    )
    _limit_positive = models.Constraint(
        'CHECK ("limit" >= 0)', "The advised limit can't be negative."
    )

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Template for credit reports"),
                "template": "/credit_control/static/csv/credit_reports.csv",
            }
        ]
