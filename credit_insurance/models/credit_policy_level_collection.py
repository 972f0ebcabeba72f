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
        for level in self:
            if level.pre_collection == "agency" and not level.pre_collection_agency_id:
                raise ValidationError(
                    self.env._(
                        'Choose the agency that level "%s" is sent by.', level.name
                    )
                )


class CreditNoticeCollection(models.Model):
    """The sender of a pre-collection letter."""

    _inherit = "credit.notice"

    def _get_pre_collector(self):
        """The agency in whose name the letter goes out; none for our own."""
        level = self.level_id.sudo()
        if level.pre_collection != "agency":
            return self.env["res.partner"]
        return level.pre_collection_agency_id.partner_id

    def _get_letterhead(self) -> str:
        level = self.level_id.sudo().with_context(lang=self.lang)
        if not level.pre_collection:
            return ""
        if level.letterhead:
            return level.letterhead
        if level.pre_collection == "agency":
            return self.env._("On behalf of %s", self.company_id.name)
        return self.env._("Collections department")
