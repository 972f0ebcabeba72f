from odoo import api, fields, models
from odoo.tools import SQL


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
    claimed_amount = fields.Monetary(string="Claimed", readonly=True)
    collected_amount = fields.Monetary(string="Collected", readonly=True)
    fee_amount = fields.Monetary(string="Fees", readonly=True)
    success = fields.Float(
        readonly=True, aggregator="avg", help="Collected of claimed."
    )
    cost = fields.Float(
        readonly=True,
        aggregator="avg",
        help="Fees of what was collected.",
    )
    days = fields.Float(
        string="Days to the end",
        readonly=True,
        aggregator="avg",
        digits=(8, 0),
        help="On average, of files that have ended.",
    )

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
                   SUM(f.claimed_amount) AS claimed_amount,
                   SUM(f.collected_amount) AS collected_amount,
                   SUM(f.fee_amount) AS fee_amount,
                   COALESCE(SUM(f.collected_amount)
                            / NULLIF(SUM(f.claimed_amount), 0), 0)::float8 AS success,
                   COALESCE(SUM(f.fee_amount)
                            / NULLIF(SUM(f.collected_amount), 0), 0)::float8 AS cost,
                   AVG(f.closed_date - f.sent_date)::float8 AS days
              FROM credit_collection_file f
             WHERE f.sent_date IS NOT NULL AND f.agency_id IS NOT NULL
          GROUP BY f.agency_id, f.company_id, f.currency_id,
                   EXTRACT(YEAR FROM f.sent_date)
            """
        )

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
