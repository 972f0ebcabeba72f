from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from odoo import models
from odoo.tools import format_date

from odoo.addons.credit_control.core.charges import NOTHING_CHARGED, next_interest
from odoo.addons.credit_control.core.costs import LEGAL_MAXIMUM, Claim
from odoo.addons.credit_control.core.interest import ONE_DAY
from odoo.addons.credit_control.core.money import ZERO, to_decimal
from odoo.addons.credit_control.models.credit_charge import COSTS, INTEREST
from odoo.addons.credit_control.models.credit_regime import FREE_REMINDER


class Known(NamedTuple):
    """What is known of the items of some files."""

    regimes: dict  # {file: legal regime}
    charges: dict  # {file: what reminders claimed}
    charged: dict  # {(item id, kind): what was claimed of it alone}
    allowed: dict  # {item id: first day on which the law lets costs be claimed}
    balances: dict  # {line: what was open of it since it was due}


class CreditCollectionClaim(models.Model):
    """Costs and interest of a file, to the day.

    What the reminders claimed and is still open, and by the law what has accrued
    since: the same cores as those of the reminders count it, so nothing of it is
    claimed twice.
    """

    _inherit = "credit.collection.file"

    def _get_claims(self, as_of: date) -> dict:
        """{line: values of interest and costs as of ``as_of``}."""
        known = self._fetch_known(as_of)
        found: dict = {}
        for file in self:
            found |= file._get_claims_of(known, as_of)
        return found

    def _get_claims_of(self, known: Known, as_of: date) -> dict:
        lines = self.line_ids
        late = lines.filtered(lambda line: line.due_date < as_of)
        claimed = self._get_claimed_before(known)
        costs = self._get_new_costs(late, known, as_of)
        interest = self._get_new_interest(late, known, as_of)
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

    def _fetch_known(self, as_of: date) -> Known:
        charges = self.env["credit.charge"].sudo()
        late = self.line_ids.filtered(lambda line: line.due_date < as_of)
        return Known(
            self._find_regimes(as_of),
            self._find_charges(),
            charges._fetch_charged(late),
            charges._fetch_costs_from(late),
            charges._fetch_balances(late),
        )

    def _find_regimes(self, as_of: date) -> dict:
        found: dict = {}
        for question, files in self.grouped(
            lambda file: file.profile_id._get_law_question(as_of)
        ).items():
            regime = self.env["credit.regime"]._get_for(*question)
            found |= dict.fromkeys(files, regime)
        return found

    def _word_interest(self, found) -> str:
        return self.env._(
            "From %(first)s to %(last)s",
            first=format_date(self.env, found.first),
            last=format_date(self.env, found.last),
        )

    # -- claimed before --------------------------------------------------------

    def _get_charges(self):
        """What reminders about these items claimed beside them."""
        return self._find_charges().get(self, self.env["credit.charge"].sudo())

    def _find_charges(self) -> dict:
        """{file: what reminders about its items claimed beside them}."""
        charges = (
            self.env["credit.charge"]
            .sudo()
            .search(
                [
                    ("profile_id", "in", self.profile_id.ids),
                    ("currency_id", "in", self.currency_id.ids),
                    ("notice_id.line_ids.item_id", "in", self.line_ids.item_id.ids),
                ],
                order="date, id",
            )
        )
        own = charges.grouped(lambda charge: (charge.profile_id, charge.currency_id))
        return {
            file: own.get(
                (file.profile_id, file.currency_id), charges.browse()
            ).filtered(
                lambda charge, items=file.line_ids.item_id: (
                    charge.notice_id.line_ids.item_id & items
                )
            )
            for file in self
        }

    def _get_claimed_before(self, known: Known) -> defaultdict:
        """{(line, kind): what is still claimed}; costs of a whole notice go to the
        first of its items.
        """
        found: defaultdict = defaultdict(lambda: ZERO)
        by_item = {line.item_id: line for line in self.line_ids}
        for charge in known.charges[self].filtered("open_amount"):
            borne = charge.line_id.item_id or charge.notice_id.line_ids.item_id
            bearer = next((by_item[i] for i in borne if i in by_item), None)
            if bearer:
                found[bearer, charge.kind] += to_decimal(charge.open_amount)
        return found

    # -- by law ----------------------------------------------------------------

    def _get_new_costs(self, late, known: Known, as_of: date) -> dict:
        """{line: costs that the law allows, beyond what was claimed}."""
        regime = known.regimes[self]
        if self.basis != "law" or not regime:
            return {}
        if regime._asks_first_notice():
            late = late.filtered(
                lambda line: known.allowed.get(line.item_id.id, date.max) <= as_of
            )
        claims = [
            Claim(
                to_decimal(line.amount),
                known.charged.get((line.item_id.id, COSTS), NOTHING_CHARGED).amount,
            )
            for line in late
        ]
        amounts = regime._next_costs(claims, self.company_id, self.currency_id, as_of)
        lump = self._get_lump_costs(known)
        found = {}
        for line, amount in zip(late, amounts, strict=True):
            off = min(lump, amount)
            lump -= off
            found[line] = amount - off
        return found

    def _get_lump_costs(self, known: Known) -> Decimal:
        """Costs that were claimed for whole notices: they count, too."""
        lumps = known.charges[self].filtered(
            lambda charge: charge.kind == COSTS and not charge.line_id
        )
        return sum((to_decimal(charge.amount) for charge in lumps), ZERO)

    def _get_new_interest(self, late, known: Known, as_of: date) -> dict:
        """{line: interest that has accrued since it was claimed last}."""
        if self.basis != "law":
            return {}
        regime = known.regimes[self]
        found = {}
        for line, start in self._get_interest_starts(late, known).items():
            interest = next_interest(
                known.balances[line],
                start,
                as_of,
                regime._get_charged_rates(start, as_of, LEGAL_MAXIMUM),
                known.charged.get((line.item_id.id, INTEREST), NOTHING_CHARGED),
                compounding=bool(regime.compounding),
                known_until=regime._get_known_until(LEGAL_MAXIMUM),
                quantum=to_decimal(self.currency_id.rounding),
            )
            if interest:
                found[line] = interest
        return found

    def _get_interest_starts(self, lines, known: Known) -> dict:
        """{line: first day of interest}; none where the law wants a reminder first."""
        starts = {line: line.due_date + ONE_DAY for line in lines}
        if known.regimes[self].first_notice != FREE_REMINDER:
            return starts
        return {
            line: max(start, known.allowed[line.item_id.id])
            for line, start in starts.items()
            if line.item_id.id in known.allowed
        }
