from datetime import date

from odoo.tests import freeze_time, tagged

from odoo.addons.credit_control.tests.common import TODAY
from odoo.addons.credit_insurance.tests.collection_common import CollectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestHandedOver(CollectionCommon):
    def _figures(self, day, company=None):
        """{indicator: value} of the month that ends on ``day``."""
        company = company or self.company
        self.env["credit.snapshot"].sudo()._refresh(company, TODAY)
        found = self.env["credit.kpi"].search(
            [
                ("company_id", "=", company.id),
                ("date", "=", day),
                ("tier_id", "=", False),
                ("indicator", "=like", "handed_%"),
            ]
        )
        return {one.indicator: one.value for one in found}

    def _file_sent(self, day, invoices):
        file = self._prepare(invoices)
        file.sudo().write(
            {"state": "sent", "sent_date": day, "agency_id": self.agency.id}
        )
        return file

    def test_number_and_amount_of_the_month(self):
        month = date(2025, 3, 31)
        more = self._create_overdue_invoice(80, 250.0)
        late = self._create_overdue_invoice(75, 40.0)
        self._file_sent(date(2025, 3, 1), self.invoice)
        self._file_sent(month, more)
        self._file_sent(date(2025, 4, 1), late)
        self._prepare(self._create_overdue_invoice(75, 7.0))
        self.assertEqual(
            self._figures(month), {"handed_number": 2, "handed_amount": 1250}
        )
        self.assertEqual(
            self._figures(date(2025, 4, 30)), {"handed_number": 1, "handed_amount": 40}
        )
        self.assertFalse(self._figures(date(2025, 2, 28)), "no file, no figure")

    def test_in_the_currency_of_the_company(self):
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])
        foreign = self._create_overdue_invoice(70, 100.0, currency_id=euro.id)
        self._file_sent(date(2025, 3, 5), foreign)
        self.assertEqual(
            self._figures(date(2025, 3, 31)), {"handed_number": 1, "handed_amount": 200}
        )
        other = self.setup_other_company(name="Second")["company"]
        self.assertFalse(self._figures(date(2025, 3, 31), other))
