from datetime import date

from odoo import api, fields, models

from odoo.addons.credit_control.core.money import to_decimal

from ..core import cover


class CreditProfile(models.Model):
    _inherit = "credit.profile"

    insurance_limit_ids = fields.One2many("credit.insurance.limit", "profile_id")
    insured_limit = fields.Monetary(
        string="Insured limit",
        compute="_compute_insured",
        help="What the insurer covers at most, in force today.",
    )
    insured_amount = fields.Monetary(
        string="Insured",
        compute="_compute_insured",
        help="The insured percentage of what is open within the limit.",
    )
    uncovered_amount = fields.Monetary(
        string="Uncovered",
        compute="_compute_insured",
        help="What is open and not insured: your own share, and all that lies beyond "
        "the limit.",
    )
    is_over_insured_limit = fields.Boolean(compute="_compute_insured")

    @api.depends(
        "open_amount",
        "insurance_limit_ids.amount",
        "insurance_limit_ids.date_from",
        "insurance_limit_ids.date_to",
        "insurance_limit_ids.policy_id.insured_percent",
        "insurance_limit_ids.policy_id.date_from",
        "insurance_limit_ids.policy_id.date_to",
        "insurance_limit_ids.policy_id.active",
    )
    def _compute_insured(self):
        today = fields.Date.context_today(self)
        for profile in self:
            covered = profile._get_cover(profile.open_amount, today)
            profile.insured_limit = covered.limit
            profile.insured_amount = profile.currency_id.round(float(covered.insured))
            # A debtor in credit leaves nothing uncovered.
            owed = max(profile.open_amount, 0.0)
            profile.uncovered_amount = owed - profile.insured_amount
            profile.is_over_insured_limit = 0 < covered.limit < to_decimal(owed)

    def _get_cover(self, balance: float, as_of: date) -> cover.Cover:
        """How ``balance``, in the company's currency, is covered on ``as_of``."""
        limits = self.sudo().insurance_limit_ids.filtered("policy_id.active")
        return cover.cover(
            to_decimal(balance),
            [limit._get_core_limit(as_of) for limit in limits],
            as_of,
        )
