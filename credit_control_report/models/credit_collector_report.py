from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.credit_control.database import flush


class CreditCollectorReport(models.Model):
    """What collectors did, and what came in after it.

    A row is a call, a promise taken or a notice sent. What a debtor paid within the
    days that the company sets counts once: for the last of them before the payment.
    """

    _name = "credit.collector.report"
    _description = "Collector Activity"
    _auto = False
    _order = "date desc, id"
    _rec_name = "partner_id"

    kind = fields.Selection(
        [("call", "Call"), ("promise", "Promise"), ("notice", "Notice")],
        string="What was done",
        readonly=True,
    )
    date = fields.Date(readonly=True)
    profile_id = fields.Many2one("credit.profile", string="Debtor file", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Debtor", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one("res.users", string="Done by", readonly=True)
    collector_id = fields.Many2one("res.users", readonly=True)
    tier_id = fields.Many2one("credit.risk.tier", string="Risk tier", readonly=True)
    number = fields.Integer(readonly=True)
    reached = fields.Integer(
        readonly=True, help="Calls in which the debtor was spoken to."
    )
    collected = fields.Monetary(
        string="Collected after",
        readonly=True,
        help="What the debtor paid after it, within the days of the settings. A payment "
        "counts once: for what was done last before it.",
    )

    @property
    def _table_query(self) -> SQL:
        self._flush_sources()
        return SQL(
            """
            WITH action AS (%(actions)s),
                 event AS (
                 SELECT profile, date, 0 AS turn, id AS action, 0.0 AS amount
                   FROM action
                  UNION ALL
                 SELECT p.id, paid.date, 1, NULL, paid.amount
                   FROM (%(payments)s) paid
                   JOIN credit_profile p ON p.partner_id = paid.debtor
                                        AND p.company_id = paid.company),
                 chained AS (
                 SELECT *, COUNT(action) OVER (
                               PARTITION BY profile ORDER BY date, turn, action
                               ROWS UNBOUNDED PRECEDING) AS link
                   FROM event),
                 paid AS (
                 SELECT FIRST_VALUE(action) OVER chain AS action,
                        FIRST_VALUE(date) OVER chain AS since, date, turn, amount
                   FROM chained WHERE link > 0
                 WINDOW chain AS (PARTITION BY profile, link ORDER BY date, turn)),
                 collected AS (
                 SELECT action, date - since AS days, SUM(amount) AS amount
                   FROM paid WHERE turn = 1 GROUP BY action, date - since)
          SELECT a.id, a.kind, a.date, a.profile AS profile_id, p.partner_id,
                 p.company_id, a.user_id, p.collector_id, p.tier_id, 1 AS number,
                 a.reached,
                 COALESCE((SELECT SUM(c.amount) FROM collected c
                            WHERE c.action = a.id
                              AND c.days <= company.credit_effect_days), 0) AS collected
            FROM action a
            JOIN credit_profile p ON p.id = a.profile
            JOIN res_company company ON company.id = p.company_id
           WHERE p.company_id = ANY(%(companies)s) AND %(allowed)s
            """,
            actions=self._actions_sql(),
            payments=self._payments_sql(),
            companies=self.env.companies.ids,
            allowed=self.env["credit.cockpit"]._allowed_sql(),
        )

    @api.model
    def _flush_sources(self) -> None:
        self.env["credit.ageing"]._flush_ageing()
        flush(self.env, ("credit.call", "credit.notice", "credit.promise"))

    @api.model
    def _actions_sql(self) -> SQL:
        """What was done: each kind has ids of its own."""
        return SQL(
            """
            SELECT k.id::bigint * 4 AS id, 'call' AS kind, k.date::date AS date,
                   k.profile_id AS profile, k.user_id,
                   (k.outcome = 'reached')::int AS reached
              FROM credit_call k
             UNION ALL
            SELECT o.id::bigint * 4 + 1, 'promise', o.made_on, o.profile_id,
                   o.create_uid, 0
              FROM credit_promise o WHERE NOT COALESCE(o.by_debtor, FALSE)
             UNION ALL
            SELECT n.id::bigint * 4 + 2, 'notice', n.date, n.profile_id,
                   COALESCE(n.user_id, p.collector_id), 0
              FROM credit_notice n
              JOIN credit_profile p ON p.id = n.profile_id
             WHERE n.state = 'sent'
            """
        )

    @api.model
    def _payments_sql(self) -> SQL:
        """What debtors paid since the first of all that was done."""
        companies = self.env.companies
        return SQL(" UNION ALL ").join(
            SQL(
                """SELECT debtor, %s AS company, date, amount FROM (%s) payment
                    WHERE date >= (SELECT MIN(date) FROM action)""",
                company.id,
                self.env["credit.kpi"]._payments_sql(
                    company, fields.Date.to_date("1900-01-01"), fields.Date.today()
                ),
            )
            for company in companies
        )

    def action_open(self) -> dict:
        """The call, promise or notice itself."""
        self.ensure_one()
        models_by_kind = {
            "call": "credit.call",
            "promise": "credit.promise",
            "notice": "credit.notice",
        }
        return {
            "type": "ir.actions.act_window",
            "res_model": models_by_kind[self.kind],
            "res_id": self.id // 4,
            "view_mode": "form",
        }
