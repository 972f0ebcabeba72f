from odoo import fields, models
from odoo.tools import SQL

from .credit_snapshot import BUCKETS

NOTHING = ("-", "Nothing late or open")


class CreditSnapshotMove(models.Model):
    """Where each debtor stood at two month-ends in a row: by his oldest claim."""

    _name = "credit.snapshot.move"
    _description = "Movement of Debtors"
    _auto = False
    _order = "date desc, bucket desc, amount desc"
    _depends = {
        "credit.snapshot": [
            "date",
            "company_id",
            "partner_id",
            "tier_id",
            "bucket",
            "amount",
        ]
    }

    date = fields.Date(string="Month-end")
    company_id = fields.Many2one("res.company")
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one("res.partner", string="Debtor")
    tier_id = fields.Many2one("credit.risk.tier", string="Risk tier")
    bucket_before = fields.Selection([NOTHING, *BUCKETS], string="Oldest before")
    bucket = fields.Selection([NOTHING, *BUCKETS], string="Oldest now")
    direction = fields.Selection(
        [
            ("new", "New"),
            ("worse", "Later than before"),
            ("same", "As before"),
            ("better", "Less late"),
            ("gone", "Paid all"),
        ],
        string="Movement",
    )
    amount_before = fields.Monetary(string="Open a month before")
    amount = fields.Monetary(string="Open")
    change = fields.Monetary()

    @property
    def _table_query(self) -> SQL:
        """A debtor stands in the oldest bucket in which he owes something."""
        hidden = self.env["credit.ageing"]._hidden_sql(
            SQL("credit_snapshot.partner_id"), SQL("credit_snapshot.company_id")
        )
        return SQL(
            """
            WITH debtor AS (
                SELECT MIN(id) AS id, company_id, partner_id, MAX(tier_id) AS tier_id,
                       date, SUM(amount) AS amount,
                       COALESCE(MAX(bucket) FILTER (WHERE amount > 0), '-') AS bucket
                  FROM credit_snapshot
                 WHERE partner_id IS NOT NULL AND %(allowed)s
              GROUP BY company_id, partner_id, date
            ), pair AS (
                SELECT COALESCE(now.id * 2, before.id * 2 + 1) AS id,
                       COALESCE(now.date, before.next) AS date,
                       COALESCE(now.company_id, before.company_id) AS company_id,
                       COALESCE(now.partner_id, before.partner_id) AS partner_id,
                       COALESCE(now.tier_id, before.tier_id) AS tier_id,
                       COALESCE(before.bucket, '-') AS bucket_before,
                       COALESCE(now.bucket, '-') AS bucket,
                       COALESCE(before.amount, 0) AS amount_before,
                       COALESCE(now.amount, 0) AS amount
                  FROM debtor now
             FULL JOIN (SELECT *, (date_trunc('month', date + 1)
                                   + INTERVAL '1 month - 1 day')::date AS next
                          FROM debtor) before
                    ON before.company_id = now.company_id
                   AND before.partner_id = now.partner_id
                   AND before.next = now.date
            )
            SELECT pair.*, amount - amount_before AS change,
                   CASE WHEN bucket_before = bucket THEN 'same'
                        WHEN bucket_before = '-' THEN 'new'
                        WHEN bucket = '-' THEN 'gone'
                        WHEN bucket > bucket_before THEN 'worse'
                        ELSE 'better' END AS direction
              FROM pair
             WHERE EXISTS (SELECT FROM credit_snapshot there
                            WHERE there.company_id = pair.company_id
                              AND there.date = pair.date)
               AND EXISTS (SELECT FROM credit_snapshot there
                            WHERE there.company_id = pair.company_id
                              AND there.date = (date_trunc('month', pair.date)
                                                - INTERVAL '1 day')::date)
            """,
            allowed=SQL("NOT %s", hidden) if hidden else SQL("TRUE"),
        )

    def action_view_debtor(self) -> dict:
        """The debtor's month-ends."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "credit_control_report.action_credit_snapshot"
        )
        domain = [
            ("partner_id", "=", self.partner_id.id),
            ("company_id", "=", self.company_id.id),
        ]
        return {
            **action,
            "name": self.env._("Month-ends of %s", self.partner_id.display_name),
            "domain": domain,
            "context": {},
            "view_mode": "graph,pivot,list",
        }
