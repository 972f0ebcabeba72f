from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.credit_control.models.credit_notice import DELIVERY_BY_STATUS
from odoo.addons.credit_control.rights import check_officer

from .credit_profile_statement import MOVES, OPEN, Statement

TEMPLATE = "credit_control_report.mail_template_statement"
KINDS = [(OPEN, "Open items"), (MOVES, "Movements")]


class CreditStatement(models.Model):
    """A statement of account that a debtor gets, kept as he got it.

    Nobody writes on it but the actions: what was said, when and to whom stays.
    """

    _name = "credit.statement"
    _description = "Statement of Account"
    _inherit = ["credit.about.debtor"]
    _order = "date desc, balance desc, id desc"

    batch_id = fields.Many2one(
        "credit.statement.batch", readonly=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="profile_id.partner_id", string="Customer")
    company_id = fields.Many2one(index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(KINDS, required=True, readonly=True, default=OPEN)
    date = fields.Date(string="As of", required=True, readonly=True)
    since = fields.Date(string="From", readonly=True)
    with_group = fields.Boolean(
        string="Whole group",
        readonly=True,
        help="With the items of all debtors of his group.",
    )
    month = fields.Date(
        readonly=True, help="The month that a monthly statement is of; its first day."
    )
    channel = fields.Selection(
        [("email", "E-mail"), ("letter", "Letter"), ("none", "No address")],
        required=True,
        readonly=True,
    )
    recipient_id = fields.Many2one(
        "res.partner", string="Sent to", readonly=True, ondelete="set null"
    )
    recipient_email = fields.Char(related="recipient_id.email", string="E-mail")
    balance = fields.Monetary(
        readonly=True, help="All that is open, in company currency."
    )
    overdue_amount = fields.Monetary(string="Overdue", readonly=True)
    state = fields.Selection(
        [
            ("waiting", "To send"),
            ("sent", "Sent"),
            ("failed", "Failed"),
            ("dropped", "Nothing to say"),
            ("cancelled", "Left out"),
        ],
        required=True,
        readonly=True,
        default="waiting",
        index=True,
    )
    failure = fields.Char(string="What went wrong", readonly=True)
    attachment_id = fields.Many2one(
        "ir.attachment", string="Document", readonly=True, ondelete="set null"
    )
    message_id = fields.Many2one("mail.message", readonly=True, ondelete="set null")
    sent_date = fields.Datetime(string="Sent on", readonly=True)
    user_id = fields.Many2one("res.users", string="Sent by", readonly=True)
    delivery = fields.Selection(
        [
            ("queued", "On its way"),
            ("delivered", "Delivered to the mail server"),
            ("bounced", "Bounced"),
            ("failed", "Not delivered"),
            ("letter", "Letter made"),
        ],
        compute="_compute_delivery",
    )

    _month_uniq = models.UniqueIndex(
        "(profile_id, month) WHERE month IS NOT NULL AND state != 'cancelled'",
        "This debtor has a statement of this month already.",
    )

    @api.depends("kind", "date", "profile_id")
    def _compute_display_name(self):
        for statement in self:
            statement.display_name = statement.profile_id._name_statement(
                statement.kind, statement.date
            )

    @api.depends("state", "channel", "message_id.notification_ids.notification_status")
    def _compute_delivery(self):
        for statement in self:
            statement.delivery = statement._get_delivery()

    def _get_delivery(self):
        if self.state != "sent":
            return False
        if self.channel == "letter":
            return "letter"
        told = self.sudo().message_id.notification_ids
        status = told.filtered(lambda one: one.res_partner_id == self.recipient_id)[:1]
        if not status:
            return "delivered"
        return DELIVERY_BY_STATUS.get(status.notification_status, "queued")

    # -- content ---------------------------------------------------------------

    def _get_lang(self) -> str:
        return self.profile_id._get_statement_lang()

    def _get_content(self) -> Statement:
        return self.profile_id._get_statement(
            self.kind, self.date, self.since, self.with_group
        )

    def _get_kept_letter(self):
        """The document as it was sent, if it was."""
        return self.state == "sent" and self.attachment_id

    def action_preview(self):
        """What the debtor gets, or got."""
        self.ensure_one()
        return self.env.ref(
            "credit_control_report.action_report_statement"
        ).report_action(self, config=False)

    # -- whom ------------------------------------------------------------------

    @api.model
    def _fetch_addresses(self, profiles) -> dict[int, tuple[int, str]]:
        """{debtor file: (recipient, channel that reaches him)}. One query."""
        self.env["credit.dunning"]._flush_sources()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT p.id, r.id,
                       CASE WHEN r.active AND r.email_normalized IS NOT NULL
                            THEN 'email'
                            WHEN r.city IS NOT NULL AND r.city != '' THEN 'letter'
                            ELSE 'none' END
                  FROM credit_profile p
                  JOIN res_partner r ON r.id = %s
                 WHERE p.id = ANY(%s)
                """,
                self.env["credit.profile"]._contact_sql(),
                profiles.ids,
            )
        )
        return {profile: (recipient, channel) for profile, recipient, channel in rows}

    @api.model
    def _prepare(self, profiles, **values) -> list[dict]:
        addresses = self._fetch_addresses(profiles)
        return [
            {
                "profile_id": profile.id,
                "recipient_id": addresses[profile.id][0],
                "channel": addresses[profile.id][1],
                **values,
            }
            for profile in profiles
        ]

    # -- send ------------------------------------------------------------------

    def _as_officer(self):
        check_officer(self.env, self.env._("Only credit officers send statements."))
        self.check_access("read")
        return self.sudo()

    def action_send(self):
        """Send these now."""
        chosen = self._as_officer()
        if chosen.filtered(lambda one: one.state not in ("waiting", "failed")):
            raise UserError(self.env._("Only what wasn't sent can be sent."))
        chosen._wait_again()
        chosen._send()
        chosen.batch_id._close_when_done()
        return True

    def action_cancel(self):
        """Leave these debtors out."""
        chosen = self._as_officer()
        if chosen.filtered(lambda one: one.state not in ("waiting", "failed")):
            raise UserError(self.env._("Only what wasn't sent can be left out."))
        chosen.write({"state": "cancelled"})
        chosen.batch_id._close_when_done()
        return True

    def _wait_again(self) -> None:
        """Who had no address may have one by now."""
        failed = self.filtered(lambda one: one.state == "failed")
        addresses = self._fetch_addresses(self.profile_id)
        for statement in failed:
            recipient, channel = addresses[statement.profile_id.id]
            statement.write(
                {
                    "state": "waiting",
                    "failure": False,
                    "recipient_id": recipient,
                    "channel": channel,
                }
            )

    def _send(self) -> None:
        """One that another transaction is sending is left to it."""
        for statement in self.sudo().try_lock_for_update(allow_referencing=True):
            if statement.state != "waiting":
                continue
            try:
                with self.env.cr.savepoint():
                    statement.with_company(statement.company_id)._deliver()
            except UserError as error:
                statement.write({"state": "failed", "failure": str(error)})

    def _deliver(self) -> None:
        if self.channel == "none":
            raise UserError(
                self.env._(
                    "%s has neither an e-mail nor a postal address.",
                    self.recipient_id.display_name,
                )
            )
        content = self._get_content()
        if not content.sections:
            self.state = "dropped"
            return
        self._keep_document()
        self.message_id = (
            self._post_email() if self.channel == "email" else self._log_letter()
        )
        self.write(
            {
                "balance": content.balance,
                "overdue_amount": content.overdue,
                "state": "sent",
                "sent_date": fields.Datetime.now(),
                "user_id": self.env.uid,
            }
        )

    def _keep_document(self) -> None:
        name, content = self.profile_id._render_statement(
            self.kind, self.date, self.since, self.with_group
        )
        self.attachment_id = self._attach(name, content)

    def _attach(self, name: str, content: bytes):
        return self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "res_model": "credit.profile",
                "res_id": self.profile_id.id,
            }
        )

    def _log_letter(self):
        return self.profile_id.message_post(
            body=self.env._("Statement of account made as a letter."),
            subtype_xmlid="mail.mt_note",
            attachment_ids=self.attachment_id.ids,
        )

    def _post_email(self):
        """The mail is the entry in the debtor file; answers come back to it."""
        lang = self._get_lang()
        template = self.env.ref(TEMPLATE).sudo().with_context(lang=lang)
        values = template._generate_template(
            self.ids, {"subject", "body_html", "email_from"}
        )[self.id]
        attachments = self.attachment_id
        if self.company_id.credit_statement_excel:
            attachments |= self._attach(
                *self.profile_id._write_statement(
                    self.kind, self.date, self.since, self.with_group
                )
            )
        return self._write_to(
            self.recipient_id,
            lang,
            body=values["body_html"],
            subject=values["subject"],
            email_from=values.get("email_from") or self._get_email_from(),
            attachment_ids=attachments.ids,
        )

    def _render_page_link(self):
        """The button to the debtor's own page, as in the notices."""
        spoken = self.with_context(lang=self._get_lang())
        return spoken.env["ir.qweb"]._render(
            "credit_control.notice_page", {"notice": spoken}
        )

    def _get_salutation(self) -> str:
        return self.recipient_id._credit_get_salutation()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        if self.filtered(lambda one: one.state == "sent"):
            raise UserError(self.env._("A statement that was sent is kept as history."))

    def write(self, vals):
        """What was sent isn't changed, not even by who may change everything."""
        if not self.env.su:
            raise AccessError(self.env._("Statements are changed by their buttons."))
        return super().write(vals)
