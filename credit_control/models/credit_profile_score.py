import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..core import score
from ..core.money import to_decimal
from ..core.score import Payments, Score
from ..rights import check_officer

RECENT_DAYS = 90


class CreditProfileScore(models.Model):
    """How a debtor pays, in points, and the risk tier that follows.

    Every night, or at once for one debtor. A manager overrules the tier with a
    reason and an end date; what is adverse enough makes it the last one at once.
    """

    _inherit = "credit.profile"

    score = fields.Float(
        digits=(5, 2),
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Payment behaviour of the last twelve months, from 0 to 100 points.",
    )
    is_rated = fields.Boolean(
        string="Rated",
        readonly=True,
        copy=False,
        help="Enough invoices were paid in twelve months to give a score.",
    )
    score_date = fields.Date(string="Score as of", readonly=True, copy=False)
    score_change = fields.Float(
        string="Change",
        digits=(5, 2),
        compute="_compute_score_change",
        help="Points since the month before.",
    )
    score_ids = fields.One2many("credit.score", "profile_id", string="Scores")
    breakdown = fields.Html(compute="_compute_breakdown")
    tier_by_hand = fields.Boolean(
        string="Tier chosen by hand", readonly=True, copy=False, tracking=True
    )
    tier_until = fields.Date(
        string="Tier chosen until",
        readonly=True,
        copy=False,
        tracking=True,
        help="Last day of the tier chosen by hand. Empty: until somebody changes it.",
    )
    tier_reason = fields.Char(
        string="Why this tier", readonly=True, copy=False, tracking=True
    )

    @api.depends("score", "score_date", "score_ids.points")
    def _compute_score_change(self):
        months = {}
        for entry in self.env["credit.score"].search(
            [("profile_id", "in", self.ids), ("is_rated", "=", True)]
        ):
            months.setdefault(entry.profile_id, []).append(entry.points)
        for profile in self:
            points = months.get(profile, [])
            profile.score_change = points[0] - points[1] if len(points) > 1 else 0.0

    @api.depends("score_ids.content")
    @api.depends_context("lang")
    def _compute_breakdown(self):
        for profile in self:
            profile.breakdown = profile.score_ids[:1].breakdown

    @api.model_create_multi
    def create(self, vals_list):
        newcomers = self._get_default_tier().id
        for vals in vals_list:
            if vals.get("tier_id", newcomers) != newcomers:
                vals.setdefault("tier_by_hand", True)
        return super().create(vals_list)

    def write(self, vals):
        if "tier_id" in vals:
            vals = {
                "tier_by_hand": True,
                "tier_until": False,
                "tier_reason": False,
                **vals,
            }
        return super().write(vals)

    # -- actions ---------------------------------------------------------------

    def action_rate(self):
        """Compute the score of these debtors now."""
        check_officer(self.env, self.env._("Only credit officers rate debtors."))
        self.check_access("read")
        for company, profiles in self.sudo().grouped("company_id").items():
            profiles._rate(company, company._credit_today())
        return True

    def action_overrule_tier(self):
        """Ask for another tier, why, and until when."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Choose the risk tier"),
            "res_model": "credit.tier.overrule",
            "view_mode": "form",
            "target": "new",
            "context": {"default_profile_ids": self.ids},
        }

    def action_end_overrule(self):
        """Let the score decide again."""
        self._check_manager_fields({"tier_id": False})
        chosen = self.filtered("tier_by_hand")
        if not chosen:
            raise UserError(self.env._("No tier of these was chosen by hand."))
        chosen._end_overrule()
        return chosen.sudo().action_rate()

    def _overrule_tier(self, tier, reason: str, until: date | None) -> None:
        """Choose ``tier`` for these debtors, whatever they score."""
        if not self.env.user.has_group("credit_control.group_manager"):
            raise AccessError(
                self.env._("Only a credit manager changes the risk tier or the limit.")
            )
        self.check_access("write")
        self.sudo().write(
            {
                "tier_id": tier.id,
                "tier_by_hand": True,
                "tier_until": until,
                "tier_reason": reason,
            }
        )

    def _end_overrule(self) -> None:
        self.sudo().write(
            {"tier_by_hand": False, "tier_until": False, "tier_reason": False}
        )

    # -- rate ------------------------------------------------------------------

    @api.model
    def _rate_all(self, company, as_of: date) -> None:
        """Every night: all debtors of ``company``."""
        if company.credit_rate_daily:
            self.search([("company_id", "=", company.id)])._rate(company, as_of)

    def _rate(self, company, as_of: date) -> None:
        """Score these debtors of ``company`` and give them the tier that follows."""
        if not self:
            return
        self.filtered(
            lambda p: p.tier_by_hand and p.tier_until and p.tier_until < as_of
        )._end_overrule()
        scores = self._compute_scores(company, as_of)
        self._store_scores(scores, as_of)
        if company.credit_rate_daily:
            self._apply_tiers(company, scores, as_of)
        self._store_history(scores, as_of)

    def _compute_scores(self, company, as_of: date) -> dict[int, Score | None]:
        """{debtor file id: score}; None for who is not rated."""
        scales = self.env["credit.score.component"]._get_scales()
        payments = self._fetch_payments(company, as_of)
        others = self._get_score_figures(as_of)
        off = self._get_points_off(as_of)
        found = {}
        for profile in self:
            paid = payments.get(profile.partner_id.id)
            rated = paid and paid.paid_count >= company.credit_rate_invoices
            figures = rated and {**paid.figures(), **others.get(profile.id, {})}
            found[profile.id] = (
                score.score(figures, scales, off[profile.id]) if rated else None
            )
        return found

    def _get_score_figures(self, as_of: date) -> dict[int, Mapping[str, Decimal]]:
        """Figures beside those of the ledger, by debtor file and component.

        Override and add. A constant number of queries, whatever the number of debtors.
        """
        return {}

    @api.model
    def _get_points_off(self, as_of: date) -> defaultdict[int, Decimal]:
        """Points that adverse signals take off, by debtor file. Override and add."""
        return defaultdict(Decimal)

    @api.model
    def _get_poor_reasons(self, company, as_of: date) -> dict[int, str]:
        """{debtor file id: why it gets the last tier, whatever it scores}.

        Override and add.
        """
        return {}

    # -- ledger ----------------------------------------------------------------

    def _fetch_payments(self, company, as_of: date) -> dict[int, Payments]:
        """Sums over the invoices of twelve months, by partner id. One query."""
        self.env["credit.dunning"]._flush_sources()
        self.env["account.partial.reconcile"].flush_model()
        rows = self.env.execute_query(self._payments_sql(company, as_of))
        return {
            partner: Payments(count, *map(Decimal, sums))
            for partner, count, *sums in rows
        }

    def _payments_sql(self, company, as_of: date) -> SQL:
        year = as_of - relativedelta(months=12)
        settled = SQL("m.max_date <= %s", as_of)
        recent = SQL("%s AND m.max_date > %s", settled, as_of - timedelta(RECENT_DAYS))
        before = SQL("m.max_date <= %s", as_of - timedelta(RECENT_DAYS))
        due = SQL("COALESCE(l.date_maturity, l.date)")
        late = SQL("m.company_amount * GREATEST(m.max_date - %s, 0)", due)
        return SQL(
            """
            SELECT partner, COUNT(*) FILTER (WHERE still <= 0),
                   SUM(recent + GREATEST(still, 0))::text,
                   SUM(recent_days + GREATEST(still, 0) * GREATEST(%(as_of)s - due, 0))
                       ::text,
                   SUM(before)::text, SUM(before_days)::text,
                   SUM(GREATEST(still, 0))::text,
                   COALESCE(SUM(GREATEST(still, 0)) FILTER (WHERE due < %(as_of)s), 0)
                       ::text
              FROM (SELECT rp.commercial_partner_id AS partner, %(due)s AS due,
                           l.amount_residual + COALESCE(SUM(m.company_amount)
                               FILTER (WHERE m.max_date > %(as_of)s), 0) AS still,
                           %(recent)s AS recent, %(recent_days)s AS recent_days,
                           %(before)s AS before, %(before_days)s AS before_days
                      FROM account_move_line l
                      JOIN account_move v ON v.id = l.move_id
                      JOIN res_partner rp ON rp.id = l.partner_id
                 LEFT JOIN (%(matchings)s) m
                        ON m.item_id = l.id AND m.max_date > %(year)s
                     WHERE l.account_id = ANY(%(accounts)s)
                       AND l.company_id = %(company)s
                       AND l.parent_state = 'posted'
                       AND v.move_type IN ('out_invoice', 'out_receipt')
                       AND l.balance > 0
                       AND l.date <= %(as_of)s
                       AND (l.reconciled IS NOT TRUE OR m.item_id IS NOT NULL)
                       AND %(whose)s
                  GROUP BY l.id, rp.commercial_partner_id) item
          GROUP BY partner
            """,
            as_of=as_of,
            due=due,
            recent=self._sum_sql(SQL("m.company_amount"), recent),
            recent_days=self._sum_sql(late, recent),
            before=self._sum_sql(SQL("m.company_amount"), before),
            before_days=self._sum_sql(late, before),
            matchings=self.env["credit.dunning"]._matchings_sql(),
            year=year,
            accounts=self.env["credit.dunning"]._receivable_account_ids(company),
            company=company.id,
            whose=self._whose_sql(),
        )

    @api.model
    def _sum_sql(self, amount: SQL, condition: SQL) -> SQL:
        return SQL("COALESCE(SUM(%s) FILTER (WHERE %s), 0)", amount, condition)

    def _whose_sql(self) -> SQL:
        """Only one debtor's invoices are read for him alone."""
        if len(self) > 100:
            return SQL("TRUE")
        return SQL("rp.commercial_partner_id = ANY(%s)", self.partner_id.ids)

    # -- store -----------------------------------------------------------------

    def _store_scores(self, scores: Mapping[int, Score | None], as_of: date) -> None:
        self.flush_recordset()
        ids, points, rated = [], [], []
        for id_, found in scores.items():
            ids.append(id_)
            points.append(found.points if found else 0)
            rated.append(bool(found))
        self.env.execute_query(
            SQL(
                """
                UPDATE credit_profile p
                   SET score = s.points, is_rated = s.rated, score_date = %s
                  FROM unnest(%s, %s::numeric[], %s) AS s (id, points, rated)
                 WHERE p.id = s.id
             RETURNING p.id
                """,
                as_of,
                ids,
                points,
                rated,
            )
        )
        self.invalidate_recordset(["score", "is_rated", "score_date"])

    def _store_history(self, scores: Mapping[int, Score | None], as_of: date) -> None:
        """One row a month: the last score of the month stays."""
        self.flush_recordset()
        rows = [
            (id_, bool(found), found.points if found else 0, _to_json(found))
            for id_, found in scores.items()
        ]
        ids, rated, points, contents = zip(*rows, strict=True)
        self.env.execute_query(
            SQL(
                """
                INSERT INTO credit_score (profile_id, company_id, month, date, points,
                       is_rated, content, tier_id)
                SELECT p.id, p.company_id, %(month)s, %(day)s, s.points, s.rated,
                       s.content::jsonb, p.tier_id
                  FROM unnest(%(ids)s, %(rated)s, %(points)s::numeric[], %(contents)s)
                       AS s (id, rated, points, content)
                  JOIN credit_profile p ON p.id = s.id
           ON CONFLICT (profile_id, month) DO UPDATE
                   SET date = EXCLUDED.date, points = EXCLUDED.points,
                       is_rated = EXCLUDED.is_rated, content = EXCLUDED.content,
                       tier_id = EXCLUDED.tier_id
             RETURNING id
                """,
                month=as_of.replace(day=1),
                day=as_of,
                ids=list(ids),
                rated=list(rated),
                points=list(points),
                contents=list(contents),
            )
        )
        self.env["credit.score"].invalidate_model()
        self.invalidate_recordset(["score_ids", "score_change", "breakdown"])

    # -- tiers -----------------------------------------------------------------

    def _apply_tiers(self, company, scores: Mapping, as_of: date) -> None:
        """Give each debtor the tier of his score, where nobody chose one."""
        tiers = self.env["credit.risk.tier"]._get_scored()
        if not tiers:
            return
        reasons = self._get_poor_reasons(company, as_of)
        margin = to_decimal(company.credit_rate_margin)
        newcomers = self._get_default_tier()
        for profile in self.filtered(lambda p: not p.tier_by_hand):
            reason = reasons.get(profile.id, False)
            tier = newcomers
            if reason:
                tier = tiers[-1]
            elif scores[profile.id]:
                tier = profile._choose_tier(tiers, scores[profile.id].points, margin)
            if (tier, reason) != (profile.tier_id, profile.tier_reason):
                profile.write(
                    {"tier_id": tier.id, "tier_by_hand": False, "tier_reason": reason}
                )

    def _choose_tier(self, tiers, points: Decimal, margin: Decimal):
        current = tiers.ids.index(self.tier_id.id) if self.tier_id in tiers else None
        starts = [to_decimal(tier.score_from) for tier in tiers]
        return tiers[score.band_for(points, starts, current, margin)]


def _to_json(found: Score | None) -> str:
    parts: Iterable = found.parts if found else ()
    return json.dumps(
        [
            [part.code, float(part.value), float(part.points), float(part.weight)]
            for part in parts
        ]
    )
