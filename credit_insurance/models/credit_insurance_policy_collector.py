from odoo import api, fields, models


class CreditInsurancePolicyCollector(models.Model):
    """The collector that the insurer wants for insured debts."""

    _inherit = "credit.insurance.policy"

    collection_agency_id = fields.Many2one(
        "credit.collection.agency",
        string="Insurer's collector",
        check_company=True,
        ondelete="restrict",
        help="Debts of insured debtors are proposed to be handed over to him.",
    )


class CreditCollectionAgencyInsurer(models.Model):
    _inherit = "credit.collection.agency"

    @api.model
    def _find_for(self, profile, as_of):
        """Insured debts go to the insurer's collector."""
        limits = profile.sudo().insurance_limit_ids
        named = limits.policy_id.filtered(
            lambda policy: (
                policy.active and (not policy.date_to or policy.date_to >= as_of)
            )
        ).collection_agency_id
        suited = named.filtered(lambda agency: not agency._find_refusal(profile, as_of))
        return suited[:1].sudo(self.env.su) or super()._find_for(profile, as_of)
