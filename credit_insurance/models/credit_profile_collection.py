from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from odoo.addons.credit_control.models.credit_profile_risk import RiskReason
from odoo.addons.credit_control.rights import check_officer


class CreditProfileCollection(models.Model):
    """What of a debtor is handed over to be collected."""

    _inherit = "credit.profile"

    collection_file_ids = fields.One2many(
        "credit.collection.file", "profile_id", string="Collection files"
    )
    collection_count = fields.Integer(
        string="Files in collection", compute="_compute_risks"
    )
    collection_file_id = fields.Many2one(
        "credit.collection.file",
        string="Collection file",
        compute="_compute_collection",
        search="_search_collection_file_id",
        help="The one that is with an agency.",
    )
    collection_words = fields.Char(string="Collected by", compute="_compute_collection")
    was_irrecoverable_on = fields.Date(
        string="Irrecoverable since", compute="_compute_collection"
    )

    def _compute_collection(self):
        files = self.env["credit.collection.file"].search(
            [("profile_id", "in", self._origin.ids)], order="sent_date, id"
        )
        by_debtor = files.grouped("profile_id")
        for profile in self:
            own = by_debtor.get(profile._origin, files.browse())
            held = own.filtered("is_held")[-1:]
            lost = own.filtered(lambda file: file.outcome == "irrecoverable")[-1:]
            profile.collection_file_id = held
            profile.collection_words = held._word_since() if held else False
            profile.was_irrecoverable_on = lost.closed_date

    @api.model
    def _search_collection_file_id(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        held = Domain("is_held", "=", True)
        if operator == "in" and False in value:
            return Domain("collection_file_ids", "not any", held)
        if operator == "in":
            return Domain(
                "collection_file_ids", "any", held & Domain("id", "in", value)
            )
        return Domain("collection_file_ids", "any", held & value)

    @api.model
    def _get_risk_columns(self) -> dict[str, SQL]:
        self.env["credit.collection.file"].flush_model(["profile_id"])
        count = SQL(
            """(SELECT COUNT(*) FROM credit_collection_file f
                 WHERE f.profile_id = p.id)"""
        )
        return {**super()._get_risk_columns(), "collection_count": count}

    def _get_risk_reasons(self) -> list[RiskReason]:
        """Who has to be collected from gets nothing more on credit."""
        reasons = super()._get_risk_reasons()
        if not self.collection_count:
            return reasons
        if file := self.collection_file_id:
            day = format_date(self.env, file.sent_date)
            words = self.env._("Invoices are in collection since %s.", day)
            reasons.append(RiskReason("collection", words))
        elif day := self.was_irrecoverable_on:
            words = self.env._(
                "A collection ended without payment on %s.", format_date(self.env, day)
            )
            reasons.append(RiskReason("collection", words))
        return reasons

    @api.model
    def _get_claimed_domain(self, mark: str) -> Domain:
        """What is in a collection file is not ready to be handed over once more."""
        domain = super()._get_claimed_domain(mark)
        if mark != "handoff":
            return domain
        handed = Domain("is_open", "=", True)
        return domain & Domain("item_id.credit_collection_line_ids", "not any", handed)

    # -- prepare ---------------------------------------------------------------

    def action_prepare_collection(self):
        """Prepare files about what is overdue of these debtors."""
        check_officer(self.env, self.env._("Only credit officers prepare files."))
        self.check_access("read")
        files = self.env["credit.collection.file"]
        for profile in self:
            items = profile._get_collectable_items()
            for claims in items.grouped("currency_id").values():
                files |= profile._prepare_collection(claims)
        if not files:
            raise UserError(
                self.env._(
                    "Nothing overdue is left to hand over: it is in a file, disputed "
                    "or planned already."
                )
            )
        return files._get_form_action()

    def _get_collectable_items(self):
        """What is overdue and neither in a file nor held by an agreement."""
        as_of = self.company_id._credit_today()
        dunning = self.env["credit.dunning"].sudo()
        found = dunning._fetch_items(self.company_id, as_of, profiles=self.sudo())
        ids = [
            item.id
            for item in found
            if not item.block and item.residual > 0 and item.due < as_of
        ]
        items = self.env["account.move.line"].browse(ids)
        return self._without_files(items)

    def _without_files(self, items):
        """Those of ``items`` that are in no open file, and no costs or interest."""
        lines = self.env["credit.collection.line"].sudo()
        held = lines.search([("item_id", "in", items.ids), ("is_open", "=", True)])
        charges = self.env["credit.charge"].sudo()
        charges = charges.search([("item_ids", "in", items.ids)])
        return items - (held.item_id | charges.item_ids).with_env(items.env)

    def _prepare_collection(self, items, **values):
        """A file about ``items``, checked before anything is written."""
        self.ensure_one()
        check_officer(self.env, self.env._("Only credit officers prepare files."))
        self.check_access("read")
        self._check_amounts({item: item.amount_residual_currency for item in items})
        files = self.env["credit.collection.file"].sudo()
        files._check_not_handed_over(items)
        file = files._make(
            self.sudo(), items.sudo(), self.company_id._credit_today(), **values
        )
        return file.sudo(self.env.su)

    def action_view_collection(self):
        name = self.env._("Collection files of %s", self.partner_id.display_name)
        return self._get_records_action("credit.collection.file", name)
