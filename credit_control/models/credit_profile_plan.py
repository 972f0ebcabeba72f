from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from odoo import Command, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount, format_date

from ..core import plans
from ..core.money import to_decimal
from ..core.plans import Term
from ..rights import check_officer
from .credit_plan import ANNUITY, DEFERRED, EQUAL, FREE, HOLDING, INCLUDED

# More than anybody would sign.
MOST_TERMS = 120


class CreditProfilePlan(models.Model):
    """Instalment plans that are made for a debtor, or that he asks for."""

    _inherit = "credit.profile"

    plan_ids = fields.One2many("credit.plan", "profile_id", readonly=True)
    plan_count = fields.Integer(string="Instalment plans", compute="_compute_plans")
    active_plan_id = fields.Many2one("credit.plan", compute="_compute_plans")

    def _compute_plans(self):
        counts = self._count("credit.plan")
        active = self.env["credit.plan"].search(
            [("profile_id", "in", self.ids), ("state", "in", ("proposed", "active"))],
            order="state, date",
        )
        first = {plan.profile_id: plan for plan in reversed(active)}
        for profile in self:
            profile.plan_count = counts.get(profile, 0)
            profile.active_plan_id = first.get(profile, False)

    def _propose_plan(
        self,
        items,
        kind: str,
        count: int,
        period: str,
        first_date: date,
        as_of: date,
        rate: float = 0.0,
        by_debtor: bool = False,
        charges: str = DEFERRED,
        lines: Sequence[tuple[date, float]] = (),
        offered: bool = True,
    ):
        """A plan over ``items``, with all that is to be checked.

        One that an officer makes is offered at once, unless a manager has to approve
        it first: then it is a draft. One that the debtor asks for is offered if it
        lies within the bounds of his policy; else it waits for an officer. An
        offered plan holds its items until its answer-by date; it is not mailed here.

        :param kind: ``equal``, ``annuity`` or ``free``
        :param rate: per cent a year, of an annuity
        :param by_debtor: called for the debtor, in superuser mode
        :param charges: what happens with costs and interest claimed so far
        :param lines: day and amount of each term of the kind ``free``
        :param offered: False: it is a draft until somebody offers it
        :raises UserError: in the user's words, before anything is written
        """
        self.ensure_one()
        if not by_debtor:
            check_officer(self.env, self.env._("Only credit officers make plans."))
            self.check_access("write")
        self._check_planned_items(items)
        terms = self._get_plan_terms(
            items, kind, count, period, first_date, as_of, rate, charges, lines
        )
        self._check_terms(terms, as_of)
        self._check_interest_can_be_posted(items, terms, charges)
        vals = self._prepare_plan(items, kind, period, terms, as_of, rate, charges)
        plan = self.env["credit.plan"].sudo().create({**vals, "by_debtor": by_debtor})
        plan._start(self.env.user, as_of, offered)
        return plan.sudo(self.env.su)

    # -- terms -----------------------------------------------------------------

    def _get_plan_terms(
        self, items, kind, count, period, first_date, as_of, rate, charges, lines=()
    ) -> list[Term]:
        """The terms of a plan over ``items``, all of one currency."""
        quantum = to_decimal(items.currency_id.rounding)
        principal = to_decimal(sum(items.mapped("amount_residual_currency")))
        principal = principal.quantize(quantum)
        if kind == FREE:
            return plans.free_terms(
                [(day, to_decimal(amount)) for day, amount in lines], principal
            )
        if not 1 <= count <= MOST_TERMS:
            raise UserError(
                self.env._("A plan has 1 to %s terms.", MOST_TERMS),
            )
        days = [plans.term_day(first_date, n, period) for n in range(count)]
        costs = self._get_planned_charges(items, charges).quantize(quantum)
        if kind == ANNUITY:
            share = plans.share_of_period(as_of, first_date, period)
            terms = plans.annuity_terms(
                principal, to_decimal(rate), days, share, period, quantum
            )
            parts = plans.split(costs, count, quantum)
            return [t._replace(costs=c) for t, c in zip(terms, parts, strict=True)]
        return plans.equal_terms(principal, costs, days, quantum)

    def _get_planned_charges(self, items, charges: str) -> Decimal:
        """The costs and interest so far that the terms include."""
        if charges != INCLUDED:
            return Decimal(0)
        claimed = self._get_charges_on(items)
        return to_decimal(sum(claimed.mapped("open_amount")))

    # -- check -----------------------------------------------------------------

    def _get_planned_items(self):
        """What this debtor pays, or is offered to pay, in terms."""
        held = self.env["credit.plan.item"].search(
            [("plan_id.profile_id", "=", self.id), ("state", "in", HOLDING)]
        )
        return held.item_id

    def _check_planned_items(self, items) -> None:
        """Only what this debtor owes, in one currency and no other plan."""
        if not items:
            raise UserError(self.env._("Choose the invoices that the plan is about."))
        if len(items.currency_id) > 1:
            raise UserError(
                self.env._("Make a plan for invoices of one currency at a time.")
            )
        strange = items.filtered(lambda item: not self._is_owed(item))
        if strange:
            raise UserError(
                self.env._(
                    "%(document)s is not open on the account of %(debtor)s.",
                    document=strange[0].move_name or strange[0].display_name,
                    debtor=self.partner_id.display_name,
                )
            )
        held = (
            self.env["credit.plan.item"]
            .sudo()
            .search(
                [
                    ("item_id", "in", items.ids),
                    ("state", "in", ("proposed", "active")),
                ],
                limit=1,
            )
        )
        if held:
            raise UserError(
                self.env._(
                    "%(document)s is paid by the %(plan)s already.",
                    document=held.name,
                    plan=held.plan_id.display_name,
                )
            )

    def _check_terms(self, terms: list[Term], as_of: date) -> None:
        if not terms:
            raise UserError(self.env._("Fill in the terms of the plan."))
        if any(term.amount <= 0 for term in terms):
            raise UserError(
                self.env._("Each term has to be more than nothing: take fewer terms.")
            )
        if terms[0].day < as_of:
            raise UserError(
                self.env._(
                    "%s has gone by: choose a day to come.",
                    format_date(self.env, terms[0].day),
                )
            )
        if len({term.day for term in terms}) < len(terms):
            raise UserError(self.env._("Two terms have the same day."))

    def _check_interest_can_be_posted(self, items, terms, charges) -> None:
        """What is paid with the terms has to add up, and to be in the ledger."""
        total = sum(items.mapped("amount_residual_currency"))
        costs = float(self._get_planned_charges(items, charges))
        planned = float(sum(term.principal + term.costs for term in terms))
        if items.currency_id.compare_amounts(total + costs, planned):
            raise UserError(
                self.env._(
                    "The terms are %(planned)s together, but the plan is about "
                    "%(total)s.",
                    planned=format_amount(self.env, planned, items.currency_id),
                    total=format_amount(self.env, total + costs, items.currency_id),
                )
            )
        if costs or any(term.interest for term in terms):
            self.company_id.sudo()._check_charge_accounts()

    def _accepts_by_itself(self, plan) -> bool:
        """Whether a plan that the debtor asks for needs no officer."""
        company, rules = self.company_id, self._get_agreement_rules()
        smallest = min(plan.term_ids.mapped("amount"))
        return (
            plan.kind == EQUAL
            and plan.term_count <= rules.portal_plan_terms
            and plan.first_date <= plan.date + timedelta(rules.portal_plan_days)
            and plan.currency_id._convert(
                smallest, company.currency_id, company, plan.date
            )
            >= rules.portal_plan_amount
            and not plan._get_plan_warnings()
        )

    # -- make ------------------------------------------------------------------

    def _prepare_plan(
        self, items, kind, period, terms: list[Term], as_of, rate, charges
    ) -> dict:
        claimed = self._get_charges_on(items)
        return {
            "profile_id": self.id,
            "currency_id": items.currency_id.id,
            "date": as_of,
            "kind": kind,
            "period": period,
            "rate": rate if kind == ANNUITY else 0,
            "charges": charges,
            "charge_ids": claimed.ids,
            "term_count": len(terms),
            "amount_total": float(sum(term.amount for term in terms)),
            "first_date": terms[0].day,
            "last_date": terms[-1].day,
            "term_ids": [
                Command.create(self._prepare_plan_term(number, term))
                for number, term in enumerate(terms, 1)
            ],
            "line_ids": self._prepare_planned_items(items),
        }

    def _prepare_plan_term(self, number: int, term: Term) -> dict:
        return {
            "number": number,
            "date": term.day,
            "principal": float(term.principal),
            "interest": float(term.interest),
            "costs": float(term.costs),
            "amount": float(term.amount),
        }

    def _prepare_planned_items(self, items) -> list:
        credited = self._fetch_credited(items)
        return [
            Command.create(self._prepare_planned_item(item, credited.get(item.id, 0.0)))
            for item in items
        ]

    def _prepare_planned_item(self, item, credited_before=0.0) -> dict:
        prepared = self.env["credit.plan.item"]._prepare_item(item)
        return {**prepared, "credited_before": credited_before}

    def _fetch_credited(self, items) -> dict[int, float]:
        """{item id: what is matched with credit notes already}."""
        self.env["account.partial.reconcile"].flush_model()
        return dict(
            self.env.execute_query(
                SQL(
                    """SELECT l.id, n.amount::float8
                         FROM account_move_line l
                        CROSS JOIN LATERAL (%s) n
                        WHERE l.id = ANY(%s) AND n.amount IS NOT NULL""",
                    self.env["credit.plan"]._credit_notes_sql(),
                    items.ids,
                )
            )
        )

    # -- actions ---------------------------------------------------------------

    def action_make_plan(self):
        """Ask what is paid in which terms."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Make an instalment plan"),
            "res_model": "credit.plan.make",
            "view_mode": "form",
            "target": "new",
            "context": {"default_profile_id": self.id},
        }

    def action_view_plans(self):
        name = self.env._("Instalment plans of %s", self.partner_id.display_name)
        return self._get_records_action("credit.plan", name)
