from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..core.collection import HandoffRule
from .credit_collection_agency import SERVICES


class CreditPolicyCollection(models.Model):
    """When debts under a policy are proposed to be handed over, and to whom."""

    _inherit = "credit.policy"

    handoff_propose = fields.Boolean(
        string="Propose to hand over",
        default=True,
        tracking=True,
        help="Every morning, for companies that have a collection agency. Nothing is "
        "sent before a manager has decided.",
    )
    handoff_days = fields.Integer(
        string="Days after the last level",
        default=14,
        tracking=True,
        help='Counted from the notice of a level marked "Ready for handoff".',
    )
    handoff_earliest = fields.Integer(
        string="At the earliest, days late", default=60, tracking=True
    )
    handoff_latest = fields.Integer(
        string="At the latest, days late",
        default=120,
        tracking=True,
        help="Then also without the last level: who waits longer than four months "
        "rarely sees the money. 0: only after the last level.",
    )
    handoff_minimum = fields.Float(
        string="From amount",
        digits="Account",
        default=100.0,
        tracking=True,
        help="What is due of a debtor together, in the company's currency.",
    )
    handoff_agency_id = fields.Many2one(
        "credit.collection.agency",
        string="Agency",
        tracking=True,
        help="Empty: the first agency that collects from this kind of debtor in his "
        "country.",
    )
    handoff_service = fields.Selection(
        SERVICES, string="Service", help="Empty: the first that the agency offers."
    )

    _handoff_days_range = models.Constraint(
        "CHECK (handoff_days BETWEEN 0 AND 366 AND handoff_earliest BETWEEN 0 AND 3660)",
        "Look at the days after which debts are handed over.",
    )
    _handoff_in_order = models.Constraint(
        "CHECK (handoff_latest = 0"
        " OR handoff_latest BETWEEN handoff_earliest AND 3660)",
        "Debts are handed over at the latest after they are handed over at the "
        "earliest: look at the days.",
    )
    _handoff_minimum_positive = models.Constraint(
        "CHECK (handoff_minimum >= 0)", "The minimum amount can't be negative."
    )

    @api.constrains("handoff_agency_id", "company_id")
    def _check_handoff_agency(self):
        for policy in self:
            levels = policy.level_ids.filtered(lambda v: v.pre_collection == "agency")
            agencies = policy.handoff_agency_id | levels.pre_collection_agency_id
            for agency in agencies:
                policy._check_agency_company(agency)

    def _check_agency_company(self, agency) -> None:
        """An agency works for one company: nobody else may write in its name."""
        agency = agency.sudo()
        if self.company_id != agency.company_id:
            raise ValidationError(
                self.env._(
                    "%(agency)s works for %(company)s: choose that company for the "
                    "policy, too.",
                    agency=agency.name,
                    company=agency.company_id.name,
                )
            )

    def _get_handoff_rule(self) -> HandoffRule:
        return HandoffRule(
            self.handoff_days, self.handoff_earliest, self.handoff_latest
        )
