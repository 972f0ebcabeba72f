import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from tempfile import TemporaryFile
from typing import BinaryIO, NamedTuple

import xlsxwriter

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext
from odoo.tools.pdf import PdfFileReader, PdfFileWriter

PDF_MARK = b"%PDF"
SCHEMA = "credit-collection-dossier/1"
STATEMENT = "credit_insurance.action_report_collection"


class Document(NamedTuple):
    """A document of the dossier; ``make`` is called when its turn comes.

    :ivar folder: in the ZIP
    :ivar proof: what shows that it was sent, accepted or signed
    """

    folder: str
    title: str
    day: date | None
    make: Callable[[], tuple[str, bytes]]
    proof: str = ""


class CreditCollectionDossier(models.Model):
    """All that the agency needs: one PDF to read, one ZIP with the data.

    Both are written to disk document by document, so that a thick dossier needs no
    more memory than its largest document. docs/collection-dossier.md says what the
    data file holds.
    """

    _inherit = "credit.collection.file"

    # -- make ------------------------------------------------------------------

    def action_make_dossier(self):
        """Make the dossier as things stand today, to look at or to send by hand."""
        for file in self._as_officer():
            today = file.company_id._credit_today()
            file._bring_up_to_date(today)
            file._make_dossier(today)
        return self.action_open_dossier()

    def action_open_dossier(self):
        """The PDF of one file; the ZIPs of several together."""
        self.check_access("read")
        if len(self) > 1:
            ids = ",".join(map(str, self.ids))
            url = f"/credit/collection/dossiers.zip?ids={ids}"
            return {"type": "ir.actions.act_url", "url": url, "target": "download"}
        if not self.dossier_pdf_id:
            raise UserError(self.env._("Make the dossier first."))
        url = f"/web/content/{self.sudo().dossier_pdf_id.id}"
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

    def _make_dossier(self, as_of: date) -> None:
        """Make PDF and ZIP and keep them with the file."""
        spoken = self.with_context(lang=self._get_lang())
        name = self.name.replace("/", "-")
        with TemporaryFile() as archive, TemporaryFile() as merged:
            spoken._write_dossier(archive, merged, as_of)
            kept = self.dossier_id | self.dossier_pdf_id
            self.dossier_id = self._keep(f"{name}.zip", archive)
            self.dossier_pdf_id = self._keep(f"{name}.pdf", merged)
            kept.unlink()

    def _keep(self, name: str, content: BinaryIO):
        content.seek(0)
        return (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": name,
                    "raw": content.read(),
                    "res_model": self._name,
                    "res_id": self.id,
                }
            )
        )

    def _write_dossier(self, archive: BinaryIO, merged: BinaryIO, as_of: date) -> None:
        documents = self._get_documents(as_of)
        statement = self._render_statement(documents, as_of)
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
            pages = PdfFileWriter()
            for path, content in self._render_all(documents, statement, as_of):
                target.writestr(path, content)
                self._add_pages(pages, content)
            pages.write(merged)

    def _render_all(self, documents, statement, as_of) -> Iterator[tuple[str, bytes]]:
        """(path in the ZIP, content) of everything, one at a time."""
        yield f"00_{statement[0]}", statement[1]
        yield from self._render_data(documents, as_of)
        for number, document in enumerate(documents, 1):
            name, content = document.make()
            yield f"{document.folder}/{number:02}_{_clean(name)}", content

    @api.model
    def _add_pages(self, pages, content: bytes) -> None:
        """Documents that are no PDF are in the ZIP only."""
        if not content.startswith(PDF_MARK):
            return
        reader = PdfFileReader(io.BytesIO(content), strict=False)
        for page in range(reader.getNumPages()):
            pages.addPage(reader.getPage(page))

    def _render_statement(self, documents, as_of: date) -> tuple[str, bytes]:
        """Index and statement, the first pages of the dossier."""
        content, extension = (
            self.env["ir.actions.report"]
            .sudo()
            .with_context(credit_documents=documents, credit_as_of=as_of)
            ._render_qweb_pdf(STATEMENT, self.ids)
        )
        return f"{_clean(self.env._('Statement'))}.{extension}", content

    def _get_index(self) -> list[Document]:
        """What the statement lists; as it is now where it is printed by itself."""
        found = self.env.context.get("credit_documents")
        return (
            self._get_documents(self._get_statement_day()) if found is None else found
        )

    def _get_statement_day(self) -> date:
        return (
            self.env.context.get("credit_as_of")
            or self.sent_date
            or self.company_id._credit_today()
        )

    # -- documents -------------------------------------------------------------

    def _get_documents(self, as_of: date) -> list[Document]:
        """What belongs to the dossier, in its order.

        To be extended: an addon adds what it knows of.
        """
        self.ensure_one()
        return [
            *self._get_invoice_documents(),
            *self._get_trade_documents(),
            *self._get_terms_documents(),
            *self._get_notice_documents(),
            *self._get_plan_documents(),
        ]

    def _get_invoices(self):
        moves = self.sudo().line_ids.item_id.move_id
        return moves.filtered(lambda move: move.is_invoice())

    def _get_invoice_documents(self) -> list[Document]:
        notices = self.env["credit.notice"].sudo()
        return [
            Document(
                self.env._("invoices"),
                move.name,
                move.invoice_date,
                lambda move=move: notices._get_invoice_pdf(move),
            )
            for move in self._get_invoices()
        ]

    def _get_trade_documents(self) -> list[Document]:
        """Orders and proofs of delivery, where Odoo's sales and stock are in use."""
        documents = []
        for report, folder, records in self._get_trade_records():
            documents += [
                Document(
                    folder,
                    record.display_name,
                    None,
                    lambda record=record, report=report: self._render_record(
                        report, record
                    ),
                )
                for record in records
            ]
        return documents

    def _get_trade_records(self) -> list[tuple]:
        """(report, folder, records) of what was ordered and delivered."""
        lines = self._get_invoices().invoice_line_ids
        if "sale_line_ids" not in lines._fields:
            return []
        orders = lines.sale_line_ids.order_id
        found = [("sale.action_report_saleorder", self.env._("orders"), orders)]
        if "picking_ids" in orders._fields:
            done = orders.picking_ids.filtered(lambda picking: picking.state == "done")
            found.append(
                ("stock.action_report_delivery", self.env._("deliveries"), done)
            )
        return found

    def _render_record(self, report: str, record) -> tuple[str, bytes]:
        content, extension = (
            self.env["ir.actions.report"].sudo()._render_qweb_pdf(report, record.ids)
        )
        return f"{record.display_name}.{extension}", content

    def _get_terms_documents(self) -> list[Document]:
        profile = self.profile_id.sudo()
        folder = self.env._("general terms")
        labels = dict(profile._fields["terms_state"]._description_selection(self.env))
        found = []
        if profile.terms_id.document:
            found.append(
                Document(
                    folder,
                    profile.terms_id.display_name,
                    profile.terms_date,
                    lambda: _of_binary(profile.terms_id, "document", "document_name"),
                    labels.get(profile.terms_state, ""),
                )
            )
        if profile.terms_proof:
            found.append(
                Document(
                    folder,
                    self.env._("Proof of acceptance"),
                    profile.terms_date,
                    lambda: _of_binary(profile, "terms_proof", "terms_proof_name"),
                )
            )
        return found

    def _get_notices(self):
        """The notices that were sent about these items, oldest first."""
        lines = self.env["credit.notice.line"].sudo()
        lines = lines.search(
            [
                ("item_id", "in", self.line_ids.item_id.ids),
                ("state", "=", "sent"),
                ("level_number", ">", 0),
            ]
        )
        return lines.notice_id.sorted(lambda notice: (notice.date, notice.id))

    def _get_notice_documents(self) -> list[Document]:
        return [
            Document(
                self.env._("reminders"),
                notice.level_id.name,
                notice.date,
                lambda notice=notice: self._render_notice(notice),
                self._word_proof(notice),
            )
            for notice in self._get_notices()
            if notice.channel != "call"
        ]

    def _render_notice(self, notice) -> tuple[str, bytes]:
        """The letter as it was sent; of an e-mail the same words as a letter."""
        if letter := notice._get_kept_letter():
            return letter.name, letter.raw
        content, extension = (
            self.env["ir.actions.report"]
            .sudo()
            .with_context(lang=notice.lang)
            ._render_qweb_pdf("credit_control.action_report_notice", notice.ids)
        )
        return f"{notice.level_id.name} {notice.date}.{extension}", content

    @api.model
    def _word_proof(self, notice) -> str:
        """How a notice went out, to which address, and what became of it."""
        channels = dict(notice._fields["channel"]._description_selection(self.env))
        states = dict(notice._fields["delivery"]._description_selection(self.env))
        recipient = notice.recipient_id
        address = (
            recipient.email
            if "email" in notice.channel
            else ", ".join(recipient._credit_get_address_lines())
        )
        words = (
            channels.get(notice.channel),
            address,
            notice.sent_date and fields.Datetime.to_string(notice.sent_date) + " UTC",
            states.get(notice.delivery),
            notice.sudo().message_id.message_id,
        )
        return ", ".join(filter(None, words))

    def _get_plan_documents(self) -> list[Document]:
        plans = self._get_plans().filtered("attachment_id")
        return [
            Document(
                self.env._("agreements"),
                plan.display_name,
                plan.active_date,
                lambda plan=plan: (plan.attachment_id.name, plan.attachment_id.raw),
                plan.signed_by or "",
            )
            for plan in plans
        ]

    # -- what happened ---------------------------------------------------------

    def _get_of_debtor(self, model: str, line_model: str, parent: str):
        """Records of ``model`` that are about one of these items."""
        lines = (
            self.env[line_model]
            .sudo()
            .search([("item_id", "in", self.line_ids.item_id.ids)])
        )
        return lines[parent].sorted("id")

    def _get_promises(self):
        return self._get_of_debtor(
            "credit.promise", "credit.promise.line", "promise_id"
        )

    def _get_disputes(self):
        return self._get_of_debtor(
            "credit.dispute", "credit.dispute.line", "dispute_id"
        )

    def _get_plans(self):
        return self._get_of_debtor("credit.plan", "credit.plan.item", "plan_id")

    def _get_calls(self):
        calls = self.env["credit.call"].sudo()
        return calls.search([("profile_id", "=", self.profile_id.id)], order="date, id")

    def _get_contacts(self):
        partner = self.partner_id.sudo()
        return partner | partner.child_ids.filtered(
            lambda contact: contact.email or contact.phone
        )

    def _get_insurer_words(self) -> str:
        """The insurer's reference, where the debtor is insured."""
        limits = self.profile_id.sudo().insurance_limit_ids.filtered("reference")
        return ", ".join(
            f"{limit.policy_id.number} {limit.reference}" for limit in limits[:1]
        )

    # -- data ------------------------------------------------------------------

    def _render_data(self, documents, as_of: date) -> Iterator[tuple[str, bytes]]:
        data = self._get_data(documents, as_of)
        yield "data.json", json.dumps(data, indent=2, ensure_ascii=False).encode()
        rows = self._get_claim_rows(data)
        if self.agency_id.data_format == "csv":
            yield "claims.csv", _to_csv(rows)
        else:
            yield "claims.xlsx", _to_xlsx(rows)

    def _get_data(self, documents, as_of: date) -> dict:
        """The file as data: see docs/collection-dossier.md."""
        return {
            "schema": SCHEMA,
            "file": self.name,
            "as_of": as_of.isoformat(),
            "service": self.service,
            "agency": self._get_party(self.agency_id.partner_id.sudo()),
            "customer_reference": self.agency_id.customer_reference or "",
            "creditor": self._get_party(self.company_id.partner_id.sudo())
            | {"iban": self._get_bank_number()},
            "debtor": self._get_party(self.partner_id.sudo())
            | {
                "kind": self.profile_id.debtor_kind,
                "insured": self._get_insurer_words(),
            },
            "contacts": [
                {"name": c.name, "email": c.email or "", "phone": c.phone or ""}
                for c in self._get_contacts()
            ],
            "currency": self.currency_id.name,
            "law": self.profile_id._get_regime(as_of).display_name or "",
            "claims": [line._get_data() for line in self.line_ids],
            "totals": {
                "principal": self._exact(self.claimed_principal),
                "interest": self._exact(self.claimed_interest),
                "costs": self._exact(self.claimed_costs),
                "claimed": self._exact(self.claimed_amount),
            },
            "reminders": [
                {
                    "date": notice.date.isoformat(),
                    "level": notice.level_id.name,
                    "channel": notice.channel,
                    "proof": self._word_proof(notice),
                }
                for notice in self._get_notices()
            ],
            "calls": [
                {"date": c.date.isoformat(), "words": c._get_words()}
                for c in self._get_calls()
            ],
            "promises": [
                {
                    "date": p.date.isoformat(),
                    "amount": self._exact(p.amount),
                    "state": p.state,
                }
                for p in self._get_promises()
            ],
            "disputes": [
                {
                    "date": d.opened_on.isoformat(),
                    "amount": self._exact(d.amount),
                    "state": d.state,
                    "words": d.description or "",
                    "answer": d.answer or "",
                }
                for d in self._get_disputes()
            ],
            "plans": [
                {
                    "date": p.date.isoformat(),
                    "amount": self._exact(p.amount_total),
                    "state": p.state,
                }
                for p in self._get_plans()
            ],
            "terms": {
                "version": self.profile_id.sudo().terms_id.display_name or "",
                "state": self.profile_id.sudo().terms_state or "",
            },
            "documents": [
                {
                    "folder": d.folder,
                    "title": d.title,
                    "date": d.day.isoformat() if d.day else "",
                    "proof": d.proof,
                }
                for d in documents
            ],
            "remarks": html2plaintext(self.note or ""),
        }

    def _exact(self, amount: float) -> str:
        """An amount as text, with the decimals of the currency."""
        return f"{amount:.{self.currency_id.decimal_places}f}"

    @api.model
    def _get_party(self, partner) -> dict:
        return {
            "name": partner.name or "",
            "registration": partner.company_registry or "",
            "vat": partner.vat or "",
            "street": " ".join(filter(None, (partner.street, partner.street2))),
            "zip": partner.zip or "",
            "city": partner.city or "",
            "country": partner.country_id.code or "",
            "email": partner.email or "",
            "phone": partner.phone or "",
            "language": partner.lang or "",
        }

    def _get_bank_number(self) -> str:
        return self.company_id.sudo().partner_id.bank_ids[:1].acc_number or ""

    def _get_claim_rows(self, data: dict) -> list[list]:
        headings = [
            "File",
            "Debtor",
            "Registration",
            "VAT",
            "Street",
            "Postcode",
            "Town",
            "Country",
            "Kind",
            "Invoice",
            "Date",
            "Due",
            "Original",
            "Open",
            "Interest",
            "Costs",
            "Claimed",
            "Currency",
        ]
        debtor = data["debtor"]
        who = [
            data["file"],
            debtor["name"],
            debtor["registration"],
            debtor["vat"],
            debtor["street"],
            debtor["zip"],
            debtor["city"],
            debtor["country"],
            debtor["kind"],
        ]
        return [
            headings,
            *(
                [
                    *who,
                    line.name or "",
                    line.date,
                    line.due_date,
                    line.original_amount,
                    line.amount,
                    line.interest,
                    line.costs,
                    line.claimed_amount,
                    data["currency"],
                ]
                for line in self.line_ids
            ),
        ]


def _clean(name: str) -> str:
    """A file name that every system takes."""
    return "".join("-" if c in '/\\:*?"<>|' else c for c in name).strip() or "document"


def _of_binary(record, field: str, name_field: str) -> tuple[str, bytes]:
    attachment = (
        record.env["ir.attachment"]
        .sudo()
        .search(
            [
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
                ("res_field", "=", field),
            ],
            limit=1,
        )
    )
    return record[name_field] or attachment.name or field, attachment.raw


def _to_csv(rows: list[list]) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _to_xlsx(rows: list[list]) -> bytes:
    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False}
    with xlsxwriter.Workbook(out, options) as workbook:
        sheet = workbook.add_worksheet("Claims")
        bold = workbook.add_format({"bold": True, "bg_color": "#D9E2EC"})
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        money = workbook.add_format({"num_format": "#,##0.00"})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(rows[0]) - 1, 14)
        for column, heading in enumerate(rows[0]):
            sheet.write_string(0, column, heading, bold)
        for number, row in enumerate(rows[1:], 1):
            for column, value in enumerate(row):
                if isinstance(value, float):
                    sheet.write_number(number, column, value, money)
                elif isinstance(value, date):
                    moment = datetime(value.year, value.month, value.day)
                    sheet.write_datetime(number, column, moment, day)
                elif value:
                    sheet.write_string(number, column, str(value))
    return out.getvalue()
