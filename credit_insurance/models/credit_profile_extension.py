from collections.abc import Sequence
from datetime import date, timedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.credit_control.models.credit_profile_agreement import Wait
from odoo.addons.credit_control.rights import check_officer

# What isn't insured has no cover to lose.
LOST = ("term", "stopped")


class CreditProfileExtension(models.Model):
    """What the debtor may take longer, and who is asked."""

    _inherit = "credit.profile"

    # -- deadlines of items ----------------------------------------------------

    def _get_clock_rows(self, items) -> dict:
        """{item: its row of ``credit.insurance.clock``} of those that are insured."""
        rows: dict[int, dict] = {}
        for company, profiles in self.grouped("company_id").items():
            clocks = self.env["credit.insurance.clock"].sudo()
            found = clocks._fetch_rows(profiles, company._credit_today())
            rows |= {row["id"]: row for row in found}
        return {item: rows[item.id] for item in items if item.id in rows}

    def _get_extension_ends(self, items) -> dict:
        """{item: the last day that may be waited for without asking the insurer}."""
        return {
            item: row["stop_date"]
            for item, row in self._get_clock_rows(items).items()
            if row["uncovered"] not in LOST
        }

    def _get_first_dues(self, items) -> dict:
        rows = self._get_clock_rows(items)
        return {
            item: rows[item]["first_due"] if item in rows else item.date_maturity
            for item in items
        }

    @api.model
    def _fetch_late(self, waits: Sequence[Wait]) -> list[dict]:
        """Of each wait {item: its row} of those whose cover it would cost.

        One query a company, however many debtors.
        """
        profiles = self.browse().union(*(wait.profile for wait in waits))
        items = self.env["account.move.line"].union(*(wait.items for wait in waits))
        rows = profiles._get_clock_rows(items) if profiles else {}
        return [
            {
                item: rows[item]
                for item in wait.items
                if item in rows
                and rows[item]["stop_date"] < wait.until
                and rows[item]["uncovered"] not in LOST
            }
            for wait in waits
        ]

    def _get_late_rows(self, items, until: date) -> dict:
        """{item: its row} of those of ``items`` that can't wait ``until`` that day."""
        if not self or not until:
            return {}
        return self._fetch_late([Wait(self._origin, items._origin, until)])[0]

    def _get_usual_end(self, due: date) -> date | None:
        """Until when the policies in force let an invoice wait that was due on ``due``
        at first; None where nothing is insured.
        """
        country = self.partner_id.country_id
        days = [
            limit.policy_id._get_terms(country, limit.kind).extension_days
            for limit in self.insurance_limit_ids
            if limit.amount > 0 and limit.policy_id.watch_deadlines
        ]
        return due + timedelta(max(days)) if days else None

    # -- warnings --------------------------------------------------------------

    @api.model
    def _find_wait_warnings(self, waits: Sequence[Wait]) -> list[list[str]]:
        found = super()._find_wait_warnings(waits)
        late = self._fetch_late(waits)
        return [
            [*words, *(wait.profile._word_late(rows) if rows else ())]
            for words, wait, rows in zip(found, waits, late, strict=True)
        ]

    def _word_late(self, rows: dict) -> list[str]:
        """What it means to wait for these items, the first of which stops first."""
        first = min(rows, key=lambda item: rows[item]["stop_date"])
        figures = {
            "document": rows[first]["document"],
            "day": format_date(self.env, rows[first]["stop_date"]),
        }
        if rows[first]["stop_date"] <= self.company_id._credit_today():
            return [
                self.env._(
                    "The extension period of the credit insurance for %(document)s "
                    "ended on %(day)s: ask the insurer first, or the cover is lost.",
                    **figures,
                )
            ]
        return [
            self.env._(
                "The credit insurance lets %(document)s wait until %(day)s only: ask "
                "the insurer first, or the cover is lost.",
                **figures,
            )
        ]

    # -- ask -------------------------------------------------------------------

    def _ask_for_time(self, items, until: date, reason: str = "", **about) -> dict:
        """Open requests to the insurers of ``items``, as drafts to be looked at.

        :param reason: what the insurer reads; empty: what is known of the agreement
        :param about: what else the request keeps: the plan, what the debtor proposed
        :raises UserError: nothing that is insured would be too late by then
        """
        wait = Wait(self, items._origin, until)
        return self._ask_for_times([wait], reason, **about)

    @api.model
    def _ask_for_times(self, waits: Sequence[Wait], reason: str, **about) -> dict:
        check_officer(self.env, self.env._("Only credit officers ask the insurer."))
        requests = self.env["credit.insurance.extension"]
        for wait, rows in zip(waits, self._fetch_late(waits), strict=True):
            by_policy: dict[int, list[int]] = {}
            for item, row in rows.items():
                by_policy.setdefault(row["policy_id"], []).append(item.id)
            for policy_id, item_ids in by_policy.items():
                requests |= requests._ask(
                    wait.profile.id, policy_id, item_ids, wait.until, reason, about
                )
        if not requests:
            raise UserError(
                self.env._("None of these invoices loses its cover by then.")
            )
        return requests._get_view_action()
