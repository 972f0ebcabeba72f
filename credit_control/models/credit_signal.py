from datetime import timedelta

from odoo import api, fields, models

# What ended before that was left alone when this addon was updated.
LATELY = timedelta(31)


class CreditSignal(models.Model):
    """Something adverse that is known of a debtor, from whom, and until when."""

    _name = "credit.signal"
    _description = "Risk Signal"
    _inherit = ["credit.about.debtor"]
    _order = "date desc, id desc"
    _rec_name = "kind_id"

    profile_id = fields.Many2one(readonly=False, ondelete="cascade")
    kind_id = fields.Many2one(
        "credit.signal.kind", string="Signal", required=True, ondelete="restrict"
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    until = fields.Date(
        string="Valid until",
        compute="_compute_until",
        store=True,
        readonly=False,
        help="The last day on which it counts. Empty: until somebody ends it.",
    )
    source = fields.Char(help="Where it is known from, e.g. the official journal.")
    note = fields.Text(string="What is known")
    points = fields.Float(related="kind_id.points")
    review_planned = fields.Boolean(
        string="Looked at when it ended", readonly=True, copy=False
    )
    is_current = fields.Boolean(
        string="In force", compute="_compute_is_current", search="_search_is_current"
    )

    _until_after_date = models.Constraint(
        'CHECK ("until" IS NULL OR "until" >= "date")',
        "A signal can't end before it begins.",
    )

    @api.depends("kind_id", "date")
    def _compute_until(self):
        for signal in self:
            days = signal.kind_id.days
            signal.until = (
                signal.date + timedelta(days) if days and signal.date else False
            )

    @api.depends("date", "until")
    def _compute_is_current(self):
        today = fields.Date.context_today(self)
        for signal in self:
            signal.is_current = (signal.date or today) <= today and (
                not signal.until or signal.until >= today
            )

    @api.model
    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        current = fields.Domain("date", "<=", today)
        current &= fields.Domain("until", "=", False) | fields.Domain(
            "until", ">=", today
        )
        return current if True in value else ~current

    @api.model_create_multi
    def create(self, vals_list):
        signals = super().create(vals_list)
        signals.filtered("kind_id.review")._plan_review()
        return signals

    def _plan_review(self) -> None:
        """Let the collector look at the debtor."""
        for signal in self:
            signal.profile_id._plan_review(
                self.env._("Risk signal: %s", signal.kind_id.name),
                signal.note,
                signal.date,
            )

    def action_end(self):
        """The signal counts no longer."""
        for signal in self:
            today = signal.company_id._credit_today()
            signal.until = max(today - timedelta(1), signal.date)
            signal.review_planned = True
        return True

    @api.model
    def _review_ended(self, company, as_of: date) -> None:
        """Let the collectors look whether what held until lately is really over."""
        ended = self.search(
            [
                ("company_id", "=", company.id),
                ("kind_id.review", "=", True),
                ("review_planned", "=", False),
                ("until", "<", as_of),
                ("until", ">=", as_of - LATELY),
            ]
        )
        ended.review_planned = True
        for signal in ended:
            signal.profile_id._plan_review(
                self.env._("Risk signal has ended: %s", signal.kind_id.name),
                signal.note,
                as_of,
            )
