import base64
from datetime import date
from typing import NamedTuple

from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import UserError
from odoo.tools.image import image_data_uri

from ..rights import check_officer


class PageItem(NamedTuple):
    """An open item as its debtor sees it.

    ``words`` say what was agreed about it, ``days_late`` is 0 or less before it is
    due.
    """

    item: models.BaseModel
    url: str
    days_late: int
    words: str

    @property
    def is_claim(self) -> bool:
        return self.item.amount_residual_currency > 0


class CreditProfilePortal(models.Model):
    """The debtor's own page: what he owes, and what he can tell us.

    Whoever has the link sees it, as with an invoice; *New link* ends an old one. All
    methods here run for somebody who isn't one of us: they check what they are given.
    """

    _name = "credit.profile"
    _inherit = ["credit.profile", "portal.mixin"]

    # Whoever has the key can speak for the debtor: it isn't shown to who only reads.
    access_token = fields.Char(groups="credit_control.group_officer")
    request_ids = fields.One2many("credit.request", "profile_id", readonly=True)
    has_page = fields.Boolean(related="company_id.credit_portal")
    open_request_count = fields.Integer(
        string="Asked on his page", compute="_compute_open_request_count"
    )

    def _compute_open_request_count(self):
        counts = self._count("credit.request", ("state", "=", "new"))
        for profile in self:
            profile.open_request_count = counts.get(profile, 0)

    def _compute_access_url(self):
        for profile in self:
            profile.access_url = f"/my/credit/{profile.id}"

    # -- link ------------------------------------------------------------------

    def _has_page(self) -> bool:
        return self.active and self.company_id.sudo().credit_portal

    def _get_page_url(self) -> str:
        """The link to the debtor's page, with the key to it."""
        return self.get_base_url() + self.get_portal_url()

    def _get_page_qr_code(self) -> str:
        """The link as a picture that a telephone reads."""
        picture = self.env["ir.actions.report"].barcode(
            "QR", self._get_page_url(), width=240, height=240, quiet=0
        )
        return image_data_uri(base64.b64encode(picture))

    def action_open_page(self):
        """See what the debtor sees."""
        self.ensure_one()
        self.check_access("read")
        if not self._has_page():
            raise UserError(
                self.env._("The settings of %s say no pages.", self.company_id.name)
            )
        return {
            "type": "ir.actions.act_url",
            "url": self.access_url,
            "target": "new",
        }

    def action_view_requests(self):
        name = self.env._("Asked by %s", self.partner_id.display_name)
        return self._get_records_action("credit.request", name, "list")

    def action_renew_page(self):
        """Give these debtors a new link; the old one leads nowhere any more."""
        check_officer(self.env, self.env._("Only credit officers change links."))
        self.check_access("write")
        for profile in self.sudo():
            profile.access_token = False
            profile._portal_ensure_token()
            profile._message_log(
                body=self.env._("The debtor's page has a new link; the old one ended.")
            )
        return True

    # -- what he sees ----------------------------------------------------------

    def _get_page_items(self, as_of: date) -> dict:
        """{currency: open items, the oldest first, credits last}."""
        items = self._search_open_items([("date", "<=", as_of)])
        words = self._get_page_words(items)
        pages = [
            PageItem(
                item,
                self._get_document_url(item.move_id),
                (as_of - (item.date_maturity or item.date)).days,
                words.get(item.id, ""),
            )
            for item in items
        ]
        pages.sort(key=lambda page: not page.is_claim)
        currencies = items.currency_id.sorted(lambda c: c != self.currency_id)
        return {
            currency: [page for page in pages if page.item.currency_id == currency]
            for currency in currencies
        }

    def _get_document_url(self, move) -> str:
        return move.get_portal_url() if move.is_invoice() else ""

    def _get_page_notices(self):
        """The notices of this debtor, the latest first."""
        return (
            self.env["credit.notice"]
            .sudo()
            .search(
                [
                    ("profile_id", "=", self.id),
                    ("state", "=", "sent"),
                    ("channel", "!=", "call"),
                ],
                limit=20,
            )
        )

    def _get_page_payment_url(self) -> str:
        """Where chosen items are paid online; empty where that isn't possible.

        To be overridden by whoever can take payments.
        """
        return ""

    # -- what he says ----------------------------------------------------------

    def _get_page_choice(self, item_ids):
        """The claims chosen on the page.

        :raises UserError: none, or one that this debtor doesn't owe
        """
        wanted = set(item_ids)
        items = self._search_open_items(
            [("id", "in", list(wanted)), ("amount_residual_currency", ">", 0)]
        )
        if not items:
            raise UserError(self.env._("Please choose the invoices that it is about."))
        if len(items) != len(wanted):
            raise UserError(
                self.env._(
                    "Some of the invoices have been settled meanwhile. Please look "
                    "at the page again."
                )
            )
        return items

    def _ask(self, kind: str, items=None, is_open=True, **vals):
        """Keep what the debtor says, and put it onto somebody's list if need be."""
        about = self.env["credit.request"]
        about._check_rate(self)
        if items:
            vals = {**about._prepare_items(items), **vals}
        # A visitor may not write to our team: it is written for him.
        request = about.with_user(SUPERUSER_ID).create(
            {
                "profile_id": self.id,
                "kind": kind,
                "state": "new" if is_open else "done",
                **vals,
            }
        )
        request._log_on_profile()
        if is_open:
            request._tell_collector()
        return request

    def _ask_contact(self, text: str) -> str:
        """We write to the wrong person: who is the right one?"""
        if not text.strip():
            raise UserError(
                self.env._("Please tell us whom we should write to, and where.")
            )
        self._ask("contact", text=text)
        return self.env._("Thank you: we will write to the right person.")

    def _ask_invoices(self, items, text: str, as_of: date) -> str:
        """Invoices did not arrive: they are sent again, once a day each."""
        invoices = items.move_id.filtered(lambda move: move.is_sale_document())
        recipient = self._get_contact()
        again = invoices - self._get_sent_again(as_of).move_id
        if invoices and recipient.email and invoices._credit_can_send_again():
            self._ask(
                "resend",
                items,
                is_open=bool(text.strip()),
                text=text,
                outcome=self.env._("Sent again to %s", recipient.email),
            )
            again._credit_send_again()
            return self.env._(
                "The invoices are on their way to the e-mail address that we know. "
                "If they don't arrive, tell us under “Wrong contact”."
            )
        self._ask("resend", items, text=text)
        return self.env._("We will send you the invoices again.")

    def _get_sent_again(self, as_of: date):
        """The items whose invoices were sent again on that day already."""
        start = fields.Datetime.to_datetime(as_of)
        return (
            self.env["credit.request"]
            .sudo()
            .search(
                [
                    ("profile_id", "=", self.id),
                    ("kind", "=", "resend"),
                    ("create_date", ">=", start),
                ]
            )
            .item_ids
        )
