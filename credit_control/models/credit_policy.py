from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..core import escalation
from ..core.money import to_decimal


class CreditPolicy(models.Model):
    """A dunning procedure: who it is for and which levels it climbs."""

    _name = "credit.policy"
    _description = "Dunning Policy"
    _inherit = ["mail.thread"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(
        default=10, help="The first policy that suits a debtor applies."
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", string="Company", help="Empty: for every company."
    )
    tier_ids = fields.Many2many(
        "credit.risk.tier",
        string="Risk tiers",
        help="Debtors of these tiers follow the policy. Empty: all tiers.",
    )
    tolerance = fields.Float(
        digits="Account",
        tracking=True,
        help="Items at or below this amount, in the company's currency, are left "
        "alone.",
    )
    level_ids = fields.One2many("credit.policy.level", "policy_id", copy=True)
    note = fields.Text()

    _tolerance_positive = models.Constraint(
        "CHECK (tolerance >= 0)", "The tolerance can't be negative."
    )

    @api.constrains("level_ids", "active")
    def _check_levels(self):
        for policy in self:
            if policy.active and not policy.level_ids:
                raise ValidationError(
                    self.env._('The policy "%s" needs at least one level.', policy.name)
                )
            policy._check_levels_ascend()

    def _check_levels_ascend(self) -> None:
        levels = self.level_ids.sorted("number")
        for lower, higher in zip(levels, levels[1:], strict=False):
            if higher.days <= lower.days:
                raise ValidationError(
                    self.env._(
                        'Level %(higher)s "%(name)s" must come later than level '
                        "%(lower)s: its days from the due date have to be more "
                        "than %(days)s.",
                        higher=higher.number,
                        name=higher.name,
                        lower=lower.number,
                        days=lower.days,
                    )
                )

    def _get_core_policies(self) -> dict[int, escalation.Policy]:
        """The policies as the core knows them, by id."""
        return {
            policy.id: escalation.Policy(
                policy.id,
                to_decimal(policy.tolerance),
                tuple(
                    level._get_core_level()
                    for level in policy.level_ids.sorted("number")
                ),
            )
            for policy in self
        }

    @api.model
    def _get_candidates(self, company):
        """Policies that may apply in ``company``, in order of precedence."""
        return self.search([("company_id", "in", (False, company.id))])

    def _for_tier(self, tier):
        """The first of these policies that suits debtors of ``tier``."""
        return next(
            (
                policy
                for policy in self
                if not policy.tier_ids or tier in policy.tier_ids
            ),
            self.browse(),
        )


class CreditPolicyLevel(models.Model):
    """One step of a policy: when, how and with which words."""

    _name = "credit.policy.level"
    _description = "Dunning Level"
    _order = "policy_id, number, id"

    policy_id = fields.Many2one(
        "credit.policy", required=True, index=True, ondelete="cascade"
    )
    number = fields.Integer(string="Level", required=True, default=1)
    name = fields.Char(required=True, translate=True)
    days = fields.Integer(
        string="Days after due date",
        help="Negative: days before the due date. Such a level is passed over "
        "once the due date has gone by.",
    )
    min_days = fields.Integer(
        string="Days since last notice",
        default=7,
        help="At least this many days lie between two notices of one item.",
    )
    min_amount = fields.Float(
        string="Minimum amount",
        digits="Account",
        help="A notice is only made when its items add up to this amount or "
        "more, in the company's currency.",
    )
    channel = fields.Selection(
        [
            ("email", "E-mail"),
            ("letter", "Letter"),
            ("email_letter", "E-mail and letter"),
            ("call", "Call"),
        ],
        required=True,
        default="email",
    )
    automatic = fields.Boolean(
        string="Send automatically",
        help="The daily run sends notices of this level without waiting for "
        "anybody to look at them.",
    )
    subject = fields.Char(translate=True)
    text = fields.Html(translate=True, help="The words of the e-mail and the letter.")
    template_id = fields.Many2one(
        "mail.template",
        string="E-mail template",
        domain=[("model", "=", "credit.notice")],
        ondelete="restrict",
        default=lambda self: self.env.ref(
            "credit_control.mail_template_notice", raise_if_not_found=False
        ),
        help="The frame around the words: greeting, table of items, signature.",
    )
    activity_summary = fields.Char(
        string="What to do", translate=True, help="Summary of the call to make."
    )

    _number_uniq = models.Constraint(
        "UNIQUE (policy_id, number)", "The policy has a level of this number already."
    )
    _number_positive = models.Constraint(
        "CHECK (number > 0)", "Levels are numbered from 1."
    )
    _min_days_positive = models.Constraint(
        "CHECK (min_days >= 0)", "The days since the last notice can't be negative."
    )
    _min_amount_positive = models.Constraint(
        "CHECK (min_amount >= 0)", "The minimum amount can't be negative."
    )

    @api.constrains("number", "days")
    def _check_order(self):
        self.policy_id._check_levels()

    @api.constrains("template_id")
    def _check_template(self):
        for level in self:
            if level.template_id and level.template_id.model != "credit.notice":
                raise ValidationError(
                    self.env._(
                        'The e-mail template "%(template)s" of level "%(level)s" is '
                        "not made for dunning notices.",
                        template=level.template_id.name,
                        level=level.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        used = (
            self.env["credit.notice"]
            .sudo()
            .search_count([("level_id", "in", self.ids)], limit=1)
        )
        if used:
            raise UserError(
                self.env._(
                    "Notices of this level exist: it can't be deleted. Archive the "
                    "policy and make a new one instead."
                )
            )

    def _get_core_level(self) -> escalation.Level:
        return escalation.Level(
            self.id,
            self.number,
            self.days,
            self.min_days,
            to_decimal(self.min_amount),
        )
