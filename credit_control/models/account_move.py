from odoo import api, fields, models

VIEWERS = "credit_control.group_viewer"


class AccountMove(models.Model):
    _inherit = "account.move"

    credit_level_id = fields.Many2one(
        "credit.policy.level",
        string="Dunning level",
        compute="_compute_credit_dunning",
        groups=VIEWERS,
    )
    credit_level_name = fields.Char(
        string="Level reached", compute="_compute_credit_dunning", groups=VIEWERS
    )
    credit_last_notice_date = fields.Date(
        string="Last notice", compute="_compute_credit_dunning", groups=VIEWERS
    )
    credit_next_step = fields.Char(
        string="Next step", compute="_compute_credit_dunning", groups=VIEWERS
    )
    credit_next_date = fields.Date(
        string="Next step on", compute="_compute_credit_dunning", groups=VIEWERS
    )
    credit_why = fields.Char(
        string="Why?", compute="_compute_credit_dunning", groups=VIEWERS
    )
    credit_notice_count = fields.Integer(
        compute="_compute_credit_notice_count", groups=VIEWERS
    )

    def _get_credit_items(self):
        """The receivable items that dunning looks at."""
        return self.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    @api.depends("line_ids.credit_why", "payment_state")
    def _compute_credit_dunning(self):
        for move in self:
            items = move._get_credit_items()
            item = items.filtered(lambda line: not line.reconciled)[:1] or items[:1]
            if len(items) > 1:
                # The instalment whose turn comes first speaks for the invoice.
                dated = items.filtered("credit_next_date")
                item = dated.sorted("credit_next_date")[:1] or item
            move.credit_level_id = item.credit_level_id
            move.credit_level_name = item.credit_level_name
            move.credit_last_notice_date = item.credit_last_notice_date
            move.credit_next_step = item.credit_next_step
            move.credit_next_date = item.credit_next_date
            move.credit_why = item.credit_why

    def _compute_credit_notice_count(self):
        counts = dict(
            self.env["credit.notice.line"]._read_group(
                [("move_id", "in", self.ids), ("state", "in", ("proposed", "sent"))],
                ["move_id"],
                ["notice_id:count_distinct"],
            )
        )
        for move in self:
            move.credit_notice_count = counts.get(move, 0)

    def _post(self, soft=True):
        posted = super()._post(soft)
        for company, moves in posted.grouped("company_id").items():
            partners = moves.filtered(
                lambda move: move.is_sale_document(include_receipts=True)
            ).commercial_partner_id
            self.env["credit.profile"]._get_or_create(partners, company)
        return posted

    def action_view_credit_notices(self):
        self.ensure_one()
        notices = (
            self.env["credit.notice.line"].search([("move_id", "=", self.id)]).notice_id
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Notices on %s", self.display_name),
            "res_model": "credit.notice",
            "view_mode": "list,form",
            "domain": [("id", "in", notices.ids)],
            "context": {"create": False},
        }
