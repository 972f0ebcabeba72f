import json
from datetime import date as Day
from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL, format_date, split_every
from odoo.tools.gc import disabling_gc

from odoo.addons.credit_control.core.money import ZERO
from odoo.addons.credit_control.database import flush
from odoo.addons.credit_control.rights import check_officer

from ..core.forecast import Behaviour, Forecast, Item, set_off, week_ends

WEEKS = 13
BATCH = 20_000


def to_json(amounts: list[Decimal]) -> str:
    return json.dumps([float(amount) for amount in amounts])


class CreditForecast(models.Model):
    """What a company can expect from its debtors, week by week.

    Made anew every night, and by a button, from what is open then. A company's sums
    don't depend on who looks at them; the items behind them do.
    """

    _name = "credit.forecast"
    _description = "Cash Forecast"
    _order = "company_id, date"
    _rec_name = "name"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    name = fields.Char(string="Period", compute="_compute_name")
    date = fields.Date(
        string="Week of", required=True, readonly=True, help="Its Monday."
    )
    is_beyond = fields.Boolean(
        string="Later",
        readonly=True,
        help="Comes after the last week, or not at all.",
    )
    expected_amount = fields.Monetary(string="Expected", readonly=True)
    low_amount = fields.Monetary(
        string="Low",
        readonly=True,
        help="In one week of five less comes in.",
    )
    high_amount = fields.Monetary(
        string="High",
        readonly=True,
        help="In one week of five more comes in.",
    )
    due_amount = fields.Monetary(
        string="By due date",
        readonly=True,
        help="If everybody paid on the due date, and what is overdue at once.",
    )
    as_of = fields.Date(string="Made on", required=True, readonly=True)

    _week_uniq = models.UniqueIndex("(company_id, date)")

    @api.depends("date", "is_beyond", "as_of")
    def _compute_name(self):
        for week in self:
            week.name = week._word_period()

    def _word_period(self) -> str:
        if self.is_beyond:
            return self.env._("Later or not at all")
        end = self.date + timedelta(6)
        if self.date <= self.as_of:
            return self.env._("This week, until %s", format_date(self.env, end))
        return self.env._(
            "%(start)s to %(end)s",
            start=format_date(self.env, self.date),
            end=format_date(self.env, end),
        )

    # -- make ------------------------------------------------------------------

    @api.model
    def _cron_daily(self) -> None:
        cron = self.env["ir.cron"]
        companies = self.env["res.company"].search([("active", "=", True)])
        cron._commit_progress(remaining=len(companies))
        for company in companies:
            self._refresh(company, company._credit_today())
            if not cron._commit_progress(1):
                break

    def action_refresh(self):
        """Make the forecast of the user's companies anew."""
        check_officer(self.env, self.env._("Only credit officers make forecasts."))
        for company in self.env.companies:
            self.sudo()._refresh(company, company._credit_today())
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    def _refresh(self, company, as_of: Day) -> None:
        """Replace the forecast of ``company`` by that of ``as_of``."""
        ends = week_ends(as_of, WEEKS)
        digits = company.currency_id.decimal_places
        forecast = Forecast(as_of, ends, Decimal(1).scaleb(-digits))
        # A million small objects, none of them in a cycle.
        with disabling_gc():
            rows = self._forecast_items(company, as_of, forecast)
        self.search([("company_id", "=", company.id)]).unlink()
        self.env["credit.forecast.item"]._replace(company, rows)
        self.create(self._prepare_weeks(company, as_of, forecast))
        self.env["credit.forecast.part"]._replace(company)

    @api.model
    def _forecast_items(self, company, as_of: Day, forecast: Forecast) -> list[tuple]:
        """(item id, reason, amounts by week and beyond as JSON) of every open item."""
        source = self.env["credit.forecast.source"]
        items = source._fetch_items(company, as_of)
        history = source._get_history(company, as_of, items)
        rows = []
        for debtor, found in items.items():
            behaviour = history.get_behaviour(debtor, found[0].tier)
            rows += self._forecast_debtor(behaviour, found, forecast)
        return rows

    @api.model
    def _forecast_debtor(
        self, behaviour: Behaviour, found: list, forecast: Forecast
    ) -> list[tuple]:
        """His credits pay his oldest items first; what is left of them is beyond."""
        claims = [one for one in found if one.amount > 0]
        credits = [one for one in found if one.amount < 0]
        credit = -sum((one.amount for one in credits), ZERO)
        left = set_off([one.amount for one in claims], credit)
        items = [
            Item(one.due, amount, one.disputed, one.agreed, one.chance)
            for one, amount in zip(claims, left, strict=True)
        ]
        rows = [
            (one.id, one.reason, to_json([*weeks, amount - sum(weeks, ZERO)]))
            for one, amount, weeks in zip(
                claims, left, forecast.add(behaviour, items), strict=True
            )
        ]
        rest = credit - sum((one.amount for one in claims), ZERO) + sum(left, ZERO)
        forecast.beyond -= rest
        for one in credits:
            part = min(-one.amount, rest)
            rest -= part
            amounts = [ZERO] * len(forecast.ends) + [-part]
            rows.append((one.id, "credit", to_json(amounts)))
        return rows

    @api.model
    def _prepare_weeks(self, company, as_of: Day, forecast: Forecast) -> list[dict]:
        weeks = forecast.weeks()
        base = {"company_id": company.id, "as_of": as_of}
        later = forecast.beyond + sum(
            (week.expected - week.due for week in weeks), ZERO
        )
        return [
            *(
                {
                    **base,
                    "date": week.end - timedelta(6),
                    "expected_amount": float(week.expected),
                    "low_amount": float(week.low),
                    "high_amount": float(week.high),
                    "due_amount": float(week.due),
                }
                for week in weeks
            ),
            {
                **base,
                "date": weeks[-1].end + timedelta(1),
                "is_beyond": True,
                "expected_amount": float(forecast.beyond),
                "due_amount": float(later),
            },
        ]

    # -- look ------------------------------------------------------------------

    def action_view_items(self):
        """The items that are expected in this week, and how much of each."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Expected: %s", self.name),
            "res_model": "credit.forecast.line",
            "view_mode": "list,pivot",
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("date", "=", fields.Date.to_string(self.date)),
            ],
        }

    def action_view_curve(self):
        return self.env["ir.actions.actions"]._for_xml_id(
            "credit_control_report.action_credit_forecast_curve"
        )


class CreditForecastItem(models.Model):
    """What is expected of an open item, by week: one row an item.

    The journal item is kept by number: the database would check 150,000 references
    every night. It is read through credit.forecast.line.
    """

    _name = "credit.forecast.item"
    _description = "Forecast of an Item"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, index=True)
    item = fields.Integer(required=True)
    reason = fields.Char(required=True)
    amounts = fields.Json()

    @api.model
    def _replace(self, company, rows: list[tuple]) -> None:
        """Store ``rows``, (item id, reason, amounts as JSON), instead of the company's."""
        if not self.env.su:
            raise AccessError(self.env._("Forecasts are made by their button."))
        self.env.execute_query(
            SQL(
                "DELETE FROM credit_forecast_item WHERE company_id = %s RETURNING 1",
                company.id,
            )
        )
        for batch in split_every(BATCH, rows):
            self._insert(company, batch)
        self.invalidate_model()

    @api.model
    def _insert(self, company, rows) -> None:
        items, reasons, amounts = zip(*rows, strict=True)
        self.env.cr.execute(
            SQL(
                """INSERT INTO credit_forecast_item (company_id, item, reason, amounts)
                   SELECT %s, i.item, i.reason, i.amounts::jsonb
                     FROM unnest(%s, %s, %s) AS i (item, reason, amounts)""",
                company.id,
                list(items),
                list(reasons),
                list(amounts),
            )
        )


class CreditForecastLine(models.Model):
    """What is expected of one item in one week: the forecast, down to documents."""

    _name = "credit.forecast.line"
    _description = "Expected Payment"
    _auto = False
    _order = "date, amount desc, id"
    _rec_name = "move_id"

    company_id = fields.Many2one("res.company")
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(string="Week of")
    partner_id = fields.Many2one("res.partner", string="Debtor")
    move_id = fields.Many2one("account.move", string="Document")
    due_date = fields.Date()
    tier_id = fields.Many2one("credit.risk.tier", string="Risk tier")
    collector_id = fields.Many2one("res.users")
    reason = fields.Selection(
        [
            ("behaviour", "How he pays"),
            ("promise", "Promise"),
            ("plan", "Instalment plan"),
            ("dispute", "Dispute"),
            ("credit", "Credit"),
        ],
        string="Why then",
    )
    amount = fields.Monetary(string="Expected")
    open_amount = fields.Monetary(
        string="Open", help="What was open when the forecast was made, credits set off."
    )

    @property
    def _table_query(self) -> SQL:
        ageing = self.env["credit.ageing"]
        ageing._check_ageing_access(self.env.companies)
        flush(self.env, ("credit.forecast", "credit.forecast.item"))
        return SQL(
            """
            SELECT i.id * 64 + w.number AS id, i.company_id, f.first + 7 * (
                       w.number::int - 1) AS date,
                   debtor.commercial_partner_id AS partner_id, line.move_id,
                   COALESCE(line.date_maturity, line.date) AS due_date, p.tier_id,
                   p.collector_id, i.reason, w.amount::numeric AS amount,
                   (SELECT SUM(t.amount::numeric)
                      FROM jsonb_array_elements_text(i.amounts) AS t (amount)
                   ) AS open_amount
              FROM credit_forecast_item i
              JOIN (SELECT company_id, MIN(date) AS first
                      FROM credit_forecast GROUP BY company_id) f
                ON f.company_id = i.company_id
              JOIN account_move_line line ON line.id = i.item
         LEFT JOIN res_partner debtor ON debtor.id = line.partner_id
         LEFT JOIN credit_profile p ON p.partner_id = debtor.commercial_partner_id
                                   AND p.company_id = i.company_id
        CROSS JOIN LATERAL jsonb_array_elements_text(i.amounts)
                   WITH ORDINALITY AS w (amount, number)
             WHERE w.amount::numeric <> 0 AND %s
            """,
            ageing._allowed_sql(),
        )

    def action_view_move(self) -> dict:
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "view_mode": "form",
            "res_id": self.move_id.id,
        }


class CreditForecastCurve(models.Model):
    """The weeks once more, one row a curve, to be drawn together."""

    _name = "credit.forecast.curve"
    _description = "Cash Forecast by Week"
    _auto = False
    _order = "date, kind"

    company_id = fields.Many2one("res.company")
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(string="Week of")
    kind = fields.Selection(
        [
            ("1_expected", "Expected"),
            ("2_low", "Low"),
            ("3_high", "High"),
            ("4_due", "By due date"),
        ],
        string="Curve",
    )
    amount = fields.Monetary()

    @property
    def _table_query(self) -> SQL:
        self.env["credit.forecast"].flush_model()
        return SQL(
            """
            SELECT f.id * 4 + v.number AS id, f.company_id, f.date, v.kind, v.amount
              FROM credit_forecast f
        CROSS JOIN LATERAL (VALUES (0, '1_expected', f.expected_amount),
                                   (1, '2_low', f.low_amount),
                                   (2, '3_high', f.high_amount),
                                   (3, '4_due', f.due_amount))
                   AS v (number, kind, amount)
             WHERE f.is_beyond IS NOT TRUE
            """
        )
