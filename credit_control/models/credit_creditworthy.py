from odoo import api, fields, models
from odoo.tools import SQL

# What is known of somebody who never bought.
KNOWN = ("country", "industry", "category")


class CreditCreditworthy(models.Model):
    """Customers and prospects who resemble good payers, for who sells.

    Nothing of them is overdue, their orders aren't on hold, they aren't in the last risk
    tier, and they share a mark of good payers. No figure of the ledger stands here.
    """

    _name = "credit.creditworthy"
    _description = "Creditworthy"
    _auto = False
    _rec_name = "partner_id"
    _order = "match_count desc, partner_id"
    _depends = {
        "credit.exposure": ["overdue_amount"],
        "credit.payer.trait": ["company_id", "is_mark", "kind", "number"],
        "credit.profile": ["order_hold"],
        "res.partner": [
            "active",
            "category_id",
            "commercial_partner_id",
            "company_id",
            "country_id",
            "customer_rank",
            "industry_id",
            "is_company",
            "supplier_rank",
            "user_id",
        ],
    }

    partner_id = fields.Many2one("res.partner", string="Who", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    kind = fields.Selection(
        [("customer", "Customer"), ("prospect", "Prospect")], readonly=True
    )
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    industry_id = fields.Many2one("res.partner.industry", readonly=True)
    phone = fields.Char(related="partner_id.phone")
    email = fields.Char(related="partner_id.email")
    match_count = fields.Integer(string="Matches", readonly=True, aggregator=None)
    reason = fields.Char(string="Why", compute="_compute_reason", compute_sudo=True)

    @property
    def _table_query(self) -> SQL:
        exposures = self.env["credit.exposure"]
        return SQL(
            """
            SELECT w.partner_id::bigint * 100000 + w.company_id AS id, w.*
              FROM (SELECT p.id AS partner_id, c.id AS company_id, p.user_id,
                           p.country_id, p.industry_id,
                           CASE WHEN p.customer_rank > 0 THEN 'customer'
                                ELSE 'prospect' END AS kind,
                           (SELECT COUNT(*) FROM credit_payer_trait t
                             WHERE t.company_id = c.id AND t.is_mark
                               AND %(has_trait)s) AS match_count
                      FROM res_partner p
                CROSS JOIN res_company c
                 LEFT JOIN %(exposures)s e ON e.partner_id = p.id
                                          AND e.company_id = c.id
                 LEFT JOIN credit_profile f ON f.id = e.id
                     WHERE p.active AND p.commercial_partner_id = p.id
                       AND (p.customer_rank > 0
                            OR (p.is_company AND COALESCE(p.supplier_rank, 0) = 0))
                       AND COALESCE(p.company_id, c.id) = c.id
                       AND NOT EXISTS (SELECT FROM res_company o
                                        WHERE o.partner_id = p.id)
                       AND COALESCE(e.overdue_amount, 0) <= 0
                       AND f.order_hold IS NOT TRUE
                       AND COALESCE(f.tier_id, 0) <> %(worst)s) w
             WHERE w.match_count > 0
            """,
            has_trait=self._has_trait_sql(),
            exposures=exposures._table_sql,
            worst=self.env["credit.risk.tier"].sudo()._get_scored()[-1:].id or 0,
        )

    @api.model
    def _has_trait_sql(self) -> SQL:
        """Whether the partner ``p`` has the trait ``t``."""
        return SQL(
            """(t.kind = 'country' AND t.number = p.country_id
                OR t.kind = 'industry' AND t.number = p.industry_id
                OR t.kind = 'category' AND EXISTS (
                   SELECT FROM res_partner_res_partner_category_rel g
                    WHERE g.partner_id = p.id AND g.category_id = t.number))"""
        )

    @api.depends("partner_id", "company_id")
    @api.depends_context("lang")
    def _compute_reason(self):
        marks = self.env["credit.payer.trait"].search(
            [
                ("company_id", "in", self.company_id.ids),
                ("is_mark", "=", True),
                ("kind", "in", KNOWN),
            ]
        )
        by_company = marks.grouped("company_id")
        for row in self:
            words = [
                self.env._(
                    "%(who)s: %(share)d %% pay well (of all customers %(all)d %%)",
                    who=trait.name,
                    share=round(trait.good_percent),
                    all=round(trait.all_percent),
                )
                for trait in by_company.get(row.company_id, ())
                if row._has_trait(trait)
            ]
            row.reason = "; ".join(words)

    def _has_trait(self, trait) -> bool:
        partner = self.partner_id
        known = {
            "country": partner.country_id.ids,
            "industry": partner.industry_id.ids,
            "category": partner.category_id.ids,
        }
        return trait.number in known[trait.kind]

    def action_open_partner(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "view_mode": "form",
        }
