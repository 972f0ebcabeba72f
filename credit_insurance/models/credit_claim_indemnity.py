from datetime import date
from decimal import Decimal

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from odoo.addons.credit_control.core.money import to_decimal

from ..core import indemnity
from .credit_claim import DECIDED


class CreditClaimIndemnity(models.Model):
    """What the insurer pays, step by step, and what comes in beside it."""

    _inherit = "credit.claim"

    limit_amount = fields.Monetary(
        string="Insured limit",
        compute="_compute_limit",
        store=True,
        readonly=False,
        tracking=True,
    )
    insured_percent = fields.Float(
        string="Insured percentage",
        compute="_compute_limit",
        store=True,
        readonly=False,
        tracking=True,
    )
    gross_amount = fields.Monetary(string="Open", compute="_compute_amounts")
    net_amount = fields.Monetary(string="Without VAT", compute="_compute_amounts")
    suspended_amount = fields.Monetary(
        string="Not counted",
        compute="_compute_amounts",
        help="Disputed, or not insured.",
    )
    own_loss = fields.Monetary(
        string="Approved loss",
        help="If the insurer approves another loss than the one claimed.",
        tracking=True,
    )
    expected_amount = fields.Monetary(
        string="Expected indemnity", compute="_compute_expected"
    )
    expected_steps = fields.Html(
        string="How it is computed", compute="_compute_expected", sanitize=False
    )
    aggregate_used = fields.Monetary(
        string="First loss of the year used",
        readonly=True,
        copy=False,
        help="What this claim took of the aggregate first loss.",
    )
    aggregate_left = fields.Monetary(
        string="First loss of the year left", compute="_compute_left"
    )
    liability_left = fields.Monetary(
        string="Maximum liability left", compute="_compute_left"
    )
    has_liability = fields.Boolean(compute="_compute_left")
    indemnity_amount = fields.Monetary(
        string="Indemnity", copy=False, tracking=True, help="Empty: as expected."
    )
    refusal = fields.Text(string="Why refused", copy=False)
    received_amount = fields.Monetary(string="Received", readonly=True, copy=False)
    move_ids = fields.Many2many(
        "account.move", string="Entries", readonly=True, copy=False
    )

    _amounts_positive = models.Constraint(
        """CHECK (limit_amount >= 0 AND own_loss >= 0 AND indemnity_amount >= 0
                  AND insured_percent >= 0 AND insured_percent <= 100)""",
        "Amounts of a claim can't be negative, nor more than 100 % insured.",
    )

    # -- what is insured -------------------------------------------------------

    @api.depends("policy_id", "profile_id", "line_ids.delivered")
    def _compute_limit(self):
        for claim in self:
            if claim.state not in (False, "draft", "notified", "waiting"):
                continue
            claim.limit_amount = claim._find_limit()
            country = claim.partner_id.country_id
            claim.insured_percent = claim.policy_id and float(
                claim.policy_id.sudo()._get_terms(country).percent
            )

    def _find_limit(self) -> float:
        """The highest limit under which anything of this was delivered: a cut leaves
        earlier deliveries alone.
        """
        days = [day for day in self.line_ids.mapped("delivered") if day]
        days.append(self.company_id._credit_today() if self.company_id else date.max)
        periods = self.env["credit.insurance.clock"]._fetch_periods(
            self.profile_id, self.policy_id
        )
        return max(
            (
                sum(amount for amount, start, end in periods if start <= day <= end)
                for day in days
            ),
            default=0.0,
        )

    @api.depends("line_ids.gross", "line_ids.net", "line_ids.is_counted")
    def _compute_amounts(self):
        for claim in self:
            counted = claim.line_ids.filtered("is_counted")
            claim.gross_amount = sum(counted.mapped("gross"))
            claim.net_amount = sum(counted.mapped("net"))
            claim.suspended_amount = sum((claim.line_ids - counted).mapped("gross"))

    # -- the year --------------------------------------------------------------

    @api.depends("policy_id", "loss_date", "state")
    def _compute_left(self):
        for claim in self:
            policy = claim.policy_id.sudo()
            used, paid = claim._get_used_before()
            claim.aggregate_left = max(policy.aggregate_first_loss - used, 0)
            liability = policy._get_liability(claim._get_loss_day())
            claim.has_liability = liability is not None
            claim.liability_left = max((liability or 0) - paid, 0)

    def _get_loss_day(self) -> date:
        return self.loss_date or fields.Date.context_today(self)

    def _get_used_before(self) -> tuple[float, float]:
        """What other claims of the policy year used up of first loss and liability."""
        start, end = self.policy_id.sudo()._get_year(self._get_loss_day())
        others = self.sudo().search(
            [
                ("policy_id", "=", self.policy_id.id),
                ("id", "!=", self._origin.id),
                ("state", "in", DECIDED),
                ("decided_date", "!=", False),
                ("loss_date", ">=", start),
                ("loss_date", "<=", end),
            ]
        )
        accepted = others.filtered(
            lambda claim: claim.indemnity_amount or claim.aggregate_used
        )
        return (
            sum(accepted.mapped("aggregate_used")),
            sum(accepted.mapped("indemnity_amount")),
        )

    # -- indemnity -------------------------------------------------------------

    def _get_core_cover(self) -> indemnity.Cover:
        policy = self.policy_id.sudo()
        return indemnity.Cover(
            limit=to_decimal(self.limit_amount),
            percent=to_decimal(self.insured_percent),
            threshold=to_decimal(policy.claims_threshold),
            first_loss=to_decimal(policy.first_loss),
            aggregate_left=to_decimal(self.aggregate_left),
            liability_left=to_decimal(self.liability_left)
            if self.has_liability
            else None,
            deducted=policy.deducted,
            vat_covered=policy.vat_covered,
        )

    def _get_loss(self) -> Decimal:
        """The loss that counts: approved, or claimed; with or without VAT."""
        claimed = (
            self.gross_amount if self.policy_id.sudo().vat_covered else self.net_amount
        )
        return to_decimal(self.own_loss or claimed)

    def _get_indemnity(self) -> indemnity.Indemnity:
        loss = self._get_loss()
        gross = loss if self.own_loss else to_decimal(self.gross_amount)
        return indemnity.indemnity(gross, loss, self._get_core_cover())

    @api.depends(
        "limit_amount",
        "insured_percent",
        "own_loss",
        "line_ids.gross",
        "line_ids.net",
        "line_ids.is_counted",
        "policy_id",
        "loss_date",
    )
    def _compute_expected(self):
        for claim in self:
            found = claim._get_indemnity()
            claim.expected_amount = claim.currency_id.round(float(found.amount))
            claim.expected_steps = claim._render_steps(found.steps)

    def _render_steps(self, steps) -> str:
        return self.env["ir.qweb"]._render(
            "credit_insurance.claim_steps",
            {
                "steps": [
                    (self._word_step(step), float(step.change), float(step.rest))
                    for step in steps
                ],
                "currency": self.currency_id,
            },
        )

    def _word_step(self, step: indemnity.Step) -> str:
        amount = format_amount(self.env, float(step.rule), self.currency_id)
        return {
            indemnity.GROSS: self.env._("Open, VAT included"),
            indemnity.VAT: self.env._("VAT is not insured"),
            indemnity.LIMIT: self.env._("Beyond the insured limit of %s", amount),
            indemnity.THRESHOLD: self.env._(
                "Losses up to %s are not indemnified", amount
            ),
            indemnity.PERCENT: self.env._(
                "Your own share: %s %% are insured", f"{step.rule:.2f}"
            ),
            indemnity.FIRST_LOSS: self.env._("First loss of each claim: %s", amount),
            indemnity.AGGREGATE: self.env._(
                "First loss of the year, still %s left", amount
            ),
            indemnity.LIABILITY: self.env._(
                "Maximum liability of the year, still %s left", amount
            ),
            indemnity.RESULT: self.env._("Indemnity"),
        }[step.code]

    # -- received --------------------------------------------------------------

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

    def _receive(self, amount: float, journal, day: date):
        """Book ``amount``, in the policy's currency, against the debtor's invoices.

        One entry: the bank, or what the insurer owes, against the receivable of the
        oldest invoices first, which it is matched with.
        """
        claim = self._as_manager("accepted", "paid")
        currency, company = claim.currency_id, claim.company_id
        if currency.compare_amounts(amount, 0) <= 0:
            raise UserError(self.env._("Say how much was received."))
        booked = currency._convert(amount, company.currency_id, company, day)
        parts = claim._split_over_items(booked)
        move = claim._create_entry(booked, amount, parts, journal, day)
        move._post(soft=False)
        claim._match_entry(move, parts)
        claim.write(
            {
                "state": "paid",
                "received_amount": claim.received_amount + amount,
                "move_ids": [Command.link(move.id)],
            }
        )
        return move.sudo(self.env.su)

    def _split_over_items(self, booked: float) -> list[tuple]:
        """(item, amount in the company's currency), the oldest invoice first."""
        parts, rest = [], booked
        lines = self.line_ids.filtered(
            lambda line: line.is_counted
            and line.item_id.parent_state == "posted"
            and line.item_id.amount_residual > 0
        )
        currency = self.company_id.currency_id
        for line in lines.sorted(lambda line: (line.first_due, line.id)):
            part = min(rest, line.item_id.amount_residual)
            if currency.compare_amounts(part, 0) > 0:
                parts.append((line.item_id, part))
                rest = currency.round(rest - part)
        if currency.compare_amounts(rest, 0) > 0:
            raise UserError(
                self.env._(
                    "%s more was received than is open: share it in the tab Received "
                    "later, or book it by hand.",
                    format_amount(self.env, rest, currency),
                )
            )
        return parts

    def _create_entry(self, booked: float, amount: float, parts, journal, day: date):
        insurer = self.policy_id.insurer_id
        lines = [
            Command.create(
                {
                    "name": self.env._("Indemnity %s", self.display_name),
                    "account_id": self._get_received_account(journal).id,
                    "partner_id": insurer.id,
                    "currency_id": self.currency_id.id,
                    "amount_currency": amount,
                    "balance": booked,
                }
            )
        ]
        for item, part in parts:
            in_currency = item.amount_residual_currency * part / item.amount_residual
            lines.append(
                Command.create(
                    {
                        "name": self.env._("Indemnity of %s", insurer.display_name),
                        "account_id": item.account_id.id,
                        "partner_id": item.partner_id.id,
                        "currency_id": item.currency_id.id,
                        "amount_currency": -item.currency_id.round(in_currency),
                        "balance": -part,
                    }
                )
            )
        return (
            self.env["account.move"]
            .with_company(self.company_id)
            .create(
                {
                    "move_type": "entry",
                    "journal_id": journal.id,
                    "date": day,
                    "ref": f"{self.name} {self.insurer_reference or ''}".strip(),
                    "line_ids": lines,
                }
            )
        )

    def _get_received_account(self, journal):
        """Money on its way to the bank, or what the insurer owes."""
        if journal.type in ("bank", "cash"):
            methods = journal.inbound_payment_method_line_ids
            return methods.payment_account_id[:1] or journal.default_account_id
        insurer = self.policy_id.insurer_id.with_company(self.company_id)
        return insurer.property_account_receivable_id

    def _match_entry(self, move, parts) -> None:
        credits = move.line_ids.filtered(lambda line: line.balance < 0).sorted("id")
        for (item, _part), credit in zip(parts, credits, strict=True):
            (item + credit).reconcile()
