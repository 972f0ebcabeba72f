from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ..core import indemnity


class CreditClaimShares(models.Model):
    """The insurer's share of recoveries: booked as owed to him, and paid.

    Of what the debtor paid the insurer gets a part, so that the debtor still owes that
    part to us; of the costs of collection the insurer bears a part, so that they cost
    us less.
    """

    _inherit = "credit.claim"

    to_book_amount = fields.Monetary(
        string="Insurer's share to book", compute="_compute_owed"
    )
    owed_amount = fields.Monetary(
        string="Owed to the insurer",
        compute="_compute_owed",
        help="His share of what came in: booked, and not paid yet.",
    )
    has_owed = fields.Boolean(compute="_compute_owed")

    @api.depends("recovery_ids.settlement", "recovery_ids.insurer_share", "state")
    def _compute_owed(self):
        for claim in self:
            recoveries = claim.recovery_ids
            claim.to_book_amount = sum(
                recoveries.filtered(lambda one: one.settlement == "to_book").mapped(
                    "insurer_share"
                )
            )
            owed = claim.sudo()._get_owed_items()
            claim.owed_amount = -sum(owed.mapped("amount_residual_currency"))
            claim.has_owed = bool(owed)

    def _get_owed_items(self):
        """What is booked as owed to the insurer, and not paid."""
        return self.recovery_ids.owed_item_id.filtered(
            lambda item: item.parent_state == "posted" and not item.reconciled
        )

    def _get_owed_account(self):
        insurer = self.policy_id.insurer_id.with_company(self.company_id)
        return insurer.property_account_payable_id

    def _get_to_book(self):
        return self.recovery_ids.filtered(lambda one: one.settlement == "to_book")

    # -- book ------------------------------------------------------------------

    def action_book_shares(self):
        """Ask where the insurer's share is booked."""
        self._as_manager("accepted", "paid")
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Insurer's share"),
            "res_model": "credit.claim.book",
            "view_mode": "form",
            "target": "new",
            "context": {"default_claim_id": self.id},
        }

    def _book_shares(self, journal, day: date, costs_account=None):
        """Book the insurer's share of all recoveries that are counted: one entry."""
        claim = self._as_manager("accepted", "paid")
        claim.ensure_one()
        recoveries = claim._get_to_book()
        if not recoveries:
            raise UserError(self.env._("No share of the insurer is to be booked."))
        if not costs_account and any(recoveries.mapped("costs")):
            raise UserError(self.env._("Choose the account of the costs."))
        found = [claim._prepare_shares(one, costs_account) for one in recoveries]
        move = claim._make_entry(
            journal, day, [vals for lines in found for vals in lines]
        )
        move._post(soft=False)
        items = move.line_ids.sorted("id")
        for recovery, lines in zip(recoveries, found, strict=True):
            claim._match_share(recovery, items[: len(lines)])
            items = items[len(lines) :]
        claim.move_ids |= move
        return move.sudo(self.env.su)

    def _prepare_shares(self, recovery, costs_account) -> list[dict]:
        """The debtor owes what the insurer gets; what the insurer gets; his costs."""
        booked = indemnity.book(**recovery._get_shared())
        money, costs = float(booked.money), float(booked.costs)
        day, item = recovery.date, recovery.item_id
        name = f"{self.name} {recovery.name}"
        in_company = self._to_company(money, day)
        lines = [self._prepare_debt(name, item, in_company)]
        insurer, bearing = self.policy_id.insurer_id, 0.0
        if costs:
            bearing = self._to_company(costs, day)
            lines.append(
                self._prepare_share(name, costs_account, insurer, -costs, -bearing)
            )
        owed = self._get_owed_account()
        lines.append(
            self._prepare_share(
                name, owed, insurer, costs - money, bearing - in_company
            )
        )
        return [vals for vals in lines if vals["balance"] or vals["amount_currency"]]

    def _prepare_debt(self, name: str, item, in_company: float) -> dict:
        """What the debtor owes again, in the currency of his money."""
        partner = self.partner_id.with_company(self.company_id)
        account = item.account_id or partner.property_account_receivable_id
        currency = item.currency_id or self.company_currency_id
        rate = item.amount_currency / item.balance if item.balance else 1.0
        return {
            "name": name,
            "account_id": account.id,
            "partner_id": (item.partner_id or partner).id,
            "currency_id": currency.id,
            "amount_currency": currency.round(in_company * rate),
            "balance": self.company_currency_id.round(in_company),
        }

    def _prepare_share(self, name, account, partner, amount, balance) -> dict:
        return {
            "name": name,
            "account_id": account.id,
            "partner_id": partner.id,
            "currency_id": self.currency_id.id,
            "amount_currency": self.currency_id.round(amount),
            "balance": self.company_currency_id.round(balance),
        }

    def _match_share(self, recovery, items) -> None:
        """Note what is owed for it; his money pays what the debtor owes again, and
        with our share the invoices of the claim.
        """
        owed = items.filtered(lambda one: one.account_type == "liability_payable")
        debt = items.filtered(lambda one: one.account_type == "asset_receivable")
        recovery.write({"entry_id": items.move_id.id, "owed_item_id": owed.id})
        money = recovery.item_id
        if debt and money and not money.reconciled:
            (debt + money).reconcile()
        rest = self._get_rest_items().filtered(
            lambda item: item.account_id == money.account_id
        )
        if rest and money and not money.reconciled:
            (rest + money).reconcile()

    def action_undo_shares(self):
        """Reverse what was booked and not paid: it can be booked anew."""
        claim = self._as_manager("accepted", "paid")
        claim.ensure_one()
        owed = claim._get_owed_items()
        recoveries = claim.recovery_ids.filtered(lambda one: one.owed_item_id in owed)
        for move in recoveries.entry_id:
            booked = claim.recovery_ids.filtered(
                lambda one, move=move: one.entry_id == move
            )
            if any(
                item.matched_debit_ids or item.matched_credit_ids
                for item in booked.owed_item_id
            ):
                raise UserError(
                    self.env._("%s is paid in part: undo the payment first.", move.name)
                )
            move.line_ids.remove_move_reconcile()
            move._reverse_moves(
                [{"date": claim.company_id._credit_today()}], cancel=True
            )
            booked.write({"entry_id": False, "owed_item_id": False})
            claim._message_log(
                body=claim.env._("The insurer's share was undone: %s.", move.name)
            )
        return True

    # -- pay -------------------------------------------------------------------

    def action_pay_insurer(self):
        """Pay what is owed to the insurer, with Odoo's own payment."""
        claim = self._as_manager("accepted", "paid")
        items = claim._get_owed_items()
        if claim.currency_id.compare_amounts(claim.owed_amount, 0) <= 0:
            raise UserError(
                self.env._(
                    "The insurer owes %s: match it with his payment.",
                    format_amount(self.env, -claim.owed_amount, claim.currency_id),
                )
            )
        return items.with_env(self.env).action_register_payment()
