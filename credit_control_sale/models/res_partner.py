from odoo import api, fields, models

from .credit_risk_tier import RANK
from .sale_order import LIGHTS, STAFF

SEEN = {"compute": "_compute_credit_light", "compute_sudo": True, "groups": STAFF}


class ResPartner(models.Model):
    """What sales people see of a customer's credit before they make a quotation."""

    _inherit = "res.partner"

    credit_light_currency_id = fields.Many2one(
        "res.currency", string="Currency of the credit", **SEEN
    )
    credit_light = fields.Selection(
        LIGHTS,
        string="Credit",
        help="Whether more can be ordered in this company without asking.",
        **SEEN,
    )
    credit_light_reason = fields.Char(string="Why this light", **SEEN)
    credit_limited = fields.Boolean(string="Has a credit limit", **SEEN)
    credit_available = fields.Monetary(
        string="Available credit",
        currency_field="credit_light_currency_id",
        help="What the customer can still buy on credit.",
        **SEEN,
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "lang")
    def _compute_credit_light(self):
        company = self.env.company
        profiles = self.env["credit.profile"].search(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", company.id),
            ]
        )
        by_partner = {profile.partner_id: profile for profile in profiles}
        for partner in self:
            debtor = partner.commercial_partner_id._origin
            profile = by_partner.get(debtor, profiles.browse())
            reasons = profile._get_order_reasons(0.0) if profile else []
            partner.credit_light_currency_id = company.currency_id
            partner.credit_light = self._get_credit_light(reasons)
            partner.credit_light_reason = profile._word_order_reasons(reasons)
            partner.credit_limited = bool(profile) and not profile.no_limit
            partner.credit_available = profile.available

    @api.model
    def _get_credit_light(self, reasons) -> str:
        if not reasons:
            return "ok"
        strictest = max(RANK[reason.rule] for reason in reasons)
        return "hold" if strictest >= RANK["approval"] else "attention"
