from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import format_date

ACTIVITY = "credit_insurance.activity_renewal"


class CreditInsurancePolicyRenewal(models.Model):
    """A policy goes on by itself unless somebody gives notice in time."""

    _inherit = "credit.insurance.policy"

    renews = fields.Boolean(
        string="Renewed automatically",
        help="It goes on for another period unless notice is given.",
    )
    renewal_months = fields.Integer(
        string="Renewed for (months)", default=12, tracking=True
    )
    notice_months = fields.Integer(
        string="Notice (months)", default=3, help="Before the policy ends."
    )
    notice_date = fields.Date(
        string="Give notice by",
        compute="_compute_notice_date",
        store=True,
        help="The last day to end or renegotiate the policy.",
    )

    _months_positive = models.Constraint(
        "CHECK (renewal_months > 0 AND notice_months >= 0)",
        "Renewal and notice take a month at least.",
    )

    @api.depends("date_to", "notice_months")
    def _compute_notice_date(self):
        for policy in self:
            policy.notice_date = policy.date_to and policy.date_to - relativedelta(
                months=policy.notice_months
            )

    @api.model
    def _update_renewals(self, company, as_of: date) -> None:
        """Plan the decision on policies that end, and go on with those that renew."""
        policies = self.search([("company_id", "=", company.id)])
        for policy in policies.filtered("date_to"):
            policy._renew(as_of)
            policy._plan_renewal(as_of)

    def _renew(self, as_of: date) -> None:
        while self.renews and self.date_to < as_of:
            self.date_to += relativedelta(months=self.renewal_months)
            self._message_log(
                body=self.env._(
                    "Renewed until %s.", format_date(self.env, self.date_to)
                )
            )

    def _plan_renewal(self, as_of: date) -> None:
        """An activity a month before notice has to be given, once a period."""
        if as_of < self.notice_date - relativedelta(months=1):
            return
        kind = self.env.ref(ACTIVITY)
        done = self.env["mail.activity"].with_context(active_test=False)
        if not done.search_count(
            [
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
                ("activity_type_id", "=", kind.id),
                ("date_deadline", "=", self.notice_date),
            ]
        ):
            self.activity_schedule(
                ACTIVITY,
                self.notice_date,
                summary=self.env._("Renew, renegotiate or end the policy"),
                user_id=self._get_responsible().id,
            )

    def _get_responsible(self):
        """A credit manager of the insured company, if there is one."""
        managers = self.env.ref("credit_control.group_manager").sudo().all_user_ids
        mine = managers.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )
        return mine[:1] or self.env.user
