from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_amount

from ..core.charges import NOTHING_CHARGED, Charged, next_interest
from ..core.interest import ONE_DAY, BalanceStep, RatePeriod, balance_after
from ..core.money import to_decimal

COSTS, INTEREST = "costs", "interest"


class CreditCharge(models.Model):
    """Costs or interest that a notice claimed beside the principal.

    Made when the notice is sent, never changed but by waiving.
    """

    _name = "credit.charge"
    _description = "Costs and Interest"
    _order = "date desc, id desc"

    notice_id = fields.Many2one(
        "credit.notice", required=True, index=True, ondelete="restrict"
    )
    profile_id = fields.Many2one(
        "credit.profile",
        string="Debtor",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="profile_id.company_id", store=True)
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
    amount = fields.Monetary(string="Claimed")
    waived_amount = fields.Monetary(string="Waived", readonly=True)
    waive_reason = fields.Char(string="Why waived", readonly=True)
    open_amount = fields.Monetary(
        string="Still claimed", compute="_compute_open_amount", store=True
    )

    _waived_part = models.Constraint(
        "CHECK (waived_amount BETWEEN 0 AND amount)",
        "No more can be waived than was claimed.",
    )

    @api.depends("amount", "waived_amount")
    def _compute_open_amount(self):
        for charge in self:
            charge.open_amount = charge.amount - charge.waived_amount

    @api.depends("kind", "line_id", "level_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for charge in self:
            subject = charge.line_id.name or charge.level_id.name
            charge.display_name = f"{kinds.get(charge.kind)} – {subject}"

    # -- waive -----------------------------------------------------------------

    def action_waive(self):
        """Ask how much is waived, and why."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Waive costs and interest"),
            "res_model": "credit.charge.waive",
            "view_mode": "form",
            "target": "new",
            "context": {"default_charge_ids": self.ids},
        }

    def action_reinstate(self):
        """Claim again what was waived."""
        charges = self._as_officer().filtered("waived_amount")
        if not charges:
            raise UserError(self.env._("Nothing of this was waived."))
        charges._log(
            self.env._("Costs and interest claimed again"),
            {charge: charge.waived_amount for charge in charges},
        )
        charges.write({"waived_amount": 0, "waive_reason": False})
        return True

    def _waive(self, reason: str, amount: float) -> None:
        """Waive ``amount`` of these charges, the latest first."""
        parts = {}
        for charge in self._as_officer().sorted("id", reverse=True):
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

    def _as_officer(self):
        """These charges for an action that only officers take.

        Nobody may write on charges but through the actions.
        """
        if not self.env.su and not self.env.user.has_group(
            "credit_control.group_officer"
        ):
            raise AccessError(self.env._("Only credit officers waive charges."))
        self.check_access("read")
        return self.sudo()

    # -- claim -----------------------------------------------------------------

    @api.model
    def _prepare(self, notices) -> dict:
        """{notice: values of what it claims beside the principal on its day}.

        Costs first, then the interest of each item. A constant number of queries,
        whatever the number of notices.
        """
        interest = self._prepare_interest(notices.filtered("level_id.rate"))
        return {
            notice: [
                self._prepare_vals(notice, **vals)
                for vals in (*self._prepare_costs(notice), *interest[notice])
            ]
            for notice in notices
        }

    def _prepare_vals(self, notice, amount: float, **vals) -> dict:
        return {
            "notice_id": notice.id,
            "profile_id": notice.profile_id.id,
            "currency_id": notice.currency_id.id,
            "date": notice.date,
            "amount": amount,
            "waived_amount": amount if notice.charge_waiver else 0,
            "waive_reason": notice.charge_waiver,
            **vals,
        }

    def _prepare_costs(self, notice) -> list[dict]:
        fee = notice.company_currency_id._convert(
            notice.level_id.fee, notice.currency_id, notice.company_id, notice.date
        )
        if notice.currency_id.is_zero(fee):
            return []
        return [{"kind": COSTS, "amount": fee}]

    def _prepare_interest(self, notices) -> dict:
        """{notice: values of the interest of each of its items}."""
        lines = notices._get_claims().filtered("item_id")
        balances, charged = self._fetch_balances(lines), self._fetch_charged(lines)
        found = defaultdict(list)
        for line in lines:
            notice = line.notice_id
            interest = next_interest(
                balances[line],
                line.due_date,
                notice.date,
                (RatePeriod(line.due_date, to_decimal(notice.level_id.rate)),),
                charged.get(line.item_id.id, NOTHING_CHARGED),
                quantum=to_decimal(notice.currency_id.rounding),
            )
            if interest:
                found[notice].append(
                    {
                        "kind": INTEREST,
                        "line_id": line.id,
                        "first_day": interest.first,
                        "last_day": interest.last,
                        "rate": notice.level_id.rate,
                        "amount": float(interest.amount),
                    }
                )
        return found

    @api.model
    def _fetch_charged(self, lines) -> dict[int, Charged]:
        """{item id: interest that was claimed for it so far, waived or not}."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT l.item_id, SUM(c.amount)::text, MAX(c.last_day)
                     FROM credit_charge c
                     JOIN credit_notice_line l ON l.id = c.line_id
                    WHERE l.item_id = ANY(%s)
                 GROUP BY l.item_id""",
                lines.item_id.ids,
            )
        )
        return {item_id: Charged(Decimal(sum_), day) for item_id, sum_, day in rows}

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
        return {
            line: self._get_balance(line, payments[line.item_id.id]) for line in lines
        }

    def _get_balance(self, line, paid) -> tuple[BalanceStep, ...]:
        principal = to_decimal(line.item_id.amount_residual_currency)
        principal += sum(amount for _day, amount in paid)
        return balance_after(principal, line.due_date + ONE_DAY, paid)
