from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..core import plans
from ..models.credit_plan import CHARGES, DEFERRED, EQUAL, FREE, KINDS, PERIODS

DAYS_TO_FIRST = 7


class CreditPlanMake(models.TransientModel):
    """Which invoices are paid in which terms; the terms are shown as they change."""

    _name = "credit.plan.make"
    _description = "Make an Instalment Plan"
    _inherit = ["credit.items.make"]

    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    kind = fields.Selection(KINDS, string="Terms", required=True, default=EQUAL)
    count = fields.Integer(string="Number of terms", required=True, default=3)
    period = fields.Selection(
        PERIODS, string="How often", required=True, default=plans.MONTHLY
    )
    first_date = fields.Date(
        string="First term on",
        required=True,
        default=lambda self: fields.Date.add(
            fields.Date.context_today(self), days=DAYS_TO_FIRST
        ),
    )
    rate = fields.Float(string="Interest a year (%)", digits=(5, 2), default=8.0)
    charges = fields.Selection(
        CHARGES,
        string="Costs and interest so far",
        required=True,
        default=DEFERRED,
    )
    charge_amount = fields.Monetary(compute="_compute_charge_amount")
    line_ids = fields.One2many(
        "credit.plan.make.line",
        "make_id",
        string="Terms of the plan",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    planned = fields.Monetary(string="Terms together", compute="_compute_total")
    total = fields.Monetary(string="To be planned", compute="_compute_total")
    difference = fields.Monetary(compute="_compute_total")
    warnings = fields.Text(compute="_compute_warnings")

    def _get_first_items(self):
        """Not what is in a plan already."""
        return super()._get_first_items() - self.profile_id._get_planned_items()

    @api.depends("item_ids")
    def _compute_currency_id(self):
        for make in self:
            make.currency_id = (
                make.item_ids.currency_id[:1] or make.company_id.currency_id
            )

    @api.depends("item_ids")
    def _compute_charge_amount(self):
        for make in self:
            items = make._get_items()
            claimed = items and make.profile_id._get_charges_on(items)
            make.charge_amount = claimed and sum(claimed.mapped("open_amount"))

    def _get_items(self):
        """The items, if they can be in one plan."""
        items = self.item_ids._origin
        return items if len(items.currency_id) == 1 else items.browse()

    @api.depends("item_ids", "kind", "count", "period", "first_date", "rate", "charges")
    def _compute_line_ids(self):
        for make in self:
            if make.kind == FREE and make.line_ids:
                continue
            make.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "date": term.day,
                            "amount": float(term.amount),
                            "interest": float(term.interest),
                            "costs": float(term.costs),
                        }
                    )
                    for term in make._get_terms()
                ),
            ]

    def _get_terms(self) -> list:
        """The terms that follow from what is chosen; none while that is no plan."""
        items = self._get_items()
        if not items or not self.first_date:
            return []
        kind = EQUAL if self.kind == FREE else self.kind
        try:
            return self.profile_id._get_plan_terms(
                items, kind, *self._get_choice(), self.rate, self.charges
            )
        except UserError:
            return []

    def _get_choice(self) -> tuple:
        return self.count, self.period, self.first_date, self._get_today()

    @api.depends("line_ids.amount", "item_ids", "charges")
    def _compute_total(self):
        for make in self:
            items = make._get_items()
            costs = items and make.profile_id._get_planned_charges(items, make.charges)
            interest = sum(make.line_ids.mapped("interest"))
            make.planned = sum(make.line_ids.mapped("amount"))
            make.total = (
                sum(items.mapped("amount_residual_currency"))
                + float(costs or 0)
                + (interest if make.kind != FREE else 0)
            )
            make.difference = make.total - make.planned

    @api.depends("line_ids", "rate", "kind", "profile_id")
    def _compute_warnings(self):
        for make in self:
            make.warnings = "\n".join(make._get_warnings())

    def _get_warnings(self) -> list[str]:
        days = [line.date for line in self.line_ids if line.date]
        if not self.profile_id or not days:
            return []
        plan = self.env["credit.plan"].new(
            {
                "profile_id": self.profile_id._origin.id,
                "currency_id": self.currency_id.id,
                "kind": self.kind,
                "rate": self.rate if self.kind == "annuity" else 0,
                "date": self._get_today(),
                "term_count": len(days),
                "first_date": min(days),
                "last_date": max(days),
                "line_ids": [
                    Command.create({"item_id": item.id}) for item in self._get_items()
                ],
            }
        )
        return plan._get_plan_warnings()

    def action_make(self):
        """Make the plan, offer it and show it."""
        plan = self._make_plan()
        if self.send_email and plan.state == "proposed":
            plan.sudo()._send_agreement()
        return {
            "type": "ir.actions.act_window",
            "res_model": "credit.plan",
            "res_id": plan.id,
            "view_mode": "form",
        }

    def _make_plan(self, offered: bool = True):
        self.ensure_one()
        return self.profile_id._propose_plan(
            self.item_ids,
            self.kind,
            *self._get_choice(),
            rate=self.rate,
            charges=self.charges,
            lines=[(line.date, line.amount) for line in self.line_ids],
            offered=offered,
        )


class CreditPlanMakeLine(models.TransientModel):
    """A term as it will be."""

    _name = "credit.plan.make.line"
    _description = "Term to Agree on"
    _order = "date, id"

    make_id = fields.Many2one("credit.plan.make", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="make_id.currency_id")
    date = fields.Date(string="Pay by", required=True)
    interest = fields.Monetary()
    costs = fields.Monetary(string="Costs so far")
    amount = fields.Monetary(string="To pay", required=True)
