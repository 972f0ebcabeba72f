from collections import defaultdict
from datetime import date
from decimal import Decimal

from odoo import models
from odoo.tools import format_date

from odoo.addons.credit_control.core.charges import NOTHING_CHARGED, next_interest
from odoo.addons.credit_control.core.costs import LEGAL_MAXIMUM, Claim
from odoo.addons.credit_control.core.interest import ONE_DAY
from odoo.addons.credit_control.core.money import ZERO, to_decimal
from odoo.addons.credit_control.models.credit_charge import COSTS, INTEREST
from odoo.addons.credit_control.models.credit_regime import FREE_REMINDER


class CreditCollectionClaim(models.Model):
    """Costs and interest of a file, to the day.

    What the reminders claimed and is still open, and by the law what has accrued
    since: the same cores as those of the reminders count it, so nothing of it is
    claimed twice.
    """

    _inherit = "credit.collection.file"

    def _get_claims(self, as_of: date) -> dict:
        """{line: values of interest and costs as of ``as_of``}."""
        self.ensure_one()
        lines = self.line_ids
        if not lines:
            return {}
        claimed = self._get_claimed_before(lines)
        costs = self._get_new_costs(lines, as_of)
        interest = self._get_new_interest(lines, as_of)
        return {
            line: {
                "costs": float(claimed[line, COSTS] + costs.get(line, ZERO)),
                "interest": float(
                    claimed[line, INTEREST]
                    + (interest[line].amount if line in interest else ZERO)
                ),
                "interest_words": line in interest
                and self._word_interest(interest[line]),
            }
            for line in lines
        }

    def _word_interest(self, found) -> str:
        return self.env._(
            "From %(first)s to %(last)s",
            first=format_date(self.env, found.first),
            last=format_date(self.env, found.last),
        )

    # -- claimed before --------------------------------------------------------

    def _get_charges(self):
        """What reminders about these items claimed beside them."""
        items = self.line_ids.item_id
        return (
            self.env["credit.charge"]
            .sudo()
            .search(
                [
                    ("profile_id", "=", self.profile_id.id),
                    ("currency_id", "=", self.currency_id.id),
                    ("notice_id.line_ids.item_id", "in", items.ids),
                ],
                order="date, id",
            )
        )

    def _get_claimed_before(self, lines) -> defaultdict:
        """{(line, kind): what is still claimed}; costs of a whole notice go to the
        first of its items.
        """
        found: defaultdict = defaultdict(lambda: ZERO)
        by_item = {line.item_id: line for line in lines}
        for charge in self._get_charges().filtered("open_amount"):
            borne = charge.line_id.item_id or charge.notice_id.line_ids.item_id
            bearer = next((by_item[i] for i in borne if i in by_item), None)
            if bearer:
                found[bearer, charge.kind] += to_decimal(charge.open_amount)
        return found

    # -- by law ----------------------------------------------------------------

    def _get_new_costs(self, lines, as_of: date) -> dict:
        """{line: costs that the law allows, beyond what was claimed}."""
        charges = self.env["credit.charge"].sudo()
        regime = self.profile_id._get_regime(as_of)
        if self.basis != "law" or not regime:
            return {}
        late = lines.filtered(lambda line: line.due_date < as_of)
        if regime._asks_first_notice():
            allowed = charges._fetch_costs_from(late)
            late = late.filtered(
                lambda line: allowed.get(line.item_id.id, date.max) <= as_of
            )
        charged = charges._fetch_charged(late)
        claims = [
            Claim(
                to_decimal(line.amount),
                charged.get((line.item_id.id, COSTS), NOTHING_CHARGED).amount,
            )
            for line in late
        ]
        amounts = regime._next_costs(claims, self.company_id, self.currency_id, as_of)
        lump = self._get_lump_costs()
        found = {}
        for line, amount in zip(late, amounts, strict=True):
            off = min(lump, amount)
            lump -= off
            found[line] = amount - off
        return found

    def _get_lump_costs(self) -> Decimal:
        """Costs that were claimed for whole notices: they count, too."""
        lumps = self._get_charges().filtered(
            lambda charge: charge.kind == COSTS and not charge.line_id
        )
        return sum((to_decimal(charge.amount) for charge in lumps), ZERO)

    def _get_new_interest(self, lines, as_of: date) -> dict:
        """{line: interest that has accrued since it was claimed last}."""
        if self.basis != "law":
            return {}
        charges = self.env["credit.charge"].sudo()
        regime = self.profile_id._get_regime(as_of)
        late = lines.filtered(lambda line: line.due_date < as_of)
        balances = charges._fetch_balances(late)
        charged = charges._fetch_charged(late)
        starts = self._get_interest_starts(late, regime)
        found = {}
        for line in late:
            start = starts.get(line)
            interest = start and next_interest(
                balances[line],
                start,
                as_of,
                regime._get_charged_rates(start, as_of, LEGAL_MAXIMUM),
                charged.get((line.item_id.id, INTEREST), NOTHING_CHARGED),
                compounding=bool(regime.compounding),
                known_until=regime._get_known_until(LEGAL_MAXIMUM),
                quantum=to_decimal(self.currency_id.rounding),
            )
            if interest:
                found[line] = interest
        return found

    def _get_interest_starts(self, lines, regime) -> dict:
        """{line: first day of interest}; none where the law wants a reminder first."""
        starts = {line: line.due_date + ONE_DAY for line in lines}
        if regime.first_notice != FREE_REMINDER:
            return starts
        allowed = self.env["credit.charge"].sudo()._fetch_costs_from(lines)
        return {
            line: max(start, allowed[line.item_id.id])
            for line, start in starts.items()
            if line.item_id.id in allowed
        }
