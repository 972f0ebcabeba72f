from odoo import api, fields, models


class CreditItemsMake(models.AbstractModel):
    """Which items of a debtor something is made for, and whether he gets it by mail."""

    _name = "credit.items.make"
    _description = "Something to Make of Items"
    _inherit = ["credit.debtor.make"]

    item_ids = fields.Many2many(
        "account.move.line",
        string="Invoices",
        compute="_compute_item_ids",
        store=True,
        readonly=False,
    )
    email = fields.Char(string="E-mail", compute="_compute_email")
    send_email = fields.Boolean(
        string="Send by e-mail",
        compute="_compute_send_email",
        store=True,
        readonly=False,
    )

    @api.depends("profile_id")
    def _compute_item_ids(self):
        """What is overdue, to begin with."""
        for make in self:
            if not make.item_ids:
                make.item_ids = make.profile_id and make._get_first_items()

    def _get_first_items(self):
        return self.profile_id._get_overdue_claims()

    @api.depends("profile_id")
    def _compute_email(self):
        for make in self:
            make.email = make.profile_id and make.profile_id._get_contact().email

    @api.depends("email")
    def _compute_send_email(self):
        for make in self:
            make.send_email = bool(make.email)
