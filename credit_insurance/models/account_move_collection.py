from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.credit_control.rights import check_officer

VIEWERS = "credit_control.group_viewer"


class AccountMoveLineCollection(models.Model):
    """The collection file that an open item is in."""

    _inherit = "account.move.line"

    credit_collection_line_ids = fields.One2many(
        "credit.collection.line", "item_id", groups=VIEWERS
    )
    credit_collection_words = fields.Char(
        string="With an agency",
        compute="_compute_credit_collection_words",
        groups=VIEWERS,
    )

    def _compute_credit_collection_words(self):
        held = self.env["credit.collection.line"].search(
            [("item_id", "in", self._origin.ids), ("is_held", "=", True)]
        )
        files = {line.item_id: line.file_id for line in held}
        for item in self:
            file = files.get(item._origin)
            item.credit_collection_words = file._word_since() if file else False

    def action_credit_collect(self):
        """Prepare a collection file about these items."""
        check_officer(self.env, self.env._("Only credit officers prepare files."))
        claims = self._get_credit_claims()
        partner = claims.partner_id.commercial_partner_id
        if len(partner) != 1 or len(claims.company_id) != 1:
            raise UserError(self.env._("Choose open invoices of one debtor."))
        profile = self.env["credit.profile"]._get_or_create(partner, claims.company_id)
        return profile._prepare_collection(claims)._get_form_action()


class AccountMoveCollection(models.Model):
    """The collection file that an invoice is in."""

    _inherit = "account.move"

    credit_collection_file_id = fields.Many2one(
        "credit.collection.file",
        string="Collection file",
        compute="_compute_credit_collection_file_id",
        groups=VIEWERS,
    )
    credit_collection_words = fields.Char(
        compute="_compute_credit_collection_file_id", groups=VIEWERS
    )

    def _compute_credit_collection_file_id(self):
        held = self.env["credit.collection.line"].search(
            [("item_id.move_id", "in", self._origin.ids), ("is_held", "=", True)]
        )
        files = {line.item_id.move_id: line.file_id for line in held}
        for move in self:
            file = files.get(move._origin, held.file_id.browse())
            move.credit_collection_file_id = file
            move.credit_collection_words = file._word_since() if file else False
