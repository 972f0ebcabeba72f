from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.credit_control.rights import check_officer

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

    # -- postponed -------------------------------------------------------------

    def button_draft(self):
        sent = self.filtered(
            lambda move: move.state == "posted"
            and move.move_type == "out_invoice"
            and move.is_move_sent
        )
        items = sent._get_insured_items().filtered("date_maturity")
        if items:
            self.env["credit.insurance.due"].sudo()._keep(items)
        return super().button_draft()

    def _get_insured_items(self):
        return self.line_ids.filtered(
            lambda item: item.account_type == "asset_receivable"
        )

    @api.onchange("invoice_date_due", "invoice_payment_term_id")
    def _onchange_due_insured(self):
        """Warn before a term is postponed beyond what the policy allows."""
        move, day = self._origin, self.invoice_date_due
        if move.move_type != "out_invoice" or not day:
            return None
        if move.state == "posted":
            return move._get_insured_items()._warn_of_postponing(
                day, self.env._("You can ask him in the tab Reminders.")
            )
        return move._warn_of_later_term(day)

    def _warn_of_later_term(self, day: date) -> dict | None:
        """Of an invoice that was sent before and is being changed."""
        kept = self.env["credit.insurance.due"].sudo()
        dues = kept.search([("move_id", "in", self.ids)]).mapped("date")
        partner = self.commercial_partner_id.sudo().with_company(self.company_id)
        profile = partner.credit_profile_id
        end = dues and profile._get_usual_end(min(dues))
        if not end or day <= end:
            return None
        words = self.env._(
            "The customer has this invoice already, and the credit insurance counts "
            "from the due date it had at first: it lets it wait until %s only. Ask the "
            "insurer first, or the cover is lost.",
            format_date(self.env, end),
        )
        return {"warning": {"title": self.env._("Credit insurance"), "message": words}}

    def action_credit_ask_time(self):
        """A request to the insurer about this invoice, to be filled in."""
        self.ensure_one()
        items = self._get_insured_items()
        profile = self.env["credit.profile"]._get_or_create(
            self.commercial_partner_id, self.company_id
        )
        rows = profile._get_clock_rows(items)
        if not rows:
            raise UserError(self.env._("Nothing insured is open of this invoice."))
        check_officer(self.env, self.env._("Only credit officers ask the insurer."))
        policy_id = next(iter(rows.values()))["policy_id"]
        asked = self.env["credit.insurance.extension"]._find_open(
            profile.id, policy_id, [item.id for item in rows]
        )
        if asked:
            return asked[:1]._get_view_action()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask the insurer for more time"),
            "res_model": "credit.insurance.extension",
            "view_mode": "form",
            "context": {
                "default_profile_id": profile.id,
                "default_policy_id": policy_id,
                "default_item_ids": [item.id for item in rows],
            },
        }

    # -- deadlines -------------------------------------------------------------

    def action_credit_clocks(self):
        profile = self.env["credit.profile"]._get_or_create(
            self.commercial_partner_id, self.company_id
        )
        return profile.action_view_clocks()
