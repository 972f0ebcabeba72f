from odoo import api, fields, models

from .credit_signal import LATELY


class CreditBureauReport(models.Model):
    """What a credit agency thinks of a debtor."""

    _name = "credit.bureau.report"
    _description = "Credit Report"
    _inherit = ["credit.about.debtor"]
    _order = "date desc, id desc"
    _rec_name = "agency"

    profile_id = fields.Many2one(readonly=False, ondelete="cascade")
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
    review_planned = fields.Boolean(
        string="Looked at when it expired", readonly=True, copy=False
    )

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

    # -- renew -----------------------------------------------------------------

    @api.model
    def _fetch_from_agencies(self, profiles, as_of: date) -> list[dict]:
        """Values of new reports on the debtors ``profiles``, asked from agencies.

        A connector to an agency overrides this: it adds what its agency answers to
        what ``super()`` returns, dated ``as_of``, and leaves out debtors that its
        agency doesn't know. No agency is connected here.
        """
        return []

    @api.model
    def _renew(self, company, as_of: date) -> None:
        """Ask the agencies anew where a report has expired lately; where none of them
        answers that is left to the collector.
        """
        expired = self.search(
            [
                ("company_id", "=", company.id),
                ("review_planned", "=", False),
                ("until", "<", as_of),
                ("until", ">=", as_of - LATELY),
            ]
        )
        expired.review_planned = True
        left = expired.profile_id - self._get_covered(expired.profile_id, as_of)
        if left:
            self.create(self._fetch_from_agencies(left, as_of))
        left -= self._get_covered(left, as_of)
        for profile, reports in expired.grouped("profile_id").items():
            if profile in left:
                profile._plan_review(
                    self.env._("Credit report of %s has expired", reports[0].agency),
                    False,
                    as_of,
                )

    @api.model
    def _get_covered(self, profiles, as_of: date):
        """Those of ``profiles`` that a report is valid on."""
        valid = [
            ("profile_id", "in", profiles.ids),
            ("date", "<=", as_of),
            "|",
            ("until", "=", False),
            ("until", ">=", as_of),
        ]
        return self.search(valid).profile_id
