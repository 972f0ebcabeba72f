import csv
from io import BytesIO, StringIO

import xlsxwriter

from odoo import models
from odoo.exceptions import UserError

FORMATS = [("xlsx", "Workbook (XLSX)"), ("csv", "Text file (CSV)")]


class CreditInsuranceRequestFile(models.Model):
    """Requests as the file that the insurer gets."""

    _inherit = "credit.insurance.request"

    def _get_file_header(self) -> list[str]:
        return [
            self.env._("Policy"),
            self.env._("Buyer number"),
            self.env._("Debtor"),
            self.env._("VAT number"),
            self.env._("Registration number"),
            self.env._("Country"),
            self.env._("Asked for"),
            self.env._("Limit today"),
            self.env._("Limit asked"),
            self.env._("Currency"),
            self.env._("From"),
            self.env._("To"),
            self.env._("Payment term (days)"),
            self.env._("Reason"),
        ]

    def _get_file_row(self) -> list:
        partner = self.profile_id.partner_id
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return [
            self.policy_id.number,
            self.buyer_reference or "",
            partner.name or "",
            partner.vat or "",
            partner.company_registry or "",
            partner.country_id.code or "",
            kinds[self.kind],
            self.limit_now,
            self.amount,
            self.currency_id.name,
            self.date_from or "",
            self.date_to or "",
            self.payment_days or "",
            self.reason or "",
        ]

    def _build_file(self, kind: str) -> bytes:
        """These requests as a file of the ``kind`` ``xlsx`` or ``csv``."""
        if not self:
            raise UserError(self.env._("Choose the requests first."))
        rows = [self._get_file_header(), *(one._get_file_row() for one in self)]
        return self._build_csv(rows) if kind == "csv" else self._build_xlsx(rows)

    def _build_csv(self, rows: list[list]) -> bytes:
        file = StringIO()
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerows([[_defuse(value) for value in row] for row in rows])
        return file.getvalue().encode("utf-8-sig")

    def _build_xlsx(self, rows: list[list]) -> bytes:
        file = BytesIO()
        book = xlsxwriter.Workbook(
            file, {"in_memory": True, "strings_to_formulas": False}
        )
        sheet = book.add_worksheet(self.env._("Requests"))
        bold = book.add_format({"bold": True, "bottom": 1})
        formats = {
            float: book.add_format({"num_format": "#,##0.00"}),
            int: book.add_format({"num_format": "0"}),
        }
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, rows[0], bold)
        for number, row in enumerate(rows[1:], 1):
            for column, value in enumerate(row):
                form = formats.get(type(value))
                if hasattr(value, "isoformat"):
                    sheet.write_datetime(number, column, value, day)
                else:
                    sheet.write(number, column, value, form)
        for column in range(len(rows[0])):
            longest = max(len(str(row[column])) for row in rows)
            sheet.set_column(column, column, min(longest + 3, 40))
        sheet.freeze_panes(1, 0)
        # Printed, all columns stand on one page.
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        book.close()
        return file.getvalue()

    def _get_file_name(self, kind: str) -> str:
        number = self.policy_id[:1].number.replace("/", "-")
        return f"{self.env._('Limit requests')} {number}.{kind}"

    def action_download(self):
        """The requests as a workbook, for the insurer's own site."""
        self.check_access("read")
        attachment = self.env["ir.attachment"].create(
            {
                "name": self._get_file_name("xlsx"),
                "raw": self._build_file("xlsx"),
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=1",
            "target": "self",
        }


def _defuse(value):
    """Text that a spreadsheet would take for a formula stays text."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@"):
        return f"'{value}"
    return value
