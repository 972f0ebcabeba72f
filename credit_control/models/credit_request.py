from collections.abc import Iterator
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

from ..rights import check_officer

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
    outcome = fields.Char(help="What became of it.")
    user_id = fields.Many2one("res.users", string="Settled by")

    @api.depends("kind", "profile_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for request in self:
            request.display_name = (
                f"{request.profile_id.display_name} – {kinds.get(request.kind)}"
            )

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
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for request in self:
            profile = request.profile_id
            profile.activity_schedule(
                "credit_control.activity_request",
                summary=kinds[request.kind],
                note=request.text or request.documents or "",
                user_id=profile._get_responsible().id,
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
        """Note the promises that debtors made on their pages."""
        check_officer(self.env, self.env._("Only credit officers answer debtors."))
        self.check_access("read")
        for request in self:
            if request.kind != "promise" or request.state != "new":
                raise UserError(self.env._("Only promises can be accepted here."))
            request.sudo()._accept(request.company_id._credit_today())
        return True

    def _accept(self, as_of: date) -> None:
        items = self.item_ids.filtered(
            lambda item: item.amount_residual_currency > 0 and not item.reconciled
        )
        promise = self.profile_id._make_promise(
            self.profile_id._get_whole(items), self.date, as_of, note=self.text or ""
        )
        self._settle(self.env._("Accepted: %s", promise._word_made()))
        self.profile_id.message_post(
            body=self.env._(
                "Thank you: we expect %(amount)s by %(day)s, as you proposed.",
                amount=format_amount(self.env, promise.amount, promise.currency_id),
                day=format_date(self.env, promise.date),
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
