from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.credit_control.core.money import to_decimal

from ..core import cover


class CreditProfile(models.Model):
    """What of a debtor's exposure is insured."""

    _inherit = "credit.profile"

    insurance_limit_ids = fields.One2many("credit.insurance.limit", "profile_id")
    insurance_decision_ids = fields.One2many("credit.insurance.decision", "profile_id")
    insurance_request_ids = fields.One2many("credit.insurance.request", "profile_id")
    insured_limit = fields.Monetary(
        string="Insured limit",
        compute="_compute_exposure",
        help="What the insurer covers of new deliveries today.",
    )
    insured_amount = fields.Monetary(
        string="Insured",
        compute="_compute_exposure",
        search="_search_insured_amount",
        help="The insured percentage of the exposure within the limit, after other "
        "securities.",
    )
    uncovered_amount = fields.Monetary(
        string="Uncovered",
        compute="_compute_exposure",
        search="_search_uncovered_amount",
        help="At your own risk: your share of what is insured, and all that lies "
        "beyond the limit.",
    )
    is_over_insured_limit = fields.Boolean(compute="_compute_is_over_insured_limit")

    @api.model
    def _get_exposure_fields(self) -> dict[str, str]:
        names = ("insured_limit", "insured_amount", "uncovered_amount")
        return {**super()._get_exposure_fields(), **{name: name for name in names}}

    @api.depends(
        "insurance_limit_ids.kind",
        "insurance_limit_ids.period_ids",
        "insurance_limit_ids.policy_id.insured_percent",
        "insurance_limit_ids.policy_id.date_from",
        "insurance_limit_ids.policy_id.date_to",
        "insurance_limit_ids.policy_id.active",
        "insurance_limit_ids.policy_id.terms_ids.insured_percent",
        "security_ids.state",
        "security_ids.amount",
    )
    def _compute_exposure(self):
        return super()._compute_exposure()

    @api.depends("exposure", "insured_limit", "insurance_limit_ids")
    def _compute_is_over_insured_limit(self):
        """A debtor who was never insured is not beyond his cover."""
        for profile in self:
            profile.is_over_insured_limit = (
                profile._was_insured() and profile._get_beyond_cover() > 0
            )

    def _was_insured(self) -> bool:
        """Whether a policy in use has a decision on this debtor, also a zero."""
        limits = self.sudo().insurance_limit_ids
        return any(limit.policy_id.active and limit.decision_ids for limit in limits)

    def _get_beyond_cover(self, amount: float = 0.0) -> float:
        """By how much ``amount`` more would lie beyond what insurer and securities
        cover.
        """
        room = self.insured_limit + self.spare_security - max(self.exposure, 0.0)
        return self.currency_id.round(amount - room)

    @api.model
    def _search_insured_amount(self, operator, value):
        return self._search_in_exposure("insured_amount", operator, value)

    @api.model
    def _search_uncovered_amount(self, operator, value):
        return self._search_in_exposure("uncovered_amount", operator, value)

    # -- cover of any balance --------------------------------------------------

    def _get_cover(self, balance: float, as_of: date) -> cover.Cover:
        """How ``balance``, in the company's currency, is covered on ``as_of``."""
        self.ensure_one()
        return self._get_covers({self: balance}, as_of)[self]

    @api.model
    def _get_covers(self, balances: dict, as_of: date) -> dict:
        """{debtor: how his balance of ``balances`` is covered on ``as_of``}."""
        profiles = self.concat(*balances)
        layers = self.env["credit.insurance.limit"].sudo()
        found = layers._fetch_layers(profiles, as_of)
        return {
            profile: cover.cover(to_decimal(balance), found.get(profile.id, []), as_of)
            for profile, balance in balances.items()
        }

    def _fetch_balances(self, as_of: date) -> dict:
        """{debtor: what he owed on ``as_of``}; of a day to come what he owes now."""
        self.env["credit.dunning"]._flush_sources()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT p.id, SUM(a.amount_residual + COALESCE(later.amount, 0))
                  FROM credit_profile p
                  JOIN res_partner rp ON rp.commercial_partner_id = p.partner_id
                  JOIN account_move_line a ON a.partner_id = rp.id
                                          AND a.company_id = p.company_id
             LEFT JOIN (SELECT item_id, SUM(company_amount) AS amount
                          FROM (%(matchings)s) x WHERE max_date > %(as_of)s
                      GROUP BY item_id) later ON later.item_id = a.id
                 WHERE p.id = ANY(%(ids)s)
                   AND a.account_id = ANY(%(accounts)s)
                   AND a.parent_state = 'posted'
                   AND a.date <= %(as_of)s
                   AND (a.reconciled IS NOT TRUE OR later.item_id IS NOT NULL)
              GROUP BY p.id
                """,
                matchings=self.env["credit.dunning"]._matchings_sql(),
                as_of=as_of,
                ids=self.ids,
                accounts=self.env["credit.dunning"]._receivable_account_ids(
                    self.company_id
                ),
            )
        )
        amounts = dict(rows)
        return {profile: float(amounts.get(profile.id, 0)) for profile in self}

    # -- who follows it --------------------------------------------------------

    def _get_insurance_responsible(self):
        """Who looks after cover of this debtor."""
        return self.sudo().collector_id or self.env.user

    # -- merged files, history -------------------------------------------------

    def _check_no_history(self) -> None:
        if self.sudo().insurance_decision_ids:
            raise UserError(
                self.env._(
                    "The insurer has decided on %s: the file is kept as history. "
                    "Archive it instead.",
                    self.sudo().insurance_decision_ids[:1].profile_id.display_name,
                )
            )
        return super()._check_no_history()

    def _absorb(self, other) -> None:
        """Decisions on both customers are kept; the limits of one policy become one."""
        mine = self.sudo().insurance_limit_ids.grouped(
            lambda limit: (limit.policy_id, limit.is_own)
        )
        for limit in other.sudo().insurance_limit_ids:
            if home := mine.get((limit.policy_id, limit.is_own)):
                limit._move_decisions(home)
        result = super()._absorb(other)
        self.sudo().insurance_limit_ids._rebuild_periods()
        return result

    # -- actions ---------------------------------------------------------------

    def action_view_insured_limits(self):
        name = self.env._("Insured limits of %s", self.partner_id.display_name)
        action = self._get_records_action("credit.insurance.limit", name)
        return {**action, "context": {"default_profile_id": self.id}}

    def action_ask_insurer(self):
        """Ask for cover of these debtors: one request each, ready to be sent."""
        requests = self.env["credit.insurance.request"]._propose_for(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Requests to the insurer"),
            "res_model": "credit.insurance.request",
            "view_mode": "list,form",
            "domain": [("id", "in", requests.ids)],
        }

    def action_cover_on(self):
        """The cover of these debtors on any day."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cover on a day"),
            "res_model": "credit.insurance.cover.on",
            "view_mode": "form",
            "target": "new",
            "context": {"default_profile_ids": self.ids},
        }
