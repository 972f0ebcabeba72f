from datetime import date

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.credit_control.core.money import to_decimal

from ..core import cover


class CreditInsuranceLimit(models.Model):
    """How much of one debtor a policy insures, from a day to a day."""

    _name = "credit.insurance.limit"
    _description = "Insured Limit"
    _order = "profile_id, date_from desc, id desc"
    _check_company_auto = True

    policy_id = fields.Many2one(
        "credit.insurance.policy",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    profile_id = fields.Many2one(
        "credit.profile",
        string="Debtor",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="policy_id.currency_id")
    amount = fields.Monetary(string="Insured limit", required=True)
    date_from = fields.Date(
        string="From", required=True, default=fields.Date.context_today
    )
    date_to = fields.Date(string="To", help="Empty: until further notice.")
    reference = fields.Char(
        string="Insurer's reference", help="The number of the insurer's decision."
    )

    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "The insured limit can't be negative."
    )
    _dates_in_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_from <= date_to)",
        "The insured limit ends before it begins: look at its dates.",
    )

    @api.depends("policy_id", "profile_id")
    def _compute_display_name(self):
        for limit in self:
            limit.display_name = (
                f"{limit.policy_id.number} – {limit.profile_id.display_name}"
            )

    @api.constrains("policy_id", "profile_id", "date_from", "date_to")
    def _check_overlap(self):
        for limit in self:
            other = self.search(limit._overlap_domain(), limit=1)
            if other:
                raise ValidationError(
                    self.env._(
                        "%(debtor)s has a limit of policy %(policy)s from %(start)s "
                        "already: end that one first.",
                        debtor=limit.profile_id.display_name,
                        policy=limit.policy_id.number,
                        start=format_date(self.env, other.date_from),
                    )
                )

    def _overlap_domain(self) -> Domain:
        """Other limits of the same policy and debtor that share a day with this."""
        domain = Domain(
            [
                ("id", "!=", self.id),
                ("policy_id", "=", self.policy_id.id),
                ("profile_id", "=", self.profile_id.id),
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", self.date_from),
            ]
        )
        if self.date_to:
            domain &= Domain("date_from", "<=", self.date_to)
        return domain

    def _get_core_limit(self, as_of: date) -> cover.Limit:
        """This limit in the company's currency, at the rate of ``as_of``.

        It ends with its policy at the latest.
        """
        policy = self.policy_id
        amount = self.currency_id._convert(
            self.amount, self.company_id.currency_id, self.company_id, as_of
        )
        ends = [day for day in (self.date_to, policy.date_to) if day]
        return cover.Limit(
            to_decimal(amount),
            to_decimal(policy.insured_percent),
            max(self.date_from, policy.date_from),
            min(ends) if ends else None,
        )
