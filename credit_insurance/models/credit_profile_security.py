from datetime import date
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.credit_control.core.money import round_to, to_decimal
from odoo.addons.credit_control.models.credit_exposure import Scope

from ..core import securities


class CreditProfileSecurity(models.Model):
    """What secures a debtor's exposure beside credit insurance."""

    _inherit = "credit.profile"

    security_ids = fields.One2many("credit.security", "profile_id", string="Securities")
    security_count = fields.Integer(compute="_compute_security_count")

    def _compute_security_count(self):
        counts = self._count("credit.security", ("state", "=", "active"))
        for profile in self:
            profile.security_count = counts.get(profile, 0)

    def _get_situations(self, as_of: date) -> dict[int, securities.Situation]:
        """{debtor id: latest due date and undisputed amount of his open claims}."""
        if not self.ids:
            return {}
        self.env["credit.dunning"]._flush_sources()
        self.env["credit.dispute"].flush_model()
        self.env["credit.dispute.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT p.id, MAX(COALESCE(l.date_maturity, l.date)),
                       SUM(l.amount_residual * GREATEST(1 - COALESCE(d.amount, 0)
                           / NULLIF(l.amount_residual_currency, 0), 0))
                  FROM credit_profile p
                  JOIN res_partner rp ON rp.commercial_partner_id = p.partner_id
                  JOIN account_move_line l ON l.partner_id = rp.id
                                          AND l.company_id = p.company_id
             LEFT JOIN (%(disputed)s) d ON d.item_id = l.id
                 WHERE p.id = ANY(%(ids)s)
                   AND l.account_id = ANY(%(accounts)s)
                   AND l.reconciled IS NOT TRUE
                   AND l.parent_state = 'posted'
                   AND l.amount_residual > 0
              GROUP BY p.id
                """,
                disputed=self.env["credit.dunning"]._disputed_sql(as_of),
                ids=self.ids,
                accounts=self.env["credit.dunning"]._receivable_account_ids(),
            )
        )
        return {
            profile_id: securities.Situation(due, to_decimal(amount or 0))
            for profile_id, due, amount in rows
        }

    @api.model
    def _fetch_security_layers(
        self, scope: Scope
    ) -> list[tuple[int, Decimal, Decimal, Decimal, int]]:
        """(debtor id, amount, percentage, what other layers of his lie before it,
        digits of the currency), in the company's currency, of securities that count.
        """
        domain = [("state", "=", "active"), ("valid_from", "<=", scope.as_of)]
        if scope.partner_ids is not None:
            domain.append(("profile_id.partner_id", "in", scope.partner_ids))
        if scope.company_ids is not None:
            domain.append(("company_id", "in", scope.company_ids))
        found = self.env["credit.security"].sudo().search(domain)
        layers, rows = found._get_layers(scope.as_of), []
        for profile, own in found.grouped("profile_id").items():
            before, digits = securities.ZERO, profile.currency_id.decimal_places
            for security in own.sorted(lambda one: (one.priority, one.id)):
                layer = layers[security]
                if layer.amount:
                    rows.append((profile.id, *layer[:2], before, digits))
                    before += layer.amount
        return rows

    def action_view_securities(self):
        name = self.env._("Securities of %s", self.partner_id.display_name)
        action = self._get_records_action("credit.security", name)
        return {**action, "context": {"default_profile_id": self.id}}

    # -- cover on a day --------------------------------------------------------

    def _get_cover_lines(self, as_of: date) -> list[dict]:
        """How what was open on ``as_of`` is covered, and what that rests on."""
        self.check_access("read")
        files = self.sudo()
        found = files._split_balances(files._fetch_balances(as_of), as_of)
        return [
            {
                "profile_id": profile.id,
                "balance": float(split.secured + split.exposure),
                "secured": float(split.secured),
                "limit": float(split.limit),
                "insured": float(split.insured),
                "uncovered": max(float(split.uncovered), 0.0),
                "rests_on": profile._word_cover(as_of),
            }
            for profile, split in found.items()
        ]

    @api.model
    def _split_balances(self, balances: dict, as_of: date) -> dict:
        """{debtor: how his balance of ``balances``, in the company's currency, is
        covered on ``as_of``}, rounded; a constant number of queries. It asks for no
        rights: a cover doesn't depend on who looks.
        """
        profiles = self.sudo().concat(*balances)
        scope = Scope(as_of, profiles.partner_id.ids, profiles.company_id.ids)
        stacks: dict[int, list] = {}
        for profile_id, amount, percent, *_rest in self._fetch_security_layers(scope):
            layer = securities.Layer(amount, percent, securities.COUNTS)
            stacks.setdefault(profile_id, []).append(layer)
        limits = self.env["credit.insurance.limit"].sudo()
        layers = limits._fetch_layers(profiles, as_of)
        return {
            profile: _round(
                securities.split(
                    to_decimal(balance),
                    stacks.get(profile.id, []),
                    layers.get(profile.id, []),
                    as_of,
                ),
                to_decimal(profile.currency_id.rounding),
            )
            for profile, balance in balances.items()
        }

    def _word_cover(self, as_of: date) -> str:
        """The decisions behind the cover of ``as_of``."""
        words = []
        for limit in self.insurance_limit_ids:
            period = limit._get_period(as_of)
            if period:
                words.append(f"{limit.policy_id.number}: {limit._word_limit(as_of)}")
        return "; ".join(words) or self.env._("No insurance on this day")


def _round(found: securities.Split, quantum: Decimal) -> securities.Split:
    """``found`` to the ``quantum`` of a currency; what is left over is uncovered."""
    secured = round_to(found.secured, quantum)
    insured = round_to(found.insured, quantum)
    exposure = found.secured + found.exposure - secured
    return securities.Split(secured, exposure, insured, exposure - insured, found.limit)
