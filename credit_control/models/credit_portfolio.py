from datetime import date

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL


class CreditPortfolio(models.Model):
    """Whose debtors: a rule that gives debtors to a collector.

    A debtor goes to the first portfolio in the list that he suits. Whom somebody
    gave a collector by hand keeps him: such a debtor is in no portfolio.
    """

    _name = "credit.portfolio"
    _description = "Collector's Portfolio"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    collector_id = fields.Many2one("res.users", required=True, check_company=True)
    stand_in_id = fields.Many2one(
        "res.users",
        string="Stand-in",
        check_company=True,
        help="Finds these debtors among his own while the collector is away.",
    )
    absent_from = fields.Date(string="Away from")
    absent_to = fields.Date(string="Away until", help="The last day of absence.")
    tier_ids = fields.Many2many("credit.risk.tier", string="Risk tiers")
    country_ids = fields.Many2many("res.country", string="Countries")
    letter_from = fields.Char(
        string="Names from", help="First letters, e.g. A or Me. Empty: from the first."
    )
    letter_to = fields.Char(
        string="Names to",
        help="First letters of the last names, e.g. M: those with M are included.",
    )
    amount_from = fields.Monetary(string="Open from")
    amount_to = fields.Monetary(
        string="Open to", help="Less than this amount is open. 0: no upper limit."
    )
    profile_ids = fields.One2many("credit.profile", "portfolio_id", string="Debtors")
    profile_count = fields.Integer(
        string="Number of debtors", compute="_compute_profile_count"
    )

    _absence_in_order = models.Constraint(
        "CHECK (absent_to >= absent_from)", "An absence can't end before it begins."
    )
    _amounts_in_order = models.Constraint(
        "CHECK (amount_to = 0 OR amount_to > amount_from)",
        "The upper amount has to be more than the lower one.",
    )

    def _compute_profile_count(self):
        counts = dict(
            self.env["credit.profile"]._read_group(
                [("portfolio_id", "in", self.ids)], ["portfolio_id"], ["__count"]
            )
        )
        for portfolio in self:
            portfolio.profile_count = counts.get(portfolio, 0)

    # -- assign ----------------------------------------------------------------

    @api.model
    def _cron_assign(self):
        for company in self.search([("active", "=", True)]).company_id:
            self._assign(company)

    def action_assign(self):
        """Give every debtor of these companies his collector by the rules."""
        if not self.env.user.has_group("credit_control.group_manager"):
            raise AccessError(
                self.env._("Only a credit manager gives debtors to collectors.")
            )
        for company in (self or self.search([("active", "=", True)])).company_id:
            self._assign(company)
        return True

    @api.model
    def _assign(self, company) -> None:
        """Bring the collectors of ``company`` in line with the rules, in one go."""
        self.flush_model()
        self.env["res.users"].flush_model(["active"])
        self.env["credit.dunning"]._flush_sources()
        self.env.cr.execute(
            SQL(
                """
                WITH chosen AS (%s)
                UPDATE credit_profile p
                   SET collector_id = n.collector_id, portfolio_id = n.portfolio_id
                  FROM chosen n
                 WHERE p.id = n.profile_id
                   AND (p.collector_id, p.portfolio_id) IS DISTINCT FROM
                       (n.collector_id, n.portfolio_id)
                """,
                self._choice_sql(company),
            )
        )
        self.env["credit.profile"].invalidate_model(["collector_id", "portfolio_id"])
        self.invalidate_model(["profile_ids", "profile_count"])

    @api.model
    def _choice_sql(self, company) -> SQL:
        """Portfolio and collector of every debtor whom nobody chose one for."""
        return SQL(
            """
            SELECT DISTINCT ON (p.id) p.id AS profile_id, f.id AS portfolio_id,
                   f.collector_id
              FROM credit_profile p
              JOIN res_partner c ON c.id = p.partner_id
         LEFT JOIN (SELECT rp.commercial_partner_id AS partner,
                           SUM(l.amount_residual) AS open
                      FROM account_move_line l
                      JOIN res_partner rp ON rp.id = l.partner_id
                     WHERE l.account_id = ANY(%(accounts)s)
                       AND l.reconciled IS NOT TRUE
                       AND l.parent_state = 'posted'
                       AND l.company_id = %(company)s
                  GROUP BY 1) o ON o.partner = p.partner_id
         LEFT JOIN (SELECT f.*
                      FROM credit_portfolio f
                      JOIN res_users u ON u.id = f.collector_id AND u.active
                     WHERE f.active AND f.company_id = %(company)s) f
                ON %(rule)s
             WHERE p.company_id = %(company)s
               AND (p.portfolio_id IS NOT NULL OR p.collector_id IS NULL)
          ORDER BY p.id, f.sequence, f.id
            """,
            accounts=self.env["credit.dunning"]._receivable_account_ids(company),
            company=company.id,
            rule=self._rule_sql(),
        )

    @api.model
    def _rule_sql(self) -> SQL:
        """Whether the portfolio ``f`` suits the debtor ``p``; ``c`` is his partner,
        ``o.open`` what he owes.
        """
        return SQL(
            """(NOT EXISTS (SELECT 1 FROM credit_portfolio_credit_risk_tier_rel t
                             WHERE t.credit_portfolio_id = f.id)
                OR EXISTS (SELECT 1 FROM credit_portfolio_credit_risk_tier_rel t
                            WHERE t.credit_portfolio_id = f.id
                              AND t.credit_risk_tier_id = p.tier_id))
           AND (NOT EXISTS (SELECT 1 FROM credit_portfolio_res_country_rel t
                             WHERE t.credit_portfolio_id = f.id)
                OR EXISTS (SELECT 1 FROM credit_portfolio_res_country_rel t
                            WHERE t.credit_portfolio_id = f.id
                              AND t.res_country_id = c.country_id))
           AND UPPER(LEFT(c.name, LENGTH(COALESCE(f.letter_from, ''))))
               >= UPPER(COALESCE(f.letter_from, ''))
           AND (COALESCE(f.letter_to, '') = ''
                OR UPPER(LEFT(c.name, LENGTH(f.letter_to))) <= UPPER(f.letter_to))
           AND COALESCE(o.open, 0) >= COALESCE(f.amount_from, 0)
           AND (COALESCE(f.amount_to, 0) = 0 OR COALESCE(o.open, 0) < f.amount_to)"""
        )

    # -- stand-in --------------------------------------------------------------

    @api.model
    def _get_stood_in(self, user, as_of: date):
        """Portfolios of others that ``user`` looks after on ``as_of``.

        An absence without a first or a last day is open on that side; without
        either there is none.
        """
        return self.sudo().search(
            [
                ("stand_in_id", "=", user.id),
                "|",
                ("absent_from", "!=", False),
                ("absent_to", "!=", False),
                "|",
                ("absent_from", "=", False),
                ("absent_from", "<=", as_of),
                "|",
                ("absent_to", "=", False),
                ("absent_to", ">=", as_of),
            ]
        )

    def action_view_debtors(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "credit.profile",
            "view_mode": "list,form",
            "domain": [("portfolio_id", "=", self.id)],
        }
