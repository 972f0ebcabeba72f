from datetime import date
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.credit_control.core import limits
from odoo.addons.credit_control.core.money import ZERO, to_decimal
from odoo.addons.credit_control.database import flush
from odoo.addons.credit_control.models.credit_exposure import Scope

from ..core import cover


class CreditProfile(models.Model):
    """What of a debtor's exposure is insured."""

    _inherit = "credit.profile"

    insurance_limit_ids = fields.One2many("credit.insurance.limit", "profile_id")
    insurance_decision_ids = fields.One2many("credit.insurance.decision", "profile_id")
    insurance_request_ids = fields.One2many("credit.insurance.request", "profile_id")
    insured_limit = fields.Monetary(
        string="Insured limit",
        compute="_compute_insured_limit",
        help="What the insurer covers of new deliveries today.",
    )
    insured_amount = fields.Monetary(
        string="Insured",
        compute="_compute_cover",
        search="_search_insured_amount",
        help="The insured percentage of the exposure within the limit, after other "
        "securities.",
    )
    uncovered_amount = fields.Monetary(
        string="Uncovered",
        compute="_compute_cover",
        search="_search_uncovered_amount",
        help="At your own risk: your share of what is insured, and all that lies "
        "beyond the limit.",
    )
    was_insured = fields.Boolean(
        string="Known to the insurer",
        compute="_compute_insured_limit",
        help="There is a decision on him, also a zero.",
    )
    is_over_insured_limit = fields.Boolean(compute="_compute_is_over_insured_limit")

    @api.depends("security_ids.state", "security_ids.amount")
    def _compute_exposure(self):
        return super()._compute_exposure()

    @api.depends(
        "insurance_limit_ids.period_ids",
        "insurance_limit_ids.policy_id.date_from",
        "insurance_limit_ids.policy_id.date_to",
        "insurance_limit_ids.policy_id.active",
        "insurance_decision_ids",
    )
    def _compute_insured_limit(self):
        known = self._origin._fetch_insured(fields.Date.context_today(self))
        for profile in self:
            amount, decided = known.get(profile._origin, (ZERO, False))
            profile.insured_limit, profile.was_insured = float(amount), decided

    def _fetch_insured(self, as_of: date) -> dict:
        """{debtor with a limit: (what is insured of deliveries on ``as_of``, in the
        company's currency; whether the insurer has decided on him)}.

        Asked with every order: it needs nothing of the ledger.
        """
        flush(
            self.env,
            (
                "credit.insurance.decision",
                "credit.insurance.limit",
                "credit.insurance.period",
                "credit.insurance.policy",
                "credit.insurance.stop",
            ),
        )
        layers = self.env["credit.insurance.limit"]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT l.profile_id, i.currency_id, COALESCE(d.amount, 0),
                       EXISTS (SELECT FROM credit_insurance_decision q
                                WHERE q.limit_id = l.id)
                  FROM credit_insurance_limit l
                  JOIN credit_insurance_policy i ON i.id = l.policy_id AND i.active
             LEFT JOIN credit_insurance_period d ON d.limit_id = l.id AND %(now)s
                   AND NOT EXISTS (SELECT FROM (%(stops)s) s
                                    WHERE s.profile_id = l.profile_id)
                 WHERE l.profile_id = ANY(%(profiles)s)
                """,
                now=layers._is_in_force_sql(as_of),
                stops=layers._stops_sql(as_of),
                profiles=self.ids,
            )
        )
        return self._sum_insured(rows, as_of)

    def _sum_insured(self, rows, as_of: date) -> dict:
        """Rows of (debtor id, currency id, limit, whether it was decided), added up by
        debtor.
        """
        own = {profile.id: profile for profile in self}
        pairs = [(row[1], own[row[0]].company_id.id) for row in rows]
        found: dict = {}
        for (profile_id, _currency, amount, decided), rate in zip(
            rows, self._list_rates(pairs, as_of), strict=True
        ):
            profile = own[profile_id]
            quantum = to_decimal(profile.currency_id.rounding)
            amount = limits.convert(to_decimal(amount), rate, quantum)
            before = found.get(profile, (ZERO, False))
            found[profile] = before[0] + amount, before[1] or decided
        return found

    @api.model
    def _list_rates(self, pairs, as_of: date) -> list[Decimal]:
        """Of each pair of currency id and company id: the company's currency for one
        unit.
        """
        money, companies = self.env["res.currency"], self.env["res.company"].sudo()
        found = [
            (companies.browse(company_id), money.browse(currency_id))
            for currency_id, company_id in pairs
        ]
        rates = self.sudo()._get_rates(set(found), as_of)
        return [to_decimal(rates.get(pair, 1)) for pair in found]

    @api.depends(
        "exposure",
        "insured_limit",
        "insurance_limit_ids.kind",
        "insurance_limit_ids.policy_id.insured_percent",
        "insurance_limit_ids.policy_id.terms_ids.insured_percent",
    )
    def _compute_cover(self):
        names = ("insured_amount", "uncovered_amount")
        figures = self.env["credit.exposure"]._fetch_figures(
            self, fields.Date.context_today(self), names
        )
        for profile in self:
            row = figures.get(profile._origin.id, {})
            for name in names:
                profile[name] = row.get(name) or 0.0

    @api.depends("exposure", "insured_limit", "spare_security", "was_insured")
    def _compute_is_over_insured_limit(self):
        """A debtor who was never insured is not beyond his cover."""
        for profile in self:
            profile.is_over_insured_limit = (
                profile.was_insured and profile._get_beyond_cover() > 0
            )

    def _get_beyond_cover(self, amount: float = 0.0) -> float:
        """By how much ``amount`` more would lie beyond what insurer and securities
        cover.
        """
        room = self.insured_limit + self.spare_security - max(self.exposure, 0.0)
        return self.currency_id.round(amount - room)

    @api.model
    def _search_insured_amount(self, operator, value):
        return self._search_in_exposure("insured_amount", operator, value)

    @api.model
    def _search_uncovered_amount(self, operator, value):
        return self._search_in_exposure("uncovered_amount", operator, value)

    # -- cover of any balance --------------------------------------------------

    def _get_cover(self, balance: float, as_of: date) -> cover.Cover:
        """How insurers cover ``balance``, in the company's currency, on ``as_of``."""
        self.ensure_one()
        limits = self.env["credit.insurance.limit"].sudo()
        scope = Scope(as_of, self.partner_id.ids, self.company_id.ids, as_of)
        layers, stopped = limits._fetch_layers(scope).get(self.id, ([], 0))
        return cover.cover(to_decimal(balance), layers, as_of, to_decimal(stopped))

    def _fetch_balances(self, as_of: date) -> dict:
        """{debtor: what he owed on ``as_of``}; of a day to come what he owes now."""
        self._flush_ledger()
        rows = self.env.execute_query(
            SQL(
                "SELECT profile_id, SUM(amount) FROM (%s) o GROUP BY profile_id",
                self._open_on_sql(as_of, self._these_sql()),
            )
        )
        amounts = dict(rows)
        return {profile: float(amounts.get(profile.id, 0)) for profile in self}

    @api.model
    def _flush_ledger(self) -> None:
        self.env["credit.dunning"]._flush_sources()
        self.env["account.partial.reconcile"].flush_model()

    def _these_sql(self) -> SQL:
        return SQL(
            """SELECT id, partner_id, company_id FROM credit_profile
                WHERE id = ANY(%s)""",
            self.ids,
        )

    @api.model
    def _open_on_sql(self, as_of: date, whose: SQL) -> SQL:
        """Receivable items open on ``as_of``, with what was open of them then; of a day
        to come those open now. Whoever asks has flushed the ledger.

        :param whose: query of ``id``, ``partner_id`` and ``company_id`` of debtor files
        """
        later = SQL(
            """LEFT JOIN LATERAL (
                SELECT SUM(x.company_amount) AS amount, SUM(x.amount) AS amount_currency
                  FROM (%s) x
                 WHERE x.item_id = a.id AND x.max_date > %s) later ON TRUE""",
            self.env["credit.dunning"]._matchings_sql(),
            as_of,
        )
        return self._open_items_sql(
            whose,
            SQL("a.amount_residual + COALESCE(later.amount, 0)"),
            SQL("a.amount_residual_currency + COALESCE(later.amount_currency, 0)"),
            SQL(
                "a.date <= %s AND (a.reconciled IS NOT TRUE OR later.amount <> 0)",
                as_of,
            ),
            later,
        )

    @api.model
    def _open_of_sql(self, scope: Scope, whose: SQL) -> SQL:
        """Items as :meth:`_open_on_sql` has them, open now or on the day of ``scope``."""
        if scope.ledger:
            return self._open_on_sql(scope.ledger, whose)
        return self._open_items_sql(
            whose,
            SQL("a.amount_residual"),
            SQL("a.amount_residual_currency"),
            SQL("a.reconciled IS NOT TRUE"),
        )

    @api.model
    def _open_items_sql(
        self,
        whose: SQL,
        amount: SQL,
        amount_currency: SQL,
        is_open: SQL,
        join: SQL = SQL(),  # noqa: B008 # never changed
    ) -> SQL:
        return SQL(
            """
            SELECT h.id AS profile_id, a.id AS item_id, a.move_id, m.move_type,
                   COALESCE(m.invoice_date, a.date) AS issued,
                   COALESCE(m.delivery_date, m.invoice_date, a.date) AS delivered,
                   COALESCE(a.date_maturity, a.date) AS due,
                   %(amount)s AS amount, %(amount_currency)s AS amount_currency
              FROM (%(whose)s) h
              JOIN res_partner rp ON rp.commercial_partner_id = h.partner_id
              JOIN account_move_line a ON a.partner_id = rp.id
                                      AND a.company_id = h.company_id
              JOIN account_move m ON m.id = a.move_id
              %(join)s
             WHERE a.account_id = ANY(%(accounts)s)
               AND a.parent_state = 'posted'
               AND %(is_open)s
            """,
            whose=whose,
            amount=amount,
            amount_currency=amount_currency,
            is_open=is_open,
            join=join,
            accounts=self.env["credit.dunning"]._receivable_account_ids(),
        )

    # -- who follows it --------------------------------------------------------

    def _get_insurance_responsible(self):
        """Who looks after cover of this debtor."""
        return self.sudo().collector_id or self.env.user

    # -- merged files, history -------------------------------------------------

    def _check_no_history(self) -> None:
        if self.sudo().insurance_decision_ids:
            raise UserError(
                self.env._(
                    "The insurer has decided on %s: the file is kept as history. "
                    "Archive it instead.",
                    self.sudo().insurance_decision_ids[:1].profile_id.display_name,
                )
            )
        return super()._check_no_history()

    def _absorb(self, other) -> None:
        """Decisions on both customers are kept; the limits of one policy become one."""
        mine = self.sudo().insurance_limit_ids.grouped(
            lambda limit: (limit.policy_id, limit.is_own)
        )
        for limit in other.sudo().insurance_limit_ids:
            if home := mine.get((limit.policy_id, limit.is_own)):
                limit._move_decisions(home)
        result = super()._absorb(other)
        self.sudo().insurance_limit_ids._rebuild_periods()
        return result

    # -- actions ---------------------------------------------------------------

    def action_view_insured_limits(self):
        name = self.env._("Insured limits of %s", self.partner_id.display_name)
        action = self._get_records_action("credit.insurance.limit", name)
        return {**action, "context": {"default_profile_id": self.id}}

    def action_ask_insurer(self):
        """Ask for cover of these debtors: one request each, ready to be sent."""
        requests = self.env["credit.insurance.request"]._propose_for(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Requests to the insurer"),
            "res_model": "credit.insurance.request",
            "view_mode": "list,form",
            "domain": [("id", "in", requests.ids)],
        }

    def action_cover_on(self):
        """The cover of these debtors on any day."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cover on a day"),
            "res_model": "credit.insurance.cover.on",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_profile_ids": self.ids,
                "dialog_size": "extra-large",
            },
        }
