from datetime import date, timedelta

from odoo import api, fields, models

from odoo.addons.credit_control.core.money import to_decimal

from ..core import cover

# How long before its end somebody looks at a limit or a security.
NOTICE = timedelta(days=30)


class CreditInsurancePeriod(models.Model):
    """From a day to a day a debtor has the same insured limit.

    Made of the decisions, whenever one is entered: lists and figures read this.
    """

    _name = "credit.insurance.period"
    _description = "Cover over Time"
    _order = "date_from desc, id desc"

    limit_id = fields.Many2one(
        "credit.insurance.limit",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    profile_id = fields.Many2one(
        related="limit_id.profile_id", store=True, string="Debtor"
    )
    company_id = fields.Many2one(related="limit_id.company_id", store=True)
    currency_id = fields.Many2one(related="limit_id.currency_id")
    amount = fields.Monetary(string="Insured limit", readonly=True)
    percent = fields.Float(
        string="Insured (%)",
        readonly=True,
        help="Insured percentage where the decision names one. 0: that of the policy.",
    )
    date_from = fields.Date(string="From", required=True, readonly=True, index=True)
    date_to = fields.Date(string="To", readonly=True)

    _dates_in_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_from <= date_to)",
        "A period of cover can't end before it begins.",
    )

    @api.model
    def _get_ending(self, company, as_of: date):
        """Periods that end within the month with nothing as high after them."""
        ending = self.search(
            [
                ("company_id", "=", company.id),
                ("limit_id.policy_id.active", "=", True),
                ("date_to", ">=", as_of),
                ("date_to", "<=", as_of + NOTICE),
            ]
        )
        return ending.filtered(lambda period: not period._is_followed())

    def _is_followed(self) -> bool:
        following = self.limit_id.period_ids.filtered(
            lambda one: one.date_from == self.date_to + timedelta(days=1)
        )
        return any(one.amount >= self.amount for one in following)

    def _get_core(self) -> cover.Period:
        return cover.Period(
            to_decimal(self.amount),
            to_decimal(self.percent) if self.percent else None,
            self.date_from,
            self.date_to or None,
        )
