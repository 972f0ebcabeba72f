from datetime import date as Day

from odoo import api, fields, models
from odoo.tools import SQL, format_amount, format_date

from .credit_ageing import DUE


class CreditAgeingItem(models.Model):
    """An open item as it stood on a day: what the ageing shows on the screen.

    Which day, companies and buckets is said by the context that the wizard gives;
    without it, today and the first scheme. Read from the ledger each time.
    """

    _name = "credit.ageing.item"
    _description = "Ageing"
    _auto = False
    _order = "partner_id, due_date, id"
    _rec_name = "move_id"

    move_id = fields.Many2one("account.move", string="Document")
    partner_id = fields.Many2one("res.partner", string="Debtor")
    company_id = fields.Many2one("res.company")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    currency_id = fields.Many2one("res.currency")
    root_company_id = fields.Many2one(
        "res.company",
        string="Company group",
        help="The company at the top, where the item's company is a branch.",
    )
    group_id = fields.Many2one("credit.group", string="Debtor group")
    tier_id = fields.Many2one("credit.risk.tier", string="Risk tier")
    collector_id = fields.Many2one("res.users")
    salesperson_id = fields.Many2one("res.users")
    country_id = fields.Many2one("res.country")
    level_id = fields.Many2one("credit.policy.level", string="Dunning level")
    date = fields.Date()
    due_date = fields.Date()
    days_late = fields.Integer(
        string="Days", aggregator="max", help="After the due date, or the invoice date."
    )
    bucket_id = fields.Many2one("credit.ageing.bucket", string="Bucket")
    kind = fields.Selection(
        [
            ("out_invoice", "Invoice"),
            ("out_refund", "Credit note"),
            ("out_receipt", "Receipt"),
            ("payment", "Payment"),
            ("entry", "Entry"),
        ]
    )
    state = fields.Selection([("draft", "Draft"), ("posted", "Posted")])
    amount = fields.Monetary(
        string="Open",
        currency_field="company_currency_id",
        help="Claims less credits: adds up to the receivable accounts.",
    )
    claim_amount = fields.Monetary(
        string="Claims", currency_field="company_currency_id"
    )
    credit_amount = fields.Monetary(
        string="Credits",
        currency_field="company_currency_id",
        help="Credit notes and other entries in the debtor's favour.",
    )
    payment_amount = fields.Monetary(
        string="Payments",
        currency_field="company_currency_id",
        help="What was paid and isn't matched with an invoice.",
    )
    disputed_amount = fields.Monetary(
        string="Disputed",
        currency_field="company_currency_id",
        help="What of it the debtor disputed on the day, not answered by then.",
    )
    promised_amount = fields.Monetary(
        string="Promised", currency_field="company_currency_id"
    )
    plan_amount = fields.Monetary(
        string="In plans", currency_field="company_currency_id"
    )
    amount_currency = fields.Monetary(
        string="Open in currency", currency_field="currency_id"
    )

    # -- what is asked ---------------------------------------------------------

    @api.model
    def _get_question(self) -> dict:
        """What the context asks for, completed and checked."""
        asked = dict(self.env.context.get("credit_ageing") or {})
        companies = self.env["res.company"].browse(
            asked.get("company_ids") or self.env.companies.ids
        )
        scheme = self.env["credit.ageing.scheme"].browse(asked.get("scheme_id"))
        as_of = asked.get("as_of")
        return {
            "companies": companies,
            "as_of": fields.Date.to_date(as_of) or self.env.company._credit_today(),
            "scheme": scheme.exists() or scheme._get_default(self.env.company),
            "by": self.env.context.get("credit_ageing_by") or DUE,
            "drafts": bool(asked.get("drafts")),
        }

    # -- query -----------------------------------------------------------------

    @property
    def _table_query(self) -> SQL:
        asked = self._get_question()
        ageing = self.env["credit.ageing"]
        ageing._check_ageing_access(asked["companies"])
        ageing._flush_ageing()
        ageing._flush_agreements()
        self.env["credit.notice.line"].flush_model()
        items = ageing._items_query(
            asked["companies"], asked["as_of"], asked["by"], asked["drafts"]
        )
        return self._rows_sql(items, asked["as_of"], asked["scheme"])

    @api.model
    def _rows_sql(self, items: SQL, as_of: Day, scheme) -> SQL:
        late = SQL("(%s - item.due)", as_of)
        ageing = self.env["credit.ageing"]
        return SQL(
            """
            SELECT item.id, item.move_id, item.partner_id, item.company_id,
                   item.currency_id, profile.group_id, profile.tier_id, profile.collector_id,
                   move.invoice_user_id AS salesperson_id, partner.country_id,
                   claimed.level_id, COALESCE(move.invoice_date, item.date) AS date,
                   item.maturity AS due_date, %(late)s AS days_late,
                   bucket.id AS bucket_id,
                   CASE WHEN item.is_payment THEN 'payment'
                        WHEN move.move_type IN ('out_invoice', 'out_refund',
                                                'out_receipt') THEN move.move_type
                        ELSE 'entry' END AS kind,
                   move.state, item.residual AS amount,
                   GREATEST(item.residual, 0) AS claim_amount,
                   CASE WHEN NOT item.is_payment THEN LEAST(item.residual, 0)
                        ELSE 0 END AS credit_amount,
                   CASE WHEN item.is_payment THEN LEAST(item.residual, 0)
                        ELSE 0 END AS payment_amount,
                   %(disputed)s AS disputed_amount, %(promised)s AS promised_amount,
                   %(planned)s AS plan_amount,
                   SPLIT_PART(company.parent_path, '/', 1)::int AS root_company_id,
                   item.residual_currency AS amount_currency %(columns)s
              FROM (%(items)s) item
              JOIN res_company company ON company.id = item.company_id
              JOIN account_move move ON move.id = item.move_id
         LEFT JOIN credit_ageing_bucket bucket
                ON bucket.scheme_id = %(scheme)s AND bucket.sequence = %(sequence)s
         LEFT JOIN res_partner partner ON partner.id = item.partner_id
         LEFT JOIN credit_profile profile
                ON profile.partner_id = item.partner_id
               AND profile.company_id = item.company_id
         LEFT JOIN (%(claimed)s) claimed ON claimed.item_id = item.id
         LEFT JOIN (%(agreed)s) agreed ON agreed.item_id = item.id
                   %(joins)s
            """,
            late=late,
            items=items,
            scheme=scheme.id,
            sequence=SQL(
                "width_bucket(%s, %s::int[])",
                late,
                [bound + 1 for bound in scheme._buckets().bounds],
            ),
            claimed=self._claimed_sql(as_of),
            agreed=ageing._agreed_sql(as_of),
            columns=SQL("").join(
                SQL(", %s AS %s", value, SQL.identifier(name))
                for name, value in self._get_more_columns(as_of).items()
            ),
            joins=SQL(" ").join(self._get_more_joins(items, as_of)),
            **ageing._agreed_columns(),
        )

    @api.model
    def _get_more_columns(self, as_of: Day) -> dict[str, SQL]:
        """{field: expression}, for an addon that adds a field to the ageing.

        To be extended. The expression may read the ``item`` (see
        ``credit.ageing._items_query``), its debtor's file ``profile`` and what
        :meth:`_get_more_joins` joins.
        """
        return {}

    @api.model
    def _get_more_joins(self, items: SQL, as_of: Day) -> list[SQL]:
        """LEFT JOINs that :meth:`_get_more_columns` needs; to be extended.

        :param items: the query of the items, for what is known of a debtor as a whole
        """
        return []

    @api.model
    def _claimed_sql(self, as_of: Day) -> SQL:
        """The highest level that each item was claimed with by ``as_of``."""
        return SQL(
            """
            SELECT DISTINCT ON (line.item_id) line.item_id,
                   COALESCE(line.own_level_id, notice.level_id) AS level_id
              FROM credit_notice_line line
              JOIN credit_notice notice ON notice.id = line.notice_id
             WHERE line.state = 'sent' AND line.level_number IS NOT NULL
               AND notice.date <= %s
          ORDER BY line.item_id, line.level_number DESC
            """,
            as_of,
        )

    # -- look ------------------------------------------------------------------

    def action_view_move(self) -> dict:
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "view_mode": "form",
            "res_id": self.move_id.id,
        }

    @api.model
    def _get_action(self) -> dict:
        """What the context asks for, and in the title whether it ties to the ledger."""
        asked = self._get_question()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "credit_control_report.action_credit_ageing_item"
        )
        title = self.env._(
            "Ageing as of %(day)s: %(control)s",
            day=format_date(self.env, asked["as_of"]),
            control=self._word_control(asked["companies"], asked["as_of"]),
        )
        context = {
            key: value
            for key, value in self.env.context.items()
            if key.startswith("credit_ageing")
        }
        return {**action, "name": title, "display_name": title, "context": context}

    @api.model
    def _word_control(self, companies, as_of: Day) -> str:
        """Whether what is posted of it adds up to the receivable accounts."""
        shown = dict(
            self._read_group([("state", "=", "posted")], ["company_id"], ["amount:sum"])
        )
        balances = self.env["credit.ageing"]._ledger_balances(companies, as_of)
        differences = [
            format_amount(self.env, difference, company.currency_id)
            for company in companies
            if (
                difference := company.currency_id.round(
                    shown.get(company, 0.0) - float(balances[company.id])
                )
            )
        ]
        if not differences:
            return self.env._("ties to the ledger")
        return self.env._("%s off the ledger", ", ".join(differences))
