from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..core.replay import EVERY_DAY, Period
from ..models.credit_replay import Trial
from .credit_simulation_result import Tally

MAX_YEARS = 3
WEEKDAYS = {
    "daily": EVERY_DAY,
    "workdays": frozenset(range(5)),
    "weekly": frozenset({0}),
}


class CreditSimulation(models.TransientModel):
    """A policy tried on a past period: what it would have claimed, on paper."""

    _name = "credit.simulation"
    _description = "Policy Tried on the Past"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        compute="_compute_company_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    policy_id = fields.Many2one(
        "credit.policy",
        string="Policy to try",
        required=True,
        ondelete="cascade",
        domain="[('company_id', 'in', (False, company_id))]",
        help="Also one that is archived: make a copy of a policy, archive it and "
        "change it until the figures please you.",
    )
    followed_policy_id = fields.Many2one(
        "credit.policy",
        string="For the debtors of",
        ondelete="cascade",
        compute="_compute_followed_policy_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('company_id', 'in', (False, company_id))]",
        help="Debtors who follow this policy today. Empty: all debtors.",
    )
    date_from = fields.Date(
        string="From", required=True, default=lambda self: self._get_default_from()
    )
    date_to = fields.Date(
        string="To",
        required=True,
        default=lambda self: self.env.company._credit_today(),
    )
    rhythm = fields.Selection(
        [
            ("daily", "Every day"),
            ("workdays", "Monday to Friday"),
            ("weekly", "Every Monday"),
        ],
        string="Runs on paper",
        default="daily",
        required=True,
    )
    # What the figures are of.
    tried = fields.Json(readonly=True)
    is_done = fields.Boolean(compute="_compute_is_done")
    level_ids = fields.One2many("credit.simulation.level", "simulation_id")
    debtor_ids = fields.One2many("credit.simulation.debtor", "simulation_id")
    debtor_count = fields.Integer(string="Debtors", compute="_compute_debtor_count")

    @api.model
    def _get_default_from(self):
        return self.env.company._credit_today() - relativedelta(years=1)

    @api.depends("policy_id.name")
    def _compute_display_name(self):
        for simulation in self:
            policy = simulation.policy_id
            simulation.display_name = (
                self.env._("%s on the past", policy.name)
                if policy
                else self.env._("Try on the past")
            )

    @api.depends("policy_id")
    def _compute_company_id(self):
        for simulation in self:
            simulation.company_id = (
                simulation.policy_id.company_id
                or simulation.company_id
                or self.env.company
            )

    @api.depends("policy_id", "company_id")
    def _compute_followed_policy_id(self):
        """The policy itself; of a copy, what it was made from has its place."""
        for simulation in self:
            candidates = self.env["credit.policy"]._get_candidates(
                simulation.company_id
            )
            simulation.followed_policy_id = candidates.filtered(
                lambda policy, tried=simulation.policy_id: (
                    tried and policy.sequence == tried.sequence
                )
            )[:1]

    @api.depends(
        "company_id",
        "policy_id",
        "followed_policy_id",
        "date_from",
        "date_to",
        "rhythm",
        "tried",
    )
    def _compute_is_done(self):
        """Figures of other parameters, or of what the policy said before, are not
        shown any more."""
        for simulation in self:
            tried = simulation.tried
            simulation.is_done = bool(tried) and tried == simulation._get_parameters()

    def _get_parameters(self) -> list:
        return [
            self.company_id.id,
            self.followed_policy_id.id,
            str(self.date_from),
            str(self.date_to),
            self.rhythm,
            self.policy_id.id,
            self.policy_id.sudo()._fetch_content() if self.policy_id else None,
        ]

    @api.depends("debtor_ids")
    def _compute_debtor_count(self):
        for simulation in self:
            simulation.debtor_count = len(simulation.debtor_ids)

    @api.constrains("company_id", "policy_id", "followed_policy_id")
    def _check_policies(self):
        for simulation in self:
            policies = simulation.policy_id | simulation.followed_policy_id
            # Constraints run as superuser: a policy that one can't see isn't tried.
            policies.sudo(False).check_access("read")
            for policy in policies:
                if policy.company_id not in (
                    self.env["res.company"],
                    simulation.company_id,
                ):
                    raise ValidationError(
                        self.env._(
                            'The policy "%s" belongs to another company.', policy.name
                        )
                    )

    @api.constrains("policy_id")
    def _check_levels(self):
        for policy in self.policy_id:
            if not policy.do_not_dun and not policy.level_ids:
                raise ValidationError(
                    self.env._('The policy "%s" needs at least one level.', policy.name)
                )

    @api.constrains("company_id", "date_from", "date_to")
    def _check_period(self):
        for simulation in self:
            if simulation.date_from > simulation.date_to:
                raise ValidationError(
                    self.env._("The period ends before it begins: look at the dates.")
                )
            if simulation.date_to > simulation.company_id._credit_today():
                raise ValidationError(
                    self.env._(
                        "The period reaches into the future: nobody knows yet what "
                        "will be paid by then."
                    )
                )
            longest = simulation.date_from + relativedelta(years=MAX_YEARS)
            if simulation.date_to > longest:
                raise ValidationError(
                    self.env._("Choose a period of %s years at most.", MAX_YEARS)
                )

    # -- try -------------------------------------------------------------------

    def action_try(self):
        """Replay the period on paper and set it beside what really happened."""
        self.ensure_one()
        self._check_levels()
        trial = self._get_trial()
        replay = self.env["credit.replay"]
        paper = Tally.count(replay._get_paper_claims(trial))
        sent = Tally.count(replay._get_sent_claims(trial))
        self.level_ids._replace(self, paper, sent)
        self.debtor_ids._replace(self, paper, sent)
        self.tried = self._get_parameters()
        return True

    def _get_trial(self, partners=None) -> Trial:
        return Trial(
            self.company_id,
            self.policy_id,
            Period(self.date_from, self.date_to, WEEKDAYS[self.rhythm]),
            self.followed_policy_id,
            partners,
        )

    def _check_is_done(self) -> None:
        if not self.is_done:
            raise UserError(
                self.env._(
                    "The policy or the period has changed since these figures were "
                    "made: try it once more."
                )
            )

    def action_view_debtors(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Debtors of %s", self.policy_id.name),
            "res_model": "credit.simulation.debtor",
            "view_mode": "list",
            "domain": [("simulation_id", "=", self.id)],
        }
