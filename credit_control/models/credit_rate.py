from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

HALF_YEAR_STARTS = ((1, 1), (7, 1))
MARKS = [
    ("published", "Published"),
    ("practice", "From practice"),
    ("calculated", "Calculated"),
]


class CreditRate(models.Model):
    """An interest rate from a day on, until the next one."""

    _name = "credit.rate"
    _description = "Interest Rate From a Date"
    _order = "series_id, date_from desc"
    _rec_name = "date_from"

    series_id = fields.Many2one(
        "credit.rate.series",
        string="Interest rate",
        required=True,
        index=True,
        ondelete="cascade",
    )
    date_from = fields.Date(string="From", required=True)
    rate = fields.Float(
        string="Percent a year", required=True, digits=(6, 2), aggregator=None
    )
    source = fields.Char(help="Where the rate was read.")
    mark = fields.Selection(
        MARKS,
        string="How known",
        required=True,
        default="published",
        help="Published: read in an official text. From practice: as it is commonly "
        "applied. Calculated: follows from a published rule or rate.",
    )
    remark = fields.Char(compute="_compute_remark")

    _date_uniq = models.UniqueIndex(
        "(series_id, date_from)",
        "There is a rate from this date on already: change that one instead.",
    )

    @api.depends("date_from")
    @api.depends_context("lang")
    def _compute_remark(self):
        for rate in self:
            day = rate.date_from
            rate.remark = (
                self.env._("Reference rates change on 1 January and 1 July.")
                if day and (day.month, day.day) not in HALF_YEAR_STARTS
                else False
            )

    @api.constrains("rate", "series_id")
    def _check_rate(self):
        for rate in self:
            if rate.rate > 100:
                raise ValidationError(
                    self.env._(
                        "%(rate)s %% a year from %(day)s can't be right: write 10.15 "
                        "for 10.15 %%.",
                        rate=f"{rate.rate:g}",
                        day=format_date(self.env, rate.date_from),
                    )
                )
            if rate.rate < 0 and not rate.series_id.below_zero:
                raise ValidationError(
                    self.env._(
                        "%(rate)s %% from %(day)s: the %(series)s is never below zero.",
                        rate=f"{rate.rate:g}",
                        day=format_date(self.env, rate.date_from),
                        series=rate.series_id.name,
                    )
                )

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Template for interest rates"),
                "template": "/credit_control/static/csv/interest_rates.csv",
            }
        ]
