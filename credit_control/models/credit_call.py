from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_date

TONES = [
    ("friendly", "Friendly"),
    ("businesslike", "Businesslike"),
    ("strict", "Strict"),
]
REACHED = "reached"
OUTCOMES = [
    (REACHED, "Reached"),
    ("not_reached", "Not reached"),
    ("voicemail", "Voicemail"),
    ("wrong_number", "Wrong number"),
]
CAUSES = [
    ("forgotten", "Forgotten"),
    ("no_invoice", "Invoice not received"),
    ("cash", "Cash trouble"),
    ("disputed", "Amount disputed"),
    ("goods", "Goods or service"),
    ("approval", "Approval pending"),
    ("insolvent", "Insolvent"),
    ("other", "Other"),
]


class CreditCall(models.Model):
    """A call to a debtor: who was reached, why he doesn't pay, what was agreed.

    It is logged once and stays as it is.
    """

    _name = "credit.call"
    _description = "Call"
    _inherit = ["credit.agreement"]
    _order = "date desc, id desc"

    contact_id = fields.Many2one(
        "res.partner", string="Spoken to", readonly=True, ondelete="set null"
    )
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users",
        string="Called by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
    )
    tone = fields.Selection(TONES, readonly=True)
    outcome = fields.Selection(OUTCOMES, required=True, readonly=True)
    cause = fields.Selection(CAUSES, string="Cause of non-payment", readonly=True)
    agreement = fields.Text(readonly=True)
    follow_up_date = fields.Date(string="Follow up on", readonly=True)
    follow_up_activity_id = fields.Many2one(
        "mail.activity", readonly=True, ondelete="set null", index="btree_not_null"
    )
    notice_id = fields.Many2one(
        "credit.notice",
        string="Called for",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The reminder by telephone that this call was.",
    )
    message_id = fields.Many2one(
        "mail.message", string="Confirmation", readonly=True, ondelete="set null"
    )
    lang = fields.Char(compute="_compute_lang")

    @api.depends("profile_id", "date")
    def _compute_display_name(self):
        for call in self:
            call.display_name = self.env._(
                "Call to %(debtor)s of %(day)s",
                debtor=call.profile_id.display_name,
                day=format_date(self.env, call.date),
            )

    @api.depends("contact_id", "profile_id")
    def _compute_lang(self):
        for call in self:
            call.lang = (
                call.contact_id.lang
                or call.profile_id.partner_id.lang
                or call.company_id.partner_id.lang
                or self.env.lang
            )

    # -- log -------------------------------------------------------------------

    def _get_words(self) -> str:
        """The call in one line."""
        labels = (
            self._get_label("outcome"),
            self.contact_id.name if self.outcome == REACHED else False,
            self._get_label("cause"),
            self.agreement,
        )
        return " – ".join(filter(None, labels))

    def _get_label(self, name: str) -> str | None:
        labels = self._fields[name]._description_selection(self.env)
        return dict(labels).get(self[name])

    def _log(self) -> None:
        """Say it on the debtor file, too."""
        self._tell_file(self.env._("Call: %s", self._get_words()))

    def _close_activities(self, as_of) -> None:
        """What was planned until today is done by this call."""
        planned = self.profile_id.activity_ids.filtered(
            lambda activity: activity.activity_type_id
            == self.env.ref("credit_control.activity_call", raise_if_not_found=False)
            and activity.date_deadline <= as_of
        )
        planned.action_feedback(feedback=self._get_words())

    def _plan_follow_up(self) -> None:
        """An activity on the day that was agreed."""
        if self.follow_up_date:
            self.follow_up_activity_id = self.profile_id.activity_schedule(
                "credit_control.activity_call",
                date_deadline=self.follow_up_date,
                summary=self.env._("Follow up the call"),
                note=self._get_words(),
                user_id=(self.profile_id.collector_id or self.user_id).id,
            )

    # -- confirmation ----------------------------------------------------------

    def _confirm(self) -> None:
        """Mail what was agreed to whom it was agreed with, in his language."""
        template = self.env.ref("credit_control.mail_template_call")
        rendered = template.with_context(lang=self.lang)._generate_template(
            self.ids, {"subject", "body_html"}
        )[self.id]
        self.message_id = self._write_to(
            self.contact_id,
            self.lang,
            body=Markup(rendered["body_html"]),
            subject=rendered["subject"],
        )

    def _get_sender(self):
        return self.user_id

    def _get_salutation(self) -> str:
        spoken = self.contact_id.with_context(lang=self.lang)
        return spoken._credit_get_salutation()
