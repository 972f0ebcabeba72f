from datetime import date, timedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_date

REASONS = [
    ("insolvency", "The debtor is insolvent"),
    ("claim", "The overdue was reported to the insurer"),
    ("collection", "The debt was handed over for collection"),
    ("withdrawn", "The insurer withdrew the limit"),
    ("extension", "The oldest invoice passed the extension period"),
]


class CreditInsuranceStop(models.Model):
    """From a day to a day nothing that was delivered to a debtor is covered.

    What stops deliveries is read from the ledger whenever somebody asks; this is its
    history, so that what was delivered meanwhile stays uncovered. It is written when
    something happens, and every morning.
    """

    _name = "credit.insurance.stop"
    _description = "Stop Shipment"
    _order = "date_from desc, id desc"
    _rec_name = "profile_id"

    profile_id = fields.Many2one(
        "credit.profile",
        string="Debtor",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="profile_id.company_id", store=True)
    reason = fields.Selection(REASONS, required=True, readonly=True)
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_to = fields.Date(string="To", readonly=True, help="Empty: it still holds.")

    _open_uniq = models.UniqueIndex(
        "(profile_id) WHERE date_to IS NULL",
        "Deliveries to this debtor are stopped already.",
    )

    # -- what stops ------------------------------------------------------------

    @api.model
    def _fetch_stops(self, as_of: date, profiles=None) -> dict[int, tuple[str, date]]:
        """{debtor id: (reason, since when)} of all whose deliveries are stopped.

        The gravest reason counts, with the earliest day of any.
        """
        rank = [code for code, _label in REASONS].index
        found: dict[int, tuple[str, date]] = {}
        for profile_id, reason, since in self._fetch_stop_rows(as_of, profiles):
            before = found.get(profile_id)
            graver = min(reason, before[0], key=rank) if before else reason
            found[profile_id] = graver, before[1] if before else since
        return found

    @api.model
    def _fetch_stop_rows(self, as_of: date, profiles) -> list[tuple]:
        """(debtor id, reason, since when), the earliest first.

        An order asks for one debtor and waits while the database plans: it looks for
        signs that anything stops his deliveries before it asks what does.
        """
        if profiles is not None and len(profiles) == 1:
            signs = SQL(" OR ").join(self._get_stop_signs(as_of, profiles))
            if self.env.execute_query(SQL("SELECT %s", signs)) != [(True,)]:
                return []
        return self.env.execute_query(
            SQL(
                "SELECT profile_id, reason, since FROM (%s) s ORDER BY since",
                SQL(" UNION ALL ").join(self._get_stop_queries(as_of, profiles)),
            )
        )

    @api.model
    def _get_stop_signs(self, as_of: date, profile) -> list[SQL]:
        """Conditions of which one holds wherever :meth:`_get_stop_queries` find
        anything of ``profile``. To be extended together with those.
        """
        clocks = self.env["credit.insurance.clock"]
        clocks._flush_sources()
        return [
            SQL(
                """EXISTS (SELECT FROM credit_claim
                            WHERE profile_id = %s AND state NOT IN ('draft', 'closed'))
                """,
                profile.id,
            ),
            SQL(
                """EXISTS (SELECT FROM credit_signal s
                             JOIN credit_signal_kind k
                               ON k.id = s.kind_id AND k.means_insolvency
                            WHERE s.profile_id = %s)""",
                profile.id,
            ),
            SQL(
                "EXISTS (%s)",
                self._withdrawn_sql(as_of, SQL("profile_id = %s", profile.id)),
            ),
            clocks._may_be_passed_sql(profile, as_of),
        ]

    @api.model
    def _get_stop_queries(self, as_of: date, profiles) -> list[SQL]:
        """Queries of ``profile_id``, ``reason`` and ``since``. To be extended."""
        clocks = self.env["credit.insurance.clock"]
        clocks._flush_sources()
        mine = SQL("TRUE")
        if profiles is not None:
            mine = SQL("profile_id = ANY(%s)", profiles.ids)
        return [
            SQL(
                """SELECT profile_id, 'claim' AS reason, MIN(notified_date) AS since
                     FROM credit_claim
                    WHERE state NOT IN ('draft', 'closed')
                      AND notified_date <= %s AND %s
                 GROUP BY profile_id""",
                as_of,
                mine,
            ),
            SQL(
                """SELECT s.profile_id, 'insolvency', s.insolvent
                     FROM (%s) s
                    WHERE s.profile_id IN (SELECT profile_id FROM (%s) r) AND %s""",
                clocks._insolvent_sql(as_of),
                clocks._periods_sql(),
                mine,
            ),
            self._withdrawn_sql(as_of, mine),
            self._passed_sql(as_of, profiles),
        ]

    @api.model
    def _passed_sql(self, as_of: date, profiles) -> SQL:
        """Debtors with an insured item past its extension period."""
        return SQL(
            """SELECT c.profile_id, 'extension', MIN(c.stop_date)
                 FROM (%s) c
                WHERE c.is_stopped
                  AND COALESCE(c.uncovered, 'disputed') = 'disputed'
             GROUP BY c.profile_id""",
            self.env["credit.insurance.clock"]._clock_sql(as_of, profiles, as_of),
        )

    @api.model
    def _withdrawn_sql(self, as_of: date, mine: SQL) -> SQL:
        """Debtors who had a limit in a policy in force and have none any more."""
        return SQL(
            """
            SELECT r.profile_id, 'withdrawn',
                   MAX(CASE WHEN r.amount > 0 THEN r.date_to + 1 END)
              FROM (%(periods)s) r
              JOIN credit_insurance_policy y
                ON y.id = r.policy_id AND y.active AND y.watch_deadlines
               AND %(as_of)s BETWEEN y.date_from AND COALESCE(y.date_to, 'infinity')
             WHERE r.date_from <= %(as_of)s AND %(mine)s
          GROUP BY r.profile_id
            HAVING BOOL_OR(r.amount > 0)
               AND NOT BOOL_OR(r.amount > 0 AND COALESCE(r.date_to, 'infinity')
                               >= %(as_of)s)
            """,
            periods=self.env["credit.insurance.clock"]._periods_sql(),
            as_of=as_of,
            mine=mine,
        )

    # -- history ---------------------------------------------------------------

    @api.model
    def _update_stops(self, company, as_of: date, profiles=None) -> None:
        """Write down what began to stop deliveries, and what ended.

        :param profiles: of these debtors only
        """
        standing = self.search(
            [
                ("company_id", "=", company.id),
                ("date_to", "=", False),
                *([] if profiles is None else [("profile_id", "in", profiles.ids)]),
            ]
        )
        found = self._fetch_stops(as_of, profiles)
        stopped = self.env["credit.profile"].search(
            [("id", "in", list(found)), ("company_id", "=", company.id)]
        )
        begun = stopped - standing.profile_id
        standing.filtered(lambda stop: stop.profile_id.id not in found)._lift(as_of)
        self._begin({profile: found[profile.id] for profile in begun})

    @api.model
    def _begin(self, found: dict) -> None:
        """Stop deliveries to debtors; ``found`` says of each why and since when."""
        if not found:
            return
        profiles = self.env["credit.profile"].concat(*found)
        before = self._read_group(
            [("profile_id", "in", profiles.ids)], ["profile_id"], ["date_to:max"]
        )
        free = {profile: day + timedelta(1) for profile, day in before if day}
        stops = self.create(
            [
                {
                    "profile_id": profile.id,
                    "reason": reason,
                    "date_from": max(since, free.get(profile, since)),
                }
                for profile, (reason, since) in found.items()
            ]
        )
        profiles._message_log_batch(
            bodies={stop.profile_id.id: stop._word_begin() for stop in stops}
        )
        self._tell(profiles)

    def _tell(self, profiles) -> None:
        """What waits for these debtors is looked at anew."""
        profiles.invalidate_recordset(
            ["is_insurance_stopped", "insurance_stop_reason", "insurance_stop_date"]
        )
        profiles._tell_risk_changed()

    def _lift(self, as_of: date) -> None:
        """What is delivered on ``as_of`` is covered again."""
        profiles = self.profile_id
        last = as_of - timedelta(1)
        words = self.env._("Stop shipment has ended: deliveries are covered again.")
        profiles._message_log_batch(bodies=dict.fromkeys(profiles.ids, words))
        # Of one that ends on its first day only the entries in the file are left.
        short = self.filtered(lambda stop: stop.date_from > last)
        (self - short).date_to = last
        short.unlink()
        self._tell(profiles)

    def _word_begin(self) -> str:
        return self.env._(
            "Stop shipment from %(day)s: %(reason)s.",
            day=format_date(self.env, self.date_from),
            reason=self._get_reason_words(),
        )

    def action_open_debtor(self):
        self.ensure_one()
        return self.profile_id.get_formview_action()

    def _get_reason_words(self) -> str:
        return dict(self._fields["reason"]._description_selection(self.env))[
            self.reason
        ]
