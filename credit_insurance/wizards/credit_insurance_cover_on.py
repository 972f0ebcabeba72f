from odoo import api, fields, models


class CreditInsuranceCoverOn(models.TransientModel):
    """How debtors are covered on any day, past or to come."""

    _name = "credit.insurance.cover.on"
    _description = "Cover on a Day"

    profile_ids = fields.Many2many("credit.profile", string="Debtors", required=True)
    day = fields.Date(string="On", required=True, default=fields.Date.context_today)
    line_ids = fields.One2many(
        "credit.insurance.cover.on.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.depends("profile_ids", "day")
    def _compute_line_ids(self):
        for wizard in self:
            lines = []
            if wizard.day and wizard.profile_ids:
                profiles = wizard.profile_ids._origin or wizard.profile_ids
                lines = profiles._get_cover_lines(wizard.day)
            wizard.line_ids = [
                fields.Command.clear(),
                *map(fields.Command.create, lines),
            ]


class CreditInsuranceCoverOnLine(models.TransientModel):
    """One debtor, or what covers him."""

    _name = "credit.insurance.cover.on.line"
    _description = "Cover of a Debtor on a Day"

    wizard_id = fields.Many2one("credit.insurance.cover.on", ondelete="cascade")
    profile_id = fields.Many2one("credit.profile", string="Debtor")
    currency_id = fields.Many2one(related="profile_id.currency_id")
    balance = fields.Monetary(
        string="Open", help="Of a day to come: what is open today."
    )
    secured = fields.Monetary(string="Secured otherwise")
    limit = fields.Monetary(
        string="Insured limit", help="What was delivered before a cut is within it."
    )
    insured = fields.Monetary()
    uncovered = fields.Monetary()
    rests_on = fields.Char(string="Rests on")
