from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_amount


class CreditGroup(models.Model):
    """Debtors that share a limit, e.g. the companies of one owner."""

    _name = "credit.group"
    _description = "Debtor Group"
    _inherit = ["mail.thread"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    active = fields.Boolean(default=True)
    limit = fields.Monetary(
        string="Group limit",
        tracking=True,
        help="What all of them together may owe. A member's limit in force is the "
        "smaller one of his own and this one.",
    )
    member_ids = fields.One2many(
        "credit.profile",
        "group_id",
        string="Members",
        context={"active_test": False},
        check_company=True,
    )
    member_count = fields.Integer(string="Debtors", compute="_compute_exposure")
    exposure = fields.Monetary(compute="_compute_exposure")
    available = fields.Monetary(string="Available credit", compute="_compute_exposure")
    change_ids = fields.One2many("credit.limit.change", "group_id", string="History")

    _limit_positive = models.Constraint(
        'CHECK ("limit" >= 0)', "The credit limit can't be negative."
    )
    _name_uniq = models.UniqueIndex(
        "(company_id, name)", "Another group of this company has this name already."
    )

    @api.depends("limit", "member_ids.exposure")
    def _compute_exposure(self):
        """Also of members that the reader doesn't see: a group owes what it owes."""
        for group in self:
            members = group.sudo().member_ids
            group.member_count = len(members)
            group.exposure = sum(members.mapped("exposure"))
            group.available = group.limit - group.exposure

    @api.constrains("company_id")
    def _check_members_company(self):
        for group in self.sudo():
            if group.member_ids.company_id - group.company_id:
                raise ValidationError(
                    self.env._("All members of a group are debtors of its company.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        groups = super().create(vals_list)
        groups._log_limit_changes(dict.fromkeys(groups, "–"))
        groups._check_authority()
        return groups

    def write(self, vals):
        before = {group: group._word_limit() for group in self}
        result = super().write(vals)
        if {"limit", "active"} & vals.keys():
            self._log_limit_changes(before)
            self.sudo().member_ids._tell_core()
            self._check_authority()
        return result

    def unlink(self):
        members = self.sudo().member_ids
        members.group_id = False
        return super().unlink()

    def _check_authority(self) -> None:
        """The limit of a group takes an authority on debtors of every tier."""
        if self.env.su:
            return
        tiers = self.env["credit.risk.tier"]
        for group in self.filtered("active"):
            lines = self.env["credit.authority"]._get_for(group.company_id, tiers)
            lines = lines._filtered_user(self.env.user)
            lines = lines._filtered_alone(group.company_id)
            if not lines._filtered_amount(group.limit):
                raise UserError(
                    self.env._("The limit of this group is above your authority.")
                )

    def _word_limit(self) -> str:
        if not self.active:
            return self.env._("Archived")
        return format_amount(self.env, self.limit, self.currency_id)

    def _log_limit_changes(self, before: dict) -> None:
        self.env["credit.limit.change"]._log(
            [
                {
                    "group_id": group.id,
                    "company_id": group.company_id.id,
                    "kind": "group_limit",
                    "old": old,
                    "new": group._word_limit(),
                }
                for group, old in before.items()
                if old != group._word_limit()
            ]
        )
