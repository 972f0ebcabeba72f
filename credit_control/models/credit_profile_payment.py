from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount, format_date

from ..rights import check_officer
from .credit_offer import WAIVER

# Where no law is recorded: the order of most.
USUAL_ORDER = "costs_interest_principal"


class CreditProfilePayment(models.Model):
    """Payments that say nothing of what they are for, in the order of the law.

    That is for debtors who owe costs or interest, in companies that post those. What
    somebody matched by hand stays as it is.
    """

    _inherit = "credit.profile"

    def action_allocate(self):
        """Match the unmatched payments of these debtors with what they owe."""
        check_officer(self.env, self.env._("Only credit officers match payments."))
        self.check_access("read")
        paid = [
            profile.sudo()._allocate(profile.company_id._credit_today())
            for profile in self
        ]
        if not any(paid):
            raise UserError(
                self.env._("There is no payment left to match with what is due.")
            )
        return True

    @api.model
    def _allocate_all(self, company, as_of: date) -> None:
        """Every morning, before it is decided who gets a reminder."""
        if company.credit_charge_posting == "claim":
            return
        for profile in self._get_to_allocate(company):
            try:
                with self.env.cr.savepoint():
                    profile._allocate(as_of)
            except UserError as error:
                profile._message_log(
                    body=self.env._("Payments could not be matched: %s", error)
                )

    @api.model
    def _get_to_allocate(self, company):
        """Debtors with a claimed charge and a payment that is matched with nothing."""
        self.env["credit.charge"].flush_model()
        self.env["account.move.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT p.id
                  FROM credit_charge c
                  JOIN credit_profile p ON p.id = c.profile_id
                  JOIN res_partner r ON r.commercial_partner_id = p.partner_id
                  JOIN account_move_line l
                    ON l.partner_id = r.id AND l.company_id = p.company_id
                  JOIN account_journal j ON j.id = l.journal_id
                 WHERE p.company_id = %s
                   AND c.open_amount > 0
                   AND l.currency_id = c.currency_id
                   AND l.account_id = ANY(%s)
                   AND l.parent_state = 'posted'
                   AND l.reconciled IS NOT TRUE
                   AND l.amount_residual < 0
                   AND j.type IN ('bank', 'cash', 'credit')
              ORDER BY p.id
                """,
                company.id,
                self.env["credit.dunning"]._receivable_account_ids(company),
            )
        )
        return self.sudo().browse(id_ for (id_,) in rows)

    # -- match -----------------------------------------------------------------

    def _allocate(self, as_of: date) -> bool:
        """Match what is unmatched of this debtor; whether there was anything."""
        found = False
        for money in self._get_unmatched_money(as_of):
            paid = self._allocate_money(money, as_of)
            found = found or bool(paid)
            if paid:
                self._message_log(body=self._word_allocation(money, paid))
        return found

    def _allocate_money(self, money, as_of: date) -> dict[str, float]:
        """{what is paid: how much of it} with the payment ``money``."""
        paid = defaultdict(float)
        for kind, item in self._get_in_order(money, as_of):
            before = money.amount_residual_currency
            (money + item).reconcile()
            paid[kind] += money.amount_residual_currency - before
            if money.reconciled:
                break
        return paid

    def _get_in_order(self, money, as_of: date) -> Iterator[tuple]:
        """(kind, item) of what ``money`` pays, the first in law first.

        Charges that are not in the ledger yet are posted when their turn comes.
        """
        order = self._get_payment_order(money, as_of)
        for kind in order.split("_"):
            for item in getattr(self, f"_get_due_{kind}")(money, as_of):
                if item.account_id == money.account_id:
                    yield kind, item

    def _get_payment_order(self, money, as_of: date) -> str:
        """That of the law, unless an offer waives what would come first."""
        waived = self.offer_ids.filtered(
            lambda offer: (
                offer.kind == WAIVER
                and offer.state == "open"
                and offer.currency_id == money.currency_id
                and offer.date <= money.date <= offer.until
            )
        )
        if waived:
            return "principal_costs_interest"
        return self._get_regime(as_of).allocation or USUAL_ORDER

    def _get_due_costs(self, money, as_of: date) -> Iterator:
        return self._get_due_charges("costs", money)

    def _get_due_interest(self, money, as_of: date) -> Iterator:
        return self._get_due_charges("interest", money)

    def _get_due_charges(self, kind: str, money) -> Iterator:
        charges = self.env["credit.charge"].search(
            [
                ("profile_id", "=", self.id),
                ("currency_id", "=", money.currency_id.id),
                ("kind", "=", kind),
                ("open_amount", ">", 0),
            ],
            order="date, id",
        )
        for charge in charges:
            if not charge.item_ids and self.company_id.credit_charge_posting != "claim":
                charge._post(money.date)
            yield from charge._get_posted_items().filtered(
                lambda item: not item.reconciled
            )

    def _get_due_principal(self, money, as_of: date) -> Iterator:
        due = [
            ("amount_residual_currency", ">", 0),
            ("currency_id", "=", money.currency_id.id),
            "|",
            ("date_maturity", "<=", as_of),
            ("date_maturity", "=", False),
        ]
        items = self._search_open_items(due)
        yield from (
            items
            - self.env["credit.charge"].search([("item_ids", "in", items.ids)]).item_ids
        )

    def _get_unmatched_money(self, as_of: date):
        """What came in over a bank or in cash and is matched with nothing."""
        return self._search_open_items(
            [
                ("amount_residual_currency", "<", 0),
                ("journal_id.type", "in", ("bank", "cash", "credit")),
                ("date", "<=", as_of),
            ]
        )

    def _search_open_items(self, domain: list):
        accounts = self.env["credit.dunning"]._receivable_account_ids(self.company_id)
        return (
            self.env["account.move.line"]
            .sudo()
            .search(
                [
                    ("account_id", "in", accounts),
                    ("company_id", "=", self.company_id.id),
                    ("partner_id.commercial_partner_id", "=", self.partner_id.id),
                    ("parent_state", "=", "posted"),
                    ("reconciled", "=", False),
                    *domain,
                ],
                order="date_maturity, date, id",
            )
        )

    def _word_allocation(self, money, paid: dict[str, float]) -> str:
        labels = {
            "costs": self.env._("costs"),
            "interest": self.env._("interest"),
            "principal": self.env._("invoices"),
        }
        parts = (
            f"{labels[kind]} {format_amount(self.env, amount, money.currency_id)}"
            for kind, amount in paid.items()
        )
        return self.env._(
            "Payment of %(day)s matched by the order of the law: %(parts)s.",
            day=format_date(self.env, money.date),
            parts=", ".join(parts),
        )
