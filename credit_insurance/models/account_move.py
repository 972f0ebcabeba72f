from odoo import fields, models

VIEWERS = "credit_control.group_viewer"


class AccountMove(models.Model):
    """The insurer's next deadline of an invoice; its first due date is kept."""

    _inherit = "account.move"

    credit_insurance_words = fields.Char(
        string="Credit insurance",
        compute="_compute_credit_insurance_words",
        groups=VIEWERS,
    )
    credit_insurance_late = fields.Boolean(
        compute="_compute_credit_insurance_words", groups=VIEWERS
    )

    def _compute_credit_insurance_words(self):
        clocks = self.env["credit.insurance.clock"].search(
            [("move_id", "in", self._origin.ids)], order="next_date, id"
        )
        first = {}
        for clock in clocks:
            first.setdefault(clock.move_id, clock)
        for move in self:
            clock = first.get(move._origin, clocks.browse())
            move.credit_insurance_words = clock._get_words() if clock else False
            move.credit_insurance_late = bool(clock) and clock.is_stopped

    def button_draft(self):
        sent = self.filtered(
            lambda move: move.state == "posted"
            and move.move_type == "out_invoice"
            and move.is_move_sent
        )
        items = sent.line_ids.filtered(
            lambda item: item.account_type == "asset_receivable" and item.date_maturity
        )
        if items:
            self.env["credit.insurance.due"].sudo()._keep(items)
        return super().button_draft()

    def action_credit_clocks(self):
        profile = self.env["credit.profile"]._get_or_create(
            self.commercial_partner_id, self.company_id
        )
        return profile.action_view_clocks()
