from datetime import date
from decimal import Decimal

from odoo.tests import tagged

from .test_insured_columns import InsuredCommon

AS_OF = date(2025, 3, 1)
COVER = ("secured_amount", "insured_amount", "uncovered_amount")


@tagged("post_install", "-at_install")
class TestInsuredItems(InsuredCommon):
    def _sums(self, as_of=AS_OF, groupby=(), **asked):
        """(secured, insured, uncovered, open) by what is grouped by."""
        items = self.env["credit.ageing.item"].with_context(
            credit_ageing={"as_of": as_of.isoformat(), **asked},
            allowed_company_ids=self.company.ids,
        )
        items.invalidate_model()
        sums = [f"{name}:sum" for name in (*COVER, "amount")]
        return [
            tuple(
                round(value, 2) if isinstance(value, float) else value for value in row
            )
            for row in items._read_group([], groupby, sums)
        ]

    def _post_more(self, amount, partner=None, day="2025-01-01"):
        return self._create_invoice(
            post=True,
            partner_id=partner or self.partner_a,
            invoice_date=day,
            invoice_line_ids=[
                self._prepare_invoice_line(price_unit=amount, tax_ids=[])
            ],
        )

    def test_the_sheet_of_debtors_and_the_screen_say_the_same(self):
        self._secure(self.profile, 300)
        self._post_more(50, self.partner_b)
        columns = self._columns(AS_OF)
        rows = self._sums(groupby=["partner_id"])
        self.assertEqual(len(rows), 2)
        for partner, secured, insured, uncovered, open_ in rows:
            with self.subTest(debtor=partner.name):
                for label, value in (
                    ("Secured otherwise", secured),
                    ("Insured", insured),
                    ("Uncovered", uncovered),
                ):
                    shown = columns[label].get(partner.id, Decimal(0))
                    self.assertAlmostEqual(float(shown), value, 2)
                self.assertAlmostEqual(secured + insured + uncovered, open_, 2)

    def test_spread_to_the_cent(self):
        """1000 and three small ones that no share of 720 divides evenly among."""
        for _number in range(3):
            self._post_more(33.33)
        [(secured, insured, uncovered, open_)] = self._sums()
        self.assertEqual((secured, insured), (0, 720))
        self.assertEqual((open_, uncovered), (1099.99, 379.99))
        rows = self._sums(groupby=["move_id"])
        for _move, _secured, share, *_rest, amount in rows:
            self.assertAlmostEqual(share, amount * 720 / 1099.99, delta=0.0101)

    def test_before_the_limit_nothing_is_insured(self):
        self.assertEqual(self._sums(date(2025, 1, 15)), [(0, 0, 1000, 1000)])

    def test_who_is_owed_nothing_is_not_divided_by(self):
        self._create_invoice(
            post=True,
            move_type="out_refund",
            partner_id=self.partner_a,
            invoice_date="2025-01-02",
            invoice_line_ids=[self._prepare_invoice_line(price_unit=1000, tax_ids=[])],
        )
        self.assertEqual(self._sums(), [(0, 0, 0, 0)])
