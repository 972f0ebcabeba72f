from datetime import date, timedelta
from functools import partial

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.credit_control.models.credit_exposure import Scope

WEEK = timedelta(days=6)  # today and the six days after it
# Kinds that warn of something; the others say where the money is.
ALARMS = (
    "over_limit",
    "promise_broken",
    "plan_broken",
    "dispute_late",
    "orders_waiting",
    "review_due",
)


class CreditCockpit(models.Model):
    """What counts today, by debtor: what the figures of the cockpit are made of.

    One query for all of it, so that the cockpit asks once. It is about the user's
    current company alone, and in its currency: what several companies are owed adds up
    to nothing that could be traced. An addon that knows of one more figure adds a kind
    and its query to :meth:`_get_sources`, and an alarm to :meth:`_get_alarms`.
    """

    _name = "credit.cockpit"
    _description = "Figures of Today"
    _auto = False
    _order = "amount desc, number desc, id"
    _rec_name = "partner_id"

    kind = fields.Selection(
        [
            ("open", "Open"),
            ("overdue", "Overdue"),
            ("due", "Due in 7 days"),
            ("promised", "Promised within 7 days"),
            ("over_limit", "Over the limit"),
            ("promise_broken", "Broken promises"),
            ("plan_broken", "Broken plans"),
            ("dispute_late", "Late answers to disputes"),
            ("orders_waiting", "Orders on hold"),
            ("review_due", "Reviews due"),
        ],
        string="Figure",
        readonly=True,
    )
    is_alarm = fields.Boolean(string="Alarm", readonly=True)
    profile_id = fields.Many2one("credit.profile", string="Debtor file", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Debtor", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    tier_id = fields.Many2one("credit.risk.tier", string="Risk tier", readonly=True)
    collector_id = fields.Many2one("res.users", readonly=True)
    number = fields.Integer(
        readonly=True,
        help="How many debtors; with promises, plans, disputes and orders, how many of "
        "them.",
    )
    amount = fields.Monetary(
        readonly=True,
        help="With an alarm: what is overdue of the debtor, or what the alarm is about.",
    )
    day = fields.Date(
        string="Since, or by", readonly=True, help="The oldest or the next day of it."
    )

    # -- query -----------------------------------------------------------------

    @property
    def _table_query(self) -> SQL:
        as_of = fields.Date.context_today(self)
        self._flush_sources()
        kinds = [kind for kind, _label in self._fields["kind"].selection]
        shown = self.env.context.get("credit_cockpit_kinds")
        return SQL(
            """
              WITH %(shared)s
            SELECT f.profile::bigint * 100 + f.rank AS id, f.kind,
                   f.kind = ANY(%(alarms)s) AS is_alarm, p.id AS profile_id,
                   p.partner_id, p.company_id, %(currency)s AS currency_id,
                   p.tier_id, p.collector_id, f.number,
                   ROUND(f.amount, %(digits)s) AS amount, f.day
              FROM (%(found)s) f
              JOIN credit_profile p ON p.id = f.profile AND p.active
                                   AND p.company_id = %(company)s
             WHERE %(allowed)s
            """,
            shared=SQL(", ").join(
                SQL("%s AS MATERIALIZED (%s)", SQL.identifier(name), query)
                for name, query in self._get_shared(as_of).items()
            ),
            found=SQL(" UNION ALL ").join(
                self._part_sql(kinds.index(kind), kind, query)
                for kind, query in self._get_sources(as_of).items()
                if not shown or kind in shown
            ),
            alarms=list(self._get_alarms()),
            company=self.env.company.id,
            currency=self.env.company.currency_id.id,
            digits=self.env.company.currency_id.decimal_places,
            allowed=self._allowed_sql(),
        )

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Nothing but the kinds that are asked for is looked for: most of the time
        would go into planning for the others.
        """
        kinds = self._get_kinds(Domain(domain))
        asked = self.with_context(credit_cockpit_kinds=kinds)
        return super(CreditCockpit, asked)._search(domain, *args, **kwargs)

    @api.model
    def _get_kinds(self, domain: Domain) -> list[str]:
        """The kinds of which rows can meet ``domain``."""
        domain, alarms = domain.optimize(self), self._get_alarms()
        return [
            kind
            for kind, _label in self._fields["kind"].selection
            if not domain.map_conditions(partial(_judge, kind, kind in alarms))
            .optimize(self)
            .is_false()
        ]

    @api.model
    def _get_shared(self, as_of: date) -> dict[str, SQL]:
        """{name: query} of what several sources read, so that it is read once. To be
        extended.
        """
        return {"owed": self._owed_sql(as_of)}

    @api.model
    def _owed_sql(self, as_of: date) -> SQL:
        """Per debtor file what is open, overdue and due soon, with the oldest day.

        The columns are those of ``credit.worklist._owed_sql``, so that its sources can
        read it; everything overdue counts as pursued. Each item is added up once.
        """
        return SQL(
            """
            SELECT p.id AS profile, COALESCE(SUM(i.overdue), 0)
                   + COALESCE(SUM(i.soon), 0) + COALESCE(SUM(i.rest), 0) AS open,
                   SUM(i.overdue) AS overdue,
                   SUM(i.soon) AS soon, MIN(i.oldest) AS oldest,
                   MIN(i.next) AS next, SUM(i.overdue) AS pursued,
                   MIN(i.oldest) AS since
              FROM (SELECT l.partner_id, l.company_id,
                           SUM(l.amount_residual) FILTER (
                               WHERE l.amount_residual > 0 AND d.due < %(as_of)s)
                               AS overdue,
                           SUM(l.amount_residual) FILTER (
                               WHERE l.amount_residual > 0
                                 AND d.due BETWEEN %(as_of)s AND %(soon)s) AS soon,
                           SUM(l.amount_residual) FILTER (
                               WHERE l.amount_residual <= 0 OR d.due > %(soon)s)
                               AS rest,
                           MIN(d.due) FILTER (WHERE l.amount_residual > 0) AS oldest,
                           MIN(d.due) FILTER (
                               WHERE l.amount_residual > 0 AND d.due >= %(as_of)s)
                               AS next
                      FROM account_move_line l
                CROSS JOIN LATERAL (SELECT COALESCE(l.date_maturity, l.date) AS due) d
                     WHERE l.account_id = ANY(%(accounts)s)
                       AND l.reconciled IS NOT TRUE
                       AND l.parent_state = 'posted'
                       AND l.company_id = %(company)s
                  GROUP BY l.partner_id, l.company_id) i
              JOIN res_partner rp ON rp.id = i.partner_id
              JOIN credit_profile p ON p.partner_id = rp.commercial_partner_id
                                   AND p.company_id = i.company_id
          GROUP BY p.id
            """,
            as_of=as_of,
            soon=as_of + WEEK,
            accounts=self.env["credit.dunning"]._receivable_account_ids(),
            company=self.env.company.id,
        )

    @api.model
    def _part_sql(self, rank: int, kind: str, query: SQL) -> SQL:
        return SQL(
            """SELECT s.profile, %s AS rank, %s AS kind, s.number::int AS number,
                      s.amount::numeric AS amount, s.day FROM (%s) s""",
            rank,
            kind,
            query,
        )

    @api.model
    def _allowed_sql(self) -> SQL:
        """SQL knows no access rules: what those on debtor files leave the user."""
        profiles = self.env["credit.ageing"]._allowed_ids("credit.profile")
        return SQL("p.id IN %s", profiles) if profiles else SQL("TRUE")

    @api.model
    def _flush_sources(self) -> None:
        """What the sources read. To be extended with what an override reads."""
        self.env["credit.worklist"]._flush_sources()
        self.env["credit.exposure"]._flush_sources()

    # -- sources ---------------------------------------------------------------

    @api.model
    def _get_alarms(self) -> tuple[str, ...]:
        """The kinds that warn of something. To be extended."""
        return ALARMS

    @api.model
    def _get_sources(self, as_of: date) -> dict[str, SQL]:
        """{kind: query}.

        To be extended, with a kind for each query. A query gives at most one row a
        debtor with the columns ``profile`` (id of the debtor file), ``number``,
        ``amount`` in the company's currency and ``day``. It may read what
        :meth:`_get_shared` names.
        """
        return {
            "open": SQL(
                """SELECT profile, 1 AS number, open AS amount, oldest AS day
                     FROM owed"""
            ),
            "overdue": SQL(
                """SELECT profile, 1 AS number, overdue AS amount, oldest AS day
                     FROM owed WHERE overdue > 0"""
            ),
            "due": SQL(
                """SELECT profile, 1 AS number, soon AS amount, next AS day
                     FROM owed WHERE soon > 0"""
            ),
            "promised": self._promised_sql(as_of),
            "over_limit": self._over_limit_sql(as_of),
            "review_due": self._review_sql(as_of),
            **self._get_worklist_alarms(as_of),
        }

    @api.model
    def _promised_sql(self, as_of: date) -> SQL:
        """Promises that still count; at the rate with which the item was booked."""
        return SQL(
            """
            SELECT o.profile_id AS profile, COUNT(DISTINCT o.id) AS number,
                   SUM(q.amount * COALESCE(l.balance / NULLIF(l.amount_currency, 0), 1))
                       AS amount,
                   MIN(o.date) AS day
              FROM credit_promise o
              JOIN credit_promise_line q ON q.promise_id = o.id
         LEFT JOIN account_move_line l ON l.id = q.item_id
             WHERE o.state = 'open' AND o.date <= %s
          GROUP BY o.profile_id
            """,
            as_of + WEEK,
        )

    @api.model
    def _over_limit_sql(self, as_of: date) -> SQL:
        """What the list of exposures calls over the limit."""
        scope = Scope(as_of, None, self.env.company.ids)
        # How they are covered isn't asked.
        exposures = self.env["credit.exposure"].with_context(credit_exposure_bare=True)
        return SQL(
            """SELECT e.profile_id AS profile, 1 AS number, -e.available AS amount,
                      NULL::date AS day
                 FROM (%s) e WHERE e.is_over_limit""",
            exposures._exposure_sql(scope),
        )

    @api.model
    def _review_sql(self, as_of: date) -> SQL:
        return SQL(
            """SELECT d.id AS profile, 1 AS number, o.overdue AS amount,
                      d.review_date AS day
                 FROM credit_profile d
            LEFT JOIN owed o ON o.profile = d.id
                WHERE d.review_date <= %s""",
            as_of,
        )

    @api.model
    def _get_worklist_alarms(self, as_of: date) -> dict[str, SQL]:
        """What the worklist knows of as well, also from addons that may be there."""
        known = self.env["credit.worklist"]._get_sources(as_of)
        return {
            kind: SQL(
                """SELECT w.profile, w.figure AS number, o.overdue AS amount, w.day
                     FROM (%s) w LEFT JOIN owed o ON o.profile = w.profile""",
                known[kind],
            )
            for kind in ALARMS
            if kind in known and kind not in ("over_limit", "review_due")
        }

    # -- look ------------------------------------------------------------------

    def action_open(self) -> dict:
        """What is behind the figure of this debtor."""
        self.ensure_one()
        exposure = self.env["credit.exposure"].browse(self.profile_id.id)
        if self.kind == "overdue":
            return exposure.action_view_overdue()
        if self.kind in ("open", "due"):
            return exposure.action_view_claims()
        if self.kind == "over_limit":
            return self._view_record("credit.exposure", exposure.id)
        return self._view_agreements() or self._view_record(
            "credit.profile", self.profile_id.id
        )

    def _view_record(self, model: str, record_id: int) -> dict:
        return {
            "type": "ir.actions.act_window",
            "name": self.partner_id.display_name,
            "res_model": model,
            "res_id": record_id,
            "view_mode": "form",
        }

    def _view_agreements(self) -> dict | None:
        """Promises, plans or disputes of the debtor, where the figure counts them."""
        actions = {
            "promised": "action_promise",
            "promise_broken": "action_promise",
            "plan_broken": "action_plan",
            "dispute_late": "action_dispute",
        }
        if self.kind not in actions:
            return None
        action = self.env["ir.actions.actions"]._for_xml_id(
            f"credit_control.{actions[self.kind]}"
        )
        return {
            **action,
            "domain": [("profile_id", "=", self.profile_id.id)],
            "context": {"create": False},
        }


def _judge(kind: str, is_alarm: bool, condition) -> Domain:
    """Whether rows of ``kind`` can meet ``condition``."""
    known = {"kind": kind, "is_alarm": is_alarm}
    name, operator = condition.field_expr, condition.operator
    if name not in known or operator not in ("in", "not in"):
        return Domain.TRUE
    return Domain((known[name] in condition.value) == (operator == "in"))
