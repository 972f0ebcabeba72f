from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..core import securities


class CreditSecurityPresentation(models.Model):
    """The documents of an invoice were presented under a letter of credit."""

    _name = "credit.security.presentation"
    _description = "Documents Presented"
    _order = "date desc, id desc"
    _rec_name = "move_id"
    _check_company_auto = True

    security_id = fields.Many2one(
        "credit.security", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="security_id.company_id", store=True)
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    date = fields.Date(
        string="Presented on", required=True, default=fields.Date.context_today
    )
    accepted = fields.Boolean(
        string="Accepted by the bank",
        help="It pays, also if they came late or weren't as agreed.",
    )
    note = fields.Char(help="Which documents, to which bank.")

    _once = models.UniqueIndex(
        "(security_id, move_id)",
        "The documents of this invoice have been presented already.",
    )

    @api.constrains("security_id", "move_id")
    def _check_whose(self):
        for one in self:
            if one.security_id.kind != securities.CREDIT_LETTER:
                raise ValidationError(
                    self.env._("Documents are presented under a letter of credit.")
                )
            debtor = one.security_id.profile_id.partner_id
            if one.move_id.commercial_partner_id != debtor:
                raise ValidationError(
                    self.env._(
                        "%(invoice)s is no invoice of %(debtor)s.",
                        invoice=one.move_id.display_name,
                        debtor=debtor.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        found = super().create(vals_list)
        for company, ones in found.grouped("company_id").items():
            ones.security_id._close_presented(company._credit_today())
        return found
