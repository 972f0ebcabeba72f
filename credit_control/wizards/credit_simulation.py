import json
from collections import defaultdict

from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..core.money import ZERO
from ..core.replay import EVERY_DAY, Period
from ..models.credit_replay import Trial

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
    is_done = fields.Boolean(
        compute="_compute_is_done", store=True, readonly=False, precompute=True
    )
    level_ids = fields.One2many("credit.simulation.level", "simulation_id")
    debtor_ids = fields.One2many("credit.simulation.debtor", "simulation_id")
    debtor_count = fields.Integer(string="Debtors", compute="_compute_debtor_count")

    @api.model
    def _get_default_from(self):
        return self.env.company._credit_today() - relativedelta(years=1)

    @api.depends("policy_id.name")
    def _compute_display_name(self):
        for simulation in self:
            simulation.display_name = self.env._(
                "%s on the past", simulation.policy_id.name or ""
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
                    policy.sequence == tried.sequence
                )
            )[:1]

    @api.depends(
        "company_id",
        "policy_id",
        "followed_policy_id",
        "date_from",
        "date_to",
        "rhythm",
    )
    def _compute_is_done(self):
        """Figures of other parameters are not shown any more."""
        self.is_done = False

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
            simulation._check_levels()

    def _check_levels(self) -> None:
        policy = self.policy_id
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
        paper = _Tally.count(replay._get_paper_claims(trial))
        sent = _Tally.count(replay._get_sent_claims(trial))
        self.debtor_ids.unlink()
        self._insert_debtors(paper, sent)
        self.level_ids = self._prepare_level_commands(paper, sent)
        self.is_done = True
        return True

    def _get_trial(self, partners=None) -> Trial:
        return Trial(
            self.company_id,
            self.policy_id,
            Period(self.date_from, self.date_to, WEEKDAYS[self.rhythm]),
            self.followed_policy_id,
            partners,
        )

    def _prepare_level_commands(self, paper, sent) -> list:
        """A row per level, and one for all of them."""
        names = self._get_level_names(sent)
        rows = [
            {"number": number, "name": names[number]}
            | _prepare_level_figures(paper.levels[number], sent.levels[number])
            for number in sorted(names)
        ]
        total = {"name": self.env._("Total"), "is_total": True}
        total |= _prepare_level_figures(paper.total, sent.total)
        return [Command.clear(), *map(Command.create, [*rows, total])]

    def _get_level_names(self, sent) -> dict[int, str]:
        """Names by number: those of the policy tried, else of what was sent."""
        notices = self.env["credit.notice"].sudo()
        return {
            number: notices.browse(figures.notice).level_id.name
            for number, figures in sent.levels.items()
        } | {level.number: level.name for level in self.policy_id.level_ids}

    def _insert_debtors(self, paper, sent) -> None:
        """A row per debtor, in one statement: there may be very many."""
        rows = [
            {"partner_id": partner}
            | _prepare_figures(paper.debtors[partner], sent.debtors[partner])
            for partner in sorted({*paper.debtors, *sent.debtors})
        ]
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO credit_simulation_debtor (simulation_id, create_uid,
                       create_date, partner_id, paper_count, sent_count,
                       count_difference, paper_amount, sent_amount, amount_difference)
                SELECT %(simulation)s, %(uid)s, now() AT TIME ZONE 'UTC', partner_id,
                       paper_count, sent_count, count_difference, paper_amount,
                       sent_amount, amount_difference
                  FROM jsonb_populate_recordset(
                           NULL::credit_simulation_debtor, %(rows)s::jsonb)
                """,
                simulation=self.id,
                uid=self.env.uid,
                rows=json.dumps(rows),
            )
        )
        self.invalidate_recordset(["debtor_ids", "debtor_count"])

    def action_view_debtors(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Debtors of %s", self.policy_id.name),
            "res_model": "credit.simulation.debtor",
            "view_mode": "list",
            "domain": [("simulation_id", "=", self.id)],
        }


class _Figures:
    """Of some claims: how many, how much, of how many debtors, the last notice."""

    def __init__(self):
        self.count = 0
        self.amount = ZERO
        self.partners = set()
        self.notice = None

    def add(self, claim) -> None:
        self.count += 1
        self.amount += claim.company_amount
        self.partners.add(claim.partner)
        self.notice = claim.notice


class _Tally:
    """Figures of many claims, per level number, per debtor and of all."""

    def __init__(self):
        self.levels = defaultdict(_Figures)
        self.debtors = defaultdict(_Figures)
        self.total = _Figures()

    @classmethod
    def count(cls, claims):
        tally = cls()
        for claim in claims:
            tally.levels[claim.number].add(claim)
            tally.debtors[claim.partner].add(claim)
            tally.total.add(claim)
        return tally


def _prepare_figures(paper: _Figures, sent: _Figures) -> dict:
    """Notices and amounts on paper, those really sent, and the difference."""
    return {
        "paper_count": paper.count,
        "sent_count": sent.count,
        "count_difference": paper.count - sent.count,
        "paper_amount": float(paper.amount),
        "sent_amount": float(sent.amount),
        "amount_difference": float(paper.amount - sent.amount),
    }


def _prepare_level_figures(paper: _Figures, sent: _Figures) -> dict:
    return _prepare_figures(paper, sent) | {
        "paper_debtor_count": len(paper.partners),
        "sent_debtor_count": len(sent.partners),
    }


class CreditSimulationFigures(models.AbstractModel):
    """What a policy claims on paper beside what was really claimed."""

    _name = "credit.simulation.figures"
    _description = "Figures of a Policy Tried"

    simulation_id = fields.Many2one(
        "credit.simulation", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="simulation_id.currency_id")
    paper_count = fields.Integer(string="Notices on paper")
    sent_count = fields.Integer(string="Really sent")
    count_difference = fields.Integer(string="Difference")
    paper_amount = fields.Monetary(string="Amount on paper")
    sent_amount = fields.Monetary(string="Really claimed")
    amount_difference = fields.Monetary(string="Difference in amount")


class CreditSimulationLevel(models.TransientModel):
    _name = "credit.simulation.level"
    _inherit = ["credit.simulation.figures"]
    _description = "Level of a Policy Tried"
    _order = "is_total, number"

    number = fields.Integer(string="Level")
    name = fields.Char()
    is_total = fields.Boolean()
    paper_debtor_count = fields.Integer(string="Debtors on paper")
    sent_debtor_count = fields.Integer(string="Really written to")


class CreditSimulationDebtor(models.TransientModel):
    _name = "credit.simulation.debtor"
    _inherit = ["credit.simulation.figures"]
    _description = "Debtor of a Policy Tried"
    _order = "count_difference desc, paper_amount desc, id"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade"
    )
    notice_ids = fields.One2many("credit.simulation.notice", "debtor_id")

    def action_view_notices(self):
        """The debtor's notices on paper beside those he really got."""
        self.ensure_one()
        trial = self.simulation_id._get_trial(self.partner_id)
        replay = self.env["credit.replay"]
        self.notice_ids = [
            Command.clear(),
            *self._prepare_notices("paper", replay._get_paper_claims(trial)),
            *self._prepare_notices("sent", replay._get_sent_claims(trial)),
        ]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Notices to %s", self.partner_id.display_name),
            "res_model": "credit.simulation.notice",
            "view_mode": "list",
            "domain": [("debtor_id", "=", self.id)],
        }

    def _prepare_notices(self, source: str, claims) -> list:
        levels = self.simulation_id.policy_id.level_ids
        names = {level.number: level.name for level in levels}
        notices = self.env["credit.notice"].sudo()
        return [
            Command.create(
                {
                    "source": source,
                    "date": claim.day,
                    "level": notices.browse(claim.notice).level_id.name
                    or names[claim.number],
                    "currency_id": claim.currency,
                    "amount": float(claim.amount),
                    "company_amount": float(claim.company_amount),
                    "notice_id": claim.notice,
                }
            )
            for claim in list(claims)
        ]


class CreditSimulationNotice(models.TransientModel):
    _name = "credit.simulation.notice"
    _description = "Notice of a Policy Tried"
    _order = "date, source, id"

    debtor_id = fields.Many2one(
        "credit.simulation.debtor", required=True, index=True, ondelete="cascade"
    )
    company_currency_id = fields.Many2one(related="debtor_id.currency_id")
    source = fields.Selection(
        [("paper", "On paper"), ("sent", "Really sent")], string="Notice", required=True
    )
    date = fields.Date(required=True)
    level = fields.Char()
    currency_id = fields.Many2one("res.currency", required=True)
    amount = fields.Monetary()
    company_amount = fields.Monetary(
        string="Amount in company currency", currency_field="company_currency_id"
    )
    notice_id = fields.Many2one("credit.notice", ondelete="cascade")

    def action_open_notice(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "credit.notice",
            "res_id": self.notice_id.id,
            "view_mode": "form",
        }
