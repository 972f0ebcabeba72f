from datetime import date, timedelta

from odoo import api, models
from odoo.exceptions import MissingError
from odoo.tools import SQL

from ..core import escalation
from ..core.escalation import Decision, Item, Policy
from ..database import flush
from .credit_offer import GRACE

# Whose figures of then nobody knows any more: the short label has to do.
FORGOTTEN = (
    escalation.UNMATCHED,
    escalation.TOLERANCE,
    escalation.MANUAL_BLOCK,
    escalation.PROPOSED_ELSEWHERE,
    escalation.OFFERED,
)


class CreditDunningPast(models.AbstractModel):
    """The engine looking back: what it said on a day gone by, and why.

    Open was then what is open now and what was matched after that day, as far as it
    was entered by then; of days before the ledger was kept here its dates say what was
    open and matched. Levels are those sent before it, rules those of the policy's
    version in force, and blocks by hand, promises and disputes those in force.
    ``ignore_run`` is the run asked about: what earlier runs of the same day held or
    sent counts. All else (tier, address, Odoo's own marks on items) has no history and
    is as it is now.
    """

    _name = "credit.dunning.past"
    _description = "Dunning Engine for a Past Day"
    _inherit = ["credit.dunning"]

    @api.model
    def _flush_sources(self) -> None:
        flush(
            self.env,
            (
                "account.partial.reconcile",
                "mail.message",
                "mail.tracking.value",
            ),
        )
        return super()._flush_sources()

    # -- fetch -----------------------------------------------------------------

    @api.model
    def _ledger_sql(self, company, as_of: date) -> dict[str, SQL]:
        matched = SQL("max_date")
        is_open = SQL("(l.reconciled IS NOT TRUE OR s.item_id IS NOT NULL)")
        if self._is_kept_on(company, as_of):
            matched = SQL("GREATEST(max_date, create_date::date)")
            is_open = SQL("m.create_date::date <= %s AND %s", as_of, is_open)
        return {
            "is_open": is_open,
            "residual": SQL("(l.amount_residual_currency + COALESCE(s.amount, 0))"),
            "company_residual": SQL(
                "(l.amount_residual + COALESCE(s.company_amount, 0))"
            ),
            "profiles": self._profiles_sql(company, as_of),
            "later": SQL(
                "LEFT JOIN (%s) s ON s.item_id = l.id",
                self._matched_later_sql(matched, as_of),
            ),
        }

    @api.model
    def _is_kept_on(self, company, as_of: date) -> bool:
        """Whether entries were made here by then, and not only taken over later."""
        first = (
            self.env["account.move"]
            .sudo()
            .search([("company_id", "=", company.id)], order="create_date", limit=1)
        )
        return bool(first) and first.create_date.date() <= as_of

    @api.model
    def _matched_later_sql(self, matched: SQL, as_of: date) -> SQL:
        """What was matched with each item after ``as_of``.

        :param matched: the day on which it was matched
        """
        return SQL(
            """
            SELECT item_id, SUM(amount) AS amount, SUM(company_amount) AS company_amount
              FROM (%s) matching
             WHERE %s > %s
          GROUP BY item_id
            """,
            self._matchings_sql(),
            matched,
            as_of,
        )

    @api.model
    def _profiles_sql(self, company, as_of: date) -> SQL:
        """The debtor files with the block by hand that was in force."""
        field = self.env["ir.model.fields"]._get("credit.profile", "block_until")
        return SQL(
            """
            (SELECT f.*
               FROM credit_profile q
          LEFT JOIN (SELECT DISTINCT ON (m.res_id) m.res_id,
                            v.old_value_datetime::date AS block_until
                       FROM mail_tracking_value v
                       JOIN mail_message m ON m.id = v.mail_message_id
                      WHERE v.field_id = %s
                        AND m.model = 'credit.profile'
                        AND m.date >= %s
                   ORDER BY m.res_id, m.date, m.id) h
                 ON h.res_id = q.id
         CROSS JOIN LATERAL jsonb_populate_record(
                        q, CASE WHEN h.res_id IS NULL THEN '{}'
                                ELSE jsonb_build_object('block_until', h.block_until)
                                END) f
              WHERE q.company_id = %s)
            """,
            field.id,
            as_of + timedelta(days=1),
            company.id,
        )

    @api.model
    def _promised_sql(self, as_of: date) -> SQL:
        return SQL(
            """SELECT q.item_id
                 FROM credit_promise_line q
                 JOIN credit_promise o ON o.id = q.promise_id
                WHERE %(day)s BETWEEN o.made_on AND o.pause_until
                  AND (o.closed_date IS NULL OR o.closed_date > %(day)s)
                  AND q.item_id IS NOT NULL""",
            day=as_of,
        )

    @api.model
    def _disputed_sql(self, as_of: date) -> SQL:
        return SQL(
            """SELECT q.item_id, MAX(q.amount) AS amount
                 FROM credit_dispute_line q
                 JOIN credit_dispute o ON o.id = q.dispute_id
                WHERE o.opened_on <= %(day)s
                  AND (o.ended_on IS NULL OR o.ended_on > %(day)s)
             GROUP BY q.item_id""",
            day=as_of,
        )

    @api.model
    def _offered_sql(self, as_of: date) -> SQL:
        """What was offered before that day and had not ended yet."""
        return SQL(
            """SELECT k.item_id
                 FROM credit_offer_line k
                 JOIN credit_offer o ON o.id = k.offer_id
                WHERE o.date < %(day)s AND o.until >= %(last)s
                  AND (o.closed_date IS NULL OR o.closed_date > %(day)s)""",
            day=as_of,
            last=as_of - GRACE,
        )

    @api.model
    def _noticed_sql(self, as_of: date, ignore_notices, ignore_run) -> SQL:
        return SQL(
            """
            SELECT l.item_id,
                   MAX(l.level_number) FILTER (WHERE %(sent)s) AS level,
                   MAX(l.date) FILTER (WHERE %(sent)s) AS date,
                   MAX(l.date) FILTER (WHERE %(sent)s AND l.channel = 'letter')
                       AS letter,
                   MIN(%(costs_from)s) FILTER (WHERE %(sent)s) AS costs_from,
                   BOOL_OR(NOT %(sent)s) AS proposed
              FROM credit_notice_line l
              JOIN credit_notice t ON t.id = l.notice_id
             WHERE l.state IN ('proposed', 'sent')
               AND (t.run_id < %(run)s OR l.state = 'sent' AND l.date < %(day)s)
          GROUP BY l.item_id
            """,
            sent=SQL("(l.state = 'sent' AND l.date <= %s)", as_of),
            costs_from=self.env["credit.notice.line"]._costs_from_sql(),
            run=ignore_run,
            day=as_of,
        )

    @api.model
    def _written_sql(self, company, as_of: date, ignore_run) -> SQL:
        return SQL(
            """
            SELECT profile_id, MAX(date) AS last
              FROM credit_notice
             WHERE company_id = %(company)s AND state = 'sent'
               AND (date < %(day)s OR date = %(day)s AND run_id < %(run)s)
          GROUP BY profile_id
            """,
            company=company.id,
            day=as_of,
            run=ignore_run,
        )

    # -- decide ----------------------------------------------------------------

    @api.model
    def _decide(self, items: list[Item], as_of: date) -> list[Decision]:
        policies = self._get_core_policies(items)
        return escalation.plan(
            items,
            {id_: self._get_rules(id_, as_of) or policies[id_] for id_ in policies},
            as_of,
        )

    @api.model
    def _get_rules(self, policy_id: int, as_of: date) -> Policy | None:
        policy = self.env["credit.policy"].sudo().browse(policy_id)
        version = policy._get_version_on(as_of)
        return version._get_core_policy() if version else None

    # -- word ------------------------------------------------------------------

    def _level_name(self, decision: Decision) -> str:
        try:
            return super()._level_name(decision)
        except MissingError:
            # Deleted since: it was never used.
            return self.env._("Level %s", decision.level.number)

    @api.model
    def _get_proposed_lines(self, decisions: list[Decision]) -> dict:
        """What is in a proposal now says nothing of then."""
        return {}

    @api.model
    def _find_holding(self, decisions, code: str, model: str, domain: list) -> dict:
        """What holds them now says nothing of then: the short label has to do."""
        return {}

    @api.model
    def _get_disputed_lines(self, decisions: list[Decision]) -> dict:
        return {}

    @api.model
    def _get_reason_text(self, decision: Decision) -> str:
        if decision.code in FORGOTTEN:
            return dict(self._get_reason_labels())[decision.code]
        return super()._get_reason_text(decision)

    @api.model
    def _get_version_number(self, policy, as_of: date) -> int:
        version = policy._get_version_on(as_of)
        return version.number or super()._get_version_number(policy, as_of)
