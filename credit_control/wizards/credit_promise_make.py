from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date

USUAL_DAYS = timedelta(7)


class CreditPromiseMake(models.TransientModel):
    """What a debtor promises to pay, and by when."""

    _name = "credit.promise.make"
    _description = "Promise to Pay"
    _inherit = ["credit.agreement.make"]

    date = fields.Date(
        string="Will pay by",
        required=True,
        default=lambda self: fields.Date.context_today(self) + USUAL_DAYS,
    )
    note = fields.Text(string="What was said")
    line_ids = fields.One2many("credit.promise.make.line", "make_id", string="Items")
    words = fields.Char(compute="_compute_words")
    warning = fields.Char(compute="_compute_warning")
    order_hold = fields.Boolean(related="profile_id.order_hold")
    release_orders = fields.Boolean(
        help="Ends the hold for this promise. A later day's reminder holds orders again."
    )
    warnings = fields.Text(compute="_compute_warnings")
    request_id = fields.Many2one(
        "credit.request", help="What the debtor proposed on his page."
    )

    @api.model
    def _get_first_items(self, profile):
        return super()._get_first_items(profile) or profile._get_claims_to_promise()

    @api.depends("line_ids.item_id")
    def _compute_warning(self):
        for make in self:
            number = self.env["credit.promise"]._get_next_number(make.line_ids.item_id)
            make.warning = number > 1 and self.env._(
                "Earlier promises on these items were not kept: this is number %s.",
                number,
            )

    @api.depends("date", "profile_id")
    def _compute_words(self):
        for make in self:
            make.words = make.date and make._word_pause()

    def _word_pause(self) -> str:
        days = self.profile_id._get_agreement_rules().promise_days
        return self.env._(
            "No reminders for these items until %(until)s: the day promised and the "
            "days for the bank (%(days)s).",
            until=format_date(self.env, self.date + timedelta(days)),
            days=days,
        )

    @api.depends("date", "line_ids.item_id", "profile_id")
    def _compute_warnings(self):
        for make in self:
            make.warnings = "\n".join(
                make.profile_id._get_wait_warnings(make.line_ids.item_id, make.date)
            )

    def action_make(self):
        self.ensure_one()
        promise = self.profile_id._make_promise(
            self._get_amounts(),
            self.date,
            self._get_today(),
            note=self.note or "",
            contact=self.contact_id,
        )
        if self.request_id:
            self.request_id._answer(promise)
        if self.release_orders and self.order_hold:
            self.profile_id._release_by_hand(
                promise.sudo()._word_made(), self._get_today()
            )
        return True


class CreditPromiseMakeLine(models.TransientModel):
    _name = "credit.promise.make.line"
    _description = "Item of a Promise to Pay"
    _inherit = ["credit.agreement.make.line"]

    make_id = fields.Many2one("credit.promise.make", required=True, ondelete="cascade")
