from odoo import fields, models


class ResCompanyCollection(models.Model):
    """Accounts that were chosen last for what came back unpaid."""

    _inherit = "res.company"

    credit_loss_account_id = fields.Many2one(
        "account.account", string="Losses on customers", check_company=True
    )
    credit_write_down_account_id = fields.Many2one(
        "account.account", string="Write-downs on customers", check_company=True
    )
    credit_allowance_account_id = fields.Many2one(
        "account.account", string="Provision for customers", check_company=True
    )
    credit_lost_vat_account_id = fields.Many2one(
        "account.account", string="VAT on lost debts", check_company=True
    )
    credit_lost_vat_tag_ids = fields.Many2many(
        "account.account.tag",
        "credit_company_lost_vat_tag_rel",
        string="Tax grids of VAT on lost debts",
    )
