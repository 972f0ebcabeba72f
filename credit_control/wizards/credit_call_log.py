from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import is_html_empty

from ..models.credit_call import CAUSES, OUTCOMES, REACHED, TONES

DAYS_TO_FOLLOW_UP = 7
SATURDAY = 5


class CreditCallLog(models.TransientModel):
    """A call: what to know before, what to write down after."""

    _name = "credit.call.log"
    _description = "Call"
    _inherit = ["credit.debtor.make"]

    facts = fields.Html(compute="_compute_facts", sanitize=False)
    notice_id = fields.Many2one("credit.notice", compute="_compute_notice_id")
    script = fields.Html(compute="_compute_script", sanitize=False)
    contact_id = fields.Many2one(
        "res.partner",
        string="Speak to",
        compute="_compute_contact_id",
        store=True,
        readonly=False,
    )
    phone = fields.Char(related="contact_id.phone")
    email = fields.Char(related="contact_id.email", string="E-mail")
    tone = fields.Selection(
        TONES, compute="_compute_tone", store=True, readonly=False, required=True
    )
    outcome = fields.Selection(OUTCOMES, default=REACHED, required=True)
    cause = fields.Selection(CAUSES, string="Why not paid")
    agreement = fields.Text()
    follow_up_date = fields.Date(
        string="Follow up on",
        compute="_compute_follow_up_date",
        store=True,
        readonly=False,
        help="The debtor comes back onto the worklist on this day.",
    )
    confirm = fields.Boolean(string="Confirm by e-mail")
    next_step = fields.Selection(selection="_select_next_steps", string="And then")
    possible_steps = fields.Json(compute="_compute_possible_steps")

    # -- before ----------------------------------------------------------------

    @api.depends("profile_id")
    def _compute_facts(self):
        for call in self:
            call.facts = call.profile_id._render_facts()

    @api.depends("profile_id")
    def _compute_notice_id(self):
        """The reminder by telephone that still waits for its call."""
        for call in self:
            call.notice_id = call.profile_id._get_call_notice()

    @api.depends("notice_id")
    def _compute_script(self):
        for call in self:
            text, level = call.notice_id.text, call.notice_id.level_id
            call.script = level.activity_summary if is_html_empty(text) else text

    @api.depends("profile_id")
    def _compute_contact_id(self):
        for call in self:
            call.contact_id = call.profile_id and call.profile_id._get_contact()

    @api.depends("profile_id")
    def _compute_tone(self):
        """Firmer with every time that was in vain."""
        for call in self:
            call.tone = call.profile_id._get_tone()

    @api.depends("outcome")
    def _compute_follow_up_date(self):
        """Who was not reached is called again on the next day."""
        for call in self:
            today = fields.Date.context_today(call)
            days = DAYS_TO_FOLLOW_UP if call.outcome == REACHED else 1
            day = today + timedelta(days)
            weekend = max(0, day.weekday() - SATURDAY + 1)
            call.follow_up_date = day + timedelta(3 - weekend if weekend else 0)

    # -- after -----------------------------------------------------------------

    @api.model
    def _select_next_steps(self):
        steps = self.env["credit.profile"]._get_next_steps()
        return [(step.action, step.label) for step in steps]

    @api.depends("profile_id")
    def _compute_possible_steps(self):
        for call in self:
            steps = call.profile_id._get_next_steps()
            call.possible_steps = [s.action for s in steps if s.is_possible]

    def action_log(self):
        self.ensure_one()
        profile = self.profile_id
        profile._log_call(
            profile.company_id._credit_today(),
            confirm=self.confirm,
            **self._prepare_call_vals(),
        )
        if self.next_step:
            return profile._take_step(self.next_step)
        return {"type": "ir.actions.act_window_close"}

    def _prepare_call_vals(self) -> dict:
        return {
            "contact_id": self.contact_id.id,
            "tone": self.tone,
            "outcome": self.outcome,
            "cause": self.cause if self.outcome == REACHED else False,
            "agreement": self.agreement,
            "follow_up_date": self.follow_up_date,
            "notice_id": self.notice_id.id,
        }

    def action_not_reached(self):
        return self._log_missed("not_reached")

    def action_voicemail(self):
        return self._log_missed("voicemail")

    def _log_missed(self, outcome: str):
        """Log in one click that nobody was spoken to."""
        self.outcome = outcome
        self.write({"confirm": False, "next_step": False})
        return self.action_log()
