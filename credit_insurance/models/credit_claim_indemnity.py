from datetime import date
from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL, format_amount

from odoo.addons.credit_control.core.money import ZERO, to_decimal

from ..core import indemnity
from .credit_claim import DECIDED


class Held(NamedTuple):
    """A limit that was in force; ``percent`` None: what the policy says."""

    amount: float
    percent: float | None
    kind: str
    date_from: date
    date_to: date


class CreditClaimIndemnity(models.Model):
    """What the insurer pays, step by step."""

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
    year_date = fields.Date(
        string="Counts in the policy year of",
        compute="_compute_year_date",
        store=True,
        help="The first delivery of what is claimed, or the day of the loss: as the "
        "policy says.",
    )
    # In which order the claims of a policy were decided.
    decided_rank = fields.Integer(readonly=True, copy=False)

    _amounts_positive = models.Constraint(
        """CHECK (limit_amount >= 0 AND own_loss >= 0 AND indemnity_amount >= 0
                  AND insured_percent >= 0 AND insured_percent <= 100)""",
        "Amounts of a claim can't be negative, nor more than 100 % insured.",
    )

    # -- what is insured -------------------------------------------------------

    @api.depends("policy_id", "profile_id", "line_ids.delivered")
    def _compute_limit(self):
        open_ones = self.filtered(
            lambda one: one.state in (False, "draft", "notified", "waiting")
        )
        periods = open_ones._fetch_periods()
        for claim in open_ones:
            key = claim.profile_id._origin.id, claim.policy_id._origin.id
            claim.limit_amount, claim.insured_percent = claim._find_cover(
                periods.get(key, ())
            )

    def _find_cover(self, periods) -> tuple[float, float]:
        """The highest limit under which anything of this was delivered, and its insured
        percentage: a cut leaves earlier deliveries alone.
        """
        days = [day for day in self.line_ids.mapped("delivered") if day]
        days.append(self.company_id._credit_today() if self.company_id else date.max)
        held = max(
            (
                [one for one in periods if one.date_from <= day <= one.date_to]
                for day in days
            ),
            key=lambda ones: sum(one.amount for one in ones),
        )
        percents = [one.percent or self._get_usual_percent(one.kind) for one in held]
        return (
            sum(one.amount for one in held),
            min(percents) if percents else self._get_usual_percent(),
        )

    def _get_usual_percent(self, kind: str | None = None) -> float:
        """What the policy insures of debtors of this country by that kind of cover."""
        policy = self.policy_id.sudo()
        country = self.partner_id.country_id
        return float(policy._get_terms(country, kind).percent) if policy else 0.0

    def _fetch_periods(self) -> dict:
        """{(debtor id, policy id): limits} of these debtors, in the currency of the
        policy.
        """
        found: dict = {}
        self.env["credit.insurance.limit"].flush_model()
        self.env["credit.insurance.period"].flush_model()
        for profile_id, policy_id, *period in self.env.execute_query(
            SQL(
                """SELECT profile_id, policy_id, amount::float8, percent::float8, kind,
                          date_from, COALESCE(date_to, '9999-12-31')
                     FROM (%s) r WHERE profile_id = ANY(%s)""",
                self.env["credit.insurance.clock"]._periods_sql(),
                self.profile_id._origin.ids,
            )
        ):
            found.setdefault((profile_id, policy_id), []).append(Held(*period))
        return found

    @api.depends(
        "line_ids.gross",
        "line_ids.net",
        "line_ids.is_counted",
        "recovery_ids.amount",
        "recovery_ids.state",
        "recovery_ids.is_before",
    )
    def _compute_amounts(self):
        for claim in self:
            counted = claim.line_ids.filtered("is_counted").sorted("first_due")
            left = claim._get_left(counted)
            claim.gross_amount = float(sum(left))
            claim.net_amount = claim.currency_id.round(
                sum(
                    line.net * float(rest) / line.gross
                    for line, rest in zip(counted, left, strict=True)
                    if line.gross
                )
            )
            claim.suspended_amount = sum((claim.line_ids - counted).mapped("gross"))

    def _get_left(self, lines) -> list[Decimal]:
        """What is left of ``lines`` after money of before the loss that they don't
        show: it was entered later, or by hand.
        """
        before = self.recovery_ids.filtered(
            lambda one: one.state == "accepted" and one.is_before
        )
        received = sum(map(to_decimal, before.mapped("amount")), ZERO)
        items = [(line.first_due or date.max, to_decimal(line.gross)) for line in lines]
        return indemnity.settle_oldest_first(items, received)

    # -- the year --------------------------------------------------------------

    @api.depends(
        "policy_id.basis", "loss_date", "line_ids.delivered", "line_ids.is_counted"
    )
    def _compute_year_date(self):
        for claim in self:
            counted = claim.line_ids.filtered("is_counted") or claim.line_ids
            delivered = list(filter(None, counted.mapped("delivered")))
            by_delivery = claim.policy_id.sudo().basis == "risk" and delivered
            claim.year_date = min(delivered) if by_delivery else claim.loss_date

    @api.depends("policy_id", "year_date", "state")
    def _compute_left(self):
        for claim in self:
            policy = claim.policy_id.sudo()
            used, paid = claim._get_used_before()
            claim.aggregate_left = max(policy.aggregate_first_loss - used, 0)
            liability = policy._get_liability(claim._get_year_day())
            claim.has_liability = liability is not None
            claim.liability_left = max((liability or 0) - paid, 0)

    def _get_year_day(self) -> date:
        return self.year_date or self.loss_date or fields.Date.context_today(self)

    def _get_used_before(self) -> tuple[float, float]:
        """What other claims of the policy year used up of first loss and liability,
        before this one was decided.
        """
        start, end = self.policy_id.sudo()._get_year(self._get_year_day())
        domain = [
            ("policy_id", "=", self.policy_id.id),
            ("id", "!=", self._origin.id),
            ("state", "in", DECIDED),
            ("decided_date", "!=", False),
            ("year_date", ">=", start),
            ("year_date", "<=", end),
        ]
        if self.decided_rank:
            # What was decided before ranks were kept has none.
            domain += [
                "|",
                ("decided_rank", "=", False),
                ("decided_rank", "<", self.decided_rank),
            ]
        others = self.sudo().search(domain)
        return (
            sum(others.mapped("aggregate_used")),
            sum(others.mapped("indemnity_amount")),
        )

    def _get_next_rank(self) -> int:
        last = self.sudo().search(
            [("policy_id", "=", self.policy_id.id), ("decided_rank", ">", 0)],
            order="decided_rank desc",
            limit=1,
        )
        return last.decided_rank + 1

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
        "recovery_ids.amount",
        "recovery_ids.state",
        "recovery_ids.is_before",
        "policy_id",
        "year_date",
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
