from odoo import fields, models


class CreditGroup(models.Model):
    """Orders of members at the same moment can't both use what the group has left."""

    _inherit = "credit.group"

    order_check_date = fields.Datetime(
        string="Order last checked on", readonly=True, copy=False
    )
