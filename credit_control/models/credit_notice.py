from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount
from odoo.tools.mail import email_normalize

from ..core import escalation
from ..rights import check_officer

LETTERS = ("letter", "email_letter")
EMAILS = ("email", "email_letter")

DELIVERY_BY_STATUS = {
    "sent": "delivered",
    "bounce": "bounced",
    "exception": "failed",
    "canceled": "failed",
}


class CreditNotice(models.Model):
    """One message to one debtor: the items of one level and currency."""

    _name = "credit.notice"
    _description = "Dunning Notice"
    _inherit = ["credit.letter"]
    _order = "date desc, company_amount_total desc, id desc"
    # Every reference costs a check a row; the run says who made it, and when.
    _log_access = False

    name = fields.Char(compute="_compute_name")
    run_id = fields.Many2one(
        "credit.run", required=True, index=True, ondelete="cascade"
    )
    profile_id = fields.Many2one(
        "credit.profile",
        string="Debtor",
        required=True,
        index=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    currency_id = fields.Many2one("res.currency", required=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    level_id = fields.Many2one(
        "credit.policy.level", required=True, ondelete="restrict"
    )
    policy_id = fields.Many2one(related="version_id.policy_id")
    version_id = fields.Many2one(
        "credit.policy.version", string="Policy version", ondelete="restrict"
    )
    level_number = fields.Integer(string="Level number")
    channel = fields.Selection(
        selection=lambda self: [
            *self.env["credit.policy.level"]
            ._fields["channel"]
            ._description_selection(self.env),
            ("fail", self.env._("No address")),
        ],
        required=True,
    )
    date = fields.Date(required=True)
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("sent", "Sent"),
            ("failed", "Failed"),
            ("dropped", "Nothing left to claim"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="proposed",
        index=True,
    )
    collector_id = fields.Many2one(related="profile_id.collector_id")
    tier_id = fields.Many2one(related="profile_id.tier_id")
    is_changed = fields.Boolean(
        string="Changed since proposed",
        compute="_compute_is_changed",
        search="_search_is_changed",
        help="Something was paid, matched, put off or blocked in the meantime. The "
        "notice is brought up to date when it is sent.",
    )
    recipient_id = fields.Many2one("res.partner", string="Sent to", ondelete="set null")
    recipient_email = fields.Char(related="recipient_id.email", string="E-mail")
    lang = fields.Char(compute="_compute_lang")
    amount_total = fields.Monetary(string="Amount")
    company_amount_total = fields.Monetary(
        string="Amount in company currency", currency_field="company_currency_id"
    )
    line_ids = fields.One2many("credit.notice.line", "notice_id")
    line_count = fields.Integer(string="Items", compute="_compute_line_count")
    days_late = fields.Integer(
        string="Oldest, days late", compute="_compute_line_count"
    )

    subject = fields.Char(compute="_compute_words")
    text = fields.Html(compute="_compute_words", sanitize=False)
    items_table = fields.Html(compute="_compute_words", sanitize=False)

    message_id = fields.Many2one("mail.message", readonly=True, ondelete="set null")
    attachment_id = fields.Many2one(
        "ir.attachment", string="Letter", readonly=True, ondelete="set null"
    )
    delivery = fields.Selection(
        [
            ("queued", "On its way"),
            ("delivered", "Delivered to the mail server"),
            ("bounced", "Bounced"),
            ("failed", "Not delivered"),
            ("letter", "Letter made"),
            ("call", "Call planned"),
        ],
        compute="_compute_delivery",
        search="_search_delivery",
    )
    delivery_failure = fields.Char(
        string="Why it didn't arrive", compute="_compute_delivery"
    )
    failure = fields.Char(string="What went wrong", readonly=True)
    takeout_reason = fields.Char(string="Why taken out", readonly=True)
    sent_date = fields.Datetime(string="Sent on", readonly=True)
    user_id = fields.Many2one("res.users", string="Sent by", readonly=True)
    forced = fields.Boolean(
        string="Level chosen by hand",
        readonly=True,
        help="Somebody chose the level: its days don't count.",
    )

    # -- computes --------------------------------------------------------------

    @api.depends("level_id", "partner_id")
    def _compute_name(self):
        for notice in self:
            notice.name = f"{notice.level_id.name} – {notice.partner_id.display_name}"

    @api.depends("recipient_id", "partner_id")
    def _compute_lang(self):
        for notice in self:
            notice.lang = (
                notice.recipient_id.lang
                or notice.partner_id.lang
                or notice.company_id.partner_id.lang
                or self.env.lang
            )

    def _compute_line_count(self):
        rows = self.env["credit.notice.line"]._read_group(
            [("notice_id", "in", self.ids), ("state", "in", ("proposed", "sent"))],
            ["notice_id"],
            ["__count", "days_late:max"],
        )
        found = {notice.id: (count, late) for notice, count, late in rows}
        for notice in self:
            notice.line_count, notice.days_late = found.get(notice.id, (0, 0))

    def _compute_words(self):
        for notice in self:
            subject, text = notice._get_level_words()
            notice.subject = f"{subject} – {notice.company_id.name}"
            notice.text = text
            spoken = notice.with_context(lang=notice.lang)
            notice.items_table = spoken.env["ir.qweb"]._render(
                "credit_control.notice_items", {"notice": spoken}
            )

    def _get_level_words(self) -> tuple[str, str]:
        """Subject and text of the level in the debtor's language.

        Those of a sent notice come from the policy's version that it used.
        """
        level = self.level_id.sudo().with_context(lang=self.lang)
        frozen = {}
        if self.state == "sent" and self.version_id:
            frozen = self.version_id.sudo()._get_level_content(level.id)
        if not frozen:
            return level.subject or level.name, level.text or ""

        def say(column):
            words = frozen.get(column) or {}
            return words.get(self.lang) or words.get("en_US") or ""

        return say("subject") or say("name"), Markup(say("text"))

    def _get_waiting_lines(self):
        """The items that wait to be sent."""
        return self.line_ids.filtered(lambda line: line.state == "proposed")

    def _get_claimed_lines(self):
        """The items that this notice claims, oldest first, credits last."""
        return self.line_ids.filtered(
            lambda line: line.state in ("proposed", "sent")
        ).sorted(lambda line: (not line.level_number, line.due_date, line.id))

    @api.depends("state", "channel", "message_id.notification_ids.notification_status")
    def _compute_delivery(self):
        for notice in self:
            notice.delivery = notice._get_delivery()
            notice.delivery_failure = notice._get_delivery_failure()

    @api.model
    def _search_delivery(self, operator, value):
        """Only what went wrong with e-mails is searched for."""
        if operator != "in":
            return NotImplemented
        statuses = [s for s, label in DELIVERY_BY_STATUS.items() if label in value]
        lost = (
            self.env["mail.notification"]
            .sudo()
            ._search(
                [
                    ("notification_status", "in", statuses),
                    ("mail_message_id.model", "=", "credit.profile"),
                ]
            )
        )
        return [
            ("state", "=", "sent"),
            ("message_id", "in", lost.subselect("mail_message_id")),
        ]

    def _get_delivery(self):
        if self.state != "sent":
            return False
        if self.channel == "call":
            return "call"
        if not self.message_id or self.channel == "letter":
            return "letter"
        notification = self._get_notification()
        if not notification:
            return "delivered"
        return DELIVERY_BY_STATUS.get(notification.notification_status, "queued")

    def _get_notification(self):
        """What Odoo knows of the message to the recipient."""
        return self.sudo().message_id.notification_ids.filtered(
            lambda notification: notification.res_partner_id == self.recipient_id
        )[:1]

    def _get_delivery_failure(self) -> str | bool:
        if self.delivery not in ("bounced", "failed"):
            return False
        lost = self._get_notification()
        kinds = dict(lost._fields["failure_type"]._description_selection(self.env))
        words = (kinds.get(lost.failure_type), lost.failure_reason)
        return ": ".join(filter(None, words))

    @api.depends("state")
    def _compute_is_changed(self):
        changed = set(self._fetch_changed())
        for notice in self:
            notice.is_changed = notice.id in changed

    @api.model
    def _search_is_changed(self, operator, value):
        if operator != "in":
            return NotImplemented
        found = self.search([("state", "=", "proposed")])._fetch_changed()
        return [("id", "in" if True in value else "not in", found)]

    def _fetch_changed(self) -> list[int]:
        """Ids of those of these proposals whose items are not as they were."""
        dunning = self.env["credit.dunning"].sudo()
        dunning._flush_sources()
        as_of = fields.Date.context_today(self)
        residual = SQL("l.amount_residual_currency")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT n.notice_id
                  FROM credit_notice_line n
                  JOIN credit_notice t ON t.id = n.notice_id
                  JOIN credit_profile p ON p.id = t.profile_id
                  JOIN res_partner c ON c.id = p.partner_id
             LEFT JOIN account_move_line l ON l.id = n.item_id
             LEFT JOIN account_move m ON m.id = l.move_id
             LEFT JOIN (%(disputed)s) disputed ON disputed.item_id = l.id
                 WHERE n.notice_id = ANY(%(ids)s)
                   AND n.state = 'proposed' AND t.state = 'proposed'
                   AND (l.parent_state IS DISTINCT FROM 'posted'
                        OR %(claimed)s <> n.amount
                        OR COALESCE(l.date_maturity, l.date) <> n.due_date
                        OR %(wholly)s
                        OR %(block)s IS NOT NULL)
                """,
                ids=self.ids,
                disputed=dunning._disputed_sql(as_of),
                claimed=dunning._claimed_sql(residual),
                wholly=dunning._wholly_disputed_sql(residual),
                block=dunning._block_sql(as_of),
            )
        )
        return [notice_id for (notice_id,) in rows]

    # -- actions ---------------------------------------------------------------

    def _as_officer(self):
        """These notices for an action that only officers take.

        Nobody may write on notices but through the actions: what was claimed,
        when and of whom stays as it was.
        """
        check_officer(self.env, self.env._("Only credit officers handle notices."))
        self.check_access("read")
        return self.sudo()

    def action_send(self):
        """Send these proposed notices now."""
        notices = self._as_officer()
        if notices.filtered(lambda notice: notice.state != "proposed"):
            raise UserError(self.env._("Only proposed notices can be sent."))
        notices.run_id._check_sendable()
        for company, group in notices.grouped("company_id").items():
            group.with_company(company)._send(company._credit_today())
        for run in notices.run_id:
            run._close_when_done()
        return True

    def action_retry(self):
        """Try failed notices again, and send those again that didn't arrive."""
        notices = self._as_officer()
        lost = notices.filtered(
            lambda n: n.state == "sent" and n.delivery in ("failed", "bounced")
        )
        failed = notices.filtered(lambda notice: notice.state == "failed")
        if not failed | lost:
            raise UserError(
                self.env._("Only notices that failed or bounced can be tried again.")
            )
        lost._announce_again()
        lost._resend()
        failed._wait_again()
        return failed.action_send()

    def _wait_again(self) -> None:
        """Put failed notices back among those that wait to be sent."""
        self._as_officer().write({"state": "proposed", "failure": False})

    def action_resend(self):
        """Hand sent notices over once more, as they are: no new level."""
        notices = self._as_officer()
        if notices.filtered(lambda notice: notice.state != "sent"):
            raise UserError(self.env._("Only notices that were sent can be resent."))
        notices._resend()
        return True

    def action_cancel(self):
        """Take back notices that are not sent; their items are free again."""
        notices = self._as_officer()
        notices._take_out(False)
        for run in notices.run_id:
            run._close_when_done()
        return True

    def _take_out(self, reason) -> None:
        if self.filtered(lambda notice: notice.state not in ("proposed", "failed")):
            raise UserError(
                self.env._("Only notices that were not sent can be taken out.")
            )
        self._get_waiting_lines().write({"state": "cancelled", "drop_reason": reason})
        self.write({"state": "cancelled", "takeout_reason": reason})

    def action_review(self):
        """Ask why notices are taken out, or which level they get instead."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change the proposal"),
            "res_model": "credit.notice.review",
            "view_mode": "form",
            "target": "new",
            "context": {"default_notice_ids": self.ids},
        }

    def _change_level(self, level) -> None:
        """Put proposed notices onto another level of their policy."""
        lines = self._get_waiting_lines().filtered("level_number")
        self._check_level(level, lines)
        lines.write({"own_level_id": False, "level_number": level.number})
        self.write({"level_id": level.id, "level_number": level.number, "forced": True})
        for notice in self:
            notice.channel = notice._get_channel()

    def _check_level(self, level, lines) -> None:
        if level.policy_id != lines.notice_id.level_id.policy_id:
            raise UserError(
                self.env._("Choose a level of the policy that the debtor follows.")
            )
        had = self.env["credit.notice.line"].search(
            [
                ("item_id", "in", lines.item_id.ids),
                ("state", "=", "sent"),
                ("level_number", ">=", level.number),
            ],
            limit=1,
        )
        if had:
            raise UserError(
                self.env._(
                    '%(item)s has had level %(number)s "%(level)s" already: choose a '
                    "higher one.",
                    item=had.name,
                    number=had.level_number,
                    level=had.level_id.name,
                )
            )

    def action_preview(self):
        self.ensure_one()
        return self.env.ref("credit_control.action_report_notice").report_action(
            self, config=False
        )

    def action_open_debtor(self):
        self.ensure_one()
        return self.profile_id.get_formview_action()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        if self.filtered(lambda notice: notice.state == "sent"):
            raise UserError(self.env._("A notice that was sent is kept as history."))

    # -- send ------------------------------------------------------------------

    def _send(self, as_of: date) -> None:
        """Send proposed notices after reading their items again.

        A notice that another transaction is sending is left to it. What was
        paid, blocked or matched since the proposal drops out and says so.
        """
        self.profile_id.offer_ids._close(as_of)
        for notice in self.sudo().try_lock_for_update(allow_referencing=True):
            if notice.state != "proposed":
                continue
            notice._refresh(as_of)
            if notice.state != "proposed":
                continue
            try:
                with self.env.cr.savepoint():
                    notice._deliver()
            except UserError as error:
                notice.write({"state": "failed", "failure": str(error)})

    def _refresh(self, as_of: date) -> None:
        """Bring amounts up to date; drop lines that are not due any more."""
        lines = self._get_waiting_lines()
        self._lock_items(lines)
        decisions = {
            decision.item.id: decision for decision in self._decide_again(as_of)
        }
        for line in lines:
            line._refresh(decisions.get(line.item_id.id), as_of)
        self.date = as_of
        self._sum_up()

    def _sum_up(self, reason=False) -> None:
        """Add up what is left; without a claim left, the notice is over."""
        kept = self._get_waiting_lines()
        vals = {
            "amount_total": sum(kept.mapped("amount")),
            "company_amount_total": sum(kept.mapped("company_amount")),
        }
        if not kept.filtered("level_number"):
            # Credits alone are nothing to remind of.
            over = "cancelled" if reason else "dropped"
            kept.write({"state": over, "drop_reason": reason})
            vals |= {"state": over, "takeout_reason": reason}
        self.write(vals)

    def _lock_items(self, lines) -> None:
        """Keep payments away until this notice is committed.

        An item that changed after this transaction began makes it fail to
        serialise: it is repeated and reads the truth.
        """
        self.env["account.move.line"].flush_model()
        self.env.execute_query(
            SQL(
                "SELECT id FROM account_move_line WHERE id = ANY(%s) FOR SHARE",
                lines.item_id.ids,
            )
        )
        lines.item_id.invalidate_recordset()

    def _decide_again(self, as_of: date) -> list[escalation.Decision]:
        dunning = self.env["credit.dunning"].sudo()
        items = dunning._fetch_items(
            self.company_id,
            as_of,
            profiles=self.profile_id,
            ignore_notices=self.ids,
            ignore_run=self.run_id.id,
        )
        return dunning._decide(items, as_of)

    def _deliver(self) -> None:
        """Hand the notice over to its channel and freeze it."""
        self.channel = self._get_channel()
        self._check_address()
        self._announce_costs()
        self._check_law()
        self._claim_charges()
        self._make_offer()
        self._hand_over()
        self._freeze()
        self._log_on_invoices()
        self._escalate()
        self._hold_orders()

    def _escalate(self) -> None:
        """Pass the debtor on to whom the level names."""
        responsible = self.level_id.responsible_id
        if responsible and responsible != self.profile_id.collector_id:
            self.profile_id.collector_id = responsible

    def _hold_orders(self) -> None:
        """Hold the debtor's orders where a level sent says so."""
        if self._get_claims().level_id.filtered("order_hold"):
            self.profile_id._hold_orders(self)
        else:
            self.profile_id._release_paid()

    def _get_hold_reason(self) -> str:
        return self.env._(
            "%(level)s sent: %(amount)s",
            level=self.level_id.name,
            amount=format_amount(self.env, self.amount_total, self.currency_id),
        )

    def _resend(self) -> None:
        for notice in self:
            notice._hand_over()

    def _hand_over(self) -> None:
        """Give the notice to its channel, for the first time or once more.

        A bridge that adds a channel to the levels adds ``_deliver_<channel>``.
        """
        getattr(self, f"_deliver_{self.channel}")()

    def _get_channel(self) -> str:
        """The channel of the level, or what stands in for it."""
        channel = self.level_id.channel
        if self._is_reachable(channel):
            return channel
        return self._get_other_channel(channel)

    def _is_reachable(self, channel: str) -> bool:
        """Whether the recipient has the address that ``channel`` needs to be chosen.

        Override for a channel that is added, with :meth:`_get_other_channel` and
        :meth:`_channel_sql`.
        """
        recipient = self.recipient_id
        return channel not in EMAILS or bool(
            # Odoo mails nothing to archived partners, and doesn't say so.
            recipient.active and email_normalize(recipient.email)
        )

    def _get_other_channel(self, channel: str) -> str:
        """What the policy has for debtors that ``channel`` doesn't reach."""
        return self.policy_id.without_email

    @api.model
    def _channel_sql(self) -> SQL:
        """:meth:`_get_channel` for a whole proposal: ``v`` is the level, ``y`` its
        policy, ``r`` the recipient.
        """
        return SQL(
            """CASE WHEN v.channel IN ('email', 'email_letter')
                     AND (r.email_normalized IS NULL OR NOT r.active)
                    THEN y.without_email ELSE v.channel END"""
        )

    def _word_unreachable(self) -> str:
        """Why the channel of the level doesn't reach the recipient."""
        who = self.recipient_id.display_name
        if not self.recipient_id.active:
            return self.env._("%s is archived: no e-mails go there.", who)
        return self.env._("%s has no e-mail address.", who)

    def _check_address(self) -> None:
        who = self.recipient_id.display_name
        if self.channel == "fail":
            raise UserError(self._word_unreachable())
        if self.channel in LETTERS and not self.recipient_id.city:
            raise UserError(
                self.env._("%s has neither an e-mail nor a postal address.", who)
                if self.channel == "letter" and self.level_id.channel in EMAILS
                else self.env._("%s has no postal address.", who)
            )

    def _deliver_email(self) -> None:
        self._post_email()

    def _deliver_letter(self) -> None:
        self._make_letter()
        self.message_id = self.profile_id.message_post(
            body=self.env._("%s made as a letter.", self.level_id.name),
            subtype_xmlid="mail.mt_note",
            attachment_ids=self.attachment_id.ids,
        )

    def _deliver_email_letter(self) -> None:
        if not self.attachment_id:
            self._make_letter()
        self._post_email(self.attachment_id)

    def _deliver_call(self) -> None:
        self.profile_id.activity_schedule(
            "credit_control.activity_call",
            date_deadline=self.date,
            summary=self.level_id.activity_summary or self.level_id.name,
            note=self.items_table,
            user_id=(self.profile_id.collector_id or self.env.user).id,
        )

    def _post_email(self, attachment=None) -> None:
        rendered = self._render_template()
        self.message_id = self._write_to(
            self.recipient_id,
            self.lang,
            body=Markup(rendered["body_html"]),
            subject=rendered["subject"],
            email_from=self._get_email_from(rendered.get("email_from")),
            attachment_ids=attachment.ids if attachment else [],
            attachments=self.level_id.attach_invoices and self._get_invoice_pdfs(),
            email_layout_xmlid=self._get_mail_layout(),
            **self._get_answer_values(),
        )

    def _render_template(self) -> dict:
        template = self.level_id.template_id or self.env.ref(
            "credit_control.mail_template_notice"
        )
        values = template.with_context(lang=self.lang)._generate_template(
            self.ids, {"subject", "body_html", "email_from"}
        )
        return values[self.id]

    def _make_letter(self) -> None:
        content, extension = (
            self.env["ir.actions.report"]
            .with_context(lang=self.lang)
            ._render_qweb_pdf("credit_control.action_report_notice", self.ids)
        )
        self.attachment_id = self.env["ir.attachment"].create(
            {
                "name": f"{self.name}.{extension}".replace("/", "-"),
                "raw": content,
                "res_model": "credit.profile",
                "res_id": self.profile_id.id,
            }
        )

    def _get_kept_letter(self):
        """The letter as it was sent, if it was."""
        return self.state == "sent" and self.attachment_id

    def _freeze(self) -> None:
        self._get_waiting_lines().write(
            {"state": "sent", "date": self.date, "channel": self.channel}
        )
        self.write(
            {
                "state": "sent",
                "sent_date": fields.Datetime.now(),
                "user_id": self.env.uid,
            }
        )

    def _log_on_invoices(self) -> None:
        moves = self._get_claimed_lines().move_id
        body = self._word_what_was_done()
        moves.sudo()._message_log_batch(bodies={move.id: body for move in moves})

    def _word_what_was_done(self) -> str:
        words = {
            "level": self.level_id.name,
            "recipient": self.recipient_id.display_name,
            "amount": format_amount(self.env, self.amount_to_pay, self.currency_id),
        }
        if self.channel == "call":
            return self.env._(
                "%(level)s: call to %(recipient)s planned (%(amount)s in all).", **words
            )
        channels = dict(self._fields["channel"]._description_selection(self.env))
        return self.env._(
            "%(level)s sent to %(recipient)s by %(channel)s (%(amount)s in all).",
            channel=channels[self.channel],
            **words,
        )
