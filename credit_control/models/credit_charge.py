from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount

from ..core.charges import NOTHING_CHARGED, Charged, next_interest
from ..core.costs import LEGAL_MAXIMUM, Claim
from ..core.disputes import claimable
from ..core.interest import ONE_DAY, BalanceStep, balance_after
from ..core.money import ZERO, to_decimal
from ..rights import check_officer
from .credit_dispute import PAUSING
from .credit_regime import FREE_REMINDER

COSTS, INTEREST = "costs", "interest"


class Book(NamedTuple):
    """What the charges of some notices hang on, read at once.

    ``lines`` are the overdue items by notice, ``costs_from`` the first day on which
    the law lets costs be claimed by item id.
    """

    lines: dict
    regimes: dict
    balances: dict
    charged: dict
    costs_from: dict

    def get_lines(self, notice):
        return self.lines.get(notice, notice.line_ids.browse())

    def get_charged(self, line, kind: str) -> Charged:
        return self.charged.get((line.item_id.id, kind), NOTHING_CHARGED)

    def get_ripe_lines(self, notice):
        """Those for which the law lets costs be claimed."""
        lines = self.get_lines(notice)
        if not self.regimes[notice]._asks_first_notice():
            return lines
        return lines.filtered(
            lambda line: self.costs_from.get(line.item_id.id, date.max) <= notice.date
        )

    def get_interest_start(self, line) -> date | None:
        """First day of interest; where the first reminder has to be free of all
        charges, that from which they may be claimed.
        """
        start = line.due_date + ONE_DAY
        if self.regimes[line.notice_id].first_notice != FREE_REMINDER:
            return start
        allowed = self.costs_from.get(line.item_id.id)
        return allowed and max(start, allowed)


class CreditCharge(models.Model):
    """Costs or interest that a notice claimed beside the principal.

    Made when the notice is sent, never changed but by waiving.
    """

    _name = "credit.charge"
    _description = "Costs and Interest"
    _inherit = ["credit.about.debtor"]
    _order = "date desc, id desc"

    notice_id = fields.Many2one(
        "credit.notice", required=True, index=True, ondelete="restrict"
    )
    currency_id = fields.Many2one("res.currency", required=True)
    level_id = fields.Many2one(related="notice_id.level_id")
    kind = fields.Selection([(COSTS, "Costs"), (INTEREST, "Interest")], required=True)
    line_id = fields.Many2one(
        "credit.notice.line",
        string="Item",
        index="btree_not_null",
        ondelete="restrict",
        help="The item of the notice that bears the interest.",
    )
    move_id = fields.Many2one(related="line_id.move_id", string="Invoice")
    date = fields.Date(string="Claimed on", required=True)
    first_day = fields.Date(string="From")
    last_day = fields.Date(string="Until")
    rate = fields.Float(string="Rate a year", digits=(5, 2))
    carried_from = fields.Date(
        string="Rate carried on from",
        help="No newer rate was recorded: from this day on the last known one counts.",
    )
    amount = fields.Monetary(string="Claimed")
    vat_amount = fields.Monetary(
        string="Of which VAT", help="VAT on costs that the creditor can't deduct."
    )
    waived_amount = fields.Monetary(string="Waived", readonly=True)
    waive_reason = fields.Char(string="Why waived", readonly=True)
    net_amount = fields.Monetary(
        string="Claimed after waivers", compute="_compute_net_amount"
    )
    open_amount = fields.Monetary(
        string="Still claimed", compute="_compute_open_amount", store=True
    )

    _waived_part = models.Constraint(
        "CHECK (waived_amount BETWEEN 0 AND amount)",
        "No more can be waived than was claimed.",
    )

    @api.depends("amount", "waived_amount")
    def _compute_net_amount(self):
        for charge in self:
            charge.net_amount = charge.amount - charge.waived_amount

    @api.depends("net_amount")
    def _compute_open_amount(self):
        for charge in self:
            charge.open_amount = charge.net_amount

    @api.depends("kind", "line_id", "level_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for charge in self:
            subject = charge.line_id.name or charge.level_id.name
            charge.display_name = f"{kinds.get(charge.kind)} – {subject}"

    # -- waive -----------------------------------------------------------------

    def action_waive(self):
        """Ask how much is waived, and why."""
        return self._ask_to_waive(self.env._("Waive costs and interest"), again=False)

    def action_reinstate(self):
        """Ask how much of what was waived is claimed again, and why."""
        charges = self._as_officer(self.env._("Only credit officers waive charges."))
        charges = charges.filtered("waived_amount")
        if not charges:
            raise UserError(self.env._("Nothing of this was waived."))
        return charges._ask_to_waive(
            self.env._("Claim costs and interest again"), again=True
        )

    def _ask_to_waive(self, name: str, again: bool) -> dict:
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "credit.charge.waive",
            "view_mode": "form",
            "target": "new",
            "context": {"default_charge_ids": self.ids, "default_again": again},
        }

    def _reinstate(self, reason: str, amount: float) -> None:
        """Claim ``amount`` of what was waived again, the latest first."""
        parts = {}
        charges = self._as_officer(self.env._("Only credit officers waive charges."))
        for charge in charges.sorted("id", reverse=True):
            parts[charge] = min(charge.waived_amount, amount)
            amount -= parts[charge]
            left = charge.currency_id.round(charge.waived_amount - parts[charge])
            charge.write(
                {
                    "waived_amount": left,
                    "waive_reason": charge.waive_reason if left else False,
                }
            )
        self._log(self.env._("Costs and interest claimed again, %s", reason), parts)

    def _waive(self, reason: str, amount: float) -> None:
        """Waive ``amount`` of these charges, the latest first."""
        parts = {}
        charges = self._as_officer(self.env._("Only credit officers waive charges."))
        for charge in charges.sorted("id", reverse=True):
            parts[charge] = min(charge.open_amount, amount)
            amount -= parts[charge]
            charge.write(
                {
                    "waived_amount": charge.waived_amount + parts[charge],
                    "waive_reason": reason,
                }
            )
        self._log(self.env._("Costs and interest waived, %s", reason), parts)

    def _log(self, words: str, amounts: dict) -> None:
        """Say on each debtor file what happened, and how much it is."""
        by_account = self.grouped(
            lambda charge: (charge.profile_id, charge.currency_id)
        )
        for (profile, currency), charges in by_account.items():
            amount = sum(amounts[charge] for charge in charges)
            profile._message_log(
                body=f"{words}: {format_amount(self.env, amount, currency)}"
            )

    def _as_officer(self, refusal: str):
        """These charges for an action that only officers take.

        Nobody may write on charges but through the actions.
        """
        check_officer(self.env, refusal)
        self.check_access("read")
        return self.sudo()

    # -- claim -----------------------------------------------------------------

    @api.model
    def _prepare(self, notices) -> dict:
        """{notice: values of what it claims beside the principal on its day}.

        Costs first, then the interest of each item. A constant number of queries,
        whatever the number of notices, but for one a legal regime.
        """
        claiming = notices.filtered(
            lambda n: n.level_id._has_costs() or n.level_id._has_interest()
        )
        found = {notice: [] for notice in notices}
        if not claiming:
            return found
        book = self._read_book(claiming)
        for notice in claiming:
            costs = self._prepare_costs(notice, book)
            interest = self._prepare_interest(notice, book)
            found[notice] = [
                self._prepare_vals(notice, **vals) for vals in (*costs, *interest)
            ]
        return found

    @api.model
    def _read_book(self, notices) -> Book:
        """All that the charges of ``notices`` hang on."""
        lines = notices._get_claims().filtered(
            lambda line: line.item_id and line.due_date < line.notice_id.date
        )
        return Book(
            lines.grouped("notice_id"),
            notices._get_regimes(),
            self._fetch_balances(lines),
            self._fetch_charged(lines),
            self._fetch_costs_from(lines),
        )

    def _prepare_vals(self, notice, amount: Decimal, **vals) -> dict:
        return {
            "notice_id": notice.id,
            "profile_id": notice.profile_id.id,
            "currency_id": notice.currency_id.id,
            "date": notice.date,
            "amount": float(amount),
            "waived_amount": float(amount) if notice.charge_waiver else 0,
            "waive_reason": notice.charge_waiver,
            **vals,
        }

    # -- costs -----------------------------------------------------------------

    def _prepare_costs(self, notice, book: Book) -> list[dict]:
        """Costs as agreed in one sum; what the law limits, for each item."""
        regime, lines = book.regimes[notice], book.get_lines(notice)
        agreed = notice.level_id._get_agreed_costs(
            notice.currency_id, notice.company_id, notice.date
        )
        if not agreed or not lines:
            return []
        if agreed != LEGAL_MAXIMUM and not regime._limits_costs():
            return [{"kind": COSTS, "amount": agreed}]
        lines = book.get_ripe_lines(notice)
        return [
            {
                "kind": COSTS,
                "line_id": line.id,
                "amount": amount,
                "vat_amount": float(
                    regime._get_vat_part(
                        amount, agreed, notice.company_id, notice.currency_id
                    )
                ),
            }
            for line, amount in zip(
                lines, self._get_costs(notice, lines, book, agreed), strict=True
            )
            if amount
        ]

    @api.model
    def _get_costs(self, notice, lines, book: Book, agreed: Decimal) -> list[Decimal]:
        """Costs to claim for each of ``lines``."""
        regime = book.regimes[notice]
        claims = [
            Claim(to_decimal(line.amount), book.get_charged(line, COSTS).amount)
            for line in lines
        ]
        if not regime:
            return [ZERO] * len(claims)
        return regime._next_costs(
            claims, notice.company_id, notice.currency_id, notice.date, agreed
        )

    # -- interest --------------------------------------------------------------

    def _prepare_interest(self, notice, book: Book) -> list[dict]:
        if not notice.level_id._has_interest():
            return []
        found = []
        for line in book.get_lines(notice):
            start = book.get_interest_start(line)
            interest, rate = self._get_interest(line, start, book) if start else (0, 0)
            if interest:
                found.append(
                    {
                        "kind": INTEREST,
                        "line_id": line.id,
                        "first_day": interest.first,
                        "last_day": interest.last,
                        "rate": rate,
                        "carried_from": interest.carried_from,
                        "amount": interest.amount,
                    }
                )
        return found

    def _get_interest(self, line, start: date, book: Book):
        """Interest to claim for ``line``, and its rate if it is one."""
        notice = line.notice_id
        level, regime = notice.level_id, book.regimes[notice]
        agreed = level._get_agreed_rate()
        rates = regime._get_charged_rates(start, notice.date, agreed)
        interest = next_interest(
            book.balances[line],
            start,
            notice.date,
            rates,
            book.get_charged(line, INTEREST),
            compounding=level.interest_basis == "law" and regime.compounding,
            known_until=regime._get_known_until(agreed),
            quantum=to_decimal(notice.currency_id.rounding),
        )
        return interest, float(rates[0].rate) if len(rates) == 1 else 0.0

    # -- ledger ----------------------------------------------------------------

    @api.model
    def _fetch_charged(self, lines) -> dict[tuple[int, str], Charged]:
        """{(item id, kind): what was claimed for it so far, waived or not}."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT l.item_id, c.kind, SUM(c.amount)::text, MAX(c.last_day)
                     FROM credit_charge c
                     JOIN credit_notice_line l ON l.id = c.line_id
                    WHERE l.item_id = ANY(%s)
                 GROUP BY l.item_id, c.kind""",
                lines.item_id.ids,
            )
        )
        return {
            (item, kind): Charged(Decimal(sum_), day) for item, kind, sum_, day in rows
        }

    @api.model
    def _fetch_costs_from(self, lines) -> dict[int, date]:
        """{item id: first day on which the law lets costs be claimed}, if announced."""
        self.env["credit.notice.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT l.item_id, MIN(%s)
                     FROM credit_notice_line l
                    WHERE l.item_id = ANY(%s) AND l.state = 'sent'
                 GROUP BY l.item_id""",
                self.env["credit.notice.line"]._costs_from_sql(),
                lines.item_id.ids,
            )
        )
        return {item: day for item, day in rows if day}

    @api.model
    def _fetch_balances(self, lines) -> dict:
        """{line: what was open of its item, from the first day of default on}."""
        payments = defaultdict(list)
        self.env["account.partial.reconcile"].flush_model()
        for item_id, day, amount in self.env.execute_query(
            SQL(
                """SELECT debit_move_id, max_date, debit_amount_currency::text
                     FROM account_partial_reconcile WHERE debit_move_id = ANY(%s)""",
                lines.item_id.ids,
            )
        ):
            payments[item_id].append((day, Decimal(amount)))
        disputed = self._fetch_disputed(lines.item_id)
        return {
            line: self._get_balance(
                line, payments[line.item_id.id], disputed.get(line.item_id.id, ZERO)
            )
            for line in lines
        }

    @api.model
    def _fetch_disputed(self, items) -> dict[int, Decimal]:
        """{item id: what is disputed of it}: no interest is claimed on that yet."""
        lines = self.env["credit.dispute.line"].search(
            [("item_id", "in", items.ids), ("state", "in", PAUSING)]
        )
        return {line.item_id.id: to_decimal(line.amount) for line in lines}

    def _get_balance(self, line, paid, disputed: Decimal) -> tuple[BalanceStep, ...]:
        residual = to_decimal(line.item_id.amount_residual_currency)
        principal = claimable(residual, disputed)
        principal += sum(amount for _day, amount in paid)
        return balance_after(principal, line.due_date + ONE_DAY, paid)
