from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CreditAuthority(models.Model):
    """Who decides on limits: up to which amount, for debtors of which risk tier."""

    _name = "credit.authority"
    _description = "Authority on Limits"
    _order = "sequence, id"

    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", help="Empty: in every company."
    )
    group_id = fields.Many2one(
        "res.groups",
        string="Everybody of",
        domain=lambda self: [
            (
                "privilege_id",
                "=",
                self.env.ref("credit_control.privilege_credit_control").id,
            )
        ],
        ondelete="cascade",
    )
    user_ids = fields.Many2many(
        "res.users", string="Persons", domain=[("share", "=", False)]
    )
    tier_ids = fields.Many2many(
        "credit.risk.tier", string="Risk tiers", help="Empty: debtors of every tier."
    )
    unlimited = fields.Boolean(string="Any amount")
    limit = fields.Float(
        string="Up to",
        digits=(16, 2),
        help="The highest limit he may grant, in the company's currency.",
    )
    may_terms = fields.Boolean(
        string="Payment terms", help="Also decides on other payment terms."
    )
    may_deviate = fields.Boolean(
        string="Despite open checks",
        help="May grant credit though something of the tier's checklist is missing, "
        "with a reason.",
    )
    alone = fields.Boolean(
        string="Own requests",
        help="May also decide on what he asks for himself. Otherwise somebody else has "
        "to look at it.",
    )

    _limit_positive = models.Constraint(
        'CHECK ("limit" >= 0)', "The amount of an authority can't be negative."
    )

    @api.constrains("group_id", "user_ids")
    def _check_whose(self):
        for authority in self:
            if not authority.group_id and not authority.user_ids:
                raise ValidationError(self.env._("Say who has this authority."))

    @api.depends("group_id", "user_ids")
    def _compute_display_name(self):
        for authority in self:
            names = [authority.group_id.name, *authority.user_ids.mapped("name")]
            authority.display_name = ", ".join(filter(None, names))

    @api.model
    def _get_for(self, company, tier):
        """The authorities on debtors of ``tier`` in ``company``."""
        lines = self.sudo().search([("company_id", "in", (company.id, False))])
        return lines.filtered(lambda line: not line.tier_ids or tier in line.tier_ids)

    def _filtered_amount(self, amount: float | None):
        """Those that reach up to ``amount``; None is no limit at all."""
        return self.filtered(
            lambda line: line.unlimited or (amount is not None and amount <= line.limit)
        )

    def _filtered_user(self, user):
        """Those that ``user`` has."""
        return self.filtered(
            lambda line: user in line.user_ids or user in line._get_group_users()
        )

    def _filtered_alone(self, company):
        """Those that need nobody else to look at one's own request."""
        if company.sudo().credit_four_eyes:
            return self.browse()
        return self.filtered("alone")

    def _get_group_users(self):
        return self.sudo().group_id.all_user_ids

    def _get_users(self, company):
        """Who has one of these authorities and works in ``company``."""
        users = self.sudo().user_ids | self._get_group_users()
        return users.filtered(
            lambda user: user.active and not user.share and company in user.company_ids
        )
