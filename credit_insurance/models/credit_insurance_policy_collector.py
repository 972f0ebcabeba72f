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
    def _find_for_each(self, profiles, as_of) -> dict:
        """Insured debts go to the insurer's collector."""
        named = {one: self._find_named(one, as_of) for one in profiles}
        return super()._find_for_each(profiles, as_of) | {
            profile: agency for profile, agency in named.items() if agency
        }

    @api.model
    def _find_named(self, profile, as_of):
        limits = profile.sudo().insurance_limit_ids
        named = limits.policy_id.filtered(
            lambda policy: (
                policy.active and (not policy.date_to or policy.date_to >= as_of)
            )
        ).collection_agency_id
        suited = named.filtered(lambda agency: not agency._find_refusal(profile, as_of))
        return suited[:1].sudo(self.env.su)
