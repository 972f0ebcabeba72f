from collections.abc import Iterator
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

from ..rights import check_officer
from .credit_profile_agreement import Wait

KINDS = [
    ("promise", "Promises to pay"),
    ("dispute", "Disputes invoices"),
    ("plan", "Asks for instalments"),
    ("contact", "Wrong contact"),
    ("resend", "Invoice not received"),
]
# So often a debtor may use his page in an hour.
MAX_AN_HOUR = 20


class CreditRequest(models.Model):
    """What a debtor told or asked through his own page.

    Written by the page, never changed but by answering it.
    """

    _name = "credit.request"
    _description = "Request of a Debtor"
    _inherit = ["credit.agreement"]
    _order = "create_date desc, id desc"

    profile_id = fields.Many2one(readonly=False, ondelete="cascade")
    collector_id = fields.Many2one(related="profile_id.collector_id")
    kind = fields.Selection(KINDS, string="What he says", required=True)
    text = fields.Text(string="In his words")
    date = fields.Date(string="By", help="The day by which he wants to pay.")
    currency_id = fields.Many2one("res.currency")
    amount = fields.Monetary(string="About")
    documents = fields.Char()
    item_ids = fields.Many2many(
        "account.move.line", "credit_request_item_rel", string="Items"
    )
    state = fields.Selection(
        [("new", "To be looked at"), ("done", "Settled")],
        required=True,
        default="done",
        index=True,
    )
    warnings = fields.Text(
        string="Before you accept",
        compute="_compute_warnings",
        help="What speaks against waiting so long.",
    )
    outcome = fields.Char(help="What became of it.")
    user_id = fields.Many2one("res.users", string="Settled by")

    @api.depends("kind", "profile_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for request in self:
            request.display_name = (
                f"{request.profile_id.display_name} – {kinds.get(request.kind)}"
            )

    @api.depends("kind", "state", "date", "item_ids")
    @api.depends_context("lang")
    def _compute_warnings(self):
        asked = self.filtered(
            lambda one: one.kind == "promise" and one.state == "new" and one.date
        )
        waits = [Wait(one.profile_id, one.item_ids, one.date) for one in asked]
        found = self.env["credit.profile"]._find_wait_warnings(waits)
        (self - asked).warnings = False
        for request, words in zip(asked, found, strict=True):
            request.warnings = "\n".join(words)

    # -- asked -----------------------------------------------------------------

    @api.model
    def _check_rate(self, profile) -> None:
        """Refuse more than an honest debtor would ask.

        :raises UserError: asked too often within an hour
        """
        since = fields.Datetime.now() - timedelta(hours=1)
        asked = self.sudo().search_count(
            [("profile_id", "=", profile.id), ("create_date", ">", since)]
        )
        if asked >= MAX_AN_HOUR:
            raise UserError(
                self.env._(
                    "You have told us a lot within the last hour. Please try again "
                    "later, or give us a call."
                )
            )

    @api.model
    def _prepare_items(self, items) -> dict:
        """Values that say which items it is about."""
        return {
            "item_ids": [fields.Command.set(items.ids)],
            "documents": ", ".join(
                dict.fromkeys(item.move_name or item.name or "" for item in items)
            ),
            "currency_id": items.currency_id[:1].id,
            "amount": sum(items.mapped("amount_residual_currency")),
        }

    def _tell_collector(self) -> None:
        """Somebody has to look at these requests: it stands on his list."""
        for asked in self:
            user = asked.profile_id._get_responsible()
            # Not in the language of the debtor's page.
            request = asked.with_context(lang=user.lang or self.env.lang)
            kinds = self._fields["kind"]._description_selection(request.env)
            words = filter(None, (request.text or request.documents, request.warnings))
            request.profile_id.activity_schedule(
                "credit_control.activity_request",
                summary=dict(kinds)[request.kind],
                note=Markup("<br/>").join(words),
                user_id=user.id,
            )

    def _log_on_profile(self) -> None:
        """What a debtor says is part of his dossier."""
        for request in self:
            request._tell_file(
                Markup("<br/>").join(request._word()),
                author_id=request.profile_id._get_contact().id,
            )

    def _word(self) -> Iterator[str]:
        """What the debtor said, line by line."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        yield self.env._("On his page: %s", kinds[self.kind])
        if self.documents:
            yield self.documents
        if self.date:
            yield self.env._("by %s", format_date(self.env, self.date))
        if self.text:
            yield self.text

    # -- answered --------------------------------------------------------------

    def action_accept(self):
        """Note the promises that debtors made on their pages.

        Where something speaks against one, whoever accepts it reads that first.
        """
        check_officer(self.env, self.env._("Only credit officers answer debtors."))
        self.check_access("read")
        if any(one.kind != "promise" or one.state != "new" for one in self):
            raise UserError(self.env._("Only promises can be accepted here."))
        doubtful = self.filtered("warnings")
        if doubtful and len(self) > 1:
            raise UserError(
                self.env._(
                    "Accept these one by one, there is something to know before: %s.",
                    ", ".join(doubtful.profile_id.mapped("display_name")),
                )
            )
        if doubtful:
            return self._look_at()
        for request in self:
            request.sudo()._accept(request.company_id._credit_today())
        return True

    def _look_at(self) -> dict:
        """The window in which a promise is noted, with what the debtor proposed."""
        return {
            **self.profile_id.action_make_promise(),
            "context": {
                "default_profile_id": self.profile_id.id,
                "default_request_id": self.id,
                "default_date": self.date,
                "default_note": self.text,
                "credit_item_ids": self._get_open_items().ids,
            },
        }

    def _get_open_items(self):
        return self.item_ids.filtered(
            lambda item: item.amount_residual_currency > 0 and not item.reconciled
        )

    def _accept(self, as_of: date) -> None:
        promise = self.profile_id._make_promise(
            self.profile_id._get_whole(self._get_open_items()),
            self.date,
            as_of,
            note=self.text or "",
        )
        self._answer(promise)

    def _answer(self, promise) -> None:
        """Tell the debtor which ``promise`` was noted; settled, if it is his."""
        lang = promise.contact_id.lang or self.env.lang
        request = self.sudo().with_context(lang=lang)
        if request.state != "new" or request.profile_id != promise.profile_id:
            raise UserError(
                self.env._("This was answered meanwhile: load the page again.")
            )
        self.sudo()._settle(self.env._("Accepted: %s", promise.sudo()._word_made()))
        figures = {
            "amount": format_amount(request.env, promise.amount, promise.currency_id),
            "day": format_date(request.env, promise.date),
        }
        request.profile_id.message_post(
            body=request.env._(
                "Thank you: we expect %(amount)s by %(day)s, as you proposed.",
                **figures,
            )
            if promise.date == request.date
            else request.env._(
                "Thank you for your proposal: we expect %(amount)s by %(day)s.",
                **figures,
            ),
            partner_ids=promise.contact_id.ids,
            subtype_xmlid="mail.mt_comment",
        )

    def action_done(self):
        """What was asked is settled."""
        check_officer(self.env, self.env._("Only credit officers answer debtors."))
        self.check_access("read")
        self.sudo()._settle(self.env._("Settled by hand"))
        return True

    def _settle(self, outcome: str) -> None:
        self.write({"state": "done", "outcome": outcome, "user_id": self.env.uid})
        for profile in self.profile_id:
            left = self.search_count(
                [("profile_id", "=", profile.id), ("state", "=", "new")]
            )
            if not left:
                profile.activity_unlink(["credit_control.activity_request"])
