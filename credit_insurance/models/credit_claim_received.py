from datetime import date
from typing import NamedTuple

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount


class Receipt(NamedTuple):
    """An indemnity that came in; amounts in the policy's currency.

    :param amount: what was paid
    :param journal: of the entry
    :param account: where it was paid to; None: what the journal says
    :param partner: who got it, if it wasn't us
    :param kept: what the insurer kept of it, as his share of recoveries
    :param rest_account: of what is more than what is open
    """

    amount: float
    journal: object
    date: date
    account: object = None
    partner: object = None
    kept: float = 0.0
    rest_account: object = None


class CreditClaimReceived(models.Model):
    """The indemnity, booked against the debtor's invoices, and what is left then."""

    _inherit = "credit.claim"

    received_amount = fields.Monetary(string="Received", readonly=True, copy=False)
    missing_amount = fields.Monetary(
        string="Still to come", compute="_compute_missing_amount"
    )
    move_ids = fields.Many2many(
        "account.move", string="Entries", readonly=True, copy=False
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    rest_amount = fields.Monetary(
        string="Nobody pays",
        compute="_compute_rest_amount",
        currency_field="company_currency_id",
        help="What is open of these invoices in the books, with what the insurer got of "
        "recoveries.",
    )

    @api.depends("indemnity_amount", "received_amount")
    def _compute_missing_amount(self):
        for claim in self:
            claim.missing_amount = max(
                claim.indemnity_amount - claim.received_amount, 0.0
            )

    @api.depends(
        "line_ids.item_id.amount_residual",
        "recovery_ids.entry_id.line_ids.amount_residual",
    )
    def _compute_rest_amount(self):
        for claim in self:
            rest = claim.sudo()._get_rest_items()
            claim.rest_amount = sum(rest.mapped("amount_residual"))

    def _get_rest_items(self):
        """What of the debtor is open of this claim, the oldest invoice first."""
        lines = self.line_ids.sorted(lambda line: (line.first_due, line.id))
        items = lines.item_id | self._get_reopened_items()
        return items.filtered(
            lambda item: item.parent_state == "posted" and item.amount_residual > 0
        )

    def _get_reopened_items(self):
        """What the debtor owes again, since the insurer got it."""
        entries = self.recovery_ids.entry_id.sudo()
        return entries.line_ids.filtered(
            lambda item: item.account_type == "asset_receivable"
            and item.partner_id.commercial_partner_id == self.partner_id
        )

    # -- receive ---------------------------------------------------------------

    def action_receive(self):
        """Ask how much came in, and where."""
        self._as_manager("accepted", "paid")
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Indemnity received"),
            "res_model": "credit.claim.receive",
            "view_mode": "form",
            "target": "new",
            "context": {"default_claim_id": self.id},
        }

    def _receive(self, receipt: Receipt):
        """Book an indemnity against the debtor's invoices.

        One entry: the bank, the pledgee or what the insurer owes, against the
        receivable of the oldest invoices first, which it is matched with.
        """
        claim = self._as_manager("accepted", "paid")
        claim.ensure_one()
        currency = claim.currency_id
        total = currency.round(receipt.amount + receipt.kept)
        if receipt.kept < 0 or currency.compare_amounts(receipt.amount, 0) <= 0:
            raise UserError(self.env._("Say how much was received."))
        owed = (
            claim._get_owed_items() if receipt.kept else claim.env["account.move.line"]
        )
        claim._check_kept(receipt.kept, owed)
        booked = claim._to_company(total, receipt.date)
        parts, rest = claim._split_over_items(booked, receipt.date)
        if rest and not receipt.rest_account:
            raise UserError(
                self.env._(
                    "%s more was received than is open: choose an account for it.",
                    format_amount(self.env, rest, claim.company_currency_id),
                )
            )
        move = claim._create_entry(receipt, parts, rest)
        move._post(soft=False)
        claim._match_entry(move, parts, owed)
        claim._note_received(move, total)
        return move.sudo(self.env.su)

    def _note_received(self, move, amount: float) -> None:
        """Paid once all is there: an insurer may pay in parts."""
        received = self.received_amount + amount
        is_all = self.currency_id.compare_amounts(received, self.indemnity_amount) >= 0
        self.write(
            {
                "state": "paid" if is_all else self.state,
                "received_amount": received,
                "move_ids": [Command.link(move.id)],
            }
        )

    def _check_kept(self, kept: float, owed) -> None:
        most = -sum(owed.mapped("amount_residual_currency"))
        if self.currency_id.compare_amounts(kept, most) > 0:
            raise UserError(
                self.env._(
                    "The insurer can't keep more than %s, his share of the recoveries "
                    "that is booked and not paid.",
                    format_amount(self.env, most, self.currency_id),
                )
            )

    def _to_company(self, amount: float, day: date) -> float:
        company = self.company_id
        return self.currency_id._convert(amount, company.currency_id, company, day)

    def _get_open_value(self, item, day: date) -> float:
        """What is open of ``item`` in the company's currency. An invoice in the policy's
        currency is paid in it: it is worth what that is worth on ``day``.
        """
        if item.currency_id == self.currency_id:
            return self._to_company(item.amount_residual_currency, day)
        return item.amount_residual

    def _split_over_items(self, booked: float, day: date) -> tuple[list[tuple], float]:
        """([(item, amount)], what is more), in the company's currency, the oldest
        invoice first.
        """
        parts, rest = [], booked
        insured = self.line_ids.filtered("is_counted").item_id
        currency = self.company_id.currency_id
        for item in self._get_rest_items():
            part = min(rest, self._get_open_value(item, day))
            if item not in insured | self._get_reopened_items():
                continue
            if currency.compare_amounts(part, 0) > 0:
                parts.append((item, part))
                rest = currency.round(rest - part)
        return parts, rest

    def _create_entry(self, receipt: Receipt, parts: list[tuple], rest: float):
        lines = self._prepare_received(receipt)
        lines += [self._prepare_paid(item, part, receipt.date) for item, part in parts]
        if rest:
            lines.append(
                {
                    "name": self.env._("More than was open: %s", self.display_name),
                    "account_id": receipt.rest_account.id,
                    "partner_id": self.policy_id.insurer_id.id,
                    "currency_id": self.company_currency_id.id,
                    "amount_currency": -rest,
                    "balance": -rest,
                }
            )
        # To the cent, whatever rounding the rate of exchange leaves.
        off = sum(vals["balance"] for vals in lines)
        lines[0]["balance"] = self.company_currency_id.round(lines[0]["balance"] - off)
        return self._make_entry(receipt.journal, receipt.date, lines)

    def _make_entry(self, journal, day: date, lines: list[dict]):
        return (
            self.env["account.move"]
            .with_company(self.company_id)
            .create(
                {
                    "move_type": "entry",
                    "journal_id": journal.id,
                    "date": day,
                    "ref": f"{self.name} {self.insurer_reference or ''}".strip(),
                    "line_ids": [Command.create(vals) for vals in lines],
                }
            )
        )

    def _prepare_received(self, receipt: Receipt) -> list[dict]:
        """Where the money is, and what the insurer kept of it."""
        account = receipt.account or self._get_received_account(receipt.journal)
        partner = receipt.partner or self.policy_id.insurer_id
        words = self.env._("Indemnity %s", self.display_name)
        lines = [self._prepare_own(words, receipt.amount, account, partner, receipt)]
        if receipt.kept:
            words = self.env._("Recoveries kept by the insurer: %s", self.display_name)
            insurer = self.policy_id.insurer_id
            lines.append(
                self._prepare_own(
                    words, receipt.kept, self._get_owed_account(), insurer, receipt
                )
            )
        return lines

    def _prepare_own(self, words, amount, account, partner, receipt) -> dict:
        """In the policy's currency, but where the account has one of its own."""
        currency = account.currency_id or self.currency_id
        return {
            "name": words,
            "account_id": account.id,
            "partner_id": partner.id,
            "currency_id": currency.id,
            "amount_currency": self.currency_id._convert(
                amount, currency, self.company_id, receipt.date
            ),
            "balance": self._to_company(amount, receipt.date),
        }

    def _prepare_paid(self, item, part: float, day: date) -> dict:
        """What pays ``part``, in the company's currency, of an open item."""
        insurer = self.policy_id.insurer_id
        worth = self._get_open_value(item, day)
        in_currency = item.amount_residual_currency * part / worth
        return {
            "name": self.env._("Indemnity of %s", insurer.display_name),
            "account_id": item.account_id.id,
            "partner_id": item.partner_id.id,
            "currency_id": item.currency_id.id,
            "amount_currency": -item.currency_id.round(in_currency),
            "balance": -part,
        }

    def _get_received_account(self, journal):
        """Money on its way to the bank, or what the insurer owes."""
        if journal.type in ("bank", "cash"):
            methods = journal.inbound_payment_method_line_ids
            return methods.payment_account_id[:1] or journal.default_account_id
        insurer = self.policy_id.insurer_id.with_company(self.company_id)
        return insurer.property_account_receivable_id

    def _match_entry(self, move, parts, owed) -> None:
        credits = move.line_ids.filtered(
            lambda line: line.balance < 0
            and line.account_id.account_type == "asset_receivable"
        ).sorted("id")
        for (item, _part), credit in zip(parts, credits, strict=False):
            (item + credit).reconcile()
        if owed:
            kept = move.line_ids.filtered(
                lambda line: line.balance > 0
                and line.account_id == self._get_owed_account()
            )
            (kept + owed).reconcile()
