from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.credit_control.rights import check_officer

from ..models.credit_insurance_request_file import FORMATS


class CreditInsuranceSend(models.TransientModel):
    """Write to the insurer, with the requests as a file."""

    _name = "credit.insurance.send"
    _description = "Send Requests to the Insurer"

    request_ids = fields.Many2many(
        "credit.insurance.request", string="Requests", required=True
    )
    policy_id = fields.Many2one("credit.insurance.policy", compute="_compute_policy_id")
    recipient_id = fields.Many2one(
        "res.partner",
        string="To",
        compute="_compute_recipient_id",
        store=True,
        readonly=False,
    )
    email = fields.Char(related="recipient_id.email")
    format = fields.Selection(FORMATS, required=True, default="xlsx")
    subject = fields.Char(compute="_compute_words", store=True, readonly=False)
    body = fields.Html(compute="_compute_words", store=True, readonly=False)

    @api.depends("request_ids")
    def _compute_policy_id(self):
        for wizard in self:
            wizard.policy_id = wizard.request_ids.policy_id[:1]

    @api.depends("policy_id")
    def _compute_recipient_id(self):
        """The broker, if he can be written to, or else the insurer."""
        for wizard in self:
            policy = wizard.policy_id
            reached = policy.broker_id.filtered("email")
            wizard.recipient_id = reached or policy.insurer_id

    @api.depends("policy_id", "recipient_id")
    def _compute_words(self):
        """In the language of whoever gets it."""
        for wizard in self:
            words = wizard.with_context(lang=wizard.recipient_id.lang).env
            wizard.subject = words._(
                "Limit requests for policy %s", wizard.policy_id.number or ""
            )
            wizard.body = words._(
                "Dear Sir or Madam, please find attached our requests for limits. We "
                "look forward to your decisions."
            )

    def action_send(self):
        self.ensure_one()
        check_officer(self.env, self.env._("Only credit officers ask the insurer."))
        requests = self.request_ids
        requests.check_access("write")
        if not self.recipient_id.email:
            raise UserError(
                self.env._("%s has no e-mail address.", self.recipient_id.display_name)
            )
        requests._mark_sent()
        file = requests.with_context(lang=self.recipient_id.lang)
        # On the policy: its dossier shows what was sent, and answers come back there.
        self.policy_id.sudo().message_post(
            body=self.body or "",
            subject=self.subject,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.recipient_id.ids,
            author_id=self.env.user.partner_id.id,
            attachments=[
                (file._get_file_name(self.format), file._build_file(self.format))
            ],
        )
        return {"type": "ir.actions.act_window_close"}
