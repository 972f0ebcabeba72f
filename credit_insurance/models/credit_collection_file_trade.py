from odoo import models
from odoo.tools import format_datetime

from .credit_dossier import Document, Section


class CreditCollectionTrade(models.Model):
    """What was ordered and delivered, where Odoo's sales and stock are in use.

    Neither is needed: what an addon of Odoo adds is there or not.
    """

    _inherit = "credit.collection.file"

    def _sections_trade(self) -> list[Section]:
        orders = self._get_orders()
        if orders is None:
            return []
        sections = [self._section_orders(orders)]
        if "picking_ids" in orders._fields:
            sections.append(self._section_deliveries(self._get_deliveries(orders)))
        return sections

    def _get_orders(self):
        """The orders that were invoiced; None without Odoo's sales."""
        lines = self.sudo().line_ids.item_id.move_id.invoice_line_ids
        if "sale_line_ids" not in lines._fields:
            return None
        return lines.sale_line_ids.order_id.sorted("id")

    def _get_deliveries(self, orders):
        """What reached the debtor, and what came back from him."""
        done = orders.picking_ids.filtered(lambda picking: picking.state == "done")
        return done.filtered(
            lambda picking: (
                "customer" in (picking.location_dest_id | picking.location_id).mapped("usage")
            )
        ).sorted(lambda picking: (picking.date_done, picking.id))

    def _section_orders(self, orders) -> Section:
        rows = [
            [
                order.name,
                self._day(order.date_order),
                order.client_order_ref or "",
                self._word_signature(order.signed_by, order.signed_on),
                self._money(order.amount_total, order.currency_id),
            ]
            for order in orders
        ]
        headers = [
            self.env._("Order"),
            self.env._("Date"),
            self.env._("Their reference"),
            self.env._("Signed"),
            self.env._("Amount"),
        ]
        documents = [
            document
            for order in orders
            for document in self._get_trade_documents(
                "sale.action_report_saleorder", order
            )
        ]
        return Section(self.env._("Orders"), headers, rows, documents, (4,))

    def _section_deliveries(self, pickings) -> Section:
        rows = [
            [
                picking.name,
                picking.origin or "",
                self._day(picking.date_done),
                self._word_delivery(picking),
                self.env._("Yes") if picking.signature else "",
            ]
            for picking in pickings
        ]
        headers = [
            self.env._("Delivery"),
            self.env._("Order"),
            self.env._("Done on"),
            self.env._("To"),
            self.env._("Signed for"),
        ]
        documents = [
            document
            for picking in pickings
            for document in self._get_trade_documents(
                "stock.action_report_delivery", picking
            )
        ]
        return Section(self.env._("Deliveries"), headers, rows, documents)

    def _word_delivery(self, picking) -> str:
        """Where it went, with the carrier's number where there is one."""
        if picking.location_id.usage == "customer":
            return self.env._("Came back")
        address = picking.partner_id._credit_get_address_lines()
        tracking = (
            picking.carrier_tracking_ref
            if "carrier_tracking_ref" in picking._fields
            else ""
        )
        return ", ".join(filter(None, (*address, tracking)))

    def _word_signature(self, name, moment) -> str:
        if not name:
            return ""
        return " ".join(
            filter(None, (name, moment and format_datetime(self.env, moment)))
        )

    def _get_trade_data(self) -> dict:
        """Orders and deliveries for data.json; empty lists without Odoo's sales."""
        orders = self._get_orders()
        pickings = []
        if orders and "picking_ids" in orders._fields:
            pickings = self._get_deliveries(orders)
        return {
            "orders": [
                {
                    "number": order.name,
                    "date": order.date_order.isoformat(),
                    "reference": order.client_order_ref or "",
                    "amount": self._exact(order.amount_total),
                    "signed_by": order.signed_by or "",
                }
                for order in orders or ()
            ],
            "deliveries": [
                {
                    "number": picking.name,
                    "order": picking.origin or "",
                    "date": picking.date_done.isoformat(),
                    "returned": picking.location_id.usage == "customer",
                    "signed": bool(picking.signature),
                }
                for picking in pickings
            ],
        }

    def _get_trade_documents(self, report: str, record) -> list[Document]:
        """The record as Odoo prints it, and what is attached to it: e.g. the signed
        delivery note, or the debtor's own order."""
        name = record.display_name
        attached = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", record._name),
                    ("res_id", "=", record.id),
                    ("res_field", "=", False),
                    ("type", "=", "binary"),
                ],
                order="id",
            )
        )
        return [
            Document(f"{name}.pdf", lambda: self._render_record(report, record)),
            *(
                Document(f"{name} {file.name}", lambda file=file: file.raw)
                for file in attached
            ),
        ]

    def _render_record(self, report: str, record) -> bytes:
        content, _kind = (
            self.env["ir.actions.report"].sudo()._render_qweb_pdf(report, record.ids)
        )
        return content
