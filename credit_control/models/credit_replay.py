from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..core import escalation
from ..core.replay import History, Pause, Period, Settlement, replay
from ..database import flush
from .credit_dunning import to_item
from .credit_offer import GRACE
from .credit_regime import WAYS

FETCH_SIZE = 5000
PAUSING = (
    "credit.promise",
    "credit.promise.line",
    "credit.dispute",
    "credit.dispute.line",
    "credit.offer",
    "credit.offer.line",
    "credit.plan",
    "credit.plan.item",
)


class Trial(NamedTuple):
    """Which policy is tried on which days of the past, and on whom.

    ``followed`` limits it to the debtors who follow that policy today, ``partners``
    to these; empty: all debtors.
    """

    company: Any
    policy: Any
    period: Period
    followed: Any
    partners: Any


class Claim(NamedTuple):
    """What a notice claimed, on paper or really (then ``notice`` is its id)."""

    partner: int
    day: date
    number: int
    currency: int
    amount: Decimal
    company_amount: Decimal
    notice: int | None = None


class CreditReplay(models.AbstractModel):
    """Fetch what was open in a past period, let the core dun it on paper.

    An item was open on a day with what is open now and what was matched after that
    day. What was promised, planned, disputed or offered by hand is left alone on
    the days that it was; what a level offered belongs to its policy. What debtors are
    (their policy, tier, address) has no history: they are taken as they are today. Blocks by hand are left aside, since nobody knows when
    they began; journal entries that Odoo itself keeps out of reminders stay out.
    """

    _name = "credit.replay"
    _description = "Dunning Replay"

    @api.model
    def _get_paper_claims(self, trial: Trial) -> Iterator[Claim]:
        """What ``trial`` would have claimed. Nothing is stored."""
        policies = trial.policy.sudo()._get_core_policies()
        for notice in replay(self._read_histories(trial), policies, trial.period):
            yield Claim(
                notice.debtor,
                notice.day,
                notice.level.number,
                notice.currency,
                notice.amount,
                notice.company_amount,
            )

    @api.model
    def _get_sent_claims(self, trial: Trial) -> Iterator[Claim]:
        """What was really claimed of the same debtors in the period."""
        self._flush_past()
        for *key, amount, company_amount, notice in self._read(self._sent_sql(trial)):
            yield Claim(*key, Decimal(amount), Decimal(company_amount), notice)

    @api.model
    def _flush_past(self) -> None:
        self.env["credit.dunning"]._flush_sources()
        flush(
            self.env,
            (
                "account.partial.reconcile",
                "credit.notice",
                "credit.policy.level",
                *PAUSING,
            ),
        )

    # -- rows ------------------------------------------------------------------

    @api.model
    def _read_histories(self, trial: Trial) -> Iterator[History]:
        """The items of one debtor after the other."""
        self._flush_past()
        letter_days = trial.policy.sudo().letter_days
        known = self._get_first_notices()
        for (
            opened,
            days,
            amounts,
            company_amounts,
            pauses,
            slow,
            regime,
            channels,
            *item,
        ) in self._read(self._histories_sql(trial)):
            settlements = zip(
                days or (),
                map(Decimal, amounts or ()),
                map(Decimal, company_amounts or ()),
                strict=True,
            )
            yield History(
                to_item(*item),
                opened,
                tuple(map(Settlement._make, settlements)),
                dict.fromkeys(slow or (), letter_days),
                {
                    int(level): known[regime, channel]
                    for level, channel in (channels or {}).items()
                    if (regime, channel) in known
                },
                tuple(map(self._to_pause, pauses or ())),
            )

    @api.model
    def _to_pause(self, row: list) -> Pause:
        first, last, code, part = row
        return Pause(
            date.fromisoformat(first),
            date.fromisoformat(last),
            code,
            Decimal(part) if part else None,
        )

    @api.model
    def _get_first_notices(self) -> dict:
        """{(rules, channel): the notice that they ask for before costs}."""
        return {
            (regime.id, channel): regime._get_core_first_notice(channel)
            for regime in self.env["credit.regime"].sudo()._get_asking()
            for channel in WAYS
        }

    @api.model
    def _read(self, query: SQL) -> Iterator[tuple]:
        """The rows of ``query`` in parts, since there may be very many. Nothing else
        may be read before the last one is.
        """
        cursor = self.env.cr
        cursor.execute(query)
        while rows := cursor.fetchmany(FETCH_SIZE):
            yield from rows

    # -- queries ---------------------------------------------------------------

    @api.model
    def _histories_sql(self, trial: Trial) -> SQL:
        """All items that were open at some time in the period, by debtor."""
        first, last = trial.period[:2]
        return SQL(
            """
            WITH debtor AS MATERIALIZED (%(debtors)s)
            SELECT l.date, s.days, s.amounts, s.company_amounts, u.pauses,
                   CASE WHEN y.letter_days > 0 THEN %(slow_levels)s END,
                   d.regime, CASE WHEN d.regime IS NOT NULL THEN %(channels)s END,
                   l.id, d.partner_id, y.id, l.currency_id,
                   COALESCE(l.date_maturity, l.date),
                   (l.amount_residual_currency + COALESCE(s.amount, 0))::text,
                   (l.amount_residual + COALESCE(s.company_amount, 0))::text,
                   COALESCE(n.level, 0), n.date,
                   CASE WHEN l.no_followup AND m.move_type = 'entry'
                        THEN %(no_followup)s END,
                   CASE WHEN n.letter = n.date THEN COALESCE(y.letter_days, 0)
                        ELSE 0 END,
                   w.last, a.address,
                   CASE WHEN d.regime IS NOT NULL
                        THEN COALESCE(n.costs_from, %(never)s) END
              FROM account_move_line l
              JOIN account_move m ON m.id = l.move_id
              JOIN res_partner rp ON rp.id = l.partner_id
              JOIN debtor d ON d.partner_id = rp.commercial_partner_id
              JOIN credit_policy y ON y.id = %(policy)s
        CROSS JOIN LATERAL (SELECT CASE WHEN y.consolidate THEN 0
                                   ELSE COALESCE(m.partner_id, l.partner_id)
                                   END AS address) a
              JOIN res_partner r ON r.id = COALESCE(NULLIF(a.address, 0), d.contact)
         LEFT JOIN (%(settled)s) s ON s.item_id = l.id
         LEFT JOIN (%(paused)s) u ON u.item_id = l.id
         LEFT JOIN (%(noticed)s) n ON n.item_id = l.id
         LEFT JOIN (%(written)s) w ON w.partner_id = d.partner_id
             WHERE l.account_id = ANY(%(accounts)s)
               AND l.parent_state = 'posted'
               AND l.company_id = %(company)s
               AND l.date <= %(last)s
               AND (l.reconciled IS NOT TRUE OR s.item_id IS NOT NULL)
          ORDER BY d.partner_id, l.id
            """,
            debtors=self._debtors_sql(trial),
            policy=trial.policy.id,
            no_followup=escalation.NO_FOLLOWUP,
            slow_levels=self._slow_levels_sql(),
            channels=self._first_notice_channels_sql(),
            never=escalation.NEVER,
            settled=self._settled_sql(first, last),
            paused=self._paused_sql(first, last),
            noticed=self._noticed_sql(first),
            written=self._written_sql(trial.company, first),
            accounts=self.env["credit.dunning"]._receivable_account_ids(trial.company),
            company=trial.company.id,
            last=last,
        )

    @api.model
    def _slow_levels_sql(self) -> SQL:
        """The levels of the policy ``y`` that reach the recipient ``r`` by letter only."""
        return SQL(
            """(SELECT ARRAY_AGG(v.id) FROM credit_policy_level v
                 WHERE v.policy_id = y.id AND v.active AND %s = 'letter')""",
            self.env["credit.notice"]._channel_sql(),
        )

    @api.model
    def _first_notice_channels_sql(self) -> SQL:
        """How each level of the policy ``y`` that announces costs reaches the
        recipient ``r``.
        """
        return SQL(
            """(SELECT JSONB_OBJECT_AGG(v.id, %s) FROM credit_policy_level v
                 WHERE v.policy_id = y.id AND v.active AND v.first_notice)""",
            self.env["credit.notice"]._channel_sql(),
        )

    @api.model
    def _debtors_sql(self, trial: Trial) -> SQL:
        """The debtors that the trial is about, and who gets their reminders."""
        where = [SQL("TRUE")]
        if trial.followed:
            policies = self.env["credit.policy"].sudo()._get_candidates(trial.company)
            where.append(SQL("%s = %s", policies._choice_sql(), trial.followed.id))
        if trial.partners:
            where.append(SQL("p.partner_id = ANY(%s)", trial.partners.ids))
        return SQL(
            """
            SELECT p.partner_id, %(contact)s AS contact, %(regime)s AS regime
              FROM (%(profiles)s) p
              JOIN res_partner c ON c.id = p.partner_id
             WHERE %(where)s
            """,
            contact=self.env["credit.profile"]._contact_sql(),
            regime=self.env["credit.regime"]._first_notice_sql(
                trial.company, trial.period.last
            ),
            profiles=self._profiles_sql(trial.company),
            where=SQL(" AND ").join(where),
        )

    @api.model
    def _profiles_sql(self, company) -> SQL:
        """The debtor files, and those that would be made for other customers."""
        return SQL(
            """
            SELECT * FROM credit_profile WHERE company_id = %(company)s
             UNION ALL
            SELECT f.*
              FROM res_partner o
        CROSS JOIN LATERAL jsonb_populate_record(
                       NULL::credit_profile,
                       jsonb_build_object('partner_id', o.id, 'tier_id', %(tier)s,
                                          'company_id', %(company)s)) f
             WHERE o.commercial_partner_id = o.id
               AND NOT EXISTS (SELECT FROM credit_profile
                                WHERE partner_id = o.id AND company_id = %(company)s)
            """,
            company=company.id,
            tier=self.env["credit.profile"].sudo()._get_default_tier().id or None,
        )

    @api.model
    def _settled_sql(self, first: date, last: date) -> SQL:
        """What was matched with each item since ``first``: by day up to ``last``, and
        altogether up to today."""
        return SQL(
            """
            SELECT item_id, SUM(amount) AS amount, SUM(company_amount) AS company_amount,
                   ARRAY_AGG(max_date ORDER BY max_date, id)
                       FILTER (WHERE max_date <= %(last)s) AS days,
                   ARRAY_AGG(amount::text ORDER BY max_date, id)
                       FILTER (WHERE max_date <= %(last)s) AS amounts,
                   ARRAY_AGG(company_amount::text ORDER BY max_date, id)
                       FILTER (WHERE max_date <= %(last)s) AS company_amounts
              FROM (%(matchings)s) matching
             WHERE max_date >= %(first)s
          GROUP BY item_id
            """,
            matchings=self.env["credit.dunning"]._matchings_sql(),
            first=first,
            last=last,
        )

    @api.model
    def _paused_sql(self, first: date, last: date) -> SQL:
        """Per item: [first day, last day, why, how much] of each pause in the period."""
        return SQL(
            """
            SELECT item_id,
                   JSONB_AGG(JSONB_BUILD_ARRAY(since, until, code, part::text)
                             ORDER BY since, code) AS pauses
              FROM (SELECT item_id, since, LEAST(until, ended - 1, %(last)s) AS until,
                           code, part
                      FROM (%(pauses)s) q) q
             WHERE item_id IS NOT NULL AND since <= until AND until >= %(first)s
          GROUP BY item_id
            """,
            pauses=SQL(" UNION ALL ").join(self._get_pauses_sql()),
            first=first,
            last=last,
        )

    @api.model
    def _get_pauses_sql(self) -> list[SQL]:
        """Queries of ``item_id``, first day, last day and end (either may be NULL), the
        reason and the part that is left alone (NULL: all of it).
        """
        return [
            SQL(
                """SELECT i.item_id, o.made_on AS since, o.pause_until AS until,
                          o.closed_date AS ended, %s AS code, NULL::numeric AS part
                     FROM credit_promise_line i
                     JOIN credit_promise o ON o.id = i.promise_id""",
                escalation.PROMISED,
            ),
            SQL(
                """SELECT i.item_id, o.opened_on, NULL, o.ended_on, %s, i.amount
                     FROM credit_dispute_line i
                     JOIN credit_dispute o ON o.id = i.dispute_id""",
                escalation.DISPUTED,
            ),
            SQL(
                """SELECT i.item_id, o.date + 1, o.until + %s, o.closed_date, %s, NULL
                     FROM credit_offer_line i
                     JOIN credit_offer o ON o.id = i.offer_id
                    WHERE o.level_id IS NULL""",
                GRACE.days,
                escalation.OFFERED,
            ),
            SQL(
                """SELECT i.item_id, o.proposed_date,
                          CASE WHEN o.active_date IS NULL THEN o.answer_by END,
                          o.closed_date, %s, NULL
                     FROM credit_plan_item i
                     JOIN credit_plan o ON o.id = i.plan_id
                    WHERE o.proposed_date IS NOT NULL""",
                escalation.INSTALMENT_PLAN,
            ),
        ]

    @api.model
    def _noticed_sql(self, before: date) -> SQL:
        """Per item: the last level really sent ``before`` the period, and its date."""
        return SQL(
            """
            SELECT item_id, MAX(level_number) AS level, MAX(date) AS date,
                   MAX(date) FILTER (WHERE channel = 'letter') AS letter,
                   MIN(%s) AS costs_from
              FROM credit_notice_line l
             WHERE state = 'sent' AND date < %s
          GROUP BY item_id
            """,
            self.env["credit.notice.line"]._costs_from_sql(),
            before,
        )

    @api.model
    def _written_sql(self, company, before: date) -> SQL:
        """Per debtor: the day of his last notice ``before`` the period."""
        return SQL(
            """
            SELECT partner_id, MAX(date) AS last
              FROM credit_notice
             WHERE company_id = %s AND state = 'sent' AND date < %s
          GROUP BY partner_id
            """,
            company.id,
            before,
        )

    @api.model
    def _sent_sql(self, trial: Trial) -> SQL:
        return SQL(
            """
            SELECT n.partner_id, n.date, n.level_number, n.currency_id,
                   n.amount_total::text, n.company_amount_total::text, n.id
              FROM credit_notice n
              JOIN (%s) d ON d.partner_id = n.partner_id
             WHERE n.company_id = %s AND n.state = 'sent'
               AND n.charges_only IS NOT TRUE
               AND n.date BETWEEN %s AND %s
            """,
            self._debtors_sql(trial),
            trial.company.id,
            *trial.period[:2],
        )
