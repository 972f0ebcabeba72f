from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ..rights import check_officer

# Written by actions and rules, never by hand.
WORK_FIELDS = {"portfolio_id", "put_off_until", "put_off_reason"}


class CreditProfileWorklist(models.Model):
    """Whose debtor it is, and whether he is to be worked on today."""

    _inherit = "credit.profile"

    portfolio_id = fields.Many2one(
        "credit.portfolio",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The rule that gave the collector. Empty: chosen by hand.",
    )
    is_mine = fields.Boolean(
        string="Mine",
        compute="_compute_is_mine",
        search="_search_is_mine",
        help="My debtors, and those of collectors whom I stand in for today.",
    )
    put_off_until = fields.Date(
        string="Put off until",
        readonly=True,
        copy=False,
        help="The day on which the debtor comes back onto the worklist.",
    )
    put_off_reason = fields.Char(string="Why put off", readonly=True, copy=False)
    is_put_off = fields.Boolean(compute="_compute_is_put_off")
    work_points = fields.Integer(string="Points", compute="_compute_work")
    work_why = fields.Char(string="Why on the worklist", compute="_compute_work")

    # -- rights ----------------------------------------------------------------

    def write(self, vals):
        done = super().write(vals)
        if "collector_id" in vals:  # by hand, or by a level: no rule changes it
            self.sudo().filtered("portfolio_id").portfolio_id = False
        return done

    def _check_manager_fields(self, vals) -> None:
        if not self.env.su and WORK_FIELDS & vals.keys():
            raise AccessError(
                self.env._("Put debtors off from the worklist, with a reason.")
            )
        return super()._check_manager_fields(vals)

    # -- mine ------------------------------------------------------------------

    @api.depends("collector_id", "portfolio_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        mine = self.filtered_domain(self._get_mine_domain())
        for profile in self:
            profile.is_mine = profile in mine

    @api.model
    def _search_is_mine(self, operator, value):
        if operator != "in":
            return NotImplemented
        mine = self._get_mine_domain()
        return mine if True in value else ~mine

    @api.model
    def _get_mine_domain(self) -> Domain:
        """Debtors whom the user looks after today.

        A stand-in looks after the portfolio, and after those whom the absent
        collector was given by hand.
        """
        mine = Domain("collector_id", "=", self.env.uid)
        portfolios = self.env["credit.portfolio"]._get_stood_in(
            self.env.user, fields.Date.context_today(self)
        )
        for portfolio in portfolios:
            mine |= Domain("portfolio_id", "=", portfolio.id)
            mine |= (
                Domain("portfolio_id", "=", False)
                & Domain("collector_id", "=", portfolio.collector_id.id)
                & Domain("company_id", "=", portfolio.company_id.id)
            )
        return mine

    # -- today -----------------------------------------------------------------

    @api.depends("put_off_until")
    def _compute_is_put_off(self):
        today = fields.Date.context_today(self)
        for profile in self:
            profile.is_put_off = bool(
                profile.put_off_until and profile.put_off_until > today
            )

    @api.depends_context("lang")
    def _compute_work(self):
        rows = self.env["credit.worklist"]._get_rows(
            self._origin, fields.Date.context_today(self)
        )
        for profile in self:
            row = rows.get(profile._origin.id)
            profile.work_points = row.points if row else 0
            profile.work_why = row.why if row else False

    def action_done_today(self):
        """Nothing more to do about these debtors today."""
        for company, profiles in self.grouped("company_id").items():
            profiles._put_off(company._credit_today() + timedelta(1), False)
        return True

    def action_back_on_worklist(self):
        check_officer(self.env, self.env._("Only credit officers put debtors off."))
        self.check_access("write")
        self.sudo().write({"put_off_until": False, "put_off_reason": False})
        return True

    def action_put_off(self):
        """Ask until when these debtors can wait, and why."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Put off"),
            "res_model": "credit.worklist.put.off",
            "view_mode": "form",
            "target": "new",
            "context": {"default_profile_ids": self.ids},
        }

    def _put_off(self, until: date, reason) -> None:
        """Leave these debtors off the worklist until a day."""
        check_officer(self.env, self.env._("Only credit officers put debtors off."))
        self.check_access("write")
        self.sudo().write({"put_off_until": until, "put_off_reason": reason})

    def _put_off_by_hand(self, until: date, reason: str, as_of: date) -> None:
        """As :meth:`_put_off`, with a reason that the file keeps."""
        if until <= as_of:
            raise UserError(self.env._("Choose a day to come."))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why it can wait."))
        self._put_off(until, reason)
        words = self.env._(
            "Off the worklist until %(day)s: %(reason)s",
            day=format_date(self.env, until),
            reason=reason,
        )
        self._message_log_batch(bodies=dict.fromkeys(self.ids, words))
