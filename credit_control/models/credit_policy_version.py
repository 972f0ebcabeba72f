from odoo import api, fields, models

from ..core import escalation
from ..core.money import to_decimal


class CreditPolicyVersion(models.Model):
    """A policy as it stood when notices were made by it.

    Made on first use, never changed: old notices go on showing their rules.
    """

    _name = "credit.policy.version"
    _description = "Dunning Policy Version"
    _order = "policy_id, number desc"

    policy_id = fields.Many2one(
        "credit.policy", required=True, index=True, ondelete="cascade"
    )
    number = fields.Integer(string="Version", required=True)
    content = fields.Json(required=True)
    rules = fields.Text(compute="_compute_words")

    _number_uniq = models.Constraint(
        "UNIQUE (policy_id, number)", "The policy has this version already."
    )

    @api.depends("policy_id.name", "number")
    def _compute_display_name(self):
        for version in self:
            version.display_name = version.policy_id._word_version(version.number)

    @api.depends("content")
    @api.depends_context("lang")
    def _compute_words(self):
        for version in self:
            levels = version.content["levels"]
            version.rules = "\n".join(version._word_level(level) for level in levels)

    def _get_level_content(self, level_id: int) -> dict:
        """Columns of the level as they stood; translated ones by language."""
        levels = self.content["levels"]
        return next((level for level in levels if level["id"] == level_id), {})

    def _get_core_policy(self) -> escalation.Policy:
        """The rules of then, as the core knows them."""
        policy = self.content["policy"]
        return escalation.Policy(
            self.policy_id.id,
            to_decimal(policy["tolerance"] or 0),
            tuple(map(self._get_core_level, self.content["levels"])),
            never=bool(policy["do_not_dun"]),
            skip=bool(policy["skip_older"]),
            interval=policy["interval"] or 0,
            carry=bool(policy["carry"]),
            credits=policy["credits"],
        )

    @api.model
    def _get_core_level(self, level: dict) -> escalation.Level:
        return escalation.Level(
            level["id"],
            level["number"],
            level["days"] or 0,
            level["min_days"] or 0,
            to_decimal(level["min_amount"] or 0),
            level["base"],
            to_decimal(level["min_share"] or 0),
            # Versions of old know nothing of costs by law.
            level.get("cost_basis") == "law" or bool(level.get("fee")),
        )

    def _word_level(self, level: dict) -> str:
        fields_ = self.env["credit.policy.level"]._fields
        base = dict(fields_["base"]._description_selection(self.env))
        channel = dict(fields_["channel"]._description_selection(self.env))
        name = level["name"]
        return self.env._(
            "Level %(number)s %(name)s, %(channel)s; days %(base)s: %(days)s; days "
            "after the notice before, at least: %(min_days)s",
            number=level["number"],
            name=name.get(self.env.lang) or name["en_US"],
            days=level["days"],
            base=base[level["base"]].lower(),
            channel=channel.get(level["channel"], level["channel"]).lower(),
            min_days=level["min_days"],
        )
