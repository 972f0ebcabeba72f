from odoo.tests import tagged

from odoo.addons.credit_control.tests.common import TODAY

from .common import OrderCommon


@tagged("post_install", "-at_install")
class TestExposure(OrderCommon):
    """What is confirmed and not invoiced yet is at risk as well."""

    def _assert_amounts(self, orders, exposure):
        self.profile.invalidate_recordset()
        self.assertAlmostEqual(self.profile.order_amount, orders)
        self.assertAlmostEqual(self.profile.exposure, exposure)
        self.assertAlmostEqual(self.profile.available, 1000 - exposure)
        self._assert_in_the_list()

    def _assert_in_the_list(self):
        """The list of exposures says the same as the debtor file."""
        row = self.env["credit.exposure"].browse(self.profile.id)
        row.invalidate_recordset()
        for name, column in self.profile._get_exposure_fields().items():
            self.assertEqual(row[column], self.profile[name], name)

    def _invoice(self, order):
        return order._create_invoices()

    def _ask_down_payment(self, order):
        wizard = self.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=order.ids
        )
        wizard.create(
            {"advance_payment_method": "percentage", "amount": 25}
        ).create_invoices()

    def test_confirmed(self):
        order = self._create_order(400)
        self._assert_amounts(0, 0)
        self._confirm(order)
        self._assert_amounts(400, 400)

    def test_it_moves_to_the_open_items(self):
        order = self._create_order(400)
        self._confirm(order)
        invoice = self._invoice(order)
        self._assert_amounts(0, 400)  # a draft invoice now
        self.assertEqual(self.profile.draft_amount, 400)
        self.company.credit_counts_drafts = False
        self._assert_amounts(400, 400)  # not counted by itself
        invoice.action_post()
        self._assert_amounts(0, 400)
        self.company.credit_counts_drafts = True
        self._assert_amounts(0, 400)

    def test_a_part_in_draft(self):
        order = self._create_order(400)
        order.order_line.write({"product_uom_qty": 4, "price_unit": 100})
        self._confirm(order)
        invoice = self._invoice(order)
        invoice.invoice_line_ids.quantity = 1
        self._assert_amounts(300, 400)

    def test_a_down_payment_in_draft(self):
        order = self._create_order(400)
        self._confirm(order)
        self._ask_down_payment(order)
        self._assert_amounts(300, 400)

    def test_in_another_currency(self):
        """200 GBP at 0.50 are 400: half of it invoiced leaves 200."""
        pounds = self.setup_other_currency("GBP", rates=[("2020-01-01", 0.5)])
        prices = self.env["product.pricelist"].create(
            {"name": "British", "currency_id": pounds.id}
        )
        order = self._create_order(100, pricelist_id=prices.id)
        order.order_line.write({"product_uom_qty": 2, "price_unit": 100})
        self.assertEqual(order.currency_id, pounds)
        self._confirm(order)
        self._assert_amounts(400, 400)
        invoice = self._invoice(order)
        invoice.invoice_line_ids.quantity = 1
        self._assert_amounts(200, 400)
        invoice.action_post()
        self._assert_amounts(200, 400)

    def test_invoiced_in_part(self):
        order = self._create_order(400)
        order.order_line.write({"product_uom_qty": 4, "price_unit": 100})
        self._confirm(order)
        invoice = self._invoice(order)
        invoice.invoice_line_ids.quantity = 1
        invoice.action_post()
        self._assert_amounts(300, 400)

    def test_invoiced_for_less(self):
        """All of the goods, at a better price: nothing is to come."""
        order = self._create_order(400)
        self._confirm(order)
        invoice = self._invoice(order)
        invoice.invoice_line_ids.price_unit = 350
        invoice.action_post()
        self._assert_amounts(0, 350)

    def test_credited(self):
        order = self._create_order(400)
        self._confirm(order)
        invoice = self._invoice(order)
        invoice.action_post()
        invoice._reverse_moves(cancel=True)
        self._assert_amounts(400, 400)

    def test_a_down_payment(self):
        order = self._create_order(400)
        self._confirm(order)
        self._ask_down_payment(order)
        order.invoice_ids.action_post()
        self._assert_amounts(300, 400)
        final = order._create_invoices(final=True)
        final.action_post()
        self._assert_amounts(0, 400)

    def test_taxes_count(self):
        order = self._create_order(400)
        order.order_line.tax_ids = self.company_data["default_tax_sale"]
        self._confirm(order)
        self.assertGreater(order.amount_total, 400)
        self._assert_amounts(order.amount_total, order.amount_total)

    def test_to_be_invoiced_when_delivered(self):
        self.product.invoice_policy = "delivery"
        self._confirm(self._create_order(400))
        self._assert_amounts(400, 400)

    def test_cancelled(self):
        order = self._create_order(400)
        self._confirm(order)
        order._action_cancel()
        self._assert_amounts(0, 0)

    def test_only_who_pays_and_only_here(self):
        elsewhere = self.setup_other_company(name="Elsewhere")["company"]
        order = self._create_order(400, company_id=elsewhere.id)
        order |= self._create_order(400, self.other_debtor)
        order.action_confirm()
        self._assert_amounts(0, 0)
        there = self._profile(company=elsewhere)
        self.assertEqual(there.order_amount, 400)

    def test_the_orders_behind_it(self):
        invoiced, order = self._create_order(100), self._create_order(400)
        (invoiced | order).action_confirm()
        self._invoice(invoiced).action_post()
        action = self.profile.with_user(self.officer).action_view_orders()
        self.assertEqual(self.env["sale.order"].search(action["domain"]), order)

    def test_a_newcomer_gets_a_debtor_file(self):
        newcomer = self._create_debtor("Cobalt")
        self._confirm(self._create_order(400, newcomer))
        row = self.env["credit.exposure"].search([("partner_id", "=", newcomer.id)])
        self.assertEqual(row.order_amount, 400)

    def test_who_only_has_drafts_gets_one_every_morning(self):
        newcomer = self._create_debtor("Cobalt")
        invoice = self._create_overdue_invoice(10, 50, newcomer)
        invoice.button_draft()
        self._profile(newcomer).unlink()
        self.env["credit.exposure"]._create_missing_files(self.company, TODAY)
        row = self.env["credit.exposure"].search([("partner_id", "=", newcomer.id)])
        self.assertEqual(row.draft_amount, 50)
