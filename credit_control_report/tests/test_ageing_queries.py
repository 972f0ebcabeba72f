from io import BytesIO

from odoo.tests import tagged, warmup

from .common import AS_OF, SCHEME, AgeingCommon


@tagged("post_install", "-at_install")
class TestAgeingQueries(AgeingCommon):
    """The number of queries does not follow the number of debtors or items."""

    def _post_debtors(self, count):
        for number in range(count):
            partner = self.env["res.partner"].create({"name": f"Debtor {number}"})
            self._post_entry(10, "2024-05-01", partner=partner)
            self._post_entry(-3, "2024-06-01", partner=partner)
        self.env.flush_all()
        self.env.invalidate_all()

    def _count(self, work):
        work()  # what is cached once and for all
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        work()
        return self.cr.sql_log_count - before

    @warmup
    def test_aged_debtors_is_one_query(self):
        def work():
            return self.ageing._aged_debtors(self.company, AS_OF, SCHEME)

        self._post_debtors(2)
        self.assertEqual(self._count(work), 1)
        self._post_debtors(30)
        self.assertEqual(self._count(work), 1)

    @warmup
    def test_workbook_is_constant(self):
        def work():
            self.ageing._workbook(BytesIO(), self.company, AS_OF, SCHEME)

        self._post_debtors(2)
        few = self._count(work)
        self._post_debtors(30)
        self.assertEqual(self._count(work), few)
        self.assertLessEqual(few, 34)
