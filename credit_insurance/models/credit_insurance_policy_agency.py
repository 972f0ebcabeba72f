from odoo import fields, models


class CreditInsurancePolicyAgency(models.Model):
    """Whose credit reports the insurer accepts."""

    _inherit = "credit.insurance.policy"

    agencies = fields.Char(
        string="Approved agencies",
        help="Whose credit reports a discretionary limit may rest on, separated by "
        "commas. Empty: all agencies.",
    )

    def _approves(self, agency: str) -> bool:
        approved = [name.strip().lower() for name in (self.agencies or "").split(",")]
        approved = [name for name in approved if name]
        return not approved or agency.strip().lower() in approved
