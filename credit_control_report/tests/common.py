from datetime import date
from io import BytesIO

from openpyxl import load_workbook

from odoo import Command

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.credit_control.core.ageing import BucketScheme

SCHEME = BucketScheme((0, 30, 60))
AS_OF = date(2024, 6, 30)


class AgeingCommon(AccountTestInvoicingCommon):
    """A company whose only receivables are what the test posts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.ageing = cls.env["credit.ageing"].sudo()
        cls.receivable = cls.company_data["default_account_receivable"]
        cls.debtor = cls.env["res.partner"].create({"name": "Debtor", "ref": "D1"})
        cls.other_debtor = cls.env["res.partner"].create({"name": "Other debtor"})

    @classmethod
    def _post(cls, amount, due, *, partner=None, day=None, **values):
        """A posted customer invoice of ``amount`` (no tax), due on ``due``."""
        return cls._create_invoice(
            post=True,
            partner_id=partner or cls.debtor,
            invoice_date=day or due,
            invoice_date_due=due,
            invoice_payment_term_id=False,
            invoice_line_ids=[cls._prepare_invoice_line(price_unit=amount, tax_ids=[])],
            **values,
        )

    @classmethod
    def _post_entry(
        cls, amount, day, *, partner=None, due=None, journal="misc", **values
    ):
        """A posted entry that debits (or credits) the receivable account.

        :param journal: misc, or bank for what was paid
        """
        other = cls.company_data["default_account_revenue"]
        line = {"account_id": cls.receivable.id, "balance": amount, **values}
        line |= {"partner_id": partner and partner.id, "date_maturity": due}
        counter = {"account_id": other.id, "balance": -amount}
        move = cls.env["account.move"].create(
            {
                "date": day,
                "journal_id": cls.company_data[f"default_journal_{journal}"].id,
                "line_ids": [Command.create(line), Command.create(counter)],
            }
        )
        move.action_post()
        return move.line_ids.filtered(lambda one: one.account_id == cls.receivable)

    @classmethod
    def _receivable_lines(cls, moves):
        return moves.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )

    def _aged(self, as_of=AS_OF, companies=None, scheme=SCHEME):
        """{debtor: [amount per bucket]} as floats, for one company's debtors."""
        aged = self.ageing._aged_debtors(companies or self.company, as_of, scheme)
        return {
            self.env["res.partner"].browse(partner or []): [
                float(amount) for amount in amounts
            ]
            for (_company, partner), amounts in aged.items()
        }

    def _read_workbook(
        self, as_of=AS_OF, companies=None, scheme=SCHEME, values=True, **asked
    ):
        """The workbook as openpyxl reads it: values, or formulas."""
        file = BytesIO()
        self.ageing._workbook(file, companies or self.company, as_of, scheme, **asked)
        return load_workbook(file, data_only=values)

    def _read_rows(self, sheet):
        """The rows of a table as dictionaries, down to the first empty one."""
        header = next(row for row in sheet.iter_rows() if row[1].value == "Debtor")
        labels = [cell.value for cell in header]
        rows = sheet.iter_rows(min_row=header[0].row + 1, values_only=True)
        table = []
        for row in rows:
            if row[0] is None:
                break
            found = dict(zip(labels, row, strict=True))
            if found.get("Currency", True):  # else the total of a debtor
                table.append(found)
        return table

    def _read_below(self, sheet, label):
        """The row (cells) whose second column says ``label``."""
        return next(row for row in sheet.iter_rows() if row[1].value == label)
