import csv
import io
import json
from collections.abc import Iterator
from datetime import date, datetime

import xlsxwriter

from odoo import api, models
from odoo.tools import file_open, html2plaintext

SCHEMA = "credit-collection-dossier/1"
SCHEMA_FILE = "credit_insurance/static/schema/collection-dossier-1.json"


class CreditCollectionData(models.Model):
    """What a program of the agency reads: JSON, and the claims as a table."""

    _inherit = "credit.collection.file"

    # -- data ------------------------------------------------------------------

    def _render_data(self, as_of: date) -> Iterator[tuple[str, bytes]]:
        """(file name, content) of what a program reads."""
        self = self.sudo()
        data = self._get_data(as_of)
        yield "data.json", json.dumps(data, indent=2, ensure_ascii=False).encode()
        with file_open(SCHEMA_FILE, "rb") as schema:
            yield "data.schema.json", schema.read()
        rows = self._get_claim_rows(data)
        if self.agency_id.data_format == "csv":
            yield "claims.csv", _to_csv(rows)
        else:
            yield "claims.xlsx", _to_xlsx(rows)

    def _get_data(self, as_of: date) -> dict:
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
            **self._get_trade_data(),
            "terms": self._get_terms_data(),
            "documents": [
                f"{folder}/{document.name}"
                for folder, document in self._get_dossier_documents(as_of)
            ],
            "remarks": html2plaintext(self.note or ""),
        }

    def _get_terms_data(self) -> dict:
        profile = self.profile_id.sudo()
        day = profile.terms_date
        return {
            "version": profile.terms_id.display_name or "",
            "state": profile.terms_state or "",
            "date": day.isoformat() if day else "",
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


def _to_csv(rows: list[list]) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _word_cell(value) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def _to_xlsx(rows: list[list]) -> bytes:
    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False}
    with xlsxwriter.Workbook(out, options) as workbook:
        sheet = workbook.add_worksheet("Claims")
        bold = workbook.add_format({"bold": True, "bg_color": "#D9E2EC"})
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        money = workbook.add_format({"num_format": "#,##0.00"})
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(rows) - 1, len(rows[0]) - 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        for column in range(len(rows[0])):
            widest = max(len(_word_cell(row[column])) for row in rows)
            sheet.set_column(column, column, min(widest + 3, 45))
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
