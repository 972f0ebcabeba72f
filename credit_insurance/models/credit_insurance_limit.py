from datetime import date

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_amount, format_date

from ..core import cover
from ..records import plan_together
from .credit_insurance_terms import KINDS

# Cover that the insured gives himself, within what the policy allows.
OWN_KINDS = ("discretionary", "blind")


class CreditInsuranceLimit(models.Model):
    """The cover of one debtor in a policy: its decisions say how much, and when.

    Nothing is ever changed: a new decision replaces the one before from its day on.
    """

    _name = "credit.insurance.limit"
    _description = "Insured Limit"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "profile_id, is_own, id"
    _check_company_auto = True

    policy_id = fields.Many2one(
        "credit.insurance.policy", required=True, index=True, ondelete="restrict"
    )
    profile_id = fields.Many2one(
        "credit.profile",
        string="Debtor",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="profile_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="policy_id.currency_id")
    insurer_id = fields.Many2one(related="policy_id.insurer_id")
    kind = fields.Selection(KINDS, required=True, default="full", tracking=True)
    is_own = fields.Boolean(
        string="Own cover",
        compute="_compute_is_own",
        store=True,
        help="Given by yourself within the policy, not by the insurer.",
    )
    buyer_reference = fields.Char(
        string="Buyer number",
        tracking=True,
        index="btree_not_null",
        help="The number that the insurer knows this debtor by.",
    )
    decision_ids = fields.One2many(
        "credit.insurance.decision", "limit_id", string="Decisions"
    )
    period_ids = fields.One2many(
        "credit.insurance.period", "limit_id", string="Cover over time"
    )
    amount = fields.Monetary(
        string="Limit today",
        compute="_compute_in_force",
        search="_search_amount",
        help="What the insurer covers of new deliveries today.",
    )
    date_to = fields.Date(
        string="Until",
        compute="_compute_in_force",
        help="Last day of the limit of today. Empty: until further notice.",
    )
    state = fields.Selection(
        [
            ("waiting", "Not decided"),
            ("in_force", "In force"),
            ("stopped", "Deliveries stopped"),
            ("ended", "No cover"),
        ],
        compute="_compute_in_force",
    )
    decision_id = fields.Many2one(
        "credit.insurance.decision",
        string="Last decision",
        compute="_compute_decision_id",
    )
    conditions = fields.Text(compute="_compute_decision_id")
    stop_date = fields.Date(
        string="Deliveries stopped from",
        compute="_compute_in_force",
        help="Stop-shipment: what is delivered from this day on is not covered. What "
        "was delivered before stays covered.",
    )

    _policy_profile_uniq = models.UniqueIndex(
        "(policy_id, profile_id, is_own)",
        "This debtor has a limit in this policy already: enter a decision there.",
    )

    # -- computes --------------------------------------------------------------

    @api.depends("kind")
    def _compute_is_own(self):
        for limit in self:
            limit.is_own = limit.kind in OWN_KINDS

    @api.depends("policy_id", "profile_id")
    def _compute_display_name(self):
        for limit in self:
            limit.display_name = (
                f"{limit.policy_id.number} – {limit.profile_id.display_name}"
            )

    @api.depends("decision_ids.corrected_by_ids")
    def _compute_decision_id(self):
        for limit in self:
            limit.decision_id = limit._get_valid_decisions()[:1]
            limit.conditions = limit.decision_id.conditions

    @api.depends(
        "period_ids",
        "policy_id.date_from",
        "policy_id.date_to",
        "policy_id.active",
    )
    def _compute_in_force(self):
        today = fields.Date.context_today(self)
        stops = self._get_stops(today)
        for limit in self:
            period = limit._get_period(today)
            stopped = limit in stops
            limit.stop_date = stops.get(limit, False)
            limit.amount = 0.0 if stopped else period.amount
            limit.date_to = not stopped and period.date_to
            limit.state = limit._get_state(period, stopped)

    def _get_state(self, period, stopped: bool) -> str:
        if stopped and period:
            return "stopped"
        if period:
            return "in_force"
        return "ended" if self.decision_ids else "waiting"

    def _search_amount(self, operator, value):
        """Limits that cover something today (above 0), or nothing (0)."""
        if operator not in (">", "in", "not in"):
            return NotImplemented
        if value if operator == ">" else set(value) - {0}:
            return NotImplemented
        today = fields.Date.context_today(self)
        valid = Domain("period_ids", "any", self._holds_domain(today))
        valid &= Domain("policy_id.active", "=", True)
        return valid if operator in (">", "not in") else ~valid

    @api.model
    def _holds_domain(self, as_of: date) -> Domain:
        """Periods and the like that hold on ``as_of``."""
        return Domain("date_from", "<=", as_of) & (
            Domain("date_to", "=", False) | Domain("date_to", ">=", as_of)
        )

    def _get_period(self, as_of: date):
        """The period of ``as_of``, of a policy in force; empty where nothing is."""
        if not (self.policy_id.active and self.policy_id._is_in_force(as_of)):
            return self.env["credit.insurance.period"]
        return self.period_ids.filtered(
            lambda one: one.date_from <= as_of
            and (not one.date_to or as_of <= one.date_to)
        )[:1]

    # -- constraints and rights ------------------------------------------------

    @api.constrains("policy_id", "profile_id")
    def _check_insured_company(self):
        for limit in self:
            limit.policy_id._check_insures(limit.profile_id)

    @api.model_create_multi
    def create(self, vals_list):
        limits = super().create(vals_list)
        limits._check_own_cover()
        return limits

    def write(self, vals):
        if {"policy_id", "profile_id"} & vals.keys() and not self.env.su:
            raise UserError(self.env._("A limit stays with its policy and its debtor."))
        result = super().write(vals)
        if "kind" in vals:
            self._check_own_cover()
            self._rebuild_periods()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_undecided(self):
        if self.sudo().decision_ids:
            raise UserError(
                self.env._(
                    "Decisions of the insurer are kept: enter a decision of zero "
                    "to end the cover."
                )
            )

    def _check_own_cover(self) -> None:
        """Only a manager covers a debtor without the insurer."""
        if self.env.su or not any(self.mapped("is_own")):
            return
        if not self.env.user.has_group("credit_control.group_manager"):
            raise AccessError(
                self.env._("Only a credit manager gives discretionary or blind cover.")
            )

    # -- cover over time -------------------------------------------------------

    def _get_valid_decisions(self):
        """Decisions that no other one corrects, the latest first."""
        return self.decision_ids.filtered(lambda one: not one.corrected_by_ids)

    def _get_siblings(self):
        """All limits of these debtors in these policies."""
        return self.search(
            [
                ("policy_id", "in", self.policy_id.ids),
                ("profile_id", "in", self.profile_id.ids),
            ]
        )

    def _rebuild_periods(self) -> None:
        """Put the cover over time right after a decision; own cover lapses on any
        decision of the insurer.
        """
        limits = self.sudo()._get_siblings()
        limits.period_ids.unlink()
        by_debtor = limits.grouped(lambda limit: (limit.policy_id, limit.profile_id))
        self.env["credit.insurance.period"].sudo().create(
            [
                limit._prepare_period_vals(period)
                for siblings in by_debtor.values()
                for limit in siblings
                for period in limit._find_periods(siblings - limit)
            ]
        )
        limits.profile_id._tell_core()

    def _find_periods(self, siblings) -> list[cover.Period]:
        deciding = self._get_valid_decisions()._filtered_deciding()
        lapses_on = None
        if self.is_own:
            others = siblings._get_valid_decisions()._filtered_deciding()
            lapses_on = min(others.mapped("date_from"), default=None)
        return cover.periods([one._get_core() for one in deciding], lapses_on)

    def _prepare_period_vals(self, period: cover.Period) -> dict:
        return {
            "limit_id": self.id,
            "amount": float(period.amount),
            "percent": float(period.percent or 0),
            "date_from": period.valid_from,
            "date_to": period.valid_to or False,
        }

    def _get_stops(self, as_of: date) -> dict:
        """{limit: the first day on which deliveries to its debtor aren't covered}, of
        those that are stopped on ``as_of``.

        Stop-shipment: what was delivered before stays covered. It says what
        :meth:`_stops_sql` says.
        """
        stops = self.env["credit.insurance.stop"].sudo()
        found = stops.search(
            Domain("profile_id", "in", self.profile_id.ids) & self._holds_domain(as_of)
        )
        days = {stop.profile_id: stop.date_from for stop in found}
        return {
            limit: days[limit.profile_id] for limit in self if limit.profile_id in days
        }

    # -- words and actions -----------------------------------------------------

    def _word_limit(self, as_of: date) -> str:
        """The limit on ``as_of``, for letters and lists."""
        period = self._get_period(as_of)
        if not period:
            return self.env._("No cover")
        amount = format_amount(self.env, period.amount, self.currency_id)
        if not period.date_to:
            return amount
        return self.env._(
            "%(amount)s until %(day)s",
            amount=amount,
            day=format_date(self.env, period.date_to),
        )

    def action_decide(self):
        """Enter what the insurer decided."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Enter a decision"),
            "res_model": "credit.insurance.decide",
            "view_mode": "form",
            "target": "new",
            "context": {"default_limit_id": self.id},
        }

    def action_ask(self):
        """Ask the insurer for another limit."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask the insurer"),
            "res_model": "credit.insurance.request",
            "view_mode": "form",
            "context": {
                "default_policy_id": self.policy_id.id,
                "default_profile_id": self.profile_id.id,
                "default_kind": "increase",
            },
        }

    # -- daily -----------------------------------------------------------------

    @api.model
    def _remind_expiring(self, company, as_of: date) -> None:
        """Somebody looks at limits that end within the month, once for each end."""
        ending = self.env["credit.insurance.period"]._get_ending(company, as_of)
        for day, periods in ending.grouped("date_to").items():
            periods.limit_id._plan_once(
                "credit_insurance.activity_limit",
                day,
                self.env._("The insured limit ends: prolong it or ask for another"),
            )

    def _plan_once(self, xmlid: str, day: date, summary: str) -> None:
        """An activity for ``day`` on each, unless there was one already, done or not."""
        kind = self.env.ref(xmlid)
        known = (
            self.env["mail.activity"]
            .with_context(active_test=False)
            .search_fetch(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("activity_type_id", "=", kind.id),
                    ("date_deadline", "=", day),
                ],
                ["res_id"],
            )
        )
        plan_together(
            xmlid,
            self - self.browse(known.mapped("res_id")),
            lambda limit: (day, limit.profile_id._get_insurance_responsible()),
            summary=summary,
        )

    # -- merged debtors --------------------------------------------------------

    def _move_decisions(self, home) -> None:
        """Put the decisions of this limit under ``home``, that of another file of the
        same customer, and end this one. Decisions themselves stay as they are.
        """
        self.env["credit.insurance.decision"].flush_model()
        self.env.execute_query(
            SQL(
                """
                UPDATE credit_insurance_decision d
                   SET limit_id = %(home)s, profile_id = %(profile)s,
                       reference = CASE WHEN EXISTS (
                           SELECT FROM credit_insurance_decision o
                            WHERE o.limit_id = %(home)s AND o.date_from = d.date_from
                              AND COALESCE(o.reference, '') = COALESCE(d.reference, ''))
                           THEN CONCAT_WS(' ', d.reference, '(' || d.id || ')')
                           ELSE d.reference END
                 WHERE d.limit_id = %(limit)s RETURNING d.id
                """,
                home=home.id,
                profile=home.profile_id.id,
                limit=self.id,
            )
        )
        self.env.invalidate_all()
        self.unlink()
