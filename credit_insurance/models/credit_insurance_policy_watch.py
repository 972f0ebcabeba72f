from datetime import date, timedelta

from odoo import api, models

ACTIVITY = "credit_insurance.activity_deadlines"
# So long after a policy has ended its invoices may still be open.
AFTERWARDS = timedelta(365)


class CreditInsurancePolicyWatch(models.Model):
    """Of a policy whose deadlines nobody watches cover is lost in silence: a manager is
    told so, once, and it stands above the deadlines.
    """

    _inherit = "credit.insurance.policy"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("watch_deadlines"):
            self.activity_unlink([ACTIVITY])
        return result

    def action_watch_deadlines(self):
        """From now on deadlines count as the policy says here."""
        self.write({"watch_deadlines": True})
        return True

    @api.model
    def _get_unwatched(self, companies, as_of: date):
        """Policies with limits of debtors whose deadlines are not watched."""
        return self.search(
            [
                ("company_id", "in", companies.ids),
                ("watch_deadlines", "=", False),
                ("limit_ids", "!=", False),
                ("date_from", "<=", as_of),
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", as_of - AFTERWARDS),
            ]
        )

    @api.model
    def _remind_unwatched(self, company, as_of: date) -> None:
        """Ask a manager to enter what the policy says; never a second time."""
        kind = self.env.ref(ACTIVITY)
        told = (
            self.env["mail.activity"]
            .with_context(active_test=False)
            .search(
                [
                    ("res_model", "=", self._name),
                    ("activity_type_id", "=", kind.id),
                ]
            )
        )
        for policy in self._get_unwatched(company, as_of):
            if policy.id not in told.mapped("res_id"):
                policy.activity_schedule(
                    ACTIVITY,
                    as_of,
                    summary=self.env._("Enter its deadlines, then watch them"),
                    note=self.env._(
                        "Until then nobody is warned, no delivery stops and no overdue "
                        "is proposed to be reported: cover can be lost."
                    ),
                    user_id=policy._get_responsible().id,
                )

    @api.model
    def get_unwatched_words(self) -> str:
        """What stands above the deadlines; empty if all are watched."""
        companies = self.env.companies
        policies = self._get_unwatched(companies, self.env.company._credit_today())
        if not policies:
            return ""
        return self.env._(
            "The deadlines of %s are not watched: its invoices are missing here. "
            "Enter what the policy says, then watch its deadlines.",
            ", ".join(policies.mapped("number")),
        )
