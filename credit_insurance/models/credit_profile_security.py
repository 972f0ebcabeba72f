from datetime import date
from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.credit_control.core.money import round_to, to_decimal
from odoo.addons.credit_control.models.credit_exposure import Scope

from ..core import securities
from .credit_security import NOTHING_OWED


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
        """{debtor id: what was open of him on ``as_of``, item by item}."""
        if not self.ids:
            return {}
        self._flush_ledger()
        rows = self.env.execute_query_dict(self._situation_sql(as_of))
        claims: dict[int, list] = {}
        credits: dict[int, Decimal] = {}
        for row in rows:
            amount, owner = to_decimal(row["amount"]), row["profile_id"]
            if amount > 0:
                claims.setdefault(owner, []).append(_read_claim(row, amount))
            else:
                credits[owner] = credits.get(owner, securities.ZERO) - amount
        return {
            owner: securities.situation(found, credits.get(owner, securities.ZERO))
            for owner, found in claims.items()
        }

    def _situation_sql(self, as_of: date) -> SQL:
        """Items open on ``as_of``, with the share of them that was disputed then."""
        return SQL(
            """
            SELECT o.*, COALESCE(d.amount / NULLIF(o.amount_currency, 0), 0) AS disputed
              FROM (%(open)s) o
         LEFT JOIN (%(disputed)s) d ON d.item_id = o.item_id
            """,
            open=self._open_on_sql(as_of, self._these_sql()),
            disputed=self.env["credit.dunning.past"]._disputed_sql(as_of),
        )

    def _get_claim_slices(self, as_of: date) -> list[tuple]:
        """(debtor id, amount, percentage, what of the exposure lies before it, digits)
        of securities of debtors who gave one that stands for single invoices.
        """
        found = self.env["credit.security"].sudo()
        found = found.search(
            found._valid_domain(as_of) & Domain("profile_id", "in", self.ids)
        )
        situations = self._get_situations(as_of)
        layers = found._judge(situations, as_of)
        return [
            (profile.id, *one, profile.currency_id.decimal_places)
            for profile, own in found.grouped("profile_id").items()
            for one in securities.slices(
                [layers[security] for security in own._sorted_by_use()],
                situations.get(profile.id, NOTHING_OWED),
            )
        ]

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
        scope = Scope(as_of, profiles.partner_id.ids, profiles.company_id.ids, as_of)
        stacks = self.env["credit.security"].sudo()._fetch_stacks(scope)
        limits = self.env["credit.insurance.limit"].sudo()
        layers = limits._fetch_layers(scope)
        found = {}
        for profile, balance in balances.items():
            insured, stopped = layers.get(profile.id, ([], securities.ZERO))
            split = securities.split(
                to_decimal(balance),
                stacks.get(profile.id, []),
                insured,
                as_of,
                to_decimal(stopped),
            )
            found[profile] = _round(split, to_decimal(profile.currency_id.rounding))
        return found

    def _word_cover(self, as_of: date) -> str:
        """The decisions behind the cover of ``as_of``."""
        words = []
        for limit in self.insurance_limit_ids:
            period = limit._get_period(as_of)
            if period:
                words.append(f"{limit.policy_id.number}: {limit._word_limit(as_of)}")
        return "; ".join(words) or self.env._("No insurance on this day")


def _read_claim(row: dict, amount: Decimal) -> securities.Claim:
    return securities.Claim(
        number=row["item_id"],
        invoice=row["move_id"],
        issued=row["issued"],
        delivered=row["delivered"],
        due=row["due"],
        amount=amount,
        disputed=amount * min(to_decimal(row["disputed"]), Decimal(1)),
    )


def _round(found: securities.Split, quantum: Decimal) -> securities.Split:
    """``found`` to the ``quantum`` of a currency; what is left over is uncovered."""
    secured = round_to(found.secured, quantum)
    insured = round_to(found.insured, quantum)
    exposure = found.secured + found.exposure - secured
    return securities.Split(secured, exposure, insured, exposure - insured, found.limit)
