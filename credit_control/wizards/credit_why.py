from odoo import api, fields, models
from odoo.tools import format_amount, format_date


class CreditWhy(models.TransientModel):
    """The question of why something is dunned on a day, or why it is not."""

    _name = "credit.why"
    _description = "Why?"

    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    profile_id = fields.Many2one("credit.profile", string="Debtor", readonly=True)
    date = fields.Date(
        string="On", required=True, default=lambda self: fields.Date.context_today(self)
    )
    answer = fields.Html(compute="_compute_answer", sanitize=False)

    @api.depends("move_id", "profile_id", "date")
    def _compute_answer(self):
        for why in self:
            rows = why._get_rows() if why.date else []
            why.answer = self.env["ir.qweb"]._render(
                "credit_control.why_answer", {"rows": rows}
            )

    def _get_rows(self) -> list[dict]:
        """What the answer says of each item that was open on the day."""
        items = self._get_items()
        past = self.date < fields.Date.context_today(self)
        sent = items._get_sent_on(self.date)
        reasons = items._credit_explain(self.date, past=past)
        reasons.sort(key=lambda reason: (self._get_due(reason["item"]), reason["item"]))
        return [self._get_row(reason, sent.get(reason["item"])) for reason in reasons]

    def _get_items(self):
        """The receivable items asked about, also those paid since."""
        if self.move_id:
            return self.move_id._get_credit_items()
        return self.env["account.move.line"].search(
            [
                ("partner_id", "child_of", self.profile_id.partner_id.id),
                ("company_id", "=", self.profile_id.company_id.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("date", "<=", self.date),
            ]
        )

    def _get_due(self, item):
        return item.date_maturity or item.date

    def _get_row(self, reason: dict, line) -> dict:
        item = reason["item"]
        return {
            "document": item.move_name,
            "due": format_date(self.env, self._get_due(item)),
            "amount": format_amount(self.env, reason["amount"], item.currency_id),
            "text": reason["text"],
            "sent": line and self._word_sent(line),
        }

    def _word_sent(self, line) -> str:
        return self.env._(
            "%(level)s was sent on that day with %(run)s, by policy %(version)s.",
            level=line.level_id.name,
            run=line.run_id.name,
            version=line.notice_id.version_id.display_name,
        )
