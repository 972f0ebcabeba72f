from itertools import chain, count

from odoo import api, fields, models


class CreditRiskTier(models.Model):
    """How far a debtor is trusted: good, fair or poor."""

    _name = "credit.risk.tier"
    _description = "Risk Tier"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        copy=False,
        help="Short name that rules and imports refer to. Empty: made from the name.",
    )
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    by_score = fields.Boolean(
        string="Given by score", help="Debtors get this tier for what they score."
    )
    score_from = fields.Float(
        string="From points", digits=(5, 2), help="Least score of this tier."
    )
    description = fields.Text(translate=True)
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint(
        "UNIQUE (code)", "Another risk tier has this code already."
    )

    _score_from_range = models.Constraint(
        "CHECK (score_from BETWEEN 0 AND 100)", "A score is between 0 and 100 points."
    )

    @api.model
    def _get_scored(self):
        """The tiers that scores give, the best first."""
        return self.sudo().search(
            [("by_score", "=", True)], order="score_from DESC, sequence, id"
        )

    @api.model_create_multi
    def create(self, vals_list):
        taken = set()
        for vals in vals_list:
            if not vals.get("code"):
                vals["code"] = self._get_free_code(vals.get("name") or "", taken)
            taken.add(vals["code"])
        return super().create(vals_list)

    @api.model
    def _get_free_code(self, name: str, taken: set[str]) -> str:
        """A code made from ``name`` that no tier has and ``taken`` lacks."""
        stem = self.env["ir.http"]._slugify(name) or "tier"
        tiers = self.sudo().with_context(active_test=False)
        known = set(tiers.search([("code", "=like", f"{stem}%")]).mapped("code"))
        codes = chain([stem], (f"{stem}-{number}" for number in count(2)))
        return next(code for code in codes if code not in known | taken)
