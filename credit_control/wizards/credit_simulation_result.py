import json
from collections import defaultdict

from odoo import Command, fields, models
from odoo.tools import SQL

from ..core.money import ZERO


class Figures:
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


class Tally:
    """Figures of many claims, per level number, per debtor and of all."""

    def __init__(self):
        self.levels = defaultdict(Figures)
        self.debtors = defaultdict(Figures)
        self.total = Figures()

    @classmethod
    def count(cls, claims):
        tally = cls()
        for claim in claims:
            tally.levels[claim.number].add(claim)
            tally.debtors[claim.partner].add(claim)
            tally.total.add(claim)
        return tally


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

    def _prepare_figures(self, paper: Figures, sent: Figures) -> dict:
        return {
            "paper_count": paper.count,
            "sent_count": sent.count,
            "count_difference": paper.count - sent.count,
            "paper_amount": float(paper.amount),
            "sent_amount": float(sent.amount),
            "amount_difference": float(paper.amount - sent.amount),
        }


class CreditSimulationLevel(models.TransientModel):
    """Levels are set side by side by their numbers: they may have other names."""

    _name = "credit.simulation.level"
    _inherit = ["credit.simulation.figures"]
    _description = "Level of a Policy Tried"
    _order = "is_total, number"

    number = fields.Integer(string="Level")
    name = fields.Char()
    is_total = fields.Boolean()
    paper_debtor_count = fields.Integer(string="Debtors on paper")
    sent_debtor_count = fields.Integer(string="Really written to")

    def _replace(self, simulation, paper: Tally, sent: Tally) -> None:
        """A row per level, and one for all of them, in the place of these."""
        self.unlink()
        names = self._get_names(simulation, sent)
        rows = [
            {"number": number, "name": names[number]}
            | self._prepare_figures(paper.levels[number], sent.levels[number])
            for number in names
        ]
        total = {"name": self.env._("Total"), "is_total": True}
        rows.append(total | self._prepare_figures(paper.total, sent.total))
        simulation.level_ids = [Command.create(row) for row in rows]

    def _get_names(self, simulation, sent: Tally) -> dict[int, str]:
        """Names by number: those of the policy tried, else of what was sent."""
        notices = self.env["credit.notice"].sudo()
        return {
            number: notices.browse(figures.notice).level_id.name
            for number, figures in sent.levels.items()
        } | {level.number: level.name for level in simulation.policy_id.level_ids}

    def _prepare_figures(self, paper: Figures, sent: Figures) -> dict:
        return super()._prepare_figures(paper, sent) | {
            "paper_debtor_count": len(paper.partners),
            "sent_debtor_count": len(sent.partners),
        }


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

    def _replace(self, simulation, paper: Tally, sent: Tally) -> None:
        """A row per debtor in the place of these, in one statement: there may be very
        many."""
        self.unlink()
        rows = [
            {"partner_id": partner}
            | self._prepare_figures(paper.debtors[partner], sent.debtors[partner])
            for partner in sorted({*paper.debtors, *sent.debtors})
        ]
        simulation.flush_recordset()
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
                simulation=simulation.id,
                uid=self.env.uid,
                rows=json.dumps(rows),
            )
        )
        simulation.invalidate_recordset(["debtor_ids", "debtor_count"])

    def action_view_notices(self):
        """The debtor's notices on paper beside those he really got."""
        self.ensure_one()
        self.simulation_id._check_is_done()
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
