from datetime import date

from odoo import Command, api, models

from odoo.addons.credit_control.demo import story

GOODS = "Pallet, mixed goods"
PRICE = 250.0
SELLER = "seller"


class CreditDemo(models.AbstractModel):
    """The demo wholesaler takes orders: some go through, some wait for a decision."""

    _inherit = "credit.demo"

    @api.model
    def _build(self, as_of: date, count: int = story.INVOICES):
        company = super()._build(as_of, count)
        orders = self.env["sale.order"]
        if not orders.search_count([("company_id", "=", company.id)], limit=1):
            demo = self.with_company(company).with_context(
                allowed_company_ids=company.ids, mail_activity_quick_update=True
            )
            demo._create_warehouse()
            demo._take_orders(demo._create_seller(company))
        return company

    def _create_seller(self, company):
        users = self.env["res.users"].with_context(active_test=False)
        return users.search([("login", "=", SELLER)]) or users.create(
            {
                "login": SELLER,
                "password": SELLER,
                "name": "Sofie Seller",
                "email": f"{SELLER}@deleie.example.com",
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
                "group_ids": [
                    Command.link(self.env.ref("base.group_user").id),
                    Command.link(self.env.ref("sales_team.group_sale_salesman").id),
                ],
            }
        )

    def _create_warehouse(self) -> None:
        """Beside Inventory orders need one, and a new company has none."""
        if "stock.warehouse" in self.env:
            warehouses = self.env["stock.warehouse"]
            mine = [("company_id", "=", self.env.company.id)]
            if not warehouses.search_count(mine, limit=1):
                warehouses.create({"company_id": self.env.company.id})

    def _take_orders(self, seller) -> None:
        """Of each tier's roomiest debtor one order within the limit and one beyond."""
        product = self._create_product()
        debtors = self.env["credit.profile"].search(
            [("company_id", "=", self.env.company.id), ("no_limit", "=", False)]
        )
        orders = self.env["sale.order"]
        for group in debtors.grouped("tier_id").values():
            debtor = max(group, key=lambda profile: (profile.available, profile.id))
            room = max(int(debtor.available / PRICE), 0)
            orders |= self._create_order(seller, debtor, product, max(room // 3, 1))
            orders |= self._create_order(seller, debtor, product, room + 4)
        # While addons are being installed nothing asks by itself yet.
        orders = orders.with_user(seller)
        orders._filtered_credit_passed().action_confirm()

    def _create_product(self):
        products = self.env["product.product"]
        return products.search([("name", "=", GOODS)], limit=1) or products.create(
            {"name": GOODS, "list_price": PRICE, "taxes_id": False}
        )

    def _create_order(self, seller, debtor, product, quantity: int):
        line = {
            "product_id": product.id,
            "product_uom_qty": quantity,
            "price_unit": PRICE,
        }
        return self.env["sale.order"].create(
            {
                "partner_id": debtor.partner_id.id,
                "user_id": seller.id,
                "order_line": [Command.create(line)],
            }
        )
