from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_credit_request(self):
        """Ask for a limit or payment terms for this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_control.action_limit_request_new"
        )
        action["context"] = {"default_partner_id": self.commercial_partner_id.id}
        return action
