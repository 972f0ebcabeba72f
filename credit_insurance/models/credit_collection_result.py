from odoo import api, fields, models
from odoo.tools import SQL


# Ratio: what is divided by what.
RATIOS = {
    "success:avg": ("came_in_amount", "judged_amount"),
    "cost:avg": ("fee_amount", "collected_amount"),
    "days:avg": ("ended_days", "ended_count"),
}


class CreditCollectionResult(models.Model):
    """What each agency makes of our files: how much, how fast, at which cost.

    A row is an agency, a year of sending and a currency.
    """

    _name = "credit.collection.result"
    _description = "Result of an Agency"
    _auto = False
    _order = "year desc, claimed_amount desc"
    _rec_name = "agency_id"

    agency_id = fields.Many2one("credit.collection.agency", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    year = fields.Char(string="Sent in", readonly=True)
    file_count = fields.Integer(string="Files", readonly=True)
    paid_count = fields.Integer(string="Paid", readonly=True)
    open_count = fields.Integer(string="Still there", readonly=True)
    withdrawn_count = fields.Integer(string="Withdrawn", readonly=True)
    claimed_amount = fields.Monetary(string="Claimed", readonly=True)
    collected_amount = fields.Monetary(string="Collected", readonly=True)
    direct_amount = fields.Monetary(
        string="Paid to us",
        readonly=True,
        help="What debtors paid directly since their file was handed over.",
    )
    fee_amount = fields.Monetary(string="Fees", readonly=True)
    success = fields.Float(
        readonly=True,
        aggregator="avg",
        help="What came in, through the agency or directly, of what was claimed; "
        "without files that were withdrawn.",
    )
    cost = fields.Float(
        readonly=True, aggregator="avg", help="Fees of what the agency collected."
    )
    days = fields.Float(
        string="Days to the end",
        readonly=True,
        aggregator="avg",
        digits=(8, 0),
        help="On average, of files that have ended; without those withdrawn.",
    )
    # What the ratios are made of.
    judged_amount = fields.Monetary(string="Claimed, not withdrawn", readonly=True)
    came_in_amount = fields.Monetary(string="Came in, not withdrawn", readonly=True)
    ended_count = fields.Integer(string="Ended", readonly=True)
    ended_days = fields.Integer(string="Days of the ended", readonly=True)

    @property
    def _table_query(self) -> SQL:
        self.env["credit.collection.file"].flush_model()
        self.env["credit.collection.remittance.line"].flush_model()
        return SQL(
            """
            SELECT MIN(f.id) AS id, f.agency_id, f.company_id, f.currency_id,
                   EXTRACT(YEAR FROM f.sent_date)::int::varchar AS year,
                   COUNT(*)::int AS file_count,
                   COUNT(*) FILTER (WHERE f.outcome = 'paid')::int AS paid_count,
                   COUNT(*) FILTER (WHERE f.is_held)::int AS open_count,
                   COUNT(*) FILTER (WHERE NOT f.judged)::int AS withdrawn_count,
                   SUM(f.claimed_amount) AS claimed_amount,
                   SUM(f.collected_amount) AS collected_amount,
                   SUM(f.direct_amount) AS direct_amount,
                   SUM(f.fee_amount) AS fee_amount,
                   COALESCE(SUM(f.claimed_amount) FILTER (WHERE f.judged), 0)
                       AS judged_amount,
                   COALESCE(SUM(f.collected_amount + f.direct_amount)
                       FILTER (WHERE f.judged), 0) AS came_in_amount,
                   COUNT(f.ended_days)::int AS ended_count,
                   COALESCE(SUM(f.ended_days), 0)::int AS ended_days,
                   COALESCE(SUM(f.collected_amount + f.direct_amount)
                                FILTER (WHERE f.judged)
                            / NULLIF(SUM(f.claimed_amount) FILTER (WHERE f.judged), 0),
                            0)::float8 AS success,
                   COALESCE(SUM(f.fee_amount)
                            / NULLIF(SUM(f.collected_amount), 0), 0)::float8 AS cost,
                   AVG(f.ended_days)::float8 AS days
              FROM (SELECT c.*,
                           c.outcome IS DISTINCT FROM 'withdrawn' AS judged,
                           CASE WHEN c.outcome IS DISTINCT FROM 'withdrawn'
                                THEN c.closed_date - c.sent_date END AS ended_days,
                           COALESCE(d.amount, 0) AS direct_amount
                      FROM credit_collection_file c
                 LEFT JOIN (SELECT s.file_id, SUM(s.paid) AS amount
                              FROM (%(settlements)s) s
                          GROUP BY s.file_id) d ON d.file_id = c.id
                     WHERE c.sent_date IS NOT NULL AND c.agency_id IS NOT NULL) f
          GROUP BY f.agency_id, f.company_id, f.currency_id,
                   EXTRACT(YEAR FROM f.sent_date)
            """,
            settlements=self.env["credit.collection.line"]._get_settlements_sql(),
        )

    def _read_group_select(self, aggregate_spec: str, query) -> SQL:
        """Ratios of a group are of its sums, not the average of ratios."""
        parts = RATIOS.get(aggregate_spec)
        if not parts:
            return super()._read_group_select(aggregate_spec, query)
        above, below = (self._field_to_sql(self._table, p, query) for p in parts)
        return SQL("SUM(%s)::float8 / NULLIF(SUM(%s), 0)", above, below)

    @api.depends("agency_id", "year")
    def _compute_display_name(self):
        for result in self:
            result.display_name = f"{result.agency_id.name} {result.year}"

    def action_view_files(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_insurance.action_collection_file"
        )
        domain = [
            ("agency_id", "=", self.agency_id.id),
            ("currency_id", "=", self.currency_id.id),
            ("sent_date", ">=", f"{self.year}-01-01"),
            ("sent_date", "<=", f"{self.year}-12-31"),
        ]
        return {**action, "domain": domain, "context": {}}
