from odoo.tests import tagged

from .common import OrderCommon

FEW, MANY = 1, 20


@tagged("post_install", "-at_install")
class TestQueryCounts(OrderCommon):
    """The check asks the database as often for much as for little."""

    def _count(self, method, *args):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        method(*args)
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def _check(self, orders):
        """What confirming asks first; nothing waits and nothing is noted."""
        self.assertEqual(orders._filtered_credit_passed(), orders)

    def _assert_same(self, act, little, much):
        self._count(act, little)  # fills what is cached for all
        counts = [self._count(act, little), self._count(act, much)]
        self.assertEqual(*counts)
        return counts[0]

    def test_lines(self):
        count = self._assert_same(
            self._check,
            self._create_order(50, lines=1),
            self._create_order(50, lines=50),
        )
        # With all addons installed; fewer without the insurance.
        self.assertLessEqual(count, 17)

    def test_other_orders(self):
        self.profile.limit = 100_000
        order = self._create_order()
        counts = []
        for more in (FEW, MANY):
            for _number in range(more):
                self._create_order(10).action_confirm()
                self._create_overdue_invoice(10, 1)
            self._count(self._check, order)
            counts.append(self._count(self._check, order))
        self.assertEqual(*counts)

    def test_orders_at_once(self):
        def create(count):
            orders = self.env["sale.order"].browse()
            for number in range(count):
                partner = self._create_debtor(f"Debtor {number} of {count}")
                self._profile(partner).sudo().write({"no_limit": False, "limit": 500})
                orders |= self._create_order(10, partner)
            return orders

        self._assert_same(self._check, create(2), create(MANY))

    def test_the_debtors_exposure(self):
        profiles = self.profile
        for number in range(MANY):
            partner = self._create_debtor(f"Debtor {number}")
            self._create_order(10, partner).action_confirm()
            profiles |= self._profile(partner)

        def read(some):
            self.assertEqual(len(some.mapped("exposure")), len(some))

        self._assert_same(read, profiles[:2], profiles)

    def test_the_queue(self):
        view = self.env.ref("credit_control_sale.view_order_hold_list")
        officer = self.env["sale.order"].with_user(self.officer)
        names = officer.get_view(view.id, "list")["models"]["sale.order"]
        orders = self.env["sale.order"].browse()
        for number in range(MANY):
            partner = self._create_debtor(f"Debtor {number}")
            self._profile(partner).sudo().write({"no_limit": False, "limit": 5})
            orders |= self._create_order(10, partner)
        orders.action_confirm()
        self.assertEqual(set(orders.mapped("credit_hold_state")), {"waiting"})

        def read(some):
            some.with_user(self.officer).read(names)

        self._assert_same(read, orders[:2], orders)

    def test_payment_terms(self):
        term = self.env.ref("account.account_payment_term_30days")
        orders = self.env["sale.order"].browse()
        for number in range(MANY):
            partner = self._create_debtor(f"Debtor {number}")
            orders |= self._create_order(10, partner, payment_term_id=term.id)

        def read(some):
            some.mapped("credit_term_warning")

        self._assert_same(read, orders[:2], orders)
