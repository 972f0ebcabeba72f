from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..core import terms

# The kinds of cover that insurers know.
KINDS = [
    ("full", "Limit of the insurer"),
    ("check", "Checked limit"),
    ("start", "Start limit"),
    ("discretionary", "Discretionary limit"),
    ("blind", "Blind cover"),
]


class CreditInsuranceTerms(models.Model):
    """Where a policy differs for a country or a kind of cover."""

    _name = "credit.insurance.terms"
    _description = "Terms of a Policy"
    _inherit = ["credit.insurance.conditions"]
    _order = "policy_id, sequence, id"

    policy_id = fields.Many2one(
        "credit.insurance.policy", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="policy_id.currency_id")
    sequence = fields.Integer(default=10)
    country_ids = fields.Many2many(
        "res.country",
        string="Countries",
        # Without its country a line would be about all of them.
        ondelete="restrict",
        help="Empty: all countries that no other line names.",
    )
    kind = fields.Selection(
        KINDS, string="Kind of cover", help="Empty: all kinds of cover."
    )

    @api.constrains("policy_id", "country_ids", "kind")
    def _check_said_once(self):
        for line in self:
            others = line.policy_id.terms_ids - line
            for other in others.filtered(lambda o, line=line: o.kind == line.kind):
                twice = line.country_ids & other.country_ids
                if twice or not (line.country_ids or other.country_ids):
                    raise ValidationError(
                        line.env._(
                            "Policy %(policy)s has two lines for %(country)s and the "
                            "same kind of cover.",
                            policy=line.policy_id.number,
                            country=twice[:1].name or line.env._("all countries"),
                        )
                    )

    def _get_core_lines(self) -> list[terms.Line]:
        return [
            terms.Line(country, line.kind or None, line._get_core_terms())
            for line in self
            for country in (line.country_ids.ids or [None])
        ]
