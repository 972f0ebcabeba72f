from collections import defaultdict

from odoo import api, fields, models

VIEWERS = "credit_control.group_viewer"
SENDING = "account.ir_cron_account_move_send"


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
    credit_term_warning = fields.Char(
        string="Payment term beyond the law",
        compute="_compute_credit_term_warning",
        groups=VIEWERS,
    )

    def _get_credit_items(self):
        """The receivable items that dunning looks at."""
        return self.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    @api.model
    def _credit_can_send_again(self) -> bool:
        return bool(self.env.ref(SENDING).sudo().active)

    def _credit_send_again(self) -> None:
        """Have Odoo send these invoices once more, in the background."""
        author = self.env.ref("base.user_root").sudo()
        for move in self.sudo():
            move.sending_data = {
                "author_user_id": author.id,
                "author_partner_id": move.company_id.partner_id.id,
            }
        if self:
            self.env.ref(SENDING).sudo()._trigger()

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

    @api.depends(
        "move_type", "partner_id", "company_id", "invoice_date", "invoice_date_due"
    )
    def _compute_credit_term_warning(self):
        for move in self:
            move.credit_term_warning = move._get_credit_term_warning()

    def _get_credit_term_warning(self) -> str | bool:
        """Why the invoice can't be due as late as it is."""
        if self.move_type != "out_invoice" or not self.partner_id:
            return False
        issued = self.invoice_date or fields.Date.context_today(self)
        profile = self.env["credit.profile"]._get_or_new(
            self.partner_id, self.company_id
        )
        due = self.invoice_date_due or issued
        return profile._get_regime(issued)._get_term_warning(issued, due)

    def _get_credit_offer_words(self) -> list[str]:
        """What the customer is offered for this invoice, for his portal."""
        offers = self.env["credit.offer"].search(
            [
                ("state", "=", "open"),
                ("line_ids.item_id.move_id", "=", self.id),
                ("until", ">=", self.company_id._credit_today()),
            ]
        )
        return [offer._get_words() for offer in offers]

    def _compute_credit_notice_count(self):
        lines = self.env["credit.notice.line"].search(
            [*self._get_credit_notice_domain(), ("state", "in", ("proposed", "sent"))]
        )
        notices = defaultdict(set)
        for line in lines:
            notices[line.move_id.id].add(line.notice_id.id)
        for move in self:
            move.credit_notice_count = len(notices[move.id])

    def _get_credit_notice_domain(self) -> list:
        """Notice lines of these entries, also of items that are gone."""
        return [
            "|",
            ("item_id.move_id", "in", self.ids),
            ("lost_move_id", "in", self.ids),
        ]

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._unlink_notices_to_others()
        posted._relink_notices()
        for company, moves in posted.grouped("company_id").items():
            partners = moves._get_credit_items().partner_id
            self.env["credit.profile"]._get_or_create(partners, company)
        return posted

    def _unlink_notices_to_others(self) -> None:
        """A claim on somebody else stays on the entry, but its item starts anew."""
        sent = (
            self.env["credit.notice.line"]
            .sudo()
            .search([("item_id.move_id", "in", self.ids), ("state", "=", "sent")])
        )
        for line in sent:
            if not line._is_owed_by_debtor(line.item_id):
                line.write({"lost_move_id": line.item_id.move_id.id, "item_id": False})

    def _relink_notices(self) -> None:
        """Give items that were made anew the history of those they replace.

        Resetting an entry to draft may delete its items; a claim that was sent
        counts for the debtor's item of the same due date, else for his only one.
        """
        lost = (
            self.env["credit.notice.line"]
            .sudo()
            .search([("lost_move_id", "in", self.ids), ("state", "=", "sent")])
        )
        for line in lost:
            items = line.lost_move_id._get_credit_items().filtered(
                line._is_owed_by_debtor
            )
            same = items.filtered(
                lambda item, due=line.due_date: item.date_maturity == due
            )
            heir = same[:1] or (items if len(items) == 1 else items.browse())
            if heir and not line._is_known(heir):
                line.write({"item_id": heir.id, "lost_move_id": False})

    def action_credit_why(self):
        """Ask why the invoice is dunned on a day, or why it is not."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Why? %s", self.display_name),
            "res_model": "credit.why",
            "view_mode": "form",
            "target": "new",
            "context": {"default_move_id": self.id},
        }

    def action_view_credit_notices(self):
        self.ensure_one()
        notices = (
            self.env["credit.notice.line"]
            .search(self._get_credit_notice_domain())
            .notice_id
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Notices on %s", self.display_name),
            "res_model": "credit.notice",
            "view_mode": "list,form",
            "domain": [("id", "in", notices.ids)],
            "context": {"create": False},
        }
