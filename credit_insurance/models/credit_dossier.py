import csv
import io
import zipfile
from collections.abc import Callable, Iterable
from datetime import date
from tempfile import TemporaryFile
from typing import BinaryIO, NamedTuple

from odoo import fields, models
from odoo.tools import format_amount, format_date
from odoo.tools.mail import html2plaintext
from odoo.tools.pdf import PdfFileReader, PdfFileWriter, PdfReadError

FORBIDDEN_IN_NAMES = str.maketrans('/\\:*?"<>|\n\r\t', "-" * 12)
PDF = "application/pdf"


class Document(NamedTuple):
    """A file of the dossier, read when it is written: one at a time is in memory."""

    name: str
    load: Callable[[], bytes]


class Section(NamedTuple):
    """A part of the dossier: a table for the overview, and files in its folder.

    Cells are words; ``right`` are the numbers of the columns that are amounts.
    """

    title: str
    headers: list[str]
    rows: list[list[str]]
    documents: list[Document]
    right: tuple[int, ...] = ()


def _make_unique(name: str, taken: set[str]) -> str:
    """``name``, with a number if it is taken; file systems ignore the case."""
    stem, dot, extension = name.rpartition(".")
    unique, number = name, 1
    while unique.lower() in taken:
        number += 1
        unique = f"{stem} ({number}){dot}{extension}" if dot else f"{name} ({number})"
    taken.add(unique.lower())
    return unique


class CreditDossier(models.AbstractModel):
    """Everything on a debtor that somebody outside needs, as ZIP or one PDF.

    A model inherits this, has ``profile_id`` and ``company_id``, and says which items
    it is about in :meth:`_get_dossier_items`. Sections are added by overriding
    :meth:`_get_dossier_sections`; the overview is a report of the model's own that
    calls ``credit_insurance.dossier_body``.
    """

    _name = "credit.dossier"
    _description = "Dossier on a Debtor"

    # The report of the overview, by its XML id.
    _dossier_report = ""

    # -- what it holds ---------------------------------------------------------

    def _get_dossier_items(self):
        """The journal items that it is about. To be overridden."""
        return self.env["account.move.line"]

    def _get_dossier_facts(self) -> list[tuple[str, str]]:
        """(what, in words) of the first page. To be extended."""
        partner = self.profile_id.partner_id
        company = self.company_id
        return [
            (self.env._("Debtor"), partner.name),
            (self.env._("Address"), ", ".join(partner._credit_get_address_lines()[1:])),
            (self.env._("VAT number"), partner.vat or ""),
            (self.env._("Registration number"), partner.company_registry or ""),
            (self.env._("E-mail"), partner.email or ""),
            (self.env._("Phone"), partner.phone or ""),
            (self.env._("Creditor"), company.name),
            (self.env._("VAT number of the creditor"), company.vat or ""),
        ]

    def _get_dossier_sections(self, as_of: date) -> list[Section]:
        """The parts, in order. To be extended: add to those of ``super()``."""
        return [
            self._section_statement(),
            self._section_invoices(),
            self._section_notices(),
            self._section_calls(),
            self._section_promises(),
            self._section_disputes(),
            self._section_correspondence(),
        ]

    def _money(self, amount: float, currency=None) -> str:
        return format_amount(self.env, amount, currency or self.company_id.currency_id)

    def _day(self, day) -> str:
        return format_date(self.env, day) if day else ""

    def _section_statement(self) -> Section:
        items = self._get_dossier_items()
        rows = [
            [
                item.move_name or item.name or "",
                self._day(item.invoice_date or item.date),
                self._day(item.date_maturity),
                self._money(item.amount_currency, item.currency_id),
                self._money(item.amount_residual_currency, item.currency_id),
            ]
            for item in items
        ]
        for currency, group in items.grouped("currency_id").items():
            total = sum(group.mapped("amount_residual_currency"))
            rows.append(
                [self.env._("Together"), "", "", "", self._money(total, currency)]
            )
        headers = [
            self.env._("Document"),
            self.env._("Date"),
            self.env._("Due date"),
            self.env._("Amount"),
            self.env._("Open"),
        ]
        return Section(self.env._("Statement of open items"), headers, rows, [], (3, 4))

    def _section_invoices(self) -> Section:
        moves = self._get_dossier_items().move_id.filtered(
            lambda move: move.is_invoice()
        )
        notices = self.env["credit.notice"]

        def load(move):
            return lambda: notices._get_invoice_pdf(move)[1]

        documents = [Document(f"{move.name}.pdf", load(move)) for move in moves.sudo()]
        return Section(self.env._("Invoices"), [], [], documents)

    def _section_notices(self) -> Section:
        """Every reminder with the proof that it was sent."""
        sent = self.env["credit.notice"].search(
            [("profile_id", "=", self.profile_id.id), ("state", "=", "sent")],
            order="date, id",
        )
        labels = dict(sent._fields["channel"]._description_selection(self.env))
        proofs = dict(sent._fields["delivery"]._description_selection(self.env))
        rows, documents = [], []
        for notice in sent:
            message = notice.sudo().message_id
            rows.append(
                [
                    self._day(notice.date),
                    notice.level_id.name,
                    labels.get(notice.channel, ""),
                    notice.recipient_email or notice.recipient_id.name or "",
                    " ".join(
                        filter(None, (proofs.get(notice.delivery), message.message_id))
                    ),
                    self._money(notice.amount_total, notice.currency_id),
                ]
            )
            name = f"{notice.date} {notice.level_id.name} {notice.id}"
            if letter := notice.sudo().attachment_id:
                documents.append(Document(f"{name}.pdf", lambda file=letter: file.raw))
            if message:
                documents.append(
                    Document(f"{name}.html", lambda mail=message: self._load_mail(mail))
                )
        headers = [
            self.env._("Date"),
            self.env._("Level"),
            self.env._("Channel"),
            self.env._("Sent to"),
            self.env._("Proof"),
            self.env._("Amount"),
        ]
        return Section(self.env._("Reminders sent"), headers, rows, documents, (5,))

    def _load_mail(self, message) -> bytes:
        """The e-mail as it was written, with its head."""
        head = [
            (self.env._("Date"), fields.Datetime.to_string(message.date)),
            (self.env._("From"), message.email_from or ""),
            (
                self.env._("To"),
                ", ".join(message.partner_ids.mapped("email_formatted")),
            ),
            (self.env._("Subject"), message.subject or ""),
            ("Message-ID", message.message_id or ""),
        ]
        return str(
            self.env["ir.qweb"]._render(
                "credit_insurance.dossier_mail", {"head": head, "body": message.body}
            )
        ).encode()

    def _section_calls(self) -> Section:
        calls = self.env["credit.call"].search(
            [("profile_id", "=", self.profile_id.id)], order="date, id"
        )
        rows = [
            [self._day(call.date), call.user_id.name, call._get_words()]
            for call in calls
        ]
        return Section(
            self.env._("Calls"),
            [self.env._("Date"), self.env._("Called by"), self.env._("What was said")],
            rows,
            [],
        )

    def _section_promises(self) -> Section:
        promises = self.env["credit.promise"].search(
            [("profile_id", "=", self.profile_id.id)], order="made_on, id"
        )
        states = dict(promises._fields["state"]._description_selection(self.env))
        rows = [
            [
                self._day(promise.made_on),
                self._day(promise.date),
                states[promise.state],
                self._money(promise.amount, promise.currency_id),
            ]
            for promise in promises
        ]
        headers = [
            self.env._("Made on"),
            self.env._("Promised for"),
            self.env._("Outcome"),
            self.env._("Amount"),
        ]
        return Section(self.env._("Promises to pay"), headers, rows, [], (3,))

    def _section_disputes(self) -> Section:
        disputes = self.env["credit.dispute"].search(
            [("profile_id", "=", self.profile_id.id)], order="opened_on, id"
        )
        states = dict(disputes._fields["state"]._description_selection(self.env))
        rows = [
            [
                self._day(dispute.opened_on),
                dispute.category_id.name,
                states[dispute.state],
                self._money(dispute.amount, dispute.currency_id),
            ]
            for dispute in disputes
        ]
        headers = [
            self.env._("Since"),
            self.env._("What is disputed"),
            self.env._("State"),
            self.env._("Amount"),
        ]
        return Section(self.env._("Disputes"), headers, rows, [], (3,))

    def _section_correspondence(self) -> Section:
        """E-mails in the debtor file beside the reminders."""
        reminders = (
            self.env["credit.notice"]
            .sudo()
            .search(
                [("profile_id", "=", self.profile_id.id), ("message_id", "!=", False)]
            )
        )
        mails = self.profile_id.sudo().message_ids.filtered(
            lambda mail: mail.message_type in ("email", "comment")
            and mail not in reminders.message_id
            and (mail.partner_ids or mail.message_type == "email")
        )
        mails = mails.sorted("id")
        rows = [
            [
                self._day(mail.date),
                mail.email_from or "",
                mail.subject or "",
                html2plaintext(mail.body or "")[:400],
            ]
            for mail in mails
        ]
        documents = [
            Document(
                f"{mail.date:%Y-%m-%d} {mail.id}.html",
                lambda mail=mail: self._load_mail(mail),
            )
            for mail in mails
        ]
        headers = [
            self.env._("Date"),
            self.env._("From"),
            self.env._("Subject"),
            self.env._("Text"),
        ]
        return Section(self.env._("Correspondence"), headers, rows, documents)

    # -- files -----------------------------------------------------------------

    def _get_dossier_name(self) -> str:
        return self.display_name.translate(FORBIDDEN_IN_NAMES)

    def _render_overview(self) -> bytes:
        content, _kind = (
            self.env["ir.actions.report"]
            .sudo()
            ._render_qweb_pdf(self._dossier_report, self.ids)
        )
        return content

    def _get_dossier_documents(self, as_of: date) -> Iterable[tuple[str, Document]]:
        """(folder, document) of all sections; names of a folder are made unique."""
        for number, section in enumerate(self._get_dossier_sections(as_of), 1):
            folder = f"{number:02} {section.title}".translate(FORBIDDEN_IN_NAMES)
            taken: set[str] = set()
            for document in section.documents:
                name = _make_unique(document.name.translate(FORBIDDEN_IN_NAMES), taken)
                yield folder, document._replace(name=name)

    def _render_data(self, as_of: date) -> Iterable[tuple[str, bytes]]:
        """(file name, content) of what a program reads. To be overridden."""
        return ()

    def _write_zip(self, file: BinaryIO, as_of: date) -> None:
        """Overview, index and every document, written one after the other."""
        self.ensure_one()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            overview = f"{self.env._('Overview')}.pdf"
            archive.writestr(overview, self._render_overview())
            for folder, document in self._get_dossier_documents(as_of):
                archive.writestr(f"{folder}/{document.name}", document.load())
                # Else the contents of all attachments would stay in memory.
                self.env["ir.attachment"].invalidate_model(["raw"], flush=False)
            for name, content in self._render_data(as_of):
                archive.writestr(name, content)
            index = [(info.filename, info.file_size) for info in archive.infolist()]
            archive.writestr("index.csv", self._write_index(index))

    def _write_index(self, index) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";")
        writer.writerow([self.env._("File"), self.env._("Bytes")])
        writer.writerows(index)
        return text.getvalue().encode("utf-8-sig")

    def _write_pdf(self, file: BinaryIO, as_of: date) -> None:
        """The overview with all documents that are PDFs behind it."""
        self.ensure_one()
        writer = PdfFileWriter()
        self._append_pdf(writer, self._render_overview())
        for _folder, document in self._get_dossier_documents(as_of):
            if document.name.lower().endswith(".pdf"):
                self._append_pdf(writer, document.load())
                self.env["ir.attachment"].invalidate_model(["raw"], flush=False)
        writer.write(file)

    def _merge_pdf(self, archive: BinaryIO, file: BinaryIO) -> None:
        """All PDFs of a ZIP of :meth:`_write_zip` as one, in its order."""
        writer = PdfFileWriter()
        with zipfile.ZipFile(archive) as source:
            for name in source.namelist():
                if name.lower().endswith(".pdf"):
                    self._append_pdf(writer, source.read(name))
        writer.write(file)

    def _append_pdf(self, writer, content: bytes) -> None:
        """A file that can't be read is left to the ZIP."""
        if not content.startswith(b"%PDF"):
            return
        try:
            writer.appendPagesFromReader(
                PdfFileReader(io.BytesIO(content), strict=False)
            )
        except (PdfReadError, ValueError, KeyError):
            return

    # -- keep ------------------------------------------------------------------

    def _keep_dossier(self, as_of: date) -> tuple:
        """The attachments (PDF, ZIP); each document is made once for both."""
        with TemporaryFile() as archive, TemporaryFile() as merged:
            self._write_zip(archive, as_of)
            self._merge_pdf(archive, merged)
            return self._keep("pdf", merged), self._keep("zip", archive)

    def _keep(self, kind: str, content: BinaryIO):
        return (
            self.env["ir.attachment"]
            .sudo()
            ._credit_keep(
                content,
                name=f"{self._get_dossier_name()}.{kind}",
                mimetype=f"application/{kind}",
                res_model=self._name,
                res_id=self.id,
            )
        )

    # -- actions ---------------------------------------------------------------

    def action_download_zip(self):
        return self._get_download_action("zip")

    def action_download_pdf(self):
        return self._get_download_action("pdf")

    def _get_download_action(self, kind: str) -> dict:
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/credit_insurance/dossier/{self._name}/{self.id}.{kind}",
            "target": "download",
        }
