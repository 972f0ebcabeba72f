from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core import escalation

# Decisions after which the item's next level is still to come.
TO_COME = (escalation.DUE, escalation.NOT_YET, escalation.PROPOSED_ELSEWHERE)
VIEWERS = "credit_control.group_viewer"


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    credit_level_id = fields.Many2one(
        "credit.policy.level",
        string="Dunning level",
        compute="_compute_credit_level",
        groups=VIEWERS,
    )
    credit_level_name = fields.Char(
        string="Level reached", compute="_compute_credit_level", groups=VIEWERS
    )
    credit_last_notice_date = fields.Date(
        string="Last notice", compute="_compute_credit_level", groups=VIEWERS
    )
    credit_next_step = fields.Char(
        string="Next step", compute="_compute_credit_next", groups=VIEWERS
    )
    credit_next_date = fields.Date(
        string="Next step on", compute="_compute_credit_next", groups=VIEWERS
    )
    credit_why = fields.Char(
        string="Why?", compute="_compute_credit_next", groups=VIEWERS
    )

    def _compute_credit_level(self):
        sent = (
            self.env["credit.notice.line"]
            .sudo()
            .search(
                [("item_id", "in", self.ids), ("state", "=", "sent")],
                order="level_number",
            )
        )
        last = {line.item_id.id: line for line in sent}
        for item in self:
            line = last.get(item.id, sent.browse())
            item.credit_level_id = line.level_id
            item.credit_level_name = line.level_id.name
            item.credit_last_notice_date = line.date

    @api.depends("amount_residual", "reconciled", "parent_state", "no_followup")
    def _compute_credit_next(self):
        reasons = {
            reason["item"].id: reason
            for reason in self._credit_explain(fields.Date.context_today(self))
        }
        for item in self:
            reason = reasons.get(item.id, {})
            to_come = reason.get("code") in TO_COME
            item.credit_next_step = to_come and reason["level"].name
            item.credit_next_date = to_come and reason["day"]
            item.credit_why = reason.get("text", False)

    @api.ondelete(at_uninstall=False)
    def _unlink_remember_notices(self):
        """Notices remember the entry of an item that goes."""
        lines = self.env["credit.notice.line"].sudo()
        for line in lines.search([("item_id", "in", self.ids)]):
            line.write({"lost_move_id": line.item_id.move_id.id, "item_id": False})

    def _credit_explain(self, as_of: date, past=False) -> list[dict]:
        """Why each of these items is dunned on ``as_of``, or why it is not.

        :param past: whether the day has gone by: what was open, sent and in force
            then counts, see ``credit.dunning.past``
        :return: for every open receivable item among these a dict of ``item``,
            ``code`` (see ``core.escalation``), ``amount`` open in the item's currency,
            ``level``, ``day`` and ``text``, which names the rule with its figures
            and the policy with its version
        """
        engine = self.env["credit.dunning.past" if past else "credit.dunning"].sudo()
        reasons = []
        for company, lines in self.filtered("id").grouped("company_id").items():
            if company:
                reasons += lines._credit_explain_of(company, as_of, engine)
        return reasons

    def _credit_explain_of(self, company, as_of: date, engine) -> list[dict]:
        asked = engine._fetch_items(company, as_of, item_ids=self.ids)
        # Minimum amounts look at all that the debtor owes.
        debtors = self.env["credit.profile"].browse(
            {item.debtor for item in asked if item.debtor}
        )
        everything = [item for item in asked if not item.debtor]
        if debtors:
            everything += engine._fetch_items(company, as_of, profiles=debtors)
        asked_ids = {item.id for item in asked}
        decisions = [
            decision
            for decision in engine._decide(everything, as_of)
            if decision.item.id in asked_ids
        ]
        answers = engine._get_answers(decisions, as_of)
        return list(map(self._credit_reason, decisions, answers))

    def _get_sent_on(self, day: date) -> dict:
        """{item: line of the notice sent on ``day``}."""
        lines = (
            self.env["credit.notice.line"]
            .sudo()
            .search(
                [
                    ("item_id", "in", self.ids),
                    ("state", "=", "sent"),
                    ("date", "=", day),
                    ("level_number", ">", 0),
                ]
            )
        )
        return {line.item_id.with_env(self.env): line for line in lines}

    @api.model
    def _credit_reason(self, decision, text: str) -> dict:
        level = decision.level and decision.level.id
        return {
            "item": self.browse(decision.item.id),
            "code": decision.code,
            "amount": float(decision.item.residual),
            "level": self.env["credit.policy.level"].browse(level or ()),
            "day": decision.day,
            "text": text,
        }

    def action_credit_reconcile(self):
        """Match these claims and credits of one debtor with one another."""
        claims = self.filtered(lambda item: item.amount_residual > 0)
        credits_ = self.filtered(lambda item: item.amount_residual < 0)
        if len(self.partner_id.commercial_partner_id) > 1 or not (claims and credits_):
            raise UserError(
                self.env._(
                    "Choose what belongs together: claims and credits of one debtor."
                )
            )
        self.reconcile()
        return True

    def action_credit_make_plan(self):
        """Let the debtor pay these items in terms."""
        partner = self.partner_id.commercial_partner_id
        if len(partner) != 1 or len(self.company_id) != 1:
            raise UserError(self.env._("Choose the invoices of one debtor."))
        profile = self.env["credit.profile"]._get_or_create(partner, self.company_id)
        action = profile.action_make_plan()
        action["context"]["default_item_ids"] = self.ids
        return action

    def action_credit_open_items(self):
        """All that is open of the debtor of this item."""
        self.ensure_one()
        profile = self.env["credit.profile"]._get_or_create(
            self.partner_id.commercial_partner_id, self.company_id
        )
        return profile.action_view_items()
