from odoo import api, fields, models
from odoo.tools import SQL

from ..core import payers
from ..rights import check_officer

# Up to how much was bought in twelve months, in the company's currency.
SIZES = (5_000, 25_000, 100_000)
# Traits that are records: kind → (model, column of the debtor ``d``).
RECORDS = {
    "country": ("res.country", SQL("d.country_id")),
    "industry": ("res.partner.industry", SQL("d.industry_id")),
    "term": ("account.payment.term", SQL("d.term_id")),
}


class CreditPayerTrait(models.Model):
    """What good payers have in common: of the customers with a trait, how many pay well
    beside how many of all.

    A customer is whoever bought in the last twelve months; he pays well who is in the
    best risk tier and has nothing overdue. Found anew every night.
    """

    _name = "credit.payer.trait"
    _description = "What Good Payers Have in Common"
    _order = "kind, good_percent desc, id"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    date = fields.Date(string="As of", required=True)
    kind = fields.Selection(
        [
            ("country", "Country"),
            ("industry", "Industry"),
            ("category", "Tag"),
            ("size", "Turnover in 12 months"),
            ("term", "Payment term"),
        ],
        required=True,
    )
    # The record's id, or the number of the size.
    number = fields.Integer(required=True)
    name = fields.Char(string="Who", compute="_compute_name")
    customers = fields.Integer()
    good = fields.Integer(string="Pay well")
    good_percent = fields.Float(string="Share that pays well", aggregator=None)
    all_percent = fields.Float(string="Of all customers", aggregator=None)
    is_mark = fields.Boolean(
        string="Tells good payers",
        help="At least 5 customers, and the share that pays well is at least 10 points "
        "above that of all customers.",
    )

    _trait_uniq = models.UniqueIndex(
        "(company_id, kind, number)", "A trait stands once in a company."
    )

    @api.depends("kind", "number")
    @api.depends_context("lang")
    def _compute_name(self):
        for kind, traits in self.grouped("kind").items():
            names = traits._get_names(kind)
            for trait in traits:
                trait.name = names.get(trait.number) or self.env._("Not known")

    def _get_names(self, kind: str) -> dict[int, str]:
        if kind == "size":
            return {number: self._word_size(number) for number in range(len(SIZES) + 1)}
        model = "res.partner.category" if kind == "category" else RECORDS[kind][0]
        records = self.env[model].sudo().browse(self.mapped("number")).exists()
        return {record.id: record.display_name for record in records}

    def _word_size(self, number: int) -> str:
        if number == len(SIZES):
            return self.env._("more than %s", f"{SIZES[-1]:,}")
        if not number:
            return self.env._("up to %s", f"{SIZES[0]:,}")
        return self.env._(
            "%(least)s to %(most)s",
            least=f"{SIZES[number - 1]:,}",
            most=f"{SIZES[number]:,}",
        )

    # -- found -----------------------------------------------------------------

    def action_find(self):
        """Look again now what good payers have in common."""
        check_officer(self.env, self.env._("Only credit officers do that."))
        for company in self.env.companies:
            self.sudo()._find(company, company._credit_today())
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    def _find(self, company, as_of: date) -> None:
        """Put what is found in ``company`` in the place of what was known."""
        counts = self._count_traits(company)
        good, customers = counts.pop(("all", 0), (0, 0))
        self.search([("company_id", "=", company.id)]).unlink()
        self.create(
            [
                {
                    "company_id": company.id,
                    "date": as_of,
                    "kind": kind,
                    "number": number,
                    "customers": own,
                    "good": own_good,
                    "good_percent": float(payers.share(own_good, own)),
                    "all_percent": float(payers.share(good, customers)),
                    "is_mark": bool(number or kind == "size")
                    and payers.is_mark(own_good, own, good, customers),
                }
                for (kind, number), (own_good, own) in counts.items()
            ]
        )

    @api.model
    def _count_traits(self, company) -> dict[tuple, tuple[int, int]]:
        """{(kind, number): (how many pay well, how many customers)}; one query."""
        self.env.flush_all()
        portfolio = self.env["credit.portfolio.report"]
        best = self.env["credit.risk.tier"]._get_scored()[:1]
        rows = self.env.execute_query(
            SQL(
                """
                WITH debtor AS (
                    SELECT p.partner_id, p.country_id, p.industry_id, p.turnover,
                           (c.property_payment_term_id ->> %(company)s)::int AS term_id,
                           p.tier_id = %(best)s AND p.overdue_amount <= 0 AS good
                      FROM %(portfolio)s p
                      JOIN res_partner c ON c.id = p.partner_id
                     WHERE p.company_id = %(company)s::int AND p.turnover > 0),
                trait AS (
                    SELECT 'all' AS kind, 0 AS number, d.good FROM debtor d
                     UNION ALL %(records)s
                     UNION ALL
                    SELECT 'size', width_bucket(d.turnover, %(sizes)s::numeric[]), d.good
                      FROM debtor d
                     UNION ALL
                    SELECT 'category', t.category_id, d.good
                      FROM debtor d
                      JOIN res_partner_res_partner_category_rel t
                        ON t.partner_id = d.partner_id)
                SELECT kind, number, COUNT(*) FILTER (WHERE good), COUNT(*)
                  FROM trait GROUP BY kind, number ORDER BY kind, number
                """,
                company=str(company.id),
                best=best.id or 0,
                portfolio=portfolio._table_sql,
                records=SQL(" UNION ALL ").join(
                    SQL(
                        "SELECT %s, COALESCE(%s, 0), d.good FROM debtor d", kind, column
                    )
                    for kind, (_model, column) in RECORDS.items()
                ),
                sizes=list(SIZES),
            )
        )
        return {(kind, number): (good, own) for kind, number, good, own in rows}
