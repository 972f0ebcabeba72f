from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from random import Random

from odoo.tests import tagged

from odoo.addons.credit_control.core.ageing import BucketScheme, age
from odoo.addons.credit_control.core.money import to_decimal

from .common import AS_OF, AgeingCommon

SCHEMES = ("0, 30, 60, 90, 120", "0", "-10, 0, 7, 365")


@tagged("post_install", "-at_install")
class TestAgeingParity(AgeingCommon):
    """The query against the definition, worked out item by item in Python."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.random = Random(20240630)
        for number in range(60):
            cls._post_random(cls.debtor if number % 3 else cls.other_debtor)
        cls._match_random()

    @classmethod
    def _post_random(cls, partner):
        day = AS_OF + timedelta(cls.random.randint(-200, 60))
        due = day + timedelta(cls.random.randint(0, 60))
        amount = cls.random.randint(1, 100_000) / 100 * cls.random.choice((1, 1, -1))
        cls._post_entry(amount, day, partner=partner, due=due)

    @classmethod
    def _match_random(cls):
        lines = cls.env["account.move.line"].search(
            [("account_id", "=", cls.receivable.id)]
        )
        for partner in cls.debtor + cls.other_debtor:
            own = lines.filtered(
                lambda line, partner=partner: line.partner_id == partner
            )
            for debit, credit in zip(
                own.filtered(lambda line: line.balance > 0),
                own.filtered(lambda line: line.balance < 0),
                strict=False,
            ):
                (debit | credit).reconcile()

    def _open_by_definition(self, as_of):
        """Lines dated up to ``as_of`` less what was matched up to it."""
        matched = defaultdict(Decimal)
        for part in self.env["account.partial.reconcile"].search(
            [("max_date", "<=", as_of)]
        ):
            matched[part.debit_move_id] += to_decimal(part.amount)
            matched[part.credit_move_id] -= to_decimal(part.amount)
        lines = self.env["account.move.line"].search(
            [
                ("account_id", "=", self.receivable.id),
                ("parent_state", "=", "posted"),
                ("date", "<=", as_of),
            ]
        )
        for line in lines:
            amount = to_decimal(line.balance) - matched[line]
            if amount:
                key = (line.company_id.id, line.partner_id.commercial_partner_id.id)
                yield key, line.date_maturity or line.date, amount

    def test_same_buckets_to_the_cent(self):
        for bounds in SCHEMES:
            scheme = BucketScheme.parse(bounds)
            for offset in (-150, -60, -1, 0, 1, 30, 90):
                as_of = AS_OF + timedelta(offset)
                expected = age(self._open_by_definition(as_of), scheme, as_of)
                with self.subTest(bounds=bounds, as_of=as_of):
                    self.assertEqual(
                        self.ageing._aged_debtors(self.company, as_of, scheme), expected
                    )

    def test_total_is_the_balance_of_the_accounts(self):
        for offset in (-150, -60, 0, 30, 90):
            as_of = AS_OF + timedelta(offset)
            aged = self.ageing._aged_debtors(self.company, as_of, BucketScheme((0,)))
            total = sum(map(sum, aged.values()))
            balances = self.ageing._ledger_balances(self.company, as_of)
            self.assertEqual(balances, {self.company.id: total}, as_of)
