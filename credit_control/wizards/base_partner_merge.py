from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Odoo would delete the second debtor file of a customer, or stumble."""
        sources = src_partners.sudo().with_context(active_test=False)
        sources.credit_profile_ids._move_to(dst_partner.commercial_partner_id)
        return super()._update_foreign_keys(src_partners, dst_partner)
