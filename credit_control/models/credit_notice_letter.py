from itertools import pairwise
from textwrap import shorten

from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from odoo import models
from odoo.tools import format_amount

# As many characters of free text as a bank transfer carries.
COMMUNICATION_MAX = 140
# Items that the first page of a letter and every other page have room for.
FIRST_PAGE, NEXT_PAGE = 20, 32


class CreditNoticeLetter(models.Model):
    """What the letter and the e-mail of a notice say, beside the level's words.

    Everything here speaks the language of its environment: the templates ask for
    it with the recipient's.
    """

    _inherit = "credit.notice"

    def _render_part(self, xmlid: str, **values) -> Markup:
        """One of the parts that letter and e-mail share."""
        spoken = self.with_context(lang=self.lang)
        return spoken.env["ir.qweb"]._render(xmlid, {**values, "notice": spoken})

    # -- addressee -------------------------------------------------------------

    def _get_address_lines(self) -> list[str]:
        """Of the recipient, as on an envelope."""
        recipient = self.recipient_id or self.partner_id
        return recipient._credit_get_address_lines()

    def _get_salutation(self) -> str:
        return self.recipient_id._credit_get_salutation()

    # -- sender ----------------------------------------------------------------

    def _get_sender(self):
        """Who signs for the company; may be nobody."""
        return self.policy_id.sudo().sender_id

    def _get_answer_values(self) -> dict:
        """Values of the message, where answers don't come to the debtor file."""
        return {}

    def _get_signature(self) -> list[str]:
        """The lines below the letter."""
        return [
            name for name in (self._get_sender().name, self.company_id.name) if name
        ]

    def _get_mail_layout(self) -> str:
        """What stands around the mail."""
        return "credit_control.mail_layout"

    # -- what is owed ----------------------------------------------------------

    def _get_claims(self):
        """What the notice claims, without the credits it deducts."""
        return self._get_claimed_lines().filtered("level_number")

    def _get_item_pages(self) -> list:
        """The items page by page. Builds of the PDF renderer without Qt patches
        don't repeat the header of a table that goes on: every page has its own.
        """
        lines = self._get_claimed_lines()
        starts = [0, *range(FIRST_PAGE, len(lines), NEXT_PAGE), len(lines)]
        return [lines[start:end] for start, end in pairwise(starts)]

    def _get_references(self) -> dict[int, str]:
        """{claim: payment reference}, if any says more than the document's name."""
        references = {
            line.id: line.sudo().move_id.payment_reference or ""
            for line in self._get_claims()
        }
        names = {line.id: line.name for line in self._get_claims()}
        more = any(text not in ("", names[line]) for line, text in references.items())
        return references if more else {}

    def _get_structured_communication(self) -> str:
        """What to pay with when everything claimed is of one document."""
        claims = self._get_claims()
        names = set(claims.mapped("name"))
        if len(names) != 1:
            return ""
        return self._get_references().get(claims[0].id) or claims[0].name

    def _get_free_communication(self) -> str:
        return self._shorten_communication(
            dict.fromkeys(self._get_claims().mapped("name"))
        )

    def _shorten_communication(self, names) -> str:
        return shorten(" ".join(names), COMMUNICATION_MAX, placeholder=" ...")

    def _get_open_credit(self) -> float:
        """What the debtor has to his credit beside this notice."""
        if self.policy_id.credits not in ("show", "hold"):
            return 0.0
        [(amount,)] = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                [
                    ("account_type", "=", "asset_receivable"),
                    ("reconciled", "=", False),
                    ("parent_state", "=", "posted"),
                    ("partner_id.commercial_partner_id", "=", self.partner_id.id),
                    ("company_id", "=", self.company_id.id),
                    ("currency_id", "=", self.currency_id.id),
                    ("amount_residual_currency", "<", 0),
                ],
                aggregates=["amount_residual_currency:sum"],
            )
        )
        return -(amount or 0.0)

    def _get_credit_words(self) -> str:
        amount = self._get_open_credit()
        if self.currency_id.is_zero(amount):
            return ""
        return self.env._(
            "In our books there is also a credit of %s in your favour that has not "
            "been allocated yet.",
            format_amount(self.env, amount, self.currency_id),
        )

    # -- how to pay ------------------------------------------------------------

    def _get_qr_code(self) -> str:
        """A picture that banking apps read, where Odoo can make one."""
        if self.currency_id.name != "EUR" or self.amount_to_pay <= 0:
            return ""
        try:
            code = self.company_id._credit_bank_account().build_qr_code_base64(
                self.currency_id.round(self._get_amount_asked()),
                self._get_free_communication(),
                self._get_structured_communication(),
                self.currency_id,
                self.partner_id,
                silent_errors=True,
            )
        except HTTPException:  # so Odoo says that it can't draw it
            return ""
        return code or ""

    # -- invoices --------------------------------------------------------------

    def _get_portal_urls(self) -> dict[int, str]:
        """{line: where the customer sees the invoice online}."""
        urls = {}
        for line in self._get_claimed_lines().sudo():
            if line.move_id.is_invoice():
                move = line.move_id
                urls[line.id] = move.get_base_url() + move.get_portal_url()
        return urls

    def _get_invoice_pdfs(self) -> list[tuple[str, bytes]]:
        """(file name, content) of every invoice claimed, as it was sent."""
        moves = self._get_claims().sudo().move_id
        return [
            self._get_invoice_pdf(move)
            for move in moves.filtered(lambda move: move.is_invoice())
        ]

    def _get_invoice_pdf(self, move) -> tuple[str, bytes]:
        if stored := move.invoice_pdf_report_id:
            return stored.name, stored.raw
        report = self.env["account.move.send"]._get_default_pdf_report_id(move)
        content, extension = (
            self.env["ir.actions.report"]
            .sudo()
            .with_company(move.company_id)
            ._render_qweb_pdf(report, move.ids)
        )
        return move._get_invoice_report_filename(extension, report), content
