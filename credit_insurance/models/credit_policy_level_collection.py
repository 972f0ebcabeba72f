from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CreditPolicyLevelCollection(models.Model):
    """A level may be a pre-collection letter: in the name of somebody who collects."""

    _inherit = "credit.policy.level"

    pre_collection = fields.Selection(
        [("agency", "A collection agency"), ("own", "Our own collections department")],
        string="Pre-collection by",
        help="The letter carries this sender. The money still goes to your account.",
    )
    pre_collection_agency_id = fields.Many2one(
        "credit.collection.agency",
        string="Pre-collection agency",
        domain=[("does_pre_collection", "=", True)],
        ondelete="restrict",
    )
    letterhead = fields.Char(
        translate=True,
        help='Stands below the name of the sender, e.g. "Department of collections, '
        'on behalf of …".',
    )

    @api.constrains("pre_collection", "pre_collection_agency_id")
    def _check_pre_collection(self):
        for level in self.filtered(lambda level: level.pre_collection == "agency"):
            if not level.pre_collection_agency_id:
                raise ValidationError(
                    self.env._(
                        'Choose the agency that level "%s" is sent by.', level.name
                    )
                )
            level.policy_id._check_agency_company(level.pre_collection_agency_id)
