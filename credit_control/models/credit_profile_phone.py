from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL, format_amount, format_date
from odoo.tools.mail import html2plaintext

from ..core.ageing import BucketScheme
from ..database import flush

SCHEME = BucketScheme((0, 30, 60, 90))
LATE_FIELDS = ("late_30_amount", "late_60_amount", "late_90_amount", "older_amount")
EVENTS_SHOWN = 60
TEXT_SHOWN = 160


class Event(NamedTuple):
    """A line of the timeline: when, what, and how much if it is about money."""

    day: date
    icon: str
    title: str
    text: str = ""
    amount: str = ""
    user: str = ""


class CreditProfilePhone(models.Model):
    """The debtor at a glance, for who has him on the phone."""

    _inherit = "credit.profile"

    late_30_amount = fields.Monetary(string="1–30 days", compute="_compute_late")
    late_60_amount = fields.Monetary(string="31–60 days", compute="_compute_late")
    late_90_amount = fields.Monetary(string="61–90 days", compute="_compute_late")
    older_amount = fields.Monetary(string="Over 90 days", compute="_compute_late")
    open_item_ids = fields.Many2many(
        "account.move.line", string="What is open", compute="_compute_open_item_ids"
    )
    contacts = fields.Html(compute="_compute_contacts", sanitize=False)
    timeline = fields.Html(compute="_compute_timeline", sanitize=False)

    # -- balance ---------------------------------------------------------------

    @api.depends("partner_id", "company_id")
    def _compute_late(self):
        ages = self._fetch_ages(fields.Date.context_today(self))
        for profile in self:
            amounts = ages.get((profile.partner_id.id, profile.company_id.id), ())
            for name, amount in zip(LATE_FIELDS, amounts or [0] * 4, strict=True):
                profile[name] = amount

    def _fetch_ages(self, as_of: date) -> dict[tuple[int, int], list[float]]:
        """Overdue claims by bucket, by (partner id, company id), in one query."""
        if not self.ids:
            return {}
        self.env["credit.dunning"]._flush_sources()
        sums = [
            SQL(
                "COALESCE(SUM(l.amount_residual) FILTER (WHERE %s), 0)",
                self._due_sql(first, last, as_of),
            )
            for first, last in SCHEME.ranges()[1:]
        ]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT rp.commercial_partner_id, l.company_id, ARRAY[%s]::float8[]
                  FROM account_move_line l
                  JOIN res_partner rp ON rp.id = l.partner_id
                 WHERE l.account_id = ANY(%s)
                   AND l.reconciled IS NOT TRUE
                   AND l.parent_state = 'posted'
                   AND l.amount_residual > 0
                   AND l.company_id = ANY(%s)
                   AND rp.commercial_partner_id = ANY(%s)
              GROUP BY rp.commercial_partner_id, l.company_id
                """,
                SQL(", ").join(sums),
                self.env["credit.dunning"]._receivable_account_ids(self.company_id),
                self.company_id.ids,
                self.partner_id.ids,
            )
        )
        return {(partner, company): amounts for partner, company, amounts in rows}

    def _due_sql(self, first: int, last: int | None, as_of: date) -> SQL:
        """Whether the item ``l`` is ``first`` to ``last`` days late."""
        due = SQL("COALESCE(l.date_maturity, l.date)")
        condition = SQL("%s <= %s", due, as_of - timedelta(first))
        if last is None:
            return condition
        return SQL("%s AND %s >= %s", condition, due, as_of - timedelta(last))

    def action_view_late(self):
        """The open items of the bucket whose number the button names."""
        as_of = fields.Date.context_today(self)
        first, last = SCHEME.ranges()[self.env.context.get("bucket", 0)]
        action = self.action_view_items()
        action["domain"] += [("amount_residual", ">", 0)]
        if first is not None:
            latest = as_of - timedelta(first)
            action["domain"] += [("date_maturity", "<=", latest)]
        if last is not None:
            earliest = as_of - timedelta(last)
            action["domain"] += [("date_maturity", ">=", earliest)]
        return action

    @api.depends("partner_id", "company_id")
    def _compute_open_item_ids(self):
        found = self.env["account.move.line"].search(
            [
                ("partner_id.commercial_partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
            ],
            order="date_maturity, id",
        )
        items = found.grouped(
            lambda item: (item.partner_id.commercial_partner_id, item.company_id)
        )
        for profile in self:
            key = profile.partner_id, profile.company_id
            profile.open_item_ids = items.get(key, found.browse())

    # -- who to call -----------------------------------------------------------

    def _compute_contacts(self):
        for profile in self:
            profile.contacts = self.env["ir.qweb"]._render(
                "credit_control.phone_contacts",
                {"contacts": profile._get_contacts(), "profile": profile},
            )

    def _get_contacts(self):
        """Who can be called: who gets the reminders first, then the company."""
        if not self.id:
            return self.env["res.partner"]
        people = self.env["res.partner"].search(
            [("commercial_partner_id", "=", self.partner_id.id)]
        )
        return self._get_contact() | people.filtered(
            lambda person: person.phone or person.email
        )

    # -- facts -----------------------------------------------------------------

    def _render_facts(self) -> Markup:
        """What to know before the call, for the top of its window."""
        if not self:
            return Markup()
        return self.env["ir.qweb"]._render(
            "credit_control.call_facts", {"facts": self._get_facts()}
        )

    def _get_facts(self) -> list[tuple[str, str]]:
        """(what, in words) to know before a call. To be extended: promises and
        complaints belong here.
        """
        self.ensure_one()
        latest = self._fetch_events(EVENTS_SHOWN)
        facts = [
            (self.env._("Open"), self._format_money(self.open_amount)),
            (self.env._("Overdue"), self._word_overdue()),
            (self.env._("Last notices"), self._word_latest("notice", latest)),
            (self.env._("Last payment"), self._word_latest("payment", latest, 1)),
            (self.env._("Last calls"), self._word_latest("call", latest)),
            (self.env._("Causes so far"), self.causes),
            (self.env._("Orders on hold"), self.order_hold_reason),
        ]
        return [(label, words) for label, words in facts if words]

    def _word_overdue(self) -> str:
        amount = self._format_money(self.overdue_amount)
        if not self.is_overdue:
            return amount
        return self.env._(
            "%(amount)s, the oldest since %(day)s",
            amount=amount,
            day=format_date(self.env, self.oldest_due),
        )

    def _word_latest(self, kind: str, events: list, count: int = 2) -> str:
        """The latest events of a kind in one line."""
        found = [event for found_kind, event in events if found_kind == kind]
        return "; ".join(
            " ".join(
                filter(
                    None,
                    (
                        format_date(self.env, event.day),
                        event.title if kind == "notice" else "",
                        event.text,
                        event.amount,
                    ),
                )
            )
            for event in found[:count]
        )

    def _format_money(self, amount: float) -> str:
        return format_amount(self.env, amount, self.currency_id)

    def _get_call_notice(self):
        """The reminder by telephone whose call has not been made yet."""
        made = self.env["credit.call"].search(
            [("profile_id", "in", self.ids), ("outcome", "=", "reached")]
        )
        return self.env["credit.notice"].search(
            [
                ("profile_id", "in", self.ids),
                ("state", "=", "sent"),
                ("channel", "=", "call"),
                ("id", "not in", made.notice_id.ids),
            ],
            order="date desc, id desc",
            limit=1,
        )

    def _get_tone(self) -> str:
        """How to speak: friendly at first, strict where the last level was in vain."""
        if self.is_ready_for_handoff:
            return "strict"
        return "businesslike" if self.notice_count > 1 else "friendly"

    # -- timeline --------------------------------------------------------------

    def _compute_timeline(self):
        for profile in self:
            events = profile._fetch_events(EVENTS_SHOWN) if profile.id else []
            profile.timeline = self.env["ir.qweb"]._render(
                "credit_control.phone_timeline",
                {"events": [event for _kind, event in events]},
            )

    def _fetch_events(self, limit: int) -> list[tuple[str, Event]]:
        """(kind, event) of all that happened with this debtor, the newest first."""
        self.ensure_one()
        sources = self._get_event_sources()
        flush(self.env, (model for model, _query in sources.values()))
        parts = [
            SQL("SELECT %s AS kind, id, moment::timestamp FROM (%s) e", kind, query)
            for kind, (_model, query) in sources.items()
        ]
        rows = self.env.execute_query(
            SQL(
                "%s ORDER BY moment DESC, id DESC LIMIT %s",
                SQL(" UNION ALL ").join(parts),
                limit,
            )
        )
        records = {
            kind: {
                record.id: record
                for record in self.env[model]
                .sudo()
                .browse([i for k, i, _m in rows if k == kind])
            }
            for kind, (model, _query) in sources.items()
        }
        return [
            (kind, self._make_event(kind, records[kind][id_], moment))
            for kind, id_, moment in rows
        ]

    def _make_event(self, kind: str, record, moment: datetime) -> Event:
        day = moment.date()
        if moment.time() != time():
            day = fields.Datetime.context_timestamp(self, moment).date()
        return getattr(self, f"_make_{kind}_event")(record, day)

    def _get_event_sources(self) -> dict[str, tuple[str, SQL]]:
        """{kind: (model, query of the columns ``id`` and ``moment``)} of what the
        timeline of this debtor shows.

        To be extended, with a ``_make_<kind>_event`` that says it. A moment is a
        date, or a time in UTC.
        """
        return {
            "notice": (
                "credit.notice",
                SQL(
                    """SELECT id, date AS moment FROM credit_notice
                        WHERE profile_id = %s AND state = 'sent'""",
                    self.id,
                ),
            ),
            "call": (
                "credit.call",
                SQL(
                    "SELECT id, date AS moment FROM credit_call WHERE profile_id = %s",
                    self.id,
                ),
            ),
            "offer": (
                "credit.offer",
                SQL(
                    "SELECT id, date AS moment FROM credit_offer WHERE profile_id = %s",
                    self.id,
                ),
            ),
            "hold": (
                "credit.profile",
                SQL(
                    """SELECT id, order_hold_date AS moment FROM credit_profile
                        WHERE id = %s AND order_hold AND order_hold_date IS NOT NULL""",
                    self.id,
                ),
            ),
            "payment": ("account.move.line", self._payment_events_sql()),
            "message": ("mail.message", self._message_events_sql()),
        }

    def _payment_events_sql(self) -> SQL:
        return SQL(
            """
            SELECT l.id, l.date AS moment
              FROM account_move_line l
              JOIN res_partner rp ON rp.id = l.partner_id
              JOIN account_journal j ON j.id = l.journal_id
             WHERE rp.commercial_partner_id = %s
               AND l.company_id = %s
               AND l.account_id = ANY(%s)
               AND l.parent_state = 'posted'
               AND l.balance < 0
               AND j.type IN ('bank', 'cash', 'credit')
            """,
            self.partner_id.id,
            self.company_id.id,
            self.env["credit.dunning"]._receivable_account_ids(self.company_id),
        )

    def _message_events_sql(self) -> SQL:
        """What was written on the file, but for what another event says."""
        return SQL(
            """
            SELECT m.id, m.date AS moment
              FROM mail_message m
             WHERE m.model = 'credit.profile' AND m.res_id = %(profile)s
               AND m.message_type IN ('comment', 'email', 'email_outgoing',
                                      'notification')
               AND COALESCE(m.body, '') <> ''
               AND m.mail_activity_type_id IS NULL
               AND NOT EXISTS (SELECT 1 FROM (%(told)s) t WHERE t.id = m.id)
            """,
            profile=self.id,
            told=SQL(" UNION ALL ").join(self._get_told_sql()),
        )

    def _get_told_sql(self) -> list[SQL]:
        """Queries of the ``id`` of messages that other events stand for. To be
        extended.
        """
        return [
            SQL(
                "SELECT %s AS id FROM %s WHERE profile_id = %s",
                SQL.identifier(column),
                SQL.identifier(table),
                self.id,
            )
            for table, column in (
                ("credit_notice", "message_id"),
                ("credit_call", "message_id"),
                ("credit_call", "log_message_id"),
            )
        ]

    def _make_notice_event(self, notice, day) -> Event:
        channels = dict(notice._fields["channel"]._description_selection(self.env))
        states = dict(notice._fields["delivery"]._description_selection(self.env))
        lost = notice.delivery in ("bounced", "failed")
        return Event(
            day,
            "fa-envelope text-danger" if lost else "fa-envelope",
            notice.level_id.name,
            states[notice.delivery] if lost else channels[notice.channel],
            format_amount(self.env, notice.amount_total, notice.currency_id),
            notice.user_id.name,
        )

    def _make_call_event(self, call, day) -> Event:
        return Event(
            day,
            "fa-phone",
            self.env._("Call"),
            call._get_words(),
            "",
            call.user_id.name,
        )

    def _make_offer_event(self, offer, day) -> Event:
        amount = format_amount(self.env, offer.amount_to_pay, offer.currency_id)
        states = dict(offer._fields["state"]._description_selection(self.env))
        return Event(day, "fa-gift", self.env._("Offer"), states[offer.state], amount)

    def _make_hold_event(self, profile, day) -> Event:
        return Event(
            day,
            "fa-hand-paper-o text-danger",
            self.env._("Orders on hold"),
            profile.order_hold_reason,
        )

    def _make_payment_event(self, item, day) -> Event:
        amount = format_amount(self.env, -item.amount_currency, item.currency_id)
        open_words = "" if item.reconciled else self.env._("not allocated")
        return Event(
            day, "fa-money text-success", self.env._("Payment"), open_words, amount
        )

    def _make_message_event(self, message, day) -> Event:
        words = " ".join(html2plaintext(message.body, include_references=False).split())
        if len(words) > TEXT_SHOWN:
            words = f"{words[:TEXT_SHOWN]}…"
        is_note = message.message_type == "notification" or message.subtype_id.internal
        return Event(
            day,
            "fa-sticky-note-o" if is_note else "fa-comment-o",
            message.subject or "",
            words,
            "",
            message.author_id.name,
        )

    # -- open ------------------------------------------------------------------

    def action_view_file(self):
        """The whole debtor file."""
        return self._get_form_action("credit_control.view_profile_form")

    def action_view_phone(self):
        """The page for who has the debtor on the phone."""
        return self._get_form_action("credit_control.view_profile_phone_form")

    def _get_form_action(self, view: str) -> dict:
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.partner_id.display_name,
            "res_model": "credit.profile",
            "res_id": self.id,
            "views": [(self.env.ref(view).id, "form")],
        }
